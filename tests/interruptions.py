"""
A suite that records and is stopped, and what must be left of its cassette.

    python tests/interruptions.py [word ...]

runs the whole matrix, or the part of it whose names have all the words: how the suite is stopped,
where, in which mode, behind which door. A part of it is in ``plugin/test_interruptions.py``.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from recorder import record_pages

import twreplay

HERE = Path(__file__).parent

HEAD = """
import os, signal, time, unittest, pytest, twreplay
from recorder import record_pages

HOW, MODE = os.environ.get("HOW", ""), os.environ["MODE"]
BODY, FIRST = os.environ["BODY"].encode(), int(os.environ["FIRST"])

def stop(here):
    how, _, where = HOW.partition(" in ")
    if where != here: return
    if how == "keyboard": raise KeyboardInterrupt
    if how == "exit": pytest.exit("as q in the debugger")
    if how == "quit":
        import bdb
        raise bdb.BdbQuit
    if how == "error": raise ValueError("an error")
    if how == "skip": pytest.skip()
    if how == "xfail": pytest.xfail()
    if how == "gone": os._exit(3)
    if how == "sigint":
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)
    if how == "sigterm": os.kill(os.getpid(), signal.SIGTERM)
    if how == "sigkill": os.kill(os.getpid(), signal.SIGKILL)
    if how == "group":  # as a terminal does
        os.killpg(0, signal.SIGINT)
        time.sleep(5)

def half(cassette, number):
    record_pages(cassette, FIRST + 2 * number, 2, BODY)

@pytest.fixture
def twreplay_cassette_dir(request):
    return request.path.parent

@pytest.fixture
def before():
    yield
    stop("teardown after")  # torn down after what is opened later

@pytest.fixture
def behind(request):
    stop("setup")
    yield
    stop("teardown before")
"""

DOORS = {
    "mark": """
@pytest.mark.twreplay("c.yaml", record_mode=MODE, allow_unused=True)
def test_one(before, twilio_cassette, behind):
    half(twilio_cassette, 0)
    stop("call")
    half(twilio_cassette, 1)
""",
    "fixture": """
@pytest.fixture
def opened():
    with twreplay.use_cassette("c.yaml", record_mode=MODE, allow_unused=True) as cassette:
        yield cassette

def test_one(before, opened, behind):
    half(opened, 0)
    stop("call")
    half(opened, 1)
""",
    "decorator": """
@twreplay.use_cassette("c.yaml", record_mode=MODE, allow_unused=True)
def test_one(twilio_cassette, before, behind):
    half(twilio_cassette, 0)
    stop("call")
    half(twilio_cassette, 1)
""",
    "unittest": """
@twreplay.use_cassette("c.yaml", record_mode=MODE, allow_unused=True)
class TestIt(unittest.TestCase):
    def setUp(self):
        stop("setup")
    def tearDown(self):
        stop("teardown before")
    def test_one(self, twilio_cassette):
        self.addCleanup(stop, "teardown after")
        half(twilio_cassette, 0)
        stop("call")
        half(twilio_cassette, 1)
""",
    "class": """
@twreplay.use_cassette("c.yaml", record_mode=MODE, allow_unused=True)
class TestIt:
    def setup_method(self):
        stop("setup")
    def teardown_method(self):
        stop("teardown before")
    def test_one(self, twilio_cassette, before):
        half(twilio_cassette, 0)
        stop("call")
        half(twilio_cassette, 1)
""",
    "module": """
@pytest.fixture(scope="module")
def shared(request):
    with twreplay.use_cassette("c.yaml", record_mode=MODE, allow_unused=True) as cassette:
        yield cassette

def test_one(shared):
    half(shared, 0)

def test_two(before, shared, behind):
    stop("call")
    half(shared, 1)

def test_three(shared): pass
""",
    "marks": """
@pytest.mark.twreplay("c.yaml", record_mode=MODE, allow_unused=True)
@pytest.mark.parametrize("number", [0, 1])
def test_one(before, twilio_cassette, behind, number):
    if number: stop("call")
    half(twilio_cassette, number)
""",
    "with": """
def test_one(before, behind):
    with twreplay.use_cassette("c.yaml", record_mode=MODE, allow_unused=True) as cassette:
        half(cassette, 0)
        stop("call")
        half(cassette, 1)
