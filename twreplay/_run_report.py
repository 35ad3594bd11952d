"""What a test run has to say when it is over. Knows nothing of pytest."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from twreplay._tally import Tally

if TYPE_CHECKING:
    from twreplay._coverage import Coverage

_WAYS = ("simulated", "replayed", "recorded", "unmatched")


def summary(tally: Tally) -> str:
    """One line: how the requests of the run were answered; empty if there were none."""
    told = [f"{tally.counts[way]} {way}" for way in _WAYS if tally.counts[way]]
    if tally.counts["unused"]:
        told.append(f"{tally.counts['unused']} interactions unused")
    if tally.questions:
        listed = ", ".join(map(str, sorted(tally.questions)))
        plural = "s" if len(tally.questions) > 1 else ""
        told.append(f"undocumented question{plural} met: {listed} (docs/undocumented.md)")
    return f"twreplay: {'; '.join(told)}" if told else ""


def header(settings: Mapping[str, tuple[str, str]]) -> str:
    """
    One line: the settings that hold for every test that does not say otherwise.

    Args:
        settings: Name to value and origin; the origin is empty for a default.
    """
    told = [
        f"{name} {value}" + (f" ({origin})" if origin else "")
        for name, (value, origin) in settings.items()
    ]
    return f"twreplay: {', '.join(told)}"


def coverage_of(tally: Tally, profile: str) -> Coverage:
    """Which of the API's answers are in *tally*."""
    from twreplay._coverage import Coverage  # late, as it needs the definitions of the API

    coverage = Coverage(profile)
    for (method, path, status), count in tally.exchanges.items():
        coverage.note(method, path, status, count)
    return coverage


def save_coverage(path: Path, coverage: Coverage) -> None:
    """Write *coverage*, as a page if *path* ends in ``.html``, else as JSON."""
    from twreplay._coverage import page, written

    path.parent.mkdir(parents=True, exist_ok=True)
    text = page(coverage) if path.suffix == ".html" else written(coverage)
    path.write_text(text, encoding="utf-8")


def packed(tally: Tally) -> str:
    """*tally* as text, for another process."""
    return json.dumps(
        [
            dict(tally.counts),
            list(tally.questions.items()),
            [[*exchange, count] for exchange, count in tally.exchanges.items()],
        ]
    )


def unpacked(text: str) -> Tally:
    """The tally that *packed* made text of."""
    counts, questions, exchanges = json.loads(text)
    return Tally(
        Counter(counts),
        Counter({int(number): int(count) for number, count in questions}),
        Counter({(method, path, status): count for method, path, status, count in exchanges}),
    )
