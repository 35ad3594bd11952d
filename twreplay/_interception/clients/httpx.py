"""
Interception of httpx, and of httpx2, which is made as it is, at their transports.

A plain request that is answered gets its response at once. What the client has to act upon goes on
to its own pool, whose connections then answer from memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from importlib import import_module
from typing import Any, Final

import anyio

from twreplay import faults
from twreplay._call_site import find_call_site
from twreplay._http import Headers, Reply, Request, Response, is_bodiless
from twreplay._interception.clients.httpcore import (
    Attempts,
    GoesOut,
    OnlyTried,
    connection_of,
    over_memory,
)
from twreplay._interception.clients.refusals import are_usual_fields, is_usual_time
from twreplay._interception.handler import Handler
from twreplay._interception.in_flight import Exchange
from twreplay._interception.router import handler_or_passthrough
from twreplay._interception.timing import limit_delay, sleep_within
from twreplay._interception.wire import unfold

_CORES: Final = {"httpx": "httpcore", "httpx2": "httpcore2"}


def replacements(module: str) -> Mapping[str, Callable[[Any], Any]]:
    """Return what makes the stand-in for each attribute, of ``httpx`` or ``httpx2``."""
    kin = import_module(module)
    return {
        "HTTPTransport.handle_request": partial(_handle, kin),
        "AsyncHTTPTransport.handle_async_request": partial(_handle_async, kin),
    }


def _handle(kin: Any, original: Callable[..., Any]) -> Callable[..., Any]:
    def handle_request(self: Any, request: Any) -> Any:
        handler = handler_or_passthrough(request.url.host)
        if handler is None:
            return original(self, request)
        body = b"".join(request.stream)
        ours = _ours(request, body)
        is_usual = _is_usual(request, ours)
        if not is_usual:
            with suppress(GoesOut), _untraced(request):
                tried = _over_nothing(kin, self, ours, is_async=False)
                _with_body(kin, request, body, lambda: original(tried, request))
        reply = _answer(handler, request, ours)
        if reply is not None:
            if is_usual and _is_plain(reply, request):
                return _theirs(kin, reply.response, request, ours, is_async=False)
            if not isinstance(reply.failure, faults.NetworkFault | None):
                sleep_within(reply, get_read_timeout(request))
                raise reply.failure
            attempts = Attempts(ours, reply, lambda: handler.answer(ours, find_call_site))
            try:
                core = import_module(_CORES[kin.__name__])
                stand_in = over_memory(core, self, attempts, is_async=False)
                return _with_body(kin, request, body, lambda: original(stand_in, request))
            except GoesOut:
                pass
        exchange = Exchange(handler, ours)
        with exchange.watch():
            with _noting(request, exchange, _do_nothing):
                received = _with_body(kin, request, body, lambda: original(self, request))
            try:
                body = b"".join(received.stream)
            finally:
                received.close()
        return _recorded(kin, exchange, received, body)

    return handle_request


def _handle_async(kin: Any, original: Callable[..., Any]) -> Callable[..., Any]:
    async def handle_async_request(self: Any, request: Any) -> Any:
        handler = handler_or_passthrough(request.url.host)
        if handler is None:
            return await original(self, request)
        body = b"".join([part async for part in request.stream])
        ours = _ours(request, body)
        is_usual = _is_usual(request, ours)
        if not is_usual:
            with suppress(GoesOut), _untraced(request):
                tried = _over_nothing(kin, self, ours, is_async=True)
                await _with_body_async(kin, request, body, original, tried)
        reply = _answer(handler, request, ours)
        if reply is not None:
            if is_usual and _is_plain(reply, request):
                return _theirs(kin, reply.response, request, ours, is_async=True)
            if not isinstance(reply.failure, faults.NetworkFault | None):
                await anyio.sleep(limit_delay(reply.delay_seconds, get_read_timeout(request)))
                raise reply.failure
            attempts = Attempts(ours, reply, lambda: handler.answer(ours, find_call_site))
            try:
                core = import_module(_CORES[kin.__name__])
                stand_in = over_memory(core, self, attempts, is_async=True)
                return await _with_body_async(kin, request, body, original, stand_in)
            except GoesOut:
                pass
        exchange = Exchange(handler, ours)
        with exchange.watch():
            with _noting(request, exchange, _do_nothing_async):
                received = await _with_body_async(kin, request, body, original, self)
            try:
                body = b"".join([part async for part in received.stream])
            finally:
                await received.aclose()
        return _recorded(kin, exchange, received, body)

    return handle_async_request


_USUAL_METHODS: Final = frozenset(("GET", "POST", "PUT", "DELETE", "HEAD"))


def _is_usual(request: Any, ours: Request) -> bool:
    """Say whether neither httpcore nor h11 refuses to send *request*."""
    if ours.method not in _USUAL_METHODS:
        return False
    limits = request.extensions.get("timeout")
    if limits and limits != _USUAL_LIMITS and not all(map(is_usual_time, limits.values())):
        return False
    return are_usual_fields(ours.headers.pairs)


# What httpx has where a program says nothing: to compare takes a fifth of looking at each.
_USUAL_LIMITS: Final = dict.fromkeys(("connect", "read", "write", "pool"), 5.0)


@contextmanager
def _untraced(request: Any) -> Iterator[None]:
    """Keep what is only tried from the trace of *request*."""
    given = request.extensions
    request.extensions = {name: value for name, value in given.items() if name != "trace"}
    try:
        yield
    finally:
        request.extensions = given


def _over_nothing(kin: Any, transport: Any, ours: Request, *, is_async: bool) -> Any:
    """Copy *transport*, with connections that only see whether the client would send."""
    core = import_module(_CORES[kin.__name__])
    return over_memory(core, transport, OnlyTried(ours), is_async=is_async)


# To a request that the client does not send to its end.
_NOTHING: Final = Reply(None, failure=faults.ConnectionReset())


def _answer(handler: Handler, request: Any, ours: Request) -> Reply | None:
    """Ask *handler*; but a body that is not as long as the head says h11 refuses to send."""
    length = request.headers.get("Content-Length")
    if length is None or length == str(len(ours.body)):
        return handler.answer(ours, find_call_site)
    return _NOTHING


def _is_plain(reply: Reply, request: Any) -> bool:
    """Say whether httpcore would do nothing with *reply* but pass it on."""
    at_once = reply.failure is None and not reply.delay_seconds
    return at_once and "trace" not in request.extensions


def _with_body(kin: Any, request: Any, body: bytes, send: Callable[[], Any]) -> Any:
    """Send *request* with the *body* that was read from it, and leave it as one that was sent."""
    stream, request.stream = request.stream, kin.ByteStream(body)
    try:
        return send()
    finally:
        request.stream = stream


async def _with_body_async(
    kin: Any, request: Any, body: bytes, original: Callable[..., Any], transport: Any
) -> Any:
    """As *_with_body*."""
    stream, request.stream = request.stream, kin.ByteStream(body)
    try:
        return await original(transport, request)
    finally:
        request.stream = stream


@contextmanager
def _noting(request: Any, exchange: Exchange, otherwise: Callable[..., Any]) -> Iterator[None]:
    """Have the client's pool say when *request* goes out, besides what it says already."""
    given = request.extensions
    trace = _Trace(exchange, given.get("trace") or otherwise)
    request.extensions = {**given, "trace": trace}
    try:
        yield
    finally:
        request.extensions = given


