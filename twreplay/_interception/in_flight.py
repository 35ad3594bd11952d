"""Requests that go out to be recorded, until their response is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from twreplay._http import Request, Response
from twreplay._interception.handler import Handler


class Exchange:
    """
    One request that goes out to be recorded, and what becomes of it.

    Each ends once: with *record*, with *interrupt*, or, if with neither, as interrupted when its
    session closes. What a client does with a response does not count: one that came as a whole is
    recorded.
    """

    __slots__ = ("_handler", "_is_begun", "_is_over", "request")

    def __init__(self, handler: Handler, request: Request) -> None:
        self.request = request
        self._handler = handler
        self._is_begun = self._is_over = False

    @property
    def is_open(self) -> bool:
        """Return whether the request went out, and nothing has become of it yet."""
        return self._is_begun and not self._is_over

    def begin(self) -> None:
        """Note that the request goes out now: there is a connection."""
        if not self._is_begun:
            self._is_begun = True
            self._handler.sent(self.request)

    def record(self, response: Response) -> None:
        """Keep the whole response."""
        if not self._is_over:
            self._is_begun = self._is_over = True
            self._handler.record(self.request, response)

    def interrupt(self, problem: str) -> None:
        """Note that the whole response does not come, if the request went out."""
        if self.is_open:
            self._is_over = True
            self._handler.interrupted(self.request, problem)

    def withdraw(self) -> None:
        """Note that the request did not go out after all."""
        if self.is_open:
            self._is_begun = False
            self._handler.not_sent(self.request)

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Note what ends the block before its time, a cancellation too, and pass it on."""
        try:
            yield
        except BaseException as error:
            self.interrupt(describe_end(error))
            raise


def describe_end(error: BaseException, received: int | None = None) -> str:
    """
    Describe how waiting for a response ended, without the values of *error*: they may be secret.

    Args:
        received: How many bytes of the body had come; None if not even the head had.
    """
    when = "before the response was complete"
    if received is not None:
        when = f"after {received} bytes of the body"
    return f"{when}: {type(error).__name__}"
