"""``--twreplay-rehearse`` delivers each webhook again, changed, and tells what became of it."""

from __future__ import annotations

import pytest
from inner_runs import run_inner
from two_way import Clinic, record_call

HEAD = """
import pytest, twreplay
from flask import Flask, abort, request

CHECKS = False
app = Flask("clinic")
keys = []

@pytest.fixture(autouse=True)
def forget():
    keys.clear()

@app.before_request
def check():
    if CHECKS and not twreplay.is_signed(
        request.url, request.form, TOKEN, request.headers.get("X-Twilio-Signature")
    ):
        return REFUSAL()

TOKEN = ""
REFUSAL = lambda: ("unsigned", 403)

@app.post("/voice")
def voice():
    return '<Response><Gather action="/key" numDigits="1"><Say>Hello.</Say></Gather></Response>'

@app.post("/key")
def key():
    if request.form["Caller"] == "4155550187":
        abort(404)
    keys.append(request.form["Digits"])
    return "<Response><Say>Thank you.</Say></Response>"

@pytest.fixture
def twilio(twilio):
    global TOKEN
    TOKEN = twilio.auth_token
    twilio.attach(app)
    number = twilio.incoming_phone_numbers[0]
    twilio.change(number, Url="https://clinic.example/voice")
    return twilio

def call(twilio):
    twilio.phone("4155550101").dial("4158675309").press("1").hang_up()

"""


@pytest.fixture
def run(pytester):
    def run(source, *arguments):
        pytester.makepyfile(test_it=HEAD + source)
        return run_inner(pytester, *arguments)

    return run


def told(result):
    """The section of the rehearsals without the meanings."""
    text = result.stdout.str().partition("twreplay rehearsal =")[2]
    section = text[text.index("\n") + 1 :].split("\n\n")
    return "\n\n".join(section[:2])


BLIND = """
def test_call(twilio):
    call(twilio)
    assert keys == ["1"]
"""


def test_an_application_that_looks_at_no_signature_is_found_out(run):
    result = run(BLIND, "--twreplay-rehearse=webhooks")
    result.assert_outcomes(passed=1)
    assert told(result) == (
        "16 changes of 3 webhooks in 1 test: 6 passed, 3 noticed, 3 accepted unsigned, "
        "3 accepted forged, 1 refused\n\n"
        "test_it.py::test_call\n"
        "  webhook voice POST /voice\n"
        "    passed: twice, others, late\n"
        "    accepted unsigned: unsigned\n"
        "    accepted forged: forged\n"
        "  webhook gather POST /key\n"
        "    noticed: twice, late, early\n"
        "    accepted unsigned: unsigned\n"
        "    accepted forged: forged\n"
        "    refused: others\n"
        "  webhook end-of-call POST /voice\n"
        "    passed: twice, others, early\n"
        "    accepted unsigned: unsigned\n"
        "    accepted forged: forged"
    )
    assert "finding: the application obeyed a webhook without a signature" in result.stdout.str()


def test_an_application_that_checks_signatures_refuses(run):
    result = run(f"CHECKS = True\n{BLIND}", "--twreplay-rehearse=unsigned,forged")
    assert told(result).partition("\n")[0] == "6 changes of 3 webhooks in 1 test: 6 refused"


def test_a_document_that_only_hangs_up_is_a_refusal(run):
    refusal = "REFUSAL = lambda: '<Response><Hangup/></Response>'\nCHECKS = True"
    result = run(f"{refusal}\n{BLIND}", "--twreplay-rehearse=unsigned")
    assert told(result).partition("\n")[0] == "3 changes of 3 webhooks in 1 test: 3 refused"


def test_a_mark_makes_a_finding_a_failure(run):
    mark = "@pytest.mark.twreplay_faults('unsigned', may_raise=())"
    result = run(mark + BLIND)
    result.assert_outcomes(passed=1, failed=3)
    told = "unsigned rehearsed for webhook gather POST /key #1: accepted unsigned"
    result.stdout.fnmatch_lines([f"*{told}, which is not allowed*"])


def test_a_mark_may_allow_what_an_application_accepts(run):
    mark = (
        "@pytest.mark.twreplay_faults('webhooks', may_raise=(), may_accept=('unsigned', 'forged'))"
    )
    body = "\ndef test_call(twilio):\n    call(twilio)\n"
    run(mark + body).assert_outcomes(passed=1)


def test_an_unknown_change_in_may_accept_is_refused(run):
    result = run("@pytest.mark.twreplay_faults(may_accept='twice')" + BLIND)
    assert "may_accept takes forged and unsigned" in result.stdout.str()


def test_an_application_that_breaks_is_told(run):
    body = """
@app.post("/second")
def second():
    if keys:
        raise LookupError("twice")
    keys.append("x")
    return "<Response/>"

def test_call(twilio):
    twilio.change(twilio.incoming_phone_numbers[0], Url="https://clinic.example/second")
    with pytest.raises(LookupError):
        twilio.phone("4155550101").dial("4158675309").wait(seconds=60)
"""
    mark = "@pytest.mark.twreplay_faults('twice', may_raise={})\ndef test_call"
    allowed = run(body.replace("def test_call", mark.format("LookupError")))
    refused = run(body.replace("def test_call", mark.format("OSError")))
    allowed.assert_outcomes(passed=1)
    refused.assert_outcomes(passed=1, failed=2)
    result = run(body, "--twreplay-rehearse=twice")
    assert "raised LookupError: twice" in told(result)


def test_requests_and_webhooks_are_rehearsed_together_within_the_limit(run):
    body = """
import requests

def test_call(twilio):
    requests.get(f"{twilio.account_url}/Calls", auth=twilio.auth, timeout=5)
    call(twilio)
"""
    result = run(body, "--twreplay-rehearse=500,webhooks", "--twreplay-rehearse-limit=4")
    assert "1 failure of 1 request and 7 changes of 3 webhooks in 1 test" in told(result)
    assert "9 more were left out" in told(result)


def test_webhooks_of_a_cassette_are_rehearsed(pytester):
    folder = pytester.mkdir("cassettes") / "test_it"
    folder.mkdir()
    record_call(folder / "test_call.yaml", Clinic())
    pytester.makepyfile(
        test_it="""
        import pytest
        from two_way import Clinic, post_call

        @pytest.mark.parametrize("checks", [False])
        def ignored(checks): pass

        @pytest.mark.twreplay("test_call.yaml", app=Clinic(checks=False).app)
        def test_open(twilio_cassette):
            post_call()

        @pytest.mark.twreplay("test_call.yaml", app=Clinic().app)
        def test_careful(twilio_cassette):
            post_call()
        """
    )
    result = run_inner(pytester, "--twreplay-rehearse=unsigned,forged")
    assert (
        "8 changes of 4 webhooks in 2 tests: 2 accepted unsigned, 2 accepted forged, 4 refused"
        in result.stdout.str()
    )


@pytest.mark.slow
def test_workers_hand_over_what_they_rehearsed(run):
    result = run(BLIND, "--twreplay-rehearse=unsigned", "-n1")
    assert "3 changes of 3 webhooks in 1 test: 3 accepted unsigned" in result.stdout.str()
