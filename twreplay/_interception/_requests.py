"""Interception of requests, above urllib3, through responses."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import requests
import responses
from requests import PreparedRequest
from responses.registries import FirstMatchRegistry
from urllib3 import HTTPHeaderDict, HTTPResponse

from twreplay import faults
from twreplay._callers import call_site
from twreplay._http import Reply, Request, Response
from twreplay._interception._acting import CUT_OFF, waited
from twreplay._interception._router import Source, source_for


def replacements() -> Mapping[str, Callable[[Any], Any]]:
    """What makes the stand-in for each attribute."""
    return {"HTTPAdapter.send": _send}


def _send(original: Callable[..., Any]) -> Callable[..., Any]:
    def send(
        self: Any,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        if source_for(urlsplit(request.url or "").hostname) is None:
            return original(self, request, stream, timeout, *args, **kwargs)
        return answered(original, self, request, stream, timeout, *args, **kwargs)

    return send


def answered(
    really_send: Callable[..., Any],
    adapter: Any,
    request: PreparedRequest,
    stream: bool = False,
    timeout: Any = None,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """The response of whoever answers here; fetched with *really_send* if it is to be recorded."""
    if request.body is not None and not isinstance(request.body, bytes | str):
        request.body = _read(request.body)
    mock = responses.RequestsMock(
        assert_all_requests_are_fired=False,
        registry=partial(Registry, timeout),  # type: ignore[arg-type]  # it is only called
        real_adapter_send=really_send,
    )
    return mock.unbound_on_send()(adapter, request, stream, timeout, *args, **kwargs)


class Registry(FirstMatchRegistry):
    """Finds an answer for every request, with whoever answers here."""

    def __init__(self, timeout: Any) -> None:
        super().__init__()
        self._timeout = timeout

    def find(self, request: PreparedRequest) -> tuple[responses.BaseResponse | None, list[str]]:
        url = request.url or ""
        source = source_for(urlsplit(url).hostname)
        assert source is not None
        reply = source.answer(_asked(request), call_site())
        if reply is None:
            # Goes down to http.client, which records it.
            return responses.PassthroughResponse(str(request.method), url), []
        return _acted_out(reply, request, self._timeout), []


class SourceResponse(responses.BaseResponse):
    """A response of ``responses`` that *source* gives, for every request to its hosts."""

    def __init__(self, source: Source) -> None:
        super().__init__("GET", "https://" + next(iter(source.hosts)))
        self._source = source

    def matches(self, request: PreparedRequest) -> tuple[bool, str]:
        """Whether *source* takes *request*; and if not, why."""
        host = urlsplit(request.url or "").hostname
        return host in self._source.hosts, f"twreplay does not take requests to {host}"

    def get_response(self, request: PreparedRequest) -> HTTPResponse:
        """The answer of *source*."""
        reply = self._source.answer(_asked(request), call_site())
        assert reply is not None
        timeout = getattr(request, "req_kwargs", {}).get("timeout")
        return _acted_out(reply, request, timeout).get_response(request)


default_mock: responses.RequestsMock = responses.mock
"""What ``@responses.activate`` opens."""


def _asked(request: PreparedRequest) -> Request:
    body: Any = request.body
    return Request(str(request.method), request.url or "", request.headers, body)


def _acted_out(reply: Reply, request: PreparedRequest, timeout: Any) -> _Answer:
    """Wait and fail as *reply* says, or else give its response."""
    if not waited(reply, _read_timeout(timeout)):
        reply = Reply(None, failure=faults.ReadTimeout())
    missing = 0
    if isinstance(reply.failure, faults.TruncatedBody):
        reply, missing = Reply(CUT_OFF), 1
    if reply.failure is not None:
        raise _failure(reply.failure, request)
    assert reply.response is not None
    return _Answer(reply.response, str(request.method), request.url or "", missing)


def _read_timeout(timeout: Any) -> Any:
    """The seconds that a client waits for an answer; None if it waits for ever."""
    if isinstance(timeout, tuple):
        return timeout[1]
    return getattr(timeout, "read_timeout", timeout)


# What requests raises when the same happens in urllib3.
_FAILURES: dict[type[BaseException], tuple[type[requests.RequestException], str]] = {
    faults.ConnectTimeout: (requests.exceptions.ConnectTimeout, "connection timed out"),
    faults.ReadTimeout: (requests.exceptions.ReadTimeout, "read timed out"),
    faults.ConnectionRefused: (requests.exceptions.ConnectionError, "connection refused"),
    faults.ConnectionReset: (requests.exceptions.ConnectionError, "connection aborted"),
    faults.NameResolutionFailed: (requests.exceptions.ConnectionError, "name not resolved"),
    faults.TLSFailure: (requests.exceptions.SSLError, "certificate verify failed"),
    faults.MalformedResponse: (requests.exceptions.ConnectionError, "bad status line"),
}


def _failure(failure: BaseException, request: PreparedRequest) -> BaseException:
    known = _FAILURES.get(type(failure))
    if known is None:
        return failure
    theirs, text = known
    return theirs(f"{text} (as a twreplay rule says)", request=request)


class _Answer(responses.BaseResponse):
    def __init__(self, answer: Response, method: str, url: str, missing: int) -> None:
        super().__init__(method, url, match_querystring=responses.FalseBool())
        self._answer = answer
        self._missing = missing

    def get_response(self, request: PreparedRequest) -> HTTPResponse:
        answer = self._answer
        bodiless = request.method == "HEAD" or answer.status in (204, 304)
        headers = HTTPHeaderDict()
        for name, value in answer.headers.pairs:
            if name.lower() == "content-length" and not bodiless:
                # urllib3 holds a response to what it announces; a file edited by hand may not.
                headers.add(name, str(len(answer.body) + self._missing))
            elif name.lower() != "transfer-encoding":
                headers.add(name, value)
        return HTTPResponse(
            status=answer.status,
            reason=answer.reason,
            headers=headers,
            body=io.BytesIO(b"" if bodiless else answer.body),
            original_response=_below(headers) if "set-cookie" in headers else None,
            preload_content=False,
            request_method=request.method,
        )


def _below(headers: HTTPHeaderDict) -> Any:
    """
    What requests reads cookies from: a response under its response, of which *headers* are needed.

    Without cookies it is left out, as to look through it takes longer than to make the rest.
    """
    closed = io.BytesIO()
    closed.close()
    return HTTPResponse(body=closed, msg=headers, preload_content=False)  # type: ignore[arg-type]


def _read(body: Any) -> bytes:
    """The bytes of an upload from a file or a generator."""
    read = body.read() if hasattr(body, "read") else b"".join(map(_bytes, body))
    return _bytes(read)


def _bytes(part: bytes | str) -> bytes:
    return part.encode() if isinstance(part, str) else bytes(part)
