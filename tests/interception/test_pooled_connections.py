"""Clients that live longer than a session, with connections to the API that they keep."""

from __future__ import annotations

import asyncio
import contextvars
import http.client
import os
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import aiohttp
import httplib2
import httpx
import pytest
import requests
import urllib3
from basic_auth import encode_basic
from conftest import ACCOUNT, BASE, TOKEN
from keep_alive import keep_alive_server
from local_api import names_point_home

import twreplay

CALLS = f"{BASE}/Calls?page=0&num=2"
HEADERS = {"Authorization": encode_basic(ACCOUNT, TOKEN)}
RECORDED = b'<TwilioResponse><Calls page="0"/></TwilioResponse>'


class RequestsSession:
    def __init__(self) -> None:
        self.session = requests.Session()

    def get(self, url: str) -> bytes:
        return self.session.get(url, headers=HEADERS, timeout=60).content

    def close(self) -> None:
        self.session.close()


class Urllib3PoolManager:
    def __init__(self) -> None:
        # A pool that loses a connection is a pool that waits for ever.
        self.pool = urllib3.PoolManager(
            maxsize=1, block=True, timeout=60, ca_certs=os.environ["SSL_CERT_FILE"]
        )

    def get(self, url: str) -> bytes:
        return self.pool.request("GET", url, headers=HEADERS, retries=False).data

    def close(self) -> None:
        self.pool.clear()


class HttpClientConnection:
    def __init__(self) -> None:
        self.connection = http.client.HTTPSConnection("api.twilio.com", timeout=60)

    def get(self, url: str) -> bytes:
        self.connection.request("GET", url.removeprefix("https://api.twilio.com"), headers=HEADERS)
        return self.connection.getresponse().read()

    def close(self) -> None:
        self.connection.close()


class Httplib2Http:
    def __init__(self) -> None:
        self.http = httplib2.Http(timeout=60, ca_certs=os.environ["SSL_CERT_FILE"])

    def get(self, url: str) -> bytes:
        return self.http.request(url, headers=dict(HEADERS))[1]

    def close(self) -> None:
        self.http.close()


class HttpxClient:
    def __init__(self) -> None:
        self.client = httpx.Client(verify=trusting(), timeout=60)

    def get(self, url: str) -> bytes:
        return self.client.get(url, headers=HEADERS).content

    def close(self) -> None:
        self.client.close()


