"""uvicorn's protocol, with the connection in reach of faults, and a limit for slow clients."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from twreplay._server.asgi import Receive, Scope, Send

HEAD_SECONDS = 10
"""The time in which the head of the first request must have come; uvicorn has no limit for it."""


class JoiningTransport:
    """
    A transport that can send several writes as one.

    uvicorn writes head and body apart: one system call and one packet more for each answer, which
    was a fifth of the server's time.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self.inner = transport
        self.is_joining = False
        self._pieces: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def write(self, data: bytes) -> None:
        """Send *data*, or keep it for *flush*."""
        if self.is_joining:
            self._pieces.append(data)
        else:
            self.inner.write(data)

    def flush(self) -> None:
        """Send what was kept."""
        self.is_joining = False
        if self._pieces:
            data = b"".join(self._pieces)
            self._pieces.clear()
            self.inner.write(data)

    def close(self) -> None:
        """Send what was kept, and close."""
        self.flush()
        self.inner.close()


class Protocol(H11Protocol):
    """
    HTTP/1.1 by h11.

    The scope of a request has this object as ``twreplay.protocol``.
    """

    head_seconds: float = HEAD_SECONDS

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        self.joining = JoiningTransport(transport)
        super().connection_made(self.joining)  # type: ignore[arg-type]
        inner: Any = self.app
        extensions = {"twreplay.protocol": self}

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            scope["extensions"] = extensions
            try:
                await inner(scope, receive, send)
            except asyncio.CancelledError:  # the server ends; uvicorn would print a traceback
                self.reset()

        self.app = application
        timer = self.loop.call_later(self.head_seconds, self._refuse_slow)
        self._head_timer: asyncio.TimerHandle | None = timer

    def build_another(self) -> Protocol:
        """Build a protocol for another connection of the same server."""
        return Protocol(
            config=self.config,
            server_state=self.server_state,
            app_state=self.app_state,
            _loop=self.loop,
        )

    def hand_over(self) -> asyncio.Transport:
        """Give the connection away: it is a tunnel from here on, and no HTTP is read."""
        self._stop_timer()
        self._unset_keepalive_if_required()
        self.connections.discard(self)
        self.cycle.disconnected = True  # so that no answer is sent for the request itself
        self.joining.flush()
        return self.joining.inner

    def reset(self) -> None:
        """Reset the connection: a client gets RST, not FIN."""
        sock = self.transport.get_extra_info("socket")
        if sock is not None:
            with suppress(OSError):  # closed by now, as by a client that left while the server ends
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.cycle.disconnected = True
        self.transport.abort()

    def end_with(self, data: bytes) -> None:
        """Send *data* as it is, and close the connection."""
        self.cycle.disconnected = True
        self.transport.write(data)
        self.transport.close()

    def handle_events(self) -> None:
        """Let a head that has begun after another request have its time, and no more."""
        if self.conn.their_state is h11.IDLE:
            self._pass_over_empty_lines()
        before = self.cycle
        super().handle_events()
        if self.cycle is not before:
            self._stop_timer()
        elif self._head_timer is None and self.conn.trailing_data[0] and before.response_complete:
            self._head_timer = self.loop.call_later(self.head_seconds, self._refuse_slow)

    def _pass_over_empty_lines(self) -> None:
        """Drop empty lines before a head. Some clients send one after a form (RFC 9112, 2.2)."""
        waiting = self.conn.trailing_data[0]
        if empty := len(waiting) - len(waiting.lstrip(b"\r\n")):
            self.conn._receive_buffer.maybe_extract_at_most(empty)
            # uvicorn took what came for the beginning of a head, and waits without a limit.
            is_idle = empty == len(waiting) and self.cycle is not None
            if is_idle and self.timeout_keep_alive_task is None:
                self.timeout_keep_alive_task = self.loop.call_later(
                    self.timeout_keep_alive, self.timeout_keep_alive_handler
                )

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def join_answer(self) -> None:
        """Send the answer that comes now as a whole."""
        self.joining.is_joining = True

    def on_response_complete(self) -> None:
        """Send what was kept of the answer."""
        self.joining.flush()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_timer()
        super().connection_lost(exc)

    def _refuse_slow(self) -> None:
        if not self.transport.is_closing() and (self.cycle is None or self.cycle.response_complete):
            self.transport.write(b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n")
            self.transport.close()
