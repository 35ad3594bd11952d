"""What is not about Twilio, is about both, or cannot be rewritten."""

import pytest
import requests
import responses
import twreplay
from clinic import BASE, list_calls
from responses.registries import OrderedRegistry

WEATHER = "https://weather.example/today"


@responses.activate
def test_another_host():
    responses.get(WEATHER, body="Sunny")

    assert requests.get(WEATHER, timeout=10).text == "Sunny"


@responses.activate
@twreplay.simulate(allow_unused=True)
def test_both(twilio):
    responses.get(WEATHER, body="Sunny")
    twilio.when("GET", "/Calls").respond(200, body="calls")

    assert requests.get(WEATHER, timeout=10).text == "Sunny"
    assert list_calls().text == "calls"


@responses.activate(registry=OrderedRegistry)
def test_in_order():
    responses.get(BASE + "/Calls", body="1")
    responses.get(BASE + "/Calls", body="2")

    assert [list_calls().text for _ in range(2)] == ["1", "2"]


@responses.activate
def test_what_no_stub_answers():
    responses.get(BASE + "/Recordings", body="x")

    with pytest.raises(requests.ConnectionError):
        list_calls()


@responses.activate
def test_replaced():
    responses.get(BASE + "/Calls", body="old")
    responses.replace(responses.GET, BASE + "/Calls", body="new")

    assert list_calls().text == "new"
