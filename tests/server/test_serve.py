"""A server on loopback, driven over sockets: answers, faults, limits, the control API, the page."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html import unescape
from html.parser import HTMLParser
from types import SimpleNamespace

import httpx
import pytest
from basic_auth import encode_basic
from click.testing import CliRunner

import twreplay
from twreplay._cli import main
from twreplay._server import (
    CassetteBackend,
    RunningServer,
    SimulatorBackend,
    asgi,
    build_application,
    build_control,
    build_openapi,
    open_socket,
)
from twreplay._server.protocol import Protocol

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def shared():
    """One server for all: to stop one takes 0.2 s."""
    simulator = twreplay.Simulator(undocumented="ignore")
    running = RunningServer(SimulatorBackend(simulator), open_socket("127.0.0.1", 0))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def server(shared):
    httpx.post(f"{shared.url}/_twreplay/reset", json={}, trust_env=False).raise_for_status()
    return shared


@pytest.fixture
def simulator(server):
    return server.backend.simulator


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client:
        yield client


def calls_path(simulator):
    return f"/2008-08-01/Accounts/{simulator.account_sid}/Calls"


def send_raw(server, data):
    """Send bytes; return what comes until the server closes, or is idle."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as sock:
        received = b""
        with suppress(OSError):  # reset, as what was sent was refused unread
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
        with suppress(ConnectionResetError):
            while piece := sock.recv(65536):
                received += piece
    return received


class TestApi:
    def test_request_takes_effect_in_the_simulated_world(self, simulator, client):
        path = f"/2008-08-01/Accounts/{simulator.account_sid}/SMS/Messages"
        form = {"From": "4158675309", "To": "4155551212", "Body": "Grüße & mehr"}

        answer = client.post(path, data=form, auth=simulator.auth)

        assert (answer.status_code, simulator.sms_messages[-1].Body) == (200, "Grüße & mehr")

    def test_empty_line_after_a_form_is_passed_over(self, simulator, server):
        head = (
            f"POST {calls_path(simulator)} HTTP/1.1\r\nHost: api.twilio.com\r\n"
            f"Authorization: {encode_basic(*simulator.auth)}\r\nContent-Length: 0\r\n\r\n"
        )

        answers = send_raw(server, ("\r\n" + head + "\r\n" + head + "\r\n\n").encode())

        assert answers.count(b"HTTP/1.1 400") == answers.count(b"<Code>21201</Code>") == 2

    def test_wrong_token_is_challenged(self, simulator, client):
        answer = client.get(calls_path(simulator), auth=(simulator.account_sid, "wrong"))

        assert (answer.status_code, answer.headers["www-authenticate"]) == (
            401,
            'Basic realm="Twilio API"',
        )

    def test_date_is_that_of_the_clock_of_the_simulator_and_else_the_real_one(
        self, simulator, client
    ):
        answer = client.get(calls_path(simulator), auth=simulator.auth)
        page = client.get("/_twreplay/")

        assert answer.headers.get_list("date") == ["Mon, 01 Mar 2010 17:00:00 GMT"]
        (date,) = page.headers.get_list("date")
        assert abs(parsedate_to_datetime(date) - datetime.now(UTC)) < timedelta(minutes=1)

    def test_head_has_the_length_and_no_body(self, simulator, client):
        got = client.get(calls_path(simulator), auth=simulator.auth)
        head = client.head(calls_path(simulator), auth=simulator.auth)

        assert head.content == b""
        assert head.headers["content-length"] == got.headers["content-length"]

    def test_other_version_is_refused_by_name(self, client):
        answer = client.get("/2010-04-01/Accounts")

        assert answer.status_code == 501
        assert answer.headers["x-twreplay-error"] == "not-simulated"
        assert "2010-04-01" in answer.text

    def test_request_of_a_client_that_is_a_proxys_names_the_whole_url(self, simulator, server):
        target = f"http://api.twilio.com{calls_path(simulator)}"

        answer = send_raw(server, f"GET {target} HTTP/1.1\r\nHost: api.twilio.com\r\n\r\n".encode())

        assert answer.startswith(b"HTTP/1.1 401")


