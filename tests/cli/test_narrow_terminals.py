"""``doctor``, ``explain`` and ``show`` break their lines at the width of the terminal."""

from __future__ import annotations

import re
from os import terminal_size

import pytest
from cassette_files import write
from command_line import run
from conftest import ACCOUNT, BASE
from rich.console import ConsoleDimensions

from twreplay import Headers, Interaction, Request, Response

COMMANDS = [
    ("explain", "21211"),
    ("explain", "q4"),
    ("explain", "404"),
    ("explain", "cassette-not-found"),
    ("doctor",),
    ("show", "calls.yaml"),
]
BODY = f'<Calls page="0" start="0" end="0"\turi="{BASE}/Calls"><Call/></Calls>'.encode()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A cassette in the current directory, with long texts."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cassettes").mkdir()
    headers = {"Authorization": f"Basic {ACCOUNT}:REDACTED"}
    form = "Body=" + "+".join(["several"] * 30)
    answer = Response(200, Headers([("Content-Type", "application/xml")]), BODY, "OK")
    write(
        tmp_path / "calls.yaml",
        Interaction(Request("POST", f"{BASE}/SMS/Messages", headers, form.encode()), answer),
    )


@pytest.fixture(params=["COLUMNS", "terminal"])
def narrow(request, monkeypatch):
    """Have lines of 60 letters, as the environment says or the terminal itself."""
    if request.param == "COLUMNS":
        monkeypatch.setenv("COLUMNS", "60")
        return
    monkeypatch.setattr("twreplay._cli.output.is_terminal", lambda: True)
    monkeypatch.setattr("twreplay._cli.output.get_terminal_size", lambda: terminal_size((60, 24)))
    monkeypatch.setattr("rich.console.Console.size", ConsoleDimensions(60, 24))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_lines_are_broken_between_words(command, narrow):
    shown = run(*command).output

    too_long = [line for line in shown.splitlines() if len(line.rstrip()) > 60]
    # A word that is longer is left whole; so are what one types, and the address of a request.
    assert [
        line
        for line in too_long
        if len(line.split()) > 1 and not re.search(r"twilio\.when\(|https?://|twreplay \w+ ", line)
    ] == []


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_nothing_is_lost(command, monkeypatch):
    whole = run(*command).output
    monkeypatch.setenv("COLUMNS", "60")

    shown = run(*command).output

    if command == ("explain", "cassette-not-found"):  # laid out without its marks
        whole = re.sub("`", "", whole)
        shown = f"{shown.partition('cassette-not-found')[2]}"
        whole = whole.partition("cassette-not-found")[2]
    assert "".join(shown.split()) == "".join(whole.split())


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_another_program_gets_whole_lines(command, monkeypatch):
    told = run(*command).output
    monkeypatch.setenv("COLUMNS", "5000")

    if command != ("explain", "cassette-not-found"):
        assert run(*command).output == told


def test_what_follows_stands_further_in(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")

    assert (
        "  simulated  200 in the documented profile, 204 in the\n             observed one\n"
    ) in run("explain", "q4").output
    assert '   <Calls page="0" start="0" end="0"\n     uri="' in run("show", "calls.yaml").output


def test_command_is_left_whole(monkeypatch):
    monkeypatch.setenv("COLUMNS", "44")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    assert run("doctor").output.partition("Problems\n")[2].splitlines() == [
        "  PYTEST_DISABLE_PLUGIN_AUTOLOAD keeps the",
        "    pytest plugin out: unset it, or run",
        "    pytest -p twreplay.pytest_plugin",
        "  cassettes has no cassette: record one, or",
        "    remove the folder",
    ]


@pytest.mark.parametrize("given", ["", "0", "wide", "-5", "²"])
def test_width_that_is_none_is_passed_over(given, monkeypatch):
    whole = run("explain", "q4").output
    monkeypatch.setenv("COLUMNS", given)

    assert run("explain", "q4").output == whole
