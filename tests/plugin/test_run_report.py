"""What the plugin says of a run: header, summary, failures, JUnit, coverage."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import SMS_AND_CALLS
from extent import mark_slow
from inner_runs import run_inner

SUITE = """
import pytest, requests, twreplay

def calls(twilio, auth=None):
    return requests.get(f"{twilio.account_url}/Calls", auth=auth or twilio.auth, timeout=60)

def test_list(twilio):
    assert calls(twilio).status_code == 200

def test_refused(twilio):
    assert calls(twilio, ("AC1", "x")).status_code == 401

def test_in_a_block():
    with twreplay.simulate() as twilio:
        calls(twilio)

@pytest.mark.twreplay
def test_replayed(twilio_cassette):
    for i in twilio_cassette.interactions:
        r = i.request
        auth = (r.credentials.account_sid, "x")
        requests.request(r.method, r.url, data=dict(r.form), auth=auth, timeout=60)
"""


@pytest.fixture
def run(pytester):
    def run(*arguments, source=SUITE, ini=""):
        pytester.makepyfile(test_it=source)
        pytester.makeini(f"[pytest]\n{ini}")
        folder = Path("cassettes/test_it")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "test_replayed.yaml").write_text(SMS_AND_CALLS)
        return run_inner(pytester, *arguments)

    return run


class TestHeader:
    def test_has_the_settings(self, run):
        run().stdout.fnmatch_lines(
            ["twreplay: record none, unused fail, profile documented, undocumented warn"]
        )

    def test_says_where_a_setting_comes_from(self, run):
        ini = "twreplay_profile = observed\ntwreplay_block_network = true"
        result = run("--twreplay-record=once", "--twreplay-coverage", ini=ini)

        result.stdout.fnmatch_lines(
            [
                "twreplay: record once (command line), unused fail, profile observed (ini), "
                "undocumented warn, block-network on (ini), coverage on (command line)"
            ]
        )


class TestSummary:
    def test_tells_how_requests_were_answered(self, run):
        result = run()

        result.assert_outcomes(passed=4)
        result.stdout.fnmatch_lines(["twreplay: 3 simulated; 2 replayed"])

    @pytest.mark.slow
    def test_is_that_of_the_whole_run_under_xdist(self, run):
        result = run("-n", "2")

        result.assert_outcomes(passed=4)
        result.stdout.fnmatch_lines(["twreplay: 3 simulated; 2 replayed"])

    def test_tells_what_went_wrong(self, run):
        source = (
            SUITE
            + """
@pytest.mark.twreplay("test_replayed.yaml")
def test_unmatched(twilio_cassette):
    requests.get("https://api.twilio.com/2008-08-01/Accounts", timeout=60)
"""
        )
        result = run("-k", "unmatched", source=source)

        result.stdout.fnmatch_lines(["twreplay: 1 unmatched; 2 interactions unused"])

    def test_names_undocumented_questions(self, run):
        source = """
import pytest, requests
def test_it(twilio):
    with pytest.warns():
        requests.get(twilio.account_url + "/Calls?num=0", auth=twilio.auth, timeout=60)
"""
        result = run(source=source)

        line = next(x for x in result.stdout.lines if x.startswith("twreplay: 1 simulated"))
        assert "undocumented: question 10 (1 test) (twreplay explain q10)" in line

    @pytest.mark.slow
    def test_counts_what_goes_to_other_hosts_meanwhile(self, run):
        source = """
import asyncio, http.server, threading, aiohttp, httpx, pytest, requests

@pytest.fixture
def url():
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()

async def by_aiohttp(url):
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status

def test_it(twilio, url):
    assert requests.get(url, timeout=60).ok
    assert httpx.get(url).is_success
    assert asyncio.run(by_aiohttp(url)) == 200

def test_without_a_session(url):
    assert requests.get(url, timeout=60).ok
"""
        result = run("--junitxml=out.xml", source=source)

        result.assert_outcomes(passed=2)
        result.stdout.fnmatch_lines(["twreplay: 3 passed through"])
        assert 'name="twreplay_passed_through" value="3"' in Path("out.xml").read_text()

    def test_is_silent_if_nothing_was_asked(self, run):
        result = run("-q", source="def test_it(): pass")

        assert not any(line.startswith("twreplay:") for line in result.stdout.lines)


def test_a_failure_shows_what_was_simulated(run):
    source = SUITE.replace("== 200", "== 999")
    result = run()
    assert "what twreplay simulated" not in result.stdout.str()

    result = run(source=source)

    result.assert_outcomes(failed=1, passed=3)
    result.stdout.fnmatch_lines(
        ["*- what twreplay simulated -*", "#  method  path*", "*", "1  GET *200 *"]
    )


def test_junit_has_the_counts_as_properties(run):
    run("--junitxml=out.xml")

    tree = ElementTree.parse("out.xml")
    found = {
        case.get("name"): {p.get("name"): p.get("value") for p in case.iter("property")}
        for case in tree.iter("testcase")
    }
    assert found["test_list"] == {"twreplay_simulated": "1"}
    assert found["test_replayed"] == {"twreplay_replayed": "2"}


OLD = SMS_AND_CALLS.replace("recorded_at: ''", "recorded_at: '2011-01-31T00:00:00Z'")


class TestAge:
    SOURCE = """