class TestFaults:
    @pytest.mark.parametrize(
        ("fault", "error"),
        [
            ("ConnectionReset", ConnectionResetError),
            ("TruncatedBody", http.client.IncompleteRead),
            ("MalformedResponse", http.client.BadStatusLine),
            ("ReadTimeout", TimeoutError),
        ],
    )
    def test_fault_happens_on_the_connection(self, simulator, server, fault, error):
        simulator.when().raises(getattr(twreplay.faults, fault))
        address = server.url.removeprefix("http://")
        seconds = 0.05 if fault == "ReadTimeout" else 60
        connection = http.client.HTTPConnection(address, timeout=seconds)

        with pytest.raises(error):
            connection.request("GET", calls_path(simulator))
            connection.getresponse().read()
        connection.close()

    @pytest.mark.parametrize("kind", [ValueError, SystemExit, pytest.fail.Exception])
    def test_what_a_rule_of_a_test_raises_is_no_answer_of_the_api(self, simulator, client, kind):
        @simulator.when("GET", "/Calls", times=1)
        def fail(request):
            raise kind("mine")

        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            client.get(calls_path(simulator), auth=simulator.auth)
        assert client.get(calls_path(simulator), auth=simulator.auth).status_code == 200

    def test_other_clients_are_answered_while_one_waits(self, simulator, server, client):
        simulator.when(times=1).raises(twreplay.faults.ReadTimeout)
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as waiting:
            waiting.sendall(b"GET /2008-08-01/Accounts HTTP/1.1\r\nHost: x\r\n\r\n")
            client.get("/_twreplay/requests?wait=50")

            assert client.get(calls_path(simulator), auth=simulator.auth).status_code == 200


class TestControl:
    def test_clock_moves_and_the_world_follows(self, simulator, client):
        simulator.add_call()
        client.post(
            calls_path(simulator),
            auth=simulator.auth,
            data={"Caller": "4158675309", "Called": "4155551212", "Url": "http://a.example/"},
        )

        client.post("/_twreplay/clock/advance", json={"seconds": 6})

        assert client.get("/_twreplay/world").json()["Call"][-1]["Status"] == "1"

    def test_a_rule_that_is_posted_answers_as_often_as_it_says(self, simulator, client):
        rule = {"method": "GET", "path": "/Calls", "times": 1, "respond": {"status": 503}}

        assert client.post("/_twreplay/rules", json=rule).status_code == 200
        statuses = [
            client.get(calls_path(simulator), auth=simulator.auth).status_code for _ in range(2)
        ]

        assert statuses == [503, 200]
        assert client.get("/_twreplay/rules").json()["rules"][0]["used"] == 1

    def test_snapshot_restores_the_same_world(self, simulator, client):
        simulator.add_sms_message(Body="kept")
        before = client.get("/_twreplay/snapshot").json()
        client.post("/_twreplay/reset", json={})

        client.post("/_twreplay/restore", json=before)

        assert client.get("/_twreplay/snapshot").json() == before
        assert simulator.sms_messages[-1].Body == "kept"

    def test_arranged_instance_is_there(self, simulator, client):
        answer = client.post(
            "/_twreplay/world/SMSMessage", json={"properties": {"Body": "from outside"}}
        )

        assert answer.json()["values"]["Body"] == simulator.sms_messages[-1].Body == "from outside"

    def test_requests_wait_for_the_one_that_matches(self, simulator, server):
        async def wait_and_send():
            async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
                waiting = asyncio.create_task(
                    client.get("/_twreplay/requests?wait=50&match=tomorrow", timeout=60)
                )
                form = {"From": "4158675309", "To": "4155551212", "Body": "See you tomorrow"}
                path = f"/2008-08-01/Accounts/{simulator.account_sid}/SMS/Messages"
                await client.post(path, data=form, auth=simulator.auth)
                return (await waiting).json()["requests"]

        assert [each["number"] for each in asyncio.run(wait_and_send())] == [1]

    @pytest.mark.parametrize(
        ("path", "body", "told"),
        [
            ("/clock/advance", {"seconds": -1}, "seconds from 0"),
            ("/clock/advance", {}, "seconds is missing"),
            ("/rules", {"respnd": {}}, "respond"),
            ("/rules", {"raises": "Reset"}, "ConnectionReset"),
            ("/rules", {"times": "x"}, "times"),
            ("/rules", {}, "the rule has no answer: give it one of respond"),
            ("/rules", {"fields": {"path": "x"}, "fail": 500}, "path stands beside them"),
            ("/rules/webhooks", {"path": "/voice"}, "the rule has no answer"),
            ("/world/Calls", {}, "Call"),
            ("/world/Call", {"properties": {"Caled": "1"}}, "Called"),
            ("/arrange/cal", {}, "call"),
            ("/arrange/call", {"outcome": "bsy"}, "busy"),
            ("/arrange/call", {"outcme": "busy"}, "outcme"),
            ("/key-in-code", {}, "validation"),
            ("/restore", {"x": 1}, "snapshot"),
        ],
    )
    def test_mistake_is_told(self, client, path, body, told):
        answer = client.post(f"/_twreplay{path}", json=body)

        assert answer.status_code == 400
        assert told in answer.text

    def test_openapi_describes_each_operation(self, client):
        document = client.get("/_twreplay/openapi.json").json()

        assert document == json.loads(json.dumps(build_openapi()))

    def test_event_is_pushed_to_a_page(self, simulator, server, client):
        with client.stream("GET", "/_twreplay/stream") as stream:
            lines = stream.iter_lines()
            assert next(lines) == ": ready"
            with httpx.Client(base_url=server.url, trust_env=False) as other:
                other.get(calls_path(simulator))

            data = next(line for line in lines if line.startswith("data: "))

        assert json.loads(data[6:])["outcome"] == "401"


