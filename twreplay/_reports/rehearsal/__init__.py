"""Runs of a test in which one request fails: the plan, and the outcomes."""

from twreplay._reports.rehearsal.failures import Failure, Selection
from twreplay._reports.rehearsal.outcome import RehearsalOutcome, Run, build_run
from twreplay._reports.rehearsal.planning import Rehearsal, plan_rehearsals
from twreplay._reports.rehearsal.report import (
    Rehearsed,
    format_total,
    pack_rehearsals,
    render_rehearsals,
    unpack_rehearsals,
)

__all__ = [
    "Failure",
    "Rehearsal",
    "RehearsalOutcome",
    "Rehearsed",
    "Run",
    "Selection",
    "build_run",
    "format_total",
    "pack_rehearsals",
    "plan_rehearsals",
    "render_rehearsals",
    "unpack_rehearsals",
]
