"""What becomes of rehearsals, judged and told."""

from __future__ import annotations

import re
import time

import pytest
from conftest import ACCOUNT, SMS_AND_CALLS
from extent import mark_slow
from rehearsed import list_runs, rehearse


class TestJudged:
    @pytest.fixture
    def judge(self, pytester):
        """Return the outcome of each failure of the first request of a test."""

        def judge(source, terms="500"):
            told = rehearse(pytester, f"--twreplay-rehearse={terms}", test_it=source)
            return {failure: outcome for _, nth, failure, outcome in list_runs(told) if nth == 1}

        return judge

    def test_a_test_that_passes_all_the_same_has_passed(self, judge):
        assert judge('def test_one(twilio):\n    ask(twilio, "GET /Calls")\n') == {"500": "passed"}

    def test_a_test_that_asks_something_else_next_has_not_retried(self, judge):
        source = """
def test_one(twilio):
    if ask(twilio, "GET /Calls") != [200]:
        ask(twilio, "GET /Recordings")
"""
        assert judge(source) == {"500": "passed"}

    AGAIN = """
def test_one(twilio):
    if ask(twilio, "{0} /Calls") != [200]:
        ask(twilio, "{0} /Calls")
"""

    @pytest.mark.parametrize(("method", "terms"), [("GET", "500"), ("POST", "20003")])
    def test_a_test_that_asks_again_has_retried(self, judge, method, terms):
        assert [*judge(self.AGAIN.format(method), terms).values()] == ["retried"]

    def test_a_post_that_may_have_been_done_and_is_asked_again_was_sent_twice(self, judge):
        assert judge(self.AGAIN.format("POST"), "500,ReadTimeout,ConnectionReset") == {
            "500": "sent twice",
            "ReadTimeout": "sent twice",
            "ConnectionReset": "sent twice",
        }

    @pytest.mark.parametrize(
        ("error", "told"), [("OwnError", "test_it.OwnError"), ("KeyError", "KeyError")]
    )
    def test_an_exception_that_comes_out_was_raised(self, judge, error, told):
        source = f"""
def test_one(twilio):
    if ask(twilio, "GET /Calls") != [200]:
        raise {error}
"""
        assert judge(source) == {"500": f"raised {told}"}

    def test_an_assertion_that_fails_has_noticed(self, judge):
        source = 'def test_one(twilio):\n    assert ask(twilio, "GET /Calls") == [200]\n'

        assert judge(source) == {"500": "noticed"}

    def test_a_test_that_skips_was_skipped(self, judge):
        source = """
def test_one(twilio):
    if ask(twilio, "GET /Calls") != [200]:
        pytest.skip()
"""
        assert judge(source) == {"500": "skipped"}

    def test_a_request_that_no_recording_answers_is_unmatched(self, judge, pytester):
        (pytester.path / "calls.yaml").write_text(SMS_AND_CALLS)
        source = f"""
@twreplay.use_cassette("calls.yaml", allow_unused=True)
def test_one():
    url = "https://api.twilio.com/2008-08-01/Accounts/{ACCOUNT}/Calls"
    first = requests.get(url + "?page=0&num=2", auth=("{ACCOUNT}", "x"), timeout=5)
    if not first.ok:
        requests.get(url + "?page=7", auth=("{ACCOUNT}", "x"), timeout=5)
"""
        assert judge(source) == {"500": "unmatched"}

    def test_a_request_that_is_not_made_again_is_unreached(self, judge):
        source = """
runs = []

def test_one(twilio):
    runs.append(1)
    if len(runs) == 1:
        ask(twilio, "GET /Calls")
    else:
        raise OwnError
"""
        assert judge(source) == {"500": "unreached"}


