"""
Kills processes while they record, and looks at what is left.

    python tests/kills.py [how many, default 1000] [seed, default 0]

Each round forks processes that record into one cassette. One of them is killed: at a random line
of the library's code, or at a random moment, in the kernel perhaps. Then the cassette must be the
old one or the new one, the others must have saved what they recorded, and the next one must not
wait for a lock.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import filelock  # noqa: F401  # before the forks: they shall be killed while they save, not here
from cassette_files import read, write
from cassette_locks import hold_lock
from recorder import handler_of

import twreplay
from twreplay import Interaction, Request, Response

URL = "https://api.twilio.com/2008-08-01/Accounts/AC1/Calls"
PACKAGE = str(Path(twreplay.__file__).parent)
MODES = ("new_episodes", "all", "rewrite")


def interactions(name: str, count: int) -> list[Interaction]:
    return [
        Interaction(
            Request("POST", URL, {}, f"Called={name}{number}".encode()),
            Response(200, {"Content-Type": "application/xml"}, f"<Sid>{name}{number}</Sid>" * 20),
        )
        for number in range(count)
    ]


def record(path: Path, mode: str, these: list[Interaction]) -> None:
    with twreplay.use_cassette(path, record_mode=mode) as cassette:
        for interaction in these:
            handler_of(cassette).record(interaction.request, interaction.response)


def killed_at_line(number: int) -> None:
    """Kill this process when it comes to its line *number* in the package."""
    left = number

    def trace(frame, event, argument):
        nonlocal left
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)


def killed_after(seconds: float) -> None:
    """Let the kernel end this process: what SIGALRM does to one that does not handle it."""
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-5))


def child(work) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        work()
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)


def measured(folder: Path) -> tuple[int, float]:
    """How many lines and seconds it takes to record, so that kills are spread over all of it."""
    path = folder / "measured.yaml"
    write(path, *interactions("old", 3))
    lines = 0

    def trace(frame, event, argument):
        nonlocal lines
        if frame.f_code.co_filename.startswith(PACKAGE):
            lines += 1
            return trace
        return None

    sys.settrace(trace)
    record(path, "all", interactions("new", 3))
    sys.settrace(None)
    start = time.perf_counter()
    record(path, "rewrite", interactions("other", 3))
    return lines, time.perf_counter() - start


def one_round(folder: Path, chance: random.Random, lines: int, seconds: float) -> Counter[str]:
    path = folder / "cassette.yaml"
    old = interactions("old", chance.randint(1, 5))
    write(path, *old)
    mode = chance.choice(MODES)
    new = interactions("new", chance.randint(1, 5))
    at_line, at_time = chance.randint(1, lines), chance.random() * 1.2 * seconds
    by_line = chance.random() < 0.5

    def victim() -> None:
        killed_at_line(at_line) if by_line else killed_after(at_time)
        record(path, mode, new)

    others = chance.choice((0, 0, 3))
    pids = [child(victim)]
    for number in range(others):
        name = f"other{number}-"
        pids.append(child(lambda name=name: record(path, "new_episodes", interactions(name, 2))))
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]

    counted = Counter(rounds=1, killed=codes[0] < 0, processes=len(pids))
    with hold_lock(path):  # in no time, whoever held it when it was killed
        pass
    try:
        left = {i.request.body.decode().partition("=")[2] for i in read(path).interactions}
    except twreplay.errors.TwreplayError as error:
        print(error)
        counted["damaged"] += 1
        return counted
    names = [i.request.body.decode().partition("=")[2] for i in new]
    whole_or_nothing = not any(n in left for n in names) or all(n in left for n in names)
    saved_by_others = all(f"other{n}-{i}" in left for n in range(others) for i in range(2))
    # `rewrite` drops what others have saved before it, as it says.
    if not whole_or_nothing or not (saved_by_others or mode == "rewrite") or any(codes[1:]):
        print(f"{mode}, {others} others, exit codes {codes}: {sorted(left)}")
        counted["damaged"] += 1
    return counted


def main(count: int = 1000, seed: int = 0) -> int:
    chance = random.Random(seed)
    counted: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines, seconds = measured(folder)
        while counted["killed"] < count:
            counted += one_round(folder, chance, lines, seconds)
        drafts = len(list(folder.glob(".*.part")))
    print(
        f"{counted['killed']} kills in {counted['rounds']} rounds of {counted['processes']} "
        f"processes: {counted['damaged']} damaged files, {drafts} drafts left"
    )
    return 1 if counted["damaged"] else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
