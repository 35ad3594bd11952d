"""
What a client refuses before a request goes out, where its own code for that is not reached.

What is usual passes at once: these checks stand in the way of each request.
"""

from __future__ import annotations

import _socket
import errno
import os
import re
import socket
import ssl
from functools import lru_cache
from typing import Any, Final

# Longer ones may be more than the system takes.
_USUAL_SECONDS: Final = 1e6


# Each value without a space at its beginning or its end, which h11 refuses.
_USUAL_HEAD: Final = re.compile(r"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+: (?:[!-~](?:[ -~]*[!-~])?)?\n)*")


def is_usual_time(seconds: Any) -> bool:
    """Return whether no client refuses to wait for *seconds*; None is for ever."""
    return seconds is None or (type(seconds) in (int, float) and 0 < seconds < _USUAL_SECONDS)


# A program has the same few; to look at the characters takes 3 µs, and this a tenth of one.
@lru_cache(maxsize=64)
def are_usual_fields(pairs: tuple[tuple[Any, Any], ...]) -> bool:
    """Return whether no client refuses to send these names and values: text, in plain ASCII."""
    try:
        head = "".join([name + ": " + value + "\n" for name, value in pairs])
    except TypeError:  # of bytes
        return False
    return _USUAL_HEAD.fullmatch(head) is not None


def check_timeout(seconds: Any) -> None:
    """
    Check that a connection can be opened with this timeout.

    Raises:
        ValueError, TypeError, OverflowError: As ``settimeout`` of a socket.

        BlockingIOError: It is 0: to connect would take longer.
    """
    if is_usual_time(seconds) or _is_default(seconds):
        return
    set_timeout(seconds)
    if seconds == 0:
        raise BlockingIOError(errno.EINPROGRESS, os.strerror(errno.EINPROGRESS))


def _is_default(seconds: Any) -> bool:
    is_of_http_client = seconds is socket._GLOBAL_DEFAULT_TIMEOUT  # type: ignore[attr-defined]
    return is_of_http_client or type(seconds).__name__ == "_TYPE_DEFAULT"  # of urllib3


def set_timeout(seconds: Any) -> None:
    """Set a timeout of a socket that is not used; not of ``socket``, where others put a fake."""
    one = _socket.socket()
    try:
        one.settimeout(seconds)
    finally:
        one.close()


def check_files_for_urllib3(connection: Any) -> None:
    """
    Check that urllib3's *connection* can load its certificates.

    Raises:
        SSLError: urllib3's, as while it connects.

        OSError: As ``load_cert_chain``.
    """
    trusted = connection.ca_certs, connection.ca_cert_dir
    own = connection.cert_file, connection.key_file
    if any(trusted) or any(own):
        _load_files(trusted, own, tuple(map(stat_file, (*trusted, *own))))


def stat_file(path: Any) -> tuple[int, int]:
    """Return what tells that a file is another one by now; zeros for one that is not there."""
    if not path:
        return 0, 0
    try:
        found = os.stat(path)  # noqa: PTH116 - a Path takes three times as long
    except (OSError, ValueError, TypeError):
        return 0, 0
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=64)
def _load_files(
    trusted: tuple[Any, Any], own: tuple[Any, Any], state: tuple[tuple[int, int], ...]
) -> None:
    del state
    from urllib3.exceptions import SSLError

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if any(trusted):
        try:
            context.load_verify_locations(*trusted)
        except OSError as error:
            raise SSLError(error) from error
    if own[0]:
        # Never a dialogue on the terminal: urllib3 does not begin one either.
        context.load_cert_chain(*own, password="")
