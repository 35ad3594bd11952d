"""Waiting and failing, as far as it is the same for every client."""

from __future__ import annotations

import time
from typing import Final

from twreplay._http import Reply, Response

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
