"""``--twreplay-rehearse`` and the mark ``twreplay_faults``."""

from __future__ import annotations

import pytest
from conftest import SMS_AND_CALLS
from inner_runs import run_inner
from scenario import CLIENTS

HEAD = """
import pytest, requests, twreplay, unittest, warnings
from twreplay import faults

class Refused(Exception):
    pass

def calls(twilio, times=1):
    for _ in range(times):
        answer = requests.get(f"{twilio.account_url}/Calls", auth=twilio.auth, timeout=5)
    if not answer.ok:
        raise Refused(answer.status_code)

"""


@pytest.fixture
def run(pytester):
    def run(source, *arguments, ini="", conftest=""):
        pytester.makepyfile(test_it=HEAD + source)
        pytester.makeini(f"[pytest]\n{ini}")
        pytester.makeconftest(conftest)
        return run_inner(pytester, "-W", "error", *arguments)

    return run


def told(result):
    """The section of the rehearsals, without the figures and the meanings."""
    text = result.stdout.str()
    assert "= twreplay rehearsal =" in text
    section = text.partition("= twreplay rehearsal =")[2].partition("\n")[2]
    return section.partition("\n\ntwreplay:")[0].split("\n\n")[1:-1]


def summary(message):
    """The end of a line of the short summary; before pytest 9 a report that is text had none."""
    return f" - {message}" if pytest.version_tuple >= (9,) else ""


ONE = "def test_one(twilio):\n    calls(twilio)\n"
ALL_OF_ONE = """\
test_it.py::test_one
  GET /Calls
    retried: 302
    raised test_it.Refused: 401 (20003, 20005), 405, 500
    raised requests.ConnectTimeout: ConnectTimeout
    raised requests.ReadTimeout: ReadTimeout
    raised requests.ConnectionError: ConnectionReset"""


def test_tells_what_became_of_each_failure_of_each_request(run):
    result = run(ONE, "--twreplay-rehearse")

    result.assert_outcomes(passed=1)
    assert told(result) == [ALL_OF_ONE]
    result.stdout.fnmatch_lines(["8 failures of 1 request in 1 test: 1 retried, 7 raised"])


def test_nothing_is_rehearsed_unless_asked_for(run):
    result = run(ONE + "@pytest.mark.twreplay_faults\ndef test_two(twilio):\n    calls(twilio)\n")

    result.assert_outcomes(passed=2)
    assert [text.splitlines()[0] for text in told(result)] == ["test_it.py::test_two"]


@pytest.mark.parametrize(
    ("arguments", "ini"),
    [
        (["--twreplay-rehearse=500, ReadTimeout"], ""),
        ([], "twreplay_rehearse = 500, ReadTimeout"),
        (["--twreplay-rehearse=500,ReadTimeout"], "twreplay_rehearse = no"),
    ],
)
def test_only_the_failures_that_are_named_are_rehearsed(run, arguments, ini):
    result = run(ONE, *arguments, ini=ini)

    assert told(result) == [
        "test_it.py::test_one\n  GET /Calls\n"
        "    raised test_it.Refused: 500\n    raised requests.ReadTimeout: ReadTimeout"
    ]


def test_the_command_line_switches_off_what_marks_and_the_ini_file_say(run):
    source = "@pytest.mark.twreplay_faults\n" + ONE

    result = run(source, "--twreplay-rehearse=no", ini="twreplay_rehearse = yes")

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*rehearsal*")


def test_what_the_mark_selects_holds_unless_the_command_line_says_otherwise(run):
    source = "@pytest.mark.twreplay_faults(20003, faults.TLSFailure)\n" + ONE

    for arguments in ([], ["--twreplay-rehearse"]):
        assert told(run(source, *arguments, ini="twreplay_rehearse = 500")) == [
            "test_it.py::test_one\n  GET /Calls\n    raised test_it.Refused: 401 (20003)\n"
            "    raised requests.SSLError: TLSFailure"
        ]
    assert told(run(source, "--twreplay-rehearse=500")) == [
        "test_it.py::test_one\n  GET /Calls\n    raised test_it.Refused: 500"
    ]


def test_what_is_over_the_limit_is_left_out_and_told(run):
    source = "def test_one(twilio):\n    calls(twilio, 3)\n"

    result = run(source, "--twreplay-rehearse=5xx", "--twreplay-rehearse-limit=2")

    assert told(result) == [
        "test_it.py::test_one\n  GET /Calls #1, #2\n    retried: 500\n"
        "  1 more were left out: --twreplay-rehearse-limit"
    ]


