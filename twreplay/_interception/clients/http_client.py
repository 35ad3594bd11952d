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
import re
import select
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from http.client import HTTPException
from typing import Any, Final, NamedTuple, Self
from urllib.parse import urlsplit
from weakref import WeakSet

import h11

from twreplay import faults
from twreplay._call_site import find_call_site
from twreplay._http import Headers, Reply, Request, Response, is_bodiless
from twreplay._interception.clients.niquests import not_intercepted
from twreplay._interception.clients.refusals import check_files_for_urllib3, check_timeout
from twreplay._interception.failures import IN_BYTES, FailureTable
from twreplay._interception.handler import Handler
from twreplay._interception.in_flight import Exchange, describe_end
from twreplay._interception.router import handler_for, handler_or_passthrough
from twreplay._interception.timing import (
    CLIENT_ADDRESS,
    SERVER_ADDRESS,
    TLS,
    TRUNCATED,
    not_understood,
    sleep_within,
)
from twreplay._interception.wire import CONTINUE, RequestReader, list_fields, render

# Set on a connection while it goes out for real.
_SENDING = "_twreplay_is_sending"

# The socket to the API that a connection keeps for its next request.
_KEPT = "_twreplay_kept"

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


class WouldSend(BaseException):
    """A request that was only tried is complete; not an error, which a client would translate."""


_ONLY_TRIED: Final = Reply(None, failure=faults.ConnectionReset())

# What is answered, when a client above has asked already.
_handed_down: ContextVar[list[Reply | None]] = ContextVar("twreplay_handed_down")


@contextmanager
def handing_down(reply: Reply | None) -> Iterator[None]:
    """Answer the first request in the block with *reply*; None if it is to be sent."""
    token = _handed_down.set([reply])
    try:
        yield
    finally:
        _handed_down.reset(token)


def is_handed_down() -> bool:
    """Return whether a client above has asked already, and its request is on its way down."""
    return bool(_handed_down.get(None))


def try_sending(send: Callable[[], object]) -> None:
    """
    Let the client do with a request what it does before the request goes out, and no more.

    Raises:
        Exception: What the client itself refuses it with.
    """
    try:
        with handing_down(_ONLY_TRIED):
            send()
    except WouldSend:
        pass


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
        _close_kept(connection)
        if isinstance(connection.sock, AnsweringSocket):
            connection.sock = None


class _KeptSocket:
    """
    A socket to the API that a connection keeps for the next request that is recorded.

    As the client itself would keep it: connecting takes longer than the request. It is closed with
    the connection, also if that is only forgotten.
    """

    def __init__(self, sock: Any) -> None:
        self.sock = sock

    def __del__(self) -> None:
        self.sock.close()

    @property
    def is_usable(self) -> bool:
        """True if the other side has neither closed it nor sent anything that was not asked for."""
        try:
            return self.sock.fileno() >= 0 and not _has_something_to_say(self.sock)
        except (OSError, ValueError):
            return False


def _has_something_to_say(sock: Any) -> bool:
    if getattr(sock, "pending", int)():
        return True
    if not hasattr(select, "poll"):  # on Windows, where any descriptor may be selected
        return bool(select.select([sock], [], [], 0)[0])
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def _take_kept(connection: Any) -> Any:
    """Return the socket that *connection* has kept and that may be used; None if there is none."""
    kept: _KeptSocket | None = connection.__dict__.pop(_KEPT, None)
    if kept is None or not kept.is_usable:
        return None
    sock, kept.sock = kept.sock, _NO_SOCKET
    return sock


def _close_kept(connection: Any) -> None:
    if (kept := connection.__dict__.pop(_KEPT, None)) is not None:
        kept.sock.close()


class _NoSocket:
    def close(self) -> None:
        pass


_NO_SOCKET = _NoSocket()


class _BrokenOff(NamedTuple):
    """
    The bytes of a response that is not whole.

    Attributes:
        error: How the connection failed after them; None if it ended.
    """

    said: bytes
    error: OSError | None

    def receive_from(self) -> Callable[[int], bytes]:
        """Return what reads the bytes, and then fails as the connection did."""
        left = io.BytesIO(self.said)

        def receive(size: int) -> bytes:
            data = left.read(size)
            if not data and size and self.error is not None:
                raise self.error
            return data

        return receive


_Answer = Response | bytes | _BrokenOff