""",
}
MODES = ("once", "new_episodes", "all", "rewrite")
PLACES = ("setup", "call", "teardown before", "teardown after")
SOFT = ("keyboard", "exit", "error", "skip", "sigint")
HARD = ("gone", "sigterm", "sigkill")
FLAGS = {"": (), "-x": ("-x",), "xdist": ("-n", "2")}


def files_in(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.glob("c*.yaml")}


def what_is_wrong(
    old: dict[str, str], new: dict[str, str], how: str, door: str, mode: str, output: str
) -> str:
    """Say what is wrong with what an interrupted run has left; empty if nothing is."""
    # A block that ended well was saved; what stops its test comes after it.
    ended_well = door == "with" and how.partition(" in ")[2].startswith("teardown")
    is_hard = how.partition(" in ")[0] in HARD
    # Two sessions, the first of them whole. A run that ends itself makes no new file of it.
    may_have_first = door == "marks" and (is_hard or bool(old))
    cassette, aside = new.get("c.yaml"), new.get("c.failed.yaml")
    if ended_well:
        return "" if cassette and cassette.count("uri:") >= 4 else "a block that ended well is lost"
    if cassette != old.get("c.yaml"):
        whole = cassette is not None and cassette.count("uri:") >= old.get("c.yaml", "").count(
            "uri:"
        )
        if not (may_have_first and whole):
            return f"the cassette changed: {(cassette or '').count('uri:')} interactions"
    asked = not how.endswith("in setup") or door == "module"
    if asked and not is_hard and door != "marks":
        if aside is None:
            return "there is no .failed.yaml"
        if "c.failed.yaml" not in output:
            return "nothing was said"
    if "UnusedInteractions" in output or "INTERNALERROR" in output:
        return "there is a traceback"
    return ""


def one(folder: Path, door: str, mode: str, how: str, flags: tuple[str, ...]) -> str:
    (folder / "test_it.py").write_text(HEAD + DOORS[door])
    (folder / "pytest.ini").write_text(f"[pytest]\npythonpath = {HERE}\n")
    base = os.environ | {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "BODY": "<a/>",
        "FIRST": "0",
        "MODE": "once",
        "HOW": "",
    }
    command = (sys.executable, "-m", "pytest", "-q", "-p", "twreplay", "-p", "xdist")

    def run(*arguments: str, **environment: str) -> str:
        done = subprocess.run(
            [*command, *arguments],
            cwd=folder,
            env=base | environment,
            capture_output=True,
            text=True,
            start_new_session=True,
            timeout=300,
            check=False,
        )
        return done.stdout + done.stderr

    if mode != "once":
        with twreplay.use_cassette(folder / "c.yaml", record_mode="once") as cassette:
            record_pages(cassette, 0, 4)
    old = files_in(folder)
    first = "10" if mode == "new_episodes" else "0"
    output = run(*flags, HOW=how, MODE=mode, BODY="<b/>", FIRST=first)
    wrong = what_is_wrong(old, files_in(folder), how, door, mode, output)
    return f"{wrong}\n{output[-1500:]}" if wrong else ""


def main() -> int:
    began, counted = time.monotonic(), Counter[str]()
    only = sys.argv[1:]
    for door, mode, kind, place in itertools.product(DOORS, MODES, (*SOFT, *HARD), PLACES):
        if door in ("with", "decorator") and place == "setup":
            continue  # nothing is open then
        if kind in HARD and place == "setup":
            continue
        flags = FLAGS["xdist"] if kind in HARD and mode in ("rewrite", "once") else FLAGS["-x"]
        name = f"{door}, {mode}, {kind} in {place} {' '.join(flags)}"
        if only and not all(word in name for word in only):
            continue
        with tempfile.TemporaryDirectory() as folder:
            wrong = one(Path(folder), door, mode, f"{kind} in {place}", flags)
        counted["runs"] += 1
        if wrong:
            counted["wrong"] += 1
            print(f"{name}: {wrong}", flush=True)
    seconds = time.monotonic() - began
    print(f"{counted['runs']} interruptions in {seconds:.0f} s: {counted['wrong']} wrong")
    return 1 if counted["wrong"] else 0


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(main())
