"""The call site in the user's code."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from types import CodeType, FrameType
from typing import TypeAlias

CallSite: TypeAlias = Callable[[], str]
"""Returns the call site; called for an error only, as to find it takes 2 µs of a request."""

_OURS = str(Path(__file__).parent)
_NOT_THE_USERS = (
    *{_OURS, *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))},
    # A virtual environment may take packages from others, too.
    *(path for path in sys.path if path.endswith(("site-packages", "dist-packages"))),
    "<",
)


class _Others(dict[str, bool]):
    """Whether a file is another's than the user's; each is looked at once."""

    def __missing__(self, file: str) -> bool:
        is_others = self[file] = file.startswith(_NOT_THE_USERS)
        return is_others


_others = _Others()


def find_call_site() -> str:
    """Return the call site in the user's code, ``tests/test_x.py:41, in test_x``, or ""."""
    return keep_call_site()()


def keep_call_site() -> CallSite:
    """Return what formats the call site of now, also when it is not on the stack any more."""
    frame, _ = _find_user_frame()
    return str if frame is None else partial(_format_site, frame.f_code, frame.f_lineno)


def _format_site(code: CodeType, line: int) -> str:
    try:
        here = os.getcwd()  # noqa: PTH109 - a Path is what takes long
    except OSError:  # the directory is gone
        here = ""
    return f"{_format_path(code.co_filename, here)}:{line}, in {code.co_name}"


def find_file_and_line() -> str:
    """Return the call site as ``test_x.py:41``; empty if unknown."""
    frame, _ = _find_user_frame()
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}" if frame is not None else ""


def find_stack_level() -> int:
    """Return the number of frames up to the user's code, for ``warnings.warn``."""
    return _find_user_frame()[1]


@lru_cache(maxsize=1024)
def _format_path(file: str, here: str) -> str:
    """Format *file* relative to the directory *here*."""
    path = Path(file)
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


def _find_user_frame() -> tuple[FrameType | None, int]:
    """Return the innermost frame of the user's code, or None, and its distance."""
    frame: FrameType | None = sys._getframe(2)
    level = 1
    while frame is not None and _others[frame.f_code.co_filename]:
        frame = frame.f_back
        level += 1
    return frame, level
