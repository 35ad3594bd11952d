"""Clients that are intercepted through vcrpy's stubs: tornado's two, and the kin of httpx."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import ssl

import httpx
import httpx2
import httpx_curl_cffi
import pytest
import tornado.httpclient
import tornado.simple_httpclient
from conftest import ACCOUNT, BASE, TOKEN
from keep_alive import keep_alive_server
from local_api import local_api, names_point_home
from pyreqwest.compatibility.httpx import SyncHttpxTransport
from test_other_hosts import elsewhere
from tornado.curl_httpclient import CurlAsyncHTTPClient, CurlError
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.simple_httpclient import SimpleAsyncHTTPClient

import twreplay
from twreplay import errors, faults

CALLS = f"{BASE}/Calls?page=0&num=2"
RECORDED = b'<TwilioResponse><Calls page="0"/></TwilioResponse>'


def fetch(kind, request, **options):
    """One response of a tornado client of its own."""

    async def ask():
        client = kind(force_instance=True)
        try:
            return await client.fetch(request, **options)
        finally:
            client.close()

    return asyncio.run(ask())


@pytest.fixture(params=[SimpleAsyncHTTPClient, CurlAsyncHTTPClient], ids=["simple", "curl"])
def kind(request):
    return request.param


@pytest.fixture
def replaying(cassette_path):
    return twreplay.use_cassette(cassette_path, allow_unused=True)


class TestTornado:
    def test_credentials_of_the_request_are_understood(self, kind, replaying):
        with replaying:
            response = fetch(kind, CALLS, auth_username=ACCOUNT, auth_password=TOKEN)

        assert (response.code, response.body) == (200, RECORDED)

    def test_credentials_in_the_url_are_understood(self, kind, replaying):
        url = CALLS.replace("https://", f"https://{ACCOUNT}:{TOKEN}@")

        with replaying:
            assert fetch(kind, url).body == RECORDED

    def test_a_form_arrives(self, kind, replaying):
        with replaying:
            response = fetch(
                kind,
                f"{BASE}/SMS/Messages",
                method="POST",
                body="To=4155551212&From=4158675309&Body=Hi+Jenny!",
                auth_username=ACCOUNT,
                auth_password=TOKEN,
            )

        assert b"queued" in response.body

    def test_a_body_that_is_produced_arrives(self, kind, replaying):
        async def produce(write) -> None:
            await write(b"To=4155551212&From=4158675309")
            await write(b"&Body=Hi+Jenny!")

        with replaying:
            response = fetch(
                kind,
                f"{BASE}/SMS/Messages",
                method="POST",
                body_producer=produce,
                auth_username=ACCOUNT,
                auth_password=TOKEN,
            )

        assert b"queued" in response.body

    def test_callbacks_are_called(self, kind, replaying):
        heads, parts = [], []
        with replaying:
            response = fetch(
                kind,
                CALLS,
                header_callback=heads.append,
                streaming_callback=parts.append,
                auth_username=ACCOUNT,
                auth_password=TOKEN,
            )

        assert heads == ["HTTP/1.1 200 OK\r\n", "Content-Type: application/xml\r\n", "\r\n"]
        assert (b"".join(parts), response.body) == (RECORDED, b"")

    def test_an_answer_that_is_an_error_is_tornados_own(self, kind):
        with twreplay.simulate(), pytest.raises(HTTPClientError) as caught:
            fetch(kind, f"{BASE}/Calls")

        assert caught.value.code == 401

    def test_an_unmatched_request_is_ours(self, kind, replaying):
        with pytest.raises(errors.UnmatchedRequest), replaying:
            fetch(kind, f"{BASE}/Nowhere")

    def test_the_request_of_the_caller_is_not_changed(self, kind, replaying):
        request = HTTPRequest(CALLS, auth_username=ACCOUNT, auth_password=TOKEN)

        with replaying:
            response = fetch(kind, request)

        assert (request.auth_username, request.follow_redirects) == (ACCOUNT, None)
        assert "Authorization" not in request.headers
        assert response.request.url == response.effective_url == CALLS

    def test_a_delay_is_the_clients_timeout(self, kind):
        with twreplay.simulate() as twilio:
            twilio.when("GET", "/*").delay(seconds=60)
            with pytest.raises(HTTPClientError) as caught:
                fetch(kind, f"{BASE}/Calls", request_timeout=0.05)

        assert caught.value.code == 599

    def test_the_client_that_blocks_is_answered(self, replaying):
        client = tornado.httpclient.HTTPClient()
        with replaying:
            response = client.fetch(CALLS, auth_username=ACCOUNT, auth_password=TOKEN)
        client.close()

        assert response.body == RECORDED

    def test_other_hosts_stream(self, kind, replaying):
        parts = []

        def take(part: bytes) -> None:
            parts.append(part)
            other.first_was_read.set()

        with elsewhere() as other, replaying:
            fetch(kind, f"{other.url}/stream", streaming_callback=take)

        assert parts == [b"first part\n", b"second part\n"]

    def test_other_hosts_time_out(self, kind, replaying):
        with elsewhere() as other:
            with replaying, pytest.raises(HTTPClientError) as caught:
                fetch(kind, f"{other.url}/never", request_timeout=0.1)

        assert caught.value.code == 599

    def test_a_client_is_real_before_and_after(self, tmp_path, cassette_path):
        async def ask() -> list[bytes]:
            client = SimpleAsyncHTTPClient(force_instance=True)
            given = {
                "auth_username": ACCOUNT,
                "auth_password": TOKEN,
                "ca_certs": server.ca_file,
            }
            bodies = [(await client.fetch(f"{BASE}/before", **given)).body]
            with twreplay.use_cassette(cassette_path, allow_unused=True):
                bodies.append((await client.fetch(CALLS, **given)).body)
            bodies.append((await client.fetch(f"{BASE}/after", **given)).body)
            client.close()
            return bodies

        with keep_alive_server(tmp_path, "api.twilio.com") as server, names_point_home(server):
            assert asyncio.run(ask()) == [b"live 1", RECORDED, b"live 2"]

    def test_redirects_are_recorded_step_by_step(self, kind, tmp_path):
        path = tmp_path / "redirect.yaml"
        with local_api() as api, names_point_home(api):

            def ask(url: str, **options):
                return fetch(
                    kind,
                    url,
                    ca_certs=api.ca_file,
                    auth_username=ACCOUNT,
                    auth_password=api.auth_token,
                    prepare_curl_callback=(
                        None if kind is SimpleAsyncHTTPClient else towards(api.port)
                    ),
                    **options,
                )

            listed = ask(f"{BASE}/Recordings").body.decode()
            url = f"{BASE}/Recordings/{listed.split('<Sid>')[1][:34]}"
            responses = []
            for mode in ("once", "none"):
                with twreplay.use_cassette(path, record_mode=mode) as cassette:
                    responses.append(ask(url))
                    with pytest.raises(HTTPClientError, match="302"):
                        ask(url, follow_redirects=False)
        assert [r.status for r in cassette.responses] == [302, 200, 302]
        for response in responses:
            assert response.body.startswith(b"RIFF")
            assert response.effective_url == f"{url}.wav"
            assert response.request.url == url

    def test_what_was_recorded_replays(self, kind, tmp_path):
        path = tmp_path / "x.yaml"
        answers = []
        with local_api() as api, names_point_home(api):
            for mode in ("once", "none"):
                with twreplay.use_cassette(path, record_mode=mode):
                    for query in ("gzip=1", "chunked=1"):
                        response = fetch(
                            kind,
                            f"{BASE}/Calls?{query}",
                            ca_certs=api.ca_file,
                            auth_username=ACCOUNT,
                            auth_password=api.auth_token,
                            prepare_curl_callback=(
                                None if kind is SimpleAsyncHTTPClient else towards(api.port)
                            ),
                        )
                        answers.append((response.code, response.body))
        assert len(api.requests_seen) == 2
        assert answers[:2] == answers[2:]
        assert api.auth_token not in path.read_text()

    @pytest.mark.parametrize("fault", [name for name in faults.__all__ if name != "NetworkFault"])
    def test_a_fault_is_the_clients_own(self, kind, fault):
        with twreplay.simulate() as twilio:
            twilio.when("GET", "/*").raises(getattr(faults, fault))
            with pytest.raises(Exception) as caught:  # noqa: PT011 - the types follow
                fetch(kind, f"{BASE}/Calls", auth_username=ACCOUNT, auth_password=TOKEN)

        if kind is CurlAsyncHTTPClient:
            assert caught.type is CurlError
        else:
            assert caught.type is SIMPLY[fault]


SIMPLY = {
    "ConnectTimeout": tornado.simple_httpclient.HTTPTimeoutError,
    "ReadTimeout": tornado.simple_httpclient.HTTPTimeoutError,
    "ConnectionRefused": ConnectionRefusedError,
    "ConnectionReset": tornado.simple_httpclient.HTTPStreamClosedError,
    "NameResolutionFailed": socket.gaierror,
    "TLSFailure": ssl.SSLCertVerificationError,
    "TruncatedBody": tornado.simple_httpclient.HTTPStreamClosedError,
    "MalformedResponse": tornado.simple_httpclient.HTTPStreamClosedError,
}


def towards(port: int):
    """Where libcurl, which resolves names by itself, is to connect."""

    def prepare(curl) -> None:
        curl.setopt(curl.CONNECT_TO, [f"api.twilio.com:443:127.0.0.1:{port}"])

    return prepare


class TestHttpx2:
    """The rest of it is in the tests that every client has to pass."""

    def test_a_fault_is_its_own_exception(self):
        with twreplay.simulate() as twilio:
            twilio.when("GET", "/*").raises(faults.ReadTimeout)
            with httpx2.Client() as client, pytest.raises(httpx2.ReadTimeout) as caught:
                client.get(f"{BASE}/Calls", auth=(ACCOUNT, TOKEN))

        assert caught.value.request.url.path.endswith("/Calls")

    def test_a_truncated_body_is_its_own_exception(self):
        with twreplay.simulate() as twilio:
            twilio.when("GET", "/*").raises(faults.TruncatedBody)
            with httpx2.Client() as client, pytest.raises(httpx2.RemoteProtocolError):
                client.get(f"{BASE}/Calls", auth=(ACCOUNT, TOKEN))

    def test_a_delay_is_its_own_timeout(self):
        with twreplay.simulate() as twilio:
            twilio.when("GET", "/*").delay(seconds=60)
            with (
                httpx2.Client(timeout=httpx2.Timeout(10, read=0.05)) as client,
                pytest.raises(httpx2.ReadTimeout),
            ):
                client.get(f"{BASE}/Calls", auth=(ACCOUNT, TOKEN))

    def test_a_mock_transport_of_the_users_is_left_alone(self, replaying):
        """
        Which vcrpy by itself replaces.
        """
        transport = httpx2.MockTransport(lambda request: httpx2.Response(418))
        with replaying, httpx2.Client(transport=transport) as client:
            assert client.get(f"{BASE}/Calls").status_code == 418


class TestOtherTransportsOfHttpx:
    def test_curl_cffi_is_answered(self, replaying):
        with replaying, httpx.Client(transport=httpx_curl_cffi.CurlTransport()) as client:
            assert client.get(CALLS, auth=(ACCOUNT, TOKEN)).content == RECORDED

    def test_pyreqwest_is_answered(self, replaying):
        with replaying, httpx.Client(transport=SyncHttpxTransport()) as client:
            assert client.get(CALLS, auth=(ACCOUNT, TOKEN)).content == RECORDED


def test_the_attributes_are_the_originals_afterwards(replaying):
    patched = [
        (SimpleAsyncHTTPClient, "fetch_impl"),
        (httpx2.HTTPTransport, "handle_request"),
        (httpx2.AsyncHTTPTransport, "handle_async_request"),
    ]
    gc.collect()  # failed tasks of other tests, with the contexts of their sessions
    before = [vars(owner)[name] for owner, name in patched]
    with replaying:
        during = [vars(owner)[name] for owner, name in patched]
    after = [vars(owner)[name] for owner, name in patched]

    assert all(one is other for one, other in zip(before, after, strict=True))
    assert not any(one is other for one, other in zip(before, during, strict=True))


def test_what_the_stubs_log_has_no_token(replaying, caplog):
    """
    They log whole URLs, and whoever logs at DEBUG outside of pytest writes them.
    """
    caplog.set_level("DEBUG")
    with replaying, httpx.Client(transport=SyncHttpxTransport()) as client:
        client.get(CALLS, auth=(ACCOUNT, TOKEN))
        for name in ("vcr.stubs", "vcr.stubs.httpx_stubs", "vcr.stubs.aiohttp_stubs"):
            logging.getLogger(name).info("%s not in cassette", f"{CALLS}&AuthToken={TOKEN}")

    told = [record.getMessage() for record in caplog.records if record.name.startswith("vcr")]
    assert len([text for text in told if "&AuthToken=REDACTED" in text]) >= 3
    assert [text for text in told if TOKEN in text] == []
