"""The pages of lists that a cassette recorded: which are complete, and what they leave out."""

from __future__ import annotations

from twreplay._api import Action
from twreplay._inference.documents import Holds
from twreplay._inference.parsed_interaction import ParsedInteraction

PAGING = frozenset({"num", "page", "Page"})
"""The parameters that select a page."""

_DEFAULT_SIZE = 50


def is_complete(seen: ParsedInteraction) -> bool:
    """Return whether *seen* is a complete list."""
    document = seen.document
    if seen.action is not Action.LIST or not seen.succeeded or document is None:
        return False
    if document.holds is Holds.NOTHING or document.holds is Holds.ABSENT:
        return False
    total = document.counters.get("total")
    if total is not None:
        return total == str(len(document.rows))
    query = dict(seen.request.query)
    return not PAGING & query.keys() and len(document.rows) < _DEFAULT_SIZE


def count_unseen(seen: ParsedInteraction, rows: int) -> tuple[int, int]:
    """Count the list items that are newer, and older, than those on the page."""
    assert seen.document is not None
    counters = seen.document.counters
    page, size = _parse_whole(counters.get("page", "")), _parse_whole(counters.get("pagesize", ""))
    query = dict(seen.request.query)
    page = page or _parse_whole(query.get("page", "")) or _parse_whole(query.get("Page", ""))
    size = size or _parse_whole(query.get("num", "")) or _DEFAULT_SIZE
    total = counters.get("total")
    if total is None:
        return (page * size if rows else 0), 0
    newer = min(page * size, max(_parse_whole(total) - rows, 0))
    older = max(_parse_whole(total) - newer - rows, 0) if rows >= size or not rows else 0
    return (newer, older) if rows else (_parse_whole(total), 0)


def _parse_whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
