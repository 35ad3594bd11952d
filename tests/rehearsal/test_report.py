"""What became of rehearsals, judged and told."""

from __future__ import annotations

import re

import pytest

from twreplay._interception import LoggedRequest, RequestLog
from twreplay._reports.rehearsal import (
    RehearsalOutcome,
    Rehearsed,
    Run,
    Selection,
    build_run,
    plan_rehearsals,
    render_rehearsals,
    unpack_rehearsals,
)
from twreplay._reports.rehearsal.report import pack_rehearsals
from twreplay.errors import UnmatchedRequest

GET = LoggedRequest("GET", "/2008-08-01/Accounts/AC1/Calls", 200)
POST = GET._replace(method="POST")


class OwnError(Exception):
    pass


def watched(*asked, struck=0):
    watch = RequestLog()
    watch.requests, watch.failed_index = list(asked), struck
    return watch


def outcome(asked, term, watch, error=None, **how):
    (rehearsal,), _ = plan_rehearsals([asked], Selection.parse([term]), 10)
    return build_run(rehearsal, watch, error, **how)


class TestJudged:
    def test_passed(self):
        assert outcome(GET, 500, watched(GET)).outcome == "passed"

    def test_retried(self):
        assert outcome(GET, 500, watched(GET, GET)).outcome == "retried"
        assert outcome(POST, 20003, watched(POST, POST)).outcome == "retried"

    @pytest.mark.parametrize("term", [500, "ReadTimeout", "ConnectionReset"])
    def test_sent_twice(self, term):
        assert outcome(POST, term, watched(POST, POST)).outcome == "sent twice"

    def test_raised(self):
        raised = outcome(GET, 500, watched(GET), OwnError())

        assert (raised.outcome, raised.raised) == ("raised", "test_report.OwnError")
        assert outcome(GET, 500, watched(GET), KeyError()).raised == "KeyError"

    def test_noticed(self):
        run = outcome(GET, 500, watched(GET), AssertionError(), is_assertion=True)

        assert (run.outcome, run.raised) == ("noticed", "")

    def test_unmatched_and_skipped_and_unreached(self):
        assert outcome(GET, 500, watched(GET), UnmatchedRequest("x")).outcome == "unmatched"
        assert outcome(GET, 500, watched(GET), OwnError(), is_skip=True).outcome == "skipped"
        assert outcome(GET, 500, watched(struck=None), OwnError()).outcome == "unreached"


RUNS = (
    Run("GET /Calls", 1, "302", RehearsalOutcome.RETRIED),
    Run("GET /Calls", 1, "400 21201", RehearsalOutcome.RAISED, "clinic.Refused"),
    Run("GET /Calls", 1, "400 21202", RehearsalOutcome.RAISED, "clinic.Refused"),
    Run("GET /Calls", 1, "ReadTimeout", RehearsalOutcome.RAISED, "requests.ReadTimeout"),
    Run("POST /Calls", 1, "500", RehearsalOutcome.TWICE),
)
TESTS = [
    Rehearsed("test_b.py::test_shared", (), why_not="its session is not its own"),
    Rehearsed("test_a.py::test_one", RUNS, left_out=7),
    Rehearsed("test_a.py::test_without_requests", ()),
]


def test_the_table():
    assert (
        render_rehearsals(TESTS, 80)
        == """\
5 failures of 2 requests in 1 test: 1 retried, 1 sent twice, 3 raised

test_a.py::test_one
  GET /Calls
    retried: 302
    raised clinic.Refused: 400 (21201, 21202)
    raised requests.ReadTimeout: ReadTimeout
  POST /Calls
    sent twice: 500
  7 more were left out: --twreplay-rehearse-limit

test_b.py::test_shared
  not rehearsed: its session is not its own

retried     the request was repeated, and the test passed
sent twice  as retried, of a POST that may have been done already
raised      an exception came out of the test
"""
    )


def test_requests_that_fared_alike_stand_together():
    runs = [Run("GET /Calls", nth, "500", RehearsalOutcome.RETRIED) for nth in (1, 2, 4)]
    runs.append(Run("GET /Calls", 3, "500", RehearsalOutcome.PASSED))

    told = render_rehearsals([Rehearsed("test_it.py::test_a", tuple(runs))], 80)

    assert "\n  GET /Calls #1, #2, #4\n    retried: 500\n  GET /Calls #3\n    passed: 500\n" in told


def test_long_lines_are_wrapped():
    runs = tuple(
        Run("GET /Calls", 1, f"400 {21000 + n}", RehearsalOutcome.PASSED) for n in range(50)
    )

    told = render_rehearsals([Rehearsed("test_it.py::test_a", runs)], 60)

    assert max(map(len, told.split("\n\n")[1].splitlines())) <= 60
    assert len(re.findall(r"21\d{3}", told)) == 50


def test_nothing_at_all():
    assert render_rehearsals([], 80) == "nothing was rehearsed\n"


def test_comes_through_to_another_process():
    assert unpack_rehearsals(pack_rehearsals(TESTS)) == TESTS
