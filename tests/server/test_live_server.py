"""Webhooks from a server to an application that runs, and phones on its control API."""

from __future__ import annotations

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import httpx
import pytest

import twreplay
from twreplay.errors import UsageError

NUMBER = "4158675309"
PAGES = {
    "/voice": '<Response><Gather numDigits="1" action="/menu"><Say>Press one</Say></Gather>'
    "</Response>",
    "/menu": "<Response><Say>Thank you</Say><Hangup/></Response>",
    "/sms": "<Response><Sms>You wrote</Sms></Response>",
    "/again": "<Response><Pause length='3600'/><Redirect/></Response>",
    "/play": "<Response><Play>/music</Play></Response>",
    "/record": '<Response><Record action="/menu"/></Response>',
}


class Application(BaseHTTPRequestHandler):
    """Answers TwiML; for ``/slow`` it waits until the test lets go."""

    seen: list
    let_go: threading.Event

    def do_GET(self):
        self.seen.append((self.path, {}, self.headers))
        self.answer()

    def do_POST(self):
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode(), True))
        self.seen.append((self.path, form, self.headers))
        if self.path == "/slow":
            self.let_go.wait(60)
        self.answer()

    def answer(self):
        page = PAGES.get(self.path, PAGES["/menu"]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def listening():
    handler = type("Handler", (Application,), {"seen": [], "let_go": threading.Event()})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http_server:
        thread = threading.Thread(target=http_server.serve_forever, args=(0.01,))
        thread.start()
        yield http_server
        http_server.shutdown()
        thread.join()


@pytest.fixture
def application(listening):
    handler = listening.RequestHandlerClass
    handler.seen.clear()
    handler.let_go.clear()
    yield handler
    handler.let_go.set()


@pytest.fixture(scope="module")
def started(listening):
    with twreplay.Server() as server:
        server.attach(f"http://127.0.0.1:{listening.server_port}")
        yield server


@pytest.fixture
def server(started, application):
    started.reset()
    (number,) = started.incoming_phone_numbers
    base = "https://clinic.example"
    started.change(number, Url=f"{base}/voice", SmsUrl=f"{base}/sms")
    return started


def post_call(server, path="/voice", called="4155551212"):
    form = {"Caller": "4158675309", "Called": called, "Url": f"https://clinic.example{path}"}
    answer = httpx.post(f"{server.account_url}/Calls", data=form, auth=server.auth, trust_env=False)
    assert answer.status_code == 200


def ask_for_validation(server):
    """Ask for the validation of 415-555-0123; return the code."""
    url, form = f"{server.account_url}/OutgoingCallerIds", {"PhoneNumber": "4155550123"}
    answer = httpx.post(url, data=form, auth=server.auth, trust_env=False)
    return answer.text.partition("<ValidationCode>")[2][:6]


class TestPhone:
    def test_outbound_call_is_picked_up_heard_and_answered_by_key(self, server, application):
        post_call(server)

        call = server.phone("4155551212").pick_up()
        call.expect("press one")
        assert call.expects == "digits"
        call.press("1").expect("thank you")
        call.wait()

        assert call.is_over
        assert [sound.text for sound in call.heard if sound.text] == ["Press one", "Thank you"]
        assert [path for path, *_ in application.seen][:2] == ["/voice", "/menu"]
        assert application.seen[1][1]["Digits"] == "1"

    def test_webhook_is_signed_for_the_public_url(self, server, application):
        server.phone("4155551212").dial(NUMBER)
        (path, form, headers) = application.seen[0]

        assert headers["Host"] == "clinic.example"
        assert twreplay.is_signed(
            f"https://clinic.example{path}",
            form,
            server.auth_token,
            headers["X-Twilio-Signature"],
        )

    def test_inbound_call_is_hung_up(self, server):
        call = server.phone("4155551212").dial(NUMBER)
        call.hang_up()

        assert call.is_over
        assert server.phone("4155551212").call is None
        assert "hangs up" in call.transcript or call.transcript

    def test_call_goes_on_from_a_snapshot(self, server, application):
        call = server.phone("4155551212").dial(NUMBER)
        call.expect("press one")
        saved = server.snapshot()
        call.hang_up()
        server.restore(saved)

        again = server.phone("4155551212").call
        again.press("1").expect("thank you")
        assert application.seen[-1][0] == "/menu"

    def test_call_that_is_changed_to_be_over_is_told_of(self, server, application):
        call = server.phone("4155551212").dial(NUMBER)
        server.change(server.calls[-1], Status="2")
        server.wait_for_webhook("/voice", match="completed")

        assert call.is_over

    def test_speech_is_recorded(self, server):
        (number,) = server.incoming_phone_numbers
        server.change(number, Url="https://clinic.example/record")

        server.phone("4155551212").dial(NUMBER).speak("Please call me back", seconds=4).press(
            "#"
        ).wait()

        assert int(server.recordings[-1].Duration) >= 3

    def test_text_is_answered_and_replied_to(self, server):
        phone = server.phone("4155551212")

        phone.text(NUMBER, "Hello").expect_text("you wrote")
        phone.reply("Again").expect_text("you wrote")

        assert [message.Body for message in phone.inbox] == ["You wrote", "You wrote"]

    def test_phone_is_busy(self, server):
        post_call(server)

        refused = server.phone("4155551212").busy()

        assert server.calls[-1].Status == "3"
        assert server.calls[-1].Sid == refused.Sid

    def test_phone_that_is_ignored_is_not_answered(self, server):
        post_call(server)

        ignored = server.phone("4155551212").ignore()

        assert (ignored.Sid, ignored.Status) == (server.calls[-1].Sid, "5")

    def test_audio_is_requested_where_the_application_was_attached_so(
        self, server, listening, application
    ):
        (number,) = server.incoming_phone_numbers
        server.change(number, Url="https://audio.example/play")
        there = f"http://127.0.0.1:{listening.server_port}"
        server.attach(there, "https://audio.example", fetch_audio=True)

        try:
            server.phone("4155551212").dial(NUMBER).wait()
        finally:
            server.attach(there, "https://audio.example")

        assert [path for path, *_ in application.seen][:2] == ["/play", "/music"]
        assert [each.ErrorCode for each in server.notifications] == ["13420"]

    def test_validation_call_rings_and_the_code_validates_the_number(self, server):
        code = ask_for_validation(server)

        call = server.phone("4155550123").pick_up()
        call.expect("code").press(code).expect("thank you").wait()

        assert call.is_over
        assert call.sid == "validation 1"
        assert [each.PhoneNumber for each in server.outgoing_caller_ids] == ["4155550123"]

    @pytest.mark.parametrize("verb", ["busy", "ignore"])
    def test_validation_call_that_is_refused_is_over(self, server, verb):
        ask_for_validation(server)
        phone = server.phone("4155550123")

        refused = getattr(phone, verb)()

        assert refused.PhoneNumber == "4155550123"
        assert server.outgoing_caller_ids == ()
        with pytest.raises(UsageError, match="did not ring"):
            phone.pick_up(wait=0)

    def test_page_shows_that_a_validation_call_rings(self, server):
        ask_for_validation(server)

        page = httpx.get(f"{server.url}/_twreplay/", trust_env=False).text

        assert 'data-rings="4155550123"' in page

    def test_text_that_no_test_expected_is_told(self, server):
        phone = server.phone("4155551212")
        phone.text(NUMBER, "Hello")
        server.advance(seconds=60)
        server.add_sms_message(To="4155551212", Body="One more", Status="sent")

        phone.expect_text("you wrote")

        with pytest.raises(AssertionError, match="a message to 4155551212: One more"):
            server.expect_nothing_more()

    @pytest.mark.parametrize(
        ("use", "told"),
        [
            (lambda phone: phone.pick_up(wait=0.01), "nobody calls"),
            (lambda phone: phone.reply("x"), "no message to reply to"),
            (lambda phone: phone.dial(NUMBER).press("x"), "keys of 0-9"),
        ],
    )
    def test_mistake_is_told(self, server, use, told):
        with pytest.raises(UsageError, match=told):
            use(server.phone("4155551212"))

    def test_words_that_are_not_said_fail_with_the_transcript(self, server):
        call = server.phone("4155551212").dial(NUMBER)

        with pytest.raises(AssertionError, match=r"(?s)never said goodbye.*Press one"):
            call.expect("goodbye", wait=0.01)


class TestWebhooks:
    def test_each_is_listed_with_why_and_outcome(self, server):
        server.phone("4155551212").dial(NUMBER)

        (webhook,) = server.webhooks

        assert webhook["direction"] == "to the application"
        assert (webhook["how"], webhook["outcome"]) == ("delivered", "200")
        assert webhook["url"] == "https://clinic.example/voice"
        assert webhook["rule"]
        assert len(server.requests) == 0

    def test_one_is_waited_for(self, server):
        post_call(server)
        waited = threading.Thread(target=lambda: server.phone("4155551212").pick_up())
        waited.start()

        webhook = server.wait_for_webhook(path="/voice", match="4155551212", wait=10)
        waited.join()

        assert webhook["outcome"] == "200"

    def test_rule_answers_in_the_place_of_the_application(self, server, application):
        server.add_webhook_rule("/voice", times=1, fail=503)

        server.phone("4155551212").dial(NUMBER)

        assert server.webhooks[0]["outcome"] == "503"
        assert server.webhooks[0]["how"] == "failed"
        assert application.seen == []

    def test_application_that_takes_its_time_holds_up_nobody_else(self, server, application):
        post_call(server, "/slow")
        picking = threading.Thread(target=lambda: server.phone("4155551212").pick_up())
        picking.start()
        server.wait_for_request("POST", "/Calls")

        other = server.phone("4155550000").dial(NUMBER)
        answer = httpx.get(f"{server.account_url}/Calls", auth=server.auth, trust_env=False)
        application.let_go.set()
        picking.join()

        assert (other.expects, answer.status_code) == ("digits", 200)

    def test_call_of_the_world_before_a_reset_is_forgotten(self, server, application):
        told = []

        def pick_up():
            try:
                server.phone("4155551212").pick_up()
            except UsageError as error:
                told.append(str(error))

        post_call(server, "/slow")
        picking = threading.Thread(target=pick_up)
        picking.start()
        while not application.seen:
            server.wait_for_request()
        server.reset()
        application.let_go.set()
        picking.join()

        assert (server.calls, server.webhooks) == ((), [])
        assert "the world was reset" in told[0]

    def test_document_without_an_end_does_not_hold_the_server(self, server):
        (number,) = server.incoming_phone_numbers
        server.change(number, Url="https://clinic.example/again")
        server.phone("4155551212").dial(NUMBER)

        with pytest.raises(UsageError, match="nobody calls 4155550000"):
            server.phone("4155550000").pick_up(wait=0.01)


def test_call_rings_and_runs_by_itself_where_the_clock_is_real(listening, application):
    app = f"https://clinic.example=http://127.0.0.1:{listening.server_port}"
    command = [sys.executable, "-m", "twreplay", "serve", "--port", "0", "--app", app]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            process.stdout.readline()
            port = process.stdout.readline().partition("127.0.0.1:")[2].partition("/")[0]
            server = twreplay.Server(f"http://127.0.0.1:{port}")
            server.arrange_call("4155551212", after=0.05)
            post_call(server)

            webhook = server.wait_for_webhook(path="/voice")

            assert webhook["outcome"] == "200"
            assert server.phone("4155551212").call is not None
        finally:
            process.terminate()


def test_host_that_no_application_has_is_a_name_that_does_not_exist(listening):
    with twreplay.Server() as server:
        server.attach(f"http://127.0.0.1:{listening.server_port}", "https://clinic.example")
        (number,) = server.incoming_phone_numbers
        server.change(number, Url="https://elsewhere.example/voice")
        server.phone("4155551212").dial(NUMBER)

        assert server.webhooks[0]["outcome"] == "NameResolutionFailed"
        assert server.notifications[-1].ErrorCode.startswith("11")
