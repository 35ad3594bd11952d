"""Cassettes around blocks and functions."""

import contextlib

import pytest
import vcr
from clinic import list_calls, remind
from recordings import tape


def test_a_block():
    with vcr.use_cassette("fixtures/calls.yaml", filter_headers=["authorization"]) as cassette:
        assert list_calls().status_code == 200

    assert cassette.all_played
    assert cassette.play_count == 1
    assert len(cassette) == 1


def test_what_is_on_the_cassette():
    with tape.use_cassette("sms") as cassette:
        remind("4155551212")

    # A comment that has to stay.
    assert cassette.requests[0].uri.endswith("/SMS/Messages")
    assert cassette.requests[0].method == "POST"
    assert b"To=4155551212" in cassette.requests[0].body
    response = cassette.responses[0]
    assert response["status"]["code"] == 201
    assert b"<Status>queued</Status>" in response["body"]["string"]
    assert response["headers"]["Content-Type"] == ["application/xml"]


@tape.use_cassette("calls")
def test_a_decorated_function():
    assert "<Calls" in list_calls(page=7).text


@tape.use_cassette
def test_named_after_the_function():
    assert list_calls().ok


@pytest.mark.parametrize("number", ["4155551212"])
@vcr.use_cassette("fixtures/sms.yaml", match_on=["method", "url", "raw_body"])
def test_parametrized(number):
    assert remind(number).ok


@tape.use_cassette("sms", match_on=("method", "same number"))
def test_a_matcher_of_its_own():
    assert remind("4155551212", "Another text").ok


def test_again_and_again():
    with tape.use_cassette("calls", allow_playback_repeats=True) as cassette:
        assert [list_calls().status_code for _ in range(3)] == [200] * 3
        assert cassette.play_count == 3


def test_several():
    with contextlib.ExitStack() as stack:
        calls = stack.enter_context(tape.use_cassette("calls"))
        list_calls()
    with tape.use_cassette("sms") as sms:
        remind("4155551212")
    assert (calls.play_count, sms.play_count) == (1, 1)


def test_json():
    with vcr.use_cassette("fixtures/calls.json", serializer="json", record_mode="none"):
        assert list_calls().ok
