"""A run of pytest: what it has counted, recorded and still has to say."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from twreplay import _ledger, _stats
from twreplay._pytest.options import is_disabled

if TYPE_CHECKING:
    from twreplay._interception import Tracer
    from twreplay._pytest.drift import Drift
    from twreplay._reports import Rehearsed, RunReport


@dataclass(eq=False, slots=True)
class Run:
    """
    One run of pytest in this process.

    Attributes:
        stats: The counters over all of its tests.

        ledger: Which tests use which session, and whether they passed.

        notes: Lines for the end of the run.

        reasons: Why ``twreplay prune`` cannot rely on it.

        rewritten: By cassette, the digests of what was written in mode ``rewrite``.

        spoiled: Cassettes of pytest-xdist's workers that a test used which did not pass.

        created: Cassettes that the workers made.

        not_run: Ids of tests that were skipped, and of workers that were lost.

        lost: Ids of workers that were lost.

        rehearsed: The rehearsals of each test.

        drift: Cassettes whose new answers are not what the rules say.

        problems: Errors of this library: path, line, anchor, headline, test.

        tracer: Keeps what happens in each test; None if no report was asked for.

        report: The report; None if none was asked for.

        announced: The file in which workers name cassettes that they create; None without workers.

        watched_before: What to put back when requests are watched no longer; None if they are not.
    """

    stats: _stats.RunStats
    ledger: _ledger.Ledger
    notes: list[str] = field(default_factory=list)
    reasons: set[str] = field(default_factory=set)
    rewritten: dict[str, tuple[set[str], bool]] = field(default_factory=dict)
    spoiled: list[str] = field(default_factory=list)
    created: set[str] = field(default_factory=set)
    not_run: list[str] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    rehearsed: list[Rehearsed] = field(default_factory=list)
    drift: list[Drift] = field(default_factory=list)
    problems: list[tuple[str, int, str, str, str]] = field(default_factory=list)
    tracer: Tracer | None = None
    report: RunReport | None = None
    announced: Path | None = None
    watched_before: bool | None = None

    def add_rewritten(self, rewritten: Mapping[str, tuple[Iterable[str], bool]]) -> None:
        """Add what a process wrote in mode ``rewrite``, and where the old part is still there."""
        for path, (digests, has_old) in rewritten.items():
            known, had_old = self.rewritten.get(path, (set(), False))
            self.rewritten[path] = known.union(digests), had_old or has_old


_RUN = pytest.StashKey[Run]()
_runs: list[Run] = []

FROM_WORKER = "twreplay"
"""The key of the start of the run, on its way to a worker of pytest-xdist."""

ANNOUNCED = "twreplay_announced"
"""The key of the file in which workers name the cassettes that they create."""


def begin_run(config: pytest.Config) -> None:
    """Begin to count and to follow sessions."""
    began = getattr(config, "workerinput", {}).get(FROM_WORKER, time.time())
    if is_disabled(config):
        from twreplay._sessions import disable_cassettes

        disable_cassettes()
    run = Run(_stats.begin(began), _ledger.Ledger(began))
    config.stash[_RUN] = run
    _ledger.start(run.ledger)
    _runs.append(run)


def end_run(config: pytest.Config) -> None:
    """Stop counting; nothing if the run never began."""
    if (run := config.stash.get(_RUN, None)) is None:
        return
    if is_disabled(config):
        from twreplay._sessions import enable_cassettes

        enable_cassettes()
    _stats.end(run.stats)
    _ledger.stop(run.ledger)
    _runs.remove(run)
    if run.watched_before is not None:
        from twreplay._interception import prepare

        prepare(watched=run.watched_before)


def get_run(config: pytest.Config) -> Run:
    """Return the run of *config*."""
    return config.stash[_RUN]


def is_worker(config: pytest.Config) -> bool:
    """Return whether this process is a worker of pytest-xdist."""
    return hasattr(config, "workerinput")


@contextmanager
def note_failure(session: pytest.Session, what: str) -> Iterator[None]:
    """Let a file that the block cannot write fail the run with a note, and with no traceback."""
    try:
        yield
    except OSError as error:
        get_run(session.config).notes.append(f"{what} could not be written: {error.strerror}.")
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def find_innermost_run() -> Run | None:
    """Return the run that began last and has not ended; hooks without a config are about it."""
    return _runs[-1] if _runs else None
