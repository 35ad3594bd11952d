"""Stubs in every shape that the documentation of responses shows."""

import json
import unittest
from urllib.parse import parse_qs

import pytest
import requests
import twreplay
from clinic import BASE, list_calls, remind

CALLS = BASE + "/Calls"
SMS = f"{BASE}/SMS/Messages"
PAGE = {"TwilioResponse": {"Calls": [], "page": "0"}}


@twreplay.simulate(allow_unused=True)
def test_json(twilio):
    twilio.when("GET", "/Calls").respond(200, json=PAGE)

    assert list_calls().json() == PAGE
    assert len(twilio.requests) == 1
    assert twilio.requests[0].request.url == CALLS
    assert twilio.requests[0].response.status == 200
    assert json.loads(twilio.requests[0].response.body) == PAGE


@twreplay.simulate(allow_unused=True)
def test_an_error_and_then_an_answer(twilio):
    twilio.when("GET", "/Calls", times=1).respond(503, body="")
    twilio.when("GET", "/Calls").respond(
        200,
        body="<TwilioResponse/>",
        headers={"Content-Type": "application/xml"},
    )

    assert list_calls().status_code == 503
    assert list_calls().text == "<TwilioResponse/>"
    twilio.assert_requested(path="/Calls", times=2)


@twreplay.simulate(allow_unused=True)
def test_what_was_sent(twilio):
    twilio.when("POST", "/SMS/Messages").respond(200, body="<TwilioResponse/>")

    remind("4155551212")

    sent = twilio.requests[0].request
    assert sent.method == "POST"
    assert sent.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(sent.body.decode())["To"] == ["4155551212"]


@twreplay.simulate(allow_unused=True)
def test_a_broken_connection(twilio):
    twilio.when("GET", "/Calls").raises(requests.ConnectionError("gone"))

    with pytest.raises(requests.ConnectionError):
        list_calls()


@twreplay.simulate(allow_unused=True)
def test_matchers(twilio):
    wanted = {"From": "4158675309", "To": "4155551212", "Body": "Hi"}
    twilio.when("POST", "/SMS/Messages", form=wanted).respond(200, body="sent")
    twilio.when("GET", "/Calls", query={"Status": "3"}).respond(200, body="busy")

    assert remind("4155551212", "Hi").text == "sent"
    assert list_calls(Status=3).text == "busy"


@twreplay.simulate(allow_unused=True)
def test_a_callback(twilio):
    def answer(request):
        fields = parse_qs(request.body.decode())
        return 200, {"X-Seen": "yes"}, json.dumps(fields["To"])

    twilio.when("POST", "/SMS/Messages")(lambda request: twreplay.Response(*answer(request)))

    response = remind("4155551212")
    assert response.json() == ["4155551212"]
    assert response.headers["X-Seen"] == "yes"


@twreplay.simulate(allow_unused=True)
def test_a_stub_that_is_kept(twilio):
    stub = twilio.when("GET", "/Calls").respond(200, body="x")

    list_calls()
    list_calls()

    assert stub.used == 2


@pytest.mark.parametrize("sid", ["CA00000000000000000000000000000001"])
@twreplay.simulate(allow_unused=True)
def test_an_address_with_a_hole(sid, twilio):
    twilio.when("GET", f"/Calls/{sid}").respond(200, body="one call")

    assert requests.get(f"{CALLS}/{sid}", timeout=10).text == "one call"


def stub_calls(twilio, status=200):
    twilio.when("GET", "/Calls").respond(status, body="from a helper")


@twreplay.simulate(allow_unused=True)
def test_a_helper(twilio):
    stub_calls(twilio, status=202)

    assert list_calls().status_code == 202


def test_a_fixture(mocked_responses):
    mocked_responses.when("GET", "/Calls").respond(200, body="from a fixture")

    assert list_calls().text == "from a fixture"
    assert mocked_responses.requests[0].request.method == "GET"


def test_a_block():
    with twreplay.simulate(allow_unused=True) as rsps:
        rsps.when("GET", "/Calls").respond(200, body="in a block")
        rsps.when("POST", "/SMS/Messages").respond(200, body="not asked for")
        assert list_calls().text == "in a block"


class TestInAClass(unittest.TestCase):
    @twreplay.simulate(allow_unused=True)
    def test_stub(self, twilio):
        twilio.when("GET", "/Calls").respond(
            200,
            body="in a class",
            headers={"X-From": "a class"},
        )

        self.assertEqual(list_calls().headers["X-From"], "a class")
