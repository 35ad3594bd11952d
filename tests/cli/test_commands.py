from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from command_line import main
from conftest import ACCOUNT, SMS_AND_CALLS
from extent import mark_slow_but

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


@pytest.mark.parametrize("group", [(), ("coverage",)])
def test_the_list_of_commands_is_not_cut_at_80_columns(group, twreplay, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")

    listed = twreplay(*group, "--help").stdout.partition("Commands:")[2].splitlines()

    assert len(listed) > 2
    assert [line for line in listed if "..." in line] == []


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

        assert result.exit_code == 2
        assert result.stderr == "cassettes/bad.yaml ends in the middle of interaction 1.\n"
        assert "both.yaml: 2" in result.stdout

    def test_a_later_format_is_named(self, twreplay):
        Path("new.yaml").write_text("version: 9\ninteractions: []\n")

        result = twreplay("ls", "new.yaml")

        assert result.exit_code == 2
        assert "format 9" in result.stderr

    def test_without_cassettes_says_so(self, twreplay, tmp_path, monkeypatch):
        (tmp_path / "other").mkdir()
        monkeypatch.chdir(tmp_path / "other")

        result = twreplay("ls")

        assert result.exit_code == 2
        assert "there is no folder cassettes here" in result.stderr

    def test_a_path_that_is_not_there(self, twreplay):
        assert twreplay("ls", "nowhere").exit_code == 2

    def test_json_has_each_cassette(self, twreplay):
        result = twreplay("ls", "--json")

        assert json.loads(result.stdout) == {
            "cassettes": [
                {
                    "path": "cassettes/calls/both.yaml",
                    "interactions": 2,
                    "webhooks": 0,
                    "statuses": {"200": 2},
                    "origin": "documentation",
                    "recorded_at": None,
                    "redacted": ["secrets"],
                    "bytes": len(SMS_AND_CALLS),
                }
            ]
        }

    def test_a_terminal_gets_a_table(self, twreplay, monkeypatch):
        monkeypatch.setattr("twreplay._cli.ls.is_terminal", lambda: True)

        lines = twreplay("ls").stdout.splitlines()

        assert [line.split() for line in lines] == [
            ["cassette", "requests", "answers", "origin", "age"],
            ["cassettes/calls/both.yaml", "2", "2", "x", "200", "documentation"],
        ]


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

        assert result.exit_code == 2
        assert "line 2, column 4" in result.stderr
        assert "Traceback" not in result.output

    def test_bodies_are_laid_out(self, twreplay):
        stdout = twreplay("show", "cassettes/calls/both.yaml", "1").stdout

        assert stdout.splitlines()[7:] == [
            "   <TwilioResponse>",
            "     <SMSMessage>",
            "       <Status>queued</Status>",
            "     </SMSMessage>",
            "   </TwilioResponse>",
            "",
        ]

    def test_only_the_numbers_asked_for(self, twreplay):
        stdout = twreplay("show", "cassettes/calls/both.yaml", "2").stdout

        assert stdout.startswith("2. GET ")
        assert "SMSMessage" not in stdout

    def test_a_number_that_there_is_not(self, twreplay):
        result = twreplay("show", "cassettes/calls/both.yaml", "1", "3")

        assert result.exit_code == 2
        assert "no interaction 3 in cassettes/calls/both.yaml; it has 2" in result.stderr

    def test_json_has_the_parts_of_the_interaction(self, twreplay):
        data = json.loads(twreplay("show", "cassettes/calls/both.yaml", "1", "--json").stdout)

        [interaction] = data["interactions"]
        assert data["origin"] == "documentation"
        assert interaction["as"] == ACCOUNT
        assert interaction["form"][2] == ["Body", "Hi Jenny!"]
        assert interaction["status"] == 200

    def test_as_a_page_in_which_everything_is_escaped(self, twreplay):
        text = SMS_AND_CALLS.replace("Hi+Jenny%21", "%3Cscript%3Ealert%281%29%3C%2Fscript%3E")
        Path("hostile.yaml").write_text(text.replace("Content-Type", "X<b>"))

        assert twreplay("show", "hostile.yaml", "--html", "page.html").exit_code == 0

        page = Path("page.html").read_text("utf-8")
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<script" not in page
        assert "X<b>" not in page
        assert "width=device-width" in page

    def test_a_page_that_cannot_be_written(self, twreplay):
        result = twreplay("show", "cassettes/calls/both.yaml", "--html", "nowhere/page.html")

        assert result.exit_code == 2
        assert "nowhere/page.html could not be written" in result.stderr

    def test_no_secret_that_another_tool_has_written_is_shown(self, twreplay, tmp_path):
        secret = "0ld70k3n" * 4
        text = SMS_AND_CALLS.replace("<Status>queued</Status>", f"<AuthToken>{secret}</AuthToken>")
        Path("theirs.yaml").write_text(text)

        for options in ([], ["--json"]):
            assert secret not in twreplay("show", "theirs.yaml", *options).output
        assert "REDACTED" in twreplay("show", "theirs.yaml").stdout

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

        assert "2. \\x1b[2JGET" in twreplay("show", "escape.yaml").stdout


def test_each_shipped_cassette_can_be_shown(twreplay):
    files = sorted((REPOSITORY / "cassettes").rglob("*.yaml"))

    assert files
    for file in files:
        assert twreplay("show", str(file)).exit_code == 0


def test_help_names_the_commands(twreplay):
    assert {"ls", "show"} <= set(twreplay("-h").stdout.split())


class TestEveryCommand:
    def test_one_that_there_is_not_is_answered_with_the_nearest(self, twreplay):
        result = twreplay("lst")

        assert result.exit_code == 2
        assert "there is no command lst; did you mean ls?" in result.stderr

    @pytest.mark.parametrize("name", sorted(main.commands))
    def test_has_help_with_an_example(self, twreplay, name):
        text = twreplay(name, "--help").stdout
        subcommands = getattr(main.commands[name], "commands", {})

        for each in subcommands or [""]:
            text = twreplay(name, *([each] if each else []), "--help").stdout
            assert "For example" in text or "twreplay" in text.partition("\n\n")[2]

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_completion_is_printed_for_each_shell(self, twreplay, shell):
        assert "_TWREPLAY_COMPLETE" in twreplay("completion", shell).stdout

    def test_what_bash_asks_for_is_completed(self, tmp_path):
        asked = {
            "_TWREPLAY_COMPLETE": "bash_complete",
            "COMP_WORDS": "twreplay co",
            "COMP_CWORD": "1",
        }
        command = [
            sys.executable,
            "-c",
            "from twreplay._cli import main; main(prog_name='twreplay')",
        ]

        done = subprocess.run(command, env={**os.environ, **asked}, capture_output=True, text=True)

        assert sorted(done.stdout.split()) == [
            "plain,completion",
            "plain,convert",
            "plain,coverage",
        ]

    def test_a_pipe_that_is_closed_is_no_error_to_be_told(self, tmp_path):
        (tmp_path / "many.yaml").write_text(SMS_AND_CALLS)
        code = "from twreplay._cli import main; main()"
        command = f"{sys.executable} -c '{code}' show many.yaml --json | head -c 1"

        done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True)

        assert done.stdout == "{"
        assert "Traceback" not in done.stderr


def test_a_hook_of_git_waits_for_no_command_but_its_own(tmp_path):
    (tmp_path / "calls.yaml").write_text(SMS_AND_CALLS)
    code = (
        "import sys; from twreplay._cli import main; main(['scan', '.'], standalone_mode=False); "
        "print([name for name in sys.modules if name.startswith('twreplay._simulator')])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert done.stdout.endswith("[]\n")


def test_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "twreplay", "--version"], capture_output=True, text=True, check=True
    )

    assert "twreplay" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux that is always full")
@pytest.mark.parametrize(
    "arguments",
    mark_slow_but(
        ["--help"],
        of=[["--help"], ["explain", "q4"], ["doctor"], ["ls", "--json"], ["serve", "--port", "0"]],
    ),
)
def test_output_that_cannot_be_written_is_told_in_one_line(arguments, tmp_path):
    (tmp_path / "cassettes").mkdir()
    (tmp_path / "cassettes" / "calls.yaml").write_text(SMS_AND_CALLS, "utf-8")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "twreplay", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            check=False,
        )

    assert done.stderr == "Error: the output cannot be written: No space left on device.\n"
    assert done.returncode == 2