class Asynchronous:
    """A client inside an event loop that is as old as the client."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.run(self.open())

    def run(self, coroutine):
        return self.runner.run(coroutine, context=contextvars.copy_context())

    def get(self, url: str) -> bytes:
        return self.run(self.ask(url))

    def close(self) -> None:
        self.run(self.shut())
        self.runner.close()


class HttpxAsyncClient(Asynchronous):
    async def open(self) -> None:
        self.client = httpx.AsyncClient(verify=trusting(), timeout=60)

    async def ask(self, url: str) -> bytes:
        return (await self.client.get(url, headers=HEADERS)).content

    async def shut(self) -> None:
        await self.client.aclose()


class AiohttpClientSession(Asynchronous):
    async def open(self) -> None:
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=1, ssl=trusting(), resolver=aiohttp.ThreadedResolver()
            )
        )

    async def ask(self, url: str) -> bytes:
        async with self.session.get(url, headers=HEADERS) as response:
            return await response.read()

    async def shut(self) -> None:
        await self.session.close()


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])


KEPT = [
    RequestsSession,
    Urllib3PoolManager,
    HttpClientConnection,
    Httplib2Http,
    HttpxClient,
    HttpxAsyncClient,
    AiohttpClientSession,
]


@pytest.fixture
def server(tmp_path):
    """Something that answers as api.twilio.com, and keeps the connection."""
    with keep_alive_server(tmp_path, "api.twilio.com") as server, names_point_home(server):
        yield server


@pytest.fixture
def unreachable(monkeypatch):
    """Nothing can be resolved or connected in the block."""

    @contextmanager
    def block():
        def refuse(*args: object, **kwargs: object) -> None:
            pytest.fail(f"went to the network: {args[1:]!r}")

        with monkeypatch.context() as patch:
            patch.setattr(socket.socket, "connect", refuse, raising=False)
            patch.setattr(socket, "getaddrinfo", refuse)
            yield

    return block


@pytest.fixture(params=KEPT, ids=lambda kind: kind.__name__)
def kind(request):
    return request.param


def test_a_client_with_a_live_connection_is_answered_from_the_cassette_and_then_real_again(
    kind, tmp_path, cassette_path, unreachable
):
    with keep_alive_server(tmp_path, "api.twilio.com") as server, names_point_home(server):
        client = kind()
        answers = [client.get(f"{BASE}/before"), client.get(f"{BASE}/before")]
        assert server.connections == 1, "the connection was not kept, so this proves nothing"
        with unreachable(), twreplay.use_cassette(cassette_path, allow_unused=True):
            answers.append(client.get(CALLS))
        answers += [client.get(f"{BASE}/after"), client.get(f"{BASE}/after")]
        client.close()

    assert answers == [b"live 1", b"live 2", RECORDED, b"live 3", b"live 4"]
    paths = [line.rpartition("/")[2] for line in server.seen]
    assert paths == ["before", "before", "after", "after"]
    assert server.connections <= 2


def test_a_client_made_inside_is_real_afterwards(kind, server, cassette_path, unreachable):
    with unreachable(), twreplay.use_cassette(cassette_path, allow_unused=True):
        client = kind()
        inside = client.get(CALLS)
    after = client.get(f"{BASE}/after")
    client.close()

    assert [inside, after] == [RECORDED, b"live 1"]


def test_one_client_is_answered_from_one_cassette_after_the_other(
    kind, server, cassette_path, tmp_path, unreachable
):
    other = tmp_path / "other.yaml"
    other.write_text(cassette_path.read_text().replace('page="0"', 'page="other"'))
    with unreachable():
        client = kind()
        answers = []
        for path in (cassette_path, other, cassette_path):
            with twreplay.use_cassette(path, allow_unused=True):
                answers.append(client.get(CALLS))
        client.close()

    assert answers == [RECORDED, RECORDED.replace(b"0", b"other"), RECORDED]


def test_a_client_with_a_live_connection_records(kind, server, tmp_path):
    client = kind()
    client.get(f"{BASE}/before")
    path = tmp_path / "recorded.yaml"
    with twreplay.use_cassette(path, record_mode="once"):
        recorded = [client.get(CALLS), client.get(f"{BASE}/inside")]
    with twreplay.use_cassette(path):
        replayed = [client.get(CALLS), client.get(f"{BASE}/inside")]
    after = client.get(f"{BASE}/after")
    client.close()

    assert recorded == replayed == [b"live 2", b"live 3"]
    assert after == b"live 4"


@pytest.mark.parametrize("shared", [RequestsSession, Urllib3PoolManager, HttpxClient])
def test_threads_that_share_a_client_with_a_live_connection_never_escape(
    shared, server, cassette_path, unreachable
):
    client = shared()
    client.get(f"{BASE}/before")
    with (
        unreachable(),
        twreplay.use_cassette(cassette_path, allow_unused=True, allow_playback_repeats=True),
        ThreadPoolExecutor(16) as pool,
    ):
        answers = set(pool.map(client.get, [CALLS] * 64))
    after = client.get(f"{BASE}/after")
    client.close()

    assert answers == {RECORDED}
    assert after == b"live 2"


class TestAResponseThatIsReadLate:
    """What has begun is read to its end where it began."""

    def test_one_from_before_the_session_is_read_whole(self, server, cassette_path):
        with requests.Session() as session:
            begun = session.get(f"{BASE}/before", headers=HEADERS, stream=True, timeout=60)
            with twreplay.use_cassette(cassette_path, allow_unused=True):
                inside = session.get(CALLS, headers=HEADERS, timeout=60).content
                assert [begun.content, inside] == [b"live 1", RECORDED]

            after = session.get(f"{BASE}/after", headers=HEADERS, timeout=60).content

        assert after == b"live 2"

    def test_one_from_inside_is_read_whole_after_the_session(self, server, cassette_path):
        with requests.Session() as session:
            with twreplay.use_cassette(cassette_path, allow_unused=True):
                begun = session.get(CALLS, headers=HEADERS, stream=True, timeout=60)
            after = session.get(f"{BASE}/after", headers=HEADERS, timeout=60).content

            assert [begun.content, after] == [RECORDED, b"live 1"]

    def test_one_of_httpx_from_before_the_session_is_read_whole(self, server, cassette_path):
        with httpx.Client(verify=trusting(), timeout=60) as client:
            with client.stream("GET", f"{BASE}/before", headers=HEADERS) as begun:
                with twreplay.use_cassette(cassette_path, allow_unused=True):
                    inside = client.get(CALLS, headers=HEADERS).content
                    assert [begun.read(), inside] == [b"live 1", RECORDED]
