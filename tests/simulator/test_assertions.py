"""Assertions about what was requested; their messages are in tests/messages."""

from __future__ import annotations

import re

import pytest
import requests

import twreplay
from twreplay.errors import RequestAssertionError, TwreplayError, UsageError

SMS = {"From": "4158675309", "To": "4155551212", "Body": "Hi Jenny"}
CALL = {"Caller": "4158675309", "Called": "4155551212", "Url": "http://e.com"}


@pytest.fixture
def twilio():
    with twreplay.simulate(undocumented="ignore", allow_unused=True) as simulator:
        yield simulator


def post(twilio, path, form, **changed):
    url = f"{twilio.account_url}{path}"
    return requests.post(url, auth=twilio.auth, data=form | changed, timeout=5)


def send(twilio, **changed):
    return post(twilio, "/SMS/Messages", SMS, **changed)


def call(twilio, **changed):
    return post(twilio, "/Calls", CALL, **changed)


class TestSent:
    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"To": "(415) 555-1212", "Body": "Hi Jenny"},
            {"Body": re.compile("Jenny$")},
            {"Body": twreplay.contains("Jenny"), "StatusCallback": twreplay.ABSENT},
            {"Body": lambda body: len(body) <= 160},
            {"times": 1, "form": {"From": "4158675309"}},
            {"where": lambda request: request.method == "POST"},
        ],
    )
    def test_holds_for_a_message_that_was_sent(self, twilio, fields):
        send(twilio)

        assert twilio.assert_sent(**fields) == tuple(twilio.requests)

    @pytest.mark.parametrize("fields", [{"To": "4155550000"}, {"times": 2}, {"times": 0}], ids=str)
    def test_fails_for_another(self, twilio, fields):
        send(twilio)

        with pytest.raises(RequestAssertionError):
            twilio.assert_sent(**fields)

    def test_counts_what_is_asked_for(self, twilio):
        for number in ("4155550001", "4155550002", "4155550001"):
            send(twilio, To=number)

        assert len(twilio.assert_sent(times=2, To="4155550001")) == 2

    def test_does_not_count_a_message_that_was_refused(self, twilio):
        send(twilio, To="12")

        with pytest.raises(RequestAssertionError, match="Unsuccessful, so not counted:\n  #1 POST"):
            twilio.assert_sent(To="12")
        twilio.assert_not_sent()

    def test_does_not_count_a_message_that_a_rule_refused_or_kept_from_the_api(self, twilio):
        twilio.when("POST").fail().then.raises(twreplay.faults.ReadTimeout)
        send(twilio)
        with pytest.raises(requests.exceptions.ReadTimeout):
            send(twilio)

        twilio.assert_not_sent()

    def test_counts_a_message_whose_answer_was_lost(self, twilio):
        twilio.when("POST").acts_then_raises(twreplay.faults.ReadTimeout).then.passes(status=502)
        with pytest.raises(requests.exceptions.ReadTimeout):
            send(twilio)
        send(twilio)

        twilio.assert_sent(times=2, To="4155551212")

    def test_not_sent_fails_and_lists_what_was(self, twilio):
        send(twilio)

        with pytest.raises(RequestAssertionError, match="Expected no SMS message; 1 was sent") as e:
            twilio.assert_not_sent()
        assert e.value.requests == tuple(twilio.requests)
        twilio.assert_not_sent(To="4155550000")

    def test_calls_are_no_messages(self, twilio):
        call(twilio)

        twilio.assert_not_sent()


class TestCalled:
    def test_holds_for_a_call_that_was_made(self, twilio):
        call(twilio)

        twilio.assert_called(times=1, Called="415-555-1212", Url=re.compile("^http:"))
        with pytest.raises(RequestAssertionError):
            twilio.assert_not_called()

    def test_redirecting_a_call_is_not_making_one(self, twilio):
        sid = twilio.add_call(Status=1).Sid
        post(twilio, f"/Calls/{sid}", {"CurrentUrl": "http://e.com"})

        twilio.assert_not_called()

    def test_json_requests_count_as_well(self, twilio):
        post(twilio, "/Calls.json", CALL)

        twilio.assert_called()

    @pytest.mark.parametrize(
        ("ask", "field", "message"),
        [
            ("assert_called", "To", "this version calls it 'Called'"),
            ("assert_not_called", "From", "this version calls it 'Caller'"),
            ("assert_not_sent", "Called", "this version calls it 'To'"),
            ("assert_sent", "Bdy", "did you mean 'Body'"),
            ("assert_not_sent", "body", "did you mean 'Body'"),
            ("assert_called", "time", "no keyword 'time'.*did you mean 'times'"),
        ],
    )
    def test_field_that_cannot_be_is_refused_as_its_absence_would_always_hold(
        self, twilio, ask, field, message
    ):
        with pytest.raises(UsageError, match=message):
            getattr(twilio, ask)(**{field: "1"})

    def test_unknown_field_that_was_sent_can_be_asserted(self, twilio):
        call(twilio, Custom="1")

        twilio.assert_called(Custom="1")

    @pytest.mark.parametrize("times", [-1, True, "1"])
    def test_times_is_a_whole_number(self, twilio, times):
        with pytest.raises(UsageError, match="times is a whole number from 0"):
            twilio.assert_called(times=times)

    @pytest.mark.parametrize("where", ["query", "given twice"])
    def test_counts_what_the_api_reads_and_not_what_it_passes_over(self, twilio, where):
        url = f"{twilio.account_url}/SMS/Messages"
        if where == "query":
            url, form = f"{url}?To=4155550001", list(SMS.items())
        else:
            form = [("To", "4155550001"), *SMS.items()]
        requests.post(url, auth=twilio.auth, data=form, timeout=5)

        twilio.assert_not_sent(To="4155550001")
        twilio.assert_sent(To=SMS["To"])

    def test_method_in_the_query_is_passed_over_no_more_than_the_api_does(self, twilio):
        post(twilio, "/SMS/Messages?_method=POST", SMS)

        twilio.assert_sent(times=1)


