"""
Time per replayed request over the size of the cassette, vcrpy beside it in the same run.

    python benchmarks/replay.py [sizes...]      (default: 10 100 1000 10000)

Each request is a form POST to one URL, so that only the body tells them apart. vcrpy compares a
request with every recording, so beyond 1,000 it is timed over a few requests only.
"""

from __future__ import annotations

import math
import statistics
import sys
import tempfile
import time
from pathlib import Path

import requests
import vcr

import twreplay

SID = "AC0123456789abcdef0123456789abcdef"
URL = f"https://api.twilio.com/2008-08-01/Accounts/{SID}/SMS/Messages"
BODY = '<?xml version="1.0"?>\n<TwilioResponse><SMSMessage/></TwilioResponse>\n'

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


def write(path: Path, size: int) -> None:
    head = "version: 1\ntwreplay:\n  format: 1\n  origin: simulated\ninteractions:\n"
    body = "".join(INTERACTION.format(number=n, sid=SID, url=URL) for n in range(size))
    path.write_text(head + body)


def ask(session: requests.Session, number: int) -> None:
    data = {"From": "4158675309", "To": "4155551212", "Body": f"Message {number}"}
    response = session.post(URL, data=data, auth=(SID, "token"), timeout=5)
    assert f"Message {number}<" in response.text


def timed(numbers: list[int]) -> float:
    """Median seconds per request."""
    times = []
    with requests.Session() as session:
        for number in numbers:
            start = time.perf_counter()
            ask(session, number)
            times.append(time.perf_counter() - start)
    return statistics.median(times)


def exponent(points: list[tuple[int, float]]) -> float:
    """The slope of log time over log size."""
    xs, ys = ([math.log(p[i]) for p in points] for i in (0, 1))
    return statistics.linear_regression(xs, ys).slope


def main() -> None:
    sizes = [int(argument) for argument in sys.argv[1:]] or [10, 100, 1000, 10_000]
    print(f"{'interactions':>12} {'load ms':>9} {'us each':>11} {'vcrpy ms':>11} {'vcrpy us':>10}")
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        warm = Path(folder) / "warm.yaml"
        write(warm, 1)
        with twreplay.use_cassette(warm, allow_unused=True), vcr.use_cassette(str(warm)):
            pass  # or the first one pays for what is imported
        for size in sizes:
            path = Path(folder) / f"{size}.yaml"
            write(path, size)
            start = time.perf_counter()
            with twreplay.use_cassette(path, allow_unused=True):
                load = time.perf_counter() - start
                per_request = timed(list(range(min(size, 2000)))[-500:])
            start = time.perf_counter()
            match_on = ["method", "uri", "body"]
            with vcr.use_cassette(str(path), record_mode="none", match_on=match_on):
                vcr_load = time.perf_counter() - start
                count = 20 if size <= 1000 else 3
                vcr_request = timed(list(range(size // 2, size // 2 + min(count, size // 2))))
            ours.append((size, per_request))
            theirs.append((size, vcr_request))
            print(
                f"{size:>12} {load * 1e3:>9.1f} {per_request * 1e6:>11.0f} "
                f"{vcr_load * 1e3:>11.1f} {vcr_request * 1e6:>10.0f}"
            )
    if len(sizes) > 1:
        print(f"growth exponent: twreplay {exponent(ours):.2f}, vcrpy {exponent(theirs):.2f}")


if __name__ == "__main__":
    main()
