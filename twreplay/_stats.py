"""Counters of a run's sessions, for the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

AnsweredRequest: TypeAlias = tuple[str, str, int]
"""Effective method, path and status of one answer."""

WebhookTrait: TypeAlias = tuple[str, str]
"""``callback``, ``verb`` or the name of a parameter; and its value."""


# Typing only: every pytest run imports this module, and protocols take time to define.
if TYPE_CHECKING:
    from typing import Protocol

    class _Request(Protocol):
        @property
        def effective_method(self) -> str: ...

        @property
        def path(self) -> str: ...

    class _Response(Protocol):
        @property
        def status(self) -> int: ...


class PlaybackUsage(NamedTuple):
    """
    The interactions of a cassette that were played.

    Attributes:
        total: The number of its interactions.

        unused: The indexes, from 0, of those not requested. Those of other hosts are left out.

        settled: The file did not change during the run.
    """

    total: int
    unused: frozenset[int]
    settled: bool = True

    def merge(self, other: PlaybackUsage) -> PlaybackUsage:
        """Combine with the plays of another session."""
        settled = self.settled and other.settled and self.total == other.total
        return PlaybackUsage(self.total, self.unused & other.unused, settled)


@dataclass(slots=True, eq=False)  # by identity: two empty stats must stay distinct
class RunStats:
    """
    Counters over several sessions.

    Attributes:
        counts: How many requests were ``simulated``, ``replayed``, ``recorded`` and
            ``unmatched``, and how many to other hosts ``passed through``; how many interactions
            were left ``unused``, and how many cassettes had ``expired``.

        questions: Undocumented questions that answers rest on, and how often.

        answers: The answers that the code under test received.

        tests: The tests whose sessions received them: all that used a session, if several did.

        cassettes: The plays of each file, by its absolute path.

        closed: The files of sessions that were closed since the test began, or began again.

        began: When the run began; None if it is a part of one.

        webhooks: What webhooks had in them, such as ``("CallStatus", "busy")``, and how often.
    """

    counts: Counter[str] = field(default_factory=Counter)
    questions: Counter[int] = field(default_factory=Counter)
    answers: Counter[AnsweredRequest] = field(default_factory=Counter)
    cassettes: dict[str, PlaybackUsage] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    began: float | None = None
    webhooks: Counter[WebhookTrait] = field(default_factory=Counter)
    tests: dict[AnsweredRequest, set[str]] = field(default_factory=dict)

    def count_webhook(self, traits: Iterable[WebhookTrait]) -> None:
        """Count a webhook that an application answered."""
        self.counts["webhooks"] += 1
        self.webhooks.update(traits)

    def count(
        self,
        how: str,
        answers: Iterable[tuple[_Request, _Response | None]],
        tests: Collection[str] = (),
    ) -> None:
        """Count requests of *tests* answered in one way; None is a network failure."""
        for request, response in answers:
            self.counts[how] += 1
            if response is not None:
                answer = (request.effective_method, request.path, response.status)
                self.answers[answer] += 1
                self.add_tests(answer, tests)

    def add_tests(self, answer: AnsweredRequest, tests: Collection[str]) -> None:
        """Add *tests* to those that received *answer*."""
        if tests:
            self.tests.setdefault(answer, set()).update(tests)

    def merge(self, other: RunStats) -> None:
        """Add the counts of another process."""
        pairs: tuple[tuple[Counter[Any], Counter[Any]], ...] = (
            (self.counts, other.counts),
            (self.questions, other.questions),
            (self.answers, other.answers),
            (self.webhooks, other.webhooks),
        )
        for counted, more in pairs:
            if more:  # of most tests there is none, and to add that takes 1 µs
                counted.update(more)
        for answer, tests in other.tests.items():
            self.add_tests(answer, tests)
        for path, plays in other.cassettes.items():
            self.add_usage(path, plays)

    def add_usage(self, path: str, plays: PlaybackUsage) -> None:
        """Add the plays of one session, or of another process."""
        self.closed.add(path)
        before = self.cassettes.get(path)
        self.cassettes[path] = plays if before is None else before.merge(plays)


_running: list[RunStats] = []

on_refusal: Callable[[str], None] | None = None
"""Told of each request that was refused because its session is over; set by a run of pytest."""


def begin(began: float | None = None) -> RunStats:
    """
    Begin counting the sessions that are closed from here on.

    Args:
        began: When the run began that it is for, in seconds as the system counts them.
    """
    tally = RunStats(began=began)
    _running.append(tally)
    return tally


def end(tally: RunStats) -> None:
    """End counting into *tally*."""
    _running.remove(tally)


def get_run_start() -> float | None:
    """Return when the innermost run began; None if there is none."""
    return next((tally.began for tally in reversed(_running) if tally.began is not None), None)


def current_stats() -> RunStats | None:
    """Return the stats that a session updates when it closes; None outside of a run."""
    return _running[-1] if _running else None
