"""The simulator as a WSGI application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twreplay._lazy import load_from

if TYPE_CHECKING:
    from twreplay._server.application import wsgi

__all__ = [
    "wsgi",
]

__getattr__ = load_from(
    __name__,
    {
        "wsgi": "application",
    },
)
