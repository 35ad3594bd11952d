"""
Basic and Digest, with user and password from the URL, after a 401.

Source: security page of 2010: first a request without ``Authorization``, then one with it; logged
in for the rest of the call.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any
from urllib.error import URLError
from urllib.parse import unquote, urlsplit
from urllib.request import (
    AbstractDigestAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    parse_http_list,
    parse_keqv_list,
)
from urllib.request import Request as UrllibRequest

from twreplay._display import Secret
from twreplay._http import Headers, encode_basic

# Nonces may go stale, but not each time.
_MOST_CHALLENGES = 3

_CHALLENGE = re.compile(r"(?i)(?:\A|,)\s*(basic|digest)(?:\s+|\Z)")


class Login:
    """User and password for one origin, and the scheme that the application asked for."""

    def __init__(self, user: str, password: str) -> None:
        self._user = user
        self._password = Secret(password)
        self._digest: _Digest | None = None
        self._challenge: dict[str, str] = {}
        self.is_accepted = False

    def __repr__(self) -> str:
        return "<Login>"

    def is_same(self, other: Login | None) -> bool:
        """Return whether *other* has the same user and password."""
        return other is not None and (self._user, self._password) == (other._user, other._password)

    def accept(self, headers: Headers, answered: int) -> bool:
        """
        Note what the 401 with *headers* asks for.

        Args:
            answered: How many challenges were answered already while one document was fetched.

        Returns:
            Whether another request makes sense: there is a scheme that is known, and no answer to
            this challenge was refused yet.
        """
        basic, digest = _find_challenges(headers.get_all("www-authenticate"))
        if digest is not None:
            is_stale = digest.get("stale", "").lower() == "true"
            if answered >= (_MOST_CHALLENGES if is_stale else 1):
                self.is_accepted = False
                return False
            self._digest = self._digest or _Digest(self._user, self._password)
            self._challenge = digest
        elif not basic or (self.is_accepted and self._digest is None):
            self.is_accepted = False
            return False
        else:
            self._digest = None
        self.is_accepted = True
        return True

    def build_header(self, method: str, url: str, body: bytes) -> str:
        """Return the value of ``Authorization``; empty before a challenge."""
        if not self.is_accepted:
            return ""
        if self._digest is None:
            return self.build_basic_header()
        return self._digest.build_header(method, url, body, self._challenge)

    def build_basic_header(self) -> str:
        """Return the value of ``Authorization`` for Basic, asked for or not."""
        return encode_basic(self._user, self._password)


def read_userinfo(url: str) -> Login | None:
    """Return the user and password that *url* has before its host; None if there is none."""
    netloc = urlsplit(url).netloc
    if "@" not in netloc:
        return None
    user, _, password = netloc.rpartition("@")[0].partition(":")
    return Login(unquote(user), unquote(password))


def find_origin(url: str) -> str:
    """Return scheme, host and port of *url*."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{parts.hostname}:{port}"


class _Digest(AbstractDigestAuthHandler):
    """The standard library's Digest, but for its random number: the same seed, the same bytes."""

    def __init__(self, user: str, password: str) -> None:
        self._manager = HTTPPasswordMgrWithDefaultRealm()
        super().__init__(self._manager)
        self._user, self._password = user, password
        self._asked = 0

    def build_header(self, method: str, url: str, body: bytes, challenge: dict[str, str]) -> str:
        request = UrllibRequest(url, data=body or None, method=method)  # noqa: S310 (not opened)
        self._manager.add_password(None, url, self._user, self._password)
        try:
            authorization: Any = self.get_authorization(request, challenge)
        except (URLError, ValueError):  # of a qop or an algorithm that it does not know
            return ""
        return f"Digest {authorization}" if authorization else ""

    def get_cnonce(self, nonce: str) -> str:
        """Return a number that the other side does not know, the same in every run."""
        self._asked += 1
        return sha256(f"{nonce}:{self._asked}".encode()).hexdigest()[:16]


def _find_challenges(fields: tuple[str, ...]) -> tuple[bool, dict[str, str] | None]:
    """Return whether Basic is asked for, and the parameters of the Digest, if there is one."""
    has_basic, digest = False, None
    for field in fields:
        starts = list(_CHALLENGE.finditer(field))
        for number, start in enumerate(starts):
            end = starts[number + 1].start() if number + 1 < len(starts) else len(field)
            if start[1].lower() == "basic":
                has_basic = True
                continue
            items = parse_http_list(field[start.end() : end])
            # Without a value ("nonce=") the standard library raises IndexError.
            digest = parse_keqv_list([item for item in items if item.partition("=")[2]])
    return has_basic, digest
