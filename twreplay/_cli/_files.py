"""The cassettes that paths on a command line mean."""

from __future__ import annotations

from pathlib import Path

from twreplay._cassette import SUFFIXES


def cassettes_below(path: Path) -> list[Path]:
    """*path* itself if it is a file, else every cassette below it."""
    if path.is_file():
        return [path]
    return sorted(found for found in path.rglob("*") if found.suffix in SUFFIXES)
