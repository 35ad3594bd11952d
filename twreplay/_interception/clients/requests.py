"""
Interception of requests, at its adapter.

A plain request that is answered gets its response at once, made as the adapter makes it. What the
client has to act upon (a failure, a status that it tries again, a body that it reads by itself)
goes down to ``http.client``, so that the retries, the rewinding and the errors are its own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from copy import copy
from functools import lru_cache
from http.client import HTTPMessage
from http.client import HTTPResponse as Received
from inspect import signature
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Session
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection

from twreplay import faults
from twreplay._call_site import find_call_site
from twreplay._http import Reply, Request, Response, is_bodiless, is_length
from twreplay._interception.clients.http_client import (
    answering_socket,
    handing_down,
    is_handed_down,
    make_unparsed,
    try_sending,
)
from twreplay._interception.clients.refusals import are_usual_fields, is_usual_time, stat_file
from twreplay._interception.handler import Handler
from twreplay._interception.router import handler_for
from twreplay._interception.timing import sleep_within
from twreplay._interception.wire import unfold

# Older versions of urllib3 leave a header on as many lines as it came on.
_UNFOLDS = hasattr(sys.modules[HTTPConnection.__module__], "_OBSOLETE_FOLD_RE")


def replacements(module: str) -> Mapping[str, Callable[[Any], Any]]:
    """Return what makes the stand-in for each attribute."""
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
        handler = handler_for(urlsplit(request.url or "").hostname)
        if handler is None or is_handed_down():
            return original(self, request, stream, timeout, *args, **kwargs)
        return answer(handler, original, self, request, stream, timeout, *args, **kwargs)

    return send


def answer(
    handler: Handler,
    really_send: Callable[..., Any],
    adapter: Any,
    request: PreparedRequest,
    stream: bool = False,
    timeout: Any = None,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """
    Return the response that *handler* gives to *request*.

    It is passed to *really_send* where urllib3 has work to do.
    """
    if not isinstance(request.body, bytes | str | None) or _has_own_steps(adapter.__class__):
        # urllib3 reads such a body in parts, and rewinds it to try again; or the adapter may add
        # to the request.
        return really_send(adapter, request, stream, timeout, *args, **kwargs)
    if args or not _is_usual(request, timeout, kwargs):
        _try_sending(really_send, adapter, request, stream, timeout, *args, **kwargs)
    reply = handler.answer(convert_request(request, request.body), find_call_site)
    if reply is None:
        with handing_down(None):  # the answer, so that it is not looked for once more
            return really_send(adapter, request, stream, timeout, *args, **kwargs)
    if _is_plain(reply, adapter, request):
        assert reply.response is not None
        raw = build_response(
            reply.response,
            request,
            handler=handler if stream else None,
            retries=adapter.max_retries,
        )
        response = adapter.build_response(request, raw)
        if not stream and _is_read_next(adapter, request, reply.response):
            response._content = _read_whole(raw)
        return response
    if not isinstance(reply.failure, faults.NetworkFault | None):
        # urllib3 would wrap it, if it is an OSError, as all of requests' exceptions are.
        sleep_within(reply, get_read_timeout(timeout))
        raise reply.failure
    with handing_down(reply):
        return really_send(adapter, request, stream, timeout, *args, **kwargs)


# What an adapter may do in its own way between its ``send`` and the connection.
_STEPS = (
    "get_connection_with_tls_context",
    "get_connection",
    "build_connection_pool_key_attributes",
    "cert_verify",
    "request_url",
    "add_headers",
)


@lru_cache(maxsize=64)
def _has_own_steps(kind: type) -> bool:
    """Return whether adapters of this *kind* do a step of theirs otherwise than the usual one."""
    if kind is HTTPAdapter:
        return False
    return any(getattr(kind, step, None) is not getattr(HTTPAdapter, step, None) for step in _STEPS)


_USUAL_METHODS = frozenset(("GET", "POST", "PUT", "DELETE", "HEAD"))


def _is_usual(request: PreparedRequest, timeout: Any, options: Mapping[str, Any]) -> bool:
    """Say whether neither requests nor urllib3 nor ``http.client`` refuses to send *request*."""
    get = options.get
    verify, headers = get("verify", True), request.headers
    is_plain = (verify is True or verify is False) and not (get("cert") or get("proxies"))
    return (
        (is_plain or _describe_way(request, options) in _tried)
        and request.method in _USUAL_METHODS
        and (timeout is None or is_usual_time(timeout) or _are_usual_times(timeout))
        and type(headers) is CaseInsensitiveDict
        and are_usual_fields(tuple(headers._store.values()))  # type: ignore[attr-defined]
    )


# Authorities and proxies with which a request was tried: to try one takes 300 µs.
_tried: set[object] = set()
_MOST_TRIED = 64


def _describe_way(request: PreparedRequest, options: Mapping[str, Any]) -> object:
    """Return what decides how *request* is sent, as long as the files are the same."""
    # A machine may name its authorities in the environment, so each request may come here: 3 µs.
    verify, cert, proxies = options.get("verify", True), options.get("cert"), options.get("proxies")
    parts = urlsplit(request.url or "")
    if type(verify) is str and not cert and not proxies:
        return verify, stat_file(verify), parts.scheme, parts.netloc
    files = [
        path for given in (verify, cert) for path in (given if type(given) is tuple else (given,))
    ]
    states = [stat_file(path) for path in files if isinstance(path, str)]
    return repr((verify, cert, states, proxies, parts.scheme, parts.netloc))


def _try_sending(
    really_send: Callable[..., Any],
    adapter: Any,
    request: PreparedRequest,
    *args: Any,
    **kwargs: Any,
) -> None:
    """Let requests refuse *request*, or note that it does not for the way that it is sent."""
    # A copy has its own connections: one that is tried is closed.
    tried = copy(adapter) if type(adapter) is HTTPAdapter else adapter
    try_sending(lambda: really_send(tried, request, *args, **kwargs))
    if tried is not adapter:
        tried.close()
    if len(_tried) == _MOST_TRIED:
        _tried.clear()
    _tried.add(_describe_way(request, kwargs))


def _are_usual_times(timeout: Any) -> bool:
    return type(timeout) is tuple and len(timeout) == 2 and all(map(is_usual_time, timeout))


def _is_plain(reply: Reply, adapter: Any, request: PreparedRequest) -> bool:
    """Say whether urllib3 would do nothing with *reply* but pass it on."""
    answer = reply.response
    if answer is None or reply.failure is not None or reply.delay_seconds:
        return False
    retry_after = "retry-after" in answer.headers
    return not adapter.max_retries.is_retry(request.method, answer.status, retry_after)


_SESSION_SEND = getattr(Session.send, "__code__", None)


def _is_read_next(adapter: Any, request: PreparedRequest, answer: Response) -> bool:
    """Say whether the next that happens is that the session reads the body, and as it is."""
    return (
        type(adapter) is HTTPAdapter
        and sys._getframe(3).f_code is _SESSION_SEND
        and not request.hooks["response"]
        and "content-encoding" not in answer.headers
    )


def _read_whole(raw: HTTPResponse) -> bytes:
    """
    Read a response that is whole and not encoded, as ``raw.stream`` does, in one step.

    By a generator of chunks and a context manager for what may fail it takes 12 µs, and this 2. A
    test compares what both leave behind.
    """
    below: Any = raw._original_response
    content: bytes = below.read()
    below.close()
    raw._init_decoder()
    raw._fp_bytes_read = len(content)
    if raw.length_remaining is not None:
        raw.length_remaining = 0
    if hasattr(raw, "_uncached_read_occurred"):  # from urllib3 2.6
        raw._uncached_read_occurred = True
    return content


def convert_request(request: PreparedRequest, body: Any) -> Request:
    headers: Any = request.headers
    if type(headers) is CaseInsensitiveDict:
        # As its items(), which looks each name up again: six fields take 0.2 µs, not 2.5.
        headers = tuple(headers._store.values())  # type: ignore[attr-defined]
        if not are_usual_fields(headers):
            headers = [(_read_text(name), _read_text(value)) for name, value in headers]
    return Request(str(request.method), request.url or "", headers, body)


def _read_text(given: str | bytes) -> str:
    """Return the name or value of a header as text: ``http.client`` sends bytes as they are."""
    return given.decode("latin-1") if isinstance(given, bytes) else given


# Where urllib3 takes it: neither its first 2.x do, nor urllib3-future does.
_VERSION: Any = (
    {"version_string": "HTTP/1.1"} if "version_string" in signature(HTTPResponse).parameters else {}
)


class _Pool:
    """Takes the connection of a response that was read, and forgets it."""

    def _put_conn(self, connection: Any) -> None:
        pass


_POOL = _Pool()


def build_response(
    answer: Response,
    request: PreparedRequest,
    *,
    handler: Handler | None = None,
    missing: int = 0,
    retries: Any = None,
) -> HTTPResponse:
    """
    Make urllib3's response of *answer*, over one of ``http.client``'s that was never parsed.

    Args:
        handler: To say with what connection; None where it has been given back by now.
        missing: How many bytes more than there are to announce.
        retries: What the adapter has left of its attempts.
    """
    method = str(request.method)
    bodiless = is_bodiless(answer.status, method)
    headers, message = HTTPHeaderDict(), HTTPMessage()
    length = 0 if bodiless else len(answer.body) + missing
    for name, value in answer.headers.pairs:
        lower = name.lower()
        if lower == "transfer-encoding":
            continue
        if lower == "content-length" and not bodiless:
            # urllib3 holds a response to what it announces; a file edited by hand may not.
            value = value if value == str(length) or is_length(value, length) else str(length)
        headers.add(name, unfold(value) if "\n" in value and _UNFOLDS else value)
        message[name] = value
    body = b"" if bodiless else answer.body
    below = make_unparsed(Received, answer, message, method, body, length - len(body))
    return HTTPResponse(
        body=below,
        headers=headers,
        status=answer.status,
        version=11,
        **_VERSION,
        reason=answer.reason,
        preload_content=False,
        decode_content=False,
        original_response=below,
        connection=None if handler is None else _connection(request, handler),
        pool=_POOL,  # type: ignore[arg-type]
        retries=retries,
        request_method=method,
        request_url=request.path_url,
    )


def _connection(request: PreparedRequest, handler: Handler) -> HTTPConnection:
    """Make the connection that a response still has while its body has not been read."""
    parts = urlsplit(request.url or "")
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port)
    base = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    connection.sock = answering_socket(connection, handler, base)
    return connection


def get_read_timeout(timeout: Any) -> Any:
    """Return the seconds that a client waits for an answer; None if it waits for ever."""
    if isinstance(timeout, tuple):
        return timeout[1]
    return getattr(timeout, "read_timeout", timeout)
