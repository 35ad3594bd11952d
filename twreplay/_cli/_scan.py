"""``twreplay scan``: what looks like a credential in cassettes, whoever wrote them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import click

from twreplay._cassette import Finding, load, printable, text_of, with_lines
from twreplay._cassette import scan as scanned
from twreplay._cli._output import cassettes_below
from twreplay.errors import CassetteError

_FOUND, _NOT_SCANNED = 1, 2


@dataclass(frozen=True, slots=True)
class Scanned:
    """One cassette and what was found in it."""

    path: Path
    findings: tuple[Finding, ...]


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--not-secret",
    multiple=True,
    metavar="NAME",
    help="A header or field, or a value, that only looks like a credential. May be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON, for other programs.")
def scan(paths: tuple[Path, ...], not_secret: tuple[str, ...], as_json: bool) -> None:
    """
    Look for credentials in the cassettes in PATHS, also those of vcrpy and its kin.

    PATHS are files or folders; by default the folder cassettes. What is found is named, and never
    shown.

    Exits with 0 if there is nothing, 1 if there is something, 2 if a file could not be read.

    For example: twreplay scan cassettes tests
    """
    if not paths and not Path("cassettes").is_dir():
        msg = "there is no folder cassettes here; say which files or folders to scan."
        raise click.UsageError(msg)
    results, damaged = _scan(paths or (Path("cassettes"),), not_secret)
    if as_json:
        click.echo(json.dumps(_as_data(results), indent=2))
    else:
        for result in results:
            for found in result.findings:
                click.echo(printable(f"{result.path}: {found}"))
        total = sum(len(result.findings) for result in results)
        click.echo(f"{total} found in {len(results)} files.", err=True)
    if damaged:
        raise SystemExit(_NOT_SCANNED)
    if any(result.findings for result in results):
        raise SystemExit(_FOUND)


def _scan(paths: Iterable[Path], not_secret: tuple[str, ...]) -> tuple[list[Scanned], bool]:
    results, damaged = [], False
    for path in (found for given in paths for found in cassettes_below(given)):
        try:
            findings = scanned(load(path).interactions, not_secret)
        except CassetteError as error:
            damaged = True
            click.echo(error.explanation.headline, err=True)
            continue
        text = text_of(path) if findings else ""
        findings = with_lines(findings, text, as_json=path.suffix == ".json")
        results.append(Scanned(path, tuple(findings)))
    return results, damaged


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
