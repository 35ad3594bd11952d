"""``twreplay openapi``: the API for other tools."""

from __future__ import annotations

import json
from importlib.metadata import version

import click

from twreplay._api import PROFILES, RESOURCES, Profile
from twreplay._api import build_openapi as openapi_of


@click.command()
@click.option("--profile", type=click.Choice(PROFILES), default="documented", show_default=True)
def openapi(profile: str) -> None:
    """
    Print the API as an OpenAPI 3.1 document.

    For example: twreplay openapi > openapi.json
    """
    document = openapi_of(RESOURCES, Profile(profile), version("twreplay"))
    click.echo(json.dumps(document, indent=2))
