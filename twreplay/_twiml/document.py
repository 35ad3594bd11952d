"""A document that was read: what will run, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from twreplay._api import Grade, Q
from twreplay._twiml.codes import Severity
from twreplay._twiml.definition import Kind
from twreplay._twiml.values import Value


@dataclass(frozen=True, slots=True)
class TwimlFinding:
    """
    One thing that is wrong with a document.

    Attributes:
        line: Its line, from 1.

        column: Its column, from 1.

        code: The code that the API logs; None for a note of twreplay's.

        severity: Error, warning or note.

        message: What is wrong, as a sentence.

        consequence: What the API does.

        source: Where that is known from.

        grade: How far that can be trusted.

        question: The undocumented question that the consequence rests on; None if it is known.
    """

    line: int
    column: int
    code: int | None
    severity: Severity
    message: str
    consequence: str
    source: str
    grade: Grade
    question: Q | None = None

    def __str__(self) -> str:
        code = "" if self.code is None else f" {self.code}"
        return (
            f"{self.line}:{self.column}: {self.severity.value}{code}: {self.message} "
            f"({self.consequence})"
        )


@dataclass(frozen=True, slots=True)
class Instruction:
    """
    One verb or noun, ready to run. Its values are never changed.

    Attributes:
        verb: The name of the element.

        values: The value of each attribute that has one, defaults included.

        content: The text inside it; as it stands in the document if it is illegal.

        children: The verbs or nouns inside it.

        findings: What is logged when it is reached.

        is_left_out: It does nothing: the place forbids it, or it came with a later version.

        is_void: Its content is illegal.
    """

    verb: str
    line: int
    column: int
    values: Mapping[str, Value]
    content: str = ""
    children: tuple[Instruction, ...] = ()
    findings: tuple[TwimlFinding, ...] = ()
    is_left_out: bool = False
    is_void: bool = False

    def text(self, name: str) -> str:
        """Return the value of the attribute *name* as text; empty if it has none."""
        return str(self.values.get(name, ""))

    def number(self, name: str) -> int:
        """Return the value of the attribute *name* as a number; 0 if it has none."""
        return int(self.values.get(name, 0))

    def flag(self, name: str) -> bool:
        """Return the value of the attribute *name* as true or false."""
        return bool(self.values.get(name, False))


@dataclass(frozen=True, slots=True)
class Document:
    """
    An answer of an application, read.

    Attributes:
        url: What relative URLs in it are relative to; also what an empty action means.

        kind: Its place.

        verbs: What runs, in order.

        findings: All that is wrong with it, in the order of the text.

        failure: Why it does not run at all; None if it does.
    """

    url: str
    kind: Kind
    verbs: tuple[Instruction, ...] = ()
    findings: tuple[TwimlFinding, ...] = ()
    failure: TwimlFinding | None = None
