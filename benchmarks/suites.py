"""
A suite of 1,000 tests of 3 requests each, by each way that a test has to say what answers.

    python benchmarks/suites.py [tests] [rounds]          (default: 1000 5)

Each run is a process of its own, and its time that of the processor, which other processes take
nothing of. Rounds are interleaved. The columns are the milliseconds per test beyond a suite whose
tests do nothing, least and median; the multiple of responses is of the medians of the differences
within a round.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from libraries import ORIGIN, PATH, write
from startup import processor, run

ASK = f"""
import requests
session = requests.Session()
SID, TOKEN = "AC0123456789abcdef0123456789abcdef", "token"
def ask():
    for _ in range(3):
        assert session.get("{ORIGIN}{PATH}/Calls", auth=(SID, TOKEN)).status_code == 200
"""
PARAMETRIZED = "@pytest.mark.parametrize('n', range({n}))\n"
REPEATS = "allow_playback_repeats=True, allow_unused=True"
PLUGIN = ["-p", "twreplay.pytest_plugin"]

# The text of a test, and what pytest loads; the plugin of ours where the way needs it.
SUITES: dict[str, tuple[str, list[str]]] = {
    "nothing": ("def test_it(n): pass\n", []),
    "nothing, with the plugin": ("def test_it(n): pass\n", PLUGIN),
    "simulate, decorator": (
        "@twreplay.simulate(account_sid=SID, auth_token=TOKEN)\ndef test_it(n): ask()\n",
        [],
    ),
    "simulate, fixture of its own": ("def test_it(n, of_its_own): ask()\n", []),
    "simulate, plugin's fixture": (
        "@pytest.mark.twreplay(account_sid=SID, auth_token=TOKEN)\ndef test_it(n, twilio): ask()\n",
        PLUGIN,
    ),
    "use_cassette, decorator": (
        f"@twreplay.use_cassette('{{one}}', {REPEATS})\ndef test_it(n): ask()\n",
        [],
    ),
    "use_cassette, plugin's mark": (
        f"@pytest.mark.twreplay('{{one}}', {REPEATS})\ndef test_it(n): ask()\n",
        PLUGIN,
    ),
    "responses, decorator": (
        "@responses.activate\n"
        "def test_it(n):\n    responses.get('{url}', '<TwilioResponse/>')\n    ask()\n",
        [],
    ),
    "vcrpy, decorator": (
        "@vcr.use_cassette('{one}', record_mode='none', allow_playback_repeats=True)\n"
        "def test_it(n): ask()\n",
        [],
    ),
    "pytest-recording": (
        "@pytest.mark.vcr('{one}', allow_playback_repeats=True)\ndef test_it(n): ask()\n",
        ["-p", "pytest_recording.plugin"],
    ),
}
HEADS = {"simulate": "import twreplay", "use": "import twreplay", "vcrpy": "import vcr"}
HEADS["responses"] = "import responses"

CONFTEST = """
import pytest, twreplay
from ask import SID, TOKEN
@pytest.fixture
def of_its_own():
    with twreplay.simulate(account_sid=SID, auth_token=TOKEN) as twilio:
        yield twilio
"""


def main() -> None:
    """Print the table."""
    tests, rounds = ([int(given) for given in sys.argv[1:]] + [1000, 5][len(sys.argv) - 1 :])[:2]
    with tempfile.TemporaryDirectory() as folder:
        projects = {name: lay_out(Path(folder), name, tests) for name in SUITES}
        times: dict[str, list[float]] = {name: [] for name in SUITES}
        for _ in range(rounds):
            for name, (_, options) in SUITES.items():
                before = processor()
                run(projects[name], options)
                times[name].append((processor() - before) * 1e3 / tests)
    beyond = {
        name: [one - nothing for one, nothing in zip(found, times["nothing"], strict=True)]
        for name, found in times.items()
        if name != "nothing"
    }
    of_responses = statistics.median(beyond["responses, decorator"])
    print(f"{'ms per test':<30}{'least':>8}{'median':>8}{'x responses':>13}")
    for name, found in beyond.items():
        median = statistics.median(found)
        print(f"{name:<30}{min(found):>8.2f}{median:>8.2f}{median / of_responses:>13.2f}")


def lay_out(folder: Path, name: str, tests: int) -> Path:
    """Write the suite of this *name*, and return where it is."""
    text, _ = SUITES[name]
    project = folder / f"{list(SUITES).index(name)}"
    project.mkdir()
    one = write(project / "one.yaml", 1)
    head = f"import pytest\n{HEADS.get(name.partition(',')[0].partition('_')[0], '')}\n"
    text = head + "from ask import SID, TOKEN, ask\n" + PARAMETRIZED + text
    (project / "ask.py").write_text(ASK)
    (project / "test_it.py").write_text(text.format(n=tests, one=one, url=f"{ORIGIN}{PATH}/Calls"))
    if "of_its_own" in text:
        (project / "conftest.py").write_text(CONFTEST)
    return project


if __name__ == "__main__":
    main()
