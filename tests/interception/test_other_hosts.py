"""Requests to other hosts stream, upload, time out and fail inside a session as without one."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import http.client
import importlib
import io
import socket
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import aiohttp
import httplib2
import httpx
import pytest
import requests
import urllib3
from conftest import BASE
from ports import kept_port
from raw_server import PATIENCE
from scenario import CLIENTS, Answer

import twreplay
from twreplay import errors

# In vain: nothing is ever sent, so that no time is too short for it.
BRIEFLY = 0.02
FIRST, SECOND = b"first part\n", b"second part\n"


@dataclass
class Elsewhere:
    url: str = ""
    first_was_read: threading.Event = field(default_factory=threading.Event)
    """To be set by a client that has read the first part; the second is sent only then."""
    upload_has_begun: threading.Event = field(default_factory=threading.Event)
    """Set once the first part of a chunked upload has arrived."""
    is_over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def elsewhere() -> Iterator[Elsewhere]:
    """A server of somebody else's on loopback."""
    server = Elsewhere()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            if self.path == "/never":
                server.is_over.wait()
                self.close_connection = True
                return
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.send_header("Connection", "close")
            self.end_headers()
            self.chunk(FIRST)
            if server.first_was_read.wait(PATIENCE):
                self.chunk(SECOND)
            self.chunk(b"")

        def do_POST(self) -> None:
            digest = hashlib.sha256(b"".join(self.parts())).hexdigest().encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(digest)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(digest)

        def parts(self) -> Iterator[bytes]:
            if "Content-Length" in self.headers:
                yield self.rfile.read(int(self.headers["Content-Length"]))
                return
            while size := int(self.rfile.readline(), 16):
                yield self.rfile.read(size)
                server.upload_has_begun.set()
                self.rfile.readline()
            self.rfile.readline()

        def chunk(self, data: bytes) -> None:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            pass  # a client that is gone is no news

    with Server(("127.0.0.1", 0), Handler) as listening:
        server.url = f"http://127.0.0.1:{listening.server_port}"
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.is_over.set()
            server.first_was_read.set()
            listening.shutdown()
            thread.join()


@pytest.fixture
def other():
    with elsewhere() as server:
        yield server


@pytest.fixture(params=["replaying", "recording", "simulating"])
def session(request, tmp_path, cassette_path):
    """The ways to open a session, which are all the same to another host."""

    def opened():
        if request.param == "simulating":
            return twreplay.simulate()
        if request.param == "recording":
            return twreplay.use_cassette(tmp_path / "new.yaml", record_mode="once")
        return twreplay.use_cassette(cassette_path, allow_unused=True)

    return opened


# Reads one part of a response as soon as it is there, says so, and reads the rest.
Stream = Callable[[str, threading.Event], list[bytes]]


def stream_requests(url: str, was_read: threading.Event) -> list[bytes]:
    with requests.get(url, stream=True, timeout=PATIENCE) as response:
        return list(noting(response.iter_content(None), was_read))


def stream_urllib3(url: str, was_read: threading.Event) -> list[bytes]:
    with urllib3.PoolManager() as pool:
        response = pool.request("GET", url, preload_content=False, timeout=PATIENCE, retries=False)
        parts = list(noting(response.read_chunked(), was_read))
        response.release_conn()
        return parts


