"""
Interception of aiohttp, below its client and above its sockets.

The connector hands out a connection whose transport answers from memory, so that everything
above it (authentication, base URL, redirects, decoding, timeouts) is aiohttp's own.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import aiohttp
import h11
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.helpers import is_ip_address

from twreplay import faults
from twreplay._call_site import CallSite, keep_call_site
from twreplay._http import Reply, Request, Response
from twreplay._interception.failures import IN_BYTES, FailureTable
from twreplay._interception.handler import Handler
from twreplay._interception.in_flight import Exchange, describe_end
from twreplay._interception.router import handler_or_passthrough
from twreplay._interception.timing import TLS, TRUNCATED, extra_info, not_understood
from twreplay._interception.wire import CONTINUE, RequestReader, ResponseReader, render

# Makes a connection for real.
_Connect = Callable[[], Any]


def replacements(module: str) -> Mapping[str, Callable[[Any], Any]]:
    """Return what makes the stand-in for each attribute."""
    return {"BaseConnector.connect": _connect}


def _connect(original: Callable[..., Any]) -> Callable[..., Any]:
    async def connect(self: Any, req: Any, traces: Any, timeout: Any) -> Any:
        handler = handler_or_passthrough(req.url.host)
        if handler is None:
            return await original(self, req, traces, timeout)
        pool = _pools.setdefault(self, _Pool(self.force_close))
        await pool.trace(self, req, traces)
        loop = asyncio.get_running_loop()
        protocol = ResponseHandler(loop)
        # The coroutine that asks is on the stack now; later it is not.
        transport = _AnsweringTransport(
            protocol,
            handler,
            str(req.url.origin()),
            keep_call_site(),
            lambda: original(self, req, [], timeout),
            req,
            pool,
        )
        protocol.connection_made(transport)
        # Never back to the pool: a session that ends must leave nothing that answers.
        protocol.force_close()
        return Connection(self, req.connection_key, protocol, loop)

    return connect


class _Pool:
    """The connections that the traces of a connector report, though there are none."""

    def __init__(self, keeps_none: bool) -> None:
        self._keeps_none = keeps_none
        self._resolved: set[str] = set()
        self._idle: Counter[Any] = Counter()

    def keep(self, key: Any) -> None:
        """Take a connection back."""
        self._idle[key] += not self._keeps_none

    async def trace(self, connector: Any, req: Any, traces: Any) -> None:
        """Tell *traces* what happens until there is a connection for *req*."""
        if self._idle[req.connection_key]:
            self._idle[req.connection_key] -= 1
            for trace in traces:
                await trace.send_connection_reuseconn()
            return
        for trace in traces:
            await trace.send_connection_create_start()
        await self._trace_names(connector, (req.proxy or req.url).host, traces)
        for trace in traces:
            await trace.send_connection_create_end()

    async def _trace_names(self, connector: Any, host: str, traces: Any) -> None:
        if not isinstance(connector, aiohttp.TCPConnector) or is_ip_address(host):
            return
        is_cached = connector.use_dns_cache
        if is_cached and host in self._resolved:
            for trace in traces:
                await trace.send_dns_cache_hit(host)
            return
        self._resolved.add(host)
        if is_cached:
            for trace in traces:
                await trace.send_dns_cache_miss(host)
        for trace in traces:
            await trace.send_dns_resolvehost_start(host)
        for trace in traces:
            await trace.send_dns_resolvehost_end(host)


_pools: WeakKeyDictionary[Any, _Pool] = WeakKeyDictionary()


class _AnsweringTransport(asyncio.Transport):
    """Takes what the client writes, and feeds it the answer."""

    def __init__(
        self,
        protocol: ResponseHandler,
        handler: Handler,
        base: str,
        site: CallSite,
        connect: _Connect,
        asked: Any,
        pool: _Pool,
    ) -> None:
        super().__init__()
        self._protocol = protocol
        self._handler = handler
        self._reader = RequestReader(base)
        self._site = site
        self._connect = connect
        self._asked = asked
        self._pool = pool
        self._is_kept = False
        self._has_continued = False
        self._is_closing = False
        self._fetching: asyncio.Task[None] | None = None
        self._waiting: tuple[asyncio.TimerHandle, Reply] | None = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take a part of the request; answer when it is complete."""
        try:
            request = self._reader.feed(bytes(data))
        except h11.RemoteProtocolError as error:
            self._protocol.set_exception(not_understood(error))
            return
        loop = asyncio.get_running_loop()
        if self._reader.is_expecting and not self._has_continued:
            # aiohttp sends the body only then.
            self._has_continued = True
            loop.call_soon(self._protocol.data_received, CONTINUE)
        if request is not None:
            loop.call_soon(self._answer, request)

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        """Take several parts."""
        for data in list_of_data:
            self.write(data)

    def is_closing(self) -> bool:
        """Return whether the client has closed the connection."""
        return self._is_closing

    def close(self) -> None:
        """Close the connection, which stops a response that is still to come."""
        if self._is_kept and not self._is_closing:
            self._pool.keep(self._asked.connection_key)
        self._is_closing = True
        if self._fetching is not None:
            self._fetching.cancel()
        if self._waiting is not None:
            # Now, as the loop may be over before the delay is.
            timer, reply = self._waiting
            self._waiting = None
            timer.cancel()
            reply.lose()

    abort = close

    def pause_reading(self) -> None:
        """Do nothing: everything is there at once."""

    def resume_reading(self) -> None:
        """Do nothing: everything is there at once."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what a transport knows of its connection."""
        url = self._asked.url
        tls = TLS(url.host) if url.scheme == "https" else None
        known = extra_info(name, url.host, url.port, tls)
        return default if known is None else known

    def _answer(self, request: Request) -> None:
        try:
            reply = self._handler.answer(request, self._site)
        except Exception as error:
            self._protocol.set_exception(error)
            return
        if reply is None:
            self._fetching = asyncio.create_task(self._fetch(request))
        elif reply.delay_seconds:
            # The client's own timeout runs at the same time, and so does everything else.
            loop = asyncio.get_running_loop()
            timer = loop.call_later(reply.delay_seconds, self._deliver, reply, request)
            self._waiting = timer, reply
        else:
            self._deliver(reply, request)

    def _deliver(self, reply: Reply, request: Request) -> None:
        self._waiting = None
        if self._is_closing:
            reply.lose()
            return
        try:
            self._act_out(reply, request)
        except Exception as error:
            # In a callback it would not be seen, and the client would wait for ever.
            self._protocol.set_exception(error)

    def _act_out(self, reply: Reply, request: Request) -> None:
        failure = reply.failure
        if failure is None:
            assert reply.response is not None
            self._keep(reply.response)
            self._protocol.data_received(render(reply.response, method=request.method))
        elif isinstance(failure, faults.TruncatedBody):
            self._protocol.data_received(render(TRUNCATED, method=request.method, missing=1))
            self._protocol.connection_lost(None)
        elif isinstance(failure, faults.MalformedResponse):
            self._protocol.data_received(b"this is not HTTP\r\n\r\n")
        elif isinstance(failure, faults.ConnectionReset):
            self._protocol.connection_lost(None)
        else:
            self._protocol.set_exception(_FAILURES.build(failure, self._asked.connection_key))

    def _keep(self, response: Response) -> None:
        """Note whether a real connection would be used again after *response*."""
        closes = "close" in response.headers.get("connection", "").lower()
        self._is_kept = not closes

    async def _fetch(self, request: Request) -> None:
        exchange = Exchange(self._handler, request)
        try:
            connection = await self._connect()
        except Exception as error:
            self._protocol.set_exception(error)
            return
        try:
            tap = _Tap(request.method, connection.protocol)
            transport = connection.transport
            transport.set_protocol(tap)
            with exchange.watch():
                exchange.begin()
                transport.write(self._to_send())
                await self._receive(exchange, tap)
        except Exception as error:
            self._protocol.set_exception(error)
        finally:
            connection.protocol.transport = None
            # All has been read. To take leave over TLS would outlast a loop that ends with this.
            transport.abort()
            connection.close()

    async def _receive(self, exchange: Exchange, tap: _Tap) -> None:
        """Record the response, and hand the client the bytes that it would have got without us."""
        try:
            response = await tap.response
        except (h11.RemoteProtocolError, ConnectionError) as error:
            part = tap.reader.so_far()
            count = len(part.body) if part is not None else None
            exchange.interrupt(describe_end(error, count))
            # What follows is as much the client's as what came.
            tap.pass_on(self._protocol)
            await tap.lost
            return
        exchange.record(response)
        self._keep(response)
        tap.pass_on(self._protocol)

    def _to_send(self) -> bytes:
        """Return the bytes that the client wrote, with those skipped before connecting."""
        written = bytes(self._reader.raw)
        password = self._asked.headers.get("Proxy-Authorization")
        line, _, rest = written.partition(b"\r\n")
        head = rest.partition(b"\r\n\r\n")[0].lower()
        if password is None or b"proxy-authorization:" in head:
            return written
        return line + f"\r\nProxy-Authorization: {password}\r\n".encode("latin-1") + rest


