"""
What importing costs, what the plugin adds to pytest, and a suite of 1,000 tests of 3 requests.

    python benchmarks/startup.py [tests]          (default: 1000)

Each run is a process of its own; the best of several, in milliseconds, because the slower ones tell
of the machine. Only the plugin that is measured is loaded.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from libraries import ORIGIN, PATH, write

ASK = f"""
import requests
session = requests.Session()
AUTH = ("AC0123456789abcdef0123456789abcdef", "token")
def ask():
    for _ in range(3):
        assert session.get("{ORIGIN}{PATH}/Calls", auth=AUTH).status_code == 200
"""

SUITES = {
    "twreplay, simulated": (
        "import pytest\nfrom ask import ask\n"
        "@pytest.mark.parametrize('n', range({n}))\n"
        "def test_it(n, twilio_of_ours): ask()\n",
        ["-p", "twreplay.pytest_plugin"],
    ),
    "twreplay, replayed": (
        "import pytest\nfrom ask import ask\n"
        "@pytest.mark.parametrize('n', range({n}))\n"
        "@pytest.mark.twreplay('{one}', allow_playback_repeats=True, allow_unused=True)\n"
        "def test_it(n): ask()\n",
        ["-p", "twreplay.pytest_plugin"],
    ),
    "pytest-recording": (
        "import pytest\nfrom ask import ask\n"
        "@pytest.mark.parametrize('n', range({n}))\n"
        "@pytest.mark.vcr('{one}', allow_playback_repeats=True)\n"
        "def test_it(n): ask()\n",
        ["-p", "pytest_recording.plugin"],
    ),
    "responses": (
        "import pytest, responses\nfrom ask import ask\n"
        "@pytest.mark.parametrize('n', range({n}))\n"
        "@responses.activate\n"
        "def test_it(n):\n"
        "    responses.get('{url}', '<TwilioResponse/>')\n"
        "    ask()\n",
        [],
    ),
    "no requests at all": (
        "import pytest\nfrom ask import ask\n"
        "@pytest.mark.parametrize('n', range({n}))\n"
        "def test_it(n): pass\n",
        [],
    ),
}

CONFTEST = """
import pytest, twreplay
@pytest.fixture
def twilio_of_ours():
    sid = "AC0123456789abcdef0123456789abcdef"
    with twreplay.simulate(account_sid=sid, auth_token="token") as twilio:
        yield twilio
"""


def main() -> None:
    """Print all three."""
    tests = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    imports()
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / "empty").mkdir()
        (project / "empty" / "test_it.py").write_text("def test_it(): pass\n")
        started = starts(project / "empty")
        print("\nstarting pytest, ms of the processor")
        for name, each in started.items():
            print(f"  {name:<24}{min(each):>8.0f}{min(each) - min(started['alone']):>+8.1f}")
        print(f"\n{tests} tests of 3 requests each, ms per test beyond a test that does nothing")
        times = suites(project, tests)
    base = min(times.pop("no requests at all"))
    for name, found in times.items():
        print(f"  {name:<24}{(min(found) - base) / tests:>8.2f}")


def imports() -> None:
    """Milliseconds of a process that imports a library, beyond one that imports nothing."""
    programs = {
        "nothing": "pass",
        "twreplay": "import twreplay",
        "twreplay.simulate": "from twreplay import simulate",
        "twreplay.use_cassette": "from twreplay import use_cassette",
        "responses": "import responses",
        "requests": "import requests",
        "vcr": "import vcr",
        "cassetter": "import cassetter",
        "moto": "import moto.s3.models",
    }
    best = dict.fromkeys(programs, float("inf"))
    for _ in range(10):
        for name, program in programs.items():
            start = time.perf_counter()
            command = [sys.executable, "-c", program]
            done = subprocess.run(command, capture_output=True, check=False, env=compiling())
            elapsed = (time.perf_counter() - start) * 1e3
            best[name] = min(best[name], elapsed if done.returncode == 0 else float("inf"))
    print("import, ms")
    for name, elapsed in best.items():
        if name != "nothing" and elapsed < float("inf"):
            print(f"  {name:<24}{elapsed - best['nothing']:>8.0f}")


def starts(folder: Path) -> dict[str, list[float]]:
    """Milliseconds of pytest with nothing, with a plugin of no lines, and with ours."""
    (folder / "empty_plugin.py").write_text("")
    options = {
        "alone": [],
        "with an empty plugin": ["-p", "empty_plugin"],
        "with twreplay": ["-p", "twreplay.pytest_plugin"],
    }
    times: dict[str, list[float]] = {name: [] for name in options}
    for _ in range(30):
        for name, given in options.items():
            before = processor()
            run(folder, given)
            times[name].append((processor() - before) * 1e3)
    return times


def processor() -> float:
    """Seconds that the children of this process have computed."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def suites(project: Path, tests: int) -> dict[str, list[float]]:
    """Milliseconds of each suite, several times."""
    one = write(project / "one.yaml", 1)
    times: dict[str, list[float]] = {}
    for name, (text, options) in SUITES.items():
        folder = project / name.replace(" ", "_").replace(",", "")
        folder.mkdir()
        url = f"{ORIGIN}{PATH}/Calls"
        (folder / "ask.py").write_text(ASK)
        (folder / "test_it.py").write_text(text.format(n=tests, one=one, url=url))
        if "ours" in text:
            (folder / "conftest.py").write_text(CONFTEST)
        times[name] = [run(folder, options) for _ in range(3)]
    return times


def compiling() -> dict[str, str]:
    """The environment of a process that keeps what it compiles, as a user's does."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def run(folder: Path, options: list[str]) -> float:
    """Milliseconds of one run of pytest."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    alone = {**compiling(), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(folder)}
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=alone, capture_output=True, text=True)
    elapsed = (time.perf_counter() - start) * 1e3
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return elapsed


if __name__ == "__main__":
    main()
