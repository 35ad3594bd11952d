"""What pytest shows where a phone did not hear, or get, what a test expects."""

from __future__ import annotations

import pytest
from inner_runs import run_inner

SOURCE = """
import asyncio
import pytest

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/xml")])
    return [b"<Response><Say>Hello.</Say></Response>"]

@pytest.fixture
def twilio_app():
    return app

def dial(twilio):
    twilio.change(twilio.incoming_phone_numbers[0], Url="https://clinic.example/voice")
    return twilio.phone("4155550101").dial("4158675309")

def test_expect(twilio):
    dial(twilio).expect("goodbye")

def test_expect_text(twilio):
    twilio.phone("4155550101").expect_text("goodbye")

def test_expect_nothing_more(twilio):
    dial(twilio)
    twilio.receive_call(Caller="4155550102", duration=None)
    twilio.expect_nothing_more()

def test_in_a_loop(twilio):
    async def expect():
        await twilio.aio.phone("4155550101").expect_text("goodbye")

    asyncio.run(expect())
"""

TESTS = ["test_expect", "test_expect_text", "test_expect_nothing_more", "test_in_a_loop"]


@pytest.mark.parametrize("test", TESTS)
def test_only_lines_of_the_test_are_shown(pytester, test):
    pytester.makepyfile(test_it=SOURCE)

    told = run_inner(pytester, "-q", f"test_it.py::{test}").stdout.str()

    assert "E   AssertionError" in told or "E       AssertionError" in told
    assert "expect" in told
    assert "phones.py" not in told
    assert "_suggestion.py" not in told


def test_all_lines_are_shown_where_all_are_asked_for(pytester):
    pytester.makepyfile(test_it=SOURCE)

    told = run_inner(pytester, "-q", "--full-trace", "test_it.py::test_expect").stdout.str()

    assert "phones.py" in told