def stream_http_client(url: str, was_read: threading.Event) -> list[bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    connection.request("GET", parts.path)
    with connection.getresponse() as response:
        read = list(noting(iter(response.readline, b""), was_read))
    connection.close()
    return read


def stream_urllib_request(url: str, was_read: threading.Event) -> list[bytes]:
    with urllib.request.urlopen(url, timeout=PATIENCE) as response:
        return list(noting(iter(response.readline, b""), was_read))


def stream_httpx(url: str, was_read: threading.Event) -> list[bytes]:
    with httpx.Client(timeout=PATIENCE) as client, client.stream("GET", url) as response:
        return list(noting(response.iter_raw(), was_read))


def stream_httpx_async(url: str, was_read: threading.Event) -> list[bytes]:
    async def ask() -> list[bytes]:
        read = []
        async with (
            httpx.AsyncClient(timeout=PATIENCE) as client,
            client.stream("GET", url) as response,
        ):
            async for part in response.aiter_raw():
                read.append(part)
                was_read.set()
        return read

    return asyncio.run(ask())


def stream_aiohttp(url: str, was_read: threading.Event) -> list[bytes]:
    async def ask() -> list[bytes]:
        read = []
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            async for part in response.content:
                read.append(part)
                was_read.set()
        return read

    return asyncio.run(ask())


def noting(parts: Iterator[bytes], was_read: threading.Event) -> Iterator[bytes]:
    for part in parts:
        yield part
        was_read.set()


# httplib2 is not among them: it reads a response as a whole.
STREAMS: dict[str, Stream] = {
    "requests": stream_requests,
    "urllib3": stream_urllib3,
    "http.client": stream_http_client,
    "urllib.request": stream_urllib_request,
    "httpx": stream_httpx,
    "httpx async": stream_httpx_async,
    "aiohttp": stream_aiohttp,
}


@pytest.mark.parametrize("client", STREAMS)
def test_a_response_is_read_while_it_is_still_being_written(client, session, other):
    with session():
        parts = STREAMS[client](f"{other.url}/stream", other.first_was_read)

    assert parts == [FIRST, SECOND]


# Asks for something that is not answered in time.
Impatient = Callable[[str], object]


def impatient_http_client(url: str) -> object:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=BRIEFLY)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse()
    finally:
        connection.close()


def impatient_urllib3(url: str) -> object:
    with urllib3.PoolManager() as pool:
        limits = urllib3.Timeout(connect=PATIENCE, read=BRIEFLY)
        return pool.request("GET", url, timeout=limits, retries=False)


def impatient_httplib2(url: str) -> object:
    http = httplib2.Http(timeout=BRIEFLY)
    try:
        return http.request(url)
    finally:
        http.close()


def impatient_httpx_async(url: str) -> object:
    async def ask() -> object:
        async with httpx.AsyncClient(timeout=httpx.Timeout(PATIENCE, read=BRIEFLY)) as client:
            return await client.get(url)

    return asyncio.run(ask())


def impatient_aiohttp(url: str) -> object:
    async def ask() -> object:
        timeout = aiohttp.ClientTimeout(sock_read=BRIEFLY)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            return await session.get(url)

    return asyncio.run(ask())


IMPATIENT: dict[str, tuple[Impatient, type[BaseException]]] = {
    "requests": (
        lambda url: requests.get(url, timeout=(PATIENCE, BRIEFLY)),
        requests.exceptions.ReadTimeout,
    ),
    "urllib3": (impatient_urllib3, urllib3.exceptions.ReadTimeoutError),
    "http.client": (impatient_http_client, TimeoutError),
    "urllib.request": (lambda url: urllib.request.urlopen(url, timeout=BRIEFLY), TimeoutError),
    "httpx": (
        lambda url: httpx.get(url, timeout=httpx.Timeout(PATIENCE, read=BRIEFLY)),
        httpx.ReadTimeout,
    ),
    "httpx async": (impatient_httpx_async, httpx.ReadTimeout),
    "aiohttp": (impatient_aiohttp, aiohttp.SocketTimeoutError),
    "httplib2": (impatient_httplib2, TimeoutError),
}


@pytest.mark.parametrize("client", IMPATIENT)
def test_a_timeout_is_the_clients_own(client, session, other):
    ask, expected = IMPATIENT[client]

    with session(), pytest.raises(expected) as caught:
        ask(f"{other.url}/never")

    assert caught.type is expected


def plain_http_client(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    connection.request(method, parts.path or "/", body=body or None, headers=headers)
    response = connection.getresponse()
    answer = Answer(response.status, response.read())
    connection.close()
    return answer


def aiohttp_from_a_file(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
    async def ask() -> Answer:
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, url, headers=headers, data=io.BytesIO(body)) as response,
        ):
            return Answer(response.status, await response.read())

    return asyncio.run(ask())


# Where there is no certificate, and more to send than aiohttp takes as bytes without a warning.
PLAIN = CLIENTS | {"http.client": plain_http_client, "aiohttp": aiohttp_from_a_file}


@pytest.mark.parametrize("client", PLAIN)
def test_a_refused_connection_is_the_clients_own(client, session):
    with kept_port() as port:
        url = f"http://127.0.0.1:{port}"
        with pytest.raises(Exception) as without:  # noqa: PT011 - whatever the client says
            PLAIN[client]("GET", url, {}, b"")

        with session(), pytest.raises(Exception) as inside:  # noqa: PT011 - the same
            PLAIN[client]("GET", url, {}, b"")

    assert inside.type is without.type


