"""Which files a report or a page may be written over: those that this package has written."""

from __future__ import annotations

import errno
from pathlib import Path

from twreplay._files import refuse_pipe

# Of a page, also of version 0.1, of coverage, a report and SARIF, in what begins the file.
_MARKS = (
    *(b'content="twreplay"', b"<b>twreplay</b>"),
    *(b'"twreplay_coverage"', b'"twreplay_report"', b"sarif"),
)
_BEGINNING = 1 << 16


def refuse_foreign(path: Path) -> None:
    """
    Refuse to write over a file that something else has written.

    Raises:
        FileExistsError: There is one at *path*.

        NotAFile: There is a named pipe.
    """
    refuse_pipe(path)
    if path.is_file():
        with path.open("rb") as opened:
            beginning = opened.read(_BEGINNING)
        if beginning and not any(mark in beginning for mark in _MARKS):
            msg = "there is a file that twreplay has not written; name another, or remove it"
            raise FileExistsError(errno.EEXIST, msg, str(path))
