"""
What calls that live cost, in process: one call's whole life, and a day of a call centre.

    python benchmarks/live.py [--profile]

A life is an inbound call that asks for a document, submits a key, and tells of its end: three
webhooks. A day is 1,000 calls within 24 virtual hours, each of them such a life.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import pstats
import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any

import twreplay

ROUNDS = 300
CALLS = 1000
OURS = "4158675309"
PAGES = {
    "/voice": b'<Response><Gather action="/key" numDigits="1"/></Response>',
    "/key": b"<Response><Say>Thank you.</Say><Hangup/></Response>",
}


def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer each path with its document: an application that costs next to nothing."""
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Type", "text/xml")])
    return [PAGES[environ["PATH_INFO"]]]


def open_simulation() -> Any:
    """Return a simulation whose number is answered by the application."""
    return twreplay.simulate(undocumented="ignore")


def live_once(twilio: Any) -> None:
    """Let one call live: three webhooks."""
    before = len(twilio.webhooks)
    call = twilio.phone("4155551212").dial(OURS)
    call.press("1").wait()
    assert call.is_over
    assert len(twilio.webhooks) == before + 3


def time_lives() -> list[float]:
    """Milliseconds of processor time of each of many lives in one simulation."""
    times = []
    with open_simulation() as twilio:
        twilio.attach(answer)
        number = twilio.incoming_phone_numbers[0]
        twilio.change(number, Url="https://clinic.example/voice")
        for _ in range(ROUNDS):
            start = time.process_time_ns()
            live_once(twilio)
            times.append((time.process_time_ns() - start) / 1e6)
    return times


def time_day() -> float:
    """Seconds of a day with 1,000 calls."""
    with open_simulation() as twilio:
        twilio.attach(answer)
        number = twilio.incoming_phone_numbers[0]
        twilio.change(number, Url="https://clinic.example/voice")
        start = time.process_time()
        for index in range(CALLS):
            call = twilio.phone(f"415{index + 2000000:07}").dial(OURS)
            call.press("1").hang_up()
            twilio.clock.advance(seconds=86.4)
        seconds = time.process_time() - start
        assert len(twilio.webhooks) == 3 * CALLS
    return seconds


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", action="store_true", help="where the time of a day goes")
    given = parser.parse_args()
    gc.freeze()
    if given.profile:
        profile = cProfile.Profile()
        profile.enable()
        time_day()
        profile.disable()
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)
        return
    lives = time_lives()
    print(f"{'a life with three webhooks, median, ms':44}{statistics.median(lives):8.2f}")
    first, last = statistics.median(lives[:50]), statistics.median(lives[-50:])
    print(f"{'  the first 50 and the last 50 of 300, ms':44}{first:8.2f}{last:8.2f}")
    print(f"{'1,000 calls over 24 h, process seconds':44}{time_day():8.2f}")


if __name__ == "__main__":
    main()
