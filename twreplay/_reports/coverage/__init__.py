"""Which operations and status codes of the API a test suite has exercised."""

from twreplay._reports.coverage.coverage import Coverage, Row, Summary, Unreadable, read, written
from twreplay._reports.coverage.page import page
from twreplay._reports.coverage.table import table

__all__ = ["Coverage", "Row", "Summary", "Unreadable", "page", "read", "table", "written"]
