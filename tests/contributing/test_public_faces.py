"""Tests drive what users have: the package, its fixtures and its command line."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parents[1]
# Migrated by tests, and no part of the suite.
SUITES = TESTS / "migrate" / "suites"

# Of 118 files, 64 imported private modules once, and 46 of 206 before these had to say why.
INNER = {
    "cassette/test_quick.py": "two ways of reading a file agree; users see one",
    "cassette/test_quick_writing.py": "two ways of writing a file agree; users see one",
    "cassette/test_searching_together.py": "two ways of searching agree; users see one",
    "cli/test_minimise.py": "a property of the search; its trials are processes for users",
    "delivery/test_client.py": "a delivery without a simulator around it",
    "delivery/test_outbox.py": "what waits between requests, in a fork",
    "delivery/test_transports.py": "limits of time that no option sets",
    "delivery/test_webhooks.py": "definitions of webhooks, as data",
    "interception/test_niquests.py": "forgets the patches of the module it stands for",
    "interception/test_wire.py": "two ways of reading a request agree; users see one",
    "rehearsal/test_rehearsed_failures.py": "every failure of every operation: a run each is slow",
    "resources/test_definitions.py": "definitions of the API, as data",
    "server/test_serve.py": "limits of time that no option sets; recording in this process",
    "twiml/test_twiml_applications.py": "the machine, without clock and requests",
    "twiml/test_twiml_codes.py": "the machine, without clock and requests",
    "twiml/test_twiml_definitions.py": "definitions of TwiML, as data",
    "twiml/test_twiml_machine.py": "the machine, without clock and requests",
    "twiml/test_twiml_properties.py": "the machine, without clock and requests",
    "twiml/test_twiml_reading.py": "documents as the machine gets them",
}


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


def test_only_test_files_that_say_why_import_private_modules():
    found = {
        path.relative_to(TESTS).as_posix()
        for path in TESTS.rglob("test_*.py")
        if imports_private(path)
    }

    assert found == INNER.keys()


def test_under_twenty_test_files_import_private_modules():
    assert len(INNER) < 20


def test_no_two_test_files_have_one_name():
    """Pytest imports them by their names alone."""
    names = Counter(path.name for path in TESTS.rglob("test_*.py") if SUITES not in path.parents)

    assert [name for name, count in names.items() if count > 1] == []


def test_no_folder_has_a_conftest_that_hides_the_one_of_all():
    """Test files import accounts and cassettes from ``conftest``, which is the last one loaded."""
    found = [path for path in TESTS.rglob("conftest.py") if SUITES not in path.parents]

    assert found == [TESTS / "conftest.py"]
