"""The command, and which subcommands it has."""

from __future__ import annotations

import click

from twreplay._cli._coverage import coverage
from twreplay._cli._export import openapi
from twreplay._cli._ls import list_cassettes
from twreplay._cli._prune import prune
from twreplay._cli._redact import redact
from twreplay._cli._scan import scan
from twreplay._cli._show import show
from twreplay._cli._verify import verify


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="twreplay")
def main() -> None:
    """Look at cassettes of Twilio's 2008-08-01 API, and at the API itself."""


for command in (list_cassettes, show, prune, coverage, openapi, redact, scan, verify):
    main.add_command(command)
