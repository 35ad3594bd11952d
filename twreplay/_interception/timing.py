"""Waiting and failing, as far as it is the same for every client."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from twreplay._explanation import Explanation, Remedy
from twreplay._http import Reply, Response
from twreplay.errors import UsageError

TRUNCATED: Final = Response(
    200,
    {"Content-Type": "application/xml", "Content-Length": "32"},
    '<?xml version="1.0"?>\n<TwilioRe',
)
"""The beginning of a response whose end never comes."""


def limit_delay(seconds: float, limit: float | None) -> float:
    """Return *seconds*, limited to *limit*."""
    return seconds if limit is None else min(seconds, limit)


def sleep_within(reply: Reply, limit: float | None) -> bool:
    """Sleep for the delay of *reply*; return False if *limit* is shorter."""
    if reply.delay_seconds:
        time.sleep(limit_delay(reply.delay_seconds, limit))
    return not is_over_limit(reply, limit)


def is_over_limit(reply: Reply, limit: float | None) -> bool:
    """Say whether a client does not wait as long as *reply* takes; if so, the reply is lost."""
    is_over = limit is not None and reply.delay_seconds > limit
    if is_over:
        reply.lose()
    return is_over


async def wait_for(
    sleep: Callable[[float], Awaitable[None]], reply: Reply, limit: float | None
) -> None:
    """Wait for *reply*, at most *limit*; it is lost if the waiting is cancelled."""
    try:
        await sleep(limit_delay(reply.delay_seconds, limit))
    except BaseException:
        reply.lose()
        raise


SERVER_ADDRESS: Final = "192.0.2.1"
CLIENT_ADDRESS: Final = ("192.0.2.2", 49152)
"""Of a network that is for documentation, so that nobody has them."""


class TLS:
    """The encryption of a connection to *host*, with the interface of ``ssl.SSLSocket``."""

    def __init__(self, host: str) -> None:
        self.server_hostname = host

    def getpeercert(self, binary_form: bool = False) -> dict[str, Any] | None:
        """Return what a certificate of the host says; None for its bytes, as it has none."""
        if binary_form:
            return None
        return {
            "subject": ((("commonName", self.server_hostname),),),
            "issuer": ((("commonName", "twreplay"),),),
            "version": 3,
            "serialNumber": "01",
            "notBefore": "Jan  1 00:00:00 2008 GMT",
            "notAfter": "Dec 31 23:59:59 9999 GMT",
            "subjectAltName": (("DNS", self.server_hostname),),
        }

    def version(self) -> str:
        """Return the version of TLS."""
        return "TLSv1.3"

    def cipher(self) -> tuple[str, str, int]:
        """Return the first cipher of TLS 1.3."""
        return "TLS_AES_256_GCM_SHA384", "TLSv1.3", 256

    def selected_alpn_protocol(self) -> str:
        """Return what is spoken."""
        return "http/1.1"

    def pending(self) -> int:
        """Return how much was decrypted and not read."""
        return 0

    def compression(self) -> None:
        """Return that there is none."""


def extra_info(name: str, host: str, port: int, tls: TLS | None) -> Any:
    """Return what asyncio's transports and httpcore's streams know as *name*; None of the rest."""
    known: dict[str, Any] = {
        "peername": (SERVER_ADDRESS, port),
        "server_addr": (SERVER_ADDRESS, port),
        "sockname": CLIENT_ADDRESS,
        "client_addr": CLIENT_ADDRESS,
        "is_readable": False,
    }
    if tls is not None:
        known |= {"ssl_object": tls, "peercert": tls.getpeercert(), "cipher": tls.cipher()}
    return known.get(name)


def not_understood(error: Exception) -> UsageError:
    """Explain that a client wrote what is not HTTP/1.1, as *error* says."""
    return UsageError(
        Explanation(
            headline=f"The client wrote a request that is not HTTP/1.1: {error}.",
            remedies=(
                Remedy(
                    "Let the client write the head, or write what is missing.",
                    'connection.putheader("Host", "api.twilio.com")',
                ),
            ),
            anchor="usage-error",
        )
    )
