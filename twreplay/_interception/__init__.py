"""Catches the requests of HTTP clients, and hands back responses."""

from twreplay._interception._install import close_source, open_source
from twreplay._interception._network import Allowed, block, unblock
from twreplay._interception._router import Source, call_site

__all__ = [
    "Allowed",
    "Source",
    "block",
    "call_site",
    "close_source",
    "open_source",
    "unblock",
]