import pytest

@pytest.mark.twreplay("old.yaml", allow_unused=True)
def test_it(): pass
"""

    def outcome(self, run, *arguments, source=SOURCE, ini=""):
        folder = Path("cassettes/test_it")
        folder.mkdir(parents=True)
        (folder / "old.yaml").write_text(OLD)
        return run(*arguments, source=source, ini=ini)

    def test_old_enough_is_warned_of(self, run):
        result = self.outcome(run, "--twreplay-max-age=30d")

        result.assert_outcomes(passed=1, warnings=1)
        result.stdout.fnmatch_lines(["*ExpiredCassette: cassettes/test_it/old.yaml was recorded*"])
        result.stdout.re_match_lines([r"twreplay: .*\b1 cassette expired"])

    def test_fails_by_ini(self, run):
        ini = "twreplay_max_age = 30d\ntwreplay_on_expiry = fail"

        self.outcome(run, ini=ini).assert_outcomes(errors=1)

    def test_the_mark_beats_the_ini_key(self, run):
        source = self.SOURCE.replace("allow_unused=True", 'allow_unused=True, max_age="5000w"')
        ini = "twreplay_max_age = 30d\ntwreplay_on_expiry = fail"

        self.outcome(run, source=source, ini=ini).assert_outcomes(passed=1)


class TestCoverage:
    def test_the_table_has_what_was_seen_and_what_never_was(self, run):
        result = run("--twreplay-coverage")

        result.stdout.fnmatch_lines(
            [
                "*= twreplay coverage =*",
                "3 of the 9 documented answers of the 2 operations used (33%)*",
                "GET *Calls * 200x3, 401x1 * 302, 304, 500",
                "POST *SMS/Messages * 200x1 * 400, 401, 500",
            ]
        )

    @pytest.mark.slow
    def test_the_file_adds_up_what_workers_of_xdist_have_seen(self, run):
        run("-n", "2", "--twreplay-coverage=out/api.json").assert_outcomes(passed=4)

        data = json.loads(Path("out/api.json").read_text())
        assert data["summary"]["answers_seen"] == 3

    @pytest.mark.parametrize("workers", [(), mark_slow(("-n", "1"))])
    def test_each_status_names_the_tests_that_have_seen_it(self, run, workers):
        shared = """
def test_first_of_a_module(twilio_module):
    assert calls(twilio_module, ("AC1", "x")).status_code == 401

def test_last_of_a_module(twilio_module):
    pass
"""
        options = (*workers, "--twreplay-coverage=api.json")
        run(*options, source=SUITE + shared).assert_outcomes(passed=6)

        data = json.loads(Path("api.json").read_text())
        seen = {(cell["path"][-6:], cell["status"]): cell["tests"] for cell in data["cells"]}
        assert seen["/Calls", 200] == [
            "test_it.py::test_in_a_block",
            "test_it.py::test_list",
            "test_it.py::test_replayed",
        ]
        assert seen["/Calls", 401] == [
            "test_it.py::test_first_of_a_module",
            "test_it.py::test_last_of_a_module",
            "test_it.py::test_refused",
        ]

    def test_an_ini_key_writes_the_page(self, run):
        run(ini="twreplay_coverage = api.html").assert_outcomes(passed=4)

        assert "33% of the documented answers" in Path("api.html").read_text()

    @pytest.mark.parametrize(("least", "code"), [("33", 0), ("34", 1)])
    def test_too_little_fails_the_run(self, run, least, code):
        result = run(f"--twreplay-coverage-fail-under={least}")

        assert result.ret == code
        said = "FAIL: 33.3% is less than the 34% asked for." in result.stdout.str()
        assert said == bool(code)

    @pytest.mark.parametrize(
        ("arguments", "ini", "message"),
        [
            (["--twreplay-coverage", "test_it.py"], "", "FILE.json or FILE.html, not 'test_it.py'"),
            (["--twreplay-coverage-fail-under=101"], "", "from 0 to 100, not 101"),
            ([], "twreplay_coverage_fail_under = much", "takes a percentage, not 'much'"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, run, arguments, ini, message):
        result = run(*arguments, ini=ini)

        assert result.ret == pytest.ExitCode.USAGE_ERROR
        assert message in result.stderr.str() + result.stdout.str()
