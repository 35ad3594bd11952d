"""
A response of ``responses`` that a session gives, for suites that are built on that library.

Apart from ``requests``, as ``responses`` imports PyYAML: a ctrl-C in its first import leaves a
module that cannot be imported again in the process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests
import responses
from requests import PreparedRequest
from urllib3 import HTTPResponse

from twreplay import faults
from twreplay._call_site import find_call_site
from twreplay._http import Reply
from twreplay._interception.clients.requests import (
    build_response,
    convert_request,
    get_read_timeout,
)
from twreplay._interception.failures import FailureTable
from twreplay._interception.handler import Handler
from twreplay._interception.timing import TRUNCATED, sleep_within


class HandlerResponse(responses.BaseResponse):
    """A response of ``responses`` that *handler* gives, for every request to its hosts."""

    def __init__(self, handler: Handler) -> None:
        super().__init__("GET", "https://" + next(iter(handler.hosts)))
        self._handler = handler

    def matches(self, request: PreparedRequest) -> tuple[bool, str]:
        """Return whether *handler* takes *request*; and if not, the reason."""
        host = urlsplit(request.url or "").hostname
        return host in self._handler.hosts, f"twreplay does not take requests to {host}"

    def get_response(self, request: PreparedRequest) -> HTTPResponse:
        """Get the answer of *handler*, or fail as it says: there is no urllib3 below."""
        reply = self._handler.answer(convert_request(request, _read(request.body)), find_call_site)
        assert reply is not None
        if not sleep_within(
            reply, get_read_timeout(getattr(request, "req_kwargs", {}).get("timeout"))
        ):
            reply = Reply(None, failure=faults.ReadTimeout())
        if isinstance(reply.failure, faults.TruncatedBody):
            return build_response(TRUNCATED, request, missing=1)
        if reply.failure is not None:
            raise _FAILURES.build(reply.failure, request)
        assert reply.response is not None
        return build_response(reply.response, request)


default_mock: responses.RequestsMock = responses.mock
"""What ``@responses.activate`` opens."""


def _build_error(
    kind: type[requests.RequestException], text: str
) -> Callable[[PreparedRequest], BaseException]:
    """Return what builds an exception of this *kind*, given the request."""
    return lambda request: kind(f"{text} (as a twreplay rule says)", request=request)


# What requests raises when the same happens in urllib3.
_FAILURES = FailureTable(
    "responses",
    {
        fault: _build_error(kind, text)
        for fault, kind, text in (
            (faults.ConnectTimeout, requests.ConnectTimeout, "connection timed out"),
            (faults.ReadTimeout, requests.ReadTimeout, "read timed out"),
            (faults.ConnectionRefused, requests.ConnectionError, "connection refused"),
            (faults.ConnectionReset, requests.ConnectionError, "connection aborted"),
            (faults.NameResolutionFailed, requests.ConnectionError, "name not resolved"),
            (faults.TLSFailure, requests.exceptions.SSLError, "certificate verify failed"),
            (faults.MalformedResponse, requests.ConnectionError, "bad status line"),
        )
    },
    in_bytes=(faults.TruncatedBody,),
)


def _read(body: Any) -> bytes:
    """Read what an upload has; ``responses`` has read it already, if it is a file."""
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    try:
        return bytes(memoryview(body))
    except TypeError:
        return b"".join(map(_read, body))
