"""
What recording costs over a direct connection, beside other libraries in the same run.

    python benchmarks/record.py [requests]         (default: 100)

A server on loopback answers GETs by requests, over plain HTTP, each for another page. Medians of
interleaved rounds: microseconds per request while recording, and milliseconds to close the session,
which writes the cassette.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import cassetter
import requests
import vcr
from clients import HEADERS, PATH
from libraries import served

import twreplay

ROUNDS = 15


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    folder = Path(tempfile.mkdtemp())
    fresh = iter(range(10**6))

    def path() -> Path:
        return folder / f"{next(fresh)}.yaml"

    ways: dict[str, Callable[[], AbstractContextManager[object]]] = {
        "direct": nullcontext,
        "twreplay": lambda: twreplay.use_cassette(path(), record_mode="once", hosts=("127.0.0.1",)),
        "vcrpy": lambda: vcr.use_cassette(str(path()), record_mode="once"),
        "cassetter": lambda: cassetter.use_cassette(str(path()), record_mode="once"),
    }
    each: dict[str, list[float]] = {name: [] for name in ways}
    closing: dict[str, list[float]] = {name: [] for name in ways}
    try:
        with served() as origin:
            for number in range(ROUNDS + 1):
                for name, way in ways.items():
                    asking, ending = _round(way, origin, count)
                    if number:  # the first round imports and fills caches
                        each[name].append(asking)
                        closing[name].append(ending)
    finally:
        shutil.rmtree(folder)
    direct = statistics.median(each["direct"])
    print(f"{count} requests{'us each':>18}{'x direct':>10}{'ms to close':>13}")
    for name, times in each.items():
        median, end = statistics.median(times), statistics.median(closing[name])
        print(f"  {name:<14}{median:>15.0f}{median / direct:>10.2f}{end:>13.1f}")


def _round(
    way: Callable[[], AbstractContextManager[object]], origin: str, count: int
) -> tuple[float, float]:
    """Microseconds per request, and milliseconds for the end."""
    session = way()
    session.__enter__()
    with requests.Session() as client:
        start = time.perf_counter()
        for page in range(count):
            client.get(f"{origin}{PATH}/Calls?page={page}", headers=HEADERS).content  # noqa: B018
        asking = (time.perf_counter() - start) / count * 1e6
    start = time.perf_counter()
    session.__exit__(None, None, None)
    return asking, (time.perf_counter() - start) * 1e3


if __name__ == "__main__":
    main()
