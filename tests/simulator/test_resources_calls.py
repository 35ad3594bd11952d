"""Calls, against the reference."""

from __future__ import annotations

import pytest
from builders import (
    CALLED,
    NOT_FOUND,
    NOT_NUMBERS,
    NOT_URLS,
    NUMBER,
    READABLE,
    Client,
    at,
    call,
    client,
    hints,
    rests_on,
    without,
)

NOT_VERIFIED = (
    "The source phone number provided, {} is not yet verified for this account.  You may only "
    "use caller-id numbers for which you've proven ownership."
)


@pytest.fixture
def asking():
    return client()


class TestMaking:
    def test_is_not_yet_dialled(self, asking):
        answer = asking.post("/Calls", call())

        assert answer.status == 200
        assert answer["Status"] == "0"
        empty = ("CallSegmentSid", "StartTime", "EndTime", "Duration", "Price", "Annotation")
        assert [answer[name] for name in empty] == [""] * 6

    def test_has_flag_2(self, asking):
        assert asking.post("/Calls", call())["Flags"] == "2"

    def test_shows_in_the_list_and_alone(self, asking):
        made = asking.post("/Calls", call())

        assert asking.get(f"/Calls/{made['Sid']}").text == made.text
        assert asking.get("/Calls").items == [made.values]

    def test_sid_has_34_characters(self, asking):
        sid = asking.post("/Calls", call())["Sid"]

        assert sid.startswith("CA")
        assert len(sid) == 34

    def test_observed_is_201_with_location(self):
        asking = client(profile="observed")

        answer = asking.post("/Calls", call())

        assert answer.status == 201
        assert answer.headers["Location"] == (
            f"https://api.twilio.com{asking.path}/Calls/{answer['Sid']}"
        )

    @pytest.mark.parametrize(
        ("name", "refusal"),
        [
            ("Called", (400, 21201, "No called number is specified")),
            ("Caller", (400, 21213, "Caller phone number is required")),
            ("Url", (400, 21205, "Invalid URL")),
        ],
    )
    @pytest.mark.parametrize("empty", [False, True], ids=["absent", "empty"])
    def test_what_is_required_is_refused_without(self, asking, name, refusal, empty):
        form = call(**{name: ""}) if empty else without(call(), name)

        assert asking.post("/Calls", form).refusal == refusal

    @pytest.mark.parametrize("written", READABLE.values(), ids=READABLE)
    @pytest.mark.parametrize("name", ["Called", "Caller"])
    def test_numbers_in_any_readable_form_are_shown_with_ten_digits(self, asking, name, written):
        asking.simulator.add_outgoing_caller_id(PhoneNumber="4155551212")

        assert asking.post("/Calls", call(**{name: written}))[name] == "4155551212"

    @pytest.mark.parametrize("bad", NOT_NUMBERS.values(), ids=NOT_NUMBERS)
    @pytest.mark.parametrize(
        ("name", "code", "message"),
        [
            ("Called", 21211, "Invalid Called Phone Number"),
            ("Caller", 21212, "Invalid Caller Phone Number"),
        ],
    )
    def test_what_is_no_number_is_refused(self, asking, name, code, message, bad):
        assert asking.post("/Calls", call(**{name: bad})).refusal == (400, code, message)

    @pytest.mark.parametrize("bad", NOT_URLS.values(), ids=NOT_URLS)
    def test_what_is_no_url_is_refused(self, asking, bad):
        assert asking.post("/Calls", call(Url=bad)).refusal == (400, 21205, "Invalid URL")

    @pytest.mark.parametrize(
        "good", ["http://a.example", "https://a.example:8443/x?y=1&z=2#f", "http://10.0.0.1/"]
    )
    def test_fully_qualified_url_is_taken(self, asking, good):
        assert asking.post("/Calls", call(Url=good)).status == 200

    @pytest.mark.filterwarnings("ignore:.*question 61,:twreplay.errors.UndocumentedBehavior")
    @pytest.mark.parametrize("bad", ["PUT", "get", "HEAD", "x"])
    def test_method_is_get_or_post(self, asking, bad):
        assert asking.post("/Calls", call(Method=bad)).refusal == (400, 21209, "Invalid Method")

    @pytest.mark.parametrize("good", ["GET", "POST"])
    def test_either_method_is_taken(self, asking, good):
        assert asking.post("/Calls", call(Method=good)).status == 200

    @pytest.mark.parametrize("good", ["0123456789", "#", "*", "12#34*"])
    def test_keys_to_press(self, asking, good):
        assert asking.post("/Calls", call(SendDigits=good)).status == 200

    @pytest.mark.parametrize("bad", ["12a", "1-2", "1 2", "+1", "٣"])
    def test_what_is_no_key_is_refused(self, asking, bad):
        assert asking.post("/Calls", call(SendDigits=bad)).refusal == (
            400,
            21206,
            "Invalid SendDigits",
        )

    @pytest.mark.parametrize("good", ["Continue", "Hangup", "continue", "hangup"])
    def test_what_happens_with_machines_is_taken(self, asking, good):
        assert asking.post("/Calls", call(IfMachine=good)).status == 200

    @pytest.mark.parametrize("bad", ["Stop", "true", "Hang up"])
    def test_other_words_for_machines_are_refused(self, asking, bad):
        assert asking.post("/Calls", call(IfMachine=bad)).refusal == (
            400,
            21207,
            "Invalid IfMachine",
        )

    @pytest.mark.parametrize("good", ["1", "60", "998", "999"])
    def test_timeout_of_up_to_999_seconds(self, asking, good):
        assert asking.post("/Calls", call(Timeout=good)).status == 200

    @pytest.mark.parametrize("bad", ["1000", "-1", "1.5", "soon", "9" * 5000])
    def test_other_timeouts_are_refused(self, asking, bad):
        assert asking.post("/Calls", call(Timeout=bad)).refusal == (400, 21208, "Invalid Timeout")

    @pytest.mark.parametrize("name", ["Method", "SendDigits", "IfMachine", "Timeout"])
    def test_empty_options_are_absent(self, asking, name):
        assert asking.post("/Calls", call(**{name: ""})).status == 200

    def test_names_are_case_sensitive(self, asking):
        with hints("names are case-sensitive: Called, not called"):
            answer = asking.post("/Calls", {"called": CALLED, **without(call(), "Called")})

        assert answer.refusal == (400, 21201, "No called number is specified")

    def test_refused_call_is_not_made(self, asking):
        asking.post("/Calls", call(Called="jenny"))

        assert asking.simulator.calls == ()