class _Trace:
    """Notes when a request goes out, and calls what the client was given to trace it with."""

    def __init__(self, exchange: Exchange, given: Callable[[str, dict[str, Any]], Any]) -> None:
        self._exchange = exchange
        self._given = given

    def __call__(self, name: str, info: dict[str, Any]) -> Any:
        """Take an event of httpcore."""
        event = name.partition(".")[2]
        if event == "send_request_headers.started" and info["request"].method != b"CONNECT":
            self._exchange.begin()
        elif event == "send_request_headers.failed" and _is_refused(info["exception"]):
            self._exchange.withdraw()
        return self._given(name, info)


def _is_refused(error: BaseException) -> bool:
    """Return whether h11 refuses to write the head, so that nothing went out."""
    return type(error).__name__ == "LocalProtocolError"


def _do_nothing(name: str, info: dict[str, Any]) -> None:
    pass


async def _do_nothing_async(name: str, info: dict[str, Any]) -> None:
    pass


def _ours(request: Any, body: bytes) -> Request:
    return Request(request.method, str(request.url), Headers(_text(request.headers.raw)), body)


def get_read_timeout(request: Any) -> float | None:
    """Return the seconds that *request* waits for an answer; None if it waits for ever."""
    limits: dict[str, float | None] = request.extensions.get("timeout", {})
    return limits.get("read")


def _theirs(kin: Any, answer: Any, request: Any, asked: Request, *, is_async: bool) -> Any:
    bodiless = is_bodiless(answer.status, request.method)
    return kin.Response(
        answer.status,
        headers=[
            (name.encode("latin-1", "replace"), _encode_value(value))
            for name, value in answer.headers.pairs
        ],
        stream=kin.ByteStream(b"" if bodiless else answer.body),
        extensions={
            "http_version": b"HTTP/1.1",
            "reason_phrase": answer.reason.encode("latin-1", "replace"),
            "network_stream": connection_of(asked, is_async=is_async),
        },
    )


def _encode_value(value: str) -> bytes:
    return (unfold(value) if "\n" in value else value).encode("latin-1", "replace")


def _recorded(kin: Any, exchange: Exchange, received: Any, body: bytes) -> Any:
    headers = Headers(_text(received.headers.raw))
    exchange.record(Response(received.status_code, headers, body, received.reason_phrase))
    return kin.Response(
        received.status_code,
        headers=received.headers.raw,
        stream=kin.ByteStream(body),
        extensions=received.extensions,
    )


def _text(raw: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw]
