from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from command_line import main

from twreplay._reports.coverage import Coverage, dump_coverage, read_coverage

CALLS = "/2008-08-01/Accounts/AC1/Calls"


@pytest.fixture
def twreplay(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, status in (("a", 200), ("b", 401)):
        coverage = Coverage()
        coverage.add("GET", CALLS, status)
        Path(f"{name}.json").write_text(dump_coverage(coverage))
    return lambda *arguments: CliRunner().invoke(main, ["coverage", *arguments])


def test_parts_add_up(twreplay):
    assert twreplay("combine", "a.json", "b.json", "-o", "all.json").exit_code == 0

    whole = read_coverage(Path("all.json").read_text())
    assert {status for _, _, status in whole.counts} == {200, 401}


def test_a_page_of_the_whole(twreplay):
    assert twreplay("combine", "a.json", "b.json", "-o", "all.html").exit_code == 0

    assert "40% of the documented answers" in Path("all.html").read_text()


def test_report(twreplay):
    result = twreplay("report", "a.json", "b.json")

    assert result.exit_code == 0
    assert "GET    /Calls  200x1, 401x1  302, 304, 500" in result.stdout


def test_report_as_json(twreplay):
    result = twreplay("report", "a.json", "--json")

    assert read_coverage(result.stdout).compute_summary().seen == 1


@pytest.mark.parametrize(("least", "code"), [("20", 0), ("20.1", 1)])
def test_too_little_fails(twreplay, least, code):
    result = twreplay("report", "a.json", "--fail-under", least)

    assert result.exit_code == code
    assert ("20.0% is less than the 20.1% asked for." in result.stderr) == bool(code)


def test_what_is_no_coverage_is_named(twreplay):
    Path("c.json").write_text("{}")
    result = twreplay("report", "a.json", "c.json")

    assert result.exit_code == 1
    assert result.stderr == "Error: c.json is JSON, but no coverage of twreplay's.\n"


def test_profiles_do_not_add_up(twreplay):
    Path("c.json").write_text(dump_coverage(Coverage("observed")))
    result = twreplay("report", "a.json", "c.json")

    assert result.exit_code == 1
    assert "c.json is for the profile observed" in result.stderr
