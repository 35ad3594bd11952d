"""What counts as a number where a user gives one."""

from __future__ import annotations

import math
from typing import TypeGuard


def is_number(value: object) -> TypeGuard[int | float]:
    """Return whether *value* is a number; ``True`` and ``False`` are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_finite(value: object) -> TypeGuard[int | float]:
    """Return whether *value* is a number that can be one of floating point: not 10**400, either."""
    try:
        return is_number(value) and math.isfinite(value)
    except OverflowError:
        return False
