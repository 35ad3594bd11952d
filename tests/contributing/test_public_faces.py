"""Tests drive what users have: the package, its fixtures and its command line."""

from __future__ import annotations

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]

# A ceiling that goes down only, to 20, for tests of an inner unit such as a codec. Of 118 files, 64
# imported private modules before there was one, and 49 after. TwiML, webhooks and the server came
# with 29 that drive packages without a public face yet, or take the definitions as their data.
MOST = 78


def imports_private(path: Path) -> bool:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        if any(name.startswith("twreplay._") and not name.endswith("__") for name in names):
            return True
    return False


def test_few_test_files_import_private_modules():
    found = sorted(
        str(path.relative_to(TESTS)) for path in TESTS.rglob("test_*.py") if imports_private(path)
    )

    assert len(found) <= MOST, found
