"""The cells of columns that are named as secrets, in CSV and its kin."""

from __future__ import annotations

import re

from twreplay._cassette.secrets.names import (
    Rating,
    Spot,
    is_secret_value,
    looks_drawn,
    rate_name,
    tell_kind,
)

# A cell in quotes, which are double in it, or plain; and what ends it.
_CELL = rb"(?:\"((?:[^\"]|\"\")*+)(?:\"[^,\r\n]*|\Z)|([^,\r\n]*))(,|\r?\n|\r|\Z)"
_CELLS = {
    delimiter: re.compile(_CELL.replace(b",", delimiter)) for delimiter in (b",", b";", b"\t", b"|")
}
# A title, a date and a blank line may stand above the names of the columns.
_MOST_ABOVE = 5
_LONGEST_ABOVE = 1 << 16


def find_in_table(content: bytes, *, is_certain: bool = True) -> list[Spot]:
    """
    Find the cells of columns that are named as secrets.

    Args:
        is_certain: It was said to be a table. Otherwise only what looks drawn by lot is a secret.
    """
    for delimiter in _CELLS:
        start, columns = _read_columns(content, delimiter, is_certain=is_certain)
        if columns:
            return _find_cells(content, delimiter, start, columns, is_certain=is_certain)
    return []


def _find_cells(
    content: bytes, delimiter: bytes, start: int, columns: dict[int, str], *, is_certain: bool
) -> list[Spot]:
    spots: list[Spot] = []
    column = 0
    for cell in _CELLS[delimiter].finditer(content, start):
        if (name := columns.get(column)) is not None:
            group = 1 if cell[1] is not None else 2
            value = cell[group].decode("utf-8", "replace").strip(" \ufeff")
            if is_secret_value(rate_name(name), value) and (is_certain or looks_drawn(value)):
                spots.append(Spot(tell_kind(name), name, *cell.span(group)))
        column = column + 1 if cell[3] == delimiter else 0
    return spots


def _read_columns(
    content: bytes, delimiter: bytes, *, is_certain: bool
) -> tuple[int, dict[int, str]]:
    """
    Return where the first row of values begins, and the columns that are named as secrets.

    A name has no other delimiter in it: where there is no semicolon, "Sid,AuthToken" is no column
    of which each row is a token.
    """
    others = [each for each in _CELLS if each != delimiter]
    widest = 0 if is_certain else 1
    above = content[: _LONGEST_ABOVE if is_certain else _LONGEST_ABOVE >> 4]
    for end, cells in _read_rows(above, delimiter):
        columns = {
            place: cell.decode("utf-8", "replace").strip(" \ufeff")
            for place, cell in enumerate(cells)
            if not any(other in cell for other in others)
        }
        named = {
            place: name
            for place, name in columns.items()
            if rate_name(name).value >= Rating.LIKELY.value
        }
        if named and len(cells) > widest:  # what is below a row as wide is of values
            return end, named
        widest = max(widest, len(cells))
    return 0, {}


def _read_rows(content: bytes, delimiter: bytes) -> list[tuple[int, list[bytes]]]:
    """Return the first rows of *content*, each after where it ends."""
    rows: list[tuple[int, list[bytes]]] = []
    cells: list[bytes] = []
    for cell in _CELLS[delimiter].finditer(content):
        cells.append(cell[1] if cell[1] is not None else cell[2])
        if cell[3] != delimiter:
            rows.append((cell.end(), cells))
            cells = []
            if len(rows) == _MOST_ABOVE:
                break
    return rows
