"""Which folders commands look in where none is given."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner
from command_line import main
from conftest import SMS_AND_CALLS


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("tests/cassettes/test_a", "api/cassettes", ".venv/cassettes", "env/cassettes"):
        path = tmp_path / folder
        path.mkdir(parents=True)
        (path / "a.yaml").write_text(SMS_AND_CALLS)
    (tmp_path / "env/pyvenv.cfg").touch()
    return tmp_path


def list_paths(*command):
    result = CliRunner().invoke(main, [*command])
    assert result.exit_code == 0, result.output
    return [line.partition(":")[0] for line in result.stdout.splitlines()]


def test_every_folder_cassettes_of_the_project_is_looked_in(project):
    assert list_paths("ls") == ["api/cassettes/a.yaml", "tests/cassettes/test_a/a.yaml"]


def test_scan_and_verify_look_there_as_well(project):
    for command in ("scan", "verify"):
        result = CliRunner().invoke(main, [command])
        assert result.exit_code < 2
        assert "2 files" in result.output or "2 cassettes" in result.output


def test_folder_of_the_project_settings_comes_first(project):
    text = '[tool.twreplay]\ncassette_dir = "tests/cassettes"\n'
    (project / "pyproject.toml").write_text(text)

    assert list_paths("ls") == ["tests/cassettes/test_a/a.yaml"]


def test_settings_of_a_folder_above_count(project, monkeypatch):
    text = '[tool.twreplay]\ncassette_dir = "tests/cassettes"\n'
    (project / "pyproject.toml").write_text(text)
    monkeypatch.chdir(project / "api")

    (line,) = list_paths("ls")

    assert line.endswith("tests/cassettes/test_a/a.yaml")


def test_settings_that_cannot_be_read_are_named(project):
    (project / "pyproject.toml").write_text("[tool.twreplay]\na = = 1\n")

    result = CliRunner().invoke(main, ["ls"])

    assert result.exit_code == 2
    assert "pyproject.toml cannot be read" in result.stderr


def test_module_is_the_command():
    command = [sys.executable, "-m", "twreplay", "--version"]

    assert subprocess.run(command, capture_output=True, check=True, text=True).stdout.startswith(
        "python -m twreplay, version "
    )
