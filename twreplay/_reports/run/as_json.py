"""The report of a run as JSON: what the page has, for other programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from twreplay._reports.run.tests import RunReport

FORMAT = 1
"""Increased when a name is removed or means something else."""


def render_run_json(
    report: RunReport,
    *,
    title: str,
    began: str,
    version: str,
    notes: Sequence[str] = (),
    rehearsals: Sequence[dict[str, Any]] = (),
) -> str:
    """
    Render the report: tests that failed first, then the others, in the order of the run.

    Args:
        notes: Lines about the whole run.

        rehearsals: What became of rehearsed failures, as ``describe_rehearsals`` has it.
    """
    ordered = sorted(report.tests.values(), key=lambda each: each.outcome != "failed")
    tests = [
        {
            "name": each.name,
            "outcome": each.outcome,
            "seconds": round(each.seconds, 3),
            "messages": [{"phase": phase, "text": text} for phase, text in each.messages],
            **each.read_trace(),
        }
        for each in ordered
    ]
    told = {
        "twreplay_report": FORMAT,
        "version": version,
        "title": title,
        "began": began,
        "notes": list(notes),
        "tests": tests,
        "rehearsals": list(rehearsals),
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"
