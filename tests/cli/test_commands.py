from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ACCOUNT, SMS_AND_CALLS

from twreplay._cli import main

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def twreplay(tmp_path, monkeypatch):
    """The command, run in a project with one cassette."""
    monkeypatch.chdir(tmp_path)
    Path("cassettes/calls").mkdir(parents=True)
    Path("cassettes/calls/both.yaml").write_text(SMS_AND_CALLS)

    def run(*arguments: str):
        result = CliRunner().invoke(main, arguments)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return run


class TestLs:
    def test_lists_the_cassettes_of_the_project(self, twreplay):
        result = twreplay("ls")

        assert result.exit_code == 0
        assert result.stdout == "cassettes/calls/both.yaml: 2 (2 x 200), documentation\n"

    def test_lists_files_and_folders(self, twreplay):
        Path("empty.json").write_text('{"version": 1, "interactions": []}')

        result = twreplay("ls", "empty.json", "cassettes")

        assert result.exit_code == 0
        assert result.stdout.splitlines()[0] == "empty.json: 0 (empty), another tool"

    def test_damage_is_named_and_the_rest_is_listed(self, twreplay):
        Path("cassettes/bad.yaml").write_text("interactions:\n- [")

        result = twreplay("ls")

        assert result.exit_code == 1
        assert result.stderr == "cassettes/bad.yaml ends in the middle of interaction 1.\n"
        assert "both.yaml: 2" in result.stdout

    def test_a_later_format_is_named(self, twreplay):
        Path("new.yaml").write_text("version: 9\ninteractions: []\n")

        result = twreplay("ls", "new.yaml")

        assert result.exit_code == 1
        assert "format 9" in result.stderr

    def test_without_cassettes_says_so(self, twreplay, tmp_path, monkeypatch):
        (tmp_path / "other").mkdir()
        monkeypatch.chdir(tmp_path / "other")

        result = twreplay("ls")

        assert result.exit_code == 2
        assert "there is no folder cassettes here" in result.stderr

    def test_a_path_that_is_not_there(self, twreplay):
        assert twreplay("ls", "nowhere").exit_code == 2


class TestShow:
    def test_shows_what_was_asked_as_whom_and_answered(self, twreplay):
        result = twreplay("show", "cassettes/calls/both.yaml")

        assert result.exit_code == 0
        assert result.stdout.splitlines()[:6] == [
            f"1. POST https://api.twilio.com/2008-08-01/Accounts/{ACCOUNT}/SMS/Messages",
            f"   as {ACCOUNT}",
            "   From = 4158675309",
            "   To = 4155551212",
            "   Body = Hi Jenny!",
            "   -> 200 OK, 81 bytes",
        ]

    def test_damage_is_explained(self, twreplay):
        Path("bad.yaml").write_text("interactions:\n- [")

        result = twreplay("show", "bad.yaml")

        assert result.exit_code == 1
        assert "line 2, column 4" in result.stderr
        assert "Traceback" not in result.output

    def test_a_body_that_is_not_text_is_not_shown(self, twreplay):
        text = SMS_AND_CALLS.replace("application/xml", "audio/x-wav")
        Path("audio.yaml").write_text(text)

        assert "<Status>" not in twreplay("show", "audio.yaml").stdout

    @pytest.mark.parametrize("given", ["nowhere.yaml", "cassettes"])
    def test_a_path_that_is_no_file(self, twreplay, given):
        assert twreplay("show", given).exit_code == 2

    def test_nothing_of_the_cassette_reaches_the_terminal_as_a_command(self, twreplay):
        text = SMS_AND_CALLS.replace("method: GET", 'method: "\\e[2JGET"')
        Path("escape.yaml").write_text(text)

        assert "2. \N{REPLACEMENT CHARACTER}[2JGET" in twreplay("show", "escape.yaml").stdout


def test_each_shipped_cassette_can_be_shown(twreplay):
    files = sorted((REPOSITORY / "cassettes").rglob("*.yaml"))

    assert files
    for file in files:
        assert twreplay("show", str(file)).exit_code == 0


def test_help_names_the_commands(twreplay):
    assert {"ls", "show"} <= set(twreplay("-h").stdout.split())
