"""
Whether calls made from inside of webhooks hang: many runs with 16 threads.

    python benchmarks/threads.py [RUNS]

In each run a webhook makes 16 calls over the API: in its own thread, from a pool of 16, or by
``asyncio.gather``; or 16 threads make calls while each lets time pass. A run that takes longer than
a minute prints where each thread stands, and ends the script.
"""

from __future__ import annotations

import asyncio
import faulthandler
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

import twreplay

THREADS = 16
BASE = "https://clinic.example"
NUMBERS = [f"415555{index:04}" for index in range(THREADS)]


def make_call(twilio: Any, number: str, path: str = "/quiet") -> None:
    """Make a call to *number* over the API, as an application does."""
    form = {"Caller": "4158675309", "Called": number, "Url": BASE + path}
    requests.post(f"{twilio.account_url}/Calls", form, auth=twilio.auth, timeout=50)


def in_the_same_thread(twilio: Any) -> None:
    """Make the calls one by one."""
    for number in NUMBERS:
        make_call(twilio, number)


def in_a_pool(twilio: Any) -> None:
    """Make the calls from a pool of threads."""
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda number: make_call(twilio, number), NUMBERS))


def by_gather(twilio: Any) -> None:
    """Make the calls from a loop of one's own."""

    async def gather() -> None:
        await asyncio.gather(*(asyncio.to_thread(make_call, twilio, n) for n in NUMBERS))

    asyncio.run(gather())


def run_webhook(way: Callable[[Any], None]) -> None:
    """Let a call come in whose webhook makes calls."""
    with twreplay.simulate(undocumented="ignore") as twilio:

        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            form = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            if environ["PATH_INFO"] == "/voice" and b"CallStatus=in-progress" in form:
                way(twilio)
            start_response("200 OK", [("Content-Type", "text/xml")])
            return [b"<Response><Hangup/></Response>"]

        twilio.attach(answer)
        twilio.change(twilio.incoming_phone_numbers[0], Url=f"{BASE}/voice")
        twilio.phone("4155551212").dial("4158675309")
        twilio.clock.run_until_idle()
        assert [one.Status for one in twilio.calls] == ["2"] * (THREADS + 1)


def run_threads() -> None:
    """Let threads make calls while each lets time pass."""
    with twreplay.simulate(undocumented="ignore") as twilio:

        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start_response("200 OK", [("Content-Type", "text/xml")])
            return [b"<Response><Hangup/></Response>"]

        def work(number: str) -> None:
            make_call(twilio, number)
            twilio.clock.advance(seconds=1)

        twilio.attach(answer)
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(work, NUMBERS))
        twilio.clock.run_until_idle()
        assert [one.Status for one in twilio.calls] == ["2"] * THREADS


def main() -> None:
    """Print how long the runs took."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    ways: dict[str, Callable[[], None]] = {
        "a webhook calls in its own thread": lambda: run_webhook(in_the_same_thread),
        "a webhook calls from a pool of 16": lambda: run_webhook(in_a_pool),
        "a webhook calls by asyncio.gather": lambda: run_webhook(by_gather),
        "16 threads call and let time pass": run_threads,
    }
    for name, run in ways.items():
        begun, longest = time.monotonic(), 0.0
        for _ in range(runs):
            faulthandler.dump_traceback_later(60, exit=True)
            start = time.monotonic()
            run()
            longest = max(longest, time.monotonic() - start)
        faulthandler.cancel_dump_traceback_later()
        whole = time.monotonic() - begun
        print(f"{name:36}{runs:6} runs in {whole:6.1f} s, the longest {longest:5.2f} s", flush=True)


if __name__ == "__main__":
    main()
