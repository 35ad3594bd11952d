"""Options of pytest that are misspelt, or other plugins', are answered with what to type."""

from __future__ import annotations

import pytest
from inner_runs import run_inner


@pytest.fixture
def run(pytester):
    pytester.makepyfile("def test_it(): pass")

    def run(*arguments: str):
        others = ("-p", "no:recording", "-p", "no:vcr", "-p", "no:cassetter")
        return run_inner(pytester, *others, *arguments)

    return run


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("--twreplay-recrod=once", "no option --twreplay-recrod; did you mean --twreplay-record?"),
        ("--twreplay-block-netwrok", "did you mean --twreplay-block-network?"),
        ("--twreplay-quux", "there is no option --twreplay-quux; there is: --twreplay-allowed"),
        ("--vcr-record=once", "an option of pytest-vcr, which is not installed; here: --twreplay-"),
    ],
)
def test_an_unknown_option_is_answered_with_the_nearest_before_anything_runs(run, given, told):
    result = run(given)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert told in result.stderr.str()
    assert len(result.stderr.lines) < 10


def test_an_option_that_a_conftest_adds_is_left_to_it(run, pytester):
    pytester.makeconftest(
        "def pytest_addoption(parser):\n"
        "    parser.addoption('--vcr-record')\n"
        "    parser.addoption('--twreplay-own', action='store_true')\n"
    )
    run("--vcr-record=once", "--twreplay-own").assert_outcomes(passed=1)


@pytest.mark.parametrize("given", [("--twreplay-record=once",), ("--twreplay-record", "once")])
def test_options_of_the_plugin_are_taken(run, given):
    run(*given).assert_outcomes(passed=1)


def test_what_is_unlike_any_option_is_left_to_pytest(run):
    result = run("--quux")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "unrecognized arguments: --quux" in result.stderr.str()