class _Tap:
    """A real socket that is read by ``http.client``, and what came from it."""

    def __init__(self, sock: Any) -> None:
        self.came = bytearray()
        self._sock = sock

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        """Open the response."""
        file = self._sock.makefile("rb")

        def receive(size: int) -> bytes:
            data: bytes = file.read1(size)
            self.came += data
            return data

        return io.BufferedReader(_Incoming(receive))


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


class _Opened:
    """A stand-in for the socket of a response that *file* is read from."""

    def __init__(self, file: io.BufferedReader) -> None:
        self._file = file

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        """Open the response."""
        return self._file


# What a response of http.client holds before its head was read, as this Python makes it. It is
# kept, as its end would close it, which is noted there too.
_unread = http.client.HTTPResponse(_Opened(io.BufferedReader(io.BytesIO())))  # type: ignore[arg-type]
_UNREAD: Mapping[str, Any] = dict(vars(_unread))

# Of a head that http.client reads as it was written, with neither folded lines nor other bytes.
_PLAIN_HEAD = re.compile(r"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+: [!-~](?:[ -~]*[!-~])?\n)*")
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_LONGEST_PLAIN_HEAD = 8192
_MOST_PLAIN_FIELDS = 64


def _is_plain(answer: Response, method: str) -> bool:
    """Say whether ``http.client`` reads *answer* from its bytes as it is here."""
    if "content-length" not in answer.headers and not is_bodiless(answer.status, method):
        return False
    pairs = answer.headers.pairs
    head = "".join([f"{name}: {value}\n" for name, value in pairs])
    return (
        200 <= answer.status <= 999
        and len(pairs) < _MOST_PLAIN_FIELDS
        and len(head) < _LONGEST_PLAIN_HEAD
        and answer.reason.isascii()
        and answer.reason.isprintable()
        and answer.reason == answer.reason.strip()
        and _PLAIN_HEAD.fullmatch(head) is not None
    )


def _is_framed_plainly(answer: Response, method: str) -> bool:
    """Say whether *answer* came with its length, and with nothing else about the framing."""
    if is_bodiless(answer.status, method):
        return "transfer-encoding" not in answer.headers
    framing = [
        (name.lower(), value)
        for name, value in answer.headers.pairs
        if name.lower() in ("content-length", "transfer-encoding", "trailer")
    ]
    return framing == [("content-length", str(len(answer.body)))]


class _ReadResponse(http.client.HTTPResponse):
    """A response whose head is there already. It turns into one of ``http.client``."""

    def begin(self) -> None:
        """Read nothing."""
        self.__class__ = http.client.HTTPResponse  # type: ignore[assignment]


def make_unparsed(
    kind: type[http.client.HTTPResponse],
    answer: Response,
    message: http.client.HTTPMessage,
    method: str,
    body: bytes,
    missing: int = 0,
) -> http.client.HTTPResponse:
    """Make a response of this *kind* whose head, in *message*, is read, and whose *body* is not."""
    response = kind.__new__(kind)
    vars(response).update(
        _UNREAD,
        # A buffer as large as the body: one of 8 KiB costs more than all the rest.
        fp=io.BufferedReader(io.BytesIO(body), min(len(body) or 1, io.DEFAULT_BUFFER_SIZE)),
        _method=method,
        headers=message,
        msg=message,
        code=answer.status,
        status=answer.status,
        reason=answer.reason,
        version=11,
        chunked=False,
        length=len(body) + missing,
        will_close=False,
    )
    return response