@pytest.mark.slow
def test_workers_of_xdist_tell_the_same_of_each_test(run):
    source = ONE + "".join(f"def test_{n}(twilio):\n    calls(twilio)\n" for n in range(5))

    result = run(source, "--twreplay-rehearse", "-n", "2")

    result.assert_outcomes(passed=6)
    others = "".join(f"test_it.py::test_{n}\n" for n in range(5))
    assert told(result) == [others + ALL_OF_ONE]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--twreplay-rehearse=ReadTimout"], "*did you mean 'ReadTimeout'?"),
        (
            ["--twreplay-rehearse", "test_it.py"],
            "*write it --twreplay-rehearse=all, or put*",
        ),
        (["--twreplay-rehearse", "--twreplay-rehearse-limit=0"], "*a whole number from 1, not 0"),
    ],
)
def test_what_does_not_exist_is_refused_before_anything_runs(run, arguments, message):
    result = run(ONE, *arguments, "-n", "1")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("'ReadTimout'", "a rehearsal has no failure 'ReadTimout'; did you mean 'ReadTimeout'?"),
        ("may_rais=()", "the mark twreplay_faults has no keyword 'may_rais'*"),
        ("may_raise='x'", "may_raise takes exceptions, or () for none, not 'x'"),
        ("limit=0", "limit is a whole number from 1, not 0"),
    ],
)
def test_a_mark_that_makes_no_sense_is_an_error_of_its_test(run, arguments, message):
    result = run(f"@pytest.mark.twreplay_faults({arguments})\n" + ONE + "def test_b(): pass\n")

    result.assert_outcomes(errors=1, passed=1)
    result.stdout.fnmatch_lines([message])


class TestMayRaise:
    def test_what_is_raised_as_allowed_passes(self, run):
        source = "@pytest.mark.twreplay_faults(may_raise=(Refused, requests.RequestException))\n"

        result = run(source + ONE)

        result.assert_outcomes(passed=1)
        assert told(result) == [ALL_OF_ONE]

    def test_fails_the_test_otherwise(self, run):
        source = "@pytest.mark.twreplay_faults('500', 'ReadTimeout', may_raise=Refused)\n" + ONE

        result = run(source + "def test_two(): pass\n")

        result.assert_outcomes(passed=2, failed=1)
        result.stdout.fnmatch_lines(
            [
                "ReadTimeout rehearsed for GET /Calls #1: raised requests.ReadTimeout, which is "
                "not allowed",
                "1 * GET *Calls * failed *a rule of your own*",
                "*your rule ReadTimeout, rehearsed*",
                f"FAILED test_it.py::test_one{summary('ReadTimeout rehearsed for *')}",
            ]
        )

    def test_of_nothing_wants_the_test_to_pass(self, run):
        source = """
@pytest.mark.twreplay_faults("500", may_raise=())
def test_one(twilio):
    try:
        calls(twilio)
    except Refused:
        calls(twilio)

@pytest.mark.twreplay_faults("500", may_raise=())
def test_noticed(twilio):
    try:
        calls(twilio)
    except Refused:
        pytest.fail("told")

@pytest.mark.twreplay_faults("500", may_raise=())
def test_twice(twilio):
    form = {"From": "4158675309", "To": "4155551212", "Body": "Hi"}
    for _ in range(2):
        url = f"{twilio.account_url}/SMS/Messages"
        if requests.post(url, data=form, auth=twilio.auth, timeout=5).ok:
            return
"""
        result = run(source)

        result.assert_outcomes(passed=3, failed=2)
        result.stdout.fnmatch_lines(
            [
                f"FAILED test_it.py::test_noticed{summary('500 rehearsed for GET *: noticed*')}",
                f"FAILED test_it.py::test_twice{summary('500 rehearsed for POST *: sent*')}",
            ]
        )

    def test_selects_the_test_for_the_next_run(self, run, pytester):
        source = (
            "@pytest.mark.twreplay_faults('500', may_raise=())\n" + ONE + "def test_b(): pass\n"
        )
        run(source).assert_outcomes(passed=2, failed=1)

        result = run_inner(pytester, "--lf")

        result.assert_outcomes(passed=1, failed=1)

    def test_stops_at_the_first_failure_if_that_is_asked_for(self, run):
        source = "@pytest.mark.twreplay_faults(may_raise=())\n" + ONE + "def test_b(): pass\n"

        run(source, "-x").assert_outcomes(passed=1, failed=1)


