"""
What the simulator costs, alone: time per request, and how it grows with what is in it.

    python benchmarks/simulate.py [sizes...]      (default: 100 10000 100000)

Medians over rounds, in microseconds of the processor. The last column is the slope of log time
over log size: near 0, the number of resources does not matter.
"""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections.abc import Callable

import twreplay
from twreplay._http import encode_basic

ROUNDS = 30


def timed(action: Callable[[], object], repeat: int) -> float:
    """Median microseconds of one *action*."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(repeat):
            action()
        times.append((time.process_time() - start) / repeat)
    return statistics.median(times) * 1e6


def world(calls: int) -> twreplay.Simulator:
    """A simulator with so many *calls*, of every status."""
    simulator = twreplay.Simulator(undocumented="ignore")
    for number in range(calls):
        simulator.add_call(Status=number % 6, Called=f"415555{number % 10000:04d}")
    return simulator


def main() -> None:
    """Print the table."""
    sizes = [int(size) for size in sys.argv[1:]] or [100, 10_000, 100_000]
    work = {
        "GET one call, XML": "GET /Calls/{sid}",
        "GET one call, JSON": "GET /Calls/{sid}.json",
        "POST an SMS": "POST /SMS/Messages",
        "page of 50 calls": "GET /Calls",
        "page 2 of 50 calls": "GET /Calls?page=1",
        "Status=2": "GET /Calls?Status=2",
        "Called=4155550001": "GET /Calls?Called=4155550001",
        "Status=1, Called=...": "GET /Calls?Status=1&Called=4155550001",
        "StartTime>= (all)": "GET /Calls?StartTime%3E=2010-03-01",
        "StartTime= (none)": "GET /Calls?StartTime=2010-02-01",
    }
    results: dict[str, list[float]] = {name: [] for name in work}
    for size in sizes:
        simulator = world(size)
        headers = {
            "Authorization": encode_basic(*simulator.auth),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        sid = simulator.calls[0].Sid
        for name, request in work.items():
            method, _, path = request.partition(" ")
            url = simulator.account_url + path.format(sid=sid)
            body = "From=4158675309&To=4155551212&Body=Hi" if method == "POST" else ""

            def ask(method: str = method, url: str = url, body: str = body) -> None:
                simulator.handle(twreplay.Request(method, url, headers, body))  # noqa: B023

            assert simulator.handle(twreplay.Request(method, url, headers, body)).status == 200
            results[name].append(timed(ask, 20))
    print(f"{'microseconds':<22}" + "".join(f"{size:>10,}" for size in sizes) + "    growth")
    for name, times in results.items():
        growth = "" if len(sizes) < 2 else f"{_growth(sizes, times):10.2f}"
        print(f"{name:<22}" + "".join(f"{t:>10.0f}" for t in times) + growth)


def _growth(sizes: list[int], times: list[float]) -> float:
    xs, ys = [math.log(size) for size in sizes], [math.log(t) for t in times]
    return statistics.linear_regression(xs, ys).slope


if __name__ == "__main__":
    main()
