"""What ``twreplay verify`` says of interactions."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cassette_files import write
from command_line import run

import twreplay


def verify(
    path: Path, interactions: Iterable[twreplay.Interaction], profile: str = "either"
) -> Any:
    """Write *interactions* into *path*, and hold them against the rules; findings are objects."""
    write(path, *interactions)
    return verify_file(path, profile)


def verify_file(path: Path, profile: str = "either") -> Any:
    """Hold the cassette in *path* against the rules."""
    result = run("verify", path, "--json", f"--profile={profile}")
    (checked,) = json.loads(result.stdout)["cassettes"]
    assert result.exit_code == bool(checked["drift"])
    checked["findings"] = [SimpleNamespace(**finding) for finding in checked["findings"]]
    return SimpleNamespace(**checked)