class TestCaller:
    def test_may_be_a_number_of_the_account(self, asking):
        number = asking.simulator.incoming_phone_numbers[0]

        assert asking.post("/Calls", call())["PhoneNumberSid"] == number.Sid

    def test_may_be_a_validated_caller_id(self, asking):
        caller_id = asking.simulator.add_outgoing_caller_id(PhoneNumber="4155550199")

        answer = asking.post("/Calls", call(Caller="4155550199"))

        assert answer["PhoneNumberSid"] == caller_id.Sid

    @pytest.mark.parametrize("sent", ["4155550199", "(415) 555-0199", "+4790055383"])
    def test_may_be_nothing_else(self, asking, sent):
        """The refusal repeats the number as it was sent."""
        answer = asking.post("/Calls", call(Caller=sent))

        assert answer.refusal == (400, 21210, NOT_VERIFIED.format(sent))

    def test_of_another_account_is_not_verified(self, asking):
        other = asking.simulator.add_account()
        asking.simulator.add_outgoing_caller_id(PhoneNumber="4155550199", AccountSid=other.Sid)

        assert asking.post("/Calls", call(Caller="4155550199")).refusal[1] == 21210

    def test_may_be_a_toll_free_number(self, asking):
        asking.simulator.add_incoming_phone_number(toll_free=True, PhoneNumber="8005550100")

        assert asking.post("/Calls", call(Caller="8005550100")).status == 200


