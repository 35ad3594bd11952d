"""A cassette that ``setUp`` opened of a test of unittest that did not get to its end stays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ACCOUNT
from extent import mark_slow_but

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


@pytest.mark.parametrize("enters", [True, False], ids=["enterContext", "addCleanup"])
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
