"""The pages that follow from the definitions are up to date."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


def _generator():
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["api.md", "undocumented.md", "profiles.md", "other-versions.md"])
def test_page_agrees_with_the_definitions(page):
    """If this fails: python docs/generate.py"""
    written = (DOCS / page).read_text(encoding="utf-8")

    assert written == _generator().PAGES[page]()
