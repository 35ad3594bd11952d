"""
The steps of a test that ``twreplay minimise --steps`` leaves out to see whether it still fails.

A step is what a rule of the user's does to one request or webhook, or a move of the clock. It has
the same name in each run: where it stands in the test, and how often it was made there before.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from threading import Lock

STEPS_VARIABLE = "TWREPLAY_STEPS"
"""The folder of a trial: ``left-out`` names the steps to leave out, a line for each."""


class Trial:
    """One run of a command, with some of its steps left out."""

    def __init__(self, folder: Path) -> None:
        self._made = folder / "made"
        self._left_out = frozenset((folder / "left-out").read_text("utf-8").split("\n"))
        self._counts: Counter[str] = Counter()
        self._lock = Lock()

    def leaves_out(self, place: str, what: str) -> bool:
        """
        Note a step, and return whether it is left out.

        Args:
            place: Where it stands: ``test_reminders.py:41``.

            what: What it does, as source code.
        """
        # One line, which a name is in the file.
        name = " ".join(f"{place}  {what}".split("\n"))
        with self._lock:
            self._counts[name] += 1
            if (nth := self._counts[name]) > 1:
                name += f"  #{nth}"
            # Opened for each: processes share the file, and a step is rare.
            with self._made.open("a", encoding="utf-8") as made:
                made.write(f"{name}\n")
        return name in self._left_out


def _open_trial() -> Trial | None:
    folder = os.environ.get(STEPS_VARIABLE)
    return None if not folder else Trial(Path(folder))


TRIAL = _open_trial()
"""The trial that this process is a part of; None outside of ``twreplay minimise``."""
