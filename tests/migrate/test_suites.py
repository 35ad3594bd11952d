"""Suites of other libraries: green before, migrated, green after, and nothing is asked twice."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from command_line import run
from extent import mark_slow_but
from inner_runs import run_inner

SUITES = Path(__file__).parent / "suites"
UPDATE = bool(os.environ.get("TWREPLAY_UPDATE_MESSAGES"))

TESTS = {
    "vcrpy": (14, "13 replayed"),
    "pytest_recording": (10, "11 replayed"),
    "mixed": (3, "2 replayed"),
    "responses": (17, "16 simulated"),
}
"""How many tests each suite has, and how twreplay answers them afterwards."""


@pytest.fixture(params=mark_slow_but("pytest_recording", of=TESTS))
def suite(request, pytester, monkeypatch):
    """The name of a suite, which lies in the current folder as it was before."""
    shutil.copytree(SUITES / request.param / "before", pytester.path, dirs_exist_ok=True)
    monkeypatch.syspath_prepend(pytester.path)
    return request.param


def list_files(folder: Path) -> dict[str, str]:
    """Return what a migration may change in *folder*, by name."""
    found = [*folder.rglob("*.py"), *folder.rglob("*.ini")]
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in found}


def read_after(suite: str) -> dict[str, str]:
    """Return the files as they should be afterwards; those that stay are not kept twice."""
    return list_files(SUITES / suite / "before") | list_files(SUITES / suite / "after")


def test_green_before(suite, pytester):
    plugin = ["-p", "no:twreplay"]
    if suite in ("pytest_recording", "mixed"):
        plugin += ["-p", "pytest_recording.plugin"]

    result = run_inner(pytester, *plugin)

    result.assert_outcomes(passed=TESTS[suite][0])


def test_rewritten_as_kept(suite, pytester):
    before = list_files(pytester.path)

    result = run("migrate", ".", "--write")

    after = list_files(pytester.path)
    if UPDATE:
        keep(suite, before, after, result.output)
    assert after == read_after(suite)
    assert result.output == (SUITES / suite / "list.txt").read_text("utf-8")


def keep(suite: str, before: dict[str, str], after: dict[str, str], output: str) -> None:
    shutil.rmtree(SUITES / suite / "after", ignore_errors=True)
    for name, text in after.items():
        if text != before[name]:
            target = SUITES / suite / "after" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
    (SUITES / suite / "list.txt").write_text(output, "utf-8")


def test_green_after(suite, pytester):
    """
    All tests pass with twreplay, by hand nothing was changed.

    What is left to pytest-recording needs it beside us.
    """
    run("migrate", ".", "--write")
    plugin = ["-p", "pytest_recording.plugin"] if suite == "mixed" else []

    result = run_inner(pytester, *plugin)

    passed, answered = TESTS[suite]
    result.assert_outcomes(passed=passed)
    result.stdout.fnmatch_lines([f"twreplay: {answered}*"])


def test_green_after_as_strict_as_before(suite, pytester):
    run("migrate", ".", "--write", "--as-before")
    plugin = ["-p", "pytest_recording.plugin"] if suite == "mixed" else []

    result = run_inner(pytester, *plugin)

    result.assert_outcomes(passed=TESTS[suite][0])


def test_a_second_time_changes_nothing(suite, pytester):
    run("migrate", ".", "--write")
    before = list_files(pytester.path)

    result = run("migrate", ".", "--write")

    assert list_files(pytester.path) == before
    assert ": rewritten" not in result.output


def test_nothing_is_written_unless_asked(suite, pytester):
    before = list_files(pytester.path)

    result = run("migrate", ".")

    assert list_files(pytester.path) == before
    assert result.exit_code == 1
    assert "--- a/" in result.stdout
