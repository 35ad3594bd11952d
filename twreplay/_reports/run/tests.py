"""The tests of a run, for its report. Independent of pytest."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

_RANKS = ("passed", "skipped", "expected to fail", "failed")


@dataclass(slots=True)
class TestEntry:
    """
    One test.

    Attributes:
        outcome: ``passed``, ``failed``, ``skipped`` or ``expected to fail``.

        messages: The phase and the text of each failure.

        trace: What happened in it, as ``describe_trace`` has it; empty if nothing did.
    """

    name: str
    outcome: str = "passed"
    seconds: float = 0.0
    messages: list[tuple[str, str]] = field(default_factory=list)
    trace: str = ""

    def read_trace(self) -> dict[str, Any]:
        """Return what happened in the test."""
        nothing = {"events": [], "dropped": 0, "transcripts": [], "clocks": []}
        return json.loads(self.trace) if self.trace else nothing


class RunReport:
    """Collects the phases of tests, in any order of tests, as workers report them."""

    def __init__(self) -> None:
        self.tests: dict[str, TestEntry] = {}

    def add_phase(
        self, name: str, phase: str, outcome: str, seconds: float, message: str, trace: str
    ) -> None:
        """Add one phase of the test *name*; its worst outcome is that of the test."""
        if phase == "setup" or name not in self.tests:  # a test may be run again
            self.tests[name] = TestEntry(name)
        entry = self.tests[name]
        entry.seconds += seconds
        # Other plugins have more outcomes, such as that of a test which is to be run again.
        known = outcome if outcome in _RANKS else "failed"
        entry.outcome = max(entry.outcome, known, key=_RANKS.index)
        if message:
            entry.messages.append((phase, message))
        entry.trace = trace or entry.trace
