"""What pytest's own help says of this plugin, whole; see tests/README.md to write it anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from inner_runs import run_inner

GOLDEN = Path(__file__).parent / "help"

PARTS = {
    "--help": r"^Twilio 2008-08-01.*?(?=^\S)|^  twreplay_.*?(?=^  (?!twreplay_)\S|^\S|\n\n)",
    "--markers": r"^@pytest\.mark\.twreplay.*?\n",
    "--fixtures": r"^(?:twilio|twreplay_)\w*.*?(?=^\S|\Z)",
}


@pytest.mark.parametrize("option", PARTS)
def test_reads_as_documentation(option, pytester, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    text = run_inner(pytester, option, "-v").stdout.str()

    found = re.findall(PARTS[option], text, re.DOTALL | re.MULTILINE)

    told = re.sub(r"fixtures\.py:\d+", "fixtures.py", "".join(found))
    told = re.sub(r"\S*twreplay/_pytest", "twreplay/_pytest", told)
    file = GOLDEN / f"{option.strip('-')}.txt"
    if os.environ.get("TWREPLAY_UPDATE_MESSAGES"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(told)
    assert told == (file.read_text() if file.exists() else None)
