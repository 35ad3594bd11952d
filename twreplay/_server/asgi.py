"""The API over ASGI: requests in, answers out, faults on the connection itself."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from email.utils import formatdate
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from twreplay import faults
from twreplay._http import Reply, Request, Response, is_bodiless

if TYPE_CHECKING:
    from twreplay._server.backend import Backend

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

CONTROL_ROOT = "/_twreplay"

_log = logging.getLogger("twreplay.server")

MOST_BODY = 1 << 20
"""The largest body in bytes: a TwiML document or a form is far smaller."""

BODY_SECONDS = 30
"""The time in which a body must have come."""

MOST_HEAD = 64 * 1024
"""The largest head in bytes."""

# A server sets the headers for framing itself.
_FRAMES = frozenset({b"connection", b"transfer-encoding", b"content-length"})

_TRUNCATED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 320\r\n\r\n"
    b'<?xml version="1.0"?>\n<TwilioRe'
)
_NOT_HTTP = b"\x15\x03this is no HTTP\r\n\r\n"
_NEVER_ANSWERED = (faults.ReadTimeout, faults.ConnectTimeout)


_FRAMING = (b"content-length", b"transfer-encoding")


class TooLarge(Exception):
    """The body is larger than ``MOST_BODY``."""


class Proxying(Protocol):
    """A proxy before the API: what it takes is not answered by the API."""

    def takes(self, scope: Scope) -> bool:
        """Return whether a request is the proxy's."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer it."""


def build_application(
    backend: Backend, control: Application | None = None, proxy: Proxying | None = None
) -> Application:
    """Build the application: the API from *backend*, and below ``/_twreplay`` *control*."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _answer_lifespan(receive, send)
        elif scope["type"] != "http":
            msg = f"a scope of type {scope['type']} is not served"
            raise ValueError(msg)
        elif proxy is not None and proxy.takes(scope):
            await proxy(scope, receive, send)
        elif control is not None and scope["path"].startswith(CONTROL_ROOT):
            await control(scope, receive, send)
        else:
            try:
                await _answer(backend, scope, receive, send)
            except asyncio.CancelledError:
                raise
            except BaseException:  # pytest.fail() in a rule is no Exception
                # Not an answer of the API's: the program sees that its connection is gone.
                _log.exception("twreplay failed, and reset the connection")
                scope["extensions"]["twreplay.protocol"].reset()

    return application


def limit_and_date(application: Application) -> Application:
    """
    Return *application* as the outermost one of a server of ours.

    It refuses heads that are too large, as uvicorn does only with those that come in pieces, and
    dates the answers that have no date: those of the API have that of its clock.
    """

    async def outermost(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_dated(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = message.setdefault("headers", [])
                if not any(name.lower() == b"date" for name, _ in headers):
                    message["headers"] = [(b"date", _format_date(int(time.time()))), *headers]
            await send(message)

        size = sum(len(name) + len(value) + 4 for name, value in scope.get("headers", ()))
        size += len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"")
        if size > MOST_HEAD:
            text = f"The head is larger than the {MOST_HEAD} bytes that this server takes.\n"
            return await send_text(send_dated, 431, text, close=True)
        return await application(scope, receive, send_dated)

    return outermost


@lru_cache(maxsize=2)
def _format_date(seconds: int) -> bytes:
    return formatdate(seconds, usegmt=True).encode()


async def _answer(backend: Backend, scope: Scope, receive: Receive, send: Send) -> None:
    try:
        body: bytes | None = b""
        if has_body(scope):
            async with asyncio.timeout(BODY_SECONDS):
                body = await read_body(scope, receive)
    except TooLarge:
        text = f"The body is larger than the {MOST_BODY} bytes that this server takes.\n"
        return await send_text(send, 413, text, close=True)
    except TimeoutError:
        return await send_text(send, 408, "The body did not come in time.\n", close=True)
    if body is None:
        return None
    request = _read_request(scope, body)
    if request is None:
        text = "The request names no host, or one that there cannot be.\n"
        return await send_text(send, 400, text)
    reply = await backend.answer(request)
    if reply.delay_seconds and not await _wait_connected(receive, reply.delay_seconds):
        return None
    if reply.response is None:
        await _fail(scope, receive, reply)
        return None
    connection = (scope.get("extensions") or {}).get("twreplay.protocol")
    if connection is not None:
        connection.join_answer()
    # Another server sets the date itself.
    left_out = _FRAMES if connection is not None else _FRAMES | {b"date"}
    await _send(send, reply.response, scope["method"], left_out)
    return None


def has_body(scope: Scope) -> bool:
    """Return whether a request has a body, as far as its head says."""
    return any(name in _FRAMING for name, _ in scope["headers"])


async def read_body(scope: Scope, receive: Receive) -> bytes | None:
    """
    Read the body of a request; None if the client has gone.

    Raises:
        TooLarge: It is larger than ``MOST_BODY``; the rest is not read.
    """
    for name, value in scope["headers"]:
        if name == b"content-length" and int(value) > MOST_BODY:
            raise TooLarge
    message = await receive()
    if message["type"] == "http.disconnect":
        return None
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > MOST_BODY:
            raise TooLarge
    return body


def _read_request(scope: Scope, body: bytes) -> Request | None:
    headers = [(n.decode("latin-1").title(), v.decode("latin-1")) for n, v in scope["headers"]]
    raw = scope.get("raw_path") or scope["path"].encode()
    target: str = raw.decode("latin-1")
    if scope.get("query_string"):
        target += "?" + scope["query_string"].decode("latin-1")
    host = next((value for name, value in headers if name == "Host"), "")
    if not host and scope.get("server"):  # HTTP/1.0 need not name it
        host = f"{scope['server'][0]}:{scope['server'][1]}"
    absolute = target.startswith(("http://", "https://"))
    url = target if absolute else f"{scope['scheme']}://{host}{target}"
    try:
        return Request(scope["method"], url, headers, body)
    except ValueError:
        return None


async def _wait_connected(receive: Receive, seconds: float | None) -> bool:
    """Wait for *seconds*, or for ever; return False if the client went."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return True
    return False


async def _fail(scope: Scope, receive: Receive, reply: Reply) -> None:
    """Perform the fault of a rule on the connection."""
    connection = scope["extensions"]["twreplay.protocol"]
    failure = reply.failure
    if isinstance(failure, _NEVER_ANSWERED):
        await _wait_connected(receive, None)
    elif isinstance(failure, faults.TruncatedBody):
        connection.end_with(_TRUNCATED)
    elif isinstance(failure, faults.MalformedResponse):
        connection.end_with(_NOT_HTTP)
    else:
        connection.reset()


async def _send(send: Send, response: Response, method: str, left_out: frozenset[bytes]) -> None:
    headers = [
        encoded
        for name, value in response.headers.pairs
        if (encoded := _encode_header(name, str(value)))[0] not in left_out
    ]
    if not is_bodiless(response.status, "GET"):
        length = str(len(response.body))
        if method == "HEAD":  # its body is left out already
            length = response.headers.get("content-length", length)
        headers.append((b"content-length", length.encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    body = b"" if is_bodiless(response.status, method) else bytes(response.body)
    await send({"type": "http.response.body", "body": body})


@lru_cache(maxsize=4096)
def _encode_header(name: str, value: str) -> tuple[bytes, bytes]:
    return name.lower().encode("latin-1"), value.encode("utf-8")


async def send_text(send: Send, status: int, text: str, *, close: bool = False) -> None:
    """Send *text*; with *close* the connection ends with it."""
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(text.encode())).encode()),
    ]
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})


async def _answer_lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
