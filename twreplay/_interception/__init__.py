"""Catches the requests of HTTP clients, and hands back responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twreplay._interception.fault_injection import (
    LoggedRequest,
    RequestLog,
    instrument,
    is_rehearsal,
    is_watched,
    prepare,
    watching,
)
from twreplay._interception.handler import Handler
from twreplay._interception.in_flight import Exchange
from twreplay._interception.install import activate, deactivate, guard
from twreplay._interception.network_block import Allowed, block, unblock
from twreplay._interception.router import (
    go_to,
    handler_for,
    is_inherited,
    is_open,
    mark,
    opened_since,
)
from twreplay._interception.seams import list_places
from twreplay._interception.tracing import (
    Trace,
    TracedRequest,
    Tracer,
    get_tracer,
    tracing,
)
from twreplay._lazy import load_from

if TYPE_CHECKING:
    from twreplay._interception.clients.responses_mock import HandlerResponse, default_mock

__all__ = [
    "Allowed",
    "Exchange",
    "Handler",
    "HandlerResponse",
    "LoggedRequest",
    "RequestLog",
    "Trace",
    "TracedRequest",
    "Tracer",
    "activate",
    "block",
    "deactivate",
    "default_mock",
    "get_tracer",
    "go_to",
    "guard",
    "handler_for",
    "instrument",
    "is_inherited",
    "is_open",
    "is_rehearsal",
    "is_watched",
    "list_places",
    "mark",
    "opened_since",
    "prepare",
    "tracing",
    "unblock",
    "watching",
]

# Late: they import requests and responses, which not every user of a session has imported.
__getattr__ = load_from(
    __name__,
    {"HandlerResponse": "clients.responses_mock", "default_mock": "clients.responses_mock"},
)
