"""``--twreplay-report``: the page about a run."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from conftest import SMS_AND_CALLS
from extent import mark_slow
from inner_runs import run_inner

SUITE = """
import pytest, requests, twreplay

BASE = "https://api.twilio.com/2008-08-01/Accounts"

def text(account, token, body):
    form = {"From": "4158675309", "To": "4155551212", "Body": body}
    url = f"{BASE}/{account}/SMS/Messages"
    return requests.post(url, auth=(account, token), data=form, timeout=5)

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/xml")])
    return [b"<Response><Say>Hello there</Say></Response>"]

def test_call(twilio):
    twilio.attach(app)
    twilio.add_incoming_phone_number(PhoneNumber="4158675309")
    form = {"Caller": "4158675309", "Called": "4155551212", "Url": "http://app.example/voice"}
    url = f"{twilio.account_url}/Calls"
    assert requests.post(url, auth=twilio.auth, data=form, timeout=5).ok
    twilio.clock.advance(seconds=60)

@pytest.mark.twreplay(allow_unused=True)
def test_replayed(twilio_cassette):
    account = twilio_cassette.interactions[0].request.credentials.account_sid
    text(account, "pa55w0rd<i>", "Something <i>else</i>")

def test_none():
    assert True
"""

SHARED = """
import pytest, requests, twreplay

@pytest.fixture(scope="module")
def world():
    with twreplay.simulate() as simulator:
        yield simulator

@pytest.mark.parametrize("times", [1, 2, 300])
def test_asks(world, times):
    for _ in range(times):
        requests.get(f"{world.account_url}/Calls?Page=0", auth=world.auth, timeout=5)
