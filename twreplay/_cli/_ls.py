"""``twreplay ls``: the cassettes of a project, a line each."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from twreplay._cassette import load, printable
from twreplay._cli._files import cassettes_below
from twreplay.errors import CassetteError


@click.command("ls")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
def list_cassettes(paths: tuple[Path, ...]) -> None:
    """
    List the cassettes in PATHS (files or folders; default: cassettes).

    Exits with 1 if one of them cannot be read.
    """
    if not paths and not Path("cassettes").is_dir():
        msg = "there is no folder cassettes here; say which files or folders to list."
        raise click.UsageError(msg)
    damaged = False
    for path in (
        found for given in paths or (Path("cassettes"),) for found in cassettes_below(given)
    ):
        try:
            recording = load(path)
        except CassetteError as error:
            damaged = True
            click.echo(error.explanation.headline, err=True)
            continue
        statuses = Counter(i.response.status for i in recording.interactions)
        counted = ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
        origin = "another tool" if recording.foreign else recording.origin
        line = f"{path}: {len(recording.interactions)} ({counted or 'empty'}), {origin}"
        click.echo(printable(line))
    if damaged:
        raise SystemExit(1)
