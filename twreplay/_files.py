"""Reading and writing what must be a file: to open a pipe could wait for ever."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

# What the shell has opened for this process: somebody is at the other end.
_HANDED_OVER = (Path("/dev/stdin"), Path("/dev/stdout"), Path("/dev/stderr"), Path("/dev/fd"))


class NotAFile(OSError):
    """There is something else at a path: a named pipe, a device, a directory."""

    def __init__(self, path: Path, kind: str) -> None:
        super().__init__(errno.EINVAL, f"it is {kind}, not a file", str(path))
        self.kind = kind


def describe_special_file(mode: int) -> str:
    """Return what there is in place of a file; empty if it is one."""
    kinds = {
        stat.S_IFREG: "",
        stat.S_IFDIR: "a directory",
        stat.S_IFIFO: "a named pipe",
        stat.S_IFSOCK: "a socket",
    }
    return kinds.get(stat.S_IFMT(mode), "a device")


def is_handed_over(path: Path) -> bool:
    """Return whether *path* is a stream that a shell has opened for this process: ``<(...)``."""
    return path in _HANDED_OVER or path.parent in _HANDED_OVER


def refuse_pipe(path: Path) -> None:
    """
    Refuse to write into a named pipe, which waits until somebody reads.

    Raises:
        NotAFile: It is one.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISFIFO(mode) and not is_handed_over(path):
        raise NotAFile(path, describe_special_file(mode))


def read_file(path: Path, most: int = -1) -> bytes:
    """
    Return the bytes of *path*, at most as many as *most* if that is given.

    Raises:
        NotAFile: It is something else; nothing was opened.

        OSError: It cannot be read.
    """
    if kind := describe_special_file(path.stat().st_mode):
        raise NotAFile(path, kind)
    with path.open("rb") as opened:
        return opened.read(most)


def read_file_or_stream(path: Path, most: int = -1) -> bytes:
    """
    Return the bytes of *path*, which may also be what a shell hands over: ``<(...)``.

    Raises:
        NotAFile: It is neither; nothing was opened.

        OSError: It cannot be read.
    """
    if is_handed_over(path):
        with path.open("rb") as opened:
            return opened.read(most)
    return read_file(path, most)
