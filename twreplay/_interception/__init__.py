"""Catches the requests of HTTP clients, and hands back responses."""

from twreplay._interception.fault_injection import (
    LoggedRequest,
    RequestLog,
    is_rehearsal,
    prepare,
    watching,
)
from twreplay._interception.install import activate, deactivate, guard
from twreplay._interception.network_block import Allowed, block, unblock
from twreplay._interception.router import Handler, is_inherited, is_open, mark, opened_since

__all__ = [
    "Allowed",
    "Handler",
    "LoggedRequest",
    "RequestLog",
    "activate",
    "block",
    "deactivate",
    "guard",
    "is_inherited",
    "is_open",
    "is_rehearsal",
    "mark",
    "opened_since",
    "prepare",
    "unblock",
    "watching",
]
