"""Coverage as one HTML page that needs nothing else, and fits a telephone."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from twreplay._pages import render_page
from twreplay._reports.coverage.coverage import Coverage, Row

MOST_TESTS = 20
"""The most tests that are named for one status; the JSON names them all."""

_SHADES = 4


def render_coverage_page(coverage: Coverage) -> str:
    """Render the page: used operations first, by resource."""
    rows = coverage.list_rows()
    summary = coverage.compute_summary()
    most = max((count for row in rows for count in row.seen.values()), default=0)
    sections = [
        _build_section(resource, list(of_resource), most)
        for resource, of_resource in groupby(
            [row for row in rows if row.was_used], lambda row: row.resource
        )
    ]
    if idle := [row for row in rows if not row.was_used]:
        sections.append(_build_section("Never used", idle, most))
    return render_page(
        "coverage",
        percent=f"{summary.percent:.0f}",
        summary=summary,
        profile=coverage.profile,
        sections=sections,
        webhooks=coverage.list_webhook_rows(),
        most_tests=MOST_TESTS,
    )


def _build_section(title: str, rows: list[Row], most: int) -> dict[str, Any]:
    return {
        "title": title,
        "used": rows[0].was_used,
        "rows": [
            {
                "method": row.method,
                "path": row.path,
                "answers": _list_answers(row, most),
                "tests": row.tests,
            }
            for row in rows
        ],
    }


def _list_answers(row: Row, most: int) -> list[dict[str, int]]:
    """List the answers of *row*; what was seen and is documented has a shade from 1 to 4."""
    if not row.was_used:
        return []
    answers = {**row.seen, **row.besides}
    return [
        {
            "status": status,
            "count": answers[status],
            "heat": -(-_SHADES * answers[status] // most) if row.seen.get(status) else 0,
        }
        for status in sorted(answers)
    ]
