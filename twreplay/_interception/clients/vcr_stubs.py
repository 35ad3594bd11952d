"""
What vcrpy's stubs take for a cassette, so that they serve the clients that we have no seam for.

vcrpy is imported when such a client sends its first request to one of our hosts, and not before:
it imports every client that is installed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from twreplay._call_site import keep_call_site
from twreplay._display import without_secrets
from twreplay._http import Headers, Reply, Request, Response
from twreplay._interception.handler import Handler
from twreplay._interception.in_flight import Exchange, describe_end
from twreplay._interception.wire import unfold

_NOTHING = Response(200)

# A stub logs each request with its whole URL.
_LOGGERS = ("vcr.stubs", "vcr.stubs.aiohttp_stubs", "vcr.stubs.httpx_stubs")


# How gzip, deflate (in zlib's frame) and zstd begin, which some clients leave as they are.
_PACKED = (b"\x1f\x8b", b"\x78\x01", b"\x78\x9c", b"\x78\xda", b"\x28\xb5")


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
        self._site = keep_call_site()
        self._request: Request | None = None
        self._exchange: Exchange | None = None

    def can_play_response_for(self, asked: Any) -> bool:
        """Return whether *asked*, a request of vcrpy's, is answered and not sent."""
        self._request = Request(asked.method, asked.uri, dict(asked.headers), asked.body)
        self.reply = self._handler.answer(self._request, self._site)
        if self.reply is None:
            self._exchange = Exchange(self._handler, self._request)
        return self.reply is not None

    def begin(self) -> None:
        """Note that the request goes out."""
        if self._exchange is not None:
            self._exchange.begin()

    def play_response(self, asked: Any) -> dict[str, Any]:
        """The answer, as vcrpy writes it."""
        assert self.reply is not None
        answer = self.reply.response or _NOTHING
        bodiless = asked.method == "HEAD" or answer.status in (204, 304)
        headers: dict[str, list[str]] = {}
        for name, value in answer.headers.pairs:
            headers.setdefault(name, []).append(unfold(value))
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
        assert self._exchange is not None
        status, given = response["status"], response["headers"]
        pairs = given.items() if isinstance(given, Mapping) else given
        headers, body = Headers(_flat(pairs)), response["body"]["string"]
        if body[:2] not in _PACKED:
            # The client has undone the coding, and left what says so.
            headers = headers.without("content-encoding")
        answer = Response(status["code"], headers, body, status["message"] or "")
        self._exchange.record(answer)

    def interrupt(self, error: BaseException, *, was_sent: bool = True) -> None:
        """Note that *error* came instead of the whole response, or of a connection."""
        if self._exchange is None:
            return
        if was_sent:
            self._exchange.interrupt(describe_end(error))
        else:
            self._exchange.withdraw()


def _flat(pairs: Iterable[tuple[str, Iterable[str]]]) -> list[tuple[str, str]]:
    # Bodies arrive decoded, so what they were encoded with is of no more interest.
    return [
        (name, value)
        for name, values in pairs
        if name.lower() not in ("x-consumed-content-encoding", "x-http-reason", "transfer-encoding")
        for value in values
    ]
