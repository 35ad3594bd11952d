"""TwiML as this project publishes it in docs/twiml.md, as data for tests."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import NamedTuple

_PAGE = (Path(__file__).parents[2] / "docs" / "twiml.md").read_text("utf-8")
_TABLES = _PAGE.partition("## Kinds of documents")[2]


class Attribute(NamedTuple):
    """One row: an attribute of a verb; *codes_in* are its codes inside another verb."""

    verb: str
    name: str
    values: str
    default: str
    code: int
    codes_in: dict[str, int]
    source: str
    grade: str


class Code(NamedTuple):
    """One row: a code that TwiML is logged with."""

    number: int
    title: str
    severity: str
    cause: str


def _read_rows(text: str, header: str) -> list[list[str]]:
    rows = text.partition(f"| {header} |\n")[2].partition("\n\n")[0].splitlines()[1:]
    return [
        [unescape(cell.strip()).replace("\\", "") for cell in re.split(r"(?<!\\)\|", row)[1:-1]]
        for row in rows
    ]


def _read_attributes(verb: str, section: str) -> list[Attribute]:
    header = "attribute | values | default | an illegal value | source | grade"
    found = []
    for name, values, default, codes, source, grade in _read_rows(section, header):
        first, *others = codes.split("; in ")
        inside = dict(other.replace("`", "").strip("<").split("> ") for other in others)
        codes_in = {place: int(code) for place, code in inside.items()}
        found.append(
            Attribute(verb, name.strip("`"), values, default, int(first), codes_in, source, grade)
        )
    return found


_SECTIONS = {
    title: text for title, _, text in (part.partition("\n") for part in _TABLES.split("\n## "))
}
VERBS = [title for title, text in _SECTIONS.items() if "\nSource: " in text]
"""Every verb and noun."""

ATTRIBUTES = [each for verb in VERBS for each in _read_attributes(verb, _SECTIONS[verb])]
"""Every attribute of every verb and noun."""

CODES = {
    int(row[0]): Code(int(row[0]), *row[1:4])
    for row in _read_rows(
        _SECTIONS["Codes"],
        "code | title | log | cause | what the API does | source | grade | question",
    )
}
"""Every code that TwiML is logged with, by number."""
