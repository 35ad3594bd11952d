"""Which tokens are no secret, because everybody may read them in the address or in the Sids."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from twreplay._cassette.secrets.names import looks_drawn
from twreplay._http import Request, Response

# A token of the API has 32 hexadecimal digits; so have Sids, behind two letters.
_DIGITS = 32
_SID = re.compile(r"(?<![0-9A-Za-z])[A-Z]{2}[0-9a-f]{32}(?![0-9A-Za-z])")
_OF_A_SID = re.compile(r"[A-Z]{0,2}[0-9a-f]+\Z")

# What can be dialled is in forms and answers, and no token.
# At most 15 digits: E.164. Of fewer than ten are codes that open something.
_TELEPHONE = re.compile(r"\+?(?:[ ().-]{0,2}[0-9]){10,15}[ ().-]?\Z")

# A field of an answer, with too little in it for a secret.
_ELEMENT = re.compile(r"<([A-Za-z]{1,40})>[^<>]{0,7}</\1>")

# What each message has in it.
_WORDS = (
    "https://api.twilio.com:443/2008-08-01/Accounts/ http://localhost TwilioResponse "
    "<?xml version=1.0 encoding=UTF-8?> HTTP/1.1 Host Authorization Basic User-Agent Accept */* "
    "Accept-Encoding gzip, deflate Content-Type application/x-www-form-urlencoded application/xml "
    "application/json text/html text/csv text/plain charset=utf-8 Content-Length Connection "
    "keep-alive close Date ETag Last-Modified Cache-Control Location Set-Cookie Transfer-Encoding "
    "chunked WWW-Authenticate REDACTED python-requests GET POST PUT DELETE true false null "
    "interactions: recorded_at: origin: recorded request: response: headers: version: message: "
    "pseudonyms: redacted: twreplay: "
    "0123456789abcdef0123456789abcdef0123456789abcdef "
    "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"
)


# Of a path, what has its place there: the version, a word of the API, a Sid, with a suffix perhaps.
_STRUCTURAL = re.compile(
    r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[A-Z][A-Za-z]{1,30}|[A-Z]{2}[0-9A-Za-z]{1,40})"
    r"(?:\.[a-z0-9]{2,4})?\Z"
)


def is_public(secret: str, account_sid: str = "") -> bool:
    """
    Return whether everybody may read *secret* in any recording, so that hiding it would be noise.

    Taken out everywhere its letters stand, it would break paths and Sids, and what the code reads.

    Args:
        account_sid: That of the request that *secret* came with, which is in the file anyway.
    """
    if secret in account_sid or len(set(secret)) < 3:
        return True
    if is_strong(secret):
        return False
    if _TELEPHONE.match(secret) is not None or secret in _WORDS:
        return True
    if (element := _ELEMENT.fullmatch(secret)) is not None:
        return f"name='{element[1]}'" in _known_words()
    return not looks_drawn(secret) and secret in _known_words()


def is_strong(secret: str) -> bool:
    """Return whether *secret* looks like a token of the API, as nothing else here does."""
    return len(secret) == _DIGITS and all(char in "0123456789abcdef" for char in secret)


def address_of(request: Request) -> str:
    """Return what of the URL of *request* belongs there, and is not a secret."""
    segments = [part if _is_structural(part) else "\0" for part in request.path.split("/")[1:]]
    return f"{request.scheme}://{request.host}/{'/'.join(segments)}"


@lru_cache(maxsize=1024)
def _is_structural(segment: str) -> bool:
    """Return whether *segment* belongs in a path, and is no secret that somebody put there."""
    if _STRUCTURAL.match(segment) is None:
        return False
    return (
        _SID.match(segment) is not None
        or not looks_drawn(segment)
        or f"'{segment.partition('.')[0]}'" in _known_words()
    )


def in_sids(secrets: Iterable[str], response: Response) -> set[str]:
    """Those of *secrets* that are a part of a Sid in *response*."""
    possible = [secret for secret in secrets if _OF_A_SID.match(secret)]
    if not possible or response.body.startswith((b"RIFF", b"ID3")):
        return set()
    sids = "\n".join(_SID.findall(response.body.decode("utf-8", "replace")))
    return {secret for secret in possible if secret in sids}


@cache
def _known_words() -> str:
    """The words of every message, and those of the API: resources, properties, what they can be."""
    from twreplay._api import RESOURCES  # late: who has a real token needs none of them

    return "\n".join((_WORDS, *map(str, RESOURCES)))
