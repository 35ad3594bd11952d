"""What commands print where the output cannot hold it, or is closed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cassette_files import read, write
from click.testing import CliRunner, Result
from command_line import main
from conftest import BASE
from extent import mark_slow_but

from twreplay import Interaction, Request, Response

NAME = "日本.yaml"
TEXT = "Zoë, 日本, \U0001f600 and …"
SUITE = """\
import vcr

def test_it():
    with vcr.use_cassette("日本.yaml") as cassette:
        print("日本", cassette.data)
"""

COMMANDS = (
    *("accept --list d", "accept --yes d", "convert a.yaml o.har", "coverage report c.json"),
    *("completion bash", "diff a.yaml b.yaml", "diff --json a.yaml b.yaml", "doctor"),
    *("explain 20003", "explain 日本", "ls d", "ls --json d", "merge a.yaml b.yaml -o o.yaml"),
    *("migrate d", "migrate --json d", "minimise d/日本.yaml -- false", "openapi", "prune d"),
    *("ready d", "redact d", "scan d", "scan --format=github d", "show d/日本.yaml"),
    *("show --json d/日本.yaml", "show d --html o", "twiml d", "verify d", "verify --json d"),
    *("verify --format=sarif d", "日本", "--help", "serve --help", "run --help", "call --help"),
)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """The current folder, with cassettes that have letters of few encodings."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d").mkdir()
    for name, status in (("a.yaml", "busy"), (f"d/{NAME}", "busy"), ("b.yaml", "queued")):
        write(tmp_path / name, *build(status))
    write(tmp_path / "d" / "日本.failed.yaml", *build("queued"))
    (tmp_path / "d" / "test_it.py").write_text(SUITE, "utf-8")
    (tmp_path / "d" / "日本.xml").write_text(f"<Response><Oops>{TEXT}</Oops></Response>", "utf-8")
    return tmp_path


def build(status: str) -> list[Interaction]:
    sid = f"CA{7:032x}"
    body = f"<TwilioResponse><Call><Sid>{sid}</Sid><Status>{status} {TEXT}</Status></Call>"
    headers = {"Content-Type": "application/xml", "X-Said": TEXT}
    response = Response(200, headers, f"{body}</TwilioResponse>")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return [
        Interaction(Request("POST", f"{BASE}/Calls/{sid}", form, "Status=%E6%97%A5"), response),
        Interaction(
            Request("POST", f"{BASE}/Calls", {"Content-Type": "text/plain"}, TEXT), response
        ),
    ]


def invoke(charset: str, command: str) -> Result:
    result = CliRunner(charset=charset).invoke(main, command.split())
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.mark.parametrize("charset", mark_slow_but("cp1252", of=["ascii", "latin-1", "cp1252"]))
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_ends_as_it_does_on_a_terminal_of_utf_8(folder, command, charset):
    said = invoke(charset, command)
    told = read(folder / "d" / NAME)[0]
    for made in folder.glob("o*"):
        if made.is_file():
            made.unlink()
    folder.joinpath("d", "日本.failed.yaml").unlink(missing_ok=True)
    write(folder / "d" / NAME, *build("busy"))
    write(folder / "d" / "日本.failed.yaml", *build("queued"))

    assert said.exit_code == invoke("utf-8", command).exit_code
    assert told == read(folder / "d" / NAME)[0]


@pytest.mark.parametrize("charset", ["ascii", "latin-1", "cp1252", "utf-8"])
@pytest.mark.parametrize(
    "command",
    ["diff --json a.yaml b.yaml", "ls --json d", "show --json d/日本.yaml", "verify --json d"],
)
def test_json_reads_back_as_what_it_was(command, charset):
    assert json.loads(invoke(charset, command).stdout) == json.loads(
        invoke("utf-8", command).stdout
    )


def test_what_twreplay_itself_prints_is_spelled_in_ascii(folder):
    shown = invoke("latin-1", "diff a.yaml b.yaml").stdout

    assert "Zoë" in shown
    assert "\\u65e5\\u672c, \\U0001f600 and ..." in shown


def test_accepting_is_done_whatever_can_be_shown_of_it(folder):
    result = invoke("cp1252", "accept --yes d")

    assert result.exit_code == 0
    assert "queued" in (folder / "d" / NAME).read_text("utf-8")
    assert not (folder / "d" / "日本.failed.yaml").exists()


def test_the_choice_of_the_user_and_the_streams_are_as_before_afterwards(capsys, monkeypatch):
    with Path("out").open("w", encoding="latin-1", errors="replace") as out:
        monkeypatch.setattr(sys, "stdout", out)
        with pytest.raises(SystemExit):
            main(["show", f"d/{NAME}"])
        assert (sys.stdout, out.errors) == (out, "replace")
    with Path("err").open("w", encoding="latin-1", errors="strict") as err:
        monkeypatch.setattr(sys, "stdout", err)
        with pytest.raises(SystemExit):
            main(["show", f"d/{NAME}"])
        assert (sys.stdout, err.errors) == (err, "strict")

    assert "Zoë, ??, ? and ?" in Path("out").read_text("latin-1")


@pytest.mark.parametrize("closed", [["stdout"], ["stdin", "stdout", "stderr"]])
@pytest.mark.parametrize("command", [*COMMANDS, "accept d", "twiml -"])
def test_every_command_ends_where_streams_are_closed(command, closed, monkeypatch):
    for name in closed:
        monkeypatch.setattr(sys, name, None)

    with pytest.raises(SystemExit) as ended:
        main(command.split())

    assert ended.value.code in (0, 1, 2)
    assert all(getattr(sys, name) is None for name in closed)


@pytest.mark.parametrize(
    "closing", mark_slow_but(">&-", of=[">&-", "2>&-", "<&- >&- 2>&-", "1</dev/null"])
)
def test_a_shell_that_closes_streams_gets_the_exit_status_and_no_traceback(folder, closing):
    line = f'"$0" -m twreplay diff a.yaml b.yaml {closing}'
    ended = subprocess.run(["sh", "-c", line, sys.executable], capture_output=True, text=True)

    assert ended.returncode == (2 if closing.startswith("1<") else 1)
    assert "Traceback" not in ended.stderr
