"""What a cassette says of the simulator that it was recorded from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SIMULATED: Final = "simulated"
"""The origin of a cassette whose responses a simulator gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedBy:
    """
    The simulator behind a recording.

    All of it is text: YAML would read a seed such as ``0`` or ``1e3`` as a number.

    Attributes:
        profile: ``documented`` or ``observed``.

        seed: The seed of Sids, tokens and numbers.

        version: The version of this library.
    """

    profile: str
    seed: str
    version: str

    @classmethod
    def from_entries(cls, entries: Mapping[str, object]) -> SimulatedBy | None:
        """Read the entries of a cassette's own key; None if they are of another origin."""
        if entries.get("origin") != SIMULATED:
            return None
        profile, seed, version = (
            str(entries.get(name, "")) for name in ("profile", "seed", "version")
        )
        return cls(profile=profile, seed=seed, version=version)

    def build_entries(self) -> dict[str, str]:
        """Build the entries for a cassette's own key."""
        return {"profile": self.profile, "seed": self.seed, "version": self.version}

    def __str__(self) -> str:
        return f"profile {self.profile}, seed {self.seed}"
