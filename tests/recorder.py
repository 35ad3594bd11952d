"""
A process that records into a cassette, in step with others.

    python tests/recorder.py PATH MODE FIRST COUNT

It opens the cassette, says so, waits for a line, and records COUNT lists of calls from page FIRST.
"""

from __future__ import annotations

import sys
from typing import Any

import twreplay
from twreplay._interception import handler_for, opened_since

BASE = "https://api.twilio.com/2008-08-01/Accounts/AC0123456789abcdef0123456789abcdef"


def handler_of(cassette: twreplay.Cassette) -> Any:
    """Return the handler that answers and records for an open *cassette*, as clients reach it."""
    here = (handler for handler in opened_since(None))
    own = (handler for handler in here if getattr(handler, "cassette", None) is cassette)
    return next(own, None) or handler_for("api.twilio.com")


def record_pages(
    cassette: twreplay.Cassette, first: int, count: int, body: bytes = b"<a/>"
) -> None:
    """Ask for pages as code under test would, with an API that answers *body*."""
    for page in range(first, first + count):
        request = twreplay.Request("GET", f"{BASE}/Calls?page={page}")
        if handler_of(cassette).answer(request, "") is None:
            handler_of(cassette).record(
                request, twreplay.Response(200, twreplay.Headers(), body, "OK")
            )


def main(path: str, mode: str, first: str, count: str) -> None:
    with twreplay.use_cassette(path, record_mode=mode, allow_unused=True) as cassette:
        print("open", flush=True)
        sys.stdin.readline()
        record_pages(cassette, int(first), int(count))


if __name__ == "__main__":
    main(*sys.argv[1:])
