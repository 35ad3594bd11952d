"""Evidence for statements about the API. The live API is no longer available."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """Reliability of a statement about the API, the best first."""

    DOCUMENTED = "documented"
    """The reference of 2008-08-01 says so."""

    OBSERVED = "observed"
    """Real bytes, or production code that ran against 2008-08-01, show it."""

    LATER = "later version"
    """Only a later version, or the error dictionary of later years, shows it."""

    CHOSEN = "chosen by us"
    """Unknown. This library does something reasonable, and reports it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    Source of a statement about the API.

    Attributes:
        source: The page and section, or the capture, in a few words.

        grade: Its reliability.
    """

    source: str
    grade: Grade = Grade.DOCUMENTED


_RANKS = {grade: rank for rank, grade in enumerate(Grade)}


def find_weakest(*grades: Grade) -> Grade:
    """Return the least reliable of *grades*."""
    return max(grades, key=_RANKS.__getitem__)
