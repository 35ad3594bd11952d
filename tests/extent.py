"""How much of a thing a run does: less where each run does the same, all of it once a week."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import settings


def choose_extent(usual: int, full: int) -> int:
    """
    Return *usual* where hypothesis tries the same examples each time, and *full* where new ones.

    A run that repeats the one before needs only enough to see that a claim holds.
    """
    return usual if settings.default.derandomize else full


def mark_slow(*values: Any) -> Any:
    """Return the *values* of one case for ``parametrize``, marked slow."""
    return pytest.param(*values, marks=pytest.mark.slow)


def mark_slow_but(*quick: Any, of: Iterable[Any]) -> list[Any]:
    """Return the cases *of* for ``parametrize``: the *quick* ones, and the others marked slow."""
    cases = list(of)
    unknown = [case for case in quick if case not in cases]
    assert not unknown, unknown
    return [c if c in quick else mark_slow(c) for c in cases]