LARGE = bytes(range(256)) * 20_000


class TestALargeUpload:
    @pytest.mark.parametrize("client", PLAIN)
    def test_arrives_whole(self, client, session, other):
        headers = {"Content-Type": "application/octet-stream"}

        with session():
            answer = PLAIN[client]("POST", other.url, headers, LARGE)

        assert answer.body == hashlib.sha256(LARGE).hexdigest().encode()

    def test_is_sent_while_it_is_still_being_made(self, session, other):
        def parts() -> Iterator[bytes]:
            yield LARGE[:1000]
            assert other.upload_has_begun.wait(PATIENCE), "the first part was kept back"
            yield LARGE[1000:]

        with session():
            answer = requests.post(other.url, data=parts(), timeout=PATIENCE)

        assert answer.content == hashlib.sha256(LARGE).hexdigest().encode()

    def test_one_from_a_file_arrives_whole(self, session, other):
        with session():
            answer = requests.post(other.url, data=io.BytesIO(LARGE), timeout=PATIENCE)

        assert answer.content == hashlib.sha256(LARGE).hexdigest().encode()


class TestOtherVersionsOfTheApi:
    """They are on the API's host, and are neither answered nor sent."""

    @pytest.fixture(autouse=True)
    def no_network(self, monkeypatch):
        def refuse(*args: object, **kwargs: object) -> None:
            raise AssertionError(f"went to the network: {args[1:]!r}")

        monkeypatch.setattr(socket.socket, "connect", refuse, raising=False)
        monkeypatch.setattr(socket, "getaddrinfo", refuse)

    @pytest.mark.parametrize("path", ["/2010-04-01/Accounts", "/2008-08-010/Accounts", "/"])
    @pytest.mark.parametrize("client", CLIENTS)
    def test_are_refused_by_name(self, client, session, path):
        with pytest.raises(errors.NotSimulated) as caught, session():
            CLIENTS[client]("POST", f"https://api.twilio.com{path}", {}, b"To=1")

        assert caught.value.request.path == path

    @pytest.mark.parametrize("mode", ["once", "new_episodes", "all", "rewrite"])
    def test_are_refused_in_every_mode_that_records(self, mode, tmp_path):
        with (
            pytest.raises(errors.NotSimulated),
            twreplay.use_cassette(tmp_path / "x.yaml", record_mode=mode),
        ):
            requests.get("https://api.twilio.com/2010-04-01", timeout=5)


MODULES = [
    "http.client",
    "socket",
    "ssl",
    "asyncio.base_events",
    "urllib.request",
    "urllib3.connection",
    "urllib3.connectionpool",
    "urllib3.poolmanager",
    "requests.adapters",
    "requests.sessions",
    "httpx",
    "httpcore",
    "aiohttp",
    "aiohttp.client",
    "aiohttp.connector",
    "aiohttp.client_reqrep",
    "httplib2",
    "httpx2",
    "tornado.httpclient",
    "tornado.simple_httpclient",
]


def attributes() -> dict[tuple[str, str], object]:
    """Every attribute of the clients' modules and of their classes, as it is right now."""
    found: dict[tuple[str, str], object] = {}
    for module in MODULES:
        for name, value in vars(sys.modules[module]).items():
            found[module, name] = value
            if isinstance(value, type):
                for own, attribute in vars(value).items():
                    if own not in ("__doc__", "_abc_impl"):
                        found[f"{module}.{name}", own] = attribute
    return found


def test_every_attribute_of_every_client_is_the_original_after_the_session(session):
    for module in MODULES:
        importlib.import_module(module)
    with session():
        pass  # what the first session imports stays imported
    gc.collect()  # failed tasks of other tests, with the contexts of their sessions
    before = attributes()
    with session():
        during = attributes()
    after = attributes()

    assert {key for key in before if before[key] is not after.get(key)} == set()
    assert after.keys() == before.keys()
    replaced = {key for key in before if before[key] is not during[key]}
    assert ("requests.adapters.HTTPAdapter", "send") in replaced


def test_a_session_that_fails_puts_the_attributes_back_too(cassette_path):
    before = attributes()
    with pytest.raises(errors.UnmatchedRequest), twreplay.use_cassette(cassette_path):
        requests.get(f"{BASE}/Nowhere", timeout=5)

    assert {key for key, value in attributes().items() if before.get(key) is not value} == set()
