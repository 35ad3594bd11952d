"""Named pipes where a command reads or writes a file: told at once, and never waited for."""

from __future__ import annotations

import os
import signal

import pytest
from cassette_files import write
from command_line import run
from conftest import BASE

from twreplay import Interaction, Request, Response

PATIENCE_SECONDS = 60


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """
    The current folder: cassettes, and pipes that nobody writes into.

    A command that opens one is ended with an error: the test would hang.
    """

    def stop(number, frame):
        raise AssertionError("the command waits for the pipe")

    monkeypatch.chdir(tmp_path)
    interaction = Interaction(Request("GET", f"{BASE}/Calls"), Response(200))
    (tmp_path / "d").mkdir()
    for name in ("c.yaml", "d/real.yaml", "d/b.failed.yaml"):
        write(tmp_path / name, interaction)
    for name in (
        *("f", "f.yaml", "f.py", "f.xml", "d/a.failed.yaml", "d/b.yaml"),
        *("d/test_x.py", "d/t.xml", "d/requirements.txt", "d/setup.cfg", "pyproject.toml"),
    ):
        os.mkfifo(tmp_path / name)
    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(PATIENCE_SECONDS)
    yield tmp_path
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(
    "command",
    [
        *("accept --list d", "accept --yes d", "accept --reject d"),
        *("convert f o.json", "convert f.yaml o.json", "convert --from=har f o.json"),
        *("coverage report f", "coverage combine f -o o.json"),
        *("diff f c.yaml", "diff c.yaml f.yaml", "merge f c.yaml -o o.yaml"),
        *("ls d", "ls f.yaml", "migrate d", "migrate f.py", "minimise f.yaml -- true"),
        *("prune f.yaml", "ready d", "ready f", "redact d", "redact f.yaml"),
        *("run --cassette f.yaml -- true", "scan f", "scan f.yaml", "serve --cassette f.yaml"),
        *("show f", "show c.yaml --html f", "show d --html o"),
        *("twiml f", "twiml d", "twiml f.xml", "verify d", "verify f.yaml"),
    ],
)
def test_a_pipe_in_place_of_a_file_ends_with_status_2(folder, command):
    result = run(*command.split())

    assert result.exit_code == 2
    assert (folder / "f").is_fifo()
    assert not list(folder.glob("o.*"))


@pytest.mark.parametrize(
    ("command", "named"),
    [
        ("accept --list d", "d/a.failed.yaml is a named pipe, not a file"),
        ("accept --yes d", "d/b.yaml could not be written: it is a named pipe, not a file"),
        ("convert f o.json", "f is a named pipe, not a file"),
        ("coverage report f", "f cannot be read: it is a named pipe, not a file"),
        ("migrate d", "d/test_x.py: cannot be read: it is a named pipe, not a file"),
        ("show c.yaml --html f", "f could not be written: it is a named pipe, not a file"),
        ("twiml d", "d/t.xml: could not be read: it is a named pipe, not a file"),
    ],
)
def test_the_message_names_the_pipe(command, named):
    assert named in run(*command.split()).output


def test_a_cassette_that_is_a_pipe_leaves_what_lies_beside_it(folder):
    run("accept", "--yes", "d")

    assert (folder / "d" / "b.failed.yaml").is_file()
    assert (folder / "d" / "b.yaml").is_fifo()


@pytest.mark.parametrize("command", ["doctor", "explain 20003", "ls c.yaml"])
def test_settings_that_are_a_pipe_are_passed_over(command):
    assert run(*command.split()).exit_code == 0


def test_a_pipe_that_a_shell_hands_over_is_read():
    reading, writing = os.pipe()
    os.write(writing, b"<Response/>")
    os.close(writing)
    try:
        result = run("twiml", f"/dev/fd/{reading}")
    finally:
        os.close(reading)

    assert result.exit_code == 0, result.output
    assert "0 findings in 1 file" in result.output


def test_a_pipe_that_a_shell_hands_over_is_written(folder):
    with (folder / "page").open("wb") as page:
        result = run("show", "c.yaml", "--html", f"/dev/fd/{page.fileno()}")

    assert result.exit_code == 0, result.output
