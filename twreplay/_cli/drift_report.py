"""The report of ``twreplay verify``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twreplay._api import QUESTIONS, VERSION
from twreplay._cli.output import count, create_console, text
from twreplay._explanation import join_words, shorten
from twreplay._http import Request
from twreplay._reports import Annotation
from twreplay._verify import Checked, Finding

if TYPE_CHECKING:
    from rich.console import Console

_SID_LENGTH = 34


@dataclass(frozen=True, slots=True)
class Report:
    """
    One cassette, checked against the rules.

    Attributes:
        lines: The line on which each interaction begins; empty if that is not known.

        webhook_lines: The same of the webhooks, which stand behind the interactions in *checked*.
    """

    path: Path
    checked: Sequence[Checked]
    lines: Sequence[int]
    webhook_lines: Sequence[int] = ()

    @property
    def drift(self) -> int:
        """The number of findings that are drift."""
        return sum(len(one.drift) for one in self.checked)

    def get_line(self, one: Checked) -> int | None:
        """Return the line on which an interaction begins; None if it is unknown."""
        lines = self.webhook_lines if one.is_webhook else self.lines
        return lines[one.number - 1] if one.number <= len(lines) else None


def print_report(reports: Sequence[Report], *, against: str) -> None:
    """Print *reports*: in color on a terminal, plain elsewhere."""
    out = create_console()
    for report in reports:
        if report.drift:
            _print_drift(out, report, against)
    questions = list(_list_questions(reports))
    if questions:
        out.print("No drift, since nobody knows:")
        out.print()
        for line in questions:
            out.print(text(f"  {line}", "dim"))
        out.print()
    style = "bold red" if any(report.drift for report in reports) else "green"
    out.print(text(_format_summary(reports, against), style))


def build_data(reports: Sequence[Report]) -> dict[str, Any]:
    """Return *reports* for other programs; the names are stable."""
    return {
        "drift": sum(report.drift for report in reports),
        "cassettes": [
            {
                "path": report.path.as_posix(),
                "interactions": sum(not one.is_webhook for one in report.checked),
                "webhooks": sum(one.is_webhook for one in report.checked),
                "drift": report.drift,
                "skipped": [
                    one.number for one in report.checked if one.skipped and not one.is_webhook
                ],
                "only_documented": [
                    one.number for one in report.checked if one.only == "documented"
                ],
                "only_observed": [one.number for one in report.checked if one.only == "observed"],
                "findings": [
                    _build_finding_data(report, one, found)
                    for one in report.checked
                    for found in one.findings
                ],
            }
            for report in reports
        ],
    }


def build_annotations(reports: Sequence[Report]) -> list[Annotation]:
    """Return an annotation for each difference that is drift."""
    return [
        Annotation(
            report.path,
            "drift",
            _format_annotation(one, found),
            report.get_line(one) or 0,
            page="verify/",
        )
        for report in reports
        for one in report.checked
        for found in one.drift
    ]


def _format_annotation(one: Checked, found: Finding) -> str:
    said = found.difference
    about = f"{said.aspect.value} {said.where}".rstrip()
    because = f" ({found.rule.rstrip('.')}; {found.source})" if found.rule else ""
    operation = format_operation(one.request)
    return f"{operation}: {about} is {said.recorded}, expected {said.expected}{because}"


def _build_finding_data(report: Report, one: Checked, found: Finding) -> dict[str, Any]:
    said = found.difference
    return {
        "webhook" if one.is_webhook else "interaction": one.number,
        "line": report.get_line(one),
        "method": one.request.effective_method,
        "path": one.request.path,
        "status": one.status,
        "aspect": said.aspect.value,
        "where": said.where,
        "recorded": said.recorded,
        "expected": said.expected,
        "rule": found.rule,
        "source": found.source,
        "grade": found.grade.value if found.grade else None,
        "question": found.question.number if found.question else None,
        "profile": found.only or None,
    }


def _print_drift(out: Console, report: Report, against: str) -> None:
    out.print(text(str(report.path), "bold"))
    out.print()
    for one in report.checked:
        if not one.drift:
            continue
        line = report.get_line(one)
        place = f", line {line}" if line else ""
        out.print(
            text(f"  {_name(one)}", "bold"),
            text(f" -> {one.status}"),
            text(place, "dim"),
            sep="",
        )
        out.print()
        for found in one.drift:
            _print_finding(out, found, against)


def _print_finding(out: Console, found: Finding, against: str) -> None:
    said = found.difference
    width = max(len("recorded"), len(against))
    about = f"{said.aspect.value} {said.where}".rstrip()
    out.print(text(f"     {about}", "yellow"))
    rows = [("recorded", said.recorded, "red"), (against, said.expected, "green")]
    for name, value, style in rows:
        out.print(text(f"       {name:<{width}}  "), text(value, style), sep="")
    if found.rule:
        only = f"; only in the {found.only} profile" if found.only else ""
        grade = found.grade.value if found.grade else ""
        why = f"{'because':<{width}}  {found.rule.rstrip('.')} ({found.source}: {grade}{only})"
        out.print(text(f"       {why}", "dim"))
    out.print()


def _list_questions(reports: Iterable[Report]) -> Iterable[str]:
    """Yield a line for each interaction and undocumented question that findings rest on."""
    for report in reports:
        for one in report.checked:
            open_ = [found for found in one.findings if found.question is not None]
            by_question = groupby(open_, lambda found: found.question.number)  # type: ignore[union-attr]
            for number, group in by_question:
                found = list(group)
                about = dict.fromkeys(
                    f"{f.difference.aspect.value} {f.difference.where}".rstrip() for f in found
                )
                line = report.get_line(one)
                place = f"{report.path}:{line}" if line else str(report.path)
                yield (
                    f"{place}: {'webhook' if one.is_webhook else 'interaction'} {one.number}, "
                    f"{join_words(tuple(about))} "
                    f"rests on question {number}: {QUESTIONS[number].question}"
                )


def _format_summary(reports: Sequence[Report], against: str) -> str:
    checked = [one for report in reports for one in report.checked if not one.skipped]
    skipped = Counter(one.skipped for report in reports for one in report.checked if one.skipped)
    webhooks = sum(one.is_webhook for one in checked)
    total, cassettes = len(checked), count(len(reports), "cassette")
    things = count(total - webhooks, "interaction")
    if webhooks:
        things += f" and {count(webhooks, 'webhook')}"
    drift = sum(report.drift for report in reports)
    wrong = sum(bool(one.drift) for one in checked)
    only = Counter(one.only for one in checked if one.only)
    notes = [f"{count} with the {name} profile only" for name, count in sorted(only.items())]
    notes += [f"{count} not checked: {why}" for why, count in skipped.items()]
    told = f" ({'; '.join(notes)})" if notes else ""
    if drift:
        return f"{count(drift, 'difference')} in {wrong} of {things}, {cassettes}{told}."
    if not total:
        return f"Nothing to check in {cassettes}{told}."
    agrees = "agrees" if total == 1 else "agree"
    with_what = "with the live endpoint" if against == "live" else "with the rules"
    return f"{things} in {cassettes} {agrees} {with_what}{told}."


def _name(one: Checked) -> str:
    if one.is_webhook:
        return f"webhook {one.number}. {one.request.method} {one.request.shown_url}"
    return f"{one.number}. {format_operation(one.request)}"


def format_operation(request: Request) -> str:
    """Format method, path and query of *request* on one line, identifiers shortened."""
    path, _, query = request.url.partition("://")[2].partition("?")
    parts = path.partition("/")[2].removeprefix("/").removeprefix(f"{VERSION}/").split("/")
    short = [shorten(part, 12) if len(part) >= _SID_LENGTH else part for part in parts]
    return f"{request.effective_method} /{'/'.join(short)}" + (f"?{query}" if query else "")
