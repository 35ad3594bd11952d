"""The results of the rehearsals of a suite, as text."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from twreplay._display import visible_line
from twreplay._reports.rehearsal.outcome import MEANING, RehearsalOutcome, Run


class Rehearsed(NamedTuple):
    """
    The rehearsals of one test.

    Attributes:
        test: Its node id.

        runs: The results of the rehearsals.

        left_out: The number of rehearsals beyond the limit.

        why_not: The reason why nothing could be rehearsed; empty if it could.
    """

    test: str
    runs: tuple[Run, ...]
    left_out: int = 0
    why_not: str = ""


def format_total(tests: Iterable[Rehearsed]) -> str:
    """Format one line: the number of failures, and how often each outcome occurred."""
    tests = [test for test in tests if test.runs]
    counts = Counter(run.outcome for test in tests for run in test.runs)
    requests = {(test.test, run.request, run.nth) for test in tests for run in test.runs}
    told = [f"{counts[outcome]} {outcome}" for outcome in RehearsalOutcome if counts[outcome]]
    return (
        f"{_count(counts.total(), 'failure')} of {_count(len(requests), 'request')} "
        f"in {_count(len(tests), 'test')}: {', '.join(told)}"
        if told
        else "nothing was rehearsed"
    )


def render_rehearsals(tests: Iterable[Rehearsed], width: int) -> str:
    """
    Render the totals, and for each test and request the outcome of each failure.

    Args:
        width: The largest width of a line.
    """
    tests = sorted(test for test in tests if test.runs or test.why_not)
    lines = [format_total(tests)]
    for test in tests:
        lines += ["", test.test]
        if test.why_not:
            lines.append(f"  not rehearsed: {test.why_not}")
        for request in dict.fromkeys(run.request for run in test.runs):
            lines += _format_request(request, [r for r in test.runs if r.request == request], width)
        if test.left_out:
            lines.append(f"  {test.left_out} more were left out: --twreplay-rehearse-limit")
    outcomes = {run.outcome for test in tests for run in test.runs}
    if outcomes:
        lines += ["", *(f"{o:<10}  {MEANING[o]}" for o in RehearsalOutcome if o in outcomes)]
    return "\n".join(map(visible_line, lines)) + "\n"


def pack_rehearsals(tests: Iterable[Rehearsed]) -> str:
    """Serialize *tests* for another process."""
    return json.dumps(list(tests))


def unpack_rehearsals(text: str) -> list[Rehearsed]:
    """Parse the tests that *pack* serialized."""
    return [
        Rehearsed(
            test,
            tuple(
                Run(request, nth, how, RehearsalOutcome(ended), raised)
                for request, nth, how, ended, raised in runs
            ),
            *rest,
        )
        for test, runs, *rest in json.loads(text)
    ]


def _format_request(request: str, runs: list[Run], width: int) -> list[str]:
    """Format the outcomes of one request; equal outcomes are grouped."""
    alike: dict[tuple[str, ...], list[int]] = {}
    for nth in dict.fromkeys(run.nth for run in runs):
        outcomes = _format_outcomes([run for run in runs if run.nth == nth], width)
        alike.setdefault(tuple(outcomes), []).append(nth)
    lines = []
    for told, several in alike.items():
        which = "" if several == [1] else f" {', '.join(f'#{nth}' for nth in several)}"
        lines += [f"  {request}{which}", *told]
    return lines


def _format_outcomes(runs: list[Run], width: int) -> list[str]:
    """Format a line for each outcome, with its failures."""
    by_outcome: dict[str, list[str]] = {}
    for outcome in RehearsalOutcome:
        for run in runs:
            if run.outcome is outcome:
                told = f"{outcome} {run.raised}".strip()
                by_outcome.setdefault(told, []).append(run.failure)
    lines = []
    for told, failures in by_outcome.items():
        lines += textwrap.wrap(
            f"{told}: {_format_failures(failures)}",
            width,
            initial_indent=" " * 4,
            subsequent_indent=" " * 6,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return lines


def _format_failures(failures: list[str]) -> str:
    """Format names of failures, the codes of a status together."""
    codes: dict[str, list[str]] = {}
    for failure in failures:
        status, _, code = failure.partition(" ")
        codes.setdefault(status, []).extend([code] if code else [])
    return ", ".join(
        f"{status} ({', '.join(several)})" if several else status
        for status, several in codes.items()
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
