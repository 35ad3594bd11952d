"""One replaced attribute of a client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Patch:
    """
    One attribute of a client, and what stands in for it while a session is open.

    Attributes:
        replacement: Makes the stand-in from the original.
    """

    owner: Any
    name: str
    replacement: Callable[[Any], Any]
    _original: Any = field(default=None, init=False)
    _stand_in: Any = field(default=None, init=False)
    _was_inherited: bool = field(default=False, init=False)

    def install(self) -> None:
        """Put the stand-in in place."""
        original = getattr(self.owner, self.name)
        if original is not self._original:  # made once, as sessions open by the thousand
            self._original, self._stand_in = original, self.replacement(original)
        self._was_inherited = self.name not in self.owner.__dict__
        setattr(self.owner, self.name, self._stand_in)

    def remove(self) -> None:
        """Put the original back, unless somebody has put something else there since."""
        if self.owner.__dict__.get(self.name) is self._stand_in:
            if self._was_inherited:
                delattr(self.owner, self.name)
            else:
                setattr(self.owner, self.name, self._original)
