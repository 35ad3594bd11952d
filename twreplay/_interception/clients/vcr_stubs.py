"""
What vcrpy's stubs take for a cassette, so that they serve the clients that we have no seam for.

vcrpy is imported when such a client sends its first request to one of our hosts, and not before:
it imports every client that is installed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from twreplay._call_site import find_call_site
from twreplay._display import without_secrets
from twreplay._http import Headers, Reply, Request, Response
from twreplay._interception.handler import Handler

_NOTHING = Response(200)

# A stub logs each request with its whole URL.
_LOGGERS = ("vcr.stubs", "vcr.stubs.aiohttp_stubs", "vcr.stubs.httpx_stubs")


class _WithoutSecrets(logging.Filter):
    """Hides secrets in what stubs log of requests to the API."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Pass *record* on, without secrets."""
        message = record.getMessage()
        if "twilio" in message or "/2008-08-01" in message:
            record.msg, record.args = without_secrets(message), ()
        return True


_FILTER = _WithoutSecrets()


class StubCassette:
    """
    One request and its answer, in the shape of a cassette of vcrpy's.

    There is one per request: a stub binds its cassette permanently, but the handler
    is chosen for each request.

    Attributes:
        reply: What was answered, to be waited for and acted out by the caller of the stub; None
            if the request went out.
    """

    # A stub refuses nothing by itself: who answers here does that.
    write_protected = False

    def __init__(self, handler: Handler) -> None:
        self.reply: Reply | None = None
        self.failure: BaseException | None = None
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(_FILTER)
        self._handler = handler
        self._site = find_call_site()
        self._request: Request | None = None

    def can_play_response_for(self, asked: Any) -> bool:
        """Return whether *asked*, a request of vcrpy's, is answered and not sent."""
        self._request = Request(asked.method, asked.uri, dict(asked.headers), asked.body)
        self.reply = self._handler.answer(self._request, self._site)
        return self.reply is not None

    def play_response(self, asked: Any) -> dict[str, Any]:
        """The answer, as vcrpy writes it."""
        assert self.reply is not None
        answer = self.reply.response or _NOTHING
        bodiless = asked.method == "HEAD" or answer.status in (204, 304)
        headers: dict[str, list[str]] = {}
        for name, value in answer.headers.pairs:
            headers.setdefault(name, []).append(value)
        return {
            "status": {
                "code": answer.status,
                "message": answer.reason.encode("ascii", "replace").decode(),
            },
            "headers": headers,
            "body": {"string": b"" if bodiless else answer.body},
        }

    def filter_request(self, asked: Any) -> Any:
        """Nothing is left out."""
        return asked

    def append(self, asked: Any, response: Mapping[str, Any]) -> None:
        """Take what was answered for real."""
        if self.failure is not None:
            return  # a stub appends that too
        assert self._request is not None
        status, headers = response["status"], response["headers"]
        pairs = headers.items() if isinstance(headers, Mapping) else headers
        self._handler.record(
            self._request,
            Response(
                status["code"],
                Headers(_flat(pairs)),
                response["body"]["string"],
                status["message"] or "",
            ),
        )

    def interrupted(self, problem: str) -> None:
        """Note that the response broke off."""
        if self._request is not None:
            self._handler.interrupted(self._request, problem)


def _flat(pairs: Iterable[tuple[str, Iterable[str]]]) -> list[tuple[str, str]]:
    # Bodies arrive decoded, so what they were encoded with is of no more interest.
    return [
        (name, value)
        for name, values in pairs
        if name.lower() not in ("x-consumed-content-encoding", "x-http-reason", "transfer-encoding")
        for value in values
    ]
