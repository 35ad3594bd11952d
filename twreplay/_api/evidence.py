"""How well a statement about the API is supported. The live API can no longer be asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How far a statement about the API can be trusted, the best first."""

    DOCUMENTED = "documented"
    """The reference of 2008-08-01 says so."""

    OBSERVED = "observed"
    """Real bytes, or production code that ran against 2008-08-01, show it."""

    LATER = "later version"
    """Only a later version, or the error dictionary of later years, shows it."""

    CHOSEN = "chosen by us"
    """Nobody knows. This library does something reasonable, and says so."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    Where a statement comes from.

    Attributes:
        source: The page and section, or the capture, in a few words.

        grade: How far it can be trusted.
    """

    source: str
    grade: Grade = Grade.DOCUMENTED
