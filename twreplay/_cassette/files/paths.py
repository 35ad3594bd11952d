"""The names of cassette files and of what lies beside them. Reads no cassette."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from twreplay._files import read_file
from twreplay.errors import UsageError

SUFFIXES = frozenset({".yaml", ".yml", ".json"})

# What file_name() adds to a name that cannot stay as it is.
HASH = re.compile(r"-[0-9a-f]{10}\Z")


def compute_content_hash(path: Path) -> str:
    """Return a hash of the content of *path*; empty if it cannot be read."""
    with suppress(OSError):
        return sha256(read_file(path)).hexdigest()
    return ""


def has_changed_since(path: Path, began: float) -> bool:
    """Return whether *path* was written after *began*, in seconds since the epoch."""
    with suppress(OSError):
        return path.stat().st_mtime >= began
    return False


# In bytes; of every file system in use.
_LONGEST_NAME = 255


def build_failed_path(path: Path) -> Path:
    """
    Return the path for the recording of a failed block: ``x.failed.yaml``.

    Where that is longer than a file system takes, the name is cut, and has a hash of the whole.
    """
    name = f"{path.stem}.failed{path.suffix}"
    if len(os.fsencode(name)) > _LONGEST_NAME:
        whole = os.fsencode(path.name)
        mark = f"-{sha256(whole).hexdigest()[:10]}.failed{path.suffix}"
        # Of the bytes, as the limit is of bytes; a letter that was cut in two is left out.
        room = _LONGEST_NAME - len(os.fsencode(mark))
        name = os.fsencode(path.stem)[:room].decode("utf-8", "ignore") + mark
    return path.with_name(name)


def find_cassette_of(beside: Path) -> Path:
    """Find the cassette that *beside*, a recording of a failed block, lies beside."""
    path = beside.with_name(beside.stem.removesuffix(".failed") + beside.suffix)
    if len(os.fsencode(beside.name)) < _LONGEST_NAME - 4 or path.exists():
        return path
    others = beside.parent.glob(f"*{beside.suffix}")
    return next((other for other in others if build_failed_path(other) == beside), path)


def format_path(path: Path) -> str:
    """Format *path* relative to the current directory."""
    name = path.as_posix()
    if not name.startswith("/") and not path.is_absolute():
        return name
    try:
        return _format_absolute(name, os.getcwd())  # noqa: PTH109 - no Path
    except OSError:  # the directory is gone
        return name


def make_absolute(path: Path) -> Path:
    """
    Return *path* as ``Path.absolute`` does, and without ``..`` where that is the same file.

    ``Path.absolute`` takes 5 µs, a tenth of a session. A run knows a cassette by its path: tests
    that rewrote ``../login.yaml`` from two folders lost what the other had recorded.

    Raises:
        UsageError: It is relative to the current directory, which is gone.
    """
    try:
        whole = path if path.is_absolute() else _find_absolute(path, os.getcwd())  # noqa: PTH109
    except FileNotFoundError:
        msg = (
            f"{path.as_posix()} is relative to the current directory, which was removed: give an "
            "absolute path, or go to a directory that is there."
        )
        raise UsageError(msg) from None
    if ".." not in whole.parts:
        return whole
    short = Path(os.path.normpath(whole))
    return short if is_same_file(short, whole) else whole


def is_same_file(one: Path, other: Path) -> bool:
    """Return whether two absolute paths lead to one file; False for an impossible name."""
    try:
        return os.path.realpath(one) == os.path.realpath(other)
    except ValueError:
        return False


@lru_cache(maxsize=64)
def _find_absolute(path: Path, directory: str) -> Path:
    return path.absolute()


@lru_cache(maxsize=64)
def _format_absolute(name: str, directory: str) -> str:
    # Not resolved: that asks the file system about every folder, at each session.
    with suppress(ValueError):
        return Path(name).relative_to(directory).as_posix()
    return name
