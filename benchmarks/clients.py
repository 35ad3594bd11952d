"""
One GET and one form POST by each client, and what is under it, written by hand.

A *floor* is a stub in place of the client's upper half, which returns a prepared answer. A *whole
client* is the client as it is, over a connection that answers with prepared bytes: nothing that
lets the client do its own work can be faster.
"""

from __future__ import annotations

import asyncio
import http.client
import io
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch
from urllib.parse import urlencode

import aiohttp
import httpx
import requests
import requests.adapters
import urllib3
import urllib3.connection
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import BaseConnector, Connection
from urllib3.response import HTTPResponse

from twreplay._http import encode_basic

SID = "AC0123456789abcdef0123456789abcdef"
HOST = "api.twilio.com"
PATH = f"/2008-08-01/Accounts/{SID}"
BODY = b'<?xml version="1.0"?>\n<TwilioResponse><Calls page="0"></Calls></TwilioResponse>\n'
FORM = {"From": "4158675309", "To": "4155551212", "Body": "Hi"}
HEADERS = {"Authorization": encode_basic(SID, "token")}
FORM_HEADERS = {**HEADERS, "Content-Type": "application/x-www-form-urlencoded"}
ANSWER_HEADERS = {"Content-Type": "application/xml"}
ON_THE_WIRE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n" % len(BODY)
) + BODY

Work = tuple[Callable[[], bytes], Callable[[], bytes]]
"""A GET and a POST, each of which returns the body of the answer."""


@contextmanager
def with_requests(origin: str) -> Iterator[Work]:
    """By a session of requests."""
    with requests.Session() as session:
        yield (
            lambda: session.get(f"{origin}{PATH}/Calls", headers=HEADERS).content,
            lambda: (
                session.post(f"{origin}{PATH}/SMS/Messages", data=FORM, headers=HEADERS).content
            ),
        )


@contextmanager
def with_urllib3(origin: str) -> Iterator[Work]:
    """By a pool of urllib3."""
    with urllib3.PoolManager() as pool:
        body = urlencode(FORM).encode()
        yield (
            lambda: pool.request("GET", f"{origin}{PATH}/Calls", headers=HEADERS).data,
            lambda: (
                pool.request(
                    "POST", f"{origin}{PATH}/SMS/Messages", body=body, headers=FORM_HEADERS
                ).data
            ),
        )


@contextmanager
def with_http_client(origin: str) -> Iterator[Work]:
    """By a connection of http.client."""
    scheme, _, host = origin.partition("://")
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    connection = kind(host)
    body = urlencode(FORM).encode()

    def send(method: str, path: str, body: bytes | None, headers: dict[str, str]) -> bytes:
        connection.request(method, PATH + path, body, headers)
        return connection.getresponse().read()

    yield (
        lambda: send("GET", "/Calls", None, HEADERS),
        lambda: send("POST", "/SMS/Messages", body, FORM_HEADERS),
    )
    connection.close()


@contextmanager
def with_httpx(origin: str) -> Iterator[Work]:
    """By a client of httpx."""
    with httpx.Client() as client:
        yield (
            lambda: client.get(f"{origin}{PATH}/Calls", headers=HEADERS).content,
            lambda: client.post(f"{origin}{PATH}/SMS/Messages", data=FORM, headers=HEADERS).content,
        )


@contextmanager
def with_aiohttp(origin: str) -> Iterator[Work]:
    """By a session of aiohttp."""
    loop = asyncio.new_event_loop()

    async def opened() -> aiohttp.ClientSession:
        return aiohttp.ClientSession()

    session = loop.run_until_complete(opened())

    async def ask(method: str, path: str, data: dict[str, str] | None) -> bytes:
        url = f"{origin}{PATH}{path}"
        async with session.request(method, url, data=data, headers=HEADERS) as response:
            return await response.read()

    yield (
        lambda: loop.run_until_complete(ask("GET", "/Calls", None)),
        lambda: loop.run_until_complete(ask("POST", "/SMS/Messages", FORM)),
    )
    loop.run_until_complete(session.close())
    loop.close()


CLIENTS = {
    "requests": with_requests,
    "urllib3": with_urllib3,
    "http.client": with_http_client,
    "httpx": with_httpx,
    "aiohttp": with_aiohttp,
}


# --- floors -----------------------------------------------------------------------------------


def _raw() -> HTTPResponse:
    return HTTPResponse(io.BytesIO(BODY), ANSWER_HEADERS, 200, preload_content=False)