class TestCalled:
    @pytest.mark.filterwarnings("ignore:.*question 63,:twreplay.errors.UndocumentedBehavior")
    @pytest.mark.parametrize("premium", ["9005550100", "4159765000"])
    def test_premium_numbers_are_refused(self, asking, premium):
        assert asking.post("/Calls", call(Called=premium)).refusal == (
            400,
            21202,
            "Called number is a premium number",
        )

    def test_number_abroad_is_shown_with_plus(self, asking):
        assert asking.post("/Calls", call(Called="+44 20 7183 8750"))["Called"] == "+442071838750"

    def test_number_abroad_is_refused_where_not_enabled(self, asking):
        account = asking.simulator.add_account(international=False)
        asking.simulator.add_outgoing_caller_id(AccountSid=account.Sid, PhoneNumber="4155550199")

        answer = Client(asking.simulator, account).post(
            "/Calls", call(Caller="4155550199", Called="+442071838750")
        )

        assert answer.refusal == (400, 21203, "International calling not enabled")

    def trial(self, asking):
        account = asking.simulator.add_account(trial=True)
        asking.simulator.add_outgoing_caller_id(AccountSid=account.Sid, PhoneNumber="4155550199")
        return Client(asking.simulator, account)

    def test_trial_account_calls_validated_numbers_only(self, asking):
        answer = self.trial(asking).post("/Calls", call(Caller="4155550199"))

        assert answer.refusal[:2] == (400, 21219)

    def test_trial_account_calls_a_validated_number(self, asking):
        form = call(Caller="4155550199", Called="4155550199")

        assert self.trial(asking).post("/Calls", form).status == 200


