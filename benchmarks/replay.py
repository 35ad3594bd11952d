"""
Time per replayed request over the size of the cassette, vcrpy beside it in the same run.

    python benchmarks/replay.py [sizes...]      (default: 10 100 1000 10000 50000)

Each request is a form POST to one URL, so that only the body tells them apart. Loading and saving
are the best of three, memory is what is held while the cassette is open, as tracemalloc counts it.
vcrpy compares a request with every recording, so beyond 1,000 it is timed over a few requests only,
and beyond 10,000 it is left out.
"""

from __future__ import annotations

import math
import random
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path

import requests
import vcr
from vcr.persisters.filesystem import FilesystemPersister
from vcr.serializers import yamlserializer

import twreplay
from twreplay._cassette import load, save

SID = "AC0123456789abcdef0123456789abcdef"
URL = f"https://api.twilio.com/2008-08-01/Accounts/{SID}/SMS/Messages"
LARGEST_FOR_VCRPY = 10_000

INTERACTION = """\
- request:
    body: From=4158675309&To=4155551212&Body=Message+{number}
    headers:
      Authorization:
      - Basic {sid}:REDACTED
      Content-Type:
      - application/x-www-form-urlencoded
    method: POST
    uri: {url}
  response:
    body:
      string: |
        <?xml version="1.0"?>
        <TwilioResponse><SMSMessage><Body>Message {number}</Body></SMSMessage></TwilioResponse>
    headers:
      Content-Type:
      - application/xml
    status:
      code: 200
      message: OK
"""

Open = Callable[[], AbstractContextManager[object]]


def main() -> None:
    """Print the tables."""
    sizes = [int(argument) for argument in sys.argv[1:]] or [10, 100, 1000, 10_000, 50_000]
    with tempfile.TemporaryDirectory() as folder:
        paths = {size: Path(folder) / f"{size}.yaml" for size in sizes}
        for size, path in paths.items():
            write(path, size)
        warm = Path(folder) / "warm.yaml"
        write(warm, 1)
        with ours(warm)(), theirs(warm)():
            pass  # or the first one pays for what is imported
        requests_table(paths)
        files_table(paths)


def write(path: Path, size: int) -> None:
    """A cassette of so many interactions."""
    head = "version: 1\ntwreplay:\n  format: 1\n  origin: simulated\ninteractions:\n"
    body = "".join(INTERACTION.format(number=n, sid=SID, url=URL) for n in range(size))
    path.write_text(head + body)


def ours(path: Path) -> Open:
    """A session of this library."""
    return lambda: twreplay.use_cassette(path, allow_unused=True)


def theirs(path: Path) -> Open:
    """A session of vcrpy."""
    match_on = ["method", "uri", "body"]
    return lambda: vcr.use_cassette(str(path), record_mode="none", match_on=match_on)


def requests_table(paths: dict[int, Path]) -> None:
    """Microseconds per request."""
    print(f"{'us per request':>14}{'in order':>12}{'at random':>12}{'vcrpy':>12}")
    rows: dict[str, list[tuple[int, float]]] = {"in order": [], "at random": [], "vcrpy": []}
    for size, path in paths.items():
        shuffled = random.Random(0).sample(range(size), min(size, 500))
        rows["in order"].append((size, timed(ours(path), range(min(size, 500)))))
        rows["at random"].append((size, timed(ours(path), shuffled)))
        if size <= LARGEST_FOR_VCRPY:
            few = shuffled[: 20 if size <= 1000 else 3]
            rows["vcrpy"].append((size, timed(theirs(path), few)))
        told = [f"{dict(row).get(size, math.nan) * 1e6:>12.0f}" for row in rows.values()]
        print(f"{size:>14,}{''.join(told)}".replace("nan", "  -"))
    if len(paths) > 1:
        print(f"{'growth':>14}" + "".join(f"{exponent(row):>12.2f}" for row in rows.values()))


def timed(session: Open, numbers: Iterable[int]) -> float:
    """Median seconds per request."""
    times = []
    with session(), requests.Session() as client:
        for number in numbers:
            data = {"From": "4158675309", "To": "4155551212", "Body": f"Message {number}"}
            start = time.perf_counter()
            response = client.post(URL, data=data, auth=(SID, "token"), timeout=5)
            times.append(time.perf_counter() - start)
            assert f"Message {number}<" in response.text
    return statistics.median(times)


def exponent(points: list[tuple[int, float]]) -> float:
    """The slope of log time over log size."""
    xs, ys = ([math.log(p[i]) for p in points] for i in (0, 1))
    return statistics.linear_regression(xs, ys).slope


def files_table(paths: dict[int, Path]) -> None:
    """Milliseconds and megabytes of each file."""
    print(f"\n{'':>14}{'load, ms':>19}{'open, MB':>19}{'save, ms':>19}")
    print(f"{'interactions':>14}" + f"{'twreplay':>11}{'vcrpy':>8}" * 3)
    for size, path in paths.items():
        recording = load(path)
        copy = path.with_suffix(".copy.yaml")
        cells = [
            best(lambda path=path: _opened(ours(path))),
            megabytes(ours(path)),
            best(lambda copy=copy, recording=recording: save(copy, recording, lambda text: None)),
        ]
        with_vcrpy = [math.nan] * 3
        if size <= LARGEST_FOR_VCRPY:
            asked, answered = FilesystemPersister.load_cassette(str(path), yamlserializer)
            whole = {"requests": asked, "responses": answered}
            with_vcrpy = [
                best(lambda path=path: _opened(theirs(path))),
                megabytes(theirs(path)),
                best(
                    lambda copy=copy, whole=whole: FilesystemPersister.save_cassette(
                        str(copy), whole, yamlserializer
                    )
                ),
            ]
        told = "".join(
            f"{o:>11,.{1 if o < 10 else 0}f}{t:>8,.{1 if t < 10 else 0}f}"
            for o, t in zip(cells, with_vcrpy, strict=True)
        )
        print(f"{size:>14,}{told}".replace("nan", "  -"), flush=True)


def _opened(session: Open) -> None:
    with session():
        pass


def best(action: Callable[[], object]) -> float:
    """Milliseconds."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times) * 1e3


def megabytes(session: Open) -> float:
    """What is held while it is open."""
    tracemalloc.start()
    with session():
        held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held / 1e6


if __name__ == "__main__":
    main()
