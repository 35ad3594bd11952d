"""Waiting and failing, as far as it is the same for every client."""

from __future__ import annotations

import time
from typing import Any, Final

from twreplay._explanation import Explanation, Remedy
from twreplay._http import Reply, Response
from twreplay.errors import UsageError

CUT_OFF: Final = Response(
    200,
    {"Content-Type": "application/xml", "Content-Length": "32"},
    '<?xml version="1.0"?>\n<TwilioRe',
)
"""The beginning of a response whose end never comes."""


def shortest(seconds: float, limit: float | None) -> float:
    """*seconds*, or *limit* if that is over first."""
    return seconds if limit is None else min(seconds, limit)


def waited(reply: Reply, limit: float | None) -> bool:
    """Wait as long as *reply* says, in this thread; False if *limit* was over before."""
    if reply.delay_seconds:
        time.sleep(shortest(reply.delay_seconds, limit))
    return limit is None or reply.delay_seconds <= limit


def is_bodiless(status: int, method: str) -> bool:
    """Say whether no body follows the head of such a response."""
    return method == "HEAD" or status in (204, 304) or status < 200


def certificate(host: str) -> dict[str, Any]:
    """Make what ``getpeercert`` says of the certificate of *host*: it is valid, and no more."""
    return {
        "subject": ((("commonName", host),),),
        "issuer": ((("commonName", "twreplay"),),),
        "version": 3,
        "serialNumber": "01",
        "notBefore": "Jan  1 00:00:00 2008 GMT",
        "notAfter": "Dec 31 23:59:59 9999 GMT",
        "subjectAltName": (("DNS", host),),
    }


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