ONE = """
def test_without_requests(): pass

def test_one(twilio):
    (first,) = ask(twilio, "GET /Calls")
    if first == 500:
        raise OwnError
    if first == 0:
        raise requests.ReadTimeout
    if first != 200:
        ask(twilio, "GET /Calls")
    if ask(twilio, "POST /Calls") == [500]:
        ask(twilio, "POST /Calls")
"""
SHARED = """
@pytest.fixture(scope="module")
def shared():
    with twreplay.simulate() as twilio:
        yield twilio

def test_shared(shared):
    ask(shared, "GET /Calls")

def test_shared_too(shared):
    pass
"""
TABLE = """\
7 failures of 2 requests in 1 test: 2 retried, 1 sent twice, 2 passed, 2 raised

test_a.py::test_one
  GET /Calls
    retried: 401 (20003, 20005)
    raised test_a.OwnError: 500
    raised requests.ReadTimeout: ReadTimeout
  POST /Calls
    sent twice: 500
    passed: 401 (20003, 20005)
  1 more were left out: --twreplay-rehearse-limit

test_b.py::test_shared
  not rehearsed: its session stays open for other tests; use one of the test's own

retried     the request was repeated, and the test passed
sent twice  as retried, of a POST that may have been done already
passed      the test passed all the same: the failure is dealt with, or nobody looks
raised      an exception came out of the test
"""
ARGUMENTS = ("--twreplay-rehearse=401,500,ReadTimeout", "--twreplay-rehearse-limit=7")


@pytest.mark.parametrize("workers", [(), mark_slow(("-n", "1"))], ids=["alone", "by a worker"])
def test_the_table_has_what_became_of_each(pytester, workers):
    told = rehearse(pytester, *ARGUMENTS, *workers, test_a=ONE, test_b=SHARED)

    assert told == TABLE


def test_requests_that_fared_alike_stand_together(pytester):
    source = """
def test_one(twilio):
    for number in range(1, 5):
        if ask(twilio, "GET /Calls") != [200]:
            if number == 3:
                return
            ask(twilio, "GET /Calls")
"""
    told = rehearse(pytester, "--twreplay-rehearse=500", test_it=source)

    assert "\n  GET /Calls #1, #2, #4\n    retried: 500\n  GET /Calls #3\n" in told


def test_tests_that_fared_alike_stand_together_and_not_all_are_named(pytester):
    alike = "".join(f"def test_{n:02}(twilio): ask(twilio, 'GET /Calls')\n" for n in range(14))
    told = rehearse(pytester, "--twreplay-rehearse=500", test_it=alike)

    names = "\n".join(f"test_it.py::test_{n:02}" for n in range(10))
    assert (
        f"{names}\nand 4 tests more, with the same outcomes\n  GET /Calls\n    passed: 500\n"
    ) in told


class FastClock:
    """A clock that a test sets forward, as if the time had gone by; it stands while others run."""

    def __init__(self):
        self.measure = time.process_time
        self.ahead = 0.0

    def __call__(self):
        return self.measure() + self.ahead


def test_tests_whose_rehearsals_waited_are_named_the_longest_first(pytester, monkeypatch):
    monkeypatch.setattr(time, "perf_counter", FastClock())
    waits = {"test_a": 20, "test_b": 120, "test_c": 0}
    source = "import time\n" + "".join(
        f"def {name}(twilio):\n"
        f"    time.perf_counter.ahead += {seconds}\n"
        f"    ask(twilio, 'GET /Calls')\n"
        for name, seconds in waits.items()
    )
    told = rehearse(pytester, "--twreplay-rehearse=500", tells_waits=True, test_it=source)

    said = "140 s went by waiting, such as between tries: hand in a sleep of your own\n"
    assert f"{said}  120.0 s  test_it.py::test_b\n   20.0 s  test_it.py::test_a\n\n" in told


def test_long_lines_are_wrapped(pytester, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    form = '{"From": "4158675309", "To": "4155551212", "Body": "Hi"}'
    source = f"""
def test_one(twilio):
    url = twilio.account_url + "/SMS/Messages"
    requests.post(url, data={form}, auth=twilio.auth, timeout=5)
"""
    told = rehearse(pytester, "--twreplay-rehearse=4xx", test_it=source)

    assert max(map(len, told.split("\n\n")[1].splitlines())) <= 60
    assert len(re.findall(r"\b21\d{3}", told)) >= 10


def test_nothing_at_all_is_said(pytester):
    told = rehearse(pytester, "--twreplay-rehearse", test_it="def test_one(): pass\n")

    assert told == "nothing was rehearsed\n"
