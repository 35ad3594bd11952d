"""True if cassettes are in use at all in this process."""

from __future__ import annotations

_count = 0


def disable_cassettes() -> None:
    """Have no session read, write or answer from a cassette until *enable_cassettes*."""
    global _count
    _count += 1


def enable_cassettes() -> None:
    """Take one *disable_cassettes* back."""
    global _count
    _count -= 1


def is_disabled() -> bool:
    """Return whether cassettes are disabled."""
    return _count > 0
