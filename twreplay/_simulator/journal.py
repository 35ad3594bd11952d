"""The journal: what was asked, what was answered, and why."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from twreplay._api import QUESTIONS, VERSION, Grade, Question
from twreplay._display import shown_url, visible_line, without_secrets
from twreplay._explanation import shorten
from twreplay._http import Request, Response
from twreplay.errors import UsageError

JOURNAL_LIMIT = 100_000
"""How many requests are kept if nothing else is said: more than a test has, 300 MB at most."""

_SID_LENGTH = 34

_HEADINGS = ("#", "method", "path", "status", "rule", "source", "grade")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    One request and its answer.

    Attributes:
        number: Counted from 1.

        request: The request.

        method: The effective method, after any ``_method``.

        response: The response; None if a user rule raised an exception in the client.

        rule: The check that decided, as the sentence that it enforces.

        source: The source of the rule, such as a page of the reference.

        grade: The grade of the evidence.

        questions: Undocumented questions that the outcome, or its look, rests on.

        hints: Edits to make, where the request was written for another version.
    """

    number: int
    request: Request
    method: str
    response: Response | None
    rule: str
    source: str
    grade: Grade
    questions: tuple[Question, ...] = ()
    hints: tuple[str, ...] = ()

    def __repr__(self) -> str:
        # A list of entries is read as a log: one line each, and the fields by name.
        outcome = self.response.status if self.response is not None else "failed"
        url = self.request.shown_url.partition("?")[0]
        return f"<Entry {self.number}: {visible_line(self.method)} {url} -> {outcome}>"


class Requests(tuple[Entry, ...]):
    """
    The entries of a journal, oldest first.

    Attributes:
        dropped: How many there were before them, which were not kept.
    """

    dropped: int = 0


class Journal:
    """Keeps the newest entries, and counts them all."""

    def __init__(self, limit: int | None) -> None:
        self.count = 0
        self._kept: deque[Entry] = deque(maxlen=limit)

    def append(self, entry: Entry) -> None:
        """Add *entry*, in the place of the oldest one if there is no room."""
        self.count += 1
        self._kept.append(entry)

    @property
    def newest(self) -> Entry | None:
        """The newest entry that is kept; None without one."""
        return self._kept[-1] if self._kept else None

    def pop(self) -> Entry:
        """Take the newest entry out, as if it had not been made."""
        self.count -= 1
        return self._kept.pop()

    def clear(self) -> None:
        """Begin anew."""
        self.count = 0
        self._kept.clear()

    @property
    def requests(self) -> Requests:
        """Return what is kept, and how many are not."""
        requests = Requests(self._kept)
        requests.dropped = self.count - len(requests)
        return requests


def check_limit(limit: object) -> None:
    """
    See to it that *limit* is a number of entries that a journal can keep.

    Raises:
        UsageError: It is none.
    """
    if limit is not None and (
        isinstance(limit, bool) or not isinstance(limit, int) or not 0 <= limit <= 1 << 31
    ):
        msg = f"journal_limit is a number of requests from 0, or None for all, not {limit!r}."
        raise UsageError(msg)


def render_journal(requests: Iterable[Entry]) -> str:
    """Return the journal as a table, with undocumented questions and hints below it."""
    entries, dropped = tuple(requests), getattr(requests, "dropped", 0)
    if not entries:
        return f"None of {dropped} requests was kept.\n" if dropped else "No request was made.\n"
    rows = [_HEADINGS, *map(_build_row, entries)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    for entry in entries:
        lines += [f"#{entry.number} hint: {without_secrets(hint)}" for hint in entry.hints]
    if dropped:
        lines.append(f"{dropped} requests before these were not kept: journal_limit.")
    asked = sorted({question.number for entry in entries for question in entry.questions})
    if asked:
        lines += ["", "Undocumented, and chosen by us:"]
        lines += [
            f"  {number:>2}  {QUESTIONS[number].question} {QUESTIONS[number].choice}"
            for number in asked
        ]
    return "\n".join(map(visible_line, lines)) + "\n"


def _build_row(entry: Entry) -> tuple[str, ...]:
    query = entry.request.shown_url.partition("#")[0].partition("?")[2]
    path = _shorten_path(_shown_path(entry.request)) + (f"?{query}" if query else "")
    method = entry.request.method
    return (
        str(entry.number),
        method if method == entry.method else f"{method} as {entry.method}",
        path,
        str(entry.response.status) if entry.response else "failed",
        entry.rule,
        entry.source,
        entry.grade.value,
    )


def _shown_path(request: Request) -> str:
    known = request.credentials.auth_token if request.credentials is not None else ""
    return shown_url(request.path.replace("?", "%3F").replace("#", "%23"), known)


def _shorten_path(path: str) -> str:
    """*path* without the version, its identifiers shortened in the middle."""
    parts = path.removeprefix(f"/{VERSION}").split("/")
    return "/".join(shorten(part, 12) if len(part) >= _SID_LENGTH else part for part in parts)
