"""Runs of a test in which one request fails: which there are, and what became of them."""

from twreplay._reports.rehearsal.failures import Failure, Selection
from twreplay._reports.rehearsal.outcome import Outcome, Run, judged
from twreplay._reports.rehearsal.plan import Rehearsal, plan
from twreplay._reports.rehearsal.report import Rehearsed, packed, table, total, unpacked

__all__ = [
    "Failure",
    "Outcome",
    "Rehearsal",
    "Rehearsed",
    "Run",
    "Selection",
    "judged",
    "packed",
    "plan",
    "table",
    "total",
    "unpacked",
]
