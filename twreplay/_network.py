"""Blocks the network around a block or a function."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from twreplay._doors import Close, Door
from twreplay._interception import Allowed, block, unblock


class NetworkBlock(Door[None]):
    """What ``block_network`` returns."""

    def __init__(self, allowed_hosts: Iterable[str]) -> None:
        super().__init__("block_network")
        self._hosts = tuple(Allowed.of(allowed_hosts).written)

    def _open(self) -> tuple[None, Close]:
        allowed = Allowed.of(self._hosts)
        block(allowed)
        return None, lambda error: unblock(allowed)

    def _again(self, function: Callable[..., Any], name: str) -> NetworkBlock:
        return NetworkBlock(self._hosts)


def block_network(allowed_hosts: Iterable[str] = ()) -> NetworkBlock:
    """
    Let nothing through to the network while a block or a function runs, whatever the client.

    For the whole process: a socket does not know who asked for it. Inside another block, both
    must allow what is to be reached.

    Args:
        allowed_hosts: What may be reached all the same: names (``example.com``), addresses
            (``127.0.0.1``), ranges (``10.0.0.0/8``), patterns (``re:.*[.]test``), Unix sockets
            (``unix``, or ``unix:`` and a path).

    Raises:
        UsageError: *allowed_hosts* has something that is none of these.
    """
    return NetworkBlock(allowed_hosts)
