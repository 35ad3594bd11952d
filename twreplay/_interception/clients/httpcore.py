"""
Connections of httpcore that answer from memory.

For what httpx has to act upon (a failure, a retry, a trace) all that is above the connection is the
client's own. httpcore is a parameter, as httpx2 has a copy of it.
"""

from __future__ import annotations

import copy
import errno
import socket
import ssl
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import anyio

from twreplay import faults
from twreplay._http import Reply, Request
from twreplay._interception.clients.refusals import check_timeout, is_usual_time, set_timeout
from twreplay._interception.failures import IN_BYTES, FailureTable
from twreplay._interception.timing import (
    TLS,
    TRUNCATED,
    extra_info,
    is_over_limit,
    limit_delay,
    sleep_within,
    wait_for,
)
from twreplay._interception.wire import render


def _build_connect_error(cause: OSError) -> Callable[[Any], BaseException]:
    """Return what builds httpcore's exception for *cause*, given its module."""
    return lambda core: core.ConnectError(f"{cause} (as a twreplay rule says)")


_FAILURES = FailureTable(
    "httpcore",
    {
        faults.ConnectTimeout: lambda core: core.ConnectTimeout(
            "timed out (as a twreplay rule says)"
        ),
        faults.ReadTimeout: lambda core: core.ReadTimeout("timed out (as a twreplay rule says)"),
        faults.ConnectionRefused: _build_connect_error(
            ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
        ),
        faults.NameResolutionFailed: _build_connect_error(
            socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        ),
        faults.TLSFailure: _build_connect_error(
            ssl.SSLCertVerificationError("certificate verify failed")
        ),
    },
    in_bytes=IN_BYTES,
)


class GoesOut(BaseException):
    """One attempt is not answered, but to be sent; not an error, which a client would translate."""


class Attempts:
    """
    The answers to each connection of one request.

    Args:
        answer: Asks again, for each attempt after the first.
        reply: The answer to the first.
    """

    def __init__(self, asked: Request, reply: Reply, answer: Callable[[], Reply | None]) -> None:
        self.asked = asked
        self._first: Reply | None = reply
        self._answer = answer

    @property
    def is_only_tried(self) -> bool:
        """True if the request is not to be answered: see *OnlyTried*."""
        return False

    def take_next(self) -> Reply:
        """Take the answer of one more connection."""
        reply, self._first = self._first or self._answer(), None
        if reply is None:
            raise GoesOut
        return reply


class OnlyTried(Attempts):
    """The connection of a request that the client may refuse: *GoesOut* says that it does not."""

    def __init__(self, asked: Request) -> None:
        super().__init__(asked, Reply(None, failure=faults.ConnectionReset()), lambda: None)

    @property
    def is_only_tried(self) -> bool:
        """True."""
        return True


def over_memory(core: Any, transport: Any, attempts: Attempts, *, is_async: bool) -> Any:
    """Copy *transport*, with connections of the module *core* that answer *attempts*."""
    pool = core.AsyncConnectionPool if is_async else core.ConnectionPool
    backend = _AsyncBackend if is_async else _Backend
    stand_in = copy.copy(transport)
    stand_in._pool = pool(
        ssl_context=_ssl_context(),
        retries=getattr(transport._pool, "_retries", 0),
        network_backend=backend(core, attempts),
    )
    return stand_in


def connection_of(asked: Request, *, is_async: bool) -> Any:
    """Make the connection that a response to *asked* names; it says no more."""
    return (_AsyncStream if is_async else _Stream)(None, asked, Reply(None))


@cache
def _ssl_context() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # nothing is encrypted with it


class _Backend:
    """A network backend that answers instead of connecting."""

    def __init__(self, core: Any, attempts: Attempts) -> None:
        self._core, self._attempts = core, attempts

    def connect_tcp(self, *_: Any, timeout: float | None = None, **__: Any) -> Any:
        """Connect, or fail to."""
        self._check_timeout(timeout)
        reply = self._attempts.take_next()
        if _is_refused(reply):
            sleep_within(reply, timeout)
        _refuse(self._core, reply)
        return _Stream(self._core, self._attempts.asked, reply, self._attempts.is_only_tried)

    connect_unix_socket = connect_tcp

    def _check_timeout(self, seconds: Any) -> None:
        try:
            check_timeout(seconds)
        except OSError as error:
            raise self._core.ConnectError(str(error)) from error

    def sleep(self, seconds: float) -> None:
        """Wait between two attempts, as long as the client does."""
        self._core.NetworkBackend().sleep(seconds)


