"""The lock of a cassette, as it is while another process saves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from twreplay._cassette import lock_cassette
from twreplay._cassette.files import locking


@contextmanager
def hold_lock(path: Path) -> Iterator[None]:
    """Hold the lock of the cassette in *path*, which no session of any process saves meanwhile."""
    with lock_cassette(path):
        yield


@contextmanager
def with_patience(seconds: float) -> Iterator[None]:
    """Let sessions wait so long for a lock, instead of the minute that no option changes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(locking, "PATIENCE_SECONDS", seconds)
        yield
