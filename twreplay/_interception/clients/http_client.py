"""
Interception of ``http.client``, and so of urllib3, urllib.request and httplib2.

Methods are replaced, not classes: swapping the classes, as vcrpy does, lets other threads slip
through while it happens, and misses names that were bound and connections that were made before.
A connection to a host of ours gets a socket that answers from memory; all that parses the answer
is the client's own code.
"""

from __future__ import annotations

import errno
import http.client
import io
import os
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, Self
from urllib.parse import urlsplit
from weakref import WeakSet

import h11

from twreplay import faults
from twreplay._call_site import find_call_site
from twreplay._http import Headers, Reply, Request, Response
from twreplay._interception.clients.niquests import not_intercepted
from twreplay._interception.failures import IN_BYTES, FailureTable
from twreplay._interception.handler import Handler
from twreplay._interception.router import handler_for, handler_or_passthrough
from twreplay._interception.timing import (
    CLIENT_ADDRESS,
    SERVER_ADDRESS,
    TLS,
    TRUNCATED,
    not_understood,
    sleep_within,
)
from twreplay._interception.wire import CONTINUE, RequestReader, render

# Set on a connection while it goes out for real.
_SENDING = "_twreplay_is_sending"

_WHILE_CONNECTING = (
    faults.ConnectTimeout,
    faults.ConnectionRefused,
    faults.NameResolutionFailed,
    faults.TLSFailure,
)


def replacements(module: str) -> Mapping[str, Callable[[Any], Any]]:
    """Return what makes the stand-in for each attribute of *module*, built on ``http.client``."""
    of_http_client = module == "http.client"
    return {
        # urllib3-future, which niquests puts in the place of urllib3, has its own.
        "HTTPConnection.putrequest": _putrequest if of_http_client else _putrequest_of_its_own,
        "HTTPConnection.getresponse": _getresponse,
        "HTTPConnection.connect": _connect,
        "HTTPSConnection.connect": _connect,
        "HTTPConnectionWithTimeout.connect": _connect,
        "HTTPSConnectionWithTimeout.connect": _connect,
    }


# What is answered, when a client above has asked already.
_handed_down: ContextVar[list[Reply]] = ContextVar("twreplay_handed_down")


@contextmanager
def handing_down(reply: Reply) -> Iterator[None]:
    """Answer the first request in the block with *reply*, without asking anyone."""
    token = _handed_down.set([reply])
    try:
        yield
    finally:
        _handed_down.reset(token)


@cache
def _closed_end() -> int:
    ours, theirs = os.pipe()
    os.close(theirs)
    return ours


def _failing_with(error: BaseException) -> Callable[[int], bytes]:
    def fail(_: int) -> bytes:
        raise error

    return fail


# The connections that keep one of our sockets, as they would keep a real one.
_keeping: WeakSet[Any] = WeakSet()


def release_connections() -> None:
    """Take our sockets from their connections: none outlives the last session."""
    while _keeping:
        connection = _keeping.pop()
        if isinstance(connection.sock, AnsweringSocket):
            connection.sock = None


