"""``--twreplay-annotations``: what a run found, at its place in the code."""

from __future__ import annotations

import json

import pytest
from extent import mark_slow
from inner_runs import run_inner

TESTS = """
import pytest, requests, twreplay

def ask(twilio):
    return requests.get("https://api.twilio.com/2010-04-01/Accounts", auth=twilio.auth)

def test_other_version(twilio):
    ask(twilio)

@pytest.mark.twreplay
def test_missing():
    pass

def test_unused(twilio):
    twilio.when("GET", "/Calls").fail()

def test_of_its_own():
    assert False
"""


@pytest.fixture
def suite(pytester):
    pytester.makepyfile(test_all=TESTS)
    return pytester


def test_github_gets_a_line_for_each_error_of_twreplay(suite):
    result = run_inner(suite, "--twreplay-annotations=github")

    lines = [line for line in result.stdout.lines if line.startswith("::")]
    assert [line.partition("::")[2].partition("::")[0] for line in lines] == [
        "error file=test_all.py,line=4,title=twreplay%3A not-simulated",
        "error file=test_all.py,line=9,title=twreplay%3A cassette-not-found",
        "error file=test_all.py,line=13,title=twreplay%3A unused-rules",
    ]


@pytest.mark.parametrize("workers", [[], mark_slow(["-n", "2"])])
def test_sarif_file_holds_them_of_every_process(suite, workers):
    run_inner(suite, "--twreplay-annotations=out/run.sarif", *workers)

    (run,) = json.loads((suite.path / "out/run.sarif").read_text())["runs"]
    rules = {result["ruleId"] for result in run["results"]}
    assert rules == {"not-simulated", "cassette-not-found", "unused-rules"}


def test_another_value_is_refused(suite):
    result = run_inner(suite, "--twreplay-annotations=junit.xml")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*takes github or a FILE.sarif, not 'junit.xml'"])
