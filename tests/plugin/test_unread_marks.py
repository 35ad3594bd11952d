"""Marks that nothing reads, so that requests are sent: ``vcr`` without a plugin, misspelt ones."""

from __future__ import annotations

import pytest
from extent import mark_slow
from inner_runs import run_inner

SUITE = """
import pytest

@pytest.mark.vcr
class TestCalls:
    def test_one(self): pass
    def test_two(self): pass

def test_other(): pass
"""
HINT = "*2 tests have the mark vcr, and no plugin that reads it is installed*"


@pytest.fixture
def run(pytester):
    """Run the suite without the plugins of others that know the mark."""

    def run(*arguments: str, suite: str = SUITE):
        pytester.makepyfile(suite)
        return run_inner(pytester, "-p", "no:recording", "-p", "no:vcr", *arguments)

    return run


@pytest.mark.parametrize("arguments", [(), mark_slow(("-n", "2"))])
def test_marks_that_nothing_reads_are_told_once_with_the_command_to_type(run, arguments):
    result = run(*arguments)

    result.assert_outcomes(passed=3, warnings=result.parseoutcomes()["warnings"])
    result.stdout.fnmatch_lines([HINT])
    assert result.stdout.str().count("`twreplay migrate`") == 1


def test_one_test_is_told_as_one(run):
    suite = "import pytest\n@pytest.mark.vcr\ndef test_it(): pass\n"
    run(suite=suite).stdout.fnmatch_lines(["*1 test has the mark vcr, and no plugin*"])


def test_a_suite_with_the_plugin_that_reads_it_is_told_nothing(pytester):
    pytester.makepyfile(SUITE)
    pytester.makeconftest(
        "def pytest_configure(config):\n"
        "    config.addinivalue_line('markers', 'vcr(*paths): play a cassette')\n"
    )
    result = run_inner(pytester, "-p", "no:recording")

    result.assert_outcomes(passed=3)
    result.stdout.no_fnmatch_line("*mark vcr*")


def test_a_suite_without_the_mark_is_told_nothing(run):
    result = run(suite="def test_it(): pass\n")

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*mark vcr*")


def test_the_filter_of_the_warning_of_pytest_is_for_this_one_too(run):
    result = run("-W", "ignore::pytest.PytestUnknownMarkWarning")

    result.assert_outcomes(passed=3)
    result.stdout.no_fnmatch_line("*mark vcr*")


@pytest.mark.parametrize(
    ("written", "meant"), [("twreplai", "twreplay"), ("twreplay_fault", "twreplay_faults")]
)
def test_a_misspelt_mark_of_this_plugin_is_told_with_the_nearest(run, written, meant):
    suite = f"import pytest\n@pytest.mark.{written}('calls.yaml')\ndef test_it(): pass\n"
    told = f"*1 test has the mark {written}, which is none*did you mean {meant}[?]*"

    run(suite=suite).stdout.fnmatch_lines([told])


def test_a_mark_that_is_unlike_any_is_left_to_pytest(run):
    result = run(suite="import pytest\n@pytest.mark.twrelve\ndef test_it(): pass\n")

    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.no_fnmatch_line("*did you mean*")
