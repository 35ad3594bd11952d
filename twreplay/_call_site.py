"""Where in the user's code something was asked for."""

from __future__ import annotations

import os
import sys
import sysconfig
from functools import lru_cache
from pathlib import Path
from types import FrameType

_OURS = str(Path(__file__).parent)
_NOT_THE_USERS = (
    *{_OURS, *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))},
    # A virtual environment may take packages from others besides its own.
    *(path for path in sys.path if path.endswith(("site-packages", "dist-packages"))),
    "<",
)


def call_site() -> str:
    """Where it is: ``tests/test_x.py:41, in test_x``; empty if unknown."""
    frame, _ = _nearest()
    if frame is None:
        return ""
    shown = _shown(frame.f_code.co_filename, os.getcwd())  # noqa: PTH109 - a Path is what takes long
    return f"{shown}:{frame.f_lineno}, in {frame.f_code.co_name}"


def file_and_line() -> str:
    """Where it is, shorter: ``test_x.py:41``; empty if unknown."""
    frame, _ = _nearest()
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}" if frame is not None else ""


def stack_level() -> int:
    """How many callers up it is, for ``warnings.warn``."""
    return _nearest()[1]


@lru_cache(maxsize=1024)
def _shown(file: str, here: str) -> str:
    """*file* as somebody in the directory *here* would write it."""
    path = Path(file)
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


def _nearest() -> tuple[FrameType | None, int]:
    """The innermost frame that is the user's, None if there is none, and how far up it is."""
    frame: FrameType | None = sys._getframe(2)
    level = 1
    while frame is not None and frame.f_code.co_filename.startswith(_NOT_THE_USERS):
        frame = frame.f_back
        level += 1
    return frame, level
