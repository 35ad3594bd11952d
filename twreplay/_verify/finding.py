"""The results of checking a recording."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from twreplay._api import Grade, Question
from twreplay._http import Request


class Aspect(StrEnum):
    """Aspect in which recording and rules disagree."""

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
class Mismatch:
    """
    One value that is not as expected.

    Attributes:
        aspect: The aspect that differs.

        where: The header, element or counter; empty where the aspect is enough.

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
    A mismatch, and the rule that the recording contradicts.

    Attributes:
        difference: The mismatch.

        rule: The rule, as a sentence.

        source: The source of the rule.

        grade: The grade of the evidence.

        question: The undocumented question that it rests on: then it is no drift.

        only: The profile that has it; empty if both have.
    """

    difference: Mismatch
    rule: str
    source: str
    grade: Grade | None
    question: Question | None = None
    only: str = ""

    @property
    def is_drift(self) -> bool:
        """True if the recording is wrong: it does not rest on an undocumented question."""
        return self.question is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """
    One interaction, checked against the rules.

    Attributes:
        number: Counted from 1.

        request: The recorded request.

        status: The recorded status.

        findings: The findings for the profile that it agrees with best.

        only: The profile that it agrees with, if it is one and not the other.

        skipped: The reason why it was not checked; empty if it was.

        is_webhook: It is a webhook of the cassette, counted on its own.
    """

    number: int
    request: Request
    status: int
    findings: tuple[Finding, ...] = ()
    only: str = ""
    skipped: str = ""
    is_webhook: bool = False

    @property
    def drift(self) -> tuple[Finding, ...]:
        """The findings that are drift."""
        return tuple(finding for finding in self.findings if finding.is_drift)
