"""Requests to send to a live endpoint, built from recorded ones. Sends nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from twreplay._http import Interaction, Request, Response, encode_basic
from twreplay._inference import parse_interaction
from twreplay._verify.tolerance import match_created_sids

SAFE = frozenset({"GET", "HEAD"})


@dataclass(slots=True)
class LiveSession:
    """Identifiers of the recording and their counterparts at the live endpoint."""

    base: str
    account_sid: str
    auth_token: str = field(repr=False)
    known: dict[str, str] = field(default_factory=dict)


def create_live_session(
    base: str, credentials: tuple[str, str], interactions: Sequence[Interaction]
) -> LiveSession:
    """Create a session with the endpoint at *base*, with *credentials* for it."""
    session = LiveSession(base.rstrip("/"), *credentials)
    for interaction in interactions:
        given = interaction.request.credentials
        if given is not None:
            session.known.setdefault(given.account_sid, session.account_sid)
            break
    return session


def build_live_request(session: LiveSession, recorded: Request) -> Request:
    """Build the request for the live endpoint that corresponds to *recorded*."""
    split = urlsplit(recorded.url)
    url = session.base + split.path + (f"?{split.query}" if split.query else "")
    body = recorded.body
    for old, new in session.known.items():
        url = url.replace(old, new)
        body = body.replace(old.encode(), new.encode())
    headers = recorded.headers.without("host", "content-length", "authorization", "accept-encoding")
    if recorded.credentials is not None:
        by = encode_basic(session.account_sid, session.auth_token)
        headers = headers.replacing("Authorization", by)
    return Request(recorded.method, url, headers, body)


def learn(session: LiveSession, recorded: Interaction, live: Response) -> None:
    """Map the Sid of an instance that *recorded* created to its live Sid."""
    seen, now = parse_interaction(recorded), parse_interaction(Interaction(recorded.request, live))
    renamed = match_created_sids(seen, now)
    if renamed is not None:
        session.known.update([renamed])
