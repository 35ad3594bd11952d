"""Refusal of what niquests sends asynchronously, which nothing here can answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twreplay._explanation import Explanation, Remedy
from twreplay._interception.router import handler_or_passthrough
from twreplay.errors import UsageError


def replacements(module: str) -> Mapping[str, Callable[[Any], Any]]:
    """Return what makes the stand-in for each attribute of urllib3-future's asynchronous half."""
    owners = ("AsyncHTTPConnection", "AsyncHTTPSConnection")
    return {f"{owner}.{name}": _refuse for owner in owners for name in ("connect", "putrequest")}


def _refuse(original: Callable[..., Any]) -> Callable[..., Any]:
    def connect_or_put(self: Any, *args: Any, **kwargs: Any) -> Any:
        host = getattr(self, "_tunnel_host", None) or self.host
        if handler_or_passthrough(host) is not None:
            raise not_intercepted(f"niquests' AsyncSession, of a request to {host},")
        return original(self, *args, **kwargs)

    return connect_or_put


def not_intercepted(what: str) -> UsageError:
    """Explain that *what* is not intercepted."""
    return UsageError(
        Explanation(
            headline=f"{what} is not intercepted, so nothing was sent: urllib3-future, which "
            "niquests puts in the place of urllib3, speaks more than HTTP/1.1.",
            remedies=(
                Remedy("Replay and simulate with its other half.", "niquests.Session()"),
                Remedy("Record with a client that is intercepted.", "requests.Session()"),
            ),
            anchor="usage-error",
        )
    )
