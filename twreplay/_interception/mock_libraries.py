"""
Mock libraries that a suite uses for other hosts, in either nesting order.

Opened inside a session of ours, theirs stands above our own and would refuse what it does not
know. So each of them lets the requests pass that a session of ours takes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import FrameType, FunctionType
from typing import Any
from urllib.parse import urlsplit

from twreplay._interception.handler import Handler
from twreplay._interception.patch import covered
from twreplay._interception.router import handler_for


def replacements(module: str) -> Mapping[str, Callable[[Any], Any]]:
    """Return what makes the stand-in for each attribute, of four libraries."""
    return {
        "RequestsMock._on_request": _responses,
        "Adapter.send": _requests_mock,
        "HTTPXMock._handle_request": _pytest_httpx,
        "HTTPXMock._handle_async_request": _pytest_httpx_async,
        "Cassette.can_play_response_for": _vcr_can_play,
        "Cassette.filter_request": _vcr_filter,
        "Cassette.append": _vcr_append,
        "CassetteContextDecorator.__enter__": _vcr_moves,
        "CassetteContextDecorator.__exit__": _vcr_moves,
        "_patch.__delattr__": _forgets,
        "MonkeyPatch.undo": _puts_back,
    }


def _find_handler(url: str | None) -> Handler | None:
    return handler_for(urlsplit(url or "").hostname)


def _is_ours(url: str | None) -> bool:
    return _find_handler(url) is not None


def _responses(original: Callable[..., Any]) -> Callable[..., Any]:
    def on_request(self: Any, adapter: Any, request: Any, **kwargs: Any) -> Any:
        # Here and below: only now, because the library may be on its way in when it is patched.
        from responses import _real_send

        from twreplay._interception.clients.requests import answer

        handler = _find_handler(request.url)
        if handler is None:
            return original(self, adapter, request, **kwargs)
        kwargs.pop("retries", None)
        return answer(handler, _real_send, adapter, request, **kwargs)

    return on_request


def _requests_mock(original: Callable[..., Any]) -> Callable[..., Any]:
    def send(self: Any, request: Any, **kwargs: Any) -> Any:
        from requests.adapters import HTTPAdapter

        from twreplay._interception.clients.requests import answer

        handler = _find_handler(request.url)
        if handler is None:
            return original(self, request, **kwargs)
        return answer(handler, HTTPAdapter.send, HTTPAdapter(), request, **kwargs)

    return send


def _pytest_httpx(original: Callable[..., Any]) -> Callable[..., Any]:
    def handle_request(self: Any, real_transport: Any, request: Any) -> Any:
        from twreplay._interception.clients.httpx import replacements

        if handler_for(request.url.host) is None:
            return original(self, real_transport, request)
        # Theirs stands where ours would, so ours is made again over what is really the client's.
        ours = replacements("httpx")["HTTPTransport.handle_request"]
        return ours(_real("HTTPTransport", "handle_request"))(real_transport, request)

    return handle_request


def _pytest_httpx_async(original: Callable[..., Any]) -> Callable[..., Any]:
    async def handle_async_request(self: Any, real_transport: Any, request: Any) -> Any:
        from twreplay._interception.clients.httpx import replacements

        if handler_for(request.url.host) is None:
            return await original(self, real_transport, request)
        ours = replacements("httpx")["AsyncHTTPTransport.handle_async_request"]
        sent = ours(_real("AsyncHTTPTransport", "handle_async_request"))(real_transport, request)
        return await sent

    return handle_async_request


def _real(owner: str, name: str) -> Callable[..., Any]:
    """The client's own method, which pytest-httpx and a session of ours may both have covered."""
    import httpx

    function = vars(getattr(httpx, owner))[name]
    while function.__qualname__ != f"{owner}.{name}":
        below = covered(function)
        cells = [cell.cell_contents for cell in function.__closure__ or ()]
        kept = (c for c in cells if isinstance(c, FunctionType))
        function = below if below is not None else next(kept)
    real: Callable[..., Any] = function
    return real


# A stub of vcrpy's asks its cassette; if that ignores the request, the stub passes it on
# to what it covers, and that is ours.


def _vcr_can_play(original: Callable[..., Any]) -> Callable[..., Any]:
    def can_play_response_for(self: Any, request: Any) -> Any:
        return False if _is_ours(request.uri) else original(self, request)

    return can_play_response_for


def _vcr_filter(original: Callable[..., Any]) -> Callable[..., Any]:
    def filter_request(self: Any, request: Any) -> Any:
        return None if _is_ours(request.uri) else original(self, request)

    return filter_request


def _vcr_append(original: Callable[..., Any]) -> Callable[..., Any]:
    def append(self: Any, request: Any, response: Any) -> Any:
        return None if _is_ours(request.uri) else original(self, request, response)

    return append


def _vcr_moves(original: Callable[..., Any]) -> Callable[..., Any]:
    """See to it that ours is on top again after vcrpy has put its own or the client's there."""

    def moves(self: Any, *args: Any) -> Any:
        from twreplay._interception.install import reconcile

        try:
            return original(self, *args)
        finally:
            reconcile()

    return moves


def _puts_back(original: Callable[..., Any]) -> Callable[..., Any]:
    """See to it that ours stays when a mock goes that was there before it."""

    def puts_back(self: Any, *args: Any, **kwargs: Any) -> Any:
        from twreplay._interception.install import repair

        try:
            return original(self, *args, **kwargs)
        finally:
            if not _is_vcrpy_resetting():
                repair()

    return puts_back


def _forgets(original: Callable[..., Any]) -> Callable[..., Any]:
    """
    As *_puts_back*, for ``mock.patch``.

    A ``with`` takes its ``__exit__`` before the block begins, so one that was begun before our
    session runs its own. Having put back what it found, each forgets its target.
    """

    def forgets(self: Any, name: str) -> None:
        from twreplay._interception.install import repair

        original(self, name)
        if name == "target" and not _is_vcrpy_resetting():
            repair()

    return forgets


def _is_vcrpy_resetting() -> bool:
    """Return whether vcrpy puts back the client's own just for a moment."""
    frame: FrameType | None = sys._getframe(2)
    for _ in range(8):
        if frame is None:
            return False
        if frame.f_globals.get("__name__") == "vcr.patch":
            return True
        frame = frame.f_back
    return False
