"""Interception of httpx, at its transports."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

import anyio
import httpx

from twreplay import faults
from twreplay._callers import call_site
from twreplay._http import Headers, Reply, Request, Response
from twreplay._interception._acting import CUT_OFF, shortest, waited
from twreplay._interception._router import Source, source_or_pass


def replacements() -> Mapping[str, Callable[[Any], Any]]:
    """What makes the stand-in for each attribute."""
    return {
        "HTTPTransport.handle_request": _handle,
        "AsyncHTTPTransport.handle_async_request": _handle_async,
    }


def _handle(original: Callable[..., httpx.Response]) -> Callable[..., httpx.Response]:
    def handle_request(self: Any, request: httpx.Request) -> httpx.Response:
        source = source_or_pass(request.url.host)
        if source is None:
            return original(self, request)
        ours = _ours(request, request.read())
        reply = source.answer(ours, call_site())
        if reply is not None:
            if not waited(reply, _read_timeout(request)):
                reply = Reply(None, failure=faults.ReadTimeout())
            return _theirs(reply, request)
        received = original(self, request)
        try:
            stream: Any = received.stream
            body = b"".join(stream)
        except httpx.TransportError as error:
            source.interrupted(ours, str(error))
            raise
        finally:
            received.close()
        return _recorded(source, ours, received, body)

    return handle_request


def _handle_async(original: Callable[..., Any]) -> Callable[..., Any]:
    async def handle_async_request(self: Any, request: httpx.Request) -> httpx.Response:
        source = source_or_pass(request.url.host)
        if source is None:
            response: httpx.Response = await original(self, request)
            return response
        site = call_site()
        ours = _ours(request, await request.aread())
        reply = source.answer(ours, site)
        if reply is not None:
            limit = _read_timeout(request)
            if reply.delay_seconds:
                await anyio.sleep(shortest(reply.delay_seconds, limit))
            if limit is not None and reply.delay_seconds > limit:
                reply = Reply(None, failure=faults.ReadTimeout())
            return _theirs(reply, request)
        received: httpx.Response = await original(self, request)
        try:
            stream: Any = received.stream
            body = b"".join([part async for part in stream])
        except httpx.TransportError as error:
            source.interrupted(ours, str(error))
            raise
        finally:
            await received.aclose()
        return _recorded(source, ours, received, body)

    return handle_async_request


def _ours(request: httpx.Request, body: bytes) -> Request:
    return Request(request.method, str(request.url), Headers(_text(request.headers.raw)), body)


def _read_timeout(request: httpx.Request) -> float | None:
    limits: dict[str, float | None] = request.extensions.get("timeout", {})
    return limits.get("read")


# What httpx raises when the same happens in httpcore.
_FAILURES: dict[type[BaseException], tuple[type[httpx.TransportError], str]] = {
    faults.ConnectTimeout: (httpx.ConnectTimeout, "timed out"),
    faults.ReadTimeout: (httpx.ReadTimeout, "timed out"),
    faults.ConnectionRefused: (httpx.ConnectError, "connection refused"),
    faults.ConnectionReset: (
        httpx.RemoteProtocolError,
        "server disconnected without sending a response",
    ),
    faults.NameResolutionFailed: (httpx.ConnectError, "name not resolved"),
    faults.TLSFailure: (httpx.ConnectError, "certificate verify failed"),
    faults.MalformedResponse: (httpx.RemoteProtocolError, "illegal status line"),
}


class _CutOff(httpx.ByteStream):
    """A body whose end never comes."""

    def __iter__(self) -> Iterator[bytes]:
        yield from super().__iter__()
        raise _end_missing()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in super().__aiter__():
            yield part
        raise _end_missing()


def _end_missing() -> httpx.RemoteProtocolError:
    return httpx.RemoteProtocolError(
        "peer closed connection without sending complete message body (as a twreplay rule says)"
    )


def _theirs(reply: Reply, request: httpx.Request) -> httpx.Response:
    if isinstance(reply.failure, faults.TruncatedBody):
        return httpx.Response(
            CUT_OFF.status, headers=list(CUT_OFF.headers.pairs), stream=_CutOff(CUT_OFF.body)
        )
    if reply.failure is not None:
        known = _FAILURES.get(type(reply.failure))
        if known is None:
            raise reply.failure
        raise known[0](f"{known[1]} (as a twreplay rule says)", request=request)
    answer = reply.response
    assert answer is not None
    bodiless = request.method == "HEAD" or answer.status in (204, 304)
    return httpx.Response(
        answer.status,
        headers=[
            (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
            for name, value in answer.headers.pairs
        ],
        stream=httpx.ByteStream(b"" if bodiless else answer.body),
        extensions={
            "http_version": b"HTTP/1.1",
            "reason_phrase": answer.reason.encode("latin-1", "replace"),
        },
    )


def _recorded(
    source: Source, request: Request, received: httpx.Response, body: bytes
) -> httpx.Response:
    headers = Headers(_text(received.headers.raw))
    source.record(request, Response(received.status_code, headers, body, received.reason_phrase))
    return httpx.Response(
        received.status_code,
        headers=received.headers.raw,
        stream=httpx.ByteStream(body),
        extensions=received.extensions,
    )


def _text(raw: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw]
