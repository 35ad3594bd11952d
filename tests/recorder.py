"""
Record without a network; as a script, in several processes at once.

    python tests/recorder.py PATH MODE FIRST:COUNT [FIRST:COUNT ...]

forks a process for each. All of them open the cassette before one records, COUNT lists of calls
from page FIRST. Processes that are started take 0.25 s each to import what these have.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
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
        if handler_of(cassette).answer(request, str) is None:
            handler_of(cassette).record(
                request, twreplay.Response(200, twreplay.Headers(), body, "OK")
            )


def record(
    path: Path, *interactions: twreplay.Interaction, record_mode: str = "once", **options: Any
) -> None:
    """Record *interactions* into *path*, as if the API had answered so."""
    with twreplay.use_cassette(path, record_mode=record_mode, **options) as cassette:
        for one in interactions:
            handler_of(cassette).record(one.request, one.response)


def replay(path: Path, *requests: twreplay.Request, **options: Any) -> list[twreplay.Response]:
    """Return what the cassette in *path* answers to *requests*."""
    with twreplay.use_cassette(path, record_mode="none", **options) as cassette:
        replies = [handler_of(cassette).answer(request, str) for request in requests]
    return [reply.response for reply in replies]


def main(path: str, mode: str, *ranges: str) -> int:
    with tempfile.TemporaryDirectory() as folder:  # imports what a session needs
        with twreplay.use_cassette(Path(folder, "calls.yaml"), record_mode="once") as cassette:
            record_pages(cassette, 0, 1)
    opened, go = os.pipe(), os.pipe()
    pids = []
    for each in ranges:
        first, count = map(int, each.split(":"))
        pid = os.fork()
        if not pid:
            os.close(go[1])
            with twreplay.use_cassette(path, record_mode=mode, allow_unused=True) as cassette:
                os.write(opened[1], b".")
                os.read(go[0], 1)  # until the parent has closed the other end
                record_pages(cassette, first, count)
            return 0
        pids.append(pid)
    os.close(opened[1])
    for _ in pids:
        os.read(opened[0], 1)
    os.close(go[1])
    return 1 if sum(os.waitpid(pid, 0)[1] for pid in pids) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