def _is_over(seconds: Any) -> bool:
    """Return whether anyio does not wait at all: of 0 seconds, of fewer, of no number."""
    if is_usual_time(seconds):
        return False
    with anyio.fail_after(seconds):  # which refuses what is no number
        now = anyio.current_time()
        return not now + seconds > now


class _AsyncBackend:
    """As *_Backend*."""

    def __init__(self, core: Any, attempts: Attempts) -> None:
        self._core, self._attempts = core, attempts

    async def connect_tcp(self, *_: Any, timeout: float | None = None, **__: Any) -> Any:
        """Connect, or fail to."""
        if _is_over(timeout):
            raise self._core.ConnectTimeout
        reply = self._attempts.take_next()
        if _is_refused(reply):
            await anyio.sleep(limit_delay(reply.delay_seconds, timeout))
        _refuse(self._core, reply)
        return _AsyncStream(self._core, self._attempts.asked, reply, self._attempts.is_only_tried)

    connect_unix_socket = connect_tcp

    async def sleep(self, seconds: float) -> None:
        """Wait between two attempts, as long as the client does."""
        await anyio.sleep(seconds)


# Where TCP fails already; a certificate is seen later.
_REFUSALS: Final = (faults.ConnectTimeout, faults.ConnectionRefused, faults.NameResolutionFailed)


def _is_refused(reply: Reply) -> bool:
    return isinstance(reply.failure, _REFUSALS)


def _refuse(core: Any, reply: Reply) -> None:
    """Fail where there is no connection."""
    if isinstance(reply.failure, _REFUSALS):
        raise _FAILURES.build(reply.failure, core)


def _said(reply: Reply, method: str) -> bytes:
    """Write what the other side says before it closes."""
    if isinstance(reply.failure, faults.TruncatedBody):
        return render(TRUNCATED, method="GET", missing=1)
    if isinstance(reply.failure, faults.MalformedResponse):
        return b"this is not HTTP\r\n\r\n"
    return b"" if reply.response is None else render(reply.response, method=method)


class _Stream:
    """One connection."""

    def __init__(
        self, core: Any, asked: Request, reply: Reply, is_only_tried: bool = False
    ) -> None:
        self._core, self._reply, self._asked = core, reply, asked
        self._is_only_tried = is_only_tried
        self._unread: bytes | None = None

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read a part of the response, once the reply's delay is over."""
        try:
            check_timeout(timeout)
        except OSError as error:
            raise self._core.ReadError(str(error)) from error
        if self._unread is None and not sleep_within(self._reply, timeout):
            raise self._late()
        return self._read(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Do nothing: what is asked is known."""
        if not is_usual_time(timeout):
            set_timeout(timeout)
        self._check_end()

    def _check_end(self) -> None:
        if self._is_only_tried:
            raise GoesOut

    def close(self) -> None:
        """Do nothing: there is no connection to close."""

    def start_tls(self, *_: Any, **__: Any) -> Any:
        """Fail where the certificate is not accepted."""
        if isinstance(self._reply.failure, faults.TLSFailure):
            raise _FAILURES.build(self._reply.failure, self._core)
        return self

    def get_extra_info(self, info: str) -> Any:
        """Return what is known of the connection."""
        asked = self._asked
        tls = TLS(asked.host) if asked.scheme == "https" else None
        return extra_info(info, asked.host, asked.port, tls)

    def _read(self, max_bytes: int) -> bytes:
        if isinstance(self._reply.failure, faults.ReadTimeout):
            raise self._late()
        if self._unread is None:
            self._unread = _said(self._reply, self._asked.method)
        part, self._unread = self._unread[:max_bytes], self._unread[max_bytes:]
        return part

    def _late(self) -> BaseException:
        return _FAILURES.build(faults.ReadTimeout(), self._core)


class _AsyncStream(_Stream):
    """As *_Stream*."""

    async def read(  # type: ignore[override]  # as httpcore has it for either
        self, max_bytes: int, timeout: float | None = None
    ) -> bytes:
        """Read a part of the response, once the reply's delay is over."""
        if _is_over(timeout):
            raise self._core.ReadTimeout
        if self._unread is None:
            await wait_for(anyio.sleep, self._reply, timeout)
            if is_over_limit(self._reply, timeout):
                raise self._late()
        return self._read(max_bytes)

    async def write(  # type: ignore[override]
        self, buffer: bytes, timeout: float | None = None
    ) -> None:
        """Do nothing: what is asked is known."""
        if _is_over(timeout):
            raise self._core.WriteTimeout
        self._check_end()

    async def aclose(self) -> None:
        """Do nothing: there is no connection to close."""

    async def start_tls(self, *_: Any, **__: Any) -> Any:
        """Fail where the certificate is not accepted."""
        return _Stream.start_tls(self)
