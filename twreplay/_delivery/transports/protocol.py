"""What a way into an application can do."""

from __future__ import annotations

from typing import Final, Protocol

from twreplay._http import Headers, Request, Response
from twreplay.faults import TruncatedBody

CLIENT_ADDRESS = "203.0.113.80"
"""The address that requests come from: one for documentation, as no real one is known."""


MOST_READ = 16 << 20
"""Bytes of a response that are read: one that never ends would never be left."""

_BREAKS: Final = frozenset("\r\n\0")


class Transport(Protocol):
    """
    A way into an application.

    Attributes:
        needs_no_loop: ``send`` cannot be called where an event loop runs.

        is_in_process: What ``send`` raises may come from the application.
    """

    needs_no_loop: bool
    is_in_process: bool

    def send(self, request: Request) -> Response:
        """
        Return the response of the application, in the calling thread.

        Raises:
            NetworkFault: There is none, or not all of it.

            Exception: Anything that the application raises.
        """

    async def send_async(self, request: Request) -> Response:
        """As *send*, in the running loop."""

    def close(self) -> None:
        """End what was kept running for the application."""

    async def close_async(self) -> None:
        """As *close*, for what was kept running in the running loop."""


def finish_response(
    status: int, headers: list[tuple[str, str]], body: bytes, reason: str | None, method: str
) -> Response:
    """
    Return the response as it would arrive through a server.

    Raises:
        TruncatedBody: The application announced more bytes than it sent.

        AssertionError: A line break or a null is in a header or in the status line, which a server
            answers with a 500.
    """
    fields = Headers(headers)
    lines = {f"header {name!r}": f"{name}{value}" for name, value in fields.pairs}
    for what, text in {"status line": reason or "", **lines}.items():
        if not _BREAKS.isdisjoint(text):
            msg = f"the application's {what} has a line break or a null in it"
            raise AssertionError(msg)
    announced = fields.get("content-length", "")
    is_number = announced.isascii() and announced.isdigit() and len(announced) <= 18
    if is_number and method != "HEAD" and status not in (204, 304):
        if int(announced) > len(body):
            raise TruncatedBody
        body = body[: int(announced)]
    return Response(status, fields, body, reason)
