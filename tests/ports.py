"""Ports of loopback that are given to nobody else."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager


def bind_port() -> socket.socket:
    """
    Return a socket that keeps its port from all that ask for any.

    Connections are refused, until a server that is told the port listens there: servers set
    SO_REUSEADDR, too. A port that was let go is given to another process once in a while.
    """
    keeping = socket.socket()
    keeping.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeping.bind(("127.0.0.1", 0))
    return keeping


@contextmanager
def kept_port() -> Iterator[int]:
    """Yield a port that *bind_port* keeps for the block."""
    with bind_port() as keeping:
        yield keeping.getsockname()[1]
