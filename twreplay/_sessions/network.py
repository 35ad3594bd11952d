"""Blocks the network around a block or a function."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final

from twreplay._interception import Allowed, block, unblock
from twreplay._sessions.context import Close, SessionContext
from twreplay._suggestion import explain_misuse
from twreplay.errors import UsageError

# Read by zz_twreplay_block.pth as every Python of the environment starts.
_BLOCK: Final = "TWREPLAY_BLOCK_NETWORK"
_ALLOWED: Final = "TWREPLAY_ALLOWED_HOSTS"

_OFF = frozenset({"", "0", "false", "no", "off"})


class NetworkBlock(SessionContext[None]):
    """Context manager and decorator that ``block_network`` returns."""

    def __init__(self, allowed_hosts: Iterable[str]) -> None:
        super().__init__("block_network")
        self._hosts = tuple(Allowed.parse(allowed_hosts).written)
        self._allowed = Allowed()

    def __enter__(self) -> None:
        try:
            super().__enter__()
        except UsageError:
            raise  # it is open already, and stays so
        except BaseException:
            unblock(self._allowed)
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            super().__exit__(kind, error, traceback)
        except BaseException:
            unblock(self._allowed)
            raise

    def _open(self) -> tuple[None, Close]:
        self._allowed = allowed = Allowed.parse(self._hosts)
        block(allowed)
        return None, lambda error: unblock(allowed)

    def _recreate(self, function: Callable[..., Any], name: str) -> NetworkBlock:
        return NetworkBlock(self._hosts)


@explain_misuse
def block_network(allowed_hosts: Iterable[str] = ()) -> NetworkBlock:
    """
    Block the network while a block or a function runs, for every client.

    For the whole process: a socket does not know its caller. Inside another block, both
    must allow what is to be reached.

    Args:
        allowed_hosts: The hosts that stay reachable: names (``example.com``), addresses
            (``127.0.0.1``), ranges (``10.0.0.0/8``), patterns (``re:.*[.]test``), Unix sockets
            (``unix``, or ``unix:`` and a path).

    Raises:
        UsageError: *allowed_hosts* has something that is none of these.
    """
    return NetworkBlock(allowed_hosts)


@contextmanager
def block_network_of_children_too(allowed_hosts: Iterable[str] = ()) -> Iterator[None]:
    """
    Block the network as *block_network* does, and let Python processes that are started block it.

    They learn of it from two environment variables, so those that are started with an
    environment of their own do not.
    """
    with block_network(allowed_hosts) as _:
        variables = {_BLOCK: "1", _ALLOWED: json.dumps(Allowed.parse(allowed_hosts).written)}
        before = {name: os.environ.get(name) for name in variables}
        os.environ.update(variables)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def block_from_environment() -> None:
    """Block the network for the life of this process, if the environment asks for it."""
    if os.environ.get(_BLOCK, "").lower() in _OFF:
        return
    given = os.environ.get(_ALLOWED, "")
    try:
        allowed = Allowed.parse(json.loads(given) if given.startswith("[") else given)
    except (ValueError, UsageError) as error:
        sys.stderr.write(f"{_ALLOWED} is not understood, so nothing is allowed: {error}\n")
        allowed = Allowed()
    block(allowed)
