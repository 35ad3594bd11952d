"""How long pytest's output is for a request that nothing answers."""

from __future__ import annotations

import pytest
from cassette_files import write
from conftest import BASE
from inner_runs import run_inner

from twreplay import Interaction, Request, Response

SOURCE = """
import pytest, requests

def list_calls(page):
    \"\"\"List a page of calls.\"\"\"
    url = f"BASE/Calls?page={page}"
    return requests.get(url, timeout=5).text

@pytest.mark.twreplay("calls.yaml")
def test_helper():
    assert "Call" in list_calls(1)

@pytest.mark.twreplay("calls.yaml")
def test_direct():
    requests.get("BASE/Calls?page=1", timeout=5)
""".replace("BASE", BASE)


@pytest.fixture
def run(pytester):
    """Run one of two tests that ask for another page than the recorded one."""
    folder = pytester.path / "cassettes" / "test_it"
    folder.mkdir(parents=True)
    write(
        folder / "calls.yaml",
        Interaction(Request("GET", f"{BASE}/Calls?page=0"), Response(200, {}, b"<Calls/>")),
    )
    pytester.makepyfile(test_it=SOURCE)

    def run(test, *arguments):
        told = run_inner(pytester, "-q", f"test_it.py::{test}", *arguments).stdout.str()
        assert "UnmatchedRequest: no recording answers this request" in told
        return told

    return run


@pytest.mark.parametrize(("test", "limit"), [("test_helper", 40), ("test_direct", 37)])
def test_miss_takes_less_than_a_screen(run, test, limit):
    told = run(test)

    assert len(told.splitlines()) < limit
    assert "requests.get(" in told


def test_line_of_each_function_is_shown(run):
    told = run("test_helper")

    assert "test_it.py:10: in test_helper\n" in told
    assert "test_it.py:6: in list_calls\n" in told
    assert "List a page of calls" not in told


@pytest.mark.parametrize("argument", ["--tb=long", "--full-trace"])
def test_whole_functions_are_shown_to_who_asks_for_them(run, argument):
    assert "List a page of calls" in run("test_helper", argument)


def test_style_of_other_failures_stays(pytester, run):
    fail = "def fail():\n    '''Say why.'''\n    assert 0\n"
    more = f"{SOURCE}\n{fail}\ndef test_other():\n    fail()\n"
    pytester.makepyfile(test_it=more)

    told = run_inner(pytester, "-q", "test_it.py").stdout.str()

    assert "Say why" in told