class Outline(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.links += [value for name, value in attrs if name in ("src", "href")]


class TestPage:
    def test_page_loads_nothing_from_elsewhere(self, client):
        page = client.get("/_twreplay/")
        links = [link for link in Outline(page.text).links if not link.startswith("#")]

        assert links == ["/_twreplay/icon.svg", "/_twreplay/page.css", "/_twreplay/live.js"]
        assert [client.get(link).status_code for link in links] == [200, 200, 200]
        assert "default-src 'none'" in page.headers["content-security-policy"]

    def test_page_lists_rules_for_requests_and_for_webhooks(self, client):
        client.post("/_twreplay/rules", json={"path": "/Calls", "fail": 503})
        client.post("/_twreplay/rules/webhooks", json={"path": "/voice", "fail": 500})

        page = unescape(client.get("/_twreplay/").text)

        assert "when(path='/Calls')" in page
        assert "when_calling('/voice')" in page

    def test_phone_of_a_person_has_a_page_for_a_browser(self, client):
        page = client.get("/_twreplay/phones/%3Cb%3E", headers={"Accept": "text/html,*/*"})

        assert page.headers["content-type"].startswith("text/html")
        assert 'data-phone="<b>"' not in page.text
        assert 'data-phone="&lt;b&gt;"' in page.text

    def test_what_was_recorded_is_no_markup(self, simulator, client):
        client.get(calls_path(simulator) + "?x=<script>a()</script>")
        simulator.add_sms_message(Body="<img src=x onerror=a()>")

        page = client.get("/_twreplay/").text

        assert "<script>a()" not in page
        assert "<img" not in page
        assert "&lt;img src=x" in page

    def test_token_is_on_no_page_and_in_no_event(self, simulator, client):
        client.get(calls_path(simulator), auth=simulator.auth)
        client.get(f"/2008-08-01/Accounts/{simulator.account_sid}", auth=simulator.auth)

        shown = "".join(
            client.get(f"/_twreplay{path}").text
            for path in ("/", "/world", "/world/Account", "/requests", "/requests/1", "/requests/2")
        )

        assert simulator.auth_token not in shown


class TestAttacks:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Host": "evil.example"},
            {"Host": "127.0.0.1.evil.example"},
            {"Host": "[bad"},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
        ],
    )
    @pytest.mark.parametrize("path", ["/", "/world", "/snapshot", "/credentials", "/reset"])
    def test_foreign_page_is_refused(self, client, path, headers):
        assert client.get(f"/_twreplay{path}", headers=headers).status_code == 403

    @pytest.mark.parametrize(
        "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
    )
    def test_form_of_a_page_changes_nothing(self, simulator, client, kind):
        simulator.add_sms_message(Body="stays")

        answer = client.post("/_twreplay/reset", content=b"{}", headers={"Content-Type": kind})

        assert answer.status_code == 403
        assert simulator.sms_messages

    def test_body_over_the_limit_is_refused_unread(self, server):
        head = (
            b"POST /2008-08-01/Accounts HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"
        )

        assert send_raw(server, head).startswith(b"HTTP/1.1 413")

    def test_body_in_chunks_over_the_limit_is_refused(self, simulator, client):
        def pieces():
            for _ in range(40):
                yield b"x" * 65536

        try:
            status = client.post("/2008-08-01/Accounts", content=pieces()).status_code
        except (httpx.WriteError, httpx.ReadError):  # refused while it was still being written
            status = 413

        assert status == 413
        assert simulator.requests == ()

    def test_head_over_the_limit_is_refused(self, server):
        head = b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000

        assert send_raw(server, head)[:12] in (b"HTTP/1.1 400", b"")

    @pytest.mark.parametrize(
        "framing",
        [
            b"Content-Length: 5\r\nContent-Length: 6\r\n",
            b"Transfer-Encoding: xchunked\r\n",
            b"Transfer-Encoding: chunked, identity\r\n",
            b"Content-Length: +5\r\n",
            b"Content-Length : 5\r\n",
            b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            b"Transfer-Encoding : chunked\r\n",
            b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        ],
    )
    def test_ambiguous_framing_is_refused(self, simulator, server, framing):
        smuggled = b"GET /2008-08-01/Accounts HTTP/1.1\r\nHost: x\r\n\r\n"
        head = b"POST /2008-08-01/Accounts HTTP/1.1\r\nHost: x\r\n" + framing + b"\r\n"

        answer = send_raw(server, head + smuggled)

        assert answer.startswith(b"HTTP/1.1 400")
        assert simulator.requests == ()

    def test_head_over_the_limit_that_comes_at_once_is_refused(self, server):
        """uvicorn counts only what is not complete yet."""
        received = send_raw(
            server,
            b"GET /2008-08-01 HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 66_000 + b"\r\n\r\n",
        )

        assert received.startswith(b"HTTP/1.1 431 ")

    def test_head_that_does_not_end_is_closed(self, server, monkeypatch):
        monkeypatch.setattr(Protocol, "head_seconds", 0.05)
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=60) as sock:
            sock.sendall(b"GET /2008-08-01 HTTP/1.1\r\nHost:")
            received = sock.recv(1000)

        assert received.startswith(b"HTTP/1.1 408")

    def test_next_head_that_comes_byte_by_byte_is_closed(self, server, monkeypatch):
        monkeypatch.setattr(Protocol, "head_seconds", 0.1)
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=0.02) as sock:
            sock.sendall(b"GET /2008-08-01/Accounts HTTP/1.1\r\nHost: x\r\n\r\n")
            received = b""
            part, end = None, time.monotonic() + 60
            # Until it is closed without a word, at the latest.
            while b"HTTP/1.1 408" not in received and part != b"" and time.monotonic() < end:
                with suppress(TimeoutError):
                    part = sock.recv(10_000)
                    received += part
                with suppress(OSError):  # closed by now, but what it said is still to be read
                    sock.sendall(b"G")

        assert b"HTTP/1.1 408" in received

    def test_body_that_does_not_end_is_closed(self, server, monkeypatch):
        monkeypatch.setattr(asgi, "BODY_SECONDS", 0.05)
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=60) as sock:
            sock.sendall(b"POST /2008-08-01 HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na")
            received = sock.recv(1000)

        assert received.startswith(b"HTTP/1.1 408")

    @pytest.mark.parametrize("path", ["/../page.py", "/page.css/../../guard.py", "/%2e%2e/page.py"])
    def test_path_leads_out_of_nothing(self, server, path):
        request = f"GET /_twreplay{path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()

        assert b"HTTP/1.1 404" in send_raw(server, request)

    def test_other_address_needs_to_be_allowed(self):
        with pytest.raises(twreplay.errors.UsageError, match="--allow-remote"):
            open_socket("0.0.0.0", 0)


