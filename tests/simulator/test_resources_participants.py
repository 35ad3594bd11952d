"""Participants of conferences, against the reference."""

from __future__ import annotations

import pytest
from builders import NOT_FOUND, call, client, rests_on


@pytest.fixture
def asking():
    return client()


@pytest.fixture
def conference(asking):
    return asking.simulator.add_conference()


@pytest.fixture
def people(conference):
    return f"/Conferences/{conference.Sid}/Participants"


@pytest.fixture
def first(asking, conference):
    return asking.simulator.add_participant(ConferenceSid=conference.Sid)


@pytest.fixture
def second(asking, conference, first):
    return asking.simulator.add_participant(ConferenceSid=conference.Sid)


class TestInstance:
    def test_properties_are_in_wire_order(self, asking, people, first):
        assert asking.get(f"{people}/{first.CallSid}").names == [
            *("ConferenceSid", "AccountSid", "CallSid", "Muted"),
            *("StartConferenceOnEnter", "EndConferenceOnExit", "DateCreated", "DateUpdated"),
        ]

    def test_flags_are_one_and_zero_while_muted_is_a_word(self, asking, people):
        sid = asking.simulator.add_participant(
            Muted=True, StartConferenceOnEnter=False, EndConferenceOnExit=True
        ).CallSid

        shown = asking.get(f"{people}/{sid}")

        assert shown["Muted"] == "true"
        assert (shown["StartConferenceOnEnter"], shown["EndConferenceOnExit"]) == ("0", "1")

    def test_is_identified_by_its_call(self, asking, people, first):
        shown = asking.get(f"{people}/{first.CallSid}")

        assert asking.get(f"/Calls/{shown['CallSid']}")["Status"] == "1"

    def test_unknown_one_is_404(self, asking, people):
        with rests_on(33):
            assert asking.get(f"{people}/CA0").refusal == NOT_FOUND

    def test_of_another_conference_is_404(self, asking, first):
        other = asking.simulator.add_conference().Sid

        with rests_on(33):
            answer = asking.get(f"/Conferences/{other}/Participants/{first.CallSid}")

        assert answer.refusal == NOT_FOUND

    @pytest.mark.parametrize("below", ["", "/CA0"])
    def test_of_an_unknown_conference_are_404(self, asking, below):
        assert asking.get(f"/Conferences/CF0/Participants{below}").refusal == NOT_FOUND


class TestMuting:
    @pytest.mark.parametrize("sent", ["true", "1"])
    def test_muted_mutes(self, asking, people, first, sent):
        answer = asking.post(f"{people}/{first.CallSid}", {"Muted": sent})

        assert answer.status == 200
        assert answer.thing.tag == "Participant"
        assert answer["Muted"] == "true"

    def test_muted_that_is_empty_unmutes(self, asking, people):
        """It is anything else, or it is absent: that is not told."""
        sid = asking.simulator.add_participant(Muted=True).CallSid

        with rests_on(30):
            assert asking.post(f"{people}/{sid}", {"Muted": ""})["Muted"] == "false"

    @pytest.mark.parametrize("sent", ["false", "0", "yes", "TRUE", "True", "2", "on", " true"])
    def test_anything_else_unmutes(self, asking, people, sent):
        sid = asking.simulator.add_participant(Muted=True).CallSid

        answer = asking.post(f"{people}/{sid}", {"Muted": sent})

        assert (answer.status, answer["Muted"]) == (200, "false")

    def test_without_muted_nothing_changes(self, asking, people):
        sid = asking.simulator.add_participant(Muted=True).CallSid

        with rests_on(70):
            assert asking.post(f"{people}/{sid}", {})["Muted"] == "true"

    def test_is_shown_from_then_on(self, asking, people, first):
        asking.post(f"{people}/{first.CallSid}", {"Muted": "true"})

        assert asking.get(people).each("Muted") == ["true"]


class TestKicking:
    def test_is_204_without_body(self, asking, people, first):
        answer = asking.delete(f"{people}/{first.CallSid}")

        assert (answer.status, answer.body) == (204, b"")

    def test_participant_is_gone(self, asking, people, first, second):
        asking.delete(f"{people}/{first.CallSid}")

        assert asking.get(people).each("CallSid") == [second.CallSid]
        with rests_on(33):
            assert asking.get(f"{people}/{first.CallSid}").refusal == NOT_FOUND

    def test_call_goes_on(self, asking, people, first):
        """It continues with its own TwiML."""
        asking.delete(f"{people}/{first.CallSid}")

        assert asking.get(f"/Calls/{first.CallSid}")["Status"] == "1"

    def test_conference_goes_on_while_somebody_is_in_it(
        self, asking, people, conference, first, second
    ):
        asking.delete(f"{people}/{first.CallSid}")

        assert asking.get(f"/Conferences/{conference.Sid}")["Status"] == "1"

    def test_conference_is_completed_with_its_last_participant(
        self, asking, people, conference, first, second
    ):
        asking.delete(f"{people}/{first.CallSid}")
        asking.delete(f"{people}/{second.CallSid}")

        assert asking.get(f"/Conferences/{conference.Sid}")["Status"] == "2"

    def test_conference_is_completed_with_one_who_ends_it(self, asking, people, conference, first):
        """All the others drop out."""
        moderator = asking.simulator.add_participant(EndConferenceOnExit=True)

        asking.delete(f"{people}/{moderator.CallSid}")

        assert asking.get(f"/Conferences/{conference.Sid}")["Status"] == "2"
        assert asking.get(people).items == []

    def test_a_post_that_is_a_delete_kicks(self, asking, people, first):
        """Overloading, as for every method."""
        assert asking.post(f"{people}/{first.CallSid}?_method=DELETE").status == 204


class TestCallEnding:
    """A participant is a connected call."""

    @pytest.fixture
    def live(self, asking, conference):
        sid = asking.post("/Calls", call())["Sid"]
        asking.simulator.clock.advance(seconds=5)
        asking.simulator.add_participant(ConferenceSid=conference.Sid, CallSid=sid)
        return sid

    def test_participant_leaves_with_the_call(self, asking, people, live, conference):
        asking.simulator.clock.advance(seconds=30)

        assert asking.get(f"/Calls/{live}")["Status"] == "2"
        assert asking.get(people).items == []
        assert asking.get(f"/Conferences/{conference.Sid}")["Status"] == "2"

    def test_the_others_stay(self, asking, people, live, first):
        asking.simulator.clock.advance(seconds=30)

        assert asking.get(people).each("CallSid") == [first.CallSid]


class TestList:
    @pytest.mark.parametrize(
        ("query", "count"), [("", 3), ("?Muted=true", 1), ("?Muted=false", 2), ("?Muted=", 3)]
    )
    def test_a_filter_narrows_the_list(self, asking, people, query, count):
        for muted in (True, False, False):
            asking.simulator.add_participant(Muted=muted)

        assert len(asking.get(f"{people}{query}").items) == count

    def test_other_value_matches_nothing(self, asking, people, first):
        with rests_on(19):
            assert asking.get(f"{people}?Muted=maybe").items == []

    def test_holds_those_of_the_conference(self, asking, people, first):
        other = asking.simulator.add_conference()
        asking.simulator.add_participant(ConferenceSid=other.Sid)

        answer = asking.get(people)

        assert answer.thing.tag == "Participants"
        assert answer.each("CallSid") == [first.CallSid]
