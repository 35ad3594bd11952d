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
    ACCEPTED_UNSIGNED = "accepted unsigned"
    ACCEPTED_FORGED = "accepted forged"
    REFUSED = "refused"
    FAILED = "failed"


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
    RehearsalOutcome.ACCEPTED_UNSIGNED: (
        "finding: the application obeyed a webhook without a signature, which anybody can send"
    ),
    RehearsalOutcome.ACCEPTED_FORGED: (
        "finding: the application obeyed a webhook with a wrong signature"
    ),
    RehearsalOutcome.REFUSED: "the application refused the webhook",
    RehearsalOutcome.FAILED: "the application answered the webhook with an error of its own, 5xx",
}
"""The description of each outcome in the report."""

GOOD = frozenset(
    {
        RehearsalOutcome.RETRIED,
        RehearsalOutcome.PASSED,
        RehearsalOutcome.SKIPPED,
        RehearsalOutcome.UNREACHED,
        RehearsalOutcome.REFUSED,
    }
)
"""The outcomes that never fail a test."""

ACCEPTED = frozenset({RehearsalOutcome.ACCEPTED_UNSIGNED, RehearsalOutcome.ACCEPTED_FORGED})
"""The outcomes that are findings: the application does not look who sends a webhook."""


class Run(NamedTuple):
    """
    The result of one rehearsal.

    Attributes:
        request: Method and path.

        nth: The number of the request among those for the same operation.

        failure: The name of the failure.

        outcome: The outcome.

        raised: The exception that the test raised, as module and name; empty for none.

        is_webhook: The request is a webhook, and the failure a change of it.
    """

    request: str
    nth: int
    failure: str
    outcome: RehearsalOutcome
    raised: str = ""
    is_webhook: bool = False


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
    return Run(*what, *judge_error(error, is_skip=is_skip, is_assertion=is_assertion))


def judge_error(
    error: BaseException, *, is_skip: bool = False, is_assertion: bool = False
) -> tuple[RehearsalOutcome, str]:
    """Return the outcome of a run that ended with *error*, and the name of what it raised."""
    if is_skip:
        return RehearsalOutcome.SKIPPED, ""
    if is_assertion:
        return RehearsalOutcome.NOTICED, ""
    return RehearsalOutcome.RAISED, name_exception(type(error))


def name_exception(kind: type[BaseException]) -> str:
    """Name an exception with its package, without the modules inside."""
    package = kind.__module__.partition(".")[0]
    return kind.__qualname__ if package == "builtins" else f"{package}.{kind.__qualname__}"
