"""The command line: look at cassettes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from twreplay._cassette import load
from twreplay.errors import CassetteError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="twreplay")
def main() -> None:
    """Look at cassettes of Twilio's 2008-08-01 API."""


@main.command("ls")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
def list_cassettes(paths: tuple[Path, ...]) -> None:
    """
    List the cassettes in PATHS (files or folders; default: cassettes).

    Exits with 1 if one of them cannot be read.
    """
    damaged = False
    for path in (found for given in paths or (Path("cassettes"),) for found in _files(given)):
        try:
            recording = load(path)
        except CassetteError as error:
            damaged = True
            click.echo(f"{path}: {error.explanation.headline}", err=True)
            continue
        statuses = Counter(i.response.status for i in recording.interactions)
        counted = ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
        origin = "another tool" if recording.foreign else recording.origin
        click.echo(f"{path}: {len(recording.interactions)} ({counted or 'empty'}), {origin}")
    if damaged:
        raise SystemExit(1)


@main.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def show(path: Path) -> None:
    """Show the interactions of the cassette PATH as a person wants to read them."""
    try:
        recording = load(path)
    except CassetteError as error:
        raise click.ClickException(str(error)) from error
    for number, interaction in enumerate(recording.interactions, 1):
        request, response = interaction.request, interaction.response
        who = request.credentials.account_sid if request.credentials else "nobody"
        click.secho(f"{number}. {request.effective_method} {request.url}", bold=True)
        click.echo(f"   as {who}")
        for name, value in request.form:
            click.echo(f"   {name} = {value}")
        click.echo(f"   -> {response.status} {response.reason}, {len(response.body)} bytes")
        kind = response.headers.get("content-type", "")
        if response.body and not kind.startswith("audio/"):
            click.echo(f"   {response.body.decode('utf-8', 'replace').strip()}")
        click.echo()


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    kinds = {".yaml", ".yml", ".json"}
    return sorted(found for found in path.rglob("*") if found.suffix in kinds)
