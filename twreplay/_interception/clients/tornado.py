"""Interception of tornado's HTTP clients, through vcrpy's stub for them."""

from __future__ import annotations

import asyncio
import copy
import errno
import gzip
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from io import BytesIO
from typing import Any
from urllib.parse import urljoin, urlsplit

from twreplay import faults
from twreplay._http import Request, encode_basic
from twreplay._interception.clients.vcr_stubs import StubCassette
from twreplay._interception.failures import FailureTable
from twreplay._interception.router import handler_or_passthrough

# What a callback is given.
_Deliver = Callable[[Any], None]

# That both clients send.
_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")

_REDIRECTS = (301, 302, 303, 307, 308)

# The status that tornado gives to what is no response.
_NO_RESPONSE = 599


def replacements(module: str) -> Mapping[str, Callable[[Any], Any]]:
    """Return what makes the stand-in for each attribute of tornado's client and of libcurl's."""
    return {
        "SimpleAsyncHTTPClient.fetch_impl": partial(_fetch_impl, _FAILURES),
        "CurlAsyncHTTPClient.fetch_impl": partial(_fetch_impl, _CURL_FAILURES),
    }


def _fetch_impl(failures: FailureTable, original: Callable[..., None]) -> Callable[..., None]:
    def fetch_impl(self: Any, request: Any, callback: _Deliver) -> None:
        handler = handler_or_passthrough(urlsplit(request.url).hostname)
        if handler is None:
            return original(self, request, callback)
        refusal = _refusal(request)
        if refusal is not None:
            from tornado.httpclient import HTTPResponse

            self.io_loop.add_callback(callback, HTTPResponse(request, _NO_RESPONSE, error=refusal))
            return None
        exchange = StubCassette(handler)
        deliver = partial(_deliver, self, request, callback, exchange, failures)
        if request.body_producer is None:
            return _ask(self, _plain(request), deliver, exchange, original)
        self.io_loop.add_callback(_produce, self, request, deliver, exchange, original)
        return None

    return fetch_impl


def _refusal(request: Any) -> Exception | None:
    """Make the error with which either client refuses to send *request*, if they do."""
    method = request.method
    if request.allow_nonstandard_methods:
        return None
    if method not in _METHODS:
        return KeyError(f"unknown method {method}")
    is_expected = method in ("POST", "PATCH", "PUT")
    if is_expected == (request.body is not None or request.body_producer is not None):
        return None
    return ValueError(
        f"Body must {'not ' if is_expected else ''}be None for method {method} "
        "(unless allow_nonstandard_methods is true)"
    )


def _ask(
    client: Any,
    request: Any,
    deliver: _Deliver,
    exchange: StubCassette,
    original: Callable[..., None],
) -> None:
    from tornado.httpclient import HTTPResponse
    from vcr.stubs.tornado_stubs import vcr_fetch_impl

    def really(client: Any, request: Any, callback: _Deliver) -> None:
        def received(response: Any) -> None:
            if response.code == _NO_RESPONSE and response.error is not None:
                exchange.failure = response.error
                exchange.interrupt(response.error, was_sent=_was_sent(response))
            callback(response)

        exchange.begin()
        original(client, request, received)

    try:
        vcr_fetch_impl(exchange, really)(client, request, deliver)
    except Exception as error:
        # As tornado reports what prevents a response.
        exchange.reply = None
        exchange.interrupt(error, was_sent=False)
        deliver(HTTPResponse(request, _NO_RESPONSE, error=error))


async def _produce(
    client: Any,
    request: Any,
    deliver: _Deliver,
    exchange: StubCassette,
    original: Callable[..., None],
) -> None:
    from tornado.httpclient import HTTPResponse

    parts: list[bytes] = []

    def write(part: bytes) -> asyncio.Future[None]:
        parts.append(part)
        written = asyncio.get_running_loop().create_future()
        written.set_result(None)
        return written

    plain = _plain(request)
    try:
        produced = request.body_producer(write)
        if produced is not None:
            await produced
    except Exception as error:
        deliver(HTTPResponse(plain, _NO_RESPONSE, error=error))
        return
    plain.request.body = b"".join(parts)
    _ask(client, plain, deliver, exchange, original)


