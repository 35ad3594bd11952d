"""What a marked test sends before its session opens, or after it closed, goes nowhere."""

from __future__ import annotations

import pytest
from extent import mark_slow
from inner_runs import run_inner

NOTHING_IS_RESOLVED = """
import socket, threading
import pytest, requests

URL = "https://api.twilio.com/2008-08-01/Accounts"

def refuse(host, *args, **kwargs):
    raise OSError(f"ESCAPED to {host}")

socket.getaddrinfo = refuse
"""


def run(pytester, code, *arguments):
    pytester.makepyfile(NOTHING_IS_RESOLVED + code)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("socket.getaddrinfo", None)  # to be put back after the run has replaced it
        return run_inner(pytester, *arguments)


WIDER = {
    "setUpClass": """
import unittest
@pytest.mark.twreplay(profile="documented")
class Test(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        requests.get(URL)
    def test_it(self):
        pass
""",
    "setup_module": """
def setup_module():
    requests.get(URL)
def test_it(twilio):
    pass
""",
    "a session's fixture": """
@pytest.fixture(scope="session", autouse=True)
def wide():
    requests.get(URL)
def test_it(twilio):
    pass
""",
    "a fixture that catches it": """
@pytest.fixture(scope="class")
def wide():
    try:
        requests.get(URL)
    except Exception:
        pass
def test_it(wide, twilio):
    pass
""",
}


@pytest.mark.parametrize("code", WIDER.values(), ids=WIDER)
@pytest.mark.parametrize("arguments", [(), ("--twreplay-record=once",)], ids=["none", "once"])
def test_a_wider_fixture_that_sends_fails_the_test_with_the_reason(pytester, code, arguments):
    result = run(pytester, code, *arguments)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*api.twilio.com was made while no session of the test was open*"])
    assert "ESCAPED" not in result.stdout.str()


def test_a_wider_fixture_that_sends_as_it_ends_fails_the_test(pytester):
    code = """
@pytest.fixture(scope="module", autouse=True)
def wide():
    yield
    requests.get(URL)
def test_it(twilio):
    pass
"""
    result = run(pytester, code)

    result.assert_outcomes(passed=1, errors=1)
    assert "ESCAPED" not in result.stdout.str()


def test_a_test_without_twreplay_sends_as_ever_and_so_do_its_fixtures(pytester):
    code = """
@pytest.fixture(scope="module", autouse=True)
def wide():
    with pytest.raises(requests.ConnectionError, match="ESCAPED"):
        requests.get(URL)
    yield
    with pytest.raises(requests.ConnectionError, match="ESCAPED"):
        requests.get(URL)
def test_plain():
    with pytest.raises(requests.ConnectionError, match="ESCAPED"):
        requests.get(URL)
def test_marked(twilio):
    assert requests.get(URL, auth=twilio.auth).status_code == 200
"""
    run(pytester, code).assert_outcomes(passed=2)


def test_a_fixture_of_the_suite_that_is_called_twilio_is_none_of_ours(pytester):
    code = """
@pytest.fixture(scope="module")
def twilio():
    with pytest.raises(requests.ConnectionError, match="ESCAPED"):
        requests.get(URL)
def test_it(twilio):
    pass
"""
    run(pytester, code).assert_outcomes(passed=1)


@pytest.mark.parametrize("arguments", [(), mark_slow(("-n", "1"))], ids=["alone", "xdist"])
def test_a_thread_that_outlives_its_session_is_refused_and_told_of(pytester, arguments):
    code = """
go, done, raised = threading.Event(), threading.Event(), []
def late():
    go.wait(60)
    try:
        requests.get(URL)
    except Exception as error:
        raised.append(error)
    done.set()

def test_marked(twilio):
    threading.Thread(target=late, daemon=True).start()

def test_plain():
    go.set()
    assert done.wait(60)
    assert "came after its session was closed" in str(raised[0])
"""
    result = run(pytester, code, *arguments)

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        ["*requests to the API outside of a session, not sent*", "*came after its session*"]
    )


@pytest.mark.slow
def test_what_runs_as_python_exits_is_refused(pytester):
    code = """
import atexit
def late():
    requests.get(URL)
def test_marked(twilio):
    atexit.register(late)
"""
    pytester.makepyfile(NOTHING_IS_RESOLVED + code)
    result = pytester.runpytest_subprocess()

    result.assert_outcomes(passed=1)
    result.stderr.fnmatch_lines(["*api.twilio.com was made while no session*"])
    assert "ESCAPED" not in result.stderr.str()


MARKED_LATE = """
@pytest.fixture
def marked(request):
    {how}
@pytest.fixture
def asking(marked):
    return requests.get(URL, auth=("AC0", "x")).status_code
def test_it(asking):
    assert asking == requests.get(URL, auth=("AC0", "x")).status_code
"""


@pytest.mark.parametrize(
    "how",
    [
        "request.applymarker(pytest.mark.twreplay(seed=1))",
        "request.node.add_marker(pytest.mark.twreplay(seed=1))",
        "request.node.parent.add_marker(pytest.mark.twreplay(seed=1))",
    ],
)
def test_a_fixture_that_marks_its_test_opens_the_session_for_all_that_follows(pytester, how):
    run(pytester, MARKED_LATE.format(how=how)).assert_outcomes(passed=1)


def test_a_cassette_is_recorded_and_replayed_by_a_mark_of_a_fixture(pytester):
    code = MARKED_LATE.format(how="request.applymarker(pytest.mark.twreplay('it.yaml'))")
    record = ("--twreplay-record=once", "--twreplay-record-from=simulator")

    run(pytester, code, *record).assert_outcomes(passed=1)
    run(pytester, code).assert_outcomes(passed=1)


def test_a_test_that_a_fixture_marks_has_a_session_each_time_that_it_runs(pytester):
    code = """
runs = []
@pytest.fixture
def marked(request):
    request.node.add_marker(pytest.mark.twreplay(seed=1))
@pytest.mark.flaky(reruns=1)
def test_it(marked):
    assert requests.get(URL, auth=("AC0", "x")).status_code == 401
    runs.append(1)
    assert len(runs) == 2
"""
    run(pytester, code, "-p", "rerunfailures").assert_outcomes(passed=1)


def test_a_test_that_marks_itself_fails_with_the_reason(pytester):
    code = """
def test_it(request):
    request.applymarker(pytest.mark.twreplay)
"""
    result = run(pytester, code)

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*the mark twreplay was added while the test ran, too late*"])
