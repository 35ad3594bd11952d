from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from command_line import main


def write(name, *statuses, profile="documented"):
    """Write what a run of pytest does: how often each status of the list of calls was seen."""
    path = "/Accounts/{AccountSid}/Calls"
    cells = [{"method": "GET", "path": path, "status": each, "count": 1} for each in statuses]
    Path(name).write_text(json.dumps({"twreplay_coverage": 1, "profile": profile, "cells": cells}))


@pytest.fixture
def twreplay(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write("a.json", 200)
    write("b.json", 401)
    return lambda *arguments: CliRunner().invoke(main, ["coverage", *arguments])


def test_parts_add_up(twreplay):
    assert twreplay("combine", "a.json", "b.json", "-o", "all.json").exit_code == 0

    whole = json.loads(Path("all.json").read_text())
    assert {cell["status"] for cell in whole["cells"]} == {200, 401}


def test_parts_are_combined_into_a_page(twreplay):
    assert twreplay("combine", "a.json", "b.json", "-o", "all.html").exit_code == 0

    assert "40% of the documented answers" in Path("all.html").read_text()


def test_report_lists_what_was_answered_and_what_was_not(twreplay):
    result = twreplay("report", "a.json", "b.json")

    assert result.exit_code == 0
    assert "GET    /Calls  200x1, 401x1  302, 304, 500" in result.stdout


def test_report_can_be_had_as_json(twreplay):
    result = twreplay("report", "a.json", "--json")

    assert json.loads(result.stdout)["summary"]["answers_seen"] == 1


@pytest.mark.parametrize(("least", "code"), [("20", 0), ("20.1", 1)])
def test_report_fails_under_the_percentage_asked_for(twreplay, least, code):
    result = twreplay("report", "a.json", "--fail-under", least)

    assert result.exit_code == code
    assert ("20.0% is less than the 20.1% asked for." in result.stderr) == bool(code)


def test_a_file_that_is_no_coverage_is_named(twreplay):
    Path("c.json").write_text("{}")
    result = twreplay("report", "a.json", "c.json")

    assert result.exit_code == 2
    assert result.stderr == "Error: c.json is JSON, but no coverage of twreplay's.\n"


def test_files_of_two_profiles_are_not_added_up(twreplay):
    write("c.json", profile="observed")
    result = twreplay("report", "a.json", "c.json")

    assert result.exit_code == 2
    assert "c.json is for the profile observed" in result.stderr


@pytest.mark.parametrize("name", ["all.json", "all.html"])
def test_what_it_wrote_is_replaced_and_any_other_file_is_not(name, twreplay):
    assert twreplay("combine", "a.json", "-o", name).exit_code == 0
    assert twreplay("combine", "a.json", "-o", name).exit_code == 0
    Path(name).write_text("interactions: []\n")
    result = twreplay("combine", "a.json", "-o", name)

    assert result.exit_code == 2
    assert "there is a file that twreplay has not written" in result.stderr
    assert Path(name).read_text() == "interactions: []\n"
