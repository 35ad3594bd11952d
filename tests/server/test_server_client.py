"""``twreplay.Server`` and the fixture ``twilio_server``."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import httpx
import pytest
from raw_server import RawServer

import twreplay
from twreplay.errors import UsageError

PROGRAM = """
import os, urllib.request, base64
url, sid = os.environ["TWILIO_API_URL"], os.environ["TWILIO_ACCOUNT_SID"]
token = os.environ["TWILIO_AUTH_TOKEN"]
request = urllib.request.Request(
    f"{url}/2008-08-01/Accounts/{sid}/SMS/Messages",
    b"From=4158675309&To=4155551212&Body=Hi",
    {"Authorization": "Basic " + base64.b64encode(f"{sid}:{token}".encode()).decode()},
)
print(urllib.request.urlopen(request).status)
"""


@pytest.fixture(scope="module")
def server():
    with twreplay.Server() as server:
        yield server


@pytest.fixture
def other(server):
    """The same server, as another process sees it."""
    server.reset()
    return twreplay.Server(server.url)


def test_program_in_another_process_is_answered(server, other):
    ran = subprocess.run(
        [sys.executable, "-S", "-c", PROGRAM],
        env=server.environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout == "200\n"
    assert other.sms_messages[-1].Body == server.simulator.sms_messages[-1].Body == "Hi"
    assert other.wait_for_request("POST", match="Hi")["outcome"] == "200"


def test_client_has_the_names_of_the_simulator(other, server):
    assert (other.auth, other.account_sid) == (server.simulator.auth, server.simulator.account_sid)
    call = other.add_call(Called="4155550000", StartTime=datetime(2010, 1, 1, tzinfo=UTC))
    other.add_recording(wav=b"RIFF")
    other.arrange_call("4155551212", outcome="busy")
    before = other.now
    other.advance(seconds=60)

    assert call.Called == other.calls[0].Called == "4155550000"
    assert len(other.recordings) == 1
    assert (other.now - before).total_seconds() == 60


def test_world_comes_back_from_a_snapshot(other):
    other.add_sms_message(Body="kept")
    snapshot = other.snapshot()
    other.reset()

    assert other.sms_messages == ()
    other.restore(snapshot)
    assert other.sms_messages[0].Body == "kept"


def test_every_list_of_the_simulator_is_there(other):
    for name in vars(twreplay._simulator.WorldFace):
        if not name.startswith("_") and not name.startswith("add_"):
            assert isinstance(getattr(other, name), tuple), name


@pytest.mark.parametrize(
    ("use", "told"),
    [
        (lambda s: s.arrange_call(outcome="bsy"), "busy"),
        (lambda s: s.add_call(Caled="1"), "Called"),
        (lambda s: s.add_rule("GET", respnd={}), "respond"),
        (lambda s: s.simulator, "another process"),
        (lambda s: s.start(), "runs already"),
        (lambda s: twreplay.Server(s.url, seed=1), "runs"),
        (lambda s: twreplay.Server("http://127.0.0.1:1").auth, "no server answers"),
        (lambda s: twreplay.Server("http://a b").auth, "no server answers"),
        (lambda s: twreplay.Server("http://[::1"), "takes the url of one that runs"),
        (lambda s: twreplay.Server("nowhere"), "takes the url of one that runs"),
        (lambda s: twreplay.Server().auth, "not started"),
    ],
)
def test_mistake_is_told(other, use, told):
    with pytest.raises(UsageError, match=told):
        use(other)


def test_another_server_is_told():
    with RawServer() as raw, pytest.raises(UsageError, match="is no server of twreplay"):
        _ = twreplay.Server(f"http://127.0.0.1:{raw.port}").auth


def test_request_that_does_not_come_is_told(other):
    with pytest.raises(TimeoutError, match="tomorrow"):
        other.wait_for_request(match="tomorrow", wait=0.01)


def send_message(server, body="Hi"):
    form = {"From": "4158675309", "To": "4155551212", "Body": body}
    url = f"{server.account_url}/SMS/Messages"
    return httpx.post(url, data=form, auth=server.auth, trust_env=False)


class TestAssertions:
    def test_what_was_sent_is_counted(self, other):
        send_message(other)
        send_message(other)

        assert other.assert_sent(To="4155551212", Body="Hi") == 2
        assert other.assert_requested("POST", "/SMS/Messages", status=200) == 2
        other.assert_not_sent(Body="Bye")
        other.assert_not_called()

    def test_message_shows_the_nearest(self, other):
        send_message(other)

        with pytest.raises(AssertionError, match=r"(?s)Body.*Hi"):
            other.assert_sent(Body="Bye")
        with pytest.raises(AssertionError, match=r"(?s)2"):
            other.assert_sent(times=2)

    def test_requests_are_explained(self, other):
        send_message(other)

        assert "/SMS/Messages" in other.explain()


class TestControls:
    def test_what_is_due_and_which_rules_there_are_is_listed(self, other):
        other.add_call(Status=0, goes_on=True)
        other.add_rule("GET", "/Calls", respond={"status": 503})
        httpx.get(f"{other.account_url}/Calls", auth=other.auth, trust_env=False)

        assert "call" in other.due[0]["kind"]
        assert [rule["used"] for rule in other.rules] == [1]

    @pytest.mark.parametrize(
        ("add", "answer"),
        [
            ("add_rule", {"respond": {"status": 9999}}),
            ("add_rule", {"delay": 1, "fail": 400}),
            ("add_webhook_rule", {"respond": {"status": 9999}}),
            ("add_webhook_rule", {"fail": 500, "respond": {"nothing": "such"}}),
        ],
    )
    def test_rule_whose_answer_is_refused_is_no_rule(self, other, server, add, answer):
        with pytest.raises(UsageError):
            getattr(other, add)("*" if add == "add_webhook_rule" else "GET", **answer)

        assert other.rules == []
        assert httpx.get(other.account_url, auth=other.auth, trust_env=False).status_code == 200
        assert server.simulator.unused_rules() is None

    def test_calls_go_on_as_told(self, other):
        call = other.add_call(Status=0, goes_on=True)

        assert other.answer(call).Status == "1"
        assert other.hang_up(other.calls[0]).Status == "2"

    def test_account_is_suspended_and_active_again(self, other):
        other.suspend()
        refused = send_message(other).status_code
        other.activate()

        assert (refused, send_message(other).status_code) == (401, 200)

    def test_instance_is_changed_and_removed(self, other):
        message = other.add_sms_message(Body="Hi")

        assert other.change(message, Body="Changed").Body == other.sms_messages[0].Body == "Changed"
        other.remove(message)
        assert other.sms_messages == ()

    def test_world_comes_in(self, other):
        assert other.receive_call(Caller="4155550000").Caller == "4155550000"
        assert other.receive_sms(Body="In").Body == "In"


def test_only_names_that_cannot_cross_processes_are_missing(other):
    of_simulator = {name for name in dir(twreplay.Simulator) if not name.startswith("_")}
    here = {
        # Values and functions of one process, or of the world itself.
        *("handle", "reply", "fork", "seed", "aio", "add_resource", "list_resource"),
        *("last_request", "unused_rules", "unread_notifications", "check_unexpected"),
        # Here add_rule, add_webhook_rule, now and advance: what begins a rule or moves a clock
        # is no object that could be handed over.
        *("when", "when_calling", "clock"),
    }

    assert of_simulator - set(dir(twreplay.Server)) == here


def test_magic_number_is_refused(other):
    other.add_magic_numbers()
    form = {"From": "5005550001", "To": "4155551212", "Body": "Hi"}
    url = f"{other.account_url}/SMS/Messages"

    assert httpx.post(url, data=form, auth=other.auth, trust_env=False).status_code == 400


class TestFixture:
    @pytest.mark.slow
    def test_counts_and_is_strict(self, pytester):
        pytester.makepyfile(
            """
            import urllib.request, urllib.error, pytest

            def test_counted(twilio_server):
                with pytest.raises(urllib.error.HTTPError):
                    urllib.request.urlopen(twilio_server.base_url + "/Accounts")

            def test_unused_rule(twilio_server):
                twilio_server.add_rule("GET", fail=500)

            @pytest.mark.twreplay(allow_unused=True, seed=1)
            def test_allowed_rule(twilio_server):
                twilio_server.add_rule("GET", fail=500)

            @pytest.mark.twreplay(unexpected="fail", undocumented="ignore")
            def test_unexpected_message(twilio_server):
                number = twilio_server.simulator.phone("4155550000").number
                twilio_server.simulator.add_sms_message(To=number, Status="queued")
                twilio_server.advance(seconds=60)

            @pytest.mark.twreplay(account_sid="AC" + "1" * 32)
            def test_marked(twilio_server):
                assert twilio_server.account_sid == "AC" + "1" * 32
            """
        )

        result = pytester.runpytest_inprocess()

        result.assert_outcomes(passed=5, errors=2)
        result.stdout.fnmatch_lines(["*UnusedRules*", "twreplay: 1 simulated*"])
        result.stdout.fnmatch_lines(["*a message to 4155550000: Hi"])
