"""Stubs in every shape that the documentation of responses shows."""

import json
import unittest
from urllib.parse import parse_qs

import pytest
import requests
import responses
from clinic import BASE, list_calls, remind
from responses import matchers

CALLS = BASE + "/Calls"
SMS = f"{BASE}/SMS/Messages"
PAGE = {"TwilioResponse": {"Calls": [], "page": "0"}}


@responses.activate
def test_json():
    responses.add(responses.GET, f"{BASE}/Calls", json=PAGE, status=200)

    assert list_calls().json() == PAGE
    assert len(responses.calls) == 1
    assert responses.calls[0].request.url == CALLS
    assert responses.calls[0].response.status_code == 200
    assert responses.calls[0].response.json() == PAGE


@responses.activate
def test_an_error_and_then_an_answer():
    responses.get(CALLS, status=503)
    responses.get(CALLS, body="<TwilioResponse/>", content_type="application/xml")

    assert list_calls().status_code == 503
    assert list_calls().text == "<TwilioResponse/>"
    responses.assert_call_count(CALLS, 2)


@responses.activate
def test_what_was_sent():
    responses.post(SMS, body="<TwilioResponse/>")

    remind("4155551212")

    sent = responses.calls[0].request
    assert sent.method == "POST"
    assert sent.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(sent.body)["To"] == ["4155551212"]


@responses.activate
def test_a_broken_connection():
    responses.add(responses.GET, CALLS, body=requests.ConnectionError("gone"))

    with pytest.raises(requests.ConnectionError):
        list_calls()


@responses.activate
def test_matchers():
    wanted = {"From": "4158675309", "To": "4155551212", "Body": "Hi"}
    responses.post(SMS, body="sent", match=[matchers.urlencoded_params_matcher(wanted)])
    responses.get(CALLS, body="busy", match=[matchers.query_param_matcher({"Status": "3"})])

    assert remind("4155551212", "Hi").text == "sent"
    assert list_calls(Status=3).text == "busy"


@responses.activate
def test_a_callback():
    def answer(request):
        fields = parse_qs(request.body)
        return 200, {"X-Seen": "yes"}, json.dumps(fields["To"])

    responses.add_callback(responses.POST, SMS, callback=answer)

    response = remind("4155551212")
    assert response.json() == ["4155551212"]
    assert response.headers["X-Seen"] == "yes"


@responses.activate
def test_a_stub_that_is_kept():
    stub = responses.Response(method="GET", url=CALLS, body="x")
    responses.add(stub)

    list_calls()
    list_calls()

    assert stub.call_count == 2


@pytest.mark.parametrize("sid", ["CA00000000000000000000000000000001"])
@responses.activate
def test_an_address_with_a_hole(sid):
    responses.get(f"{CALLS}/{sid}", body="one call")

    assert requests.get(f"{CALLS}/{sid}", timeout=10).text == "one call"


def stub_calls(status=200):
    responses.get(CALLS, body="from a helper", status=status)


@responses.activate
def test_a_helper():
    stub_calls(status=202)

    assert list_calls().status_code == 202


def test_a_fixture(mocked_responses):
    mocked_responses.get(CALLS, body="from a fixture")

    assert list_calls().text == "from a fixture"
    assert mocked_responses.calls[0].request.method == "GET"


def test_a_block():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as rsps:
        rsps.add(rsps.GET, CALLS, body="in a block")
        rsps.add(rsps.POST, SMS, body="not asked for")
        assert list_calls().text == "in a block"


class TestInAClass(unittest.TestCase):
    @responses.activate
    def test_stub(self):
        responses.get(CALLS, body="in a class", headers={"X-From": "a class"})

        self.assertEqual(list_calls().headers["X-From"], "a class")
