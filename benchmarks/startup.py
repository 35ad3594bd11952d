"""
What importing costs, and what the plugin adds to pytest.

    python benchmarks/startup.py

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


def main() -> None:
    """Print both."""
    imports()
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / "empty").mkdir()
        (project / "empty" / "test_it.py").write_text("def test_it(): pass\n")
        started = starts(project / "empty")
        print("\nstarting pytest, ms of the processor")
        for name, each in started.items():
            print(f"  {name:<24}{min(each):>8.0f}{min(each) - min(started['alone']):>+8.1f}")


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