class TestKey:
    @pytest.fixture
    def ask(self, simulator):
        backend = SimulatorBackend(simulator)

        async def ask(**headers):
            application = build_application(backend, build_control(backend, "the-key"))
            transport = httpx.ASGITransport(application)
            async with httpx.AsyncClient(transport=transport, base_url="http://box") as client:
                return (await client.get("/_twreplay/world", headers=headers)).status_code

        return lambda **headers: asyncio.run(ask(**headers))

    def test_key_lets_in(self, ask):
        assert ask(Authorization="Bearer the-key") == 200

    def test_browser_gives_it_as_the_password_that_it_asks_for(self, ask):
        assert ask(Authorization=encode_basic("anybody", "the-key")) == 200

    @pytest.mark.parametrize(
        "given",
        [
            *("Bearer wrong", "Bearer ", "the-ke", "the-key", "Bearer the-keyé"),
            *("Basic the-key", "Basic é", "Basic dGhlLWtleQ==", encode_basic("the-key", "x")),
        ],
    )
    def test_without_it_nothing_is_shown_but_the_question_for_it(self, ask, given):
        assert ask(Authorization=given.encode("latin-1")) == 401


class TestCassette:
    @pytest.fixture
    def open_server(self, tmp_path):
        from twreplay._cassette import build_code_hints
        from twreplay._sessions import CassetteSession, CassetteSettings

        def open_server(mode, upstream="http://127.0.0.1:1"):
            settings = CassetteSettings.from_options({"record_mode": mode, "allow_unused": True})
            path = tmp_path / "served.yaml"
            session = CassetteSession(path, settings, build_code_hints(path), intercepts=False)
            backend = CassetteBackend(session, upstream, "served.yaml")
            running = RunningServer(backend, open_socket("127.0.0.1", 0))
            running.start()
            return running

        return open_server

    def record(self, open_server, server, simulator):
        recording = open_server("once", server.url)
        url = recording.url + calls_path(simulator)
        status = httpx.get(url, auth=simulator.auth, trust_env=False).status_code
        return recording, status

    def test_pages_have_the_timeline_and_neither_world_nor_phone(
        self, simulator, server, open_server
    ):
        recording, status = self.record(open_server, server, simulator)
        browser = {"Accept": "text/html"}
        whole = httpx.get(f"{recording.url}/_twreplay/", trust_env=False).text
        phone = httpx.get(f"{recording.url}/_twreplay/phones/1", headers=browser, trust_env=False)
        recording.stop()

        assert status == 200
        assert "recorded, cassette served.yaml" in whole
        assert 'id="world"' not in whole
        assert "nobody has a phone" in phone.text
        assert 'id="phone"' not in whole + phone.text

    def test_recorded_once_is_replayed_without_the_upstream(
        self, simulator, server, open_server, tmp_path
    ):
        recording, status = self.record(open_server, server, simulator)
        recording.stop()
        replaying = open_server("none")

        again = httpx.get(
            replaying.url + calls_path(simulator), auth=simulator.auth, trust_env=False
        )
        replaying.stop()

        assert (status, again.status_code, len(simulator.requests)) == (200, 200, 1)
        assert simulator.auth_token not in (tmp_path / "served.yaml").read_text()

    def test_python_replays_what_was_served(self, simulator, server, open_server, tmp_path):
        self.record(open_server, server, simulator)[0].stop()

        with twreplay.use_cassette(tmp_path / "served.yaml"):
            answer = httpx.get(
                f"https://api.twilio.com{calls_path(simulator)}", auth=simulator.auth
            )

        assert answer.status_code == 200

    def test_killed_recording_leaves_no_cassette_and_what_it_had_beside_it(
        self, simulator, server, open_server, tmp_path
    ):
        recording, _ = self.record(open_server, server, simulator)

        names = [path.name for path in tmp_path.iterdir() if path.suffix == ".yaml"]
        recording.stop()

        assert names == ["served.failed.yaml"]
        assert (tmp_path / "served.yaml").exists()

    def test_unmatched_request_is_told(self, simulator, server, open_server):
        self.record(open_server, server, simulator)[0].stop()
        replaying = open_server("none")

        answer = httpx.get(replaying.url + "/2008-08-01/Accounts/ACx", trust_env=False)
        with pytest.raises(twreplay.errors.UnmatchedRequest):
            replaying.stop()

        assert (answer.status_code, answer.headers["x-twreplay-error"]) == (
            501,
            "unmatched-request",
        )

    def test_upstream_that_is_not_there_is_told(self, open_server):
        recording = open_server("once")

        answer = httpx.get(recording.url + "/2008-08-01/Accounts", trust_env=False)
        with pytest.raises(twreplay.errors.RecordingInterrupted):
            recording.stop()

        assert answer.status_code == 502


