"""Hooks and matchers are the user's own: they may fail, wait and send, and nothing is lost."""

from __future__ import annotations

import threading
from pathlib import Path

import httpx
import pytest
import requests
from conftest import ACCOUNT, BASE, TOKEN

import twreplay
from twreplay.errors import RecordingInterrupted, UsageError

AUTH = (ACCOUNT, TOKEN)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tape.yaml"


def aside(path: Path) -> Path:
    return path.with_name(f"{path.stem}.failed.yaml")


def count(path: Path) -> int:
    return path.read_text().count("uri:")


def recording(path: Path | None, mode: str = "once", **keywords):
    simulator = twreplay.Simulator(account_sid=ACCOUNT, auth_token=TOKEN, undocumented="ignore")
    return twreplay.use_cassette(path, record_mode=mode, source=simulator, **keywords)


def get(path: str, client=requests.get):
    return client(f"{BASE}{path}", auth=AUTH)


def pick_page(request: twreplay.Request) -> str:
    return dict(request.query)["page"]


class TestMatchers:
    @pytest.mark.parametrize("mode", ["rewrite", "all"])
    def test_a_key_that_fails_at_the_end_leaves_what_was_recorded_beside(self, path, mode):
        with pytest.raises(KeyError) as caught, recording(path, mode, match_on=pick_page):
            get("/Calls")
            get("/Calls?page=1")

        assert not path.exists()
        assert count(aside(path)) == 2
        assert "tape.failed.yaml" in caught.value.__notes__[0]

    def test_a_key_that_fails_does_not_replace_the_error_of_the_block(self, path):
        with pytest.raises(ZeroDivisionError), recording(path, "rewrite", match_on=pick_page):
            get("/Calls")
            1 / 0  # noqa: B018

        assert count(aside(path)) == 1

    def test_a_key_without_a_hash_leaves_what_was_recorded_beside(self, path):
        with (
            pytest.raises(UsageError, match="not hashable"),
            recording(path, "rewrite", match_on=lambda request: [request.path]),
        ):
            get("/Calls")

        assert count(aside(path)) == 1

    def test_see_no_token(self, path):
        seen: list[str] = []

        def look(request: twreplay.Request) -> str:
            seen.append(f"{request.url} {request.headers}{request.headers.get('authorization')}")
            return request.path

        with recording(path):
            get(f"/Calls?AuthToken={TOKEN}")
        with twreplay.use_cassette(path, match_on=look):
            get(f"/Calls?AuthToken={TOKEN}")

        assert seen
        assert not [told for told in seen if TOKEN in told or "QUMw" in told]

    def test_that_send_a_request_are_told_so(self, path):
        def ask(sent: twreplay.Request, recorded: twreplay.Request) -> bool:
            return get("/Recordings").ok

        with recording(path):
            get("/Calls")
        with (
            twreplay.use_cassette(path, match_on=ask, allow_unused=True),
            pytest.raises(UsageError, match="a matcher compares requests, and sends none"),
        ):
            get("/Calls")


class TestResponseHooks:
    @pytest.mark.parametrize("client", [requests.get, httpx.get], ids=["requests", "httpx"])
    def test_that_fail_are_told_of_though_the_code_under_test_caught_it(self, path, client):
        def refuse(response: twreplay.Response, request: twreplay.Request) -> twreplay.Response:
            if request.query:
                raise KeyError(TOKEN)
            return response

        with (
            pytest.raises(RecordingInterrupted, match="_response raised KeyError for it") as e,
            recording(path, "rewrite", before_record_response=refuse),
        ):
            get("/Calls", client)
            with pytest.raises(KeyError):
                get("/Calls?page=1", client)

        assert TOKEN not in str(e.value)
        assert not path.exists()
        assert count(aside(path)) == 1

    def test_that_fail_once_and_not_again_leave_a_whole_recording(self, path):
        failures = [KeyError("once")]

        def fail_once(response: twreplay.Response) -> twreplay.Response:
            if failures:
                raise failures.pop()
            return response

        with recording(path, "rewrite", before_record_response=fail_once):
            with pytest.raises(KeyError):
                get("/Calls")
            get("/Calls")

        assert count(path) == 1

    def test_may_send_requests(self, path):
        def follow(response: twreplay.Response, request: twreplay.Request) -> twreplay.Response:
            if request.path.endswith("/Calls"):
                get("/Recordings")
            return response

        with recording(path, before_record_response=follow) as cassette:
            get("/Calls")

        assert len(cassette) == 2

    def test_may_wait_for_the_request_of_another_thread(self, path):
        def follow(response: twreplay.Response, request: twreplay.Request) -> twreplay.Response:
            if request.path.endswith("/Calls"):
                other = threading.Thread(target=get, args=("/Recordings",))
                other.start()
                other.join()
            return response

        with recording(path, before_record_response=follow) as cassette:
            get("/Calls")

        assert len(cassette) == 2


def test_a_delay_of_a_rule_may_wait_for_the_request_of_another_thread():
    with twreplay.simulate(account_sid=ACCOUNT, auth_token=TOKEN) as twilio:

        def wait(random: object) -> float:
            other = threading.Thread(target=get, args=("/Recordings",))
            other.start()
            other.join()
            return 0.0

        twilio.when("GET", "/Calls").delay(wait)
        assert get("/Calls").ok
        assert [entry.request.path.rpartition("/")[2] for entry in twilio.requests] == [
            "Recordings",
            "Calls",
        ]


class TestWhatPasses:
    def test_goes_to_no_session_that_has_been_closed(self, path):
        with recording(path):
            get("/Calls")
        first = twreplay.simulate(account_sid=ACCOUNT, auth_token=TOKEN)
        second = twreplay.simulate(account_sid=ACCOUNT, auth_token=TOKEN)
        with first as outermost:
            closed = second.__enter__()
            with twreplay.use_cassette(path, passes="*/Recordings", allow_unused=True):
                get("/Recordings")
                second.__exit__(None, None, None)
                get("/Recordings")

        assert [len(closed.requests), len(outermost.requests)] == [1, 1]

    def test_goes_past_sessions_that_do_not_take_its_host(self, path):
        with recording(path):
            get("/Calls")
        hosts = ["api.twilio.com", "api.example.com"]
        options = {"account_sid": ACCOUNT, "auth_token": TOKEN}
        with (
            twreplay.simulate(hosts=hosts[1], **options) as takes_it,
            twreplay.simulate(hosts=hosts[0], **options) as does_not,
            twreplay.use_cassette(path, hosts=hosts, passes="*", allow_unused=True),
        ):
            requests.get(BASE.replace(*hosts), auth=AUTH)

        assert [len(takes_it.requests), len(does_not.requests)] == [1, 0]


def test_a_webhook_after_an_answer_that_came_too_late_is_recorded(path):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/xml")])
        return [b"<Response><Say>Hi</Say></Response>"]

    twilio = twreplay.Simulator(account_sid=ACCOUNT, auth_token=TOKEN, undocumented="ignore")
    twilio.when("POST", "/Calls", times=1).delay(60)
    form = {"Caller": "4158675309", "Called": "4155551212", "Url": "https://clinic.example/voice"}
    with twreplay.use_cassette(path, record_mode="rewrite", source=twilio, app=app) as cassette:
        with pytest.raises(requests.exceptions.ReadTimeout):
            requests.post(f"{BASE}/Calls", auth=AUTH, data=form, timeout=0.01)
        cassette.wait_for_webhooks(2)

    assert path.exists()
    with twreplay.use_cassette(path, app=app) as cassette:
        cassette.wait_for_webhooks(2)
