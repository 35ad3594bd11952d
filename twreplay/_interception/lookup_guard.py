"""
Stop what gets past every client's stand-in, where the name of the host is looked up.

Somebody may put a client's own method back while a session is open, unseen, or
use a client that is not intercepted. No request of either is to reach the API.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from twreplay._call_site import find_call_site
from twreplay._explanation import Explanation, Remedy
from twreplay._interception import router
from twreplay._interception.patch import Patch, install_each, remove_each
from twreplay.errors import UsageError

repair: Callable[[], object] = int
"""Puts in again what was put back; set by *install*."""


def install() -> None:
    """Look at what is looked up."""
    install_each(_PATCHES)


def remove() -> None:
    """Look at it no more."""
    remove_each(_PATCHES)


def _getaddrinfo(original: Callable[..., Any]) -> Callable[..., Any]:
    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if isinstance(name, str) and router.is_never_sent(name.lower().rstrip(".")):
            repair()
            raise UsageError(_escaping(name))
        return original(host, *args, **kwargs)

    return getaddrinfo


def _escaping(host: str) -> Explanation:
    site = find_call_site()
    return Explanation(
        headline=f"a request to {host} got past the session that is open, and was stopped when "
        "the host was looked up.",
        place=(f"sent by {site}",) if site else (),
        detail="Something put back a method of the client while the session was open, or the "
        "client is none that is intercepted. What was put back is intercepted again.",
        remedies=(
            Remedy("A mock of the client was begun before the session: end it after the session."),
            Remedy("Or send the request with a client that is intercepted: see docs/clients.md."),
        ),
        anchor="usage-error",
    )


_PATCHES = (Patch(socket, "getaddrinfo", _getaddrinfo),)
