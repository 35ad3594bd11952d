"""Reports on a run: coverage, rehearsal, summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twreplay._lazy import load_from

if TYPE_CHECKING:
    from twreplay._reports.coverage import (
        Coverage,
        UnreadableCoverage,
        dump_coverage,
        read_coverage,
        render_coverage,
        render_coverage_page,
    )
    from twreplay._reports.rehearsal import (
        Rehearsal,
        RehearsalOutcome,
        Rehearsed,
        Run,
        Selection,
        build_run,
        pack_rehearsals,
        plan_rehearsals,
        render_rehearsals,
        unpack_rehearsals,
    )
    from twreplay._reports.rehearsal.outcome import GOOD
    from twreplay._reports.summary import (
        PLAYS,
        build_coverage,
        build_usage,
        format_header,
        format_summary,
        pack_stats,
        save_coverage,
        unpack_stats,
    )

__all__ = [
    "GOOD",
    "PLAYS",
    "Coverage",
    "Rehearsal",
    "RehearsalOutcome",
    "Rehearsed",
    "Run",
    "Selection",
    "UnreadableCoverage",
    "build_coverage",
    "build_run",
    "build_usage",
    "dump_coverage",
    "format_header",
    "format_summary",
    "pack_rehearsals",
    "pack_stats",
    "plan_rehearsals",
    "read_coverage",
    "render_coverage",
    "render_coverage_page",
    "render_rehearsals",
    "save_coverage",
    "unpack_rehearsals",
    "unpack_stats",
]

__getattr__ = load_from(
    __name__,
    {
        "Coverage": "coverage",
        "GOOD": "rehearsal.outcome",
        "PLAYS": "summary",
        "Rehearsal": "rehearsal",
        "RehearsalOutcome": "rehearsal",
        "Rehearsed": "rehearsal",
        "Run": "rehearsal",
        "Selection": "rehearsal",
        "UnreadableCoverage": "coverage",
        "build_coverage": "summary",
        "build_run": "rehearsal",
        "build_usage": "summary",
        "dump_coverage": "coverage",
        "format_header": "summary",
        "format_summary": "summary",
        "pack_rehearsals": "rehearsal",
        "pack_stats": "summary",
        "plan_rehearsals": "rehearsal",
        "read_coverage": "coverage",
        "render_coverage": "coverage",
        "render_coverage_page": "coverage",
        "render_rehearsals": "rehearsal",
        "save_coverage": "summary",
        "unpack_rehearsals": "rehearsal",
        "unpack_stats": "summary",
    },
)
