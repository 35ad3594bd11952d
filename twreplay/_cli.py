"""The command line: look at cassettes, export the API."""

from __future__ import annotations

import json
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import click

from twreplay._cassette import SUFFIXES, load, printable
from twreplay._resources import PROFILES, RESOURCES, Profile
from twreplay._resources._openapi import openapi as openapi_of
from twreplay.errors import CassetteError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="twreplay")
def main() -> None:
    """Look at cassettes of Twilio's 2008-08-01 API, and at the API itself."""


@main.command("ls")
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
    for path in (found for given in paths or (Path("cassettes"),) for found in _files(given)):
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
        # A terminal obeys what a cassette may hold, so nothing is shown as it stands.
        click.secho(printable(f"{number}. {request.effective_method} {request.url}"), bold=True)
        click.echo(printable(f"   as {who}"))
        for name, value in request.form:
            click.echo(printable(f"   {name} = {value}"))
        status = f"{response.status} {response.reason}"
        click.echo(printable(f"   -> {status}, {len(response.body)} bytes"))
        kind = response.headers.get("content-type", "")
        if response.body and not kind.startswith("audio/"):
            click.echo(printable(f"   {response.body.decode('utf-8', 'replace').strip()}"))
        click.echo()


@main.command()
@click.option("--profile", type=click.Choice(PROFILES), default="documented", show_default=True)
def openapi(profile: str) -> None:
    """
    Print the API as an OpenAPI 3.1 document.

    For example: twreplay openapi > openapi.json
    """
    document = openapi_of(RESOURCES, Profile(profile), version("twreplay"))
    click.echo(json.dumps(document, indent=2))


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(found for found in path.rglob("*") if found.suffix in SUFFIXES)
