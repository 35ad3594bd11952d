"""Holds what a run recorded from the API against the rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from twreplay._cassette import format_path, load
from twreplay._sessions import compute_digest
from twreplay._verify import format_drift, verify_interactions, verify_webhooks
from twreplay.errors import TwreplayError


@dataclass(frozen=True, slots=True)
class Drift:
    """
    The drift of one cassette.

    Attributes:
        cassette: Its path, as messages show it.

        count: How many answers that the run recorded are not what the rules say.

        problem: The name of the exception that stopped the check; else empty.
    """

    cassette: str
    count: int
    problem: str = ""

    def __str__(self) -> str:
        if self.problem:
            return f"not checked ({self.problem}): twreplay verify {self.cassette}"
        answers = "1 answer is" if self.count == 1 else f"{self.count} answers are"
        return f"{answers} not what the rules say: twreplay verify {self.cassette}"


def find_drift(before: Mapping[str, Collection[str] | None], root: Path) -> list[Drift]:
    """
    Hold the cassettes below *root* that a run recorded against the rules.

    What differs is written beside each, into ``<file>.drift.txt``; the file goes when nothing
    differs any more. What was recorded from a simulator is not checked.

    Args:
        before: By cassette, the digests of the interactions before the run; None without a file.
    """
    found = []
    for name, digests in sorted(before.items()):
        path = Path(name)
        if path.is_relative_to(root):
            try:
                count, problem = _check(path, digests or ()), ""
            except Exception as error:  # a check never costs a recording, nor a run
                count, problem = 0, type(error).__name__
            if count or problem:
                found.append(Drift(format_path(path), count, problem))
    return found


def _check(path: Path, before: Collection[str]) -> int:
    try:
        recording = load(path)
    except TwreplayError:
        return 0
    is_of_api = recording.simulated_by is None
    checked = verify_interactions(recording.interactions) if is_of_api else []
    of_webhooks = verify_webhooks(recording.webhooks) if is_of_api else []
    beside = path.with_name(f"{path.name}.drift.txt")
    # The check never costs a recording, nor the run: a folder may be read-only.
    with suppress(OSError):
        if text := format_drift(path.name, [*checked, *of_webhooks]):
            beside.write_text(text, encoding="utf-8", errors="backslashreplace")
        else:
            beside.unlink(missing_ok=True)
    old, count = Counter(before), sum(bool(one.drift) for one in of_webhooks)
    for one, interaction in zip(checked, recording.interactions, strict=True) if checked else ():
        digest = compute_digest(interaction)
        if old[digest]:
            old[digest] -= 1
        elif one.drift:
            count += 1
    return count
