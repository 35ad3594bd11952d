"""What to send to a live endpoint, so that it can be asked what was recorded. Sends nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from twreplay._http import Interaction, Request, Response, basic
from twreplay._inference import sighting
from twreplay._verify.tolerance import made_as

SAFE = frozenset({"GET", "HEAD"})


@dataclass(slots=True)
class LiveSession:
    """Identifiers of the recording and the ones that they have at the live endpoint."""

    base: str
    account_sid: str
    auth_token: str = field(repr=False)
    known: dict[str, str] = field(default_factory=dict)


def live_session(
    base: str, credentials: tuple[str, str], interactions: Sequence[Interaction]
) -> LiveSession:
    """A session with the endpoint at *base*, by its own *credentials*."""
    session = LiveSession(base.rstrip("/"), *credentials)
    for interaction in interactions:
        given = interaction.request.credentials
        if given is not None:
            session.known.setdefault(given.account_sid, session.account_sid)
            break
    return session


def live_request(session: LiveSession, recorded: Request) -> Request:
    """*recorded*, as the live endpoint is asked the same."""
    split = urlsplit(recorded.url)
    url = session.base + split.path + (f"?{split.query}" if split.query else "")
    body = recorded.body
    for old, new in session.known.items():
        url = url.replace(old, new)
        body = body.replace(old.encode(), new.encode())
    headers = recorded.headers.without("host", "content-length", "authorization", "accept-encoding")
    if recorded.credentials is not None:
        by = basic(session.account_sid, session.auth_token)
        headers = headers.replacing("Authorization", by)
    return Request(recorded.method, url, headers, body)


def learn(session: LiveSession, recorded: Interaction, live: Response) -> None:
    """Take note of what the live endpoint calls something that the recording saw made."""
    seen, now = sighting(recorded), sighting(Interaction(recorded.request, live))
    renamed = made_as(seen, now)
    if renamed is not None:
        session.known.update([renamed])