class TestLife:
    def shown(self, asking, sid):
        return asking.get(f"/Calls/{sid}").values

    def test_answered_call_is_in_progress(self, asking):
        sid = asking.post("/Calls", call())["Sid"]
        asking.simulator.clock.advance(seconds=5)

        shown = self.shown(asking, sid)

        assert shown["Status"] == "1"
        assert shown["StartTime"] == "Mon, 01 Mar 2010 09:00:05 -0800"
        assert (shown["EndTime"], shown["Duration"], shown["Price"]) == ("", "", "")

    def test_time_passes_only_when_told(self, asking):
        sid = asking.post("/Calls", call())["Sid"]
        asking.simulator.clock.advance(seconds=4.9)

        assert self.shown(asking, sid)["Status"] == "0"

    def test_completed_call_has_end_and_duration(self, asking):
        asking.simulator.arrange_call(after=2, duration=8)
        sid = asking.post("/Calls", call())["Sid"]
        asking.simulator.clock.advance(seconds=10)

        shown = self.shown(asking, sid)

        assert shown["Status"] == "2"
        assert shown["StartTime"] == "Mon, 01 Mar 2010 09:00:02 -0800"
        assert shown["EndTime"] == "Mon, 01 Mar 2010 09:00:10 -0800"
        assert shown["Duration"] == "8"
        assert shown["DateUpdated"] == shown["EndTime"]

    def test_price_comes_some_time_after_completion(self, asking):
        sid = asking.post("/Calls", call())["Sid"]
        asking.simulator.clock.advance(seconds=40)
        before = self.shown(asking, sid)
        asking.simulator.clock.advance(seconds=3600)

        assert (before["Status"], before["Price"]) == ("2", "")
        assert self.shown(asking, sid)["Price"] == "-0.03000"

    @pytest.mark.parametrize(
        ("outcome", "status"), [("busy", "3"), ("failed", "4"), ("no-answer", "5")]
    )
    def test_call_that_does_not_connect_has_neither_end_nor_duration(self, asking, outcome, status):
        asking.simulator.arrange_call(outcome=outcome)
        sid = asking.post("/Calls", call())["Sid"]
        asking.simulator.clock.advance(seconds=3600)

        shown = self.shown(asking, sid)

        assert shown["Status"] == status
        assert (shown["EndTime"], shown["Duration"], shown["Price"]) == ("", "", "")

    @pytest.mark.parametrize(
        ("timeout", "seconds"), [({}, 60), ({"Timeout": "20"}, 20), ({"Timeout": "999"}, 999)]
    )
    def test_rings_until_the_timeout(self, asking, timeout, seconds):
        asking.simulator.arrange_call(outcome="no-answer")
        sid = asking.post("/Calls", call(**timeout))["Sid"]

        asking.simulator.clock.advance(seconds=seconds - 1)
        assert self.shown(asking, sid)["Status"] == "0"
        asking.simulator.clock.advance(seconds=1)
        assert self.shown(asking, sid)["Status"] == "5"

    def test_is_not_answered_after_the_timeout(self, asking):
        asking.simulator.arrange_call(after=30)
        sid = asking.post("/Calls", call(Timeout="29"))["Sid"]
        asking.simulator.clock.advance(seconds=3600)

        assert self.shown(asking, sid)["Status"] == "5"

    def test_outcome_is_arranged_by_number_the_latest_first(self, asking):
        asking.simulator.arrange_call("4155550001", outcome="busy")
        asking.simulator.arrange_call("(415) 555-0002", outcome="failed")
        numbers = ["4155550001", "4155550002", "4155550003"]
        sids = [asking.post("/Calls", call(Called=number))["Sid"] for number in numbers]
        asking.simulator.clock.advance(seconds=3600)

        assert [self.shown(asking, sid)["Status"] for sid in sids] == ["3", "4", "2"]

    def test_trial_account_is_never_charged(self, asking):
        account = asking.simulator.add_account(trial=True)
        asking.simulator.add_outgoing_caller_id(AccountSid=account.Sid, PhoneNumber="4155550199")
        trial = Client(asking.simulator, account)
        form = call(Caller="4155550199", Called="4155550199")
        sid = trial.post("/Calls", form)["Sid"]
        asking.simulator.clock.advance(seconds=36000)

        assert (self.shown(trial, sid)["Status"], self.shown(trial, sid)["Price"]) == ("2", "")

    @pytest.mark.parametrize("status", [0, 1, 3, 4, 5])
    def test_arranged_call_has_what_its_status_has(self, asking, status):
        sid = asking.simulator.add_call(Status=status).Sid

        shown = self.shown(asking, sid)

        assert (shown["EndTime"], shown["Duration"], shown["Price"]) == ("", "", "")
        assert bool(shown["StartTime"]) == (status != 0)

    def test_arranged_call_stays_as_it_is(self, asking):
        sid = asking.simulator.add_call(Status=1).Sid
        before = asking.get(f"/Calls/{sid}").text
        asking.simulator.clock.advance(seconds=36000)

        assert asking.get(f"/Calls/{sid}").text == before


NEXT = {"CurrentUrl": "http://app.example/next"}


class TestRedirecting:
    @pytest.fixture
    def live(self, asking):
        return f"/Calls/{asking.simulator.add_call(Status=1).Sid}"

    @pytest.mark.parametrize("form", [NEXT, {**NEXT, "CurrentMethod": "GET"}])
    def test_answers_with_the_call(self, asking, live, form):
        answer = asking.post(live, form)

        assert answer.status == 200
        assert (answer.thing.tag, answer["Status"]) == ("Call", "1")

    @pytest.mark.parametrize("profile", ["documented", "observed"])
    def test_makes_nothing_in_either_profile(self, profile):
        asking = client(profile=profile)
        sid = asking.simulator.add_call(Status=1).Sid

        answer = asking.post(f"/Calls/{sid}", NEXT)

        assert answer.status == 200
        assert "Location" not in answer.headers

    @pytest.mark.parametrize("status", [0, 2, 3, 4, 5])
    def test_only_a_call_in_progress_can_be(self, asking, status):
        sid = asking.simulator.add_call(Status=status).Sid

        assert asking.post(f"/Calls/{sid}", NEXT).refusal == (
            400,
            21220,
            "Call is not in-progress. Cannot redirect.",
        )

    @pytest.mark.parametrize("bad", ["", *NOT_URLS.values()])
    def test_url_must_be_one(self, asking, live, bad):
        assert asking.post(live, {"CurrentUrl": bad}).refusal == (400, 21205, "Invalid URL")

    def test_method_must_be_one(self, asking, live):
        answer = asking.post(live, {**NEXT, "CurrentMethod": "PUT"})

        assert answer.refusal == (400, 21209, "Invalid Method")

    def test_call_must_exist(self, asking):
        assert asking.post("/Calls/CA0", NEXT).refusal == NOT_FOUND

    def test_surplus_fields_do_not_harm(self, asking, live):
        """A product of the time sent these with its redirects."""
        surplus = {"Caller": NUMBER, "Called": CALLED, "Method": "POST", "Timeout": "60"}

        with hints("the method of CurrentUrl is CurrentMethod"):
            answer = asking.post(live, {**NEXT, **surplus})

        assert answer.status == 200
        assert asking.get("/Notifications").counters["total"] == "4"

    def test_call_can_still_be_completed(self, asking):
        sid = asking.post("/Calls", call())["Sid"]
        asking.simulator.clock.advance(seconds=10)
        asking.post(f"/Calls/{sid}", NEXT)
        asking.simulator.clock.advance(seconds=3600)

        assert asking.get(f"/Calls/{sid}")["Status"] == "2"