class _Incoming(io.RawIOBase):
    """The incoming bytes of a connection, as a file."""

    def __init__(self, receive: Callable[[int], bytes]) -> None:
        self._receive = receive

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._receive(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class AnsweringSocket:
    """Stands where a connection has its socket, and answers what is written to it."""

    family = socket.AF_INET
    type = socket.SOCK_STREAM
    proto = socket.IPPROTO_TCP

    def __init__(self, connection: Any, handler: Handler, base: str) -> None:
        self._connection = connection
        self._handler = handler
        self._base = base
        self._reader = RequestReader(base)
        self._request: Request | None = None
        self._reply: Reply | None = None
        self._incoming: io.BytesIO | None = None
        self._has_continued = False
        self._is_answered = False
        self._real: Any = None
        self._connect_timeout = connection.timeout
        self._timeout = connection.timeout

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def settimeout(self, value: float | None) -> None:
        """Note the timeout, for a response that has to be fetched."""
        self._timeout = value

    def gettimeout(self) -> float | None:
        """Return the timeout in seconds."""
        timeout: float | None = self._timeout
        return timeout

    def setblocking(self, flag: bool) -> None:
        """Note that there is no timeout, or that there is no waiting."""
        self._timeout = None if flag else 0.0

    def getblocking(self) -> bool:
        """Say whether reading waits."""
        return bool(self._timeout != 0)

    def sendall(self, data: Any) -> None:
        """Take a part of the request."""
        if self._request is not None:
            self._begin_anew()
        try:
            # Also reads arrays and memory views, as a socket does.
            request = self._reader.feed(bytes(data))
        except h11.RemoteProtocolError as error:
            raise not_understood(error) from None
        if request is None:
            return
        self._request = request
        handed_down = _handed_down.get(None)
        if handed_down:
            self._reply = handed_down.pop()
        else:
            self._reply = self._handler.answer(request, find_call_site())
        if self._reply is None:
            # Not when the response is asked for: clients translate what goes wrong in here.
            self._real = self._really_connected()
            try:
                self._real.sendall(self._reader.raw)
            except ConnectionError:
                self._handler.interrupted(request, "before the response began")
                raise
        elif isinstance(self._reply.failure, _WHILE_CONNECTING):
            # By now the real client would have connected, or failed to.
            sleep_within(self._reply, self._limit())
            raise _build_failure(self._reply.failure, self._connection)

    write = sendall

    def send(self, data: Any) -> int:
        """Take a part of the request, all of it."""
        self.sendall(data)
        return memoryview(data).nbytes

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Read a part of the response."""
        if self._incoming is None:
            self._incoming = io.BytesIO(self._next())
        data = self._incoming.read(size)
        if not data and self._has_continued and not self._is_answered:
            self._incoming = None
            return self.recv(size)
        return data

    read = recv

    def recv_into(self, buffer: Any, size: int = 0, flags: int = 0) -> int:
        """Read a part of the response into *buffer*."""
        view = memoryview(buffer).cast("B")
        data = self.recv(size or len(view))
        view[: len(data)] = data
        return len(data)

    def makefile(self, mode: str = "rb", buffering: int | None = None, **_: Any) -> io.IOBase:
        """Open the response, as a file of bytes."""
        if buffering == 0:
            return _Incoming(self.recv)
        if self._incoming is None and self._request is not None and not self._reader.is_expecting:
            try:
                self._is_answered = True
                return io.BufferedReader(io.BytesIO(self._response()))
            except BaseException as error:
                # Not now, as no socket does: it would leave a response that is half made.
                return io.BufferedReader(_Incoming(_failing_with(error)))
        return io.BufferedReader(_Incoming(self.recv))

    def fileno(self) -> int:
        """
        Return the descriptor of something whose other end is closed.

        urllib3 waits for what a kept connection has to say, and makes a new one where it is its
        end: no such socket outlives its session.
        """
        return _closed_end()

    def getpeername(self) -> tuple[str, int]:
        """Return an unused address, and the port."""
        return SERVER_ADDRESS, urlsplit(self._base).port or self._connection.default_port

    def getsockname(self) -> tuple[str, int]:
        """Return an unused address, and a port."""
        return CLIENT_ADDRESS

    def getsockopt(self, level: int, option: int, size: int = 0) -> int | bytes:
        """Return that no option is set: none matters in memory."""
        return bytes(size) if size else 0

    def setsockopt(self, *_: Any) -> None:
        """Do nothing: no option matters in memory."""

    def close(self) -> None:
        """Close the connection that there is while a request is recorded."""
        if self._real is not None:
            self._real.close()
            self._real = None

    def shutdown(self, how: int) -> None:
        """Do nothing: there is no connection to shut down."""

    def _begin_anew(self) -> None:
        """Get ready for another request, as on a connection that was kept."""
        handler = handler_for(urlsplit(self._base).hostname)
        if handler is None:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe (the session is over)")
        self._handler, self._reader = handler, RequestReader(self._base)
        self._request = self._reply = self._incoming = None
        self._has_continued = self._is_answered = False

    def _next(self) -> bytes:
        """Wait for what the other side says next."""
        if self._reader.is_expecting and not self._has_continued:
            self._has_continued = True
            return CONTINUE
        response = self._response()
        self._is_answered = True
        return response

    def _response(self) -> bytes:
        if self._request is None:
            # The other side waits for the rest, until the client has waited long enough.
            msg = "timed out: the request is not complete, so that nobody answers it"
            raise TimeoutError(msg)
        request = self._request
        reply = self._reply
        if reply is None:
            return self._fetched(request)
        if not sleep_within(reply, self._limit()):
            reply = Reply(None, failure=faults.ReadTimeout())
        if reply.failure is not None:
            return self._failing(reply.failure)
        assert reply.response is not None
        return render(reply.response, method=request.method)

    def _limit(self) -> float | None:
        return self._timeout if isinstance(self._timeout, int | float) else None

    def _failing(self, failure: BaseException) -> bytes:
        """Fail as the system does; the client turns that into its own exception."""
        if isinstance(failure, faults.TruncatedBody):
            return render(TRUNCATED, method="GET", missing=1)
        if isinstance(failure, faults.MalformedResponse):
            return b"this is not HTTP\r\n\r\n"
        if isinstance(failure, faults.ConnectionReset):
            # As if the other side had closed before it said anything.
            return b""
        raise _build_failure(failure, self._connection)

    def _fetched(self, request: Request) -> bytes:
        """Read the response from the connection over which the request was really sent."""
        real = self._real
        try:
            if self._timeout is None or isinstance(self._timeout, int | float):
                real.settimeout(self._timeout)  # else it has the default, as the real one does
            received = http.client.HTTPResponse(real, method=request.method)
            received.begin()
            status, reason = received.status, received.reason
            headers = Headers(received.headers.items())
            try:
                body = received.read()
            except (http.client.IncompleteRead, ConnectionError) as error:
                part = getattr(error, "partial", b"")
                self._handler.interrupted(request, f"after {len(part)} bytes of the body")
                return render(
                    Response(status, headers, part, reason), method=request.method, missing=1
                )
        except (http.client.RemoteDisconnected, ConnectionError):
            self._handler.interrupted(request, "before the response began")
            raise
        finally:
            self.close()
        response = Response(status, headers, body, reason)
        self._handler.record(request, response)
        return render(response, method=request.method)

    def _really_connected(self) -> Any:
        """A socket to the API, behind whatever proxy, that the client itself connects."""
        connection = self._connection
        if not isinstance(connection, http.client.HTTPConnection):
            raise not_intercepted("What urllib3-future would send to be recorded")
        timeout = connection.timeout
        connection.sock = None
        connection.__dict__[_SENDING] = True
        connection.timeout = self._connect_timeout
        try:
            connection.connect()
            return connection.sock
        finally:
            connection.timeout = timeout
            connection.__dict__.pop(_SENDING, None)
            connection.sock = self


class AnsweringTLSSocket(TLS, AnsweringSocket):
    """As *AnsweringSocket*, for a connection that is encrypted."""

    def __init__(self, connection: Any, handler: Handler, base: str) -> None:
        TLS.__init__(self, urlsplit(base).hostname or "")
        AnsweringSocket.__init__(self, connection, handler, base)

    @property
    def context(self) -> ssl.SSLContext | None:
        """The settings of the connection."""
        context: ssl.SSLContext | None = getattr(self._connection, "_context", None)
        return context


def answering_socket(connection: Any, handler: Handler, base: str) -> AnsweringSocket:
    """Make the socket of a *connection* to *base*."""
    kind = AnsweringTLSSocket if base.startswith("https:") else AnsweringSocket
    return kind(connection, handler, base)


_FAILURES = FailureTable(
    "http.client",
    {
        faults.ConnectTimeout: lambda: TimeoutError(errno.ETIMEDOUT, "timed out"),
        faults.ReadTimeout: lambda: TimeoutError("The read operation timed out"),
        faults.ConnectionRefused: lambda: ConnectionRefusedError(
            errno.ECONNREFUSED, "Connection refused"
        ),
        faults.NameResolutionFailed: lambda: socket.gaierror(
            socket.EAI_NONAME, "Name or service not known"
        ),
        faults.TLSFailure: lambda: ssl.SSLCertVerificationError(
            "certificate verify failed (as a twreplay rule says)"
        ),
    },
    in_bytes=IN_BYTES,
)


def _build_failure(failure: BaseException, connection: Any) -> BaseException:
    """Build the exception for *failure* as the system raises it, or urllib3 where it connects."""
    cause = _FAILURES.build(failure)
    if type(connection).__module__.startswith("urllib3"):
        return _translate_for_urllib3(failure, cause, connection)
    return cause


def _translate_for_urllib3(
    failure: BaseException, cause: BaseException, connection: Any
) -> BaseException:
    """Build the exception that urllib3 raises for *cause* while it connects."""
    from urllib3 import exceptions

    if isinstance(failure, faults.ConnectTimeout):
        return exceptions.ConnectTimeoutError(connection, "timed out (as a twreplay rule says)")
    if isinstance(failure, faults.NameResolutionFailed):
        assert isinstance(cause, socket.gaierror)
        return exceptions.NameResolutionError(connection.host, connection, cause)
    if isinstance(failure, faults.ConnectionRefused):
        return exceptions.NewConnectionError(connection, f"{cause} (as a twreplay rule says)")
    return cause


def _target(connection: Any) -> tuple[str | None, str]:
    """The host that *connection* is for, behind any proxy, and the URL up to the path."""
    host = connection._tunnel_host or connection.host
    port = connection._tunnel_port if connection._tunnel_host else connection.port
    host = host.decode("ascii") if isinstance(host, bytes) else host
    scheme, usual = ("https", 443) if connection.default_port == 443 else ("http", 80)
    authority = f"[{host}]" if ":" in host else host
    return host, f"{scheme}://{authority}" + ("" if port in (usual, None) else f":{port}")


def _connect(original: Callable[[Any], None]) -> Callable[[Any], None]:
    def connect(self: Any) -> None:
        host, base = _target(self)
        handler = None if _SENDING in self.__dict__ else handler_for(host)
        if handler is None:
            return original(self)
        self.sock = answering_socket(self, handler, base)
        if hasattr(self, "is_verified"):
            # urllib3 warns of a connection that was not verified; this one needs no verifying.
            self.is_verified = True
        return None

    return connect


def _putrequest(original: Callable[..., None]) -> Callable[..., None]:
    def putrequest(self: Any, method: str, url: str, *args: Any, **kwargs: Any) -> None:
        if _SENDING in self.__dict__:
            return original(self, method, url, *args, **kwargs)
        host, base = _target(self)
        if url.startswith(("http://", "https://")):
            host = urlsplit(url).hostname  # to a plain proxy
        handler = handler_or_passthrough(host)
        answering = isinstance(self.sock, AnsweringSocket)
        if handler is None and answering:
            self.sock = None
        elif handler is not None:
            if self.sock is not None and not answering:
                # Not self.close(): urllib3's forgets what it is about to ask for.
                self.sock.close()
            if not answering or self.sock._handler is not handler or self.sock._request is not None:
                self.sock = answering_socket(self, handler, base)
        return original(self, method, url, *args, **kwargs)

    return putrequest


def _putrequest_of_its_own(original: Callable[..., None]) -> Callable[..., None]:
    def putrequest(self: Any, method: str, url: str, *args: Any, **kwargs: Any) -> None:
        if _SENDING not in self.__dict__:
            handler = handler_or_passthrough(_target(self)[0])
            answering = isinstance(self.sock, AnsweringSocket)
            if self.sock is not None and answering != (handler is not None):
                self.close()
        return original(self, method, url, *args, **kwargs)

    return putrequest


def _getresponse(original: Callable[..., Any]) -> Callable[..., Any]:
    def getresponse(self: Any, *args: Any, **kwargs: Any) -> Any:
        response = original(self, *args, **kwargs)
        if isinstance(self.sock, AnsweringSocket):
            _keeping.add(self)
        return response

    return getresponse
