"""
Where the time of each path goes, by the step: sampled by py-spy, which slows nothing down.

    python benchmarks/where.py [paths...] [--seconds 10]          (default: all paths)

A path is repeated in a process of its own. Each sample counts for the first step of the path that
names a function on its stack, and for *else* if none does. Microseconds are the shares of what an
action takes at the median, in time of the processor, without py-spy.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from clients import CLIENTS, FORM_HEADERS, HEADERS, PATH, SID
from libraries import ORIGIN, write

import twreplay
from twreplay import Request, Response

SPY = Path(sys.executable).with_name("py-spy")
Action = Callable[[], object]
FORM = "From=4158675309&To=4155551212&Body=Hi"

# What stands before a file's name in a sample is the function. A step stands before those whose
# functions call its own.
SIMULATOR = {
    "making the request": r"Request\.__init__ \(",
    "the message itself": r"World\.create \(",
    "what is to become of it": r"deliver \(",
    "credentials": r"authenticate \(",
    "parameters and preconditions": r"check_parameters \(",
    "the rules up to those": r"(check_version|override_method|find_route|check_method) \(",
    "finding it, and the rest of the operation": r"run_operation \(",
    "the representation and its headers": r"rendering\.py",
    "what it rests on": r"(notes|hints)\.py",
    "the journal": r"Simulator\._enter \(",
    "from one step to the next": r"twreplay/",
}
CASSETTE = {
    "finding the interaction": r"playback\.py",
    "learning secrets, and which cassette": r"(cassette_handler|router)\.py",
    "where in the user's code it came from": r"_call_site\.py",
    "taking the request from the bytes": r"(RequestReader\.\w+|_plain) \(",
}
STEPS: dict[str, dict[str, str]] = {
    "simulator GET": SIMULATOR,
    "simulator POST": SIMULATOR,
    "requests, simulated GET": {
        "the simulator": r"_simulator/",
        "the response: urllib3's": r"urllib3/(response|_collections)\.py",
        "the response: requests'": r"HTTPAdapter\.build_response \(",
        "taking the request, handing over": r"twreplay/",
        "requests: proxies from the environment": r"Session\.merge_environment_settings \(",
        "requests: preparing the request": r"Session\.prepare_request \(",
        "requests: the rest": r"clients\.py",
    },
    "http.client, replayed GET": {
        **CASSETTE,
        "making the response": r"AnsweringSocket\.make_response \(",
        "the socket": r"(answering_socket|connect|AnsweringSocket\.\w+) \(",
        "the client": r"clients\.py",
    },
    "aiohttp, replayed GET": {
        **CASSETTE,
        "connecting": r"_connect\.<locals>\.connect \(",
        "handing over, the client's part too": r"_interception/",
        "the client and its loop": r"clients\.py",
    },
    "use_cassette": {
        "replacing attributes": r"patch\.py",
        "whether the clients are those of before": r"seams\.py",
        "sessions of other threads and contexts": r"(router|install)\.py",
        "the options and the path": r"build_context \(|(paths|remedies)\.py",
        "the file's status": r"loading\.py",
        "the handler, and what knows secrets": r"CassetteSession\._build_handler \(",
        "the session": r"twreplay/",
    },
    "closing after 100": {
        "searching for secrets": r"_cassette/secrets/",
        "the text": r"codec\.py",
        "the lock": r"(locking\.py|filelock/)",
        "the file": r"files/saving\.py",
        "the session": r"twreplay/",
    },
    "adding one to 5,000": {
        "the new text": r"fast_yaml_writer\.py",
        "opening: learning secrets": r"Redactor\.learn_all \(",
        "opening: the text into interactions": r"files/(codec|loading)\.py",
        "sorting requests": r"Playback\._sort \(",
        "searching for secrets": r"_cassette/secrets/",
        "the file": r"files/(saving|locking)\.py",
        "the session": r"twreplay/",
    },
}

# What is on the stack of samples that are of the preparation: they are not counted.
PREPARES = {"closing after 100": "_record (", "adding one to 5,000": "write_text ("}


@contextmanager
def path(name: str, folder: Path) -> Iterator[Action]:
    """Yield the action of the path *name*."""
    client, _, what = name.partition(", ")
    one = write(folder / "one.yaml", 1)
    with ExitStack() as open_:
        if name.startswith("simulator"):
            yield _simulator_action(name.split()[1])
        elif name == "use_cassette":
            time.sleep(3.1)  # a file that was just written is compared by its content
            yield lambda: _enter(one)
        elif name == "closing after 100":
            yield _closing_action(folder)
        elif name == "adding one to 5,000":
            yield _adding_action(folder)
        else:
            if what.startswith("simulated"):
                twilio = open_.enter_context(twreplay.simulate(account_sid=SID, auth_token="token"))
                twilio.add_call(Status=2)
            else:
                options = {"allow_playback_repeats": True, "allow_unused": True}
                open_.enter_context(twreplay.use_cassette(one, **options))  # type: ignore[arg-type]
            yield open_.enter_context(CLIENTS[client](ORIGIN))[0]


def _simulator_action(method: str) -> Action:
    simulator = twreplay.Simulator(account_sid=SID, auth_token="token", undocumented="ignore")
    sid = simulator.add_call(Status=2).Sid
    world = simulator.snapshot()
    sent = ("GET", f"{ORIGIN}{PATH}/Calls/{sid}", HEADERS, "")
    if method == "POST":
        sent = ("POST", f"{ORIGIN}{PATH}/SMS/Messages", FORM_HEADERS, FORM)

    numbers = count(1)

    def ask() -> None:
        # As many messages as a suite has in one simulator, and not a million.
        if next(numbers) % 1000 == 0:
            simulator.restore(world)
        simulator.handle(Request(*sent))

    return ask


def _enter(one: Path) -> None:
    with twreplay.use_cassette(one, allow_unused=True):
        pass


def _closing_action(folder: Path) -> Action:
    fresh = iter(range(10**9))

    def record() -> None:
        made = folder / f"{next(fresh)}.yaml"
        with twreplay.use_cassette(made, record_mode="once") as cassette:
            _record(cassette, range(100))
        made.unlink()

    return record


def _adding_action(folder: Path) -> Action:
    fresh = iter(range(10**9))

    def add() -> None:
        # Each another content, as what was read before is not read again.
        made = folder / "large.yaml"
        made.write_text(text.replace("Page=", f"Page={next(fresh)}x"), encoding="utf-8")
        options: dict[str, Any] = {"record_mode": "new_episodes", "allow_unused": True}
        with twreplay.use_cassette(made, **options) as cassette:
            _record(cassette, range(1))

    with twreplay.use_cassette(folder / "made.yaml", record_mode="once") as cassette:
        _record(cassette, range(5000))
    text = (folder / "made.yaml").read_text("utf-8")
    return add


def _record(cassette: twreplay.Cassette, pages: range) -> None:
    """Record as a client would, over no connection."""
    handler = _find_handler()
    for page in pages:
        request = Request("GET", f"{ORIGIN}{PATH}/Calls?Page={page}", HEADERS)
        if handler.answer(request, "") is None:
            body = f'<TwilioResponse><Calls page="{page}"/></TwilioResponse>'
            handler.record(request, Response(200, {"Content-Type": "application/xml"}, body))


def _find_handler() -> Any:
    from twreplay._interception.router import handler_for

    return handler_for("api.twilio.com")


def repeat(action: Action, seconds: float) -> float:
    """Return the median of what *action* takes, in microseconds of the processor."""
    times, end, many = [], time.monotonic() + seconds, 1
    while time.monotonic() < end:
        start = time.process_time()
        for _ in range(many):
            action()
        taken = time.process_time() - start
        times.append(taken / many * 1e6)
        if taken < _SHORTEST:  # to read the clock takes a microsecond or more
            times.clear()
            many *= 2
    return statistics.median(times or [0.0])


_SHORTEST = 0.005


def main() -> None:
    """Print a table for each path."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("paths", nargs="*", default=[*STEPS], metavar="paths")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--alone", action="store_true", help="run a path, as py-spy has it run")
    given = parser.parse_args()
    if not SPY.exists():
        parser.error("py-spy is missing: pip install py-spy")
    for name in given.paths:
        with tempfile.TemporaryDirectory() as folder:
            if given.alone:
                with path(name, Path(folder)) as action:
                    repeat(action, 0.5)
                    print(repeat(action, given.seconds))
                return
            print_shares(name, given.seconds, Path(folder) / "samples")


