"""The report at the end of a test run. Independent of pytest."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from twreplay._pages import refuse_foreign
from twreplay._stats import PlaybackUsage, RunStats

if TYPE_CHECKING:
    from twreplay._reports.coverage import Coverage

# The key in pytest's cache for played interactions, for ``twreplay prune``.
PLAYS = "twreplay/plays"

_WAYS = ("simulated", "replayed", "recorded", "passed through", "unmatched")


def format_summary(tally: RunStats) -> str:
    """Format one line: how the requests of the run were answered; empty without requests."""
    told = [f"{tally.counts[way]} {way}" for way in _WAYS if tally.counts[way]]
    if webhooks := tally.counts["webhooks"]:
        told.append(f"{webhooks} webhook{'s' if webhooks > 1 else ''}")
    if skipped := tally.counts["skipped"]:
        told.append(f"{skipped} not recorded (skip_statuses)")
    if tally.counts["unused"]:
        told.append(f"{tally.counts['unused']} interactions unused")
    if expired := tally.counts["expired"]:
        told.append(f"{expired} cassette{'s' if expired > 1 else ''} expired")
    if tally.questions:
        numbers = sorted(tally.questions)
        listed = ", ".join(_format_question(n, tally.questions[n]) for n in numbers)
        told.append(f"undocumented: {listed} (twreplay explain q{numbers[0]})")
    return f"twreplay: {'; '.join(told)}" if told else ""


def _format_question(number: int, tests: int) -> str:
    return f"question {number} ({tests} test{'s' if tests > 1 else ''})"


def format_header(settings: Mapping[str, tuple[str, str]]) -> str:
    """
    Format one line: the settings that hold unless a test overrides them.

    Args:
        settings: Name to value and origin; the origin is empty for a default.
    """
    told = [
        f"{name} {value}" + (f" ({origin})" if origin else "")
        for name, (value, origin) in settings.items()
    ]
    return f"twreplay: {', '.join(told)}"


def build_coverage(tally: RunStats, profile: str) -> Coverage:
    """Build the coverage of the answers in *tally*."""
    from twreplay._reports.coverage import Coverage  # late, as it needs the definitions of the API

    coverage = Coverage(profile)
    for (method, path, status), count in tally.answers.items():
        coverage.add(method, path, status, count, tally.tests.get((method, path, status), ()))
    coverage.webhooks.update(tally.webhooks)
    return coverage


def save_coverage(path: Path, coverage: Coverage) -> None:
    """Write *coverage*, as a page if *path* ends in ``.html``, else as JSON."""
    from twreplay._reports.coverage import dump_coverage, render_coverage_page

    path.parent.mkdir(parents=True, exist_ok=True)
    refuse_foreign(path)
    text = render_coverage_page(coverage) if path.suffix == ".html" else dump_coverage(coverage)
    path.write_text(text, encoding="utf-8")


def build_usage(tally: RunStats, scope: Iterable[Path], why_not: list[str]) -> dict[str, object]:
    """
    Build the record of played interactions, for ``twreplay prune``.

    Args:
        scope: The folders whose tests were run.

        why_not: The reasons why the run does not show what is unused; empty if it does.
    """
    from twreplay._cassette import compute_content_hash  # late: a run without cassettes needs none

    return {
        "format": 1,
        "scope": [folder.resolve().as_posix() for folder in scope],
        "why_not": why_not,
        "cassettes": {
            path: {
                "total": plays.total,
                "unused": sorted(plays.unused),
                "settled": plays.settled,
                "content": compute_content_hash(Path(path)),
            }
            for path, plays in sorted(tally.cassettes.items())
        },
    }


def pack_stats(tally: RunStats) -> str:
    """Serialize *tally* for another process."""
    return json.dumps(
        [
            dict(tally.counts),
            list(tally.questions.items()),
            [
                [*answer, count, sorted(tally.tests.get(answer, ()))]
                for answer, count in tally.answers.items()
            ],
            [
                [path, plays.total, sorted(plays.unused), plays.settled]
                for path, plays in tally.cassettes.items()
            ],
            [[*trait, count] for trait, count in tally.webhooks.items()],
        ]
    )


def unpack_stats(text: str) -> RunStats:
    """Parse the tally that *pack* serialized."""
    counts, questions, answers, cassettes, webhooks = json.loads(text)
    return RunStats(
        Counter(counts),
        Counter({int(number): int(count) for number, count in questions}),
        Counter({(method, path, status): count for method, path, status, count, _ in answers}),
        {
            path: PlaybackUsage(total, frozenset(un), settled)
            for path, total, un, settled in cassettes
        },
        webhooks=Counter({(what, value): count for what, value, count in webhooks}),
        tests={tuple(answer): set(tests) for *answer, _, tests in answers if tests},
    )
