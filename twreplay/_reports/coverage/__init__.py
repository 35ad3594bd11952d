"""Coverage of the API's operations and status codes by a test suite."""

from twreplay._reports.coverage.coverage import (
    Coverage,
    Row,
    Summary,
    UnreadableCoverage,
    WebhookRow,
    dump_coverage,
    read_coverage,
)
from twreplay._reports.coverage.page import render_coverage_page
from twreplay._reports.coverage.table import render_coverage

__all__ = [
    "Coverage",
    "Row",
    "Summary",
    "UnreadableCoverage",
    "WebhookRow",
    "dump_coverage",
    "read_coverage",
    "render_coverage",
    "render_coverage_page",
]
