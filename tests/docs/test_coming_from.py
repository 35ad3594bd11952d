"""docs/coming-from.md has an answer for each keyword of vcrpy."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from vcr.config import VCR

PAGE = (Path(__file__).parents[2] / "docs" / "coming-from.md").read_text("utf-8")
TABLE = PAGE.partition("## vcrpy\n")[2].partition("\n## ")[0]
LEFT = {
    name for cell in re.findall(r"^\| (.*?) \|", TABLE, re.M) for name in re.findall(r"\w+", cell)
}


@pytest.mark.parametrize("keyword", sorted(set(inspect.signature(VCR).parameters) - {"self"}))
def test_each_keyword_of_vcrpy_has_an_answer(keyword):
    assert keyword in LEFT
