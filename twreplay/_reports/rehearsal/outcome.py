"""The outcome of a rehearsal."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from twreplay._interception import RequestLog
from twreplay._reports.rehearsal.planning import Rehearsal
from twreplay.errors import UnmatchedRequest


class RehearsalOutcome(StrEnum):
    """Reaction of the code under test to a failure."""

    RETRIED = "retried"
    TWICE = "sent twice"
    PASSED = "passed"
    NOTICED = "noticed"
    RAISED = "raised"
    SKIPPED = "skipped"
    UNMATCHED = "unmatched"
    UNREACHED = "unreached"


MEANING = {
    RehearsalOutcome.RETRIED: "the request was repeated, and the test passed",
    RehearsalOutcome.TWICE: "as retried, of a POST that may have been done already",
    RehearsalOutcome.PASSED: (
        "the test passed all the same: the failure is dealt with, or nobody looks"
    ),
    RehearsalOutcome.NOTICED: "an assertion of the test failed",
    RehearsalOutcome.RAISED: "an exception came out of the test",
    RehearsalOutcome.SKIPPED: "the test skipped itself",
    RehearsalOutcome.UNMATCHED: (
        'what it asked for then is not on the cassette; try fallback="simulate"'
    ),
    RehearsalOutcome.UNREACHED: "the request was not made this time",
}
"""The description of each outcome in the report."""

GOOD = frozenset(
    {
        RehearsalOutcome.RETRIED,
        RehearsalOutcome.PASSED,
        RehearsalOutcome.SKIPPED,
        RehearsalOutcome.UNREACHED,
    }
)
"""The outcomes that never fail a test."""


class Run(NamedTuple):
    """
    The result of one rehearsal.

    Attributes:
        request: Method and path.

        nth: The number of the request among those for the same operation.

        failure: The name of the failure.

        outcome: The outcome.

        raised: The exception that the test raised, as module and name; empty for none.
    """

    request: str
    nth: int
    failure: str
    outcome: RehearsalOutcome
    raised: str = ""


def build_run(
    rehearsal: Rehearsal,
    watch: RequestLog,
    error: BaseException | None,
    *,
    is_skip: bool = False,
    is_assertion: bool = False,
) -> Run:
    """
    Build the result of *rehearsal*.

    Args:
        error: The exception that the test raised; None if it passed.

        is_skip: The exception means that the test skipped itself.

        is_assertion: The exception is a failed assertion.
    """
    what = (rehearsal.request, rehearsal.nth, rehearsal.failure.name)
    if watch.failed_index is None:
        return Run(*what, RehearsalOutcome.UNREACHED)
    if error is None:
        if not rehearsal.is_repeated(watch):
            return Run(*what, RehearsalOutcome.PASSED)
        doubtful = rehearsal.failure.is_doubtful and rehearsal.operation.method == "POST"
        return Run(*what, RehearsalOutcome.TWICE if doubtful else RehearsalOutcome.RETRIED)
    if isinstance(error, UnmatchedRequest):
        return Run(*what, RehearsalOutcome.UNMATCHED)
    if is_skip:
        return Run(*what, RehearsalOutcome.SKIPPED)
    if is_assertion:
        return Run(*what, RehearsalOutcome.NOTICED)
    return Run(*what, RehearsalOutcome.RAISED, _name_exception(type(error)))


def _name_exception(kind: type[BaseException]) -> str:
    """Name an exception with its package, without the modules inside."""
    package = kind.__module__.partition(".")[0]
    return kind.__qualname__ if package == "builtins" else f"{package}.{kind.__qualname__}"
