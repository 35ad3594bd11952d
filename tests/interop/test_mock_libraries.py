"""Mocks of other hosts by other libraries, inside a session and around one."""

from __future__ import annotations

import asyncio

import httpx
import pytest
import requests
import requests_mock
import responses
import respx

import twreplay

OTHER = "https://other.example/thing"


def with_requests(url, **kwargs):
    return requests.get(url, timeout=60, **kwargs)


def with_httpx(url, **kwargs):
    return httpx.get(url, **kwargs)


def with_async_httpx(url, **kwargs):
    async def get():
        async with httpx.AsyncClient() as client:
            return await client.get(url, **kwargs)

    return asyncio.run(get())


def responses_mock():
    mock = responses.RequestsMock()
    mock.add(responses.GET, OTHER, body="theirs")
    return mock


def requests_mocker():
    mock = requests_mock.Mocker()
    mock.get(OTHER, text="theirs")
    return mock


def respx_mock():
    mock = respx.mock()
    mock.get(OTHER).respond(text="theirs")
    return mock


PAIRS = [
    pytest.param(responses_mock, with_requests, id="responses"),
    pytest.param(requests_mocker, with_requests, id="requests-mock"),
    pytest.param(respx_mock, with_httpx, id="respx"),
    pytest.param(respx_mock, with_async_httpx, id="respx-async"),
]


def both_answer(twilio, get):
    assert get(OTHER).text == "theirs"
    ours = get(twilio.account_url, auth=twilio.auth)
    assert twilio.account_sid in ours.text
    assert get(OTHER).text == "theirs"


@pytest.mark.parametrize(("mock", "get"), PAIRS)
def test_theirs_inside_ours(mock, get):
    with twreplay.simulate() as twilio, mock():
        both_answer(twilio, get)


@pytest.mark.parametrize(("mock", "get"), PAIRS)
def test_ours_inside_theirs(mock, get):
    with mock(), twreplay.simulate() as twilio:
        both_answer(twilio, get)


@pytest.mark.parametrize(("mock", "get"), PAIRS)
def test_nothing_is_left_behind(mock, get):
    before = [
        requests.adapters.HTTPAdapter.send,
        responses.RequestsMock._on_request,
        requests_mock.adapter.Adapter.send,
        httpx.HTTPTransport.handle_request,
        httpx.AsyncHTTPTransport.handle_async_request,
    ]
    with twreplay.simulate() as twilio, mock():
        both_answer(twilio, get)

    after = [
        requests.adapters.HTTPAdapter.send,
        responses.RequestsMock._on_request,
        requests_mock.adapter.Adapter.send,
        httpx.HTTPTransport.handle_request,
        httpx.AsyncHTTPTransport.handle_async_request,
    ]
    assert after == before


@pytest.mark.parametrize("get", [with_httpx, with_async_httpx], ids=["sync", "async"])
def test_pytest_httpx_inside_ours(twilio, httpx_mock, get):
    httpx_mock.add_response(url=OTHER, text="theirs")
    httpx_mock.add_response(url=OTHER, text="theirs")

    both_answer(twilio, get)


@pytest.mark.parametrize("get", [with_httpx, with_async_httpx], ids=["sync", "async"])
def test_ours_inside_pytest_httpx(httpx_mock, twilio, get):
    httpx_mock.add_response(url=OTHER, text="theirs")
    httpx_mock.add_response(url=OTHER, text="theirs")

    both_answer(twilio, get)


class TestAResponsesSuiteAdoptsTheSimulator:
    """Without changing its doors: the simulator as a callback of responses."""

    @responses.activate
    def test_the_simulator_answers_as_its_callback(self):
        simulator = twreplay.Simulator()
        twreplay.add_to_responses(simulator)

        response = with_requests(simulator.account_url, auth=simulator.auth)

        assert simulator.account_sid in response.text
        assert simulator.requests[-1].rule == "Show the account."

    def test_in_a_mock_of_its_own(self):
        simulator = twreplay.Simulator()
        with responses_mock() as mock:
            twreplay.add_to_responses(simulator, mock)

            assert with_requests(OTHER).text == "theirs"
            form = {"From": "4158675309", "To": "4155551212", "Body": "Hi"}
            url = f"{simulator.account_url}/SMS/Messages"
            requests.post(url, auth=simulator.auth, data=form, timeout=60)

        assert simulator.sms_messages[-1].Body == "Hi"

    @responses.activate
    def test_faults_are_raised_as_they_are_in_a_session(self):
        simulator = twreplay.Simulator()
        twreplay.add_to_responses(simulator)
        simulator.when().raises(twreplay.faults.ReadTimeout)

        with pytest.raises(requests.exceptions.ReadTimeout):
            with_requests(simulator.account_url)
