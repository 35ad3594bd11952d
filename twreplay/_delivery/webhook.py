"""A request that the API is about to make to an application, as a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeAlias
from urllib.parse import quote, quote_plus, urlsplit

from twreplay._api import (
    COOKIE_IDLE_SECONDS,
    FALLBACK_PARAMS,
    WEBHOOKS,
    Evidence,
    Grade,
    Presence,
    WebhookKind,
    WebhookParam,
)
from twreplay._delivery.signature import encode_text
from twreplay._display import shown_url, visible_line
from twreplay._http import Pairs

Values: TypeAlias = Mapping[str, str | None]

METHODS = ("GET", "POST")

# urllib removes these from any place of a URL, and so do browsers.
_LINE_ENDS = dict.fromkeys(map(ord, "\t\r\n"))
_NOT_PLAIN = re.compile(r"[^!-~]|[\"<>\\^`{|}]|%(?![0-9A-Fa-f]{2})")
_PLAIN = re.compile(r"[!#-;=?-\[\]_a-z~]*")


@dataclass(frozen=True, slots=True)
class Conversation:
    """
    A call or a pair of numbers: it shares cookies and a login, and has one delivery at a time.

    Attributes:
        key: The Sid of the call, legs included, or the pair of numbers of a message.

        idle_seconds: How long its cookies live without a request; None for as long as it lasts.
    """

    key: str
    idle_seconds: int | None = None

    @classmethod
    def of_call(cls, call_sid: str) -> Conversation:
        """Return the conversation of a call, which its Dial legs share."""
        return cls(call_sid)

    @classmethod
    def of_numbers(cls, one: str, other: str) -> Conversation:
        """Return the conversation of two numbers, in both directions. Source: SMS page."""
        return cls("-".join(sorted((one, other))), COOKIE_IDLE_SECONDS.value)


@dataclass(frozen=True, slots=True)
class Webhook:
    """
    One request that is due to an application, before it is signed and sent.

    Attributes:
        kind: Its kind.

        url: The absolute URL, as given to the API: with user and password, if any.

        method: ``GET`` or ``POST``.

        params: Its parameters in order, decoded.

        account_sid: The account, for the header.

        conversation: The call, or the pair of numbers.

        fallback: URL and method of the fallback; None if there is none, or this is the fallback.

        is_fallback: The request is to a fallback URL, after another failed.
    """

    kind: WebhookKind
    url: str
    method: str
    params: Pairs
    account_sid: str
    conversation: Conversation
    fallback: tuple[str, str] | None = None
    is_fallback: bool = False

    def __repr__(self) -> str:
        return f"<Webhook {self.kind.name}: {self.method} {self.shown_url}>"

    @property
    def shown_url(self) -> str:
        """The URL as it may be shown."""
        return shown_url(self.url)

    @property
    def evidence(self) -> Evidence:
        """The weakest evidence among that of the kind and of each parameter that is sent."""
        sent = {name for name, _ in self.params}
        known = [param.evidence for param in self.kind.params if param.name in sent]
        ranks = list(Grade)
        return max([self.kind.evidence, *known], key=lambda each: ranks.index(each.grade))

    @property
    def questions(self) -> tuple[int, ...]:
        """The numbers of the undocumented questions that the request rests on."""
        sent = {name for name, _ in self.params}
        params = (*self.kind.params, *FALLBACK_PARAMS)
        asked = {p.question for p in params if p.question is not None and p.name in sent}
        return tuple(sorted({int(number) for number in asked | set(self.kind.questions)}))

    def to_fallback(self, error_code: int, failed_url: str) -> Webhook | None:
        """
        Return the request to the fallback URL after this one failed; None if there is none.

        Args:
            error_code: The code of what went wrong: in fetching the document, or in running it.

            failed_url: The URL at which it went wrong.
        """
        if self.fallback is None or self.is_fallback or not self.kind.has_fallback:
            return None
        url, method = self.fallback
        values = {"ErrorCode": str(error_code), "ErrorUrl": write_as_requested(failed_url)}
        params = (*self.params, *((p.name, values[p.value]) for p in FALLBACK_PARAMS))
        return replace(self, url=url, method=method, params=params, fallback=None, is_fallback=True)


def build_webhook(
    kind: str,
    values: Values,
    *,
    url: str,
    conversation: Conversation,
    account_sid: str = "",
    method: str = "",
    fallback_url: str = "",
    fallback_method: str = "POST",
) -> Webhook:
    """
    Return a webhook of *kind* with its parameters in order.

    Args:
        kind: A name in ``twreplay._api.webhooks.WEBHOOKS``.

        values: The values by name (``WebhookParam.value``). None is the same as no value.

        url: The absolute URL; relative ones are resolved by the reader of the document.

        account_sid: The account; ``AccountSid`` among the values where it is empty.

        method: ``GET`` or ``POST``; the kind's own where it is empty or fixed.

        fallback_url: The number's fallback URL; empty for none.

    Raises:
        LookupError: There is no such kind; a parameter that is always sent has no value, or a value
            has no parameter. Errors of this library, not of its user.

        ValueError: The method is neither GET nor POST.
    """
    known = WEBHOOKS[kind]
    names = {param.value for param in known.params}
    if unknown := sorted(values.keys() - names):
        msg = f"a webhook of kind {kind!r} has no value {', '.join(unknown)}"
        raise LookupError(msg)
    params: list[tuple[str, str]] = []
    for param in known.params:
        value = _find_value(kind, param, values)
        if value is not None:
            params.append((param.name, value))
    chosen = known.method if known.is_method_fixed or not method else method.upper()
    for each in (chosen, fallback_method.upper() or "POST"):
        if each not in METHODS:
            msg = f"a webhook is sent by GET or POST, not {visible_line(each)}"
            raise ValueError(msg)
    fallback = (fallback_url, fallback_method.upper() or "POST") if fallback_url else None
    account = account_sid or values.get("AccountSid") or ""
    return Webhook(known, url, chosen, tuple(params), account, conversation, fallback)


def _find_value(kind: str, param: WebhookParam, values: Values) -> str | None:
    value = values.get(param.value)
    if value is None and param.presence is Presence.ALWAYS:
        msg = f"a webhook of kind {kind!r} needs the value {param.value}"
        raise LookupError(msg)
    return value


def encode_form(params: Pairs) -> str:
    """Return *params* as a form: UTF-8, a plus for a space. Source: receiving-SMS page, example."""
    return "&".join([f"{_quote(name)}={_quote(value)}" for name, value in params])


def add_query(url: str, params: Pairs) -> str:
    """Return *url* with *params* after its own query, which stays as it is written."""
    if not params:
        return url
    base, mark, query = url.partition("?")
    joint = "&" if query and not query.endswith("&") else ""
    return f"{base}?{query if mark else ''}{joint}{encode_form(params)}"


def write_as_requested(url: str) -> str:
    """
    Return *url* as it is requested and signed (question 127).

    Without user, password and fragment; what may not stand in a URL is percent-encoded, and an
    international host is written in ASCII.
    """
    url = url.partition("#")[0].strip().translate(_LINE_ENDS)
    scheme, mark, rest = url.partition("://")
    if not mark:
        return url
    end = min([at for at in map(rest.find, "/?") if at >= 0], default=len(rest))
    host, path = rest[:end].rpartition("@")[2], rest[end:]
    if _PLAIN.fullmatch(rest) is None:
        path = _NOT_PLAIN.sub(lambda found: quote(encode_text(found[0])), path)
        with suppress(UnicodeError):  # of a host that there cannot be
            host = host if host.isascii() else host.encode("idna").decode("ascii")
    return f"{scheme.lower()}://{host}{path}"


def is_absolute(url: str) -> bool:
    """Return whether *url* is an absolute http or https URL that has a host."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _quote(text: str) -> str:
    if not text.isascii():
        return quote_plus(encode_text(text))
    # Names, Sids and numbers, which are nearly all: quote_plus takes 30 µs for those of a call.
    return text if not text or text.isalnum() else quote_plus(text)
