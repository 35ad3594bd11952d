"""Refusal of what niquests sends asynchronously, which nothing here can answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from twreplay._explanation import Explanation, Remedy
from twreplay._interception._patches import Patch
from twreplay._interception._router import source_or_pass
from twreplay.errors import UsageError


def patches(module: ModuleType) -> Iterable[Patch]:
    """What to replace in *module*, the asynchronous half of urllib3-future."""
    for owner in (module.AsyncHTTPConnection, module.AsyncHTTPSConnection):
        for name in ("connect", "putrequest"):
            if name in owner.__dict__:
                yield Patch(owner, name, _refuse)


def _refuse(original: Callable[..., Any]) -> Callable[..., Any]:
    def connect_or_put(self: Any, *args: Any, **kwargs: Any) -> Any:
        host = getattr(self, "_tunnel_host", None) or self.host
        if source_or_pass(host) is not None:
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
