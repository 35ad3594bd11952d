"""``twreplay ls``: the cassettes of a project, a line each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from twreplay._cassette import Recording, compute_age, format_age
from twreplay._cli.output import (
    Readable,
    allow_empty_option,
    count,
    create_console,
    is_terminal,
    json_option,
    paths_argument,
    print_json,
    text,
)
from twreplay._display import visible_line


@dataclass(frozen=True, slots=True)
class Listed:
    """One cassette."""

    path: Path
    recording: Recording
    age: timedelta | None

    @property
    def statuses(self) -> dict[int, int]:
        """The number of responses with each status."""
        counted = Counter(i.response.status for i in self.recording.interactions)
        return dict(sorted(counted.items()))

    @property
    def told(self) -> str:
        """The statuses, formatted."""
        return ", ".join(f"{times} x {status}" for status, times in self.statuses.items())

    @property
    def origin(self) -> str:
        """The tool or the kind of recording."""
        return "another tool" if self.recording.foreign else self.recording.origin


@click.command("ls", short_help="List cassettes, with their size, age and origin.")
@paths_argument
@allow_empty_option
@json_option
def list_cassettes(paths: tuple[Path, ...], allow_empty: bool, as_json: bool) -> None:
    """
    List the cassettes in PATHS.

    PATHS are files or folders; by default those of the project. On a terminal as a
    table, otherwise a line for each.

    For example: twreplay ls cassettes tests
    """
    cassettes = Readable(paths, "list", allow_empty=allow_empty)
    now = datetime.now(UTC)
    listed = [Listed(path, known, compute_age(now, known.recorded_at)) for path, known in cassettes]
    if as_json:
        print_json({"cassettes": [_build_data(each) for each in listed]})
    elif is_terminal():
        _print_table(listed)
    else:
        for each in listed:
            number = len(each.recording.interactions)
            told = each.told or "empty"
            if webhooks := len(each.recording.webhooks):
                told += f"; {count(webhooks, 'webhook')}"
            line = f"{each.path}: {number} ({told}), {each.origin}"
            click.echo(visible_line(line))
    cassettes.end()


def _build_data(each: Listed) -> dict[str, Any]:
    return {
        "path": each.path.as_posix(),
        "interactions": len(each.recording.interactions),
        "webhooks": len(each.recording.webhooks),
        "statuses": {str(status): count for status, count in each.statuses.items()},
        "origin": None if each.recording.foreign else each.recording.origin,
        "recorded_at": each.recording.recorded_at or None,
        "redacted": [] if each.recording.foreign else ["secrets", *each.recording.redacted],
        "bytes": each.path.stat().st_size,
    }


def _print_table(listed: list[Listed]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    have_webhooks = any(each.recording.webhooks for each in listed)
    webhooks = ("webhooks",) if have_webhooks else ()
    for name in ("cassette", "requests", *webhooks, "answers", "origin", "age"):
        table.add_column(name, justify="right" if name in ("requests", "webhooks") else "left")
    for each in listed:
        number = (str(len(each.recording.webhooks) or ""),) if have_webhooks else ()
        table.add_row(
            text(visible_line(str(each.path)), "bold"),
            str(len(each.recording.interactions)),
            *number,
            each.told or "empty",
            text(each.origin),
            format_age(each.age) if each.age is not None else "",
        )
    create_console().print(table)
