"""The server as proxy and over TLS: what is answered here, what passes, what is refused."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from command_line import main

import twreplay


@pytest.fixture(scope="module", autouse=True)
def data_folder(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="module")
def strict():
    with twreplay.Server(only_twilio=True) as server:
        yield server


@pytest.fixture(scope="module")
def lenient():
    with twreplay.Server() as server:
        yield server


@pytest.fixture
def trust(strict):
    return ssl.create_default_context(cafile=strict.proxy_environment["SSL_CERT_FILE"])


@pytest.fixture
def through_strict(strict, trust):
    with httpx.Client(proxy=strict.url, verify=trust, trust_env=False) as client:
        yield client


@pytest.fixture
def through_lenient(lenient, trust):
    with httpx.Client(proxy=lenient.url, verify=trust, trust_env=False) as client:
        yield client


def connect(server):
    return socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=60)


def send_raw(server, data):
    with connect(server) as sock:
        sock.sendall(data)
        received = b""
        while piece := sock.recv(65536):
            received += piece
    return received


@contextmanager
def answer_each(answer):
    """Serve *answer* on loopback, a connection each; yield the URL and the heads that came."""
    heads = []

    def serve():
        while True:
            try:
                sock, _ = listening.accept()
            except OSError:
                return
            with sock:
                heads.append(sock.recv(65536))
                sock.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/", heads
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()  # before the number of the socket is given to another


def ask_for(url):
    host = url.removeprefix("http://").rstrip("/")
    return f"GET {url} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()


class TestApi:
    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_api_is_answered_here(self, strict, through_strict, scheme):
        answer = through_strict.get(f"{scheme}://api.twilio.com/2008-08-01/Accounts")

        assert answer.status_code == 401
        assert strict.requests[-1]["url"].startswith(f"{scheme}://api.twilio.com/")

    def test_requests_follow_one_another_in_a_tunnel(self, strict, through_strict):
        url = f"https://api.twilio.com/2008-08-01/Accounts/{strict.account_sid}/SMS/Messages"
        form = {"From": "4158675309", "To": "4155551212", "Body": "Hi"}

        statuses = [
            through_strict.post(url, data=form, auth=strict.auth).status_code for _ in range(3)
        ]

        assert statuses == [200, 200, 200]

    def test_fault_happens_on_the_connection_in_the_tunnel(self, strict, through_strict):
        strict.add_rule("GET", times=1, raises="ConnectionReset")

        # Python's ssl takes the reset for an end; curl tells it by name.
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            through_strict.get("https://api.twilio.com/2008-08-01/Accounts")

    def test_program_that_does_not_trust_it_hurts_nobody_else(self, strict, through_strict):
        with httpx.Client(proxy=strict.url, trust_env=False) as wary:
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                wary.get("https://api.twilio.com/2008-08-01/Accounts")

        assert through_strict.get("https://api.twilio.com/2008-08-01/Accounts").status_code == 401

    def test_tls_is_taken_on_the_same_port(self, strict, trust):
        url = strict.url.replace("http", "https", 1)

        answer = httpx.get(f"{url}/2008-08-01/Accounts", verify=trust, trust_env=False)

        assert answer.status_code == 401

    def test_what_is_no_handshake_ends_the_connection(self, strict):
        with connect(strict) as sock:
            sock.sendall(b"\x16 this is no handshake")
            answer = sock.recv(100)

        assert not answer.startswith(b"HTTP")
        assert httpx.get(strict.url + "/_twreplay/health", trust_env=False).status_code == 200


class TestOtherHosts:
    @pytest.mark.parametrize(
        "head",
        [
            b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n",
            b"GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n",
            b"GET http://api.twilio.com@example.com/ HTTP/1.1\r\nHost: api.twilio.com\r\n\r\n",
            b"GET http://example.com/_twreplay/credentials HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        ],
    )
    def test_other_host_is_refused_by_name(self, strict, head):
        answer = send_raw(strict, head)

        assert answer.startswith(b"HTTP/1.1 403")
        assert b"(--only-twilio): example.com" in answer

    def test_tunnel_is_passed_on(self, strict, lenient, trust):
        there = strict.url.replace("http", "https", 1)
        with httpx.Client(proxy=lenient.url, verify=trust, trust_env=False) as client:
            answer = client.get(f"{there}/2008-08-01/Accounts")

        assert answer.status_code == 401
        assert strict.requests[-1]["url"] == f"{there}/2008-08-01/Accounts"

    def test_request_is_passed_on_with_its_body(self, strict, through_lenient):
        url = f"{strict.account_url}/SMS/Messages"
        form = {"From": "4158675309", "To": "4155551212", "Body": "By the proxy"}

        answer = through_lenient.post(url, data=form, auth=strict.auth)

        assert answer.status_code == 200
        assert strict.sms_messages[-1].Body == "By the proxy"

    def test_nothing_is_added_and_no_cookie_reaches_the_next_program(self, lenient):
        answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: session=s1\r\nContent-Length: 0\r\n\r\n"
        with answer_each(answer) as (url, heads):
            answers = [send_raw(lenient, ask_for(url)) for _ in range(2)]

        assert [b"session=s1" in answer for answer in answers] == [True, True]
        assert [head.lower().count(b"\r\n") for head in heads] == [3, 3]  # the line, Host, the end

    def test_answer_that_breaks_off_breaks_off_for_the_program(self, lenient):
        broken = b"HTTP/1.1 200 OK\r\nContent-Length: 320\r\n\r\nthe beginning"
        with answer_each(broken) as (url, _), pytest.raises(ConnectionResetError):
            send_raw(lenient, ask_for(url))

    @pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "https://127.0.0.1:1/"])
    def test_host_that_does_not_answer_is_told(self, through_lenient, url):
        try:
            status = through_lenient.get(url).status_code
        except httpx.ProxyError as error:  # of a tunnel
            status = int(str(error).split()[0])

        assert status == 502

    def test_target_without_a_host_is_refused(self, strict):
        assert send_raw(strict, b"CONNECT :443 HTTP/1.1\r\nHost: x\r\n\r\n").startswith(
            b"HTTP/1.1 400"
        )


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_authority_that_cannot_be_opened_ends_connections(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with twreplay.Server() as server:
        key = Path(server.proxy_environment["SSL_CERT_FILE"]).with_name("authority.key")
        key.chmod(0o640)

        with pytest.raises(ConnectionResetError):
            send_raw(server, b"\x16\x03\x01")
        tunnel = send_raw(server, b"CONNECT api.twilio.com:443 HTTP/1.1\r\nHost: x\r\n\r\n")

    assert tunnel == b"HTTP/1.1 200 Connection Established\r\n\r\n"
    assert [record.getMessage().count("others can read the key") for record in caplog.records] == [
        1,
        1,
    ]


class TestControl:
    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_control_api_is_not_at_the_name_of_the_api(self, through_strict, scheme):
        answer = through_strict.get(f"{scheme}://api.twilio.com/_twreplay/credentials")

        assert answer.status_code in (403, 501)

    def test_proxy_for_other_machines_is_open_to_nobody(self):
        arguments = ["serve", "--port", "0", "--proxy", "--allow-remote"]

        result = CliRunner().invoke(main, arguments)

        assert result.exit_code == 2
        assert "add --only-twilio" in result.output
