"""Identifiers, tokens and numbers: from a seed, never from the machine."""

from __future__ import annotations

from random import Random
from typing import Any


class Identifiers:
    """Generator of identifiers: the same seed gives the same sequence."""

    def __init__(self, seed: int | str) -> None:
        # Text as seed is hashed the same way in every process; not so for other objects.
        self._random = Random(f"twreplay {seed}")  # noqa: S311  # predictable on purpose

    def generate_sid(self, prefix: str) -> str:
        """Return 34 characters: *prefix* and 32 hexadecimal digits."""
        return f"{prefix}{self._random.getrandbits(128):032x}"

    def generate_token(self) -> str:
        """32 hexadecimal digits."""
        return f"{self._random.getrandbits(128):032x}"

    def generate_digits(self, count: int) -> str:
        """Return *count* decimal digits."""
        return f"{self._random.randrange(10**count):0{count}d}"

    def save(self) -> list[Any]:
        """Return where the sequence stands, as values that JSON has."""
        version, internal, gauss = self._random.getstate()
        return [version, list(internal), gauss]

    def load(self, saved: list[Any]) -> None:
        """Go on where *save* was called."""
        version, internal, gauss = saved
        self._random.setstate((version, tuple(internal), gauss))
