"""The page that people read first: what it shows runs, under pytest."""

from __future__ import annotations

import pytest
from test_pages import examples


@pytest.mark.slow
def test_the_first_tests_pass(pytester, monkeypatch):
    """
    As pytest finds the plugin by itself, among all others that are installed here.
    """
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    monkeypatch.delenv("PYTEST_ADDOPTS")
    pytester.makepyfile(test_it=examples("index.md")[0])

    pytester.runpytest_subprocess("-p", "no:recording", "-p", "no:cassetter").assert_outcomes(
        passed=2
    )