class TestWhichTests:
    """Only those that pass, and that can be run again without harm."""

    def test_not_what_fails_skips_or_is_expected_to_fail(self, run):
        source = """
def test_fails(twilio):
    calls(twilio)
    assert False

def test_skips(twilio):
    calls(twilio)
    pytest.skip()

@pytest.mark.xfail(strict=False)
def test_xpasses(twilio):
    calls(twilio)

def test_without_requests():
    pass
"""
        result = run(source, "--twreplay-rehearse")

        result.assert_outcomes(failed=1, skipped=1, xpassed=1, passed=1)
        result.stdout.fnmatch_lines(["nothing was rehearsed"])

    def test_not_one_whose_session_others_share(self, run):
        source = """
@pytest.fixture(scope="module")
def shared():
    with twreplay.simulate() as twilio:
        yield twilio

def test_first(shared):
    calls(shared)

def test_second(shared):
    calls(shared)
    assert len(shared.requests) == 2
"""
        result = run(source, "--twreplay-rehearse", "-p", "no:randomly")

        result.assert_outcomes(passed=2)
        assert (
            told(result)[0] + "\n" == "test_it.py::test_first\n  not rehearsed: its session stays "
            "open for other tests; use one of the test's own\n"
        )

    def test_not_one_that_records(self, run, pytester):
        source = "@pytest.mark.twreplay\ndef test_one():\n    pass\n"
        recording = """
import twreplay._interception.fault_injection as stage

def pytest_runtest_call(item):
    stage._current.sent = True
"""
        result = run(source, "--twreplay-rehearse", "--twreplay-record=once", conftest=recording)

        result.stdout.fnmatch_lines(["*not rehearsed: it sends requests to the API*"])

    def test_those_of_unittest_are_rehearsed(self, run):
        source = """
class TestCalls(unittest.TestCase):
    @twreplay.simulate()
    def test_one(self, twilio):
        try:
            calls(twilio)
        except requests.Timeout:
            self.fail("timed out")
"""
        result = run(source, "--twreplay-rehearse=500,network")

        assert told(result) == [
            "test_it.py::TestCalls::test_one\n  GET /Calls\n"
            "    noticed: ConnectTimeout, ReadTimeout\n"
            "    raised test_it.Refused: 500\n"
            "    raised requests.ConnectionError: ConnectionReset"
        ]

    @pytest.mark.parametrize("name", CLIENTS)
    def test_those_of_any_client_are_rehearsed(self, run, name):
        source = f"""
from inner_runs import run_inner
from scenario import CLIENTS
from basic_auth import encode_basic

def test_one(twilio):
    headers = {{"Authorization": encode_basic(*twilio.auth)}}
    answer = CLIENTS[{name!r}]("GET", f"{{twilio.account_url}}/Calls", headers, b"")
    assert answer.status == 200

@twreplay.simulate(seed=1)
def test_decorated(twilio):
    test_one(twilio)
"""
        here = __file__.rpartition("/plugin/")[0]

        result = run(source, "--twreplay-rehearse=500,401", ini=f"pythonpath = {here}")

        result.assert_outcomes(passed=2)
        assert told(result) == [
            "test_it.py::test_decorated\ntest_it.py::test_one\n"
            "  GET /Calls\n    noticed: 401 (20003, 20005), 500"
        ]


