"""Identifiers, tokens and numbers: from a seed, never from the machine."""

from __future__ import annotations

from random import Random
from typing import Any


class Identifiers:
    """Generator of identifiers: the same seed gives the same sequence."""

    def __init__(self, seed: int | str) -> None:
        self._seed = seed
        self._saved: list[Any] | None = None
        self._made: Random | None = None

    @property
    def _random(self) -> Random:
        # Made when it is asked: that takes 10 µs, and a test that only reads needs none.
        if self._made is None:
            # Text as seed is hashed the same way in every process; not so for other objects.
            self._made = Random(f"twreplay {self._seed}")  # noqa: S311  # predictable on purpose
            if (saved := self._saved) is not None:
                self._saved = None
                self.load(saved)
        return self._made

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

    def load_late(self, saved: list[Any]) -> None:
        """Go on where *save* was called, of which *saved* is known to be."""
        self._saved, self._made = saved, None
