"""What is left unused fails a passing test and no other, wherever the cassette was opened."""

from __future__ import annotations

import pytest
from conftest import SMS_AND_CALLS
from inner_runs import run_inner
from recorder import __file__ as recorder_file

START = """
import unittest, pytest, twreplay
from recorder import BASE, handler_of

AUTH = {"Authorization": "Basic AC0123456789abcdef0123456789abcdef:REDACTED"}

def calls(cassette):
    request = twreplay.Request("GET", f"{BASE}/Calls?page=0&num=2", AUTH)
    assert handler_of(cassette).answer(request, str)

def both(cassette):
    calls(cassette)
    data = b"From=4158675309&To=4155551212&Body=Hi+Jenny%21"
    request = twreplay.Request("POST", f"{BASE}/SMS/Messages", AUTH, data)
    assert handler_of(cassette).answer(request, str)

@pytest.fixture
def twreplay_cassette_dir(request):
    return request.path.parent
"""
MARK = "@pytest.mark.twreplay('both.yaml')\n"


@pytest.fixture
def suite(pytester):
    (pytester.path / "both.yaml").write_text(SMS_AND_CALLS)
    pytester.makeini(f"[pytest]\npythonpath = {recorder_file.rpartition('/')[0]}\n")

    def run(source, *arguments):
        pytester.makepyfile(START + source)
        return run_inner(pytester, "-W", "error", *arguments)

    return run


FAILING = {
    "skip": ("pytest.skip()", {"skipped": 1}),
    "xfail": ("pytest.xfail()", {"xfailed": 1}),
    "failure": ("assert False", {"failed": 1}),
}


@pytest.mark.parametrize(("end", "outcome"), FAILING.values(), ids=FAILING)
def test_a_test_that_does_not_pass_is_not_told_of_it(suite, end, outcome):
    source = f"{MARK}def test_a(twilio_cassette):\n    calls(twilio_cassette)\n    {end}"

    result = suite(source).parseoutcomes()

    assert {name: result[name] for name in outcome} == outcome
    assert result.get("errors", 0) == 0


@pytest.mark.parametrize("scope", ["class", "module", "session"])
def test_a_cassette_of_several_tests_counts_for_all_of_them(suite, scope):
    """Opened by a fixture of the suite's own, it is judged when that fixture ends."""
    fixture = (
        f"@pytest.fixture(scope='{scope}')\ndef shared():\n"
        "    with twreplay.use_cassette('both.yaml') as cassette:\n        yield cassette\n"
    )
    tests = "class TestA:\n    def test_a(self, shared): calls(shared)\n"
    other = "    def test_b(self, shared): assert shared.play_count\n"

    result = suite(fixture + tests + other)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*UnusedInteractions: 1 of 2 recorded interactions was never*"])

    suite(fixture + tests.replace("calls(", "both(") + other).assert_outcomes(passed=2)


@pytest.mark.slow
def test_what_is_unused_is_an_error_in_a_worker_of_xdist_too(suite):
    source = f"{MARK}def test_a(twilio_cassette): calls(twilio_cassette)\n"
    good = f"{MARK}def test_b(twilio_cassette): both(twilio_cassette)\n"

    suite(source + good, "-n", "1").assert_outcomes(passed=2, errors=1)


@pytest.mark.parametrize("door", ["function", "unittest"])
def test_a_decorated_test_fails(suite, door):
    source = {
        "function": "@twreplay.use_cassette('both.yaml')\ndef test_a(): pass",
        "unittest": "@twreplay.use_cassette('both.yaml')\n"
        "class TestA(unittest.TestCase):\n    def test_a(self): pass",
    }[door]

    result = suite(source)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*UnusedInteractions: 2 of 2 recorded interactions were never*"])


def test_a_decorated_coroutine_fails(suite):
    result = suite(
        "@twreplay.use_cassette('both.yaml')\nasync def inner(): pass\n"
        "def test_a():\n    import asyncio\n    asyncio.run(inner())"
    )

    result.assert_outcomes(failed=1)


def test_a_marked_unittest_has_an_error(suite):
    source = f"{MARK}class TestA(unittest.TestCase):\n    def test_a(self): pass"

    suite(source).assert_outcomes(passed=1, errors=1)


def test_allow_unused_by_mark_by_keyword_and_for_a_suite(suite):
    by_mark = MARK.replace("')", "', allow_unused=True)") + "def test_a(): pass\n"
    by_keyword = "@twreplay.use_cassette('both.yaml', allow_unused=True)\ndef test_b(): pass\n"

    suite(by_mark + by_keyword).assert_outcomes(passed=2)
    for_all = (
        "@pytest.fixture(scope='session')\ndef twreplay_config(): return {'allow_unused': True}\n"
    )
    suite(for_all + MARK + "def test_a(): pass").assert_outcomes(passed=1)


def test_the_order_is_any_but_among_equal_requests(suite):
    suite(f"{MARK}def test_a(twilio_cassette): both(twilio_cassette)").assert_outcomes(passed=1)


def test_a_request_that_nothing_answered_is_told_with_what_was_left(suite):
    source = (
        f"{MARK}def test_a(twilio_cassette):\n"
        "    request = twreplay.Request('GET', f'{BASE}/Calls')\n"
        "    try: handler_of(twilio_cassette).answer(request, str)\n"
        "    except Exception: pass\n"
    )

    result = suite(source)

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*UnmatchedRequest*", "*never asked*POST*/SMS/Messages*"])
