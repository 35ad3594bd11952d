"""The page that people read first: what it shows runs, under pytest."""

from __future__ import annotations

from test_pages import examples


def test_the_first_tests_pass(pytester):
    pytester.makepyfile(test_it=examples("index.md")[0])

    pytester.runpytest_subprocess("-p", "no:recording", "-p", "no:cassetter").assert_outcomes(
        passed=2
    )