class TestSegments:
    @pytest.fixture
    def first(self, asking):
        return asking.simulator.add_call(Status=1, Flags=1)

    @pytest.fixture
    def leg(self, asking, first):
        asking.simulator.clock.advance(seconds=10)
        return asking.simulator.add_call(Sid=first.Sid, segment=True, Called="4155550777")

    def test_share_the_sid_of_the_call(self, asking, first, leg):
        with rests_on(20):
            listed = asking.get(f"/Calls/{first.Sid}/Segments")

        assert listed.thing.tag == "Calls"
        assert listed.each("Sid") == [first.Sid]
        assert listed.each("CallSegmentSid") == [leg.CallSegmentSid]
        assert len(leg.CallSegmentSid) == 34

    @pytest.mark.parametrize(("flags", "of_the_leg"), [(1, "5"), (2, "6")])
    def test_flags_of_a_leg(self, asking, flags, of_the_leg):
        """Inbound and Dial are 5, REST and Dial are 6."""
        first = asking.simulator.add_call(Flags=flags)

        assert asking.simulator.add_call(Sid=first.Sid, segment=True).Flags == of_the_leg

    def test_both_are_in_the_list_of_calls(self, asking, first, leg):
        with rests_on(20):
            assert asking.get("/Calls").each("CallSegmentSid") == [leg.CallSegmentSid, ""]

    def test_leg_is_found_by_its_caller_in_the_list_of_calls(self, asking, first, leg):
        with rests_on(20):
            assert asking.get("/Calls?Called=4155550777").counters["total"] == "1"

    def test_instance_is_the_first_segment(self, asking, first, leg):
        assert asking.get(f"/Calls/{first.Sid}")["CallSegmentSid"] == ""

    def test_one_by_both_sids(self, asking, first, leg):
        answer = asking.get(f"/Calls/{first.Sid}/Segments/{leg.CallSegmentSid}")

        assert answer["Called"] == "4155550777"

    def test_unknown_one_is_404(self, asking, first, leg):
        assert asking.get(f"/Calls/{first.Sid}/Segments/CS0").refusal == NOT_FOUND

    def test_of_another_call_is_404(self, asking, first, leg):
        other = asking.simulator.add_call().Sid

        assert asking.get(f"/Calls/{other}/Segments/{leg.CallSegmentSid}").refusal == NOT_FOUND

    def test_call_without_dial_has_none(self, asking, first):
        with rests_on(20):
            assert asking.get(f"/Calls/{first.Sid}/Segments").items == []


