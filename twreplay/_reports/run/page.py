"""The report of a run as one HTML page that needs nothing else, and fits a telephone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from twreplay._pages import render_page
from twreplay._reports.rehearsal import (
    Rehearsed,
    list_meanings,
    render_rehearsals,
    select_requests,
    tabulate_webhooks,
)
from twreplay._reports.run.tests import RunReport, TestEntry

_WIDTH = 100

MOST_SHOWN = 2_000_000
"""The most characters of events, as JSON, on a page: about half of the page's."""


def render_run_page(
    report: RunReport,
    *,
    title: str,
    began: str,
    version: str,
    notes: Sequence[str] = (),
    rehearsed: Sequence[Rehearsed] = (),
) -> str:
    """
    Render the page: tests that failed first, then those that made a request.

    Args:
        notes: Lines about the whole run.

        rehearsed: What became of rehearsed failures.
    """
    ordered = sorted(report.tests.values(), key=lambda each: each.outcome != "failed")
    outcomes = Counter(each.outcome for each in ordered)
    counts: Counter[str] = Counter()
    rows, size = [], 0
    for number, each in enumerate(ordered, 1):
        trace = each.read_trace()
        counts.update(_name_way(event) for event in trace["events"])
        size += len(each.trace) + sum(len(text) for _, text in each.messages)
        if trace["events"] or trace["transcripts"] or each.messages:
            rows.append(_build_row(number, each, trace, is_whole=size <= MOST_SHOWN))
    return render_page(
        "report",
        title=title,
        began=began,
        version=version,
        notes=notes,
        rehearsals=_render_requests(rehearsed),
        webhooks=tabulate_webhooks(rehearsed),
        meanings=list_meanings(rehearsed),
        outcomes=outcomes,
        counts=counts,
        failed=[row for row in rows if row["outcome"] == "failed"],
        others=[row for row in rows if row["outcome"] != "failed"],
        idle=len(ordered) - len(rows),
        cut=sum(not row["is_whole"] for row in rows),
    )


def _render_requests(rehearsed: Sequence[Rehearsed]) -> str:
    """Render the rehearsals of requests as the terminal does; empty without any."""
    tests = [test for test in select_requests(rehearsed) if test.runs or test.why_not]
    return render_rehearsals(tests, _WIDTH) if tests else ""


def _build_row(
    number: int, each: TestEntry, trace: dict[str, Any], *, is_whole: bool
) -> dict[str, Any]:
    ways = Counter(_name_way(event) for event in trace["events"])
    file, _, name = each.name.partition("::")
    return {
        "id": f"t{number}",
        "name": name or file,
        "file": file if name else "",
        "outcome": each.outcome,
        "seconds": f"{each.seconds:.2f}",
        "ways": dict(ways),
        "is_whole": is_whole,
        "messages": each.messages if is_whole else [],
        "misses": [e["miss"] for e in trace["events"] if e["miss"]] if is_whole else [],
        "trace": trace if is_whole else None,
    }


def _name_way(event: dict[str, Any]) -> str:
    return "webhooks" if event["kind"] == "webhook" else str(event["how"])
