"""What to send to a live endpoint, so that it can be asked what was recorded. Sends nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from twreplay._http import Interaction, Request, basic

SAFE = frozenset({"GET", "HEAD"})


@dataclass(slots=True)
class Exchange:
    """Identifiers of the recording and the ones that they have at the live endpoint."""

    base: str
    account_sid: str
    auth_token: str = field(repr=False)
    known: dict[str, str] = field(default_factory=dict)


def session_of(base: str, credentials: tuple[str, str], interactions: Sequence[Interaction]) -> Exchange:
    """A session with the endpoint at *base*, by its own *credentials*."""
    exchange = Exchange(base.rstrip("/"), *credentials)
    for interaction in interactions:
        given = interaction.request.credentials
        if given is not None:
            exchange.known.setdefault(given.account_sid, exchange.account_sid)
            break
    return exchange


def live_request(exchange: Exchange, recorded: Request) -> Request:
    """*recorded*, as the live endpoint is asked the same."""
    split = urlsplit(recorded.url)
    url = exchange.base + split.path + (f"?{split.query}" if split.query else "")
    body = recorded.body
    for old, new in exchange.known.items():
        url = url.replace(old, new)
        body = body.replace(old.encode(), new.encode())
    headers = recorded.headers.without("host", "content-length", "authorization", "accept-encoding")
    if recorded.credentials is not None:
        by = basic(exchange.account_sid, exchange.auth_token)
        headers = headers.replacing("Authorization", by)
    return Request(recorded.method, url, headers, body)
