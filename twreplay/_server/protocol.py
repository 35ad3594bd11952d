"""uvicorn's protocol, with the connection in reach of faults, and a limit for slow clients."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from twreplay._server.asgi import Receive, Scope, Send

HEAD_SECONDS = 10
"""The time in which the head of the first request must have come; uvicorn has no limit for it."""


class Protocol(H11Protocol):
    """HTTP/1.1 by h11. A request's scope has the connection as ``twreplay.transport``."""

    head_seconds: float = HEAD_SECONDS

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        inner: Any = self.app

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            scope["extensions"] = {"twreplay.transport": transport}
            await inner(scope, receive, send)

        self.app = application
        self._requests = 0
        self._head_timer = self.loop.call_later(self.head_seconds, self._refuse_slow)

    def handle_events(self) -> None:
        """Let a head that has begun after another request have its time, and no more."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before:
            self._head_timer.cancel()
        elif self.cycle is not None and self.cycle.response_complete:
            self._head_timer.cancel()
            self._head_timer = self.loop.call_later(self.head_seconds, self._refuse_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._head_timer.cancel()
        super().connection_lost(exc)

    def _refuse_slow(self) -> None:
        if not self.transport.is_closing() and (self.cycle is None or self.cycle.response_complete):
            self.transport.write(b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n")
            self.transport.close()
