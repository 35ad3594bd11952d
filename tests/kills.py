"""
Kills processes while they record, and counts the cassettes that it damaged.

    python tests/kills.py --kills 1000 --together 4

Each process records one more generation into the same cassette: a few interactions that belong
together. It is killed at a random one of its function calls, or from outside at a random moment.
Whatever the moment, the file must be whole, and each generation in it complete or not there.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import select
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import twreplay
from twreplay._cassette import load

BASE = "https://api.twilio.com/2008-08-01/Accounts/AC0123456789abcdef0123456789abcdef"
TOGETHER = 3
BODY = b"<TwilioResponse>" + b"<Call>ringing</Call>" * 2_000 + b"</TwilioResponse>"

MODES = ("new_episodes", "all", "rewrite")


def record(path: Path, mode: str, generation: int) -> None:
    """Record one generation into *path*."""
    context = twreplay.use_cassette(path, record_mode=mode, allow_unused=True)
    with context as cassette:
        for number in range(TOGETHER):
            request = twreplay.Request("GET", f"{BASE}/Calls?page={generation}&num={number}")
            headers = twreplay.Headers([("Content-Type", "application/xml")])
            if cassette.answer(request, "") is None:
                cassette.record(request, twreplay.Response(200, headers, BODY, "OK"))


def doomed(calls: int | None) -> Callable[..., None]:
    """A profile function that counts calls, and kills the process at one of them."""
    seen = 0

    def profile(frame: object, event: str, argument: object) -> None:
        nonlocal seen
        seen += 1
        if seen == calls:
            os.kill(os.getpid(), signal.SIGKILL)

    profile.calls = lambda: seen  # type: ignore[attr-defined]
    return profile


def calls_of(path: Path) -> int:
    """How many calls one recording makes."""
    counting = doomed(None)
    sys.setprofile(counting)
    try:
        record(path, "new_episodes", 0)
    finally:
        sys.setprofile(None)
    return int(counting.calls())  # type: ignore[attr-defined]


def started(path: Path, mode: str, generation: int, at_call: int | None) -> tuple[int, int]:
    """A process that records, and a pipe that is closed when it ends."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    try:
        os.close(reading)
        if at_call is not None:
            sys.setprofile(doomed(at_call))
        record(path, mode, generation)
    except BaseException as error:
        os.write(2, f"{error!r}\n".encode())
        os._exit(1)
    os._exit(0)


def ended(child: int, pipe: int, patience: float) -> str:
    """Kill *child* unless it ends before, and say how it ended."""
    select.select([pipe], [], [], patience)
    os.kill(child, signal.SIGKILL)
    os.close(pipe)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        return "killed"
    return "failed" if os.WEXITSTATUS(status) else "finished"


def damage(path: Path) -> str:
    """What is wrong with the cassette; empty if nothing is."""
    try:
        interactions = load(path).interactions
    except Exception as error:
        return str(error)
    pages = Counter(dict(i.request.query)["page"] for i in interactions)
    broken = {page: count for page, count in pages.items() if count != TOGETHER}
    if broken:
        return f"generations in parts: {broken}"
    return "" if all(i.response.body == BODY for i in interactions) else "another body"


def kill(path: Path, kills: int, together: int, seed: int) -> dict[str, object]:
    """Kill *kills* recording processes, *together* at a time, and say what came of it."""
    chance = random.Random(seed)
    outcomes: Counter[str] = Counter()
    damages: list[str] = []
    most = calls_of(path)
    generation = 0
    while outcomes["killed"] < kills:
        running = []
        mode = chance.choice(MODES)
        for _ in range(together):
            generation += 1
            at_call = chance.randint(1, most) if chance.random() < 0.5 else None
            # Few generations, or the file would grow without end.
            running.append(started(path, mode, generation % 7, at_call))
        for child, pipe in running:
            outcomes[ended(child, pipe, chance.random() * 0.05)] += 1
        if found := damage(path):
            damages.append(found)
    record(path, "rewrite", 0)  # nobody who was killed is waited for
    left = [each.name for each in path.parent.iterdir() if each != path]
    return {
        **outcomes,
        "damaged": len(damages) + bool(damage(path)),
        "damages": damages[:5],
        "drafts left": sum(name.endswith(".part") for name in left),
        "other files left": [name for name in left if not name.endswith(".part")],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--together", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        told = kill(Path(folder) / "calls.yaml", given.kills, given.together, given.seed)
    print(json.dumps(told, indent=1))
    return 1 if told["damaged"] or told.get("failed") else 0


if __name__ == "__main__":
    sys.exit(main())
