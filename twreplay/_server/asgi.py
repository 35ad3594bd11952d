"""The API over ASGI: requests in, answers out, faults on the connection itself."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from twreplay import faults
from twreplay._http import Reply, Request, Response, is_bodiless
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

# A server sets the headers for framing and the date itself.
_SERVERS_OWN = frozenset({"connection", "date", "transfer-encoding", "content-length"})

_TRUNCATED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 320\r\n\r\n"
    b'<?xml version="1.0"?>\n<TwilioRe'
)
_NOT_HTTP = b"\x15\x03this is no HTTP\r\n\r\n"
_NEVER_ANSWERED = (faults.ReadTimeout, faults.ConnectTimeout)


class TooLarge(Exception):
    """The body is larger than ``MOST_BODY``."""


def build_application(backend: Backend, control: Application | None = None) -> Application:
    """Build the application: the API from *backend*, and below ``/_twreplay`` *control*."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _answer_lifespan(receive, send)
        elif scope["type"] != "http":
            msg = f"a scope of type {scope['type']} is not served"
            raise ValueError(msg)
        elif control is not None and scope["path"].startswith(CONTROL_ROOT):
            await control(scope, receive, send)
        else:
            try:
                await _answer(backend, scope, receive, send)
            except Exception:
                # Not an answer of the API's: the program sees that its connection is gone.
                _log.exception("twreplay failed, and reset the connection")
                reset(scope["extensions"]["twreplay.transport"])

    return application


async def _answer(backend: Backend, scope: Scope, receive: Receive, send: Send) -> None:
    try:
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
    await _send(send, reply.response, scope["method"])
    return None


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
    transport = scope["extensions"]["twreplay.transport"]
    failure = reply.failure
    if isinstance(failure, _NEVER_ANSWERED):
        await _wait_connected(receive, None)
        return
    if isinstance(failure, faults.TruncatedBody):
        transport.write(_TRUNCATED)
        transport.close()
    elif isinstance(failure, faults.MalformedResponse):
        transport.write(_NOT_HTTP)
        transport.close()
    else:
        reset(transport)


def reset(transport: asyncio.Transport) -> None:
    """Reset the connection: a client gets RST, not FIN."""
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def _send(send: Send, response: Response, method: str) -> None:
    headers = [
        (name.lower().encode("latin-1"), str(value).encode("utf-8"))
        for name, value in response.headers.pairs
        if name.lower() not in _SERVERS_OWN
    ]
    if not is_bodiless(response.status, "GET"):
        length = str(len(response.body))
        if method == "HEAD":  # its body is left out already
            length = response.headers.get("content-length", length)
        headers.append((b"content-length", length.encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    body = b"" if is_bodiless(response.status, method) else bytes(response.body)
    await send({"type": "http.response.body", "body": body})


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
