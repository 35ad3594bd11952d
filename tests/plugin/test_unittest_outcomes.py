"""A cassette that a test of unittest opened, its class or its module, stays if it did not pass."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ACCOUNT
from extent import mark_slow, mark_slow_but

SUITE = """
import os, unittest, requests, twreplay

def get(path):
    base = "https://api.twilio.com/2008-08-01/Accounts/{account}"
    requests.get(base + path, auth=("{account}", "x"))

class Case(unittest.{case}):
    def setUp(self):
        door = twreplay.use_cassette("tape.yaml", record_mode="rewrite", source="simulator")
        if {enters}:
            self.enterContext(door)
        else:
            door.__enter__()
            self.addCleanup(door.__exit__, None, None, None)

    {decorator}
    {maybe_async}def test_it(self):
        get("/Calls")
        if os.environ.get("BREAKS"):
            {breaks}
        get("/Recordings")
"""

ENDS = {
    "fails": "self.fail()",
    "fails in part": "\n            with self.subTest('x'):\n                self.fail()\n"
    "            return",
    "is skipped": "self.skipTest('why')",
    "fails as expected": "self.fail()",
}


def write(folder: Path, end: str = "fails", case: str = "TestCase", *, enters: bool = True) -> None:
    text = SUITE.format(
        account=ACCOUNT,
        case=case,
        enters=enters,
        decorator="@unittest.expectedFailure" if end == "fails as expected" else "",
        maybe_async="async " if case == "IsolatedAsyncioTestCase" else "",
        breaks=ENDS[end],
    )
    if end == "fails as expected":
        # The first run has to fail, too, or it would be an unexpected success.
        text = text.replace('get("/Recordings")', 'get("/Recordings")\n        MARK', 1)
        text = text.replace("        MARK", "        assert not os.environ.get('BREAKS', '')")
        text = text.replace(
            "@unittest.expectedFailure",
            "@(unittest.expectedFailure if os.environ.get('BREAKS') else lambda f: f)",
        )
    (folder / "test_it.py").write_text(text)


@pytest.mark.parametrize("enters", [True, mark_slow(False)], ids=["enterContext", "addCleanup"])
@pytest.mark.parametrize("case", ["TestCase", "IsolatedAsyncioTestCase"])
@pytest.mark.parametrize("end", ENDS)
def test_the_cassette_stays_under_pytest(pytester, monkeypatch, end, case, enters):
    write(pytester.path, end, case, enters=enters)
    pytester.runpytest_inprocess("-p", "no:cacheprovider")
    whole = (pytester.path / "tape.yaml").read_bytes()
    monkeypatch.setenv("BREAKS", "1")
    pytester.runpytest_inprocess("-p", "no:cacheprovider")

    assert (pytester.path / "tape.yaml").read_bytes() == whole


@pytest.mark.parametrize("end", mark_slow_but("fails in part", of=ENDS))
def test_the_cassette_stays_under_unittest(tmp_path, monkeypatch, end):
    write(tmp_path, end)
    run = [sys.executable, "-m", "unittest", "test_it"]
    subprocess.run(run, cwd=tmp_path, check=True, capture_output=True)
    whole = (tmp_path / "tape.yaml").read_bytes()
    monkeypatch.setenv("BREAKS", "1")
    subprocess.run(run, cwd=tmp_path, check=False, capture_output=True)

    assert whole.count(b"uri:") == 2
    assert (tmp_path / "tape.yaml").read_bytes() == whole
    assert (tmp_path / "tape.failed.yaml").read_bytes().count(b"uri:") == 1


WIDER = """
import os, unittest, requests, twreplay

BREAKS = os.environ.get("BREAKS")

def get(path):
    base = "https://api.twilio.com/2008-08-01/Accounts/{account}"
    requests.get(base + path, auth=("{account}", "x"))

def door():
    return twreplay.use_cassette("tape.yaml", record_mode="rewrite", source="simulator")

{module}
class Case(unittest.TestCase):
{cls}
    @unittest.skip("is never begun")
    def test_before(self): get("/Accounts")

    {decorator}
    def test_it(self):
        get("/Calls")
        if BREAKS: {breaks}
        get("/Recordings")

class Other(unittest.TestCase):
    def test_other(self): pass
"""

OPENED = {
    "enterClassContext": "    @classmethod\n    def setUpClass(cls): cls.enterClassContext(door())",
    "tearDownClass": """
    @classmethod
    def setUpClass(cls): cls.door = door(); cls.door.__enter__()
    @classmethod
    def tearDownClass(cls): cls.door.__exit__(None, None, None)
""",
    "tearDownClass fails": """
    @classmethod
    def setUpClass(cls): cls.enterClassContext(door())
    @classmethod
    def tearDownClass(cls): assert not BREAKS
""",
    "setUpClass fails": """
    @classmethod
    def setUpClass(cls):
        cls.enterClassContext(door())
        get("/Calls")
        assert not BREAKS
""",
    "enterModuleContext": "def setUpModule(): unittest.enterModuleContext(door())",
    "setUpModule fails": """
def setUpModule():
    unittest.enterModuleContext(door())
    get("/Calls")
    assert not BREAKS
""",
}


def write_wider(folder: Path, opened: str, end: str) -> None:
    is_of_module = "Module" in opened
    passes = "fails" in opened
    text = WIDER.format(
        account=ACCOUNT,
        module=OPENED[opened] if is_of_module else "",
        cls="" if is_of_module else OPENED[opened],
        decorator="@(unittest.expectedFailure if BREAKS else lambda f: f)"
        if end == "fails as expected"
        else "",
        breaks="return"
        if passes
        else ENDS[end].split("\n")[0] or "\n            " + ENDS[end].strip(),
    )
    (folder / "test_it.py").write_text(text)


def run_unittest(folder: Path) -> int:
    run = [sys.executable, "-m", "unittest", "test_it"]
    return subprocess.run(run, cwd=folder, check=False, capture_output=True).returncode


@pytest.mark.parametrize("opened", OPENED)
def test_a_wider_cassette_stays_under_unittest(tmp_path, monkeypatch, opened):
    write_wider(tmp_path, opened, "fails")
    assert run_unittest(tmp_path) == 0
    whole = (tmp_path / "tape.yaml").read_bytes()
    monkeypatch.setenv("BREAKS", "1")
    assert run_unittest(tmp_path) == 1

    assert whole.count(b"uri:") >= 2
    assert (tmp_path / "tape.yaml").read_bytes() == whole
    assert (tmp_path / "tape.failed.yaml").read_bytes().count(b"uri:") == 1


@pytest.mark.parametrize("end", ENDS)
def test_a_cassette_of_a_class_stays_under_unittest_however_a_test_ends(tmp_path, monkeypatch, end):
    write_wider(tmp_path, "enterClassContext", end)
    run_unittest(tmp_path)
    whole = (tmp_path / "tape.yaml").read_bytes()
    monkeypatch.setenv("BREAKS", "1")
    run_unittest(tmp_path)

    assert whole.count(b"uri:") == 2
    assert (tmp_path / "tape.yaml").read_bytes() == whole
    assert (tmp_path / "tape.failed.yaml").read_bytes().count(b"uri:") == 1
