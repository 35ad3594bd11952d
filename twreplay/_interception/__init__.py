"""Catches the requests of HTTP clients, and hands back responses."""

from twreplay._interception._install import close_source, guard, open_source
from twreplay._interception._network import Allowed, block, unblock
from twreplay._interception._router import Source, is_open, mark, opened_since
from twreplay._interception._stage import Asked, Watch, is_rehearsal, prepare, watching

__all__ = [
    "Allowed",
    "Asked",
    "Source",
    "Watch",
    "block",
    "close_source",
    "guard",
    "is_open",
    "is_rehearsal",
    "mark",
    "open_source",
    "opened_since",
    "prepare",
    "unblock",
    "watching",
]
