"""What became of a rehearsal."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from twreplay._interception import Watch
from twreplay._reports.rehearsal.plan import Rehearsal
from twreplay.errors import UnmatchedRequest


class Outcome(StrEnum):
    """How the code under test took a failure."""

    RETRIED = "retried"
    TWICE = "sent twice"
    PASSED = "passed"
    NOTICED = "noticed"
    RAISED = "raised"
    SKIPPED = "skipped"
    UNMATCHED = "unmatched"
    UNREACHED = "unreached"


MEANING = {
    Outcome.RETRIED: "the request was repeated, and the test passed",
    Outcome.TWICE: "as retried, of a POST that may have been done already",
    Outcome.PASSED: "the test passed all the same: the failure is dealt with, or nobody looks",
    Outcome.NOTICED: "an assertion of the test failed",
    Outcome.RAISED: "an exception came out of the test",
    Outcome.SKIPPED: "the test skipped itself",
    Outcome.UNMATCHED: 'what it asked for then is not on the cassette; try fallback="simulate"',
    Outcome.UNREACHED: "the request was not made this time",
}
"""What the report says of each."""

GOOD = frozenset({Outcome.RETRIED, Outcome.PASSED, Outcome.SKIPPED, Outcome.UNREACHED})
"""What is never held against a test."""


class Run(NamedTuple):
    """
    One rehearsal that was run.

    Attributes:
        request: Method and path.

        nth: Which of the requests for that.

        failure: The name of the failure.

        outcome: What became of it.

        raised: The exception that came out of the test, as module and name; empty for none.
    """

    request: str
    nth: int
    failure: str
    outcome: Outcome
    raised: str = ""


def judged(
    rehearsal: Rehearsal,
    watch: Watch,
    error: BaseException | None,
    *,
    is_skip: bool = False,
    is_assertion: bool = False,
) -> Run:
    """
    What became of *rehearsal*.

    Args:
        error: What came out of the test; None if it passed.

        is_skip: It is how a test skips itself.

        is_assertion: It is how a test fails.
    """
    what = (rehearsal.request, rehearsal.nth, rehearsal.failure.name)
    if watch.struck is None:
        return Run(*what, Outcome.UNREACHED)
    if error is None:
        if not rehearsal.is_repeated(watch):
            return Run(*what, Outcome.PASSED)
        doubtful = rehearsal.failure.is_doubtful and rehearsal.operation.method == "POST"
        return Run(*what, Outcome.TWICE if doubtful else Outcome.RETRIED)
    if isinstance(error, UnmatchedRequest):
        return Run(*what, Outcome.UNMATCHED)
    if is_skip:
        return Run(*what, Outcome.SKIPPED)
    if is_assertion:
        return Run(*what, Outcome.NOTICED)
    return Run(*what, Outcome.RAISED, _name(type(error)))


def _name(kind: type[BaseException]) -> str:
    """As a reader knows it: with the package that it is from, without the modules inside."""
    package = kind.__module__.partition(".")[0]
    return kind.__qualname__ if package == "builtins" else f"{package}.{kind.__qualname__}"