def print_shares(name: str, seconds: float, samples: Path) -> None:
    """Print what each step of the path *name* takes."""
    alone = [sys.executable, __file__, name, "--alone", "--seconds"]
    taken = float(subprocess.check_output([*alone, str(seconds / 2)], text=True).split()[-1])
    spy = [str(SPY), "record", "-r", "500", "-f", "raw"]
    command = [*spy, "-d", str(int(seconds) + 30), "-o", str(samples), "--", *alone, str(seconds)]
    subprocess.run(command, check=True, capture_output=True)
    shares: Counter[str] = Counter()
    every = 0
    for line in samples.read_text("utf-8").splitlines():
        stack, _, times = line.rpartition(" ")
        frames = stack.split(";")
        begins = [n for n, frame in enumerate(frames) if frame.startswith("repeat (")]
        every += int(times) if begins else 0
        inner = frames[begins[0] + 1 :] if begins else []
        if inner and PREPARES.get(name, "; (") not in stack:
            shares[find_step(name, inner)] += int(times)
    whole = sum(shares.values())
    taken *= whole / every
    print(f"\n{name}: {taken:.0f} us, {whole} samples")
    for step, times in shares.most_common():
        print(f"  {step:<44}{int(times) / whole:>6.0%}{int(times) / whole * taken:>9.1f}")


def find_step(name: str, frames: list[str]) -> str:
    """Return the step of the path *name* that *frames* are of."""
    for step, pattern in STEPS[name].items():
        if any(re.search(pattern, frame) for frame in frames):
            return step
    return "else"


if __name__ == "__main__":
    main()
