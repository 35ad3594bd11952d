"""
Mock libraries that a suite uses for other hosts, in either nesting order.

Opened inside a session of ours, theirs stands above our own and would refuse what it does not
know. So each of them lets the requests pass that a session of ours takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from twreplay._interception._patches import Patch
from twreplay._interception._router import source_for


def patches(module: ModuleType) -> Iterable[Patch]:
    """What to replace in *module*, one of three libraries."""
    if module.__name__ == "responses":
        yield Patch(module.RequestsMock, "_on_request", _responses)
    elif module.__name__ == "requests_mock.adapter":
        yield Patch(module.Adapter, "send", _requests_mock)
    else:
        yield Patch(module.HTTPXMock, "_handle_request", _pytest_httpx)
        yield Patch(module.HTTPXMock, "_handle_async_request", _pytest_httpx_async)


def _is_ours(url: str | None) -> bool:
    return source_for(urlsplit(url or "").hostname) is not None


def _responses(original: Callable[..., Any]) -> Callable[..., Any]:
    def on_request(self: Any, adapter: Any, request: Any, **kwargs: Any) -> Any:
        # Here and below: only now, because the library may be on its way in when it is patched.
        from responses import _real_send

        from twreplay._interception._requests import answered

        if not _is_ours(request.url):
            return original(self, adapter, request, **kwargs)
        kwargs.pop("retries", None)
        return answered(_real_send, adapter, request, **kwargs)

    return on_request


def _requests_mock(original: Callable[..., Any]) -> Callable[..., Any]:
    def send(self: Any, request: Any, **kwargs: Any) -> Any:
        from requests.adapters import HTTPAdapter

        from twreplay._interception._requests import answered

        if not _is_ours(request.url):
            return original(self, request, **kwargs)
        return answered(HTTPAdapter.send, HTTPAdapter(), request, **kwargs)

    return send


def _pytest_httpx(original: Callable[..., Any]) -> Callable[..., Any]:
    def handle_request(self: Any, real_transport: Any, request: Any) -> Any:
        from twreplay._interception._httpx import answered

        if source_for(request.url.host) is None:
            return original(self, real_transport, request)
        return answered(real_transport, request)

    return handle_request


def _pytest_httpx_async(original: Callable[..., Any]) -> Callable[..., Any]:
    async def handle_async_request(self: Any, real_transport: Any, request: Any) -> Any:
        from twreplay._interception._httpx import answered_async

        if source_for(request.url.host) is None:
            return await original(self, real_transport, request)
        return await answered_async(real_transport, request)

    return handle_async_request
