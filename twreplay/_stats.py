"""What the sessions of a run have done, for whoever reports on the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

Exchange: TypeAlias = tuple[str, str, int]
"""Effective method, path and status of one answer."""


# Not made in vain: a run that uses nothing of this library pays for all that is here.
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


class Plays(NamedTuple):
    """
    What was played of a cassette.

    Attributes:
        total: How many interactions it has.

        unused: Which of them nobody asked for, from 0. Those of other hosts are not among them.

        settled: The file has been the same all the time.
    """

    total: int
    unused: frozenset[int]
    settled: bool = True

    def with_those_of(self, other: Plays) -> Plays:
        """What was played by both."""
        settled = self.settled and other.settled and self.total == other.total
        return Plays(self.total, self.unused & other.unused, settled)


@dataclass(slots=True, eq=False)  # two empty ones are two
class Tally:
    """
    Counts over several sessions.

    Attributes:
        counts: How many requests were ``simulated``, ``replayed``, ``recorded`` and
            ``unmatched``, and how many to other hosts ``passed through``; how many interactions
            were left ``unused``, and how many cassettes had ``expired``.

        questions: Undocumented questions that answers rest on, and how often.

        exchanges: The answers that code under test was given.

        cassettes: What was played of each file, by its absolute path.

        began: When the run began; None if it is a part of one.
    """

    counts: Counter[str] = field(default_factory=Counter)
    questions: Counter[int] = field(default_factory=Counter)
    exchanges: Counter[Exchange] = field(default_factory=Counter)
    cassettes: dict[str, Plays] = field(default_factory=dict)
    began: float | None = None

    def note(self, how: str, answers: Iterable[tuple[_Request, _Response | None]]) -> None:
        """Count requests that were answered in one way; None is a failure of the network."""
        for request, response in answers:
            self.counts[how] += 1
            if response is not None:
                self.exchanges[request.effective_method, request.path, response.status] += 1

    def merge(self, other: Tally) -> None:
        """Add what another process has counted."""
        self.counts.update(other.counts)
        self.questions.update(other.questions)
        self.exchanges.update(other.exchanges)
        for path, plays in other.cassettes.items():
            self.played(path, plays)

    def played(self, path: str, plays: Plays) -> None:
        """Add what one session, or another process, has played of a cassette."""
        before = self.cassettes.get(path)
        self.cassettes[path] = plays if before is None else before.with_those_of(plays)


_running: list[Tally] = []


def start(began: float | None = None) -> Tally:
    """
    A tally of the sessions that are closed from here on.

    Args:
        began: When the run began that it is for, in seconds as the system counts them.
    """
    tally = Tally(began=began)
    _running.append(tally)
    return tally


def stop(tally: Tally) -> None:
    """Count into *tally* no more."""
    _running.remove(tally)


def run_began() -> float | None:
    """When the innermost run began; None if there is none."""
    return next((tally.began for tally in reversed(_running) if tally.began is not None), None)


def running() -> Tally | None:
    """Where a session that is being closed notes what it did; None if nobody asks."""
    return _running[-1] if _running else None
