"""The server as a proxy: the API is answered here, other hosts are passed on or refused."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from twreplay._address import API_HOST
from twreplay._display import visible_line
from twreplay._server.asgi import Receive, Scope, Send, has_body, send_text
from twreplay._server.headers import HOP_BY_HOP
from twreplay.errors import UsageError

if TYPE_CHECKING:
    from twreplay._server.protocol import Protocol

_log = logging.getLogger("twreplay.server")

_CHUNK = 65536
_CONNECT_SECONDS = 30
_HANDSHAKE_SECONDS = 10
_ESTABLISHED = b"HTTP/1.1 200 Connection Established\r\n\r\n"

MOST_TUNNELS = 256
"""How many connections to other hosts may be open at once."""


class Proxy:
    """
    Answers CONNECT, and requests whose target is a whole URL of another host.

    Attributes:
        counts: How often each other host was passed on to, or asked for and refused.

    Args:
        build_context: Returns the certificate with which ``api.twilio.com`` is answered.

        only_twilio: Refuse other hosts.
    """

    def __init__(
        self, build_context: Callable[[], ssl.SSLContext], *, only_twilio: bool = False
    ) -> None:
        self.only_twilio = only_twilio
        self.counts: Counter[str] = Counter()
        self._build_context = build_context
        self._client: Any = None
        self._tunnels: set[asyncio.Task[None]] = set()

    def takes(self, scope: Scope) -> bool:
        """Return whether a request is the proxy's to answer, and not the API's."""
        if scope["method"] == "CONNECT":
            return True
        target = scope["raw_path"]
        if not target.startswith((b"http://", b"https://")):
            return False
        return _read_host(target.decode("latin-1")) != API_HOST

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open the tunnel, or pass the request on."""
        target: str = scope["raw_path"].decode("latin-1")
        is_connect = scope["method"] == "CONNECT"
        host = _read_host(f"//{target}" if is_connect else target)
        if not host:
            return await send_text(send, 400, "The request names no host.\n", close=True)
        if host == API_HOST:
            return await self._answer_here(scope, target)
        if len(self.counts) < MOST_TUNNELS or host in self.counts:
            self.counts[host] += 1
        if self.only_twilio:
            text = f"twreplay passes nothing on (--only-twilio): {visible_line(host)}.\n"
            return await send_text(send, 403, text, close=True)
        if is_connect:
            return await self._open_tunnel(scope, send, target)
        return await self._forward(scope, receive, send, target)

    async def close(self) -> None:
        """Close what is passed on."""
        for task in self._tunnels:
            task.cancel()
        if self._client is not None:
            await self._client.aclose()

    async def _answer_here(self, scope: Scope, target: str) -> None:
        protocol: Protocol = scope["extensions"]["twreplay.protocol"]
        loop = asyncio.get_running_loop()
        transport: Any = protocol.hand_over()
        transport.write(_ESTABLISHED)
        inner = protocol.build_another()
        early = _Early()
        if not target.endswith(":80"):
            try:
                transport = await loop.start_tls(
                    transport,
                    early,
                    self._build_context(),
                    server_side=True,
                    ssl_handshake_timeout=_HANDSHAKE_SECONDS,
                )
            except UsageError as error:  # there is no certificate to show
                _log.warning("%s", error)
                transport.close()
                return
            except OSError:  # the program does not trust the certificate
                transport.close()
                return
            if transport is None:  # the program has gone
                return
        transport.set_protocol(inner)
        inner.connection_made(transport)
        if early.data:
            inner.data_received(bytes(early.data))
        if early.is_lost:
            inner.connection_lost(None)
        else:
            transport.resume_reading()

    async def _open_tunnel(self, scope: Scope, send: Send, target: str) -> None:
        if len(self._tunnels) >= MOST_TUNNELS:
            return await send_text(send, 503, f"{MOST_TUNNELS} tunnels are open.\n", close=True)
        task = asyncio.current_task()
        assert task is not None
        self._tunnels.add(task)  # from before the connection on: it may take long to be made
        try:
            await _tunnel(scope, send, target)
        finally:
            self._tunnels.discard(task)
        return None

    async def _forward(self, scope: Scope, receive: Receive, send: Send, target: str) -> None:
        import httpx

        from twreplay._server.upstream import build_client

        if self._client is None:
            self._client = build_client(_CONNECT_SECONDS)
            # Programs choose these: one that takes no gzip would get it.
            self._client.headers.clear()
        query = scope["query_string"].decode("latin-1")
        url = f"{target}?{query}" if query else target
        headers = _list_passed_on(scope["headers"])
        content = _read(receive) if has_body(scope) else None
        has_begun = False
        try:
            async with self._client.stream(
                scope["method"],
                url,
                headers=headers,
                content=content,
            ) as answer:
                kept = _list_passed_on(answer.headers.raw)
                has_begun = True
                await send(
                    {"type": "http.response.start", "status": answer.status_code, "headers": kept}
                )
                async for piece in answer.aiter_raw():
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            if has_begun:  # the program is to see what happened to us
                scope["extensions"]["twreplay.protocol"].reset()
                return None
            text = f"{visible_line(_read_host(url))} did not answer: {type(error).__name__}.\n"
            return await send_text(send, 502, text, close=True)
        await send({"type": "http.response.body", "body": b""})
        return None


class _Early(asyncio.Protocol):
    """Keeps what comes right after the handshake, before the protocol can be there for it."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.is_lost = False

    def data_received(self, data: bytes) -> None:
        self.data += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True


# A body of known length keeps it; one in chunks is put into chunks again.
_NOT_PASSED_ON = HOP_BY_HOP - {"content-length"}


def _list_passed_on(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(n, v) for n, v in headers if n.decode("latin-1").lower() not in _NOT_PASSED_ON]


def _read_host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


async def _read(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        yield message.get("body", b"")
        if not message.get("more_body"):
            return


def _attach_streams(protocol: Protocol) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    transport: Any = protocol.hand_over()
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(loop=loop)
    streams = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport.set_protocol(streams)
    streams.connection_made(transport)
    transport.resume_reading()
    return reader, asyncio.StreamWriter(transport, streams, reader, loop)


async def _tunnel(scope: Scope, send: Send, target: str) -> None:
    """Connect to *target*, and pass on what comes from either side, until one ends."""
    try:
        parts = urlsplit(f"//{target}")
        async with asyncio.timeout(_CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 443)
    except (OSError, ValueError) as error:
        text = f"{visible_line(target)} cannot be reached: {type(error).__name__}.\n"
        await send_text(send, 502, text, close=True)
        return
    try:
        near_reader, near_writer = _attach_streams(scope["extensions"]["twreplay.protocol"])
        near_writer.write(_ESTABLISHED)
        with suppress(asyncio.CancelledError):
            await asyncio.gather(_pipe(near_reader, writer), _pipe(reader, near_writer))
        near_writer.close()
    finally:
        writer.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    with suppress(OSError, RuntimeError):
        if writer.can_write_eof():
            writer.write_eof()
        else:
            writer.close()