@contextmanager
def floor_of_requests() -> Iterator[None]:
    """An adapter that answers."""
    build = requests.adapters.HTTPAdapter().build_response

    def send(self: object, request: requests.PreparedRequest, **given: object) -> object:
        return build(request, _raw())

    with patch.object(requests.adapters.HTTPAdapter, "send", send):
        yield


@contextmanager
def floor_of_urllib3() -> Iterator[None]:
    """A pool that answers."""

    def urlopen(self: object, method: str, url: str, **given: object) -> HTTPResponse:
        return HTTPResponse(io.BytesIO(BODY), ANSWER_HEADERS, 200)

    with patch.object(urllib3.HTTPConnectionPool, "urlopen", urlopen):
        yield


@contextmanager
def floor_of_http_client() -> Iterator[None]:
    """A connection that answers: the parser of the standard library over prepared bytes."""

    class Prepared:
        def makefile(self, mode: str) -> io.BytesIO:
            return io.BytesIO(ON_THE_WIRE)

    def getresponse(self: object) -> http.client.HTTPResponse:
        response = http.client.HTTPResponse(Prepared())  # type: ignore[arg-type]
        response.begin()
        return response

    with (
        patch.object(http.client.HTTPConnection, "request", lambda self, *given: None),
        patch.object(http.client.HTTPConnection, "getresponse", getresponse),
    ):
        yield


@contextmanager
def floor_of_httpx() -> Iterator[None]:
    """A transport that answers."""

    def handle(self: object, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers=ANSWER_HEADERS, content=BODY)

    with patch.object(httpx.HTTPTransport, "handle_request", handle):
        yield


class _Answer:
    status = 200

    async def read(self) -> bytes:
        return BODY

    async def __aenter__(self) -> _Answer:
        return self

    async def __aexit__(self, *given: object) -> None:
        pass


@contextmanager
def floor_of_aiohttp() -> Iterator[None]:
    """A session that answers."""

    async def request(self: object, *given: object, **named: object) -> _Answer:
        return _Answer()

    with patch.object(aiohttp.ClientSession, "_request", request):
        yield


FLOORS = {
    "requests": floor_of_requests,
    "urllib3": floor_of_urllib3,
    "http.client": floor_of_http_client,
    "httpx": floor_of_httpx,
    "aiohttp": floor_of_aiohttp,
}


# --- whole clients ----------------------------------------------------------------------------


class _Socket:
    def __init__(self) -> None:
        # urllib3 asks the system whether a connection that it kept is still there.
        self._pair = socket.socketpair()

    def fileno(self) -> int:
        return self._pair[0].fileno()

    def sendall(self, data: bytes) -> None:
        pass

    def settimeout(self, seconds: float | None) -> None:
        pass

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(ON_THE_WIRE)

    def close(self) -> None:
        for end in self._pair:
            end.close()


@contextmanager
def whole_http_client() -> Iterator[None]:
    """A connection that is made of nothing."""

    def connect(self: http.client.HTTPConnection) -> None:
        self.sock = _Socket()  # type: ignore[assignment]

    with patch.object(http.client.HTTPSConnection, "connect", connect):
        yield


@contextmanager
def whole_urllib3() -> Iterator[None]:
    """The same, as urllib3 has a class of its own."""

    def connect(self: urllib3.connection.HTTPSConnection) -> None:
        self.sock = _Socket()  # type: ignore[assignment]
        self.is_verified = True

    with patch.object(urllib3.connection.HTTPSConnection, "connect", connect):
        yield


class _Transport(asyncio.Transport):
    def __init__(self, protocol: ResponseHandler) -> None:
        super().__init__()
        self._protocol = protocol
        self._written = bytearray()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._written += data
        head, end, body = self._written.partition(b"\r\n\r\n")
        if end and (body or head.startswith(b"GET")):
            self._written.clear()
            asyncio.get_running_loop().call_soon(self._protocol.data_received, ON_THE_WIRE)

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass

    abort = close


@contextmanager
def whole_aiohttp() -> Iterator[None]:
    """A connector whose connections are made of nothing."""

    async def connect(self: BaseConnector, req: object, traces: object, timeout: object) -> object:
        loop = asyncio.get_running_loop()
        protocol = ResponseHandler(loop)
        protocol.connection_made(_Transport(protocol))
        protocol.force_close()
        return Connection(self, req.connection_key, protocol, loop)  # type: ignore[attr-defined]

    with patch.object(BaseConnector, "connect", connect):
        yield


WHOLE = {
    "urllib3": whole_urllib3,
    "http.client": whole_http_client,
    "aiohttp": whole_aiohttp,
}
