"""Standard streams that take all that a command prints, and are there."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from io import TextIOWrapper

_ERRORS = "twreplay-cli"
_PLAIN = {"…": "...", "×": "x", "←": "<-", "→": "->"}

# Those of Python's own choice; what a user has chosen stays, such as "replace".
_GIVES_UP = ("strict", "surrogateescape")


def _write_plainly(error: UnicodeError) -> tuple[str, int]:
    r"""Return what stands for what an encoding lacks: ``...`` for our own ``…``, ``\u65e5``."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    plain = (
        _PLAIN.get(char) or char.encode("ascii", "backslashreplace").decode("ascii")
        for char in lacking
    )
    return "".join(plain), error.end


codecs.register_error(_ERRORS, _write_plainly)


@contextmanager
def usable_streams() -> Iterator[None]:
    """
    Have the standard streams be there, and write what their encoding lacks in another way.

    A stream that was closed (``>&-``) is nowhere. At the end all is as it was, for who calls a
    command from a program.
    """
    with ExitStack() as restored:
        # In this order: a file that is opened takes the lowest free number, which is the stream's.
        for name in ("stdin", "stdout", "stderr"):
            stream = getattr(sys, name)
            if stream is None or getattr(stream, "closed", False):
                mode = "r" if name == "stdin" else "w"
                nowhere = restored.enter_context(open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123
                setattr(sys, name, nowhere)
                restored.callback(setattr, sys, name, stream)
            elif isinstance(stream, TextIOWrapper) and name != "stdin":
                errors = stream.errors or "strict"
                restored.callback(_restore, stream, errors)
                stream.reconfigure(errors=_ERRORS if errors in _GIVES_UP else errors)
        yield


def _restore(stream: TextIOWrapper, errors: str) -> None:
    with suppress(OSError, ValueError):  # of what it still holds, or as it was closed
        stream.reconfigure(errors=errors)