class TestRequested:
    def test_counts_requests_whatever_the_answer(self, twilio):
        send(twilio)
        send(twilio, To="12")

        twilio.assert_requested("POST", "/SMS/*", times=2)
        twilio.assert_requested("POST", "/SMS/*", times=1, status=400, To="12")
        twilio.assert_not_requested("GET")
        twilio.assert_not_requested(status=500)

    def test_takes_the_conditions_of_when(self, twilio):
        requests.get(f"{twilio.account_url}/Calls?num=5", headers={"X": "1"}, timeout=5)

        twilio.assert_requested(
            path=re.compile("^/Calls$"),
            query={"num": 5},
            headers={"X": "1"},
            username=twreplay.ABSENT,
            account=twilio.account_sid,
        )

    def test_overloaded_request_counts_under_both_methods(self, twilio):
        sid = twilio.add_outgoing_caller_id().Sid
        post(twilio, f"/OutgoingCallerIds/{sid}?_method=DELETE", {})

        twilio.assert_requested("DELETE", "/OutgoingCallerIds/*")
        twilio.assert_requested("POST", "/OutgoingCallerIds/*")

    def test_not_requested_fails_for_a_request_that_was_made(self, twilio):
        requests.get(twilio.account_url, timeout=5)

        with pytest.raises(RequestAssertionError, match="Expected no request 'GET'; 1 was made"):
            twilio.assert_not_requested("GET")

    @pytest.mark.parametrize("status", ["200", [200], re.compile("2.."), True, 20])
    def test_status_that_no_answer_has_is_refused_as_its_absence_would_always_hold(
        self, twilio, status
    ):
        for check in (twilio.assert_requested, twilio.assert_not_requested):
            with pytest.raises(UsageError, match="status is a whole number from 100 to 599"):
                check("GET", status=status)


class TestFailure:
    def test_is_an_assertion_error_and_one_of_ours(self):
        assert issubclass(RequestAssertionError, AssertionError)
        assert issubclass(RequestAssertionError, TwreplayError)

    def test_older_requests_that_were_not_kept_are_told(self):
        with twreplay.simulate(journal_limit=1) as twilio:
            for _ in range(3):
                requests.get(twilio.account_url, timeout=5)
            with pytest.raises(RequestAssertionError, match="2 older requests were not kept"):
                twilio.assert_sent()

    def test_absence_cannot_be_told_of_requests_that_were_not_kept(self):
        with twreplay.simulate(journal_limit=1) as twilio:
            for number in ("4155550001", "4155550002"):
                send(twilio, To=number)

            twilio.assert_sent()
            for check in (
                lambda: twilio.assert_not_sent(To="4155550001"),
                lambda: twilio.assert_sent(times=1),
                lambda: twilio.assert_not_requested("GET"),
            ):
                with pytest.raises(UsageError, match="1 older requests were not kept"):
                    check()

    def test_status_and_predicate_are_part_of_the_message(self, twilio):
        send(twilio)

        def is_json(request):
            return request.path.endswith(".json")

        with pytest.raises(RequestAssertionError) as caught:
            twilio.assert_requested("POST", status=201, where=is_json)

        assert "with where=<is_json>, status=201; none was made" in str(caught.value)
        assert "where  not fulfilled" in str(caught.value)

    def test_long_list_of_requests_is_cut(self, twilio):
        for _ in range(8):
            send(twilio)

        with pytest.raises(RequestAssertionError, match="and 3 more"):
            twilio.assert_not_sent()

    def test_credentials_are_not_shown(self, twilio):
        send(twilio)

        with pytest.raises(RequestAssertionError) as caught:
            twilio.assert_sent(auth=(twilio.account_sid, "another token"))

        assert "others were sent" in str(caught.value)
        assert twilio.auth_token not in str(caught.value)
        assert "another token" not in str(caught.value)

    def test_nearest_request_is_the_one_that_differs_least(self, twilio):
        send(twilio, To="4155550001", Body="Ho")
        send(twilio, To="4155550002", Body="Hi")

        with pytest.raises(RequestAssertionError) as caught:
            twilio.assert_sent(To="4155550003", Body="Hi")

        assert "#2 POST" in str(caught.value)
        assert "#1 POST" not in str(caught.value)

    def test_method_that_differs_is_shown(self, twilio):
        requests.get(f"{twilio.account_url}/Calls", auth=twilio.auth, timeout=5)

        with pytest.raises(RequestAssertionError, match="POST expected, GET was sent"):
            twilio.assert_called()

    def test_pytest_shows_the_line_of_the_test_and_no_internals(self, pytester):
        pytester.makepyfile("def test_one(twilio):\n    twilio.assert_sent(To='4155551212')\n")

        result = pytester.runpytest_inprocess()

        result.assert_outcomes(failed=1)
        assert "assertions.py" not in result.stdout.str()
        result.stdout.fnmatch_lines(["*Expected at least one SMS message with To='4155551212'*"])
