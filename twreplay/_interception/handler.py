"""The handler of requests: what a session puts behind the interception. Imports nothing of it."""

from __future__ import annotations

from typing import Protocol

from twreplay._call_site import CallSite
from twreplay._http import Reply, Request, Response


class Handler(Protocol):
    """
    Handler of the requests of one session.

    It may have an attribute *records*: true if it has requests sent and their responses recorded.

    Attributes:
        hosts: The hosts whose requests it takes, in lower case.
    """

    hosts: frozenset[str]

    def answer(self, request: Request, call_site: CallSite) -> Reply | None:
        """Answer *request*; None to send it and pass the response to *record*."""

    def sent(self, request: Request) -> None:
        """Note that *request* goes out now; one of the next three says what became of it."""

    def not_sent(self, request: Request) -> None:
        """Note that *request* did not go out after all: there was no connection."""

    def record(self, request: Request, response: Response) -> None:
        """Keep the response of the API."""

    def interrupted(self, request: Request, problem: str) -> None:
        """Note that no whole response to *request* came."""
