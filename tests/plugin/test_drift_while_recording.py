"""A run that records holds each answer of the API against the rules."""

from __future__ import annotations

import pytest
from inner_runs import run_inner

SID, TOKEN = f"AC{7:032x}", f"{0xABCDEF0123456789:032x}"

WRONG = (
    "<TwilioResponse><Account><Sid>nonsense</Sid><Colour>blue</Colour></Account></TwilioResponse>"
)

TESTS = f"""
import pytest
from recorder import handler_of
from twreplay import Headers, Request, Response

ANSWERS = [(200, {WRONG!r})]

@pytest.mark.twreplay("real.yaml")
def test_account(twilio_cassette):
    handler = handler_of(twilio_cassette)
    for n, (status, body) in enumerate(ANSWERS):
        url = "https://api.twilio.com/2008-08-01/Accounts/{SID}"
        headers = Headers([("Authorization", "Basic " + {{!r}})])
        request = Request("GET", url, headers)
        if handler.answer(request, str) is None:
            fields = Headers([("Content-Type", "application/xml")])
            handler.record(request, Response(status, fields, body.encode()))
"""


@pytest.fixture
def recorded(pytester):
    from basic_auth import encode_basic

    text = TESTS.replace("{!r}", repr(encode_basic(SID, TOKEN).removeprefix("Basic ")))
    pytester.makepyfile(text)
    return pytester


def beside(pytester):
    return [path.name for path in pytester.path.rglob("*.drift.txt")]


def test_differences_are_counted_and_written_beside_and_fail_nothing(recorded):
    result = run_inner(recorded, "--twreplay-record=once")
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(
        ["twreplay: 1 answer is not what the rules say: twreplay verify cassettes/*/real.yaml"]
    )
    (path,) = recorded.path.rglob("real.yaml.drift.txt")
    text = path.read_text("utf-8")
    assert "Colour" in text
    assert TOKEN not in text
    assert run_inner(recorded).ret == pytest.ExitCode.OK


def test_fail_fails_the_run_and_keeps_the_recording(recorded):
    result = run_inner(recorded, "--twreplay-record=once", "--twreplay-drift=fail")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert [path.name for path in recorded.path.rglob("*.yaml")] == ["real.yaml"]


def test_ignore_looks_at_nothing(recorded):
    result = run_inner(recorded, "--twreplay-record=once", "--twreplay-drift=ignore")
    result.stdout.no_fnmatch_line("*what the rules say*")
    assert beside(recorded) == []


def test_the_file_beside_goes_when_nothing_differs_any_more(recorded):
    run_inner(recorded, "--twreplay-record=once")
    assert beside(recorded) == ["real.yaml.drift.txt"]
    (path,) = recorded.path.glob("test_*.py")
    path.write_text(path.read_text("utf-8").replace("ANSWERS = [(200,", "ANSWERS = [(500,"))
    recorded.makepyprojecttoml("[tool.twreplay]\nskip_statuses = []\n")
    run_inner(recorded, "--twreplay-record=rewrite")
    assert beside(recorded) == []