def _make_read_response(answer: Response, method: str) -> http.client.HTTPResponse:
    """
    Make what ``http.client`` reads from the bytes of *answer*.

    To write and parse the bytes takes 30 µs, mostly in ``email.parser``, and this 6. A test
    compares what both make.
    """
    fields, bodiless = list_fields(answer, method)
    body = b"" if bodiless else answer.body
    message = http.client.HTTPMessage()
    for name, value in fields:
        message[name] = value
    message.set_payload("")  # as the parser leaves it
    response = make_unparsed(_ReadResponse, answer, message, method, body)
    response.will_close = response._check_close()  # type: ignore[attr-defined]
    return response


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
        self._error: OSError | None = None
        self._has_continued = False
        self._is_answered = False
        self._real: Any = None
        self._exchange: Exchange | None = None
        self._came = bytearray()
        self._was_kept = False
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
        # A connection that was given none has an object there that stands for the default.
        if timeout is None or isinstance(timeout, int | float):
            return timeout
        return socket.getdefaulttimeout()

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
            if self._reply is _ONLY_TRIED:
                raise WouldSend
        else:
            self._reply = self._handler.answer(request, find_call_site)
        if self._reply is None:
            # Not when the response is asked for: clients translate what goes wrong in here.
            self._send_really(request)
        elif isinstance(self._reply.failure, _WHILE_CONNECTING):
            # By now the real client would have connected, or failed to.
            sleep_within(self._reply, self._limit())
            raise _build_failure(self._reply.failure, self._connection)

    write = sendall

    def _send_really(self, request: Request) -> None:
        """Send *request* to the API, over a connection that was kept or a new one."""
        self._real = _take_kept(self._connection)
        self._was_kept = self._real is not None
        if self._real is None:
            self._real = self._really_connected()
        elif isinstance(self._connect_timeout, int | float | None):
            self._real.settimeout(self._connect_timeout)  # else it has the default still
        self._exchange = Exchange(self._handler, request)
        self._came = bytearray()
        self._exchange.begin()
        try:
            self._real.sendall(self._reader.raw)
        except ConnectionError:
            # Still under way otherwise: urllib3 asks what the other side said before it closed.
            if not self._send_again(request):
                raise
        except BaseException as error:
            self._exchange.interrupt(describe_end(error))
            raise

    def send(self, data: Any) -> int:
        """Take a part of the request, all of it."""
        self.sendall(data)
        return memoryview(data).nbytes

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Read a part of the response."""
        if self._incoming is None:
            answer = self._next()
            self._error = answer.error if isinstance(answer, _BrokenOff) else None
            self._incoming = io.BytesIO(self._render(answer))
        data = self._incoming.read(size)
        if not data and size and self._error is not None:
            raise self._error
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
        if self._can_answer_whole():
            return self._open_answer(self._find_answer())
        return io.BufferedReader(_Incoming(self.recv))

    def make_response(
        self, sock: Any, debuglevel: int = 0, method: str | None = None, url: str | None = None
    ) -> http.client.HTTPResponse:
        """Make a response of ``http.client``: one that need not be parsed, if it is plain."""
        if not self._can_answer_whole():
            return http.client.HTTPResponse(sock, debuglevel, method, url)
        answer = self._find_answer()
        if isinstance(answer, Response) and _is_plain(answer, str(method)):
            return _make_read_response(answer, str(method))
        opened = _Opened(self._open_answer(answer))
        return http.client.HTTPResponse(opened, debuglevel, method, url)  # type: ignore[arg-type]

    def _can_answer_whole(self) -> bool:
        is_asked = self._incoming is None and self._request is not None
        return is_asked and not self._reader.is_expecting

    def _find_answer(self) -> _Answer | BaseException:
        self._is_answered = True
        try:
            return self._response()
        except BaseException as error:
            # Not raised now, as no socket does: it would leave a response that is half made.
            return error

    def _open_answer(self, answer: _Answer | BaseException) -> io.BufferedReader:
        if isinstance(answer, BaseException):
            return io.BufferedReader(_Incoming(_failing_with(answer)))
        if isinstance(answer, _BrokenOff):
            return io.BufferedReader(_Incoming(answer.receive_from()))
        return io.BufferedReader(io.BytesIO(self._render(answer)))

    def _render(self, answer: _Answer) -> bytes:
        if isinstance(answer, _BrokenOff):
            return answer.said
        if isinstance(answer, bytes):
            return answer
        assert self._request is not None
        return render(answer, method=self._request.method)

    def fileno(self) -> int:
        """
        Return the descriptor of something whose other end is closed.

        urllib3 waits for what a kept connection has to say, and makes a new one where it is its
        end: no such socket outlives its session. While requests are recorded it is asked of the
        socket to the API.
        """
        kept: _KeptSocket | None = self._connection.__dict__.get(_KEPT)
        descriptor = kept.sock.fileno() if kept is not None else -1
        return int(descriptor) if descriptor >= 0 else _closed_end()

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
        if self._exchange is not None:
            self._exchange.interrupt("the client closed the connection and did not wait for it")
        _close_kept(self._connection)
        if self._real is not None:
            self._real.close()
            self._real = None

    def _keep_real(self) -> None:
        """Keep the connection to the API for the next request, as the client would."""
        self._connection.__dict__[_KEPT] = _KeptSocket(self._real)
        _keeping.add(self._connection)
        self._real = None

    def shutdown(self, how: int) -> None:
        """Do nothing: there is no connection to shut down."""

    def _begin_anew(self) -> None:
        """Get ready for another request, as on a connection that was kept."""
        handler = handler_for(urlsplit(self._base).hostname)
        if handler is None:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe (the session is over)")
        self._handler, self._reader = handler, RequestReader(self._base)
        self._request = self._reply = self._incoming = self._error = None
        self._has_continued = self._is_answered = False

    def _next(self) -> _Answer:
        """Wait for what the other side says next."""
        if self._reader.is_expecting and not self._has_continued:
            self._has_continued = True
            return CONTINUE
        response = self._response()
        self._is_answered = True
        return response

    def _response(self) -> _Answer:
        """Return the response; its bytes where it is none of HTTP, or not whole."""
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
        return reply.response

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

    def _fetched(self, request: Request) -> _Answer:
        """Read the response from the connection over which the request was really sent."""
        exchange = self._exchange
        assert exchange is not None
        is_kept = False
        try:
            received = self._begin_to_receive(request)
            headers = Headers(received.headers.items())
            response = Response(received.status, headers, received.read(), received.reason)
            is_kept = not received.will_close and received.status >= 200
        except BaseException as error:
            part = getattr(error, "partial", None)
            exchange.interrupt(describe_end(error, None if part is None else len(part)))
            if not isinstance(error, Exception):
                raise
            # The client reads what came by itself, and fails as it does without us.
            if isinstance(error, OSError) and not isinstance(error, HTTPException):
                return _BrokenOff(bytes(self._came), error)
            return _BrokenOff(bytes(self._came), None)
        finally:
            if is_kept:
                self._keep_real()
            elif self._real is not None:
                self._real.close()
                self._real = None
        if not _END_OF_HEAD.search(self._came):
            # http.client takes a head that ends in the middle for a whole one.
            exchange.interrupt("in the middle of the head")
            return bytes(self._came)
        exchange.record(response)
        is_plain = _is_framed_plainly(response, request.method)
        return response if is_plain else bytes(self._came)

    def _begin_to_receive(self, request: Request) -> http.client.HTTPResponse:
        """Read the head of the response."""
        if self._timeout is None or isinstance(self._timeout, int | float):
            self._real.settimeout(self._timeout)  # else it has the default, as the real one does
        tap = _Tap(self._real)
        self._came = tap.came
        received = http.client.HTTPResponse(tap, method=request.method)  # type: ignore[arg-type]
        try:
            received.begin()
        except (http.client.RemoteDisconnected, ConnectionError):
            if not self._send_again(request):
                raise
            return self._begin_to_receive(request)
        return received

    def _send_again(self, request: Request) -> bool:
        """
        Send a GET once more that the other side closed a kept connection upon.

        Returns:
            False if nothing was sent: what changes something must not be sent twice.
        """
        if not self._was_kept or request.method not in ("GET", "HEAD"):
            return False
        self._real.close()
        self._was_kept = False
        self._real = self._really_connected()
        self._real.sendall(self._reader.raw)
        return True

    def _really_connected(self) -> Any:
        """A socket to the API, behind any proxy, that the client itself connects."""
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


# A connection is to few hosts, and each request has a socket of its own.
@lru_cache(maxsize=64)
def _find_host(base: str) -> str:
    return urlsplit(base).hostname or ""


class AnsweringTLSSocket(TLS, AnsweringSocket):
    """As *AnsweringSocket*, for a connection that is encrypted."""

    def __init__(self, connection: Any, handler: Handler, base: str) -> None:
        TLS.__init__(self, _find_host(base))
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
        check_timeout(self.timeout)
        if hasattr(self, "ca_cert_dir"):
            check_files_for_urllib3(self)
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
        if handler is None:
            _close_kept(self)
        else:
            if self.sock is not None and not answering:
                # Not self.close(): urllib3's forgets what it is about to ask for.
                self.sock.close()
            if self.sock is None and not self.auto_open:
                return original(self, method, url, *args, **kwargs)
            if not answering:
                check_timeout(self.timeout)
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
        sock = self.sock
        if not isinstance(sock, AnsweringSocket):
            return original(self, *args, **kwargs)
        is_usual = self.response_class is http.client.HTTPResponse and not self.debuglevel
        if is_usual and "response_class" not in vars(self):
            self.response_class = sock.make_response
            try:
                response = original(self, *args, **kwargs)
            finally:
                del self.response_class
        else:
            response = original(self, *args, **kwargs)
        if isinstance(self.sock, AnsweringSocket):
            _keeping.add(self)
        return response

    return getresponse