"""


class Page(HTMLParser):
    """The articles of the page, each as its text; its tables, and what it fetches."""

    def __init__(self, text):
        super().__init__()
        self.articles, self.rows, self.fetched, self._inside = [], [], [], False
        self._in_cell, self.text = False, ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.fetched += [given[name] for name in ("src", "href") if name in given]
        if tag == "article":
            self.articles.append("")
            self._inside = True
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag):
        if tag == "article":
            self._inside = False
        if tag in ("td", "th"):
            self._in_cell = False

    def handle_data(self, data):
        self.text += data
        if self._inside:
            self.articles[-1] += data
        if self._in_cell:
            self.rows[-1][-1] += data


@pytest.fixture
def report(pytester):
    def run(*arguments, source=SUITE, ini="", file="out.html"):
        pytester.makepyfile(test_it=source)
        pytester.makeini(f"[pytest]\n{ini}")
        folder = Path("cassettes/test_it")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "test_replayed.yaml").write_text(SMS_AND_CALLS)
        result = run_inner(pytester, *arguments)
        return result, Page(Path(file).read_text("utf-8")) if Path(file).exists() else None

    return run


@pytest.mark.parametrize("workers", [(), mark_slow(("-n", "2"))], ids=["alone", "xdist"])
def test_the_failing_test_is_first_and_then_those_that_made_a_request(report, workers):
    result, page = report("--twreplay-report=out.html", *workers)

    result.assert_outcomes(passed=2, failed=1)
    assert [article.split()[0] for article in page.articles] == ["test_replayed", "test_call"]
    assert "1 test failed, 2 passed" in page.text
    assert "1 test made no request, and did not fail." in page.text
    assert page.fetched == ["data:,", "#main"]
    assert "pa55w0rd" not in page.text


def test_a_miss_is_beside_the_nearest_recording_with_what_differs_first(report):
    page = report("--twreplay-report=out.html")[1]

    rows = [[cell.strip() for cell in row] for row in page.rows]
    assert rows[0] == ["Part", "Sent", "Nearest recorded"]
    assert rows[1] == ["form.Body differs", "Something <i>else</i>", "Hi Jenny!"]
    assert ["form.To", "4155551212"] in rows
    assert 'ignore=("form.Body",)' in page.articles[0]


def test_a_simulated_test_has_rule_webhook_transcript_and_clock(report):
    call = report("--twreplay-report=out.html")[1].articles[1]

    for told in (
        "simulated",
        "making-calls page",
        "the call's Url, at its beginning",
        "<Response><Say>Hello there</Say></Response>",
        "says: Hello there",
        "The simulated clock stood at 2010-03-01T09:01:00-08:00",
    ):
        assert told in call
    assert call.index("/Calls") < call.index("http://app.example/voice")


def test_tokens_are_not_on_the_page_and_recorded_text_is_no_markup(report):
    report("--twreplay-report=out.html")

    text = Path("out.html").read_text("utf-8")
    assert "pa55w0rd" not in text
    assert "<i>" not in text
    assert "<script" not in text


def test_each_test_has_the_requests_that_it_made_of_a_shared_simulator(report):
    result, page = report("--twreplay-report=out.html", source=SHARED)

    result.assert_outcomes(passed=3)
    assert [article.count("→") for article in page.articles] == [1, 2, 200]
    assert "100 events before these were not kept." in page.articles[2]


def test_what_is_too_much_for_a_page_is_said(report, monkeypatch):
    monkeypatch.setattr("twreplay._reports.run.page.MOST_SHOWN", 30_000)

    page = report("--twreplay-report=out.html", source=SHARED)[1]

    assert "Of 1 test the details are left out" in page.text
    assert "→" not in page.articles[2]


def test_an_ini_key_writes_it_into_a_new_folder(report):
    assert report(ini="twreplay_report = pages/run.html", file="pages/run.html")[1] is not None


def test_the_command_line_switches_it_off(report):
    assert report("--twreplay-report=no", ini="twreplay_report = out.html")[1] is None


def test_another_kind_of_file_is_refused(report):
    result = report("--twreplay-report=out.txt")[0]

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "--twreplay-report writes FILE.html or FILE.json, not 'out.txt'" in result.stderr.str()


def test_a_page_that_cannot_be_written_fails_the_run(report):
    Path("taken").write_text("")

    result = report("--twreplay-report=taken/out.html", source="def test_ok(): pass")[0]

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["twreplay: the report taken/out.html could not be written: *"])


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("--twreplay-coverage=taken/out.json", "the coverage taken/out.json"),
        ("--twreplay-annotations=taken/out.sarif", "the annotations taken/out.sarif"),
    ],
)
def test_another_file_that_cannot_be_written_fails_the_run_too(report, option, told):
    Path("taken").write_text("")

    result = report(option, source="def test_ok(): pass")[0]

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines([f"twreplay: {told} could not be written: *", "*1 passed*"])


def test_rehearsed_failures_are_not_taken_for_the_tests_own(report):
    source = SUITE.split("@pytest.mark")[0]
    result, page = report("--twreplay-report=out.html", "--twreplay-rehearse=500", source=source)

    assert result.ret == 0
    assert len(page.articles) == 1
    assert "1 simulated, 2 webhooks" in page.articles[0]
    assert "noticed: 500" in page.text
    assert page.articles[0].count("→") == 1


IVR = """
import pytest

def app(environ, start_response):
    environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    signed = "HTTP_X_TWILIO_SIGNATURE" in environ
    is_refused = environ["PATH_INFO"] == "/key" and not signed
    start_response("403 Forbidden" if is_refused else "200 OK", [("Content-Type", "text/xml")])
    if environ["PATH_INFO"] == "/voice":
        return [b'<Response><Gather action="/key" numDigits="1"/></Response>']
    return [b"<Response><Say>Thank you</Say></Response>"]

@pytest.fixture
def twilio_app():
    return app

def test_key(twilio):
    twilio.change(twilio.incoming_phone_numbers[0], Url="https://clinic.example/voice")
    call = twilio.phone("4155550101").dial("4158675309").press("1")
    assert call.heard[-1].text == "Thank you"
