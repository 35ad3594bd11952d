"""Interception of httpx, at its transports."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

import httpx

from twreplay._http import Headers, Request, Response
from twreplay._interception._patches import Patch
from twreplay._interception._router import Source, call_site, source_for


def patches(module: ModuleType) -> Iterable[Patch]:
    """What to replace in ``httpx``."""
    yield Patch(module.HTTPTransport, "handle_request", _handle)
    yield Patch(module.AsyncHTTPTransport, "handle_async_request", _handle_async)


def _handle(original: Callable[..., httpx.Response]) -> Callable[..., httpx.Response]:
    def handle_request(self: Any, request: httpx.Request) -> httpx.Response:
        source = source_for(request.url.host)
        if source is None:
            return original(self, request)
        ours = _ours(request, request.read())
        answer = source.answer(ours, call_site())
        if answer is not None:
            return _theirs(answer, request)
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
        source = source_for(request.url.host)
        if source is None:
            response: httpx.Response = await original(self, request)
            return response
        site = call_site()
        ours = _ours(request, await request.aread())
        answer = source.answer(ours, site)
        if answer is not None:
            return _theirs(answer, request)
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


def _theirs(answer: Response, request: httpx.Request) -> httpx.Response:
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
