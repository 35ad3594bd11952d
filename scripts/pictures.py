"""
Draw the pictures of README.md and docs/: a terminal with a run of pytest, the pages in Chromium.

    pip install -e '.[dev,browser]'
    python scripts/pictures.py            all of them
    python scripts/pictures.py terminal   those of the terminal, without a browser
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from textwrap import dedent

from rich.console import Console
from rich.text import Text

# Another script, which stands beside this one.
sys.path.insert(0, str(Path(__file__).parent))

ROOT = Path(__file__).resolve().parents[1]
CASSETTE = ROOT / "cassettes" / "calls" / "make.yaml"
PICTURES = ROOT / "docs" / "pictures"

CALLER = """\
import requests

BASE = "https://api.twilio.com/2008-08-01/Accounts"


def remind(account, token, number):
    form = {"Caller": "4155550100", "Called": number, "Url": "http://app.example/voice"}
    return requests.post(f"{BASE}/{account}/Calls", auth=(account, token), data=form, timeout=5)
"""

MISS = """\
from pathlib import Path

import twreplay
from reminders import remind


@twreplay.use_cassette("calls.yaml", allow_unused=True)
def test_reminds():
    assert remind("AC0123456789abcdef0123456789abcdef", "token", "4155550199").status_code == 201
"""

COVERED = """\
import requests
from reminders import remind


def test_reminds(twilio):
    twilio.add_incoming_phone_number(PhoneNumber="4155550100")
    assert remind(*twilio.auth, "4155550101").ok


def test_wrong_token(twilio):
    assert remind(twilio.auth[0], "wrong", "4155550101").status_code == 401


def test_lists(twilio):
    assert requests.get(f"{twilio.account_url}/Calls", auth=twilio.auth, timeout=5).ok
"""


def main() -> None:
    """Draw what the command line asks for."""
    draw_terminals()
    if sys.argv[1:] == ["terminal"]:
        return
    import page_pictures

    drawn = page_pictures.draw_pages(PICTURES)
    print(f"{len(drawn)} pages, {sum(path.stat().st_size for path in drawn):,} bytes")


def draw_terminals() -> None:
    """Draw both pictures of a terminal."""
    missed = [line[1:] for line in map(bare, run(MISS)) if line.startswith("E   ")]
    message = dedent("\n".join(missed)).replace("twreplay.errors.", "")
    draw("miss", "A request that is not on the cassette", message.splitlines())
    lines = run(COVERED, "--twreplay-coverage")
    first = next(n for n, line in enumerate(lines) if "twreplay coverage" in line)
    draw("coverage", "pytest --twreplay-coverage", lines[first:])


def bare(line: str) -> str:
    """*line* without its colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", line)


def draw(name: str, title: str, lines: list[str]) -> None:
    """Draw *lines* as a terminal shows them."""
    console = Console(record=True, width=100, file=io.StringIO())
    console.print(Text.from_ansi("\n".join(lines)))
    drawn = console.export_svg(title=title)
    # A picture that fetches a font tells its maker who looks at it.
    drawn = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
    (PICTURES / f"{name}.svg").write_text(drawn, encoding="utf-8")


def run(test: str, *options: str) -> list[str]:
    """The lines that pytest prints about *test*, in colours."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / "calls.yaml").write_bytes(CASSETTE.read_bytes())
        (project / "reminders.py").write_text(CALLER)
        (project / "test_it.py").write_text(test)
        return pytest_in(project, options)


def pytest_in(project: Path, options: tuple[str, ...]) -> list[str]:
    """The lines that pytest prints in *project*."""
    command = [sys.executable, "-m", "pytest", "-q", "--color=yes", "-p", "twreplay.pytest_plugin"]
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "100"}
    done = subprocess.run(  # noqa: S603 - this interpreter
        [*command, *options], cwd=project, env=alone, capture_output=True, text=True, check=False
    )
    if not done.stdout:
        raise SystemExit(done.stderr)
    return done.stdout.splitlines()


if __name__ == "__main__":
    main()