class TestSubResources:
    def test_recordings_of_the_call(self, asking):
        call, other = asking.simulator.add_call(), asking.simulator.add_call()
        recording = asking.simulator.add_recording(CallSid=call.Sid)
        asking.simulator.add_recording(CallSid=other.Sid)

        answer = asking.get(f"/Calls/{call.Sid}/Recordings")

        assert answer.thing.tag == "Recordings"
        assert answer.each("Sid") == [recording.Sid]

    def test_notifications_of_the_call(self, asking):
        call = asking.simulator.add_call()
        notification = asking.simulator.add_notification(CallSid=call.Sid)
        asking.simulator.add_notification()

        answer = asking.get(f"/Calls/{call.Sid}/Notifications")

        assert answer.thing.tag == "Notifications"
        assert answer.each("Sid") == [notification.Sid]

    @pytest.mark.parametrize("what", ["Recordings", "Notifications"])
    def test_page_uris_stay_below_the_call(self, asking, what):
        call = asking.simulator.add_call()
        asking.simulator.add_recording(CallSid=call.Sid)
        asking.simulator.add_notification(CallSid=call.Sid)

        answer = asking.get(f"/Calls/{call.Sid}/{what}")

        assert answer.counters["firstpageuri"] == (
            f"{asking.path}/Calls/{call.Sid}/{what}?num=50&page=0"
        )

    @pytest.mark.parametrize("what", ["Recordings", "Notifications", "Segments"])
    def test_of_an_unknown_call_are_404(self, what):
        asking = client(undocumented="ignore")

        assert asking.get(f"/Calls/CA0/{what}").refusal == NOT_FOUND


class TestFilters:
    @pytest.fixture
    def asking(self):
        asking = client()
        add = asking.simulator.add_call
        add(Called="4155550001", Status=1, StartTime=at("2009-07-05 23:59:59"), Caller=NUMBER)
        add(Called="4155550002", Status=2, StartTime=at("2009-07-06 00:00:00"), Caller="4155550099")
        add(Called="4155550003", Status=3, StartTime=at("2009-07-06 12:00:00"), Caller=NUMBER)
        add(Called="4155550004", Status=4, StartTime=at("2009-07-06 23:59:59"), Caller=NUMBER)
        add(Called="4155550005", Status=5, StartTime=at("2009-07-07 00:00:00"), Caller=NUMBER)
        add(Called="4155550006", Status=0, Caller=NUMBER)
        return asking

    def found(self, asking, query):
        """The last digits of the numbers called, sorted."""
        return "".join(sorted(n[-1] for n in asking.get(f"/Calls?{query}").each("Called")))

    @pytest.mark.filterwarnings("ignore:.*question 72,:twreplay.errors.UndocumentedBehavior")
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("Called=4155550003", "3"),
            ("Called=4155550009", ""),
            ("Called=", "123456"),
            ("Caller=4155550099", "2"),
            (f"Caller={NUMBER}", "13456"),
            ("Status=0", "6"),
            ("Status=1", "1"),
            ("Status=2", "2"),
            ("Status=5", "5"),
            ("StartTime=2009-07-06", "234"),
            ("StartTime>=2009-07-06", "2345"),
            ("StartTime%3E=2009-07-06", "2345"),
            ("StartTime<=2009-07-06", "12"),
            ("StartTime%3C=2009-07-06", "12"),
            ("StartTime<=2009-07-07", "12345"),
            ("StartTime<2009-07-06", "1"),
            ("StartTime<2009-07-07", "1234"),
            ("StartTime%3C2009-07-07", "1234"),
            ("StartTime>=2009-07-06&StartTime<=2009-07-07", "2345"),
            ("StartTime>=2009-07-06&StartTime<2009-07-07", "234"),
            ("StartTime<=2009-07-06&StartTime>=2009-07-06", "2"),
            ("StartTime>=2009-07-08", ""),
            ("StartTime>=2009-07-06&Caller=4158675309", "345"),
            ("StartTime>=2009-07-06&Status=3&Caller=4158675309", "3"),
            ("Status=2&Caller=4158675309", ""),
            ("Status=1&num=1&page=0", "1"),
        ],
    )
    def test_filters_narrow_the_list(self, asking, query, found):
        assert self.found(asking, query) == found

    @pytest.mark.parametrize(
        ("day", "times"),
        [
            ("2009-03-08", ("2009-03-08 00:00:00", "2009-03-08 23:59:59")),
            ("2009-11-01", ("2009-11-01 00:00:00", "2009-11-01 23:59:59")),
            ("2008-02-29", ("2008-02-29 00:00:00", "2008-02-29 23:59:59")),
        ],
        ids=["summer time begins", "summer time ends", "leap day"],
    )
    def test_day_lasts_from_midnight_to_midnight(self, day, times):
        asking = client()
        for time in times:
            asking.simulator.add_call(StartTime=at(time))

        assert len(asking.get(f"/Calls?StartTime={day}").items) == 2
        assert len(asking.get(f"/Calls?StartTime<={day}").items) == 1
        assert len(asking.get(f"/Calls?StartTime>={day}").items) == 2

    def test_decoration_is_not_compared(self, asking):
        with rests_on(18):
            assert self.found(asking, "Called=(415)%20555-0003") == "3"

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("Called=4155550001&Called=4155550003", "3"),
            ("Status=1&Status=2", "2"),
            ("StartTime=2009-07-05&StartTime=2009-07-07", "5"),
            ("StartTime>=2009-07-07&StartTime>=2009-07-06", "2345"),
            ("Status=1&num=1&num=2", "1"),
        ],
    )
    def test_of_a_filter_that_is_given_twice_the_last_counts(self, asking, query, found):
        with rests_on(44):
            assert self.found(asking, query) == found

    def test_flags_are_compared_exactly(self, asking):
        with rests_on(22):
            assert self.found(asking, "Flags=4") == ""

    def test_unknown_filter_is_ignored(self, asking):
        with rests_on(18):
            assert self.found(asking, "Colour=red") == "123456"

    def test_names_are_case_sensitive(self, asking):
        with hints("case-sensitive: Status, not status"), rests_on(18):
            assert self.found(asking, "status=1") == "123456"

    @pytest.mark.parametrize("value", ["9", "-1", "x"])
    def test_status_that_does_not_exist_matches_nothing(self, asking, value):
        with rests_on(19):
            assert self.found(asking, f"Status={value}") == ""

    def test_word_for_a_status_is_of_another_version(self, asking):
        with hints("the status is a number: Status=2 for completed"), rests_on(19):
            assert self.found(asking, "Status=completed") == ""

    @pytest.mark.parametrize("value", ["2009-13-01", "yesterday", "2009-7-6", "07/06/2009"])
    def test_date_that_is_none_is_ignored(self, asking, value):
        with rests_on(19):
            assert self.found(asking, f"StartTime={value}") == "123456"

    def test_total_counts_what_was_found(self, asking):
        counters = asking.get("/Calls?StartTime=2009-07-06&num=2").counters

        assert (counters["total"], counters["numpages"], counters["end"]) == ("3", "2", "1")


