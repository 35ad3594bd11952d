"""
What a session with a large cassette costs: open it and answer, add one interaction, open it again.

    python benchmarks/large.py [--size 10000] [--rounds 5] [--json FILE] [--alone]

Milliseconds, medians of interleaved rounds, and each as a multiple of opening. No content is used
twice, so that nothing is taken from what the process has read before, except in the row that says
so. vcrpy stands beside it, unless ``--alone``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import requests

import twreplay

SID = "AC0123456789abcdef0123456789abcdef"
PATH = f"/2008-08-01/Accounts/{SID}/Calls"
INTERACTION = """\
- request:
    body: ''
    headers:
      Accept:
      - '*/*'
    method: GET
    uri: {url}?Page={number}
  response:
    body:
      string: <TwilioResponse><Calls page="{number}" of="{content}"/></TwilioResponse>
    headers:
      Content-Type:
      - application/xml
    status:
      code: 200
      message: OK
"""

Open = Callable[[Path, str], AbstractContextManager[object]]


def main() -> None:
    """Print the table, and write it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--size", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="where the figures go, for commits.py")
    parser.add_argument("--alone", action="store_true", help="without vcrpy")
    given = parser.parse_args()
    ways: dict[str, Open] = {"twreplay": _twreplay} | ({} if given.alone else {"vcrpy": _vcrpy})
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, _serve() as url:
        for content in range(given.rounds + 1):
            for name, way in ways.items():
                path = Path(folder) / f"{name}-{content}.yaml"
                for row, taken in _time_round(way, path, url, given.size, content).items():
                    if content:  # the first round imports and fills caches
                        times.setdefault(f"{name}: {row}", []).append(taken)
    medians = {row: statistics.median(taken) for row, taken in times.items()}
    for row, median in medians.items():
        opened = medians[f"{row.partition(':')[0]}: open"]
        print(f"  {row:<34}{median:>10.2f} ms{median / opened:>8.2f} x open")
    if given.json:
        given.json.write_text(json.dumps(medians, indent=1) + "\n", encoding="utf-8")


def _time_round(way: Open, path: Path, url: str, size: int, content: int) -> dict[str, float]:
    """Return the milliseconds of each row, for a cassette of *size* with this *content*."""
    _write(path, url, size, f"{content}-open")
    found = {"open": _time(way, path, url, [])}
    _write(path, url, size, f"{content}-first")
    found["open, answer the first"] = _time(way, path, url, [0])
    found["the same content again"] = _time(way, path, url, [0])
    _write(path, url, size, f"{content}-add")
    found["open, add one, save"] = _time(way, path, url, [size], "new_episodes")
    _write(path, url, 1, f"{content}-small")
    _time(way, path, url, [])
    found["one interaction, again"] = _time(way, path, url, [])
    return found


def _write(path: Path, url: str, size: int, content: str) -> None:
    interactions = (INTERACTION.format(url=url, number=n, content=content) for n in range(size))
    path.write_text(f"interactions:\n{''.join(interactions)}version: 1\n", encoding="utf-8")


def _time(way: Open, path: Path, url: str, pages: list[int], mode: str = "none") -> float:
    """Return the milliseconds of a session that asks for *pages*."""
    start = time.perf_counter()
    with way(path, mode):
        for page in pages:
            answer = requests.get(url, {"Page": page}, headers={"Accept": "*/*"}, timeout=9)
            assert f'page="{page}"' in answer.text
    return (time.perf_counter() - start) * 1e3


@contextmanager
def _serve() -> Iterator[str]:
    """Yield the URL of calls on a server of this process, which recordings are made from."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{PATH}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        page = self.path.rpartition("=")[2]
        body = f'<TwilioResponse><Calls page="{page}"/></TwilioResponse>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write nothing."""


def _twreplay(path: Path, mode: str) -> AbstractContextManager[object]:
    return twreplay.use_cassette(path, record_mode=mode, hosts=("127.0.0.1",), allow_unused=True)


def _vcrpy(path: Path, mode: str) -> AbstractContextManager[object]:
    import vcr  # late: not with --alone

    opened: AbstractContextManager[object] = vcr.use_cassette(str(path), record_mode=mode)
    return opened


if __name__ == "__main__":
    main()
