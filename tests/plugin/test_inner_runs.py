"""A run of pytest within a test of another run leaves what the outer one has."""

from __future__ import annotations

import pytest
from inner_runs import run_inner

OUTER = """
import pytest, requests, twreplay
from inner_runs import run_inner

pytest_plugins = ["pytester"]

def calls(twilio):
    return requests.get(f"{twilio.account_url}/Calls", auth=twilio.auth, timeout=5).status_code

INNER = '''
import requests
def test_inner(twilio):
    requests.get(twilio.account_url + "/Calls", auth=twilio.auth, timeout=5)
'''
"""


def test_counts_of_the_inner_run_are_not_those_of_the_outer_one(pytester):
    pytester.makepyfile(
        test_outer=OUTER
        + """
def test_outer(twilio, pytester):
    pytester.makepyfile(test_inner=INNER)
    calls(twilio)
    inner = run_inner(pytester)
    inner.stdout.fnmatch_lines(["twreplay: 1 simulated"])
    calls(twilio)
"""
    )

    result = run_inner(pytester)

    result.assert_outcomes(passed=1)
    assert [x for x in result.outlines if x.startswith("twreplay: ") and "simulated" in x] == [
        "twreplay: 2 simulated"
    ]


@pytest.mark.parametrize("arguments", ["'--twreplay-rehearse=500'", ""])
def test_a_rehearsal_goes_on_after_an_inner_run(pytester, arguments):
    pytester.makepyfile(
        test_outer=OUTER
        + f"""
def test_first(pytester, twilio):
    pytester.makepyfile(test_inner=INNER)
    run_inner(pytester, {arguments}).assert_outcomes(passed=1)

def test_second(twilio):
    calls(twilio)
"""
    )

    result = run_inner(pytester, "--twreplay-rehearse=500")

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        ["1 failure of 1 request in 1 test: *", "test_outer.py::test_second", "  GET /Calls"]
    )
