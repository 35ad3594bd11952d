"""Cassettes around blocks and functions."""

import contextlib

import pytest
import twreplay
from clinic import list_calls, remind
from recordings import tape, tape_twilio


def test_a_block():
    with twreplay.use_cassette("fixtures/calls.yaml") as cassette:
        assert list_calls().status_code == 200

    assert cassette.all_played
    assert cassette.play_count == 1
    assert len(cassette) == 1


def test_what_is_on_the_cassette():
    with tape_twilio.use_cassette("sms.yaml") as cassette:
        remind("4155551212")

    # A comment that has to stay.
    assert cassette.requests[0].url.endswith("/SMS/Messages")
    assert cassette.requests[0].method == "POST"
    assert b"To=4155551212" in cassette.requests[0].body
    response = cassette.responses[0]
    assert response.status == 201
    assert b"<Status>queued</Status>" in response.body
    assert list(response.headers.get_all("Content-Type")) == ["application/xml"]


@tape_twilio.use_cassette("calls.yaml")
def test_a_decorated_function():
    assert "<Calls" in list_calls(page=7).text


@tape_twilio.use_cassette("test_named_after_the_function.yaml")
def test_named_after_the_function():
    assert list_calls().ok


@pytest.mark.parametrize("number", ["4155551212"])
@twreplay.use_cassette("fixtures/sms.yaml", match_on=("method", "uri", "body"))
def test_parametrized(number):
    assert remind(number).ok


@tape.use_cassette("sms", match_on=("method", "same number"))
def test_a_matcher_of_its_own():
    assert remind("4155551212", "Another text").ok


def test_again_and_again():
    with tape_twilio.use_cassette("calls.yaml", allow_playback_repeats=True) as cassette:
        assert [list_calls().status_code for _ in range(3)] == [200] * 3
        assert cassette.play_count == 3


def test_several():
    with contextlib.ExitStack() as stack:
        calls = stack.enter_context(tape_twilio.use_cassette("calls.yaml"))
        list_calls()
    with tape_twilio.use_cassette("sms.yaml") as sms:
        remind("4155551212")
    assert (calls.play_count, sms.play_count) == (1, 1)


def test_json():
    with twreplay.use_cassette("fixtures/calls.json", record_mode="none"):
        assert list_calls().ok
