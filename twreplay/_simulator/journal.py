"""The journal: what was asked, what was answered, and why."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import wrap
from typing import Any

from twreplay._api import QUESTIONS, VERSION, Grade, Question, find_weakest
from twreplay._display import shown_url, visible_line, without_secrets
from twreplay._explanation import shorten
from twreplay._http import Request, Response
from twreplay._simulator.advice import CURE
from twreplay.errors import UsageError

JOURNAL_LIMIT = 100_000
"""How many requests are kept if nothing else is said: more than a test has, 300 MB at most."""

_SID_LENGTH = 34

_HEADINGS = ("#", "method", "path", "status", "what happened", "why")

_WIDTH = 100
_WIDEST = {"path": 44, "what happened": 30, "method": 8}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """
    One request and its answer.

    Attributes:
        number: Counted from 1.

        request: The request.

        method: The effective method, after any ``_method``.

        response: The response; None if a user rule raised an exception in the client.

        rule: The check that decided, as the sentence that it enforces.

        outcome: What happened, in a few words.

        source: The source of the rule, such as a page of the reference.

        grade: The weakest of *grades*.

        grades: The grades of rule, status, headers, body and questions, by these names.

        questions: Undocumented questions that the outcome, or its look, rests on.

        rests_on: Those of them that the outcome rests on.

        is_refused: The outcome rests on one of them, which is an error here: nothing has
            happened, and there is no response.

        hints: Edits to make, where the request was written for another version.

        api_response: The API's own answer, if a user rule changed or lost it; else None.
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
    api_response: Response | None = None
    outcome: str = ""
    grades: Mapping[str, Grade] = field(default_factory=dict)
    rests_on: tuple[Question, ...] = ()
    is_refused: bool = False

    @classmethod
    def make(cls, **fields: Any) -> Entry:
        """Return an entry of all *fields*, in a quarter of the time that a frozen class takes."""
        entry = object.__new__(cls)
        object.__setattr__(entry, "__dict__", fields)
        return entry

    def __repr__(self) -> str:
        # A list of entries is read as a log: one line each, and the fields by name.
        outcome = self.response.status if self.response is not None else "failed"
        url = self.request.shown_url.partition("?")[0]
        return f"<Entry {self.number}: {visible_line(self.method)} {url} -> {outcome}>"

    @property
    def why(self) -> str:
        """The source of the rule, with the grades of the outcome and of its look."""
        if not self.grades:
            return f"{self.source} ({self.grade})"
        open_grades = [question.grade for question in self.rests_on]
        outcome = find_weakest(self.grades["rule"], self.grades["status"], *open_grades)
        is_weaker = find_weakest(outcome, self.grade) is not outcome
        look = f"; its look: {self.grade}" if is_weaker else ""
        return f"{self.source} ({outcome}{look})"


