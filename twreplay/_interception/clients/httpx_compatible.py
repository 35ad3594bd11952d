"""Interception of what is built as httpx is, through vcrpy's stub for httpx."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from typing import Any, Final

import anyio

from twreplay import faults
from twreplay._interception.clients.httpx import get_read_timeout
from twreplay._interception.clients.vcr_stubs import StubCassette
from twreplay._interception.failures import FailureTable
from twreplay._interception.router import handler_or_passthrough
from twreplay._interception.timing import TRUNCATED, is_over_limit, sleep_within, wait_for

# The module that the requests and responses are of, by the module of the transports.
_VALUES: Final = {"httpx_curl_cffi": "httpx", "pyreqwest.compatibility.httpx": "httpx"}


def replacements(module: str) -> Mapping[str, Callable[[Any], Any]]:
    """Return what makes the stand-in for each attribute, of a module that speaks as httpx does."""
    kin = import_module(_VALUES[module])
    sync, asynchronous = partial(_handle, kin), partial(_handle_async, kin)
    return {
        "CurlTransport.handle_request": sync,
        "AsyncCurlTransport.handle_async_request": asynchronous,
        "SyncHttpxTransport.handle_request": sync,
        "HttpxTransport.handle_async_request": asynchronous,
    }


def _handle(kin: Any, original: Callable[..., Any]) -> Callable[..., Any]:
    def handle_request(self: Any, request: Any) -> Any:
        handler = handler_or_passthrough(request.url.host)
        if handler is None:
            return original(self, request)
        from vcr.stubs.httpx_stubs import vcr_handle_request

        exchange = StubCassette(handler)

        def really(transport: Any, request: Any) -> Any:
            exchange.begin()
            return original(transport, request)

        try:
            response = vcr_handle_request(exchange, really, kin)(self, request)
        except BaseException as error:
            exchange.interrupt(error, was_sent=_was_sent(kin, error))
            raise
        reply = exchange.reply
        if reply is None:
            return response
        if not sleep_within(reply, get_read_timeout(request)):
            raise _FAILURES.build(faults.ReadTimeout(), kin, request)
        return deliver(kin, reply.failure, request, response)

    return handle_request


def _handle_async(kin: Any, original: Callable[..., Any]) -> Callable[..., Any]:
    async def handle_async_request(self: Any, request: Any) -> Any:
        handler = handler_or_passthrough(request.url.host)
        if handler is None:
            return await original(self, request)
        from vcr.stubs.httpx_stubs import vcr_handle_async_request

        exchange = StubCassette(handler)

        async def really(transport: Any, request: Any) -> Any:
            exchange.begin()
            return await original(transport, request)

        try:
            response = await vcr_handle_async_request(exchange, really, kin)(self, request)
        except BaseException as error:
            exchange.interrupt(error, was_sent=_was_sent(kin, error))
            raise
        reply = exchange.reply
        if reply is None:
            return response
        limit = get_read_timeout(request)
        if reply.delay_seconds:
            await wait_for(anyio.sleep, reply, limit)
        if is_over_limit(reply, limit):
            raise _FAILURES.build(faults.ReadTimeout(), kin, request)
        return deliver(kin, reply.failure, request, response)

    return handle_async_request


def _was_sent(kin: Any, error: BaseException) -> bool:
    """Return whether the request may have gone out before *error*."""
    if isinstance(error, kin.PoolTimeout | kin.ProxyError | kin.UnsupportedProtocol):
        return False
    if isinstance(error, kin.ConnectError | kin.ConnectTimeout):
        # pyreqwest has these for all that comes before a response; what it was made of says where.
        details = getattr(error.__cause__, "details", None)
        return details is not None and "(Connect)" not in str(details)
    return "Connection timed out" not in str(error)  # libcurl's words


def deliver(kin: Any, failure: BaseException | None, request: Any, response: Any) -> Any:
    if isinstance(failure, faults.TruncatedBody):
        headers = list(TRUNCATED.headers.pairs)
        return kin.Response(TRUNCATED.status, headers=headers, stream=_cut_off(kin))
    if failure is not None:
        raise _FAILURES.build(failure, kin, request)
    return response


def _build_error(name: str, text: str) -> Callable[[Any, Any], BaseException]:
    """Return what builds the exception with this *name*, given the module and the request."""

    def build(kin: Any, request: Any) -> BaseException:
        error: BaseException = getattr(kin, name)(
            f"{text} (as a twreplay rule says)", request=request
        )
        return error

    return build


_FAILURES = FailureTable(
    "transports for httpx",
    {
        fault: _build_error(name, (fault.__doc__ or "").strip().rstrip("."))
        for fault, name in (
            (faults.ConnectTimeout, "ConnectTimeout"),
            (faults.ReadTimeout, "ReadTimeout"),
            (faults.ConnectionRefused, "ConnectError"),
            (faults.ConnectionReset, "RemoteProtocolError"),
            (faults.NameResolutionFailed, "ConnectError"),
            (faults.TLSFailure, "ConnectError"),
            (faults.MalformedResponse, "RemoteProtocolError"),
            (faults.TruncatedBody, "RemoteProtocolError"),
        )
    },
)


def _cut_off(kin: Any) -> Any:
    """A body whose end never comes."""

    class Stream(kin.ByteStream):  # type: ignore[misc]  # from one of three modules
        def __iter__(self) -> Iterator[bytes]:
            yield from super().__iter__()
            raise _FAILURES.build(faults.TruncatedBody(), kin, None)

        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for part in super().__aiter__():
                yield part
            raise _FAILURES.build(faults.TruncatedBody(), kin, None)

    return Stream(TRUNCATED.body)
