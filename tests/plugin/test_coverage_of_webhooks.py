"""``--twreplay-coverage`` counts webhooks, simulated and from cassettes, over workers."""

from __future__ import annotations

import json
import os
import sys

import pytest
from extent import mark_slow
from inner_runs import run_inner
from two_way import Clinic, record_call

SOURCE = """
import pytest
from two_way import Clinic, post_call

@pytest.fixture
def twilio_app():
    return Clinic(checks=False).app

def test_call(twilio_cassette):
    post_call()

def test_simulated(twilio):
    twilio.change(twilio.incoming_phone_numbers[0], Url="https://clinic.example/voice")
    twilio.phone("4155550101").dial("4158675309").press("1#").hang_up()
"""


@pytest.mark.parametrize("workers", [(), mark_slow(("-n", "2"))], ids=["alone", "xdist"])
def test_webhooks_of_cassettes_and_simulators_are_counted(pytester, workers, monkeypatch):
    folder = pytester.mkdir("cassettes") / "test_it"
    folder.mkdir()
    record_call(folder / "test_call.yaml", Clinic())
    pytester.makepyfile(test_it=SOURCE)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    result = run_inner(pytester, "--twreplay-coverage=seen.json", *workers)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        ["callback    voicex2, end-of-callx1, gatherx2", "verb        Sayx4, Gatherx2"]
    )
    assert "5 webhooks" in result.stdout.str()
    never = json.loads((pytester.path / "seen.json").read_text())["webhooks_never_seen"]
    assert never["CallStatus"] == ["busy", "failed", "no-answer"]