"""
WORKERS = pytest.mark.parametrize("workers", [(), mark_slow(("-n", "1"))], ids=["alone", "xdist"])


@WORKERS
def test_rehearsed_webhooks_are_a_table_with_what_was_accepted_marked(report, workers):
    options = ("--twreplay-report=out.html", "--twreplay-rehearse=webhooks", *workers)
    result, page = report(*options, source=IVR)

    assert result.ret == 0
    assert page.rows == [
        ["Webhook", "unsigned", "forged", "twice", "others", "late", "early"],
        [
            *("voice POST /voice", "accepted unsigned", "accepted forged"),
            *("passed", "passed", "passed", "not sent"),
        ],
        [
            *("gather POST /key", "refused", "accepted forged"),
            *("passed", "passed", "not sent", "passed"),
        ],
    ]
    assert "finding: the application obeyed a webhook without a signature" in page.text
    assert len(page.articles) == 1


def test_webhooks_beyond_the_limit_of_rehearsals_are_counted(report):
    options = ("--twreplay-rehearse=webhooks", "--twreplay-rehearse-limit=3")
    _, page = report("--twreplay-report=out.html", *options, source=IVR)

    assert page.rows[0] == ["Webhook", "unsigned", "forged", "twice"]
    assert "more were left out" in page.text


@WORKERS
def test_report_as_json_has_tests_events_and_rehearsals(report, workers):
    options = ("--twreplay-report=new/out.json", "--twreplay-rehearse=webhooks,500", *workers)
    result, _ = report(*options, source=IVR)
    told = json.loads(Path("new/out.json").read_text("utf-8"))

    assert result.ret == 0
    (test,), (rehearsed,) = told["tests"], told["rehearsals"]
    assert told["twreplay_report"] == 1
    assert (test["name"], test["outcome"]) == (rehearsed["test"], "passed")
    assert [event["url"] for event in test["events"] if event["kind"] == "webhook"] == [
        "https://clinic.example/voice",
        "https://clinic.example/key",
    ]
    assert "presses 1" in test["transcripts"][0]
    findings = [each for each in rehearsed["webhooks"] if each["is_finding"]]
    assert [(each["request"], each["change"]) for each in findings] == [
        ("voice POST /voice", "unsigned"),
        ("voice POST /voice", "forged"),
        ("gather POST /key", "forged"),
    ]
    assert {each["outcome"] for each in rehearsed["webhooks"]} == {
        *("accepted unsigned", "accepted forged", "refused", "passed"),
    }


def test_report_as_json_has_failures_of_requests_and_no_token(report):
    result, _ = report("--twreplay-report=out.json", "--twreplay-rehearse=500")
    text = Path("out.json").read_text("utf-8")
    told = json.loads(text)

    result.assert_outcomes(passed=2, failed=1)
    assert "pa55w0rd" not in text
    assert [each["outcome"] for each in told["tests"]] == ["failed", "passed", "passed"]
    assert told["tests"][0]["messages"][0]["phase"] == "call"
    runs = [run for each in told["rehearsals"] for run in each["requests"]]
    assert [(run["request"], run["failure"], run["outcome"]) for run in runs] == [
        ("POST /Calls", "500", "noticed")
    ]


def test_a_module_that_cannot_be_collected_is_a_failure(report):
    result, page = report("--twreplay-report=out.html", source="import nothing_of_that_name")

    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert "1 test failed, 0 passed" in page.text
    assert "No module named 'nothing_of_that_name'" in page.articles[0]


def test_requests_to_a_server_of_the_test_are_told(report):
    source = """
    import requests

    def test_lists(twilio_server):
        with requests.Session() as session:
            session.trust_env = False
            session.get(f"{twilio_server.account_url}/Calls", auth=twilio_server.auth, timeout=5)
    """
    page = report("--twreplay-report=out.html", source=source)[1]

    assert page.articles[0].count("→") == 1
    assert "Calls page" in page.articles[0]
    assert "1 simulated" in page.text


def test_recording_from_the_simulator_is_told_from_replaying(report):
    source = SUITE.replace(
        "allow_unused=True", "'made.yaml', record_mode='once', source='simulator'"
    )
    source = source.replace(
        "account = twilio_cassette.interactions[0].request.credentials.account_sid",
        "account = 'AC' + 32 * '0'",
    )

    recorded = report("--twreplay-report=out.html", source=source)[1]
    replayed = report("--twreplay-report=out.html", source=source)[1]

    assert "the simulator, into cassettes/test_it/made.yaml" in recorded.text
    assert "interaction 1 of cassettes/test_it/made.yaml" in replayed.text
