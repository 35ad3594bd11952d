"""``twreplay diff``: the differences between two cassettes, by operation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from twreplay._cassette import Recording
from twreplay._cli.drift_report import format_operation
from twreplay._cli.output import (
    FOUND,
    count,
    create_console,
    json_option,
    print_json,
    read_or_stop,
    text,
)
from twreplay._verify import Aspect, Change, Kind, Mismatch, compare, compare_webhooks

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_STYLES = {Kind.CHANGED: "yellow", Kind.REMOVED: "red", Kind.ADDED: "green"}

_ABOUT = {
    Aspect.MISSING: "element",
    Aspect.UNEXPECTED: "element",
    Aspect.MISSING_ROW: "in the list",
    Aspect.UNEXPECTED_ROW: "in the list",
}


@click.command(short_help="Show what one cassette has otherwise than another.")
@click.argument("older", type=_FILE)
@click.argument("newer", type=_FILE)
@json_option
def diff(older: Path, newer: Path, as_json: bool) -> None:
    """
    Show what the cassette NEWER has otherwise than OLDER.

    Requests are compared as they are when a cassette is replayed, and answers by what they say:
    status, elements and their order, values, headers. Dates and the Sids of what was made may
    differ, and so may the account. Webhooks are compared with the application's answers to them.

    Exits with 0 if nothing else differs, 1 if something does, 2 if one cannot be read.

    For example: git show HEAD:calls.yaml > old.yaml; twreplay diff old.yaml calls.yaml
    """
    changes = compare_recordings(read_or_stop(older), read_or_stop(newer))
    told = _select_told(changes)
    if as_json:
        print_json({"same": len(changes) - len(told), "changes": [_build_data(c) for c in told]})
    else:
        print_changes(changes)
    if told:
        raise SystemExit(FOUND)


def compare_recordings(older: Recording, newer: Recording) -> list[Change]:
    """Return a change for each interaction and each webhook of both recordings."""
    changes = compare(older.interactions, newer.interactions)
    return changes + compare_webhooks(older.webhooks, newer.webhooks)


def print_changes(changes: Sequence[Change]) -> None:
    """Print what differs in *changes*, and a line that counts all of them."""
    out, told = create_console(), _select_told(changes)
    for change in told:
        number = change.before or change.after
        out.print(
            text(f"{change.kind.value:<8}", _STYLES[change.kind]),
            text(f"{number}. {_format_request(change)}", "bold"),
            text(f"-> {change.status}{_describe_move(change)}", "dim"),
        )
        rows = [(f"sent {a.label}", a.recorded, a.sent) for a in change.requested]
        rows += [
            (f"{_describe_aspect(d)} {d.where}".rstrip(), d.recorded, d.expected)
            for d in change.answered
        ]
        for name, before, after in rows:
            out.print(text(f"         {name}"))
            out.print(text(f"           before  {_format_value(before)}", "red"))
            out.print(text(f"           after   {_format_value(after)}", "green"))
    if told:
        out.print()
    out.print(text(summarize_changes(changes)))


def summarize_changes(changes: Sequence[Change]) -> str:
    """Return a line that counts *changes*, by kind."""
    told = _select_told(changes)
    same = [change.is_webhook for change in changes if change.kind is Kind.SAME]
    counted = [
        f"{sum(change.kind is kind for change in told)} {kind.value}"
        for kind in (Kind.CHANGED, Kind.REMOVED, Kind.ADDED)
        if any(change.kind is kind for change in told)
    ]
    summary = f"{', '.join(counted)}; " if counted else ""
    things = count(len(same) - sum(same), "interaction")
    if any(change.is_webhook for change in changes):
        things += f" and {count(sum(same), 'webhook')}"
    return f"{summary}{things} the same."


def _select_told(changes: Sequence[Change]) -> list[Change]:
    return [change for change in changes if change.kind is not Kind.SAME]


def _format_request(change: Change) -> str:
    if change.is_webhook:
        return f"webhook {change.request.method} {change.request.shown_url}"
    return format_operation(change.request)


def _describe_move(change: Change) -> str:
    if change.before and change.after and change.before != change.after:
        return f", now {change.after}."
    return ""


def _describe_aspect(difference: Mismatch) -> str:
    return _ABOUT.get(difference.aspect, difference.aspect.value)


def _format_value(value: str | None) -> str:
    return "(absent)" if value is None or value == "none" else value


def _build_data(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind.value,
        **({"webhook": True} if change.is_webhook else {}),
        "method": change.request.effective_method,
        "path": change.request.path,
        "status": change.status,
        "before": change.before,
        "after": change.after,
        "asked": [
            {"part": asked.label, "before": asked.recorded, "after": asked.sent}
            for asked in change.requested
        ],
        "answered": [
            {
                "aspect": _describe_aspect(said),
                "where": said.where,
                "before": said.recorded,
                "after": said.expected,
            }
            for said in change.answered
        ],
    }
