"""The results of the rehearsals of a suite, as text."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from twreplay._display import visible_line
from twreplay._reports.rehearsal.outcome import ACCEPTED, GOOD, MEANING, RehearsalOutcome, Run

MOST_NAMES = 10
"""The most tests that are named in one place."""

LEAST_WAIT = 1.0
"""The seconds from which on it is told that the rehearsals of a test waited."""


class Rehearsed(NamedTuple):
    """
    The rehearsals of one test.

    Attributes:
        test: Its node id.

        runs: The results of the rehearsals.

        left_out: The number of rehearsals beyond the limit.

        why_not: The reason why nothing could be rehearsed; empty if it could.

        waited: The seconds in which its rehearsals did nothing, if that was most of the time; else
            0.
    """

    test: str
    runs: tuple[Run, ...]
    left_out: int = 0
    why_not: str = ""
    waited: float = 0.0


def format_total(tests: Iterable[Rehearsed]) -> str:
    """Format one line: the number of failures, and how often each outcome occurred."""
    tests = [test for test in tests if test.runs]
    counts = Counter(run.outcome for test in tests for run in test.runs)
    told = [f"{counts[outcome]} {outcome}" for outcome in RehearsalOutcome if counts[outcome]]
    if not told:
        return "nothing was rehearsed"
    what = []
    for is_webhook, failure, thing in ((False, "failure", "request"), (True, "change", "webhook")):
        runs = [(t.test, r) for t in tests for r in t.runs if r.is_webhook == is_webhook]
        things = {(test, run.request, run.nth) for test, run in runs}
        if runs:
            what.append(f"{_count(len(runs), failure)} of {_count(len(things), thing)}")
    return f"{' and '.join(what)} in {_count(len(tests), 'test')}: {', '.join(told)}"


def render_rehearsals(tests: Iterable[Rehearsed], width: int) -> str:
    """
    Render the totals, and for each test and request the outcome of each failure.

    Tests in which all of that is the same stand together.

    Args:
        width: The largest width of a line.
    """
    tests = sorted(test for test in tests if test.runs or test.why_not)
    lines = [format_total(tests)]
    alike: dict[tuple[str, ...], list[str]] = {}
    for test in tests:
        alike.setdefault(tuple(_format_test(test, width)), []).append(test.test)
    for told, names in alike.items():
        lines += ["", *names[:MOST_NAMES]]
        if (more := len(names) - MOST_NAMES) > 0:
            lines.append(f"and {_count(more, 'test')} more, with the same outcomes")
        lines += told
    lines += _format_waits(tests)
    outcomes = {run.outcome for test in tests for run in test.runs}
    if outcomes:
        width = max(10, *map(len, outcomes))
        lines += ["", *(f"{o:<{width}}  {MEANING[o]}" for o in RehearsalOutcome if o in outcomes)]
    return "\n".join(map(visible_line, lines)) + "\n"


def _format_test(test: Rehearsed, width: int) -> list[str]:
    """Format what became of the rehearsals of one test, below its name."""
    lines = []
    if test.why_not:
        lines.append(f"  not rehearsed: {test.why_not}")
    for request in dict.fromkeys(run.request for run in test.runs):
        lines += _format_request(request, [r for r in test.runs if r.request == request], width)
    if test.left_out:
        lines.append(f"  {test.left_out} more were left out: --twreplay-rehearse-limit")
    return lines


def _format_waits(tests: list[Rehearsed]) -> list[str]:
    """Format a line for each test whose rehearsals took long because something waited."""
    waits = sorted((test for test in tests if test.waited >= LEAST_WAIT), key=lambda t: -t.waited)
    if not waits:
        return []
    total = sum(test.waited for test in waits)
    lines = [
        "",
        f"{total:.0f} s went by waiting, such as between tries: hand in a sleep of your own",
    ]
    lines += [f"  {test.waited:5.1f} s  {test.test}" for test in waits[:MOST_NAMES]]
    if (more := len(waits) - MOST_NAMES) > 0:
        lines.append(f"  and {_count(more, 'test')} more")
    return lines


def describe_rehearsals(tests: Iterable[Rehearsed]) -> list[dict[str, Any]]:
    """Describe *tests* for JSON: the failures of requests, and the changes of webhooks."""
    return [
        {
            "test": test.test,
            "not_rehearsed": test.why_not,
            "left_out": test.left_out,
            "requests": _describe_runs(run for run in test.runs if not run.is_webhook),
            "webhooks": _describe_runs(run for run in test.runs if run.is_webhook),
        }
        for test in sorted(tests)
        if test.runs or test.why_not
    ]


def _describe_runs(runs: Iterable[Run]) -> list[dict[str, Any]]:
    """Describe *runs*, those of one request together."""
    by_request: dict[tuple[str, int], list[Run]] = {}
    for run in runs:
        by_request.setdefault((run.request, run.nth), []).append(run)
    return [_describe_run(run) for several in by_request.values() for run in several]


def _describe_run(run: Run) -> dict[str, Any]:
    changed = {"change": run.failure} if run.is_webhook else {"failure": run.failure}
    return {
        "request": run.request.removeprefix("webhook "),
        "nth": run.nth,
        **changed,
        "outcome": run.outcome.value,
        "raised": run.raised,
        "is_finding": run.outcome in ACCEPTED,
    }


def tabulate_webhooks(tests: Iterable[Rehearsed]) -> list[dict[str, Any]]:
    """Tabulate the changes of webhooks for a page: a table a test, a row a webhook."""
    tables = []
    for test in sorted(tests):
        runs = [run for run in test.runs if run.is_webhook]
        changes = list(dict.fromkeys(run.failure for run in runs))
        by_webhook: dict[tuple[str, int], dict[str, Run]] = {}
        for run in runs:
            by_webhook.setdefault((run.request, run.nth), {})[run.failure] = run
        if runs:
            rows = [
                (_name_webhook(*webhook), [_show_cell(found.get(change)) for change in changes])
                for webhook, found in by_webhook.items()
            ]
            name, left_out = visible_line(test.test), test.left_out
            tables.append({"test": name, "changes": changes, "rows": rows, "left_out": left_out})
    return tables


def _name_webhook(request: str, nth: int) -> str:
    which = "" if nth == 1 else f" #{nth}"
    return visible_line(f"{request.removeprefix('webhook ')}{which}")


def _show_cell(run: Run | None) -> tuple[str, str]:
    """Return what became of a change, and the kind of its chip."""
    if run is None:
        return "", ""
    kind = "bad" if run.outcome in ACCEPTED else "good" if run.outcome in GOOD else "warn"
    return visible_line(f"{run.outcome} {run.raised}".strip()), kind


def list_meanings(tests: Iterable[Rehearsed]) -> list[tuple[str, str]]:
    """List the outcomes of webhooks that occurred, with what each means."""
    occurred = {run.outcome for test in tests for run in test.runs if run.is_webhook}
    return [(one.value, MEANING[one]) for one in RehearsalOutcome if one in occurred]


def select_requests(tests: Iterable[Rehearsed]) -> list[Rehearsed]:
    """Return *tests* without what is about webhooks."""
    return [
        test._replace(runs=tuple(run for run in test.runs if not run.is_webhook)) for test in tests
    ]


def pack_rehearsals(tests: Iterable[Rehearsed]) -> str:
    """Serialize *tests* for another process."""
    return json.dumps(list(tests))


def unpack_rehearsals(text: str) -> list[Rehearsed]:
    """Parse the tests that *pack* serialized."""
    return [
        Rehearsed(
            test,
            tuple(
                Run(request, nth, how, RehearsalOutcome(ended), *more)
                for request, nth, how, ended, *more in runs
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
