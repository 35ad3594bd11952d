"""``twreplay show``: one cassette, as a person wants to read it."""

from __future__ import annotations

from pathlib import Path

import click

from twreplay._cassette import load, printable
from twreplay.errors import CassetteError


@click.command()
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
