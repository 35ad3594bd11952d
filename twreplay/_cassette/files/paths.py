"""The names of cassette files and of what lies beside them. Reads no cassette."""

from __future__ import annotations

import re
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

SUFFIXES = frozenset({".yaml", ".yml", ".json"})

# What file_name() adds to a name that cannot stay as it is.
HASH = re.compile(r"-[0-9a-f]{10}\Z")


def compute_content_hash(path: Path) -> str:
    """Return a hash of the content of *path*; empty if it cannot be read."""
    with suppress(OSError):
        return sha256(path.read_bytes()).hexdigest()
    return ""


def has_changed_since(path: Path, began: float) -> bool:
    """Return whether *path* was written after *began*, in seconds since the epoch."""
    with suppress(OSError):
        return path.stat().st_mtime >= began
    return False


def build_failed_path(path: Path) -> Path:
    """Return the path for the recording of a failed block: ``x.failed.yaml``."""
    return path.with_name(f"{path.stem}.failed{path.suffix}")


def format_path(path: Path) -> str:
    """Format *path* relative to the current directory."""
    # Not resolved: that asks the file system about every folder, at each session.
    if path.is_absolute():
        with suppress(ValueError, OSError):
            return path.relative_to(Path.cwd()).as_posix()
    return path.as_posix()