def test_connection_that_is_closed_already_is_reset_without_an_error():
    with socket.socket() as closed:
        pass
    aborted = []
    transport = SimpleNamespace(
        get_extra_info=lambda name: closed, abort=lambda: aborted.append(True)
    )

    Protocol.reset(SimpleNamespace(transport=transport, cycle=SimpleNamespace()))

    assert aborted == [True]


class TestCommand:
    # It waits 5 s for requests that do not end, and a busy machine longer for the second signal.
    WITHOUT_LIMIT = (
        "from twreplay._cli import main; from twreplay._server import running;"
        "running._GRACE_SECONDS = 600; main()"
    )

    def start(self, *arguments, program=("-m", "twreplay")):
        return subprocess.Popen(
            [sys.executable, *program, "serve", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"TWREPLAY_AUTH_TOKEN": "0" * 31 + "7"},
        )

    def test_ends_well_at_a_signal(self):
        process = self.start()
        first = process.stdout.readline()
        api = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)

        assert first.endswith("simulates https://api.twilio.com/2008-08-01\n")
        assert "token in TWREPLAY_AUTH_TOKEN" in api
        assert (err, process.returncode) == ("", 0)
        assert "0" * 31 + "7" not in first + api + out

    @pytest.mark.slow
    def test_answers_when_nobody_reads_its_lines_any_more(self):
        process = self.start()
        process.stdout.readline()
        url = process.stdout.readline().split()[1]
        process.stdout.close()
        statuses = [httpx.get(f"{url}/Accounts", trust_env=False).status_code for _ in range(3)]
        process.send_signal(signal.SIGTERM)
        err = process.stderr.read()
        process.stderr.close()

        assert statuses == [401, 401, 401]
        assert err == "The output cannot be written: Broken pipe. No more requests are shown.\n"
        assert process.wait(60) == 0

    @pytest.mark.slow
    def test_second_signal_ends_what_does_not_and_saves_the_recording(self, tmp_path):
        cassette = tmp_path / "calls.yaml"
        with twreplay.Server() as upstream:
            where = ("--record", "once", "--upstream", upstream.url)
            program = ("-c", self.WITHOUT_LIMIT)
            process = self.start("--cassette", str(cassette), *where, program=program)
            process.stdout.readline()
            port = int(process.stdout.readline().partition("127.0.0.1:")[2].partition("/")[0])
            account = f"/2008-08-01/Accounts/{upstream.account_sid}"
            login = (upstream.account_sid, upstream.auth_token)
            url = f"http://127.0.0.1:{port}{account}"
            assert httpx.get(url, auth=login, trust_env=False).status_code == 200
            with socket.create_connection(("127.0.0.1", port)) as slow:
                slow.sendall(b"POST /2008-08-01 HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
                process.stdout.readline()
                process.send_signal(signal.SIGTERM)
                with suppress(OSError):  # it listens no longer when the first signal has come
                    while True:
                        socket.create_connection(("127.0.0.1", port)).close()
                process.send_signal(signal.SIGTERM)
                _, err = process.communicate(timeout=60)

        assert (process.returncode, err) == (0, "")
        assert account in cassette.read_text("utf-8")

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["--record", "once"], "--cassette FILE"),
            (["--cassette", "none.yaml"], "none.yaml"),
            (["--cassette", "x.yaml", "--record", "onec"], "once"),
            (["--profile", "observd"], "observed"),
            (["--host", "0.0.0.0"], "--allow-remote"),
            (["--account-sid", "XX"], "AC and 32"),
            *[
                (
                    ["--cassette", "x.yaml", "--record", "once", "--upstream", url],
                    "--upstream takes",
                )
                for url in (
                    "http://[::1",
                    "api.example",
                    "http://h:99999",
                    "https://u:door@h.example",
                )
            ],
        ],
    )
    def test_mistake_is_told(self, arguments, told, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)

        result = CliRunner().invoke(main, ["serve", "--port", "0", *arguments])

        assert result.exit_code == 2
        assert told in result.output
        assert "door" not in result.output

    def test_a_port_in_use_is_refused_with_who_uses_it(self, server):
        port = server.url.rpartition(":")[2]

        result = CliRunner().invoke(main, ["serve", "--port", port])

        assert f"another twreplay server, process {os.getpid()}" in result.output