def _plain(request: Any) -> Any:
    """
    *request* without what the stub cannot do, which is done when the response is there.

    With its credentials where they are when it is sent; the stub does not look elsewhere.
    """
    plain = copy.copy(request.request)
    plain.headers = request.headers.copy()
    plain.streaming_callback = plain.header_callback = plain.body_producer = None
    plain.follow_redirects = False
    if request.auth_username is not None and request.auth_mode in (None, "basic"):
        given = encode_basic(request.auth_username, request.auth_password or "")
        plain.headers["Authorization"] = given
        plain.auth_username = plain.auth_password = None
    if "@" in urlsplit(plain.url).netloc:
        understood = Request(request.method, request.url)
        plain.url = understood.url
        plain.headers["Authorization"] = understood.headers["Authorization"]
    if request.expect_100_continue:
        plain.headers["Expect"] = "100-continue"
    if request.method == "POST" and "Content-Type" not in plain.headers:
        plain.headers["Content-Type"] = "application/x-www-form-urlencoded"
    return type(request)(plain, request.defaults)


def _deliver(
    client: Any,
    request: Any,
    callback: _Deliver,
    exchange: StubCassette,
    failures: FailureTable,
    response: Any,
) -> None:
    """Hand over *response* as the client would, when the client would."""
    reply = exchange.reply
    if reply is None:
        _finish(client, request, callback, response)
        return
    response = _received(request, response, by_curl=failures is _CURL_FAILURES)
    delay, failure = reply.delay_seconds, reply.failure
    limit = request.request_timeout
    if limit and delay > limit:
        reply.lose()
        delay, failure = limit, faults.ReadTimeout()
    if failure is not None:
        from tornado.httpclient import HTTPResponse

        response = HTTPResponse(request, _NO_RESPONSE, error=failures.build(failure))
    if delay:
        client.io_loop.call_later(delay, _finish, client, request, callback, response)
    else:
        _finish(client, request, callback, response)


# What the client on libcurl adds to the headers of a response.
_REASON = "X-Http-Reason"


def _received(request: Any, response: Any, *, by_curl: bool) -> Any:
    """Make of *response* what the client makes of it: undo its compression, say how it came."""
    from tornado.httpclient import HTTPResponse
    from tornado.httputil import HTTPHeaders

    if response.code == _NO_RESPONSE:
        return response
    headers, body = HTTPHeaders(), response.body
    if by_curl:
        headers[_REASON] = response.reason
    for name, value in response.headers.get_all():
        if name != _REASON:
            headers.add(name, value)
    is_compressed = headers.get("Content-Encoding", "").lower() == "gzip"
    # What was recorded through libcurl is plain already, and its header is still there.
    if request.decompress_response and is_compressed and body[:2] == b"\x1f\x8b":
        body = gzip.decompress(body)
        if not by_curl:
            headers["X-Consumed-Content-Encoding"] = headers.pop("Content-Encoding")
    return HTTPResponse(
        response.request,
        response.code,
        headers=headers,
        buffer=BytesIO(body),
        effective_url=response.effective_url,
        request_time=response.request_time,
        time_info=response.time_info,
        reason=response.reason,
    )


def _finish(client: Any, request: Any, callback: _Deliver, response: Any) -> None:
    from tornado.httpclient import HTTPResponse

    if response.code != _NO_RESPONSE:
        if (
            request.follow_redirects
            and request.max_redirects > 0
            and response.code in _REDIRECTS
            and "Location" in response.headers
        ):
            _follow(client, request, callback, response)
            return
        if request.header_callback is not None:
            for line in _head(response):
                request.header_callback(line)
        if request.streaming_callback is not None:
            if response.body:
                request.streaming_callback(response.body)
            response.buffer = BytesIO()
    callback(
        HTTPResponse(
            getattr(request, "original_request", request),
            response.code,
            headers=response.headers,
            buffer=response.buffer,
            effective_url=request.url,
            error=response.error if response.code == _NO_RESPONSE else None,
            request_time=response.request_time,
            time_info=response.time_info,
            reason=response.reason,
        )
    )


