"""What docs/cli.md shows is what the commands print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from command_line import main

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
SHOWN = dict(re.findall(r"^\$ twreplay (.*)\n((?:(?!\$ |```).*\n)*)", PAGE, re.MULTILINE))


@pytest.mark.parametrize("command", ["ls cassettes", "explain 21211"])
def test_what_is_shown_is_printed(command, monkeypatch):
    monkeypatch.chdir(ROOT)

    assert CliRunner().invoke(main, command.split()).stdout == SHOWN[command]


def test_each_command_is_in_the_table():
    assert re.findall(r"^\| \[`twreplay (\w+)`\]", PAGE, re.MULTILINE) == list(main.commands)


def test_each_option_of_what_the_page_is_about_is_on_it():
    for name in ("show", "accept", "prune", "merge", "convert"):
        options = {opt for param in main.commands[name].params for opt in param.opts if "--" in opt}
        common = {"--help", "--json", "--force", "--not-secret", "--cache-dir", "--output", "--all"}
        for option in options - common:
            assert option in PAGE