class TestOrder:
    def test_last_updated_is_first(self, asking):
        add = asking.simulator.add_call
        add(Sid="CAold", DateUpdated=at("2009-01-01"))
        add(Sid="CAnew", DateUpdated=at("2009-03-01"))
        add(Sid="CAmid", DateUpdated=at("2009-02-01"))

        assert asking.get("/Calls").each("Sid") == ["CAnew", "CAmid", "CAold"]

    def test_call_that_changes_comes_first(self, asking):
        asking.simulator.arrange_call("4155550001", after=5)
        asking.simulator.arrange_call("4155550002", after=50)
        first = asking.post("/Calls", call(Called="4155550001"))["Sid"]
        second = asking.post("/Calls", call(Called="4155550002"))["Sid"]
        before = asking.get("/Calls").each("Sid")
        asking.simulator.clock.advance(seconds=10)

        assert before == [second, first]
        assert asking.get("/Calls").each("Sid") == [first, second]

    def test_filtered_list_is_sorted_the_same(self, asking):
        add = asking.simulator.add_call
        for month in (1, 3, 2):
            add(Sid=f"CA{month}", DateUpdated=at(f"2010-0{month}-01"), StartTime=at("2009-07-06"))

        assert asking.get("/Calls?StartTime=2009-07-06").each("Sid") == ["CA3", "CA2", "CA1"]