class TestCassettes:
    SOURCE = """
def ask(cassette):
    for number in range(2):
        listed = cassette.interactions[1].request
        auth = (listed.credentials.account_sid, "x")
        answer = requests.get(listed.url, auth=auth, timeout=5)
        if answer.ok:
            return
    raise Refused

@pytest.mark.twreplay("both.yaml", allow_unused=True)
def test_retries(twilio_cassette):
    ask(twilio_cassette)
    assert twilio_cassette.play_count == 1

@pytest.mark.twreplay("both.yaml", allow_unused=True)
def test_asks_for_something_else(twilio_cassette):
    try:
        calls_of = twilio_cassette.interactions[1].request
        auth = (calls_of.credentials.account_sid, "x")
        assert requests.get(calls_of.url, auth=auth, timeout=5).ok
    except AssertionError:
        requests.get(calls_of.url + "&other=1", auth=auth, timeout=5)
"""

    @pytest.fixture(autouse=True)
    def _cassette(self, pytester):
        folder = pytester.path / "cassettes" / "test_it"
        folder.mkdir(parents=True)
        (folder / "both.yaml").write_text(SMS_AND_CALLS)

    def test_cassettes_play_on_after_a_failure(self, run):
        assert told(run(self.SOURCE, "--twreplay-rehearse=500")) == [
            "test_it.py::test_asks_for_something_else\n  GET /Calls\n    unmatched: 500",
            "test_it.py::test_retries\n  GET /Calls\n    retried: 500",
        ]

    def test_send_nothing_whatever_the_record_mode(self, run):
        source = self.SOURCE.replace("allow_unused", "record_mode='new_episodes', allow_unused")

        result = run(source, "--twreplay-rehearse=500", "--twreplay-block-network")

        result.assert_outcomes(passed=2)
        assert "unmatched: 500" in told(result)[0]

    def test_what_is_left_unused_then_is_no_failure(self, run):
        source = """
@pytest.mark.twreplay("both.yaml")
def test_one(twilio_cassette):
    for interaction in twilio_cassette.interactions:
        asked = interaction.request
        auth = (asked.credentials.account_sid, "x")
        try:
            requests.request(
                asked.method, asked.url, data=dict(asked.form), auth=auth, timeout=5
            ).raise_for_status()
        except requests.HTTPError:
            return
"""
        result = run(source, "--twreplay-rehearse=500")

        assert told(result) == [
            "test_it.py::test_one\n  POST /SMS/Messages\n    passed: 500\n"
            "  GET /Calls\n    passed: 500"
        ]


class TestARehearsal:
    def test_makes_the_fixtures_of_the_test_anew(self, run):
        source = """
made = []

@pytest.fixture
def fresh():
    made.append(len(made))
    return []

def test_one(twilio, fresh):
    fresh.append(1)
    assert fresh == [1]
    assert len(twilio.requests) == 0
    calls(twilio)

def test_two():
    assert len(made) == 3
"""
        run(source, "--twreplay-rehearse=401", "-p", "no:randomly").assert_outcomes(passed=2)

    def test_is_in_the_journal_of_the_simulator(self, run):
        source = """
def test_one(twilio):
    try:
        calls(twilio)
    except Refused:
        assert [entry.response.status for entry in twilio.requests] == [500]
    twilio.when("GET", "/Recordings")
"""
        result = run(source, "--twreplay-rehearse=500", "--twreplay-unused=ignore")

        assert told(result)[0].endswith("passed: 500")

    def test_does_not_count_as_something_that_the_suite_has_seen(self, run):
        result = run(ONE, "--twreplay-rehearse", "--twreplay-coverage")

        result.stdout.fnmatch_lines(
            ["GET    /Calls  200x1  302, 304, 401, 500", "twreplay: 1 simulated"]
        )

    def test_warns_no_more_than_the_test(self, run):
        source = "def test_one(twilio):\n    calls(twilio)\n    warnings.warn('hello')\n"

        result = run(source, "--twreplay-rehearse=302", "-W", "always")

        result.assert_outcomes(passed=1, warnings=1)

    def test_that_the_network_strikes_in_a_fixture(self, run):
        source = """
@pytest.fixture
def listed(twilio):
    calls(twilio)

def test_one(listed):
    pass
"""
        result = run(source, "--twreplay-rehearse=500")

        assert told(result)[0].endswith("raised test_it.Refused: 500")

    def test_of_a_test_that_asks_for_something_else_each_time(self, run):
        source = """
runs = []

def test_one(twilio):
    runs.append(1)
    if len(runs) == 1:
        calls(twilio)
"""
        result = run(source, "--twreplay-rehearse=500")

        assert told(result)[0].endswith("unreached: 500")

    def test_ends_with_ctrl_c(self, run):
        source = """
def test_one(twilio):
    try:
        calls(twilio)
    except Refused:
        raise KeyboardInterrupt
"""
        result = run(source, "--twreplay-rehearse=500")

        assert result.ret == pytest.ExitCode.INTERRUPTED

    def test_is_none_in_a_debugger(self, run):
        result = run(ONE, "--twreplay-rehearse", "--pdb")

        result.stdout.fnmatch_lines(["  not rehearsed: not with --pdb"])


def test_is_shown_in_the_header(run):
    result = run(ONE, "--twreplay-rehearse=5xx")

    result.stdout.fnmatch_lines(["twreplay: record none,*rehearse 5xx (command line)"])
