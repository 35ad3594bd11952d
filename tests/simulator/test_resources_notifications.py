"""Notifications, against the reference."""

from __future__ import annotations

import pytest
from builders import NOT_FOUND, at, call, client, rests_on

ALONE = ("RequestVariables", "ResponseHeaders", "ResponseBody")


@pytest.fixture
def asking():
    return client()


class TestInstance:
    def test_properties_are_in_wire_order(self, asking):
        sid = asking.simulator.add_notification().Sid

        assert asking.get(f"/Notifications/{sid}").names == [
            *("Sid", "DateCreated", "DateUpdated", "AccountSid", "CallSid", "Log", "ErrorCode"),
            *("MoreInfo", "MessageText", "MessageDate", "RequestURL", "RequestMethod"),
            *ALONE,
        ]

    def test_in_a_list_the_order_is_another(self, asking):
        asking.simulator.add_notification()

        (item,) = asking.get("/Notifications").items

        assert list(item) == [
            *("Sid", "DateCreated", "DateUpdated", "AccountSid", "CallSid", "Log", "ErrorCode"),
            *("MoreInfo", "RequestURL", "RequestMethod", "MessageText", "MessageDate"),
        ]

    def test_more_info_is_the_page_of_the_code(self, asking):
        sid = asking.simulator.add_notification(ErrorCode=11200).Sid

        assert asking.get(f"/Notifications/{sid}")["MoreInfo"] == (
            "http://www.twilio.com/docs/errors/11200"
        )

    def test_unknown_one_is_404(self, asking):
        assert asking.get("/Notifications/NO0").refusal == NOT_FOUND


class TestDeleting:
    def test_is_204_without_body(self, asking):
        sid = asking.simulator.add_notification().Sid

        answer = asking.delete(f"/Notifications/{sid}")

        assert (answer.status, answer.body) == (204, b"")

    def test_it_is_gone(self, asking):
        sid = asking.simulator.add_notification().Sid
        asking.delete(f"/Notifications/{sid}")

        assert asking.get("/Notifications").items == []
        with rests_on(29):
            assert asking.get(f"/Notifications/{sid}").refusal == NOT_FOUND


class TestFilters:
    @pytest.fixture
    def asking(self, asking):
        days = ("2009-07-05 23:59:59", "2009-07-06 00:00:00", "2009-07-06 23:59:59", "2009-07-07")
        for number, day in enumerate(days, 1):
            asking.simulator.add_notification(
                MessageDate=at(day), MessageText=str(number), Log=number % 2
            )
        return asking

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("Log=0", "24"),
            ("Log=1", "13"),
            ("MessageDate=2009-07-06", "23"),
            ("MessageDate>=2009-07-06", "234"),
            ("MessageDate%3E=2009-07-06", "234"),
            ("MessageDate<=2009-07-06", "12"),
            ("MessageDate<2009-07-06", "1"),
            ("MessageDate%3C2009-07-07", "123"),
            ("MessageDate>=2009-07-06&MessageDate<2009-07-07", "23"),
            ("MessageDate>=2009-07-06&MessageDate<2009-07-07&Log=0", "2"),
        ],
    )
    def test_filters_narrow_the_list(self, asking, query, found):
        texts = asking.get(f"/Notifications?{query}").each("MessageText")

        assert "".join(sorted(texts)) == found

    def test_log_that_does_not_exist_matches_nothing(self, asking):
        with rests_on(19):
            assert asking.get("/Notifications?Log=2").items == []


def test_last_updated_is_first(asking):
    """Not the last that happened: MessageDate and DateUpdated may differ."""
    for month in (1, 3, 2):
        asking.simulator.add_notification(
            MessageText=str(month),
            DateUpdated=at(f"2009-0{month}-01"),
            MessageDate=at(f"2008-0{4 - month}-01"),
        )

    assert asking.get("/Notifications").each("MessageText") == ["3", "2", "1"]


class TestUnknownParameters:
    def test_request_succeeds_all_the_same(self, asking):
        assert asking.post("/Calls", call(foo="bar")).status == 200

    def test_each_is_logged(self, asking):
        asking.post("/Calls", call(foo="bar", baz="1 2&3"))

        texts = asking.get("/Notifications").each("MessageText")

        assert sorted(texts) == [
            "Unknown parameter received by the REST API: baz=1 2&3",
            "Unknown parameter received by the REST API: foo=bar",
        ]

    @pytest.mark.parametrize("method", ["POST", "PUT"])
    def test_method_and_url_are_those_of_the_request(self, asking, method):
        asking.send(method, "/Sandbox", {"VoiceFallbackUrl": "http://app.example/"})

        (sid,) = asking.get("/Notifications").each("Sid")
        shown = asking.get(f"/Notifications/{sid}")

        assert shown["RequestMethod"] == method
        assert shown["RequestURL"] == f"https://api.twilio.com{asking.path}/Sandbox"
        assert shown["RequestVariables"] == "VoiceFallbackUrl=http%3A%2F%2Fapp.example%2F"
        assert (shown["Log"], shown["CallSid"]) == ("1", "")

    def test_nothing_is_logged_for_a_refused_request(self, asking):
        asking.post("/Calls", {"foo": "bar"})

        assert asking.get("/Notifications").items == []

    def test_nothing_is_logged_for_known_ones(self, asking):
        asking.post("/Calls", call(Timeout="20", IfMachine="Hangup"))

        assert asking.get("/Notifications").items == []