# What its connector raises; aiohttp 3.10.0 has no class for a name without an address.
_FAILURES = FailureTable(
    "aiohttp",
    {
        faults.ConnectTimeout: lambda key: aiohttp.ConnectionTimeoutError(
            "timed out (as a twreplay rule says)"
        ),
        faults.ReadTimeout: lambda key: aiohttp.SocketTimeoutError(
            "timed out (as a twreplay rule says)"
        ),
        faults.ConnectionRefused: lambda key: aiohttp.ClientConnectorError(
            key, ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
        ),
        faults.NameResolutionFailed: lambda key: getattr(
            aiohttp, "ClientConnectorDNSError", aiohttp.ClientConnectorError
        )(key, socket.gaierror(socket.EAI_NONAME, "Name or service not known")),
        faults.TLSFailure: lambda key: aiohttp.ClientConnectorCertificateError(
            key, ssl.SSLCertVerificationError("certificate verify failed")
        ),
    },
    in_bytes=IN_BYTES,
)


class _Tap(asyncio.Protocol):
    """
    Reads the response that arrives on a real connection.

    The connection's own protocol hears what becomes of it: to close aiohttp's connector is to
    wait for that.
    """

    def __init__(self, method: str, behind: asyncio.Protocol) -> None:
        loop = asyncio.get_running_loop()
        self.reader = ResponseReader(method)
        self.response: asyncio.Future[Response] = loop.create_future()
        self.lost: asyncio.Future[None] = loop.create_future()
        self._behind = behind
        self._raw = bytearray()
        self._client: asyncio.Protocol | None = None
        self._has_ended = False
        self._cause: Exception | None = None

    def data_received(self, data: bytes) -> None:
        """Take a part of the response."""
        if self._client is not None:
            self._client.data_received(data)
            return
        self._raw += data
        self._feed(data)

    def eof_received(self) -> None:
        """Take the end of what the server says."""
        self._has_ended = True
        if self._client is not None:
            self._client.eof_received()
        self._feed(b"")

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the loss of the connection."""
        self._has_ended, self._cause = True, exc
        self._behind.connection_lost(exc)
        if not self.response.done():
            if exc is not None:
                self.response.set_exception(exc)
            else:
                self._feed(b"")
        if not self.lost.done():
            self.lost.set_result(None)
        if self._client is not None:
            self._client.connection_lost(exc)

    def pause_writing(self) -> None:
        """Tell the connection's own protocol."""
        self._behind.pause_writing()

    def resume_writing(self) -> None:
        """Tell the connection's own protocol."""
        self._behind.resume_writing()

    def pass_on(self, client: asyncio.Protocol) -> None:
        """Give *client* what came, and from here on what comes."""
        self._client = client
        if self._raw:
            client.data_received(bytes(self._raw))
        if self._has_ended:
            client.eof_received()
        if self.lost.done():
            client.connection_lost(self._cause)

    def _feed(self, data: bytes) -> None:
        if self.response.done():
            return
        try:
            response = self.reader.feed(data)
        except h11.RemoteProtocolError as error:
            self.response.set_exception(error)
            return
        head = self._raw.find(b"\r\n\r\n") if response is not None else 0
        if response is not None and self._raw[:head].lower().count(b"\r\ncontent-length:") > 1:
            # h11 takes one that is there twice, and aiohttp does not.
            msg = "more than one Content-Length"
            self.response.set_exception(h11.RemoteProtocolError(msg))
        elif response is not None:
            self.response.set_result(response)
        elif not data:
            self.response.set_exception(ConnectionResetError("the server closed the connection"))
