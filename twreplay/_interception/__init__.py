"""Catches the requests of HTTP clients, and hands back responses."""

from twreplay._interception._install import close_source, open_source
from twreplay._interception._network import Allowed, block, unblock
from twreplay._interception._router import Source

__all__ = [
    "Allowed",
    "Source",
    "block",
    "close_source",
    "open_source",
    "unblock",
]
