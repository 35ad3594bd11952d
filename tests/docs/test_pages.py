"""Every Python example of the documentation runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def examples(page):
    return BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))


EXAMPLES = [
    pytest.param(block, id=f"simulating-{number}")
    for number, block in enumerate(examples("simulating.md"), 1)
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_runs(example):
    exec(compile(example, "<example>", "exec"), {"__name__": "example"})


def test_the_readmes_first_example_runs(monkeypatch):
    monkeypatch.chdir(DOCS.parent)

    test_example_runs(examples("../README.md")[0])


def test_each_error_has_one_section():
    headings = re.findall(r"^## (.*)$", (DOCS / "errors.md").read_text("utf-8"), re.MULTILINE)

    assert len(headings) == len(set(headings))
