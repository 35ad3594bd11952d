"""CSV: a row of names, then a row for each instance."""

from __future__ import annotations

import re
from collections.abc import Sequence

from twreplay._api.representation.protocol import Counters, Fields, Value

# The page quotes values with spaces too, which the csv module does not.
_QUOTED = re.compile(r'[\s,"]')
_END = "\r\n"


class Csv:
    """The representation of ``.csv``. Source: response page, CSV."""

    media_type = "text/csv; charset=utf-8"

    def render_fragment(self, name: str, fields: Fields) -> str:
        """One row, with its end."""
        return _format_row([_format_cell(value) for _, value in fields])

    def render_one(self, columns: Sequence[str], fragment: str, status: int) -> str:
        """The names and one row."""
        return _format_row(columns) + fragment

    def render_list(
        self,
        container: str,
        columns: Sequence[str],
        counters: Counters,
        fragments: Sequence[str],
        status: int,
    ) -> str:
        """The names and the rows; there is no place for the counters."""
        return _format_row(columns) + "".join(fragments)

    def render_empty(self, status: int) -> str:
        """No text at all."""
        return ""


def _format_row(cells: Sequence[str]) -> str:
    return ",".join(cells) + _END


def _format_cell(value: Value) -> str:
    if isinstance(value, tuple):
        value = " ".join(f"{name}={text}" for name, text in value)
    if not value or not _QUOTED.search(value):
        return value or ""
    return '"' + value.replace('"', '""') + '"'
