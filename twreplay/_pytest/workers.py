"""What workers of pytest-xdist and the main process exchange."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from twreplay._pytest.recordings import Rewritten, merge_before
from twreplay._pytest.run import ANNOUNCED, FROM_WORKER, Run, get_run

_REASONS = "twreplay_why_not"
_REHEARSALS = "twreplay_rehearsals"
_RECORDINGS = "twreplay_recordings"
_BEFORE = "twreplay_before"


def prepare_worker(node: Any) -> None:
    """Tell a worker when the run began, and where to name the cassettes that it creates."""
    run = get_run(node.config)
    if run.announced is None:
        handle, name = tempfile.mkstemp(prefix="twreplay-created-")
        os.close(handle)
        run.announced = Path(name)
    node.workerinput[FROM_WORKER] = run.stats.began
    node.workerinput[ANNOUNCED] = str(run.announced)


def announce_created(config: pytest.Config) -> None:
    """Let the ledger of a worker name each cassette that it creates, for it may be lost."""
    given = getattr(config, "workerinput", {}).get(ANNOUNCED)
    if given is not None:
        get_run(config).ledger.announce = lambda path: _append(Path(given), path)


def _append(file: Path, path: str) -> None:
    # One write: several workers share the file. Without it only a lost worker's are unknown.
    with suppress(OSError), file.open("a", encoding="utf-8", errors="surrogateescape") as opened:
        opened.write(f"{path}\n")


def collect_announced(run: Run) -> None:
    """Add the cassettes that workers named to those of the run; the file goes."""
    if run.announced is None:
        return
    with suppress(OSError):
        text = run.announced.read_text("utf-8", "surrogateescape")
        run.created.update(filter(None, text.split("\n")))
        run.announced.unlink()
    run.announced = None


def hand_over_recordings(
    config: Any, told: list[str], rewritten: Mapping[str, Rewritten], unfinished: set[str]
) -> None:
    """Hand over what a worker recorded, and the lines about it."""
    run = get_run(config)
    spoiled = sorted({*run.ledger.aside, *run.ledger.find_spoiled()})
    created = sorted(run.ledger.created - unfinished)
    config.workeroutput[_RECORDINGS] = [*told, *run.notes], rewritten, spoiled, created
    config.workeroutput[_BEFORE] = run.ledger.before


def hand_over_counts(config: Any) -> None:
    """Hand over what a worker counted and rehearsed."""
    from twreplay._reports import pack_rehearsals, pack_stats

    run = get_run(config)
    config.workeroutput[FROM_WORKER] = pack_stats(run.stats)
    config.workeroutput[_REASONS] = sorted(run.reasons)
    if run.rehearsed:
        config.workeroutput[_REHEARSALS] = pack_rehearsals(run.rehearsed)


def take_over(node: Any) -> None:
    """Add to the run what the worker *node* hands over; one without an output was lost."""
    run = get_run(node.config)
    output: Mapping[str, Any] = getattr(node, "workeroutput", {})
    if (text := output.get(FROM_WORKER)) is not None:
        from twreplay._reports import unpack_stats

        run.stats.merge(unpack_stats(text))
        run.reasons.update(output[_REASONS])
        _take_over_recordings(node.config, output[_RECORDINGS])
        merge_before(run.ledger.before, output[_BEFORE])
    else:
        run.not_run.append(node.gateway.id)
        run.lost.add(node.gateway.id)
    if (text := output.get(_REHEARSALS)) is not None:
        from twreplay._reports import unpack_rehearsals

        run.rehearsed += unpack_rehearsals(text)


def _take_over_recordings(
    config: pytest.Config,
    given: tuple[list[str], Mapping[str, Rewritten], list[str], list[str]],
) -> None:
    notes, rewritten, spoiled, created = given
    run = get_run(config)
    run.notes += notes
    run.spoiled += spoiled
    run.created.update(created)
    run.add_rewritten(rewritten)
