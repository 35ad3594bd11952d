from __future__ import annotations

import subprocess
import sys

import pytest

import twreplay


def test_every_promised_name_is_there():
    assert [name for name in twreplay.__all__ if getattr(twreplay, name, None) is None] == []


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="use_casette"):
        _ = twreplay.use_casette


def test_loading_the_plugin_imports_no_client():
    """
    pytest loads the plugin in every run, most of which replay nothing.
    """
    program = (
        "import sys, pytest; before = set(sys.modules); import twreplay.pytest_plugin; "
        "heavy = {'vcr', 'requests', 'responses', 'urllib3', 'yaml', 'httpx', 'aiohttp', 'h11'}; "
        "print(sorted(heavy & (set(sys.modules) - before)))"
    )

    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )

    assert out.stdout.strip() == "[]"
