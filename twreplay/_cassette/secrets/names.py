"""
What the name of a field says of its value, and whether a value looks drawn by lot.

32 hexadecimal digits alone say nothing: they are as often a sum or an identifier.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from twreplay._cassette.secrets.placeholders import has_random_part, is_empty, read_words

HIDDEN = b"REDACTED"

AUTH_TOKEN = "auth token"  # noqa: S105 - the name of a kind
NAMED = "value of a field named as a secret"


class Spot(NamedTuple):
    """
    The place of a secret in a text.

    Attributes:
        kind: What it looks like.

        name: The name of the field that holds it; empty if it has none.

        start, end: Its place.

        replacement: What takes its place; None where it may be innocent, and is not touched.

        secret: The secret itself, where the place is that of what holds it in some encoding.
    """

    kind: str
    name: str
    start: int
    end: int
    replacement: bytes | None = HIDDEN
    secret: bytes = b""

    def read_from(self, content: bytes) -> bytes:
        """The secret, as it stands in *content* or in what is encoded there."""
        return self.secret or content[self.start : self.end]


class Rating(Enum):
    """The rating of a value by the name of its field."""

    NOTHING = 0
    HARMLESS = 1
    """It names what opens nothing."""
    SUSPICIOUS = 2
    """32 hexadecimal digits in it are more likely a token than a sum."""
    LIKELY = 3
    """A secret, if the value looks drawn by lot."""
    CERTAIN = 4
    """A secret, whatever the value."""


_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

_SECRET_WORD = re.compile(
    r"(?:.*(?:token|secret|passw(?:or)?[dt]|passphrase|passcode|passwrd)s?"
    r"|(?:user|my|db|admin|root|new|old)?pwd|credentials?|jwt|bearer"
    r"|(?:user|login|my|db|database|sql|mysql|admin|root|smtp|imap|mail|email|ftp|ssh|proxy|redis"
    r"|http|auth|account|master|sudo|wifi)pass|kennwort|contrasena"
    r"|(?:api|auth|secret|access|private|app|consumer|client|server|session|account|master|service"
    r"|encryption|signing|subscription|license|shared|storage)keys?)"
)
_SESSION_WORD = re.compile(
    r"(?:php|j|asp|aspx)?sess(?:ion)?(?:id|key)[a-z]{0,12}|assertion"
    r"|(?:connect|express|koa|sails)sid"
)
_SIGNATURE_WORDS = frozenset(
    {"signature", "sig", "hmac", "otp", "totp", "passkey", "dsn", "pass", "pw"}
)

_KEY_OF = read_words(
    """
    api access secret private auth authentication app application consumer client server
    service session signing sign encryption account master shared storage subscription license
    agent role user admin integration webhook deploy ssh hmac aes crypto stripe twilio aws
    google azure sendgrid openai developer dev partner merchant oauth
    """
)
# Before "key" and "token": what a table, a cache or a page is found by.
_NOT_KEY_OF = read_words(
    """
    idempotency public publishable primary foreign sort partition cache routing object
    surrogate dedupe deduplication translation i18n l10n locale message index composite
    natural hot map on sec websocket finish pound hash star press phone
    """
)
_NOT_TOKEN_OF = read_words(
    """
    page next prev previous continuation cursor sync pagination start end resume delta max
    stop completion prompt total cached
    """
)
_AFTERWARDS = read_words(
    """
    value confirmation confirm confirmed again repeat repeated new old current text string
    plain raw b64 base64 hex header param field input hash
    """
)
_SUSPICIOUS = read_words(
    """
    session sess auth authorization authentication login pass pin
    """
)

# Names of what is 32 hexadecimal digits long and opens nothing, word by word.
_HARMLESS = read_words(
    """
    etag match md5 md sum checksum digest nonce boundary fingerprint trace traceid span spanid
    baggage request correlation revision commit version build cache uuid guid avatar image id
    sid idempotency ray report nel server via agent tenant csrf xsrf
    """
)


@lru_cache(maxsize=4096)
def split_name(name: str) -> tuple[str, ...]:
    """The words of a name in camel case, snake case or kebab case, in lower case."""
    return tuple(word.lower() for word in _WORDS.findall(name))


@lru_cache(maxsize=4096)
def rate_name(name: str) -> Rating:
    """Tell what *name*, of a field or a header, says of its value."""
    words = list(split_name(name[-200:]))
    while len(words) > 1 and (words[-1].isdigit() or words[-1] in _AFTERWARDS):
        words.pop()
    if not words:
        return Rating.NOTHING
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    joined = before + last
    rating = _rate_last(last, before, joined, len(words))
    if rating is not None:
        return rating
    if any(word in _HARMLESS for word in words):
        return Rating.HARMLESS
    if any(word in _SUSPICIOUS for word in words):
        return Rating.SUSPICIOUS
    return Rating.NOTHING


_WORDS_IN_KEY = frozenset(
    {"monkey", "turkey", "hockey", "donkey", "jockey", "whiskey", "hotkey", "turnkey", "lackey"}
)


def _rate_last(last: str, before: str, joined: str, count: int) -> Rating | None:
    """Tell what the last word of a name says, ahead of what the others do."""
    if last in ("token", "tokens") and before in _NOT_TOKEN_OF:
        return Rating.HARMLESS
    if last == "tokens":  # of a language model, more often than of an account
        return Rating.LIKELY
    if _SECRET_WORD.fullmatch(last) or _SECRET_WORD.fullmatch(joined):
        return Rating.CERTAIN
    if last in ("key", "keys"):
        if before in _NOT_KEY_OF:
            return Rating.HARMLESS
        return Rating.CERTAIN if before in _KEY_OF and last == "key" else Rating.LIKELY
    if last.endswith("key") and last not in _WORDS_IN_KEY:
        # A client that writes header names in its own way makes one word of getAgentKey.
        is_harmless = last.removesuffix("key").endswith(tuple(_NOT_KEY_OF))
        return Rating.HARMLESS if is_harmless else Rating.LIKELY
    if _SESSION_WORD.fullmatch(last) or _SESSION_WORD.fullmatch(joined):
        return Rating.LIKELY
    if last in _SIGNATURE_WORDS or (last in ("auth", "authorization") and count <= 3):
        return Rating.LIKELY
    return None


_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}\Z")
# Letters without digits that no word has: capitals amid small ones, again and again.
_MIXED = re.compile(r"[A-Za-z]*[a-z][A-Z]{1,3}[a-z]+[A-Z][A-Za-z]{4,}")
_ORDINARY = re.compile(r"[A-Za-z][a-z]*(?:[-_. ][A-Za-z]?[a-z]*){0,6}\Z|[-+0-9.,:]{1,11}\Z|https?:")


LONGEST_DRAWN = 200


def looks_drawn(value: str) -> bool:
    """Return whether *value* looks drawn by lot: long, one word, and none of a language."""
    return (
        len(value) >= 8
        and not any(char.isspace() for char in value)
        and _SID.match(value) is None
        and _ORDINARY.match(value) is None
        and (has_random_part(value) or _MIXED.search(value) is not None)
    )


def is_secret_value(rating: Rating, value: str) -> bool:
    """Return whether *value* is a secret in a field whose name has this *rating*."""
    if rating is Rating.CERTAIN:
        return not is_empty(value.strip()) and "REDACTED" not in value
    # What is longer is a document or the signature of one, which opens nothing.
    return (
        rating is Rating.LIKELY
        and len(value) <= LONGEST_DRAWN
        and looks_drawn(value)
        and "REDACTED" not in value
    )


# What stands beside a secret in an object, and is none.
_BESIDE = read_words(
    """
    type kind name title label description url uri href link user username login email owner
    account created updated issued expires expiry expiration date time at in on status state
    version alg algorithm scope scopes format placeholder example pattern message error hint help
    """
)


@lru_cache(maxsize=4096)
def rate_below(rating: Rating, name: str) -> tuple[Rating, Rating]:
    """
    Tell what *name* says of what is in an object below a name of *rating*.

    Returns:
        The rating of lists and objects below it, and that of its value.
    """
    own = rate_name(name)
    if own in (Rating.CERTAIN, Rating.LIKELY):
        return own, own
    words = split_name(name[-200:])
    if own is Rating.HARMLESS or any(word in _BESIDE for word in words):
        return Rating.NOTHING, Rating.NOTHING
    if words and all(word in _AFTERWARDS or word.isdigit() for word in words):
        return rating, rating
    return rating, Rating.LIKELY if rating is Rating.CERTAIN else Rating.NOTHING


@lru_cache(maxsize=4096)
def tell_kind(name: str) -> str:
    """Return what the value of a field of this *name* looks like."""
    return AUTH_TOKEN if split_name(name)[-2:] == ("auth", "token") else NAMED