class Table(str):
    """Text that ``print``, an interactive session and a debugger show as it is."""

    __slots__ = ()

    def __str__(self) -> str:
        """Return the text as standard output can hold it: escaped where it is ASCII alone."""
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        return self.encode(encoding, "backslashreplace").decode(encoding)

    def __repr__(self) -> str:
        return str(self)


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
        """Begin again."""
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
        UsageError: It is no number of requests.
    """
    if limit is not None and (
        isinstance(limit, bool) or not isinstance(limit, int) or not 0 <= limit <= 1 << 31
    ):
        msg = f"journal_limit is a number of requests from 0, or None for all, not {limit!r}."
        raise UsageError(msg)


def render_journal(requests: Iterable[Entry], clock: str = "") -> str:
    """
    Return the journal as a table of at most 100 columns; sources, hints and questions below it.

    Args:
        clock: A line about the virtual clock; empty for none.
    """
    entries, dropped = tuple(requests), getattr(requests, "dropped", 0)
    if not entries:
        return f"None of {dropped} requests was kept.\n" if dropped else "No request was made.\n"
    reasons = {why: _name_reason(place) for place, why in enumerate(_list_reasons(entries))}
    lines = _build_table([_build_row(entry, reasons[entry.why]) for entry in entries])
    lines.append("")
    for why, name in reasons.items():
        lines += _wrap(f"{name:>2}  {why}", "    ")
    if clock:
        lines += ["", clock]
    for entry in entries:
        for hint in entry.hints:
            lines += _wrap(f"#{entry.number} hint: {hide_in_hint(hint)}", "    ")
    if dropped:
        lines.append(f"{dropped} requests before these were not kept: journal_limit.")
    lines += _list_questions(entries)
    return "\n".join(map(visible_line, lines)) + "\n"


def hide_in_hint(hint: str) -> str:
    """Hide secrets in *hint*; the cure for credentials names ``auth_token``, and holds none."""
    return CURE.join(without_secrets(part) for part in hint.split(CURE))


def _list_reasons(entries: Iterable[Entry]) -> Sequence[str]:
    return list(dict.fromkeys(entry.why for entry in entries))


def _name_reason(place: int) -> str:
    """``a`` to ``z``, then ``a1`` to ``z1``, and so on."""
    round_, letter = divmod(place, 26)
    return chr(ord("a") + letter) + (str(round_) if round_ else "")


def _list_questions(entries: Iterable[Entry]) -> list[str]:
    rests_on = {question.number for entry in entries for question in entry.rests_on}
    noted = {question.number for entry in entries for question in entry.questions} - rests_on
    lines: list[str] = []
    if rests_on:
        lines += ["", "Undocumented, and chosen by us:"]
        for number in sorted(rests_on):
            question = QUESTIONS[number]
            lines += _wrap(f"  {number:>2}  {question.question} {question.choice}", "      ")
    if noted:
        numbers = ", ".join(map(str, sorted(noted)))
        first = f"twreplay explain q{min(noted)}"
        lines += ["", *_wrap(f"Questions about their look alone: {numbers} ({first}).", "")]
    return lines


def _build_table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    cells = [[_fold(cell, name) for cell, name in zip(row, _HEADINGS, strict=True)] for row in rows]
    widths = [
        max(len(line) for row in ([[name]], *(([row[i]]) for row in cells)) for line in row[0])
        for i, name in enumerate(_HEADINGS)
    ]
    lines = [_join(_HEADINGS, widths), "  ".join("-" * width for width in widths)]
    for row in cells:
        for place in range(max(map(len, row))):
            parts = [cell[place] if place < len(cell) else "" for cell in row]
            lines.append(_join(parts, widths))
    return lines


def _join(parts: Iterable[str], widths: Iterable[int]) -> str:
    return "  ".join(part.ljust(width) for part, width in zip(parts, widths, strict=True)).rstrip()


def _fold(cell: str, heading: str) -> list[str]:
    """Fold *cell* into lines: between words, and where a word is too long, in it."""
    limit = _WIDEST.get(heading, _WIDTH)
    return wrap(visible_line(cell), limit, break_on_hyphens=False) or [""]


def _wrap(line: str, indent: str) -> list[str]:
    return wrap(visible_line(line), _WIDTH, subsequent_indent=indent, break_on_hyphens=False) or [
        ""
    ]


def _build_row(entry: Entry, reason: str) -> tuple[str, ...]:
    query = entry.request.shown_url.partition("#")[0].partition("?")[2]
    path = _shorten_path(_shown_path(entry.request)) + (f"?{query}" if query else "")
    method = entry.request.method
    status = "refused" if entry.is_refused else "failed"
    return (
        str(entry.number),
        method if method == entry.method else f"{method} as {entry.method}",
        path,
        str(entry.response.status) if entry.response else status,
        without_secrets(entry.outcome or entry.rule),
        reason,
    )


def _shown_path(request: Request) -> str:
    known = request.credentials.auth_token if request.credentials is not None else ""
    return shown_url(request.path.replace("?", "%3F").replace("#", "%23"), known)


def _shorten_path(path: str) -> str:
    """*path* without the version, its identifiers shortened in the middle."""
    parts = path.removeprefix(f"/{VERSION}").split("/")
    return "/".join(shorten(part, 12) if len(part) >= _SID_LENGTH else part for part in parts)
