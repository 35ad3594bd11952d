"""Responses to GET that need not be fetched again. Source: client notes of the request page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from twreplay._delivery.cookies import parse_date
from twreplay._http import Response

_MOST = 256
_MAX_AGE = re.compile(r"(?i)(?:\A|[\s,])max-age\s*=\s*\"?([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class CachedResponse:
    """
    A response that was kept.

    Attributes:
        response: The response.

        fresh_until: Before this time no request is needed; None if each needs one.
    """

    response: Response
    fresh_until: datetime | None

    def build_conditions(self) -> list[tuple[str, str]]:
        """Return the header fields that make a request conditional."""
        headers = self.response.headers
        conditions = []
        if (tag := headers.get("etag")) is not None:
            conditions.append(("If-None-Match", tag))
        if (date := headers.get("last-modified")) is not None:
            conditions.append(("If-Modified-Since", date))
        return conditions


class ResponseCache:
    """Kept responses by URL and user. Only a GET that was answered 200 is kept (question 129)."""

    def __init__(self, kept: Mapping[tuple[str, str], CachedResponse] | None = None) -> None:
        self._kept: dict[tuple[str, str], CachedResponse] = dict(kept or {})

    def list_kept(self) -> Mapping[tuple[str, str], CachedResponse]:
        """Return a copy of what is kept, for another cache to begin with."""
        return dict(self._kept)

    def find(self, url: str, user: str) -> CachedResponse | None:
        """Return what was kept of *url*, fresh or not."""
        return self._kept.get((url, user))

    def store(self, url: str, user: str, response: Response, now: datetime) -> None:
        """Keep *response*, if it may be kept and there is a use for it."""
        control = response.headers.get("cache-control", "").lower()
        fresh_until = _find_freshness(response, control, now)
        has_validator = "etag" in response.headers or "last-modified" in response.headers
        if "no-store" in control or not (has_validator or fresh_until is not None):
            self._kept.pop((url, user), None)
            return
        while len(self._kept) >= _MOST:
            self._kept.pop(next(iter(self._kept)), None)
        self._kept[url, user] = CachedResponse(response, fresh_until)


def _find_freshness(response: Response, control: str, now: datetime) -> datetime | None:
    if "no-cache" in control:
        return None
    if (age := _MAX_AGE.search(control)) is not None:
        return now + timedelta(seconds=int(age[1]))
    if (text := response.headers.get("expires")) is not None:
        return parse_date(text)
    return None
