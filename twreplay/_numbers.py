"""What counts as a number where a user gives one."""

from __future__ import annotations

from typing import TypeGuard


def is_number(value: object) -> TypeGuard[int | float]:
    """Return whether *value* is a number; ``True`` and ``False`` are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)
