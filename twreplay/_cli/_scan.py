"""``twreplay scan``: what looks like a credential in cassettes, whoever wrote them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import click

from twreplay._cassette import Finding, Recording, printable, text_of, with_lines
from twreplay._cassette import scan as look
from twreplay._cli._output import (
    Readable,
    allow_empty_option,
    json_option,
    paths_argument,
    print_json,
    tell,
)


@dataclass(frozen=True, slots=True)
class Scanned:
    """One cassette and what was found in it."""

    path: Path
    findings: tuple[Finding, ...]


@click.command()
@paths_argument
@click.option(
    "--not-secret",
    multiple=True,
    metavar="NAME",
    help="A header or field, or a value, that only looks like a credential. May be repeated.",
)
@allow_empty_option
@json_option
def scan(
    paths: tuple[Path, ...], not_secret: tuple[str, ...], allow_empty: bool, as_json: bool
) -> None:
    """
    Look for credentials in the cassettes in PATHS, also those of vcrpy and its kin.

    PATHS are files or folders; by default the folder cassettes. What is found is named, and never
    shown.

    Exits with 0 if there is nothing, 1 if there is something, 2 if a file could not be read.

    For example: twreplay scan cassettes tests
    """
    cassettes = Readable(paths, "scan", allow_empty=allow_empty)
    results = [_scanned(path, recording, not_secret) for path, recording in cassettes]
    total = sum(len(result.findings) for result in results)
    if as_json:
        print_json(_as_data(results))
    else:
        for result in results:
            for found in result.findings:
                click.echo(printable(f"{result.path}: {found}"))
        tell(f"{total} found in {len(results)} files.")
    cassettes.end(found=total > 0)


def _scanned(path: Path, recording: Recording, not_secret: tuple[str, ...]) -> Scanned:
    findings = look(recording.interactions, not_secret)
    text = text_of(path) if findings else ""
    return Scanned(path, tuple(with_lines(findings, text, as_json=path.suffix == ".json")))


def _as_data(results: Iterable[Scanned]) -> dict[str, object]:
    found = [
        {
            "path": result.path.as_posix(),
            "line": finding.line,
            "interaction": finding.interaction,
            "part": finding.part,
            "where": finding.where,
            "name": finding.name,
            "kind": finding.kind,
        }
        for result in results
        for finding in result.findings
    ]
    return {"found": len(found), "findings": found}
