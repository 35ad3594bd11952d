"""What a test run has to say when it is over. Knows nothing of pytest."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from twreplay._stats import Plays, Tally

if TYPE_CHECKING:
    from twreplay._reports.coverage import Coverage

# Where pytest's cache keeps what was played, for ``twreplay prune``.
PLAYS = "twreplay/plays"

_WAYS = ("simulated", "replayed", "recorded", "passed through", "unmatched")


def summary(tally: Tally) -> str:
    """One line: how the requests of the run were answered; empty if there were none."""
    told = [f"{tally.counts[way]} {way}" for way in _WAYS if tally.counts[way]]
    if tally.counts["unused"]:
        told.append(f"{tally.counts['unused']} interactions unused")
    if expired := tally.counts["expired"]:
        told.append(f"{expired} cassette{'s' if expired > 1 else ''} expired")
    if tally.questions:
        numbers = sorted(tally.questions)
        plural = "s" if len(numbers) > 1 else ""
        listed = ", ".join(map(str, numbers))
        command = f"twreplay explain q{numbers[0]}"
        told.append(f"undocumented question{plural} met: {listed} ({command})")
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
    from twreplay._reports.coverage import Coverage  # late, as it needs the definitions of the API

    coverage = Coverage(profile)
    for (method, path, status), count in tally.exchanges.items():
        coverage.note(method, path, status, count)
    return coverage


def save_coverage(path: Path, coverage: Coverage) -> None:
    """Write *coverage*, as a page if *path* ends in ``.html``, else as JSON."""
    from twreplay._reports.coverage import page, written

    path.parent.mkdir(parents=True, exist_ok=True)
    text = page(coverage) if path.suffix == ".html" else written(coverage)
    path.write_text(text, encoding="utf-8")


def plays_of(tally: Tally, scope: Iterable[Path], why_not: list[str]) -> dict[str, object]:
    """
    What was played of which cassettes, for ``twreplay prune``.

    Args:
        scope: The folders whose tests were run.

        why_not: What makes the run no measure of what is used; empty if it is one.
    """
    from twreplay._cassette import content_hash  # late: a run without cassettes needs none

    return {
        "format": 1,
        "scope": [folder.resolve().as_posix() for folder in scope],
        "why_not": why_not,
        "cassettes": {
            path: {
                "total": plays.total,
                "unused": sorted(plays.unused),
                "settled": plays.settled,
                "content": content_hash(Path(path)),
            }
            for path, plays in sorted(tally.cassettes.items())
        },
    }


def packed(tally: Tally) -> str:
    """*tally* as text, for another process."""
    return json.dumps(
        [
            dict(tally.counts),
            list(tally.questions.items()),
            [[*exchange, count] for exchange, count in tally.exchanges.items()],
            [
                [path, plays.total, sorted(plays.unused), plays.settled]
                for path, plays in tally.cassettes.items()
            ],
        ]
    )


def unpacked(text: str) -> Tally:
    """The tally that *packed* made text of."""
    counts, questions, exchanges, cassettes = json.loads(text)
    return Tally(
        Counter(counts),
        Counter({int(number): int(count) for number, count in questions}),
        Counter({(method, path, status): count for method, path, status, count in exchanges}),
        {path: Plays(total, frozenset(un), settled) for path, total, un, settled in cassettes},
    )
