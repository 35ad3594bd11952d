"""The journal: what was asked, what was answered, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from twreplay._explanation import shorten
from twreplay._http import Request, Response
from twreplay._resources import QUESTIONS, VERSION, Grade, Question

_SID_LENGTH = 34

_HEADINGS = ("#", "method", "path", "status", "rule", "source", "grade")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    One request, and how it was answered.

    Attributes:
        number: Counted from 1.

        request: As it was sent.

        method: The method that it was taken for, after any ``_method``.

        response: What was answered; None if a rule of the user's own let the client fail.

        rule: The rule that decided, as the sentence that it enforces.

        source: Where that is known from.

        grade: How far that can be trusted.

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


def explained(entries: Sequence[Entry]) -> str:
    """The journal as a table, with what is undocumented and what to edit below it."""
    if not entries:
        return "No request was made.\n"
    rows = [_HEADINGS, *map(_row, entries)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    for entry in entries:
        lines += [f"#{entry.number} hint: {hint}" for hint in entry.hints]
    asked = sorted({question.number for entry in entries for question in entry.questions})
    if asked:
        lines += ["", "Undocumented, and chosen by us:"]
        lines += [
            f"  {number:>2}  {QUESTIONS[number].question} {QUESTIONS[number].choice}"
            for number in asked
        ]
    return "\n".join(lines) + "\n"


def _row(entry: Entry) -> tuple[str, ...]:
    query = entry.request.url.partition("?")[2]
    path = _shortened(entry.request.path) + (f"?{query}" if query else "")
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


def _shortened(path: str) -> str:
    """*path* without the version, its identifiers shortened in the middle."""
    parts = path.removeprefix(f"/{VERSION}").split("/")
    return "/".join(shorten(part, 12) if len(part) >= _SID_LENGTH else part for part in parts)