def _follow(client: Any, request: Any, callback: _Deliver, response: Any) -> None:
    """Ask for what *response* points at, as tornado's own client does."""
    from tornado.httpclient import HTTPResponse

    onward = copy.copy(request.request)
    onward.url = urljoin(request.url, response.headers["Location"])
    onward.headers = request.headers.copy()
    onward.max_redirects = request.max_redirects - 1
    onward.headers.pop("Host", None)
    onward.original_request = getattr(request, "original_request", request)
    to = urlsplit(onward.url)
    if to[:2] != urlsplit(onward.original_request.url)[:2]:
        # Credentials are for the place that they were given for.
        onward.url = to._replace(netloc=to.netloc.rpartition("@")[2]).geturl()
        onward.auth_username = onward.auth_password = None
        for name in ("Authorization", "Cookie"):
            onward.headers.pop(name, None)
    turns_into_get = request.method == "POST" and response.code in (301, 302)
    if (response.code == 303 and request.method != "HEAD") or turns_into_get:
        onward.method = "GET"
        onward.body = onward.body_producer = None
        for name in ("Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding"):
            onward.headers.pop(name, None)

    def done(future: Any) -> None:
        error = future.exception()
        if error is not None:
            callback(HTTPResponse(request, _NO_RESPONSE, error=error))
        else:
            callback(future.result())

    client.fetch(onward, raise_error=False).add_done_callback(done)


def _head(response: Any) -> Iterable[str]:
    yield f"HTTP/1.1 {response.code} {response.reason}\r\n"
    for name, value in response.headers.get_all():
        if name != _REASON:
            yield f"{name}: {value}\r\n"
    yield "\r\n"


# Of libcurl: what it does not speak, no name, no connection, no proxy, no TLS. When it connects too
# long, it says so in the message alone.
_CURL_NOT_SENT = frozenset(
    {2, 3, 4, 5, 6, 7, 35, 53, 54, 58, 59, 60, 66, 77, 80, 82, 83, 90, 91, 97}
)
_CURL_TIMED_OUT = 28


def _was_sent(response: Any) -> bool:
    """Return whether the request went out to which *response*, which is none, is the answer."""
    error = response.error
    if type(error).__name__ == "CurlError":
        # Its times say nothing: that of the transfer is there although the connection was refused.
        return error.errno not in _CURL_NOT_SENT and not (
            error.errno == _CURL_TIMED_OUT and "Operation" not in str(error)
        )
    if isinstance(error, OSError):
        return isinstance(error, ConnectionResetError | BrokenPipeError | ConnectionAbortedError)
    if type(error).__name__ == "HTTPTimeoutError":
        # The other messages name what there was no connection for.
        return "during request" in str(error)
    # With these the client refuses what it is asked to send.
    return type(error) not in (KeyError, NotImplementedError, ValueError)


def _time_out(text: str) -> BaseException:
    from tornado.simple_httpclient import HTTPTimeoutError

    return HTTPTimeoutError(text)


def _close_stream() -> BaseException:
    from tornado.simple_httpclient import HTTPStreamClosedError

    return HTTPStreamClosedError("Connection closed")


_FAILURES = FailureTable(
    "tornado",
    {
        faults.ConnectTimeout: lambda: _time_out("Timeout while connecting"),
        faults.ReadTimeout: lambda: _time_out("Timeout during request"),
        faults.ConnectionRefused: lambda: ConnectionRefusedError(
            errno.ECONNREFUSED, "Connection refused"
        ),
        faults.NameResolutionFailed: lambda: socket.gaierror(
            socket.EAI_NONAME, "Name or service not known"
        ),
        faults.TLSFailure: lambda: ssl.SSLCertVerificationError(
            "certificate verify failed (as a twreplay rule says)"
        ),
        faults.ConnectionReset: _close_stream,
        faults.TruncatedBody: _close_stream,
        faults.MalformedResponse: _close_stream,
        faults.NetworkFault: _close_stream,
    },
)


def _build_curl_error(number: int, text: str) -> Callable[[], BaseException]:
    """Return what builds the error of libcurl with this *number*."""

    def build() -> BaseException:
        from tornado.curl_httpclient import CurlError

        return CurlError(number, f"{text} (as a twreplay rule says)")

    return build


_CURL_FAILURES = FailureTable(
    "tornado on libcurl",
    {
        faults.ConnectTimeout: _build_curl_error(28, "Connection timed out"),
        faults.ReadTimeout: _build_curl_error(28, "Operation timed out"),
        faults.ConnectionRefused: _build_curl_error(7, "Failed to connect"),
        faults.ConnectionReset: _build_curl_error(52, "Empty reply from server"),
        faults.NameResolutionFailed: _build_curl_error(6, "Could not resolve host"),
        faults.TLSFailure: _build_curl_error(60, "SSL certificate problem"),
        faults.TruncatedBody: _build_curl_error(
            18, "transfer closed with outstanding read data remaining"
        ),
        faults.MalformedResponse: _build_curl_error(1, "Received HTTP/0.9 when not allowed"),
    },
)
