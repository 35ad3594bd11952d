"""Runs ``twreplay migrate`` on a file, and shows what it makes of it."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

from command_line import run

ACCOUNT = "AC0123456789abcdef0123456789abcdef"
CALLS = f"https://api.twilio.com/2008-08-01/Accounts/{ACCOUNT}/Calls"

CASSETTE = """\
interactions:
- request:
    body: null
    headers: {{}}
    method: GET
    uri: {url}
  response:
    body: {{string: '<TwilioResponse/>'}}
    headers: {{}}
    status: {{code: 200, message: OK}}
version: 1
"""


class Migrated:
    """
    A file after its migration.

    Attributes:
        text: What is in it.

        notes: The list for people, as in the JSON of the command.

        status: The exit status.
    """

    def __init__(self, path: Path, data: dict[str, Any], status: int) -> None:
        self.text = path.read_text("utf-8")
        self.notes = data["notes"]
        self.units = data["units"]
        self.status = status

    def tell(self, kind: str = "left") -> list[str]:
        """Return why, of the notes of one kind."""
        return [note["why"] for note in self.notes if note["kind"] == kind]


def migrate(folder: Path, source: str, *options: str, name: str = "test_it.py") -> Migrated:
    """Write *source* into *folder*, migrate the folder, and return the file."""
    path = folder / name
    path.write_text(textwrap.dedent(source).lstrip("\n"), "utf-8")
    done = run("migrate", folder, "--write", "--json", *options)
    assert done.stdout, done.stderr
    return Migrated(path, json.loads(done.stdout), done.exit_code)


def write_cassette(path: Path, *urls: str) -> None:
    """Write a cassette as vcrpy does, with a request for each of *urls*."""
    path.parent.mkdir(parents=True, exist_ok=True)
    texts = [CASSETTE.format(url=url) for url in urls or (CALLS,)]
    first, *others = texts
    head = first.removesuffix("version: 1\n")
    more = [text.removeprefix("interactions:\n").removesuffix("version: 1\n") for text in others]
    path.write_text("".join([head, *more, "version: 1\n"]), "utf-8")
