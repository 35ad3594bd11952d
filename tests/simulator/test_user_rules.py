"""Rules of a test's own, ahead of the API's."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest
from basic_auth import encode_basic

import twreplay
from twreplay.errors import UnusedRules, UsageError

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def simulator():
    return twreplay.Simulator()


def send(simulator, method, path, body="", *, auth=True):
    headers = dict(FORM if body else {})
    if auth:
        headers["Authorization"] = encode_basic(*simulator.auth)
    return simulator.handle(twreplay.Request(method, simulator.account_url + path, headers, body))


def refusal(response):
    return [(e.tag, e.text) for e in ET.fromstring(response.body).find("RestException")]


class TestRespond:
    def test_code_brings_its_message_and_page(self, simulator):
        simulator.when("POST", "/Calls").respond(400, code=21211)

        response = send(simulator, "POST", "/Calls", "x=1")

        assert response.status == 400
        assert refusal(response) == [
            ("Status", "400"),
            ("Message", "Invalid Called Phone Number"),
            ("Code", "21211"),
            ("MoreInfo", "http://www.twilio.com/docs/errors/21211"),
        ]

    def test_code_that_nobody_knows(self, simulator):
        simulator.when().respond(400, code=99999, message="Something else")

        assert refusal(send(simulator, "GET", "/Calls"))[1:3] == [
            ("Message", "Something else"),
            ("Code", "99999"),
        ]

    @pytest.mark.parametrize(
        ("status", "message"),
        [
            (401, "Authenticate"),
            (404, "The requested resource was not found"),
            (500, "Internal Server Error"),
            (503, "Service Unavailable"),
        ],
    )
    def test_a_status_alone_has_its_own_message(self, simulator, status, message):
        simulator.when().respond(status)

        response = send(simulator, "GET", "/Calls")

        assert (response.status, refusal(response)[1]) == (status, ("Message", message))
        assert ("www-authenticate" in response.headers) == (status == 401)

    def test_in_the_representation_that_the_path_asks_for(self, simulator):
        simulator.when("GET", "/Calls").respond(500)

        response = send(simulator, "GET", "/Calls.json")

        assert json.loads(response.body)["TwilioResponse"]["RestException"]["Status"] == "500"

    def test_body_and_headers_as_they_are(self, simulator):
        simulator.when().respond(200, body=b"\x00\xff", headers={"Content-Type": "audio/x-wav"})

        response = send(simulator, "GET", "/Calls")

        assert (response.body, response.headers["content-type"]) == (b"\x00\xff", "audio/x-wav")

    def test_nothing_but_a_good_status(self, simulator):
        simulator.when().respond()

        assert send(simulator, "GET", "/Calls").body.endswith(b"<TwilioResponse/>\n")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"status": 99},
            {"status": "400"},
            {"status": True},
            {"status": 400, "body": "x", "code": 21211},
        ],
    )
    def test_what_cannot_be_is_an_error(self, simulator, wrong):
        with pytest.raises(UsageError, match="respond takes"):
            simulator.when().respond(**wrong)


class TestOtherAnswers:
    def test_redirect_answers_302_with_the_place(self, simulator):
        simulator.when("GET", "/Recordings/*").redirect("https://media.example.com/a.wav")

        response = send(simulator, "GET", "/Recordings/RE1", auth=False)

        assert response.status == 302
        assert response.headers["Location"] == "https://media.example.com/a.wav"

    def test_fail_answers_as_often_as_it_says(self, simulator):
        simulator.when(times=2).fail(503)

        answers = [send(simulator, "GET", "/Calls").status for _ in range(3)]

        assert answers == [503, 503, 200]

    @pytest.mark.parametrize("wrong", [("fail", 404), ("redirect", "https://x.example", 200)])
    def test_with_a_status_that_does_not_fit(self, simulator, wrong):
        name, *arguments = wrong
        keywords = {"status": arguments.pop()}

        with pytest.raises(UsageError, match=f"{name} takes"):
            getattr(simulator.when(), name)(*arguments, **keywords)

    @pytest.mark.parametrize("failure", [twreplay.faults.ReadTimeout, ZeroDivisionError("no")])
    def test_raises_gives_the_client_the_exception_and_does_nothing(self, simulator, failure):
        simulator.when("POST", "/SMS/*").raises(failure)

        with pytest.raises(failure if isinstance(failure, type) else ZeroDivisionError):
            send(simulator, "POST", "/SMS/Messages", "To=1")

        assert simulator.requests[-1].response is None
        assert simulator.sms_messages == ()

    @pytest.mark.parametrize("wrong", ["timeout", int, 5])
    def test_raises_only_what_can_be_raised(self, simulator, wrong):
        with pytest.raises(UsageError, match="raises takes an exception"):
            simulator.when().raises(wrong)

    def test_delay_leaves_the_answer_to_the_api(self, simulator):
        """Without a client there is nobody to wait."""
        simulator.when("GET", "/Calls").delay(seconds=3600)

        assert send(simulator, "GET", "/Calls").status == 200
        assert simulator.requests[-1].rule == "List calls."

    @pytest.mark.parametrize("wrong", [-1, "1", True, float("nan")])
    def test_delay_takes_seconds(self, simulator, wrong):
        with pytest.raises(UsageError, match="delay takes"):
            simulator.when().delay(seconds=wrong)

    def test_two_answers_to_one_rule_are_an_error(self, simulator):
        with pytest.raises(UsageError, match="has an answer already"):
            simulator.when().fail().respond(200)


class TestFunctions:
    def test_answers_with_a_response(self, simulator):
        @simulator.when("GET", "/Calls")
        def answer(request):
            return twreplay.Response(418, {}, request.query[0][1])

        assert send(simulator, "GET", "/Calls?x=tea").body == b"tea"
        assert answer.__name__ == "answer"

    def test_leaves_it_to_the_next_with_none(self, simulator):
        seen = []
        simulator.when("GET", "/Calls").respond(500)
        simulator.when("GET", "/Calls")(seen.append)

        assert send(simulator, "GET", "/Calls").status == 500
        assert len(seen) == 1

    def test_anything_else_is_an_error_that_names_it(self, simulator):
        @simulator.when()
        def answer(request):
            return 404

        with pytest.raises(UsageError, match="answer returned 404; it must return a twreplay"):
            send(simulator, "GET", "/Calls")

    def test_an_exception_in_it_reaches_the_test(self, simulator):
        @simulator.when()
        def answer(request):
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError) as caught:
            send(simulator, "GET", "/Calls")

        assert "while simulating GET" in caught.value.__notes__[0]


class TestMatching:
    @pytest.mark.parametrize(
        ("method", "path", "fields"),
        [
            (None, None, {}),
            ("POST", None, {}),
            ("post", "/Calls", {}),
            (None, "/Calls", {}),
            (None, "/C*", {}),
            (None, "/Accounts/*/Calls", {}),
            (None, "/2008-08-01/Accounts/*", {}),
            ("POST", "/Calls", {"Called": "4155550000"}),
            ("POST", "/Calls", {"Called": "+1 415 555 0000"}),
            ("POST", "/Calls", {"Timeout": 20}),
            ("POST", "/Calls", {"x": "1"}),
        ],
        ids=str,
    )
    @pytest.mark.parametrize("extension", ["", ".json"])
    def test_a_request_that_fits_is_answered(self, simulator, method, path, fields, extension):
        simulator.when(method, path, **fields).respond(418)

        body = "Called=(415)+555-0000&Timeout=20"
        response = send(simulator, "POST", f"/Calls{extension}?x=1", body)

        assert response.status == 418

    @pytest.mark.parametrize(
        ("method", "path", "fields"),
        [
            ("GET", None, {}),
            (None, "/Recordings", {}),
            (None, "/Calls/*/Segments", {}),
            (None, "/Calls/*", {}),
            (None, "/SMS/*", {}),
            ("POST", "/Calls", {"Called": "4155550001"}),
            ("POST", "/Calls", {"called": "4155550000"}),
            ("POST", "/Calls", {"Called": "4155550000", "Url": "http://a.example"}),
        ],
        ids=str,
    )
    def test_does_not_match(self, simulator, method, path, fields):
        simulator.when(method, path, **fields).respond(418)

        assert send(simulator, "POST", "/Calls", "Called=4155550000").status == 400

    @pytest.mark.parametrize("method", ["DELETE", "POST"])
    def test_overloaded_requests_match_under_both_methods(self, simulator, method):
        simulator.when(method, "/OutgoingCallerIds/*").respond(418)

        assert send(simulator, "POST", "/OutgoingCallerIds/PN1?_method=DELETE").status == 418

    def test_goes_ahead_of_everything(self, simulator):
        simulator.when().respond(418)

        assert send(simulator, "GET", "/Nowhere", auth=False).status == 418

    def test_first_made_first_asked(self, simulator):
        simulator.when("GET", times=1).respond(501)
        simulator.when("GET").respond(502)

        assert [send(simulator, "GET", "/Calls").status for _ in range(3)] == [501, 502, 502]

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"method": "PSOT"}, "did you mean 'POST'"),
            ({"method": 5}, "no method 5"),
            ({"path": "Calls"}, "starts with a slash"),
            ({"times": 0}, "times is a whole number from 1"),
            ({"times": True}, "times is a whole number from 1"),
        ],
        ids=str,
    )
    def test_what_cannot_be_is_an_error(self, simulator, wrong, message):
        with pytest.raises(UsageError, match=message):
            simulator.when(**wrong)


class TestJournal:
    def test_the_journal_names_the_rule(self, simulator):
        simulator.when("GET", "/Calls").respond(500)
        send(simulator, "GET", "/Calls")

        entry = simulator.requests[-1]

        assert entry.rule == "a rule of your own"
        assert entry.source == "your rule when('GET', '/Calls')"


class TestUnused:
    def test_is_an_error_at_the_end(self):
        with pytest.raises(UnusedRules) as caught, twreplay.simulate() as twilio:
            twilio.when("POST", "/Calls", times=3, Called="1").fail()

        assert caught.value.rules == ("when('POST', '/Calls', times=3, Called='1')",)
        assert "used 0 of 3, made at test_user_rules.py:" in str(caught.value)

    def test_used_less_often_than_it_says(self):
        with pytest.raises(UnusedRules, match="used 1 of 2"), twreplay.simulate() as twilio:
            twilio.when(times=2).fail()
            send(twilio, "GET", "/Calls")

    def test_used_is_no_error(self):
        with twreplay.simulate() as twilio:
            twilio.when().fail()
            twilio.when("GET", times=1).fail()
            twilio.reset()
            twilio.when().fail()
            send(twilio, "GET", "/Calls")

    def test_is_left_unsaid_if_the_block_failed(self):
        with pytest.raises(ZeroDivisionError), twreplay.simulate() as twilio:
            twilio.when().fail()
            raise ZeroDivisionError
