"""Conferences, against the reference."""

from __future__ import annotations

import pytest
from builders import NOT_FOUND, at, client, hints, rests_on


@pytest.fixture
def asking():
    return client()


class TestInstance:
    def test_properties_are_in_wire_order(self, asking):
        sid = asking.simulator.add_conference().Sid

        assert asking.get(f"/Conferences/{sid}").names == [
            *("Sid", "AccountSid", "FriendlyName", "Status", "DateCreated", "DateUpdated")
        ]

    @pytest.mark.parametrize("status", ["0", "1", "2"])
    def test_status_is_a_digit(self, asking, status):
        sid = asking.simulator.add_conference(Status=status).Sid

        assert asking.get(f"/Conferences/{sid}")["Status"] == status

    def test_sid_has_34_characters(self, asking):
        sid = asking.simulator.add_conference().Sid

        assert sid.startswith("CF")
        assert len(sid) == 34

    def test_many_may_share_a_name(self, asking):
        for status in (2, 2, 1):
            asking.simulator.add_conference(FriendlyName="room1", Status=status)

        assert asking.get("/Conferences?FriendlyName=room1").counters["total"] == "3"

    def test_unknown_one_is_404(self, asking):
        assert asking.get("/Conferences/CF0").refusal == NOT_FOUND


class TestFilters:
    @pytest.fixture
    def asking(self, asking):
        add = asking.simulator.add_conference
        days = ("2009-09-02 23:59:59", "2009-09-03 00:00:00", "2009-09-03 13:00:00", "2009-09-04")
        for number, (day, status) in enumerate(zip(days, (0, 1, 2, 2), strict=True), 1):
            add(
                FriendlyName=f"room {number}",
                Status=status,
                DateCreated=at(day),
                DateUpdated=at(day),
            )
        return asking

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("Status=0", "1"),
            ("Status=1", "2"),
            ("Status=2", "34"),
            ("FriendlyName=room+3", "3"),
            ("FriendlyName=room%203", "3"),
            ("FriendlyName=room", ""),
            ("FriendlyName=ROOM+3", ""),
            ("DateCreated=2009-09-03", "23"),
            ("DateCreated>=2009-09-03", "234"),
            ("DateCreated<=2009-09-03", "12"),
            ("DateCreated%3C=2009-09-03", "12"),
            ("DateUpdated=2009-09-03", "23"),
            ("DateUpdated>=2009-09-04", "4"),
            ("DateUpdated%3E=2009-09-04", "4"),
            ("DateUpdated<=2009-09-04", "1234"),
            ("DateCreated>=2009-09-03&DateUpdated<=2009-09-03", "2"),
            ("DateCreated>=2009-09-03&Status=2&FriendlyName=room+4", "4"),
        ],
    )
    def test_filters_narrow_the_list(self, asking, query, found):
        names = asking.get(f"/Conferences?{query}").each("FriendlyName")

        assert "".join(sorted(name[-1] for name in names)) == found

    @pytest.mark.parametrize("value", ["3", "-1"])
    def test_status_that_does_not_exist_matches_nothing(self, asking, value):
        with rests_on(19):
            assert asking.get(f"/Conferences?Status={value}").items == []

    def test_word_for_a_status_is_of_another_version(self, asking):
        with hints("Status=1 for in-progress"), rests_on(19):
            assert asking.get("/Conferences?Status=in-progress").items == []


def test_last_updated_is_first(asking):
    for month in (1, 3, 2):
        asking.simulator.add_conference(
            FriendlyName=str(month),
            DateCreated=at("2009-01-01"),
            DateUpdated=at(f"2009-0{month}-01"),
        )

    assert asking.get("/Conferences").each("FriendlyName") == ["3", "2", "1"]
