"""What the sessions of a run have done, for whoever reports on the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

Exchange: TypeAlias = tuple[str, str, int]
"""Effective method, path and status of one answer."""


class _Request(Protocol):
    @property
    def effective_method(self) -> str: ...

    @property
    def path(self) -> str: ...


class _Response(Protocol):
    @property
    def status(self) -> int: ...


@dataclass(slots=True, eq=False)  # two empty ones are two
class Tally:
    """
    Counts over several sessions.

    Attributes:
        counts: How many requests were ``simulated``, ``replayed``, ``recorded`` and
            ``unmatched``, and how many interactions were left ``unused``.

        questions: Undocumented questions that answers rest on, and how often.

        exchanges: The answers that code under test was given.
    """

    counts: Counter[str] = field(default_factory=Counter)
    questions: Counter[int] = field(default_factory=Counter)
    exchanges: Counter[Exchange] = field(default_factory=Counter)

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


_running: list[Tally] = []


def start() -> Tally:
    """A tally of the sessions that are closed from here on."""
    tally = Tally()
    _running.append(tally)
    return tally


def stop(tally: Tally) -> None:
    """Count into *tally* no more."""
    _running.remove(tally)


def running() -> Tally | None:
    """Where a session that is being closed notes what it did; None if nobody asks."""
    return _running[-1] if _running else None
