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
    _installed: Any = field(default=None, init=False)
    _was_inherited: bool = field(default=False, init=False)

    def install(self) -> None:
        """Put the stand-in in place."""
        self._original = getattr(self.owner, self.name)
        self._was_inherited = self.name not in self.owner.__dict__
        self._installed = self.replacement(self._original)
        setattr(self.owner, self.name, self._installed)

    def remove(self) -> None:
        """Put the original back, unless somebody has put something else there since."""
        if self.owner.__dict__.get(self.name) is self._installed:
            if self._was_inherited:
                delattr(self.owner, self.name)
            else:
                setattr(self.owner, self.name, self._original)
        self._original = self._installed = None
