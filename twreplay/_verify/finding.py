"""What is said about a recording."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from twreplay._api import Grade, Question
from twreplay._http import Request


class Aspect(StrEnum):
    """What recording and rules disagree about."""

    STATUS = "status"
    HEADER = "header"
    FORMAT = "format"
    MISSING = "missing element"
    UNEXPECTED = "unexpected element"
    ORDER = "order"
    VALUE = "value"
    CODE = "error code"
    MISSING_ROW = "missing from the list"
    UNEXPECTED_ROW = "unexpected in the list"
    ROW_ORDER = "order of the list"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class Difference:
    """
    One thing that is not as it should be.

    Attributes:
        aspect: What it is about.

        where: Which header, element or counter; empty where the aspect says it all.

        recorded: What the recording has.

        expected: What it should be.
    """

    aspect: Aspect
    where: str
    recorded: str
    expected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """
    A difference, and what speaks against the recording.

    Attributes:
        difference: What is not as it should be.

        rule: The rule that says so, as a sentence.

        source: Where that is known from.

        grade: How far that can be trusted.

        question: The undocumented question that it rests on: then it is no drift.

        only: The profile that has it; empty if both have.
    """

    difference: Difference
    rule: str
    source: str
    grade: Grade | None
    question: Question | None = None
    only: str = ""

    @property
    def is_drift(self) -> bool:
        """Whether the recording is wrong, as far as anybody knows."""
        return self.question is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """
    One interaction, held against the rules.

    Attributes:
        number: Counted from 1.

        request: As it was recorded.

        status: The recorded status.

        findings: What was found; of the profile that it agrees with best.

        only: The profile that it agrees with, if it is one and not the other.

        skipped: Why it was not checked; empty if it was.
    """

    number: int
    request: Request
    status: int
    findings: tuple[Finding, ...] = ()
    only: str = ""
    skipped: str = ""

    @property
    def drift(self) -> tuple[Finding, ...]:
        """The findings that are drift."""
        return tuple(finding for finding in self.findings if finding.is_drift)
