"""How much of a thing a test does: less where each run does the same, all of it once a week."""

from __future__ import annotations

from hypothesis import settings


def choose_extent(usual: int, full: int) -> int:
    """
    Return *usual* where hypothesis tries the same examples each time, and *full* where new ones.

    A run that repeats the one before needs only enough to see that a claim holds.
    """
    return usual if settings.default.derandomize else full
