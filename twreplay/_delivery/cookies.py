"""
Cookies of one conversation, on the virtual clock.

``http.cookiejar`` reads the machine's clock in eight places, and has no way to be given another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class _Cookie:
    value: str
    is_host_only: bool
    is_secure: bool
    expires: datetime | None


class CookieJar:
    """The cookies that applications set in one conversation. Source: RFC 6265 (question 130)."""

    def __init__(self) -> None:
        # By domain, path and name, in the order in which they were first set.
        self._cookies: dict[tuple[str, str, str], _Cookie] = {}

    def __len__(self) -> int:
        return len(self._cookies)

    def pack(self) -> list[list[Any]]:
        """Return the cookies as data that JSON holds."""
        return [
            [*key, each.value, each.is_host_only, each.is_secure, _write_time(each.expires)]
            for key, each in self._cookies.items()
        ]

    @classmethod
    def unpack(cls, packed: list[list[Any]]) -> CookieJar:
        """
        Return the jar that *pack* packed.

        Raises:
            TypeError, ValueError: It is damaged.
        """
        jar = cls()
        for *texts, is_host_only, is_secure, expires in packed:
            domain, path, name, value = map(_check_text, texts)
            at = None if expires is None else read_packed_time(expires)
            jar._cookies[domain, path, name] = _Cookie(value, is_host_only, is_secure, at)
        return jar

    def store(self, url: str, fields: tuple[str, ...], now: datetime) -> None:
        """Keep the cookies of *fields*, values of ``Set-Cookie`` in the response to *url*."""
        for field in fields:
            self._store(url, field, now)

    def build_header(self, url: str, now: datetime) -> str:
        """Return the value of ``Cookie`` for a request to *url*; empty if there is no cookie."""
        if not self._cookies:
            return ""
        parts = urlsplit(url)
        host, path = (parts.hostname or ""), parts.path or "/"
        found: list[tuple[int, str]] = []
        for (domain, below, name), cookie in list(self._cookies.items()):
            if cookie.expires is not None and cookie.expires <= now:
                del self._cookies[domain, below, name]
            elif (
                _is_in_domain(host, domain, cookie.is_host_only)
                and _is_below(path, below)
                and (parts.scheme == "https" or not cookie.is_secure)
            ):
                found.append((-len(below), f"{name}={cookie.value}"))
        return "; ".join(text for _, text in sorted(found, key=lambda each: each[0]))

    def _store(self, url: str, field: str, now: datetime) -> None:
        pair, *attributes = field.split(";")
        name, equals, value = pair.strip().partition("=")
        if not equals or not name:
            return
        given: dict[str, str] = {}
        for attribute in attributes:
            key, _, argument = attribute.strip().partition("=")
            given[key.strip().lower()] = argument.strip()
        parts = urlsplit(url)
        host = parts.hostname or ""
        domain = given.get("domain", "").lower().lstrip(".")
        if domain and not _is_in_domain(host, domain, is_host_only=False):
            return
        path = given.get("path", "")
        if not path.startswith("/"):
            path = (parts.path or "/").rpartition("/")[0] or "/"
        key_of_it = (domain or host, path, name.strip())
        expires = _find_expiry(given, now)
        if expires is not None and expires <= now:
            self._cookies.pop(key_of_it, None)
            return
        self._cookies[key_of_it] = _Cookie(value.strip(), not domain, "secure" in given, expires)


def _write_time(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def read_packed_time(text: str) -> datetime:
    """
    Return the time that a snapshot has.

    Raises:
        TypeError, ValueError: It is none, or has no zone.
    """
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        msg = f"{text!r} has no time zone"
        raise ValueError(msg)
    return time


def _check_text(text: object) -> str:
    if not isinstance(text, str):
        msg = f"a cookie has {text!r}"
        raise TypeError(msg)
    return text


def _find_expiry(given: dict[str, str], now: datetime) -> datetime | None:
    age = given.get("max-age", "")
    if age.lstrip("-").isdecimal() and age.isascii():
        seconds = int(age) if len(age) <= 10 else 10**9
        return now + timedelta(seconds=min(max(seconds, -1), 10**9))
    if "expires" in given:
        return parse_date(given["expires"])
    return None


def parse_date(text: str) -> datetime | None:
    """Return the time that a header field names; None if it names none."""
    try:
        date = parsedate_to_datetime(text.replace("-", " ") if "-" in text[:12] else text)
    except (ValueError, TypeError):
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)


def _is_in_domain(host: str, domain: str, is_host_only: bool) -> bool:
    if host == domain:
        return True
    if is_host_only or not host.endswith(f".{domain}") or "." not in domain:
        return False
    try:
        ip_address(host)
    except ValueError:
        return True
    return False


def _is_below(path: str, below: str) -> bool:
    return path == below or path.startswith(below if below.endswith("/") else f"{below}/")
