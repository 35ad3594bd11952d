"""The pages that follow from the definitions are up to date."""

from __future__ import annotations

import importlib.util
import json
import re
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
from published_reference import PATHS

ROOT = Path(__file__).parents[2]


@cache
def _generator():
    path = ROOT / "scripts" / "generate.py"
    spec = importlib.util.spec_from_file_location("generate", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", _generator().PAGES)
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


def test_a_value_is_read_as_the_samples_say():
    """Each section has how to read it, and then its body in XML, JSON, CSV and HTML."""
    for page in sorted((ROOT / "docs" / "samples").glob("*.md")):
        for section in page.read_text("utf-8").split("\n## ")[1:]:
            shown = dict(re.findall(r"^```(python|xml|json)\n(.*?)\n```", section, re.M | re.S))
            if "python" not in shown:
                continue
            as_json, as_xml = shown["python"].splitlines()
            names = {"json": json, "ElementTree": ElementTree}
            value = eval(as_json, {**names, "body": shown["json"]})

            assert repr(value) == as_json.split("#")[1].strip()
            assert eval(as_xml, {**names, "body": shown["xml"]}) == value


def test_each_path_with_a_get_has_a_sample_in_each_representation():
    missing = []
    pages = [page.read_text("utf-8") for page in (ROOT / "docs" / "samples").glob("*.md")]
    for _, path in PATHS:
        shown = path.replace("/Accounts/{AccountSid}/", "/")
        found = [page.partition(f"## GET {shown}\n")[2].split("\n## ")[0] for page in pages]
        missing += [
            (path, name)
            for name in ("XML", "JSON", "CSV", "HTML")
            if not any(f"**{name}**" in section for section in found)
        ]

    assert missing == []
