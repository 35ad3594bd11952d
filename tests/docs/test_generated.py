"""The pages that follow from the definitions are up to date."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _generator():
    path = ROOT / "scripts" / "generate.py"
    spec = importlib.util.spec_from_file_location("generate", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "page",
    [
        "api.md",
        "undocumented.md",
        "profiles.md",
        "other-versions.md",
        "webhooks.md",
        "../twreplay/_cli/errors.md",
    ],
)
def test_page_agrees_with_the_definitions(page):
    """If this fails: python scripts/generate.py"""
    written = (ROOT / "docs" / page).read_text(encoding="utf-8")

    assert written == _generator().PAGES[page]()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("by <Record> in TwiML", "by `<Record>` in TwiML"),
        ("with <Hangup/>", "with `<Hangup/>`"),
        ('<?xml version="1.0"?>', '`<?xml version="1.0"?>`'),
        ("StartTime<=2009-07-06", "StartTime&lt;=2009-07-06"),
        ("one | two", r"one \| two"),
        ("keys 0-9 # *", r"keys 0-9 # \*"),
    ],
)
def test_cell_keeps_what_markdown_would_take_for_markup(text, written):
    assert _generator()._cell(text) == written
