"""
What a request costs with this library and with its peers, by client: one table.

    python benchmarks/run.py                 in an environment of its own, with all peers
    python benchmarks/compare.py             in this one
    python benchmarks/compare.py --json FILE [--rounds N] [--clients requests httpx]

In each round every library opens a session and sends as many requests as the others; rounds are
interleaved, so that whatever else the machine does falls on all. The floor is the same client with
a stub written by hand; the multiple of it is taken within each round, and its median is shown. The
least of all rounds as a multiple of the floor's least depends less on what else the machine does.

Time is that of the processor, of which other processes take nothing; a server on loopback is of
this process, so its own time counts as well.
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import statistics
import tempfile
import time
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from clients import CLIENTS
from libraries import sessions

REQUESTS = 50
TARGETS = {
    ("requests", "GET", "twreplay, replayed"): 1.15,
    ("requests", "POST", "twreplay, replayed"): 1.15,
    ("requests", "GET", "twreplay, simulated"): 1.25,
    ("requests", "POST", "twreplay, simulated"): 1.35,
}


@dataclass(frozen=True)
class Measured:
    """Microseconds of the processor per request of one client with one library."""

    client: str
    method: str
    library: str
    median: float
    low: float
    high: float
    floors: float
    least: float
    target: float | None


def main() -> None:
    """Print the table, and write it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--clients", nargs="+", choices=list(CLIENTS), default=list(CLIENTS))
    given = parser.parse_args()
    rows: list[Measured] = []
    for client in given.clients:
        found = measured(client, given.rounds)
        rows += found
        print_table(client, found)
    if given.json:
        about = {"python": platform.python_version(), "twreplay": version("twreplay")}
        text = json.dumps({**about, "rows": [asdict(row) for row in rows]}, indent=1)
        given.json.write_text(text + "\n", encoding="utf-8")


def measured(client: str, rounds: int) -> list[Measured]:
    """Every library that answers *client*."""
    times: dict[tuple[str, str], list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        libraries = sessions(Path(folder), client, REQUESTS)
        for number in range(rounds + 1):
            for library, session in libraries.items():
                for method, each in _timed(client, session).items():
                    if number:  # the first round imports and fills caches
                        times.setdefault((method, library), []).append(each)
    return [_row(client, *key, times) for key in sorted(times, key=lambda key: key[0])]


def _timed(client: str, session: object) -> dict[str, float]:
    """Microseconds per GET and per POST, in one session."""
    found = {}
    with session() as origin, CLIENTS[client](origin) as work:  # type: ignore[operator]
        for method, ask in zip(("GET", "POST"), work, strict=True):
            assert b"<TwilioResponse>" in ask()
            gc.collect()
            start = time.process_time()
            for _ in range(REQUESTS - 1):
                ask()
            found[method] = (time.process_time() - start) / (REQUESTS - 1) * 1e6
    return found


def _row(
    client: str, method: str, library: str, times: dict[tuple[str, str], list[float]]
) -> Measured:
    each = times[method, library]
    found, median = sorted(each), statistics.median(each)
    # Round by round, so that a round that was slow for all is slow for both.
    floors = [mine / floor for mine, floor in zip(each, times[method, "floor"], strict=True)]
    return Measured(
        client,
        method,
        library,
        round(median, 1),
        round(found[len(found) // 10], 1),
        round(found[-1 - len(found) // 10], 1),
        round(statistics.median(floors), 2),
        round(min(each) / min(times[method, "floor"]), 2),
        TARGETS.get((client, method, library)),
    )


def print_table(client: str, rows: list[Measured]) -> None:
    """Print the *rows* of one *client*."""
    print(f"\n{client:<28}{'us':>8}  {'(10% to 90%)':<18}{'x floor':>8}{'least':>7}  target")
    for row in rows:
        spread = f"({row.low:.0f} to {row.high:.0f})"
        target = f"<= {row.target}" if row.target else ""
        name = f"{row.method:<5}{row.library}"
        multiples = f"{row.floors:>8.2f}{row.least:>7.2f}"
        print(f"  {name:<26}{row.median:>8.0f}  {spread:<18}{multiples}  {target}".rstrip())


if __name__ == "__main__":
    main()
