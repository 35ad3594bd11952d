"""Catches the requests of HTTP clients, and hands back responses."""

from twreplay._interception.fault_injection import Asked, Watch, is_rehearsal, prepare, watching
from twreplay._interception.install import close_source, guard, open_source
from twreplay._interception.network_block import Allowed, block, unblock
from twreplay._interception.router import Source, is_open, mark, opened_since

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
