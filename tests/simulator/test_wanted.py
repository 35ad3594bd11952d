"""What test authors want of a simulator is there, is shown by tests, and stands in the docs."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"
WANTED = yaml.safe_load((HERE / "wanted.yaml").read_text(encoding="utf-8"))
ROWS = [(part, row) for part, rows in WANTED.items() for row in rows]


@cache
def list_tests(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = set()
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{each.name}" for each in node.body if hasattr(each, "name")}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
    return found


@pytest.mark.parametrize(("part", "row"), ROWS, ids=lambda value: str(value)[:60])
def test_each_row_names_tests_that_there_are(part, row):
    missing = []
    for name in row["tests"]:
        file, _, test = name.partition("::")
        if test not in list_tests((HERE / file).resolve()):
            missing.append(name)

    assert row["tests"]
    assert missing == []


def read_table(page, heading):
    text = (DOCS / page).read_text(encoding="utf-8").partition(f"## {heading}\n")[2]
    rows = []
    for line in text.splitlines():
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("| ").split(" | ")])
        elif rows:
            break
    return rows[2:]


def test_rules_stand_in_the_table_of_the_docs():
    table = read_table("rules.md", "Compared with responses, respx and WireMock")

    assert [cells[0] for cells in table] == [row["wanted"] for row in WANTED["rules"]]


def test_arrangements_stand_in_the_table_of_the_docs():
    table = read_table("simulating.md", "What a test can arrange")

    assert table == [[row["wanted"], row["how"]] for row in WANTED["arranging"]]
