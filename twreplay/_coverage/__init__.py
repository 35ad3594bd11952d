"""Which operations and status codes of the API a test suite has exercised."""

from twreplay._coverage._coverage import Coverage, Row, Summary, Unreadable, read, written
from twreplay._coverage._page import page
from twreplay._coverage._table import table

__all__ = ["Coverage", "Row", "Summary", "Unreadable", "page", "read", "table", "written"]
