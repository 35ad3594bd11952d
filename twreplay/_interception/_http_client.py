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
import socket
import ssl
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from twreplay import faults
from twreplay._callers import call_site
from twreplay._http import Headers, Reply, Request, Response
from twreplay._interception._acting import CUT_OFF, waited
from twreplay._interception._router import Source, source_for, source_or_pass
from twreplay._interception._wire import RequestReader, render

# Set on a connection while it goes out for real.
_SENDING = "_twreplay_is_sending"

_WHILE_CONNECTING = (
    faults.ConnectTimeout,
    faults.ConnectionRefused,
    faults.NameResolutionFailed,
    faults.TLSFailure,
)


def replacements() -> Mapping[str, Callable[[Any], Any]]:
    """What makes the stand-in for each attribute, of ``http.client`` and what builds on it."""
    return {
        "HTTPConnection.putrequest": _putrequest,
        "HTTPConnection.getresponse": _getresponse,
        "HTTPConnection.connect": _connect,
        "HTTPSConnection.connect": _connect,
        "HTTPConnectionWithTimeout.connect": _connect,
        "HTTPSConnectionWithTimeout.connect": _connect,
    }


class _Failing(io.RawIOBase):
    """A file that fails when it is read."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        raise self._error


class AnsweringSocket:
    """Stands where a connection has its socket, and answers what is written to it."""

    def __init__(self, connection: Any, source: Source, base: str) -> None:
        self._connection = connection
        self._source = source
        self._reader = RequestReader(base)
        self._request: Request | None = None
        self._reply: Reply | None = None
        self._real: Any = None
        self._connect_timeout = connection.timeout
        self._timeout = connection.timeout

    def settimeout(self, value: float | None) -> None:
        """Note the timeout, for a response that has to be fetched."""
        self._timeout = value

    def gettimeout(self) -> float | None:
        """The timeout in seconds."""
        timeout: float | None = self._timeout
        return timeout

    def sendall(self, data: bytes) -> None:
        """Take a part of the request."""
        # Also reads arrays and memory views, as a socket does.
        request = self._reader.feed(bytes(data))
        if request is None:
            return
        self._request = request
        self._reply = self._source.answer(request, call_site())
        if self._reply is None:
            # Not when the response is asked for: clients translate what goes wrong in here.
            self._real = self._really_connected()
            try:
                self._real.sendall(self._reader.raw)
            except ConnectionError:
                self._source.interrupted(request, "before the response began")
                raise
        elif isinstance(self._reply.failure, _WHILE_CONNECTING):
            # By now the real client would have connected, or failed to.
            waited(self._reply, self._limit())
            raise _failure(self._reply.failure, self._connection)

    def makefile(self, mode: str = "rb", *_: Any, **__: Any) -> io.BufferedReader:
        """The response, as a file of bytes."""
        try:
            return io.BufferedReader(io.BytesIO(self._response()))
        except BaseException as error:
            # Not now, as no socket does: it would leave a response that is half made.
            return io.BufferedReader(_Failing(error))

    def close(self) -> None:
        """Close the connection that there is while a request is recorded."""
        if self._real is not None:
            self._real.close()
            self._real = None

    def shutdown(self, how: int) -> None:
        """Do nothing: there is no connection to shut down."""

    def setsockopt(self, *_: Any) -> None:
        """Do nothing: no option matters in memory."""

    def _response(self) -> bytes:
        if self._request is None:
            msg = "no response: the request was not complete"
            raise http.client.ResponseNotReady(msg)
        request = self._request
        reply = self._reply
        if reply is None:
            return self._fetched(request)
        if not waited(reply, self._limit()):
            reply = Reply(None, failure=faults.ReadTimeout())
        if reply.failure is not None:
            return self._failing(reply.failure)
        assert reply.response is not None
        return render(reply.response, method=request.method)

    def _limit(self) -> float | None:
        return self._timeout if isinstance(self._timeout, int | float) else None

    def _failing(self, failure: BaseException) -> bytes:
        """Fail as the system does; what is above turns that into an exception of its own."""
        if isinstance(failure, faults.TruncatedBody):
            return render(CUT_OFF, method="GET", missing=1)
        if isinstance(failure, faults.MalformedResponse):
            return b"this is not HTTP\r\n\r\n"
        if isinstance(failure, faults.ConnectionReset):
            # As if the other side had closed before it said anything.
            return b""
        raise _failure(failure, self._connection)

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
                self._source.interrupted(request, f"after {len(part)} bytes of the body")
                return render(
                    Response(status, headers, part, reason), method=request.method, missing=1
                )
        except (http.client.RemoteDisconnected, ConnectionError):
            self._source.interrupted(request, "before the response began")
            raise
        finally:
            self.close()
        response = Response(status, headers, body, reason)
        self._source.record(request, response)
        return render(response, method=request.method)

    def _really_connected(self) -> Any:
        """A socket to the API, behind whatever proxy, that the client itself connects."""
        connection = self._connection
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


def _failure(failure: BaseException, connection: Any) -> BaseException:
    system: dict[type[BaseException], Callable[[], OSError]] = {
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
    }
    make = system.get(type(failure))
    if make is None:
        return failure
    if type(connection).__module__.startswith("urllib3"):
        return _of_urllib3(failure, make(), connection)
    return make()


def _of_urllib3(failure: BaseException, cause: OSError, connection: Any) -> BaseException:
    """What urllib3 makes of *cause* while it connects, which it does itself."""
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
        source = None if _SENDING in self.__dict__ else source_for(host)
        if source is None:
            return original(self)
        self.sock = AnsweringSocket(self, source, base)
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
        source = source_or_pass(host)
        answering = isinstance(self.sock, AnsweringSocket)
        if source is None and answering:
            self.sock = None
        elif source is not None:
            if self.sock is not None and not answering:
                # Not self.close(): urllib3's forgets what it is about to ask for.
                self.sock.close()
            if not answering or self.sock._source is not source or self.sock._request is not None:
                self.sock = AnsweringSocket(self, source, base)
        return original(self, method, url, *args, **kwargs)

    return putrequest


def _getresponse(original: Callable[..., Any]) -> Callable[..., Any]:
    def getresponse(self: Any, *args: Any, **kwargs: Any) -> Any:
        response = original(self, *args, **kwargs)
        if isinstance(self.sock, AnsweringSocket):
            # As if the server had closed: no such socket outlives its session.
            self.sock = None
        return response

    return getresponse
