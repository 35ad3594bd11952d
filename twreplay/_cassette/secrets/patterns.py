"""
What a secret looks like: the one list that redactor, scanner and excerpts go by.

A secret is known by its form (a JSON web token), by its place (the password in a URL), or by the
name of the field that holds it (``api_key``). 32 hexadecimal digits alone are none of these: they
are as often a sum or an identifier. Every pattern begins at a literal and is bounded in what it
looks back at, so that the time it takes grows as the text does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from twreplay._cassette.secrets.placeholders import (
    decode_base64,
    has_random_part,
    is_empty,
    read_words,
)

HIDDEN = b"REDACTED"

AUTH_TOKEN = "auth token"  # noqa: S105 - the name of a kind
NAMED = "value of a field named as a secret"
HEXADECIMAL = "32 hexadecimal digits, as an auth token has"


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


# --- names ------------------------------------------------------------------------------------

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

_SECRET_WORD = re.compile(
    r"(?:.*(?:token|secret|passw(?:or)?d|passphrase|passcode|passwrd)s?"
    r"|(?:user|my|db|admin|root|new|old)?pwd|credentials?|jwt|bearer"
    r"|(?:api|auth|secret|access|private|app|consumer|client|server|session|account|master|service"
    r"|encryption|signing|subscription|license|shared|storage)keys?)"
)
_SESSION_WORD = re.compile(
    r"(?:php|j|asp|aspx)?sess(?:ion)?(?:id|key)[a-z]{0,12}|assertion"
    r"|(?:connect|express|koa|sails)sid"
)
_SIGNATURE_WORDS = frozenset({"signature", "sig", "hmac", "otp", "totp", "passkey", "dsn"})

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


_LONGEST_DRAWN = 200


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
        and len(value) <= _LONGEST_DRAWN
        and looks_drawn(value)
        and "REDACTED" not in value
    )


@lru_cache(maxsize=4096)
def tell_kind(name: str) -> str:
    """Return what the value of a field of this *name* looks like."""
    return AUTH_TOKEN if split_name(name)[-2:] == ("auth", "token") else NAMED


# --- fields in a text -------------------------------------------------------------------------

# The last word of a name, in any case; what stands before it is looked at afterwards.
_QUOTE = rb"(?:\\{0,3}[\"']|&(?:quot|apos|#0{0,3}3[49]|#x0{0,3}2[27]);)"
_LAST_WORD = (
    rb"(?:token|secret|passw(?:or)?d|passphrase|passcode|passwrd|pwd|credential|key|jwt|bearer|otp|"
    rb"sess(?:ion)?_?-?(?:id|key)|\.sid|assertion|signature|sig|hmac|dsn|auth|authorization)"
)
_NAMED = re.compile(
    rb"(?i)" + _LAST_WORD + rb"(?P<more>[\w.\-\[\]]{0,24}+)(?=[\s\"'\\&>=:<])(?:"
    # <input name="password" value="...">, {"name": "password", "value": "..."}
    rb"(?P<pair>"
    + _QUOTE
    + rb"(?:\s[^<>\"']{0,80}\s|\s{0,20},\s{0,20}[\"']|\s)value[\"']?\s{0,4}[=:]\s{0,4})"
    # a part of a multipart body
    rb"|(?P<part>" + _QUOTE + rb"[^\r\n]{0,200}+\r?\n(?:[A-Za-z][^\r\n]{0,200}+\r?\n){0,4}+\r?\n)"
    # <name>, <name attribute="">, class="name">
    rb"|(?P<tag>"
    + _QUOTE
    + rb"?(?:\s[^<>]{0,160}+)?>\s{0,20}(?:<!\[CDATA\[|<(?:dd|td|string|value)>\s{0,20})?"
    rb"|</(?:key|dt|th|name)>\s{0,20}<(?:string|dd|td|value)>)"
    # "name": , name=, name: , and a list of one in YAML
    rb"|(?P<equals>" + _QUOTE + rb"?\s{0,8}(?:=>|=|:(?:[ \t]{0,8}\r?\n[ \t]{0,80}-[ \t])?)"
    rb"[ \t]{0,8}(?:\[\s{0,8})?)"
    rb")(?P<quote>" + _QUOTE + rb"?)"
)
# What a name is made of: letters of other alphabets end it, as bytes know none.
_OF_NAMES = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-[]"
_BARE_VALUE = re.compile(rb"[^\s\"'<>&;,}\])\\|]+")
_LINE_VALUE = re.compile(rb"[^\r\n\"<>&;]+")
_LONGEST = 8192


# What ends a value that did not begin.
_NO_VALUE = (b"", b"<", b"&", b">")


@lru_cache(maxsize=4096)
def _rate_bytes(name: bytes) -> tuple[str, Rating]:
    text = name.decode("latin-1")
    return text, rate_name(text)


def find_named(content: bytes) -> Iterator[Spot]:
    """Find the values of fields that are named as secrets, in any notation."""
    end = 0
    for found in _NAMED.finditer(content):
        at, value_start = found.span()
        if at < end or content[value_start : value_start + 1] in _NO_VALUE:
            continue
        before = content[max(at - 80, 0) : at]
        start = at - len(before) + len(before.rstrip(_OF_NAMES))
        tag = found["tag"]
        if tag is not None and content[max(start - 1, 0) : start] == b"/":
            continue
        if tag == b">" and not _opens_tag(content, start):
            continue
        name, rating = _rate_bytes(content[start : found.end("more")])
        if rating is not Rating.CERTAIN and rating is not Rating.LIKELY:
            continue
        longest = _LONGEST if rating is Rating.CERTAIN else _LONGEST_DRAWN + 50
        value_end = _end_of_value(content, found, value_start, longest)
        value = content[value_start:value_end].decode("utf-8", "replace")
        if not _is_believable(found, rating, value):
            continue
        end = value_end
        yield Spot(tell_kind(name), name, value_start, value_end)


# <input name="password" type="hidden" value="...">, in any order.
_TAG = re.compile(rb"<[A-Za-z][\w:-]{0,40}\s[^<>]{1,2000}")
_ATTRIBUTE = re.compile(rb"([\w:.-]{1,40})\s{0,4}=\s{0,4}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))")


def find_in_tags(content: bytes) -> Iterator[Spot]:
    """Find the values of elements of which an attribute names them as secrets."""
    for tag in _TAG.finditer(content):
        attributes = {found[1].lower(): found for found in _ATTRIBUTE.finditer(tag[0])}
        held = attributes.get(b"value") or attributes.get(b"content")
        if held is None:
            continue
        start, end = held.span(held.lastindex or 0)
        value = tag[0][start:end].decode("utf-8", "replace")
        for key in (b"name", b"id", b"key", b"property"):
            named = attributes.get(key)
            if named is None:
                continue
            name = named[named.lastindex or 0].decode("latin-1")
            if is_secret_value(rate_name(name), value):
                yield Spot(tell_kind(name), name, tag.start() + start, tag.start() + end)
                break


def _opens_tag(content: bytes, start: int) -> bool:
    """Return whether the name at *start* is that of an element, with or without a prefix."""
    if content[max(start - 1, 0) : start] == b":":
        start = max(content.rfind(b"<", max(start - 40, 0), start) + 1, 1)
    return content[max(start - 1, 0) : start] in (b"<", b'"', b"'")


def _end_of_value(content: bytes, found: re.Match[bytes], start: int, longest: int) -> int:
    quote = found["quote"]
    if quote:
        end = content.find(quote, start, start + longest)
        while quote in (b'"', b"'") and end > start and content[end - 1 : end] == b"\\":
            end = content.find(quote, end + 1, start + longest)
        if end >= 0:
            return end
    if found["tag"] is not None:
        end = content.find(b"<", start, start + longest)
        cdata = content.find(b"]]>", start, start + longest) if b"CDATA" in found["tag"] else -1
        return cdata if cdata >= 0 else end if end >= 0 else min(len(content), start + longest)
    pattern = _LINE_VALUE if found["part"] is not None else _BARE_VALUE
    bare = pattern.match(content, start, start + longest)
    return bare.end() if bare is not None else start


def _is_believable(found: re.Match[bytes], rating: Rating, value: str) -> bool:
    """Return whether *value* is that of the field, and not the next word of a sentence."""
    if not is_secret_value(rating, value):
        return False
    # "Authorization": ["<AUTH_TOKEN>"] is no element.
    if found["tag"] is not None and (
        (found["quote"] and value[:1] in "],} \n") or "\n" in value.strip()
    ):
        return False
    equals = found["equals"]
    is_prose = equals is not None and not found["quote"] and b":" in equals
    if is_prose or (found["tag"] is not None and found["tag"][:1] in b"\"'"):
        return looks_drawn(value)
    return True


# --- patterns ---------------------------------------------------------------------------------

Accept = Callable[[bytes, "re.Match[bytes]"], bool]


@dataclass(frozen=True, slots=True)
class SecretPattern:
    """
    The form of one sort of secret.

    Attributes:
        kind: How a finding is named.

        hints: One of these stands in every text that has one, which is in lower case.

        regex: Where it stands: the group ``secret``.

        accept: Whether a match is one, after all.

        is_certain: It is taken out; otherwise it is refused.
    """

    kind: str
    hints: tuple[bytes, ...]
    regex: re.Pattern[bytes]
    accept: Accept = lambda content, found: True
    is_certain: bool = True


# Before 32 hexadecimal digits: what says that they are a token.
_HARD_WORDS = (
    rb"(?:token|secret|password|passwd|passphrase|passcode|pwd|credentials?|api[ _-]?key|auth)"
)
_SOFT_WORDS = rb"(?:is|was|are|now|for|of|to|the|your|my|new|it|this|here|with|and|at)"
_HEX = rb"(?P<secret>[0-9a-f]{32})(?![0-9A-Za-z])"


def _is_varied(content: bytes, found: re.Match[bytes]) -> bool:
    """Return whether 32 digits are more than a number or one digit again and again."""
    return len(set(found["secret"])) >= 4 and not found["secret"].isdigit()


def _is_of_suspicious_field(content: bytes, found: re.Match[bytes]) -> bool:
    name = read_name_before(content, found.start("secret"))
    return rate_name(name) is Rating.SUSPICIOUS and _is_varied(content, found)


def _is_credential(content: bytes, found: re.Match[bytes]) -> bool:
    """Return whether what follows ``Basic`` or ``Bearer`` is more than the next word."""
    value = found["secret"]
    if b"REDACTED" in value:
        return False
    if found["scheme"].lower() == b"basic":
        if b":" in value:
            return True
        return b":" in decode_base64(value.decode("latin-1"))
    return len(value) >= 16 and any(48 <= byte <= 57 for byte in value)


def _is_password(content: bytes, found: re.Match[bytes]) -> bool:
    return b"REDACTED" not in found["secret"]


def _is_token_as_user(content: bytes, found: re.Match[bytes]) -> bool:
    value = found["secret"].decode("latin-1")
    return "REDACTED" not in value and looks_drawn(value)


_USERINFO = re.compile(
    rb"://[^/\s:@\"'<>&?#\\]{0,200}:(?P<secret>[^/\s@\"'<>&?#\\]{1,400})@", re.ASCII
)
_USER = re.compile(rb"://(?P<secret>[^/\s:@\"'<>&?#\\]{16,200})@", re.ASCII)

PATTERNS = (
    SecretPattern("password in a URL", (b"://",), _USERINFO, _is_password),
    SecretPattern("password in a URL", (b"://",), _USER, _is_token_as_user),
    SecretPattern(
        "JSON web token",
        (b"eyj",),
        re.compile(rb"(?<![\w-])(?P<secret>eyJ[\w-]{8,}+\.eyJ[\w-]{8,}+\.[\w-]{8,}+)"),
    ),
    SecretPattern(
        "credentials",
        (b"basic", b"bearer"),
        re.compile(
            rb"(?i)(?<![a-z])(?P<scheme>basic|bearer)(?:\s|%20|\+|:){1,3}"
            rb"(?P<secret>(?!REDACTED)[A-Za-z0-9+/_.~:-]{8,}+=*)"
        ),
        _is_credential,
    ),
    SecretPattern(
        "private key",
        (b"private key-----",),
        re.compile(rb"PRIVATE KEY-----(?P<secret>[^-]{40,}+)"),
    ),
    SecretPattern(
        "key of a service",
        (b"_live_", b"_test_", b"ghp_", b"gho_", b"github_pat_", b"glpat-", b"xox", b"akia",
         b"aiza", b"sg.", b"npm_", b"sk-"),
        re.compile(
            rb"(?<![A-Za-z0-9])(?P<secret>[rs]k_(?:live|test)_[A-Za-z0-9]{10,}+|gh[pousr]_[A-Za-z0-9]{20,}+"
            rb"|github_pat_[A-Za-z0-9_]{20,}+|glpat-[\w-]{16,}+|xox[abeoprs]-[\w-]{10,}+"
            rb"|AKIA[A-Z0-9]{16}(?![A-Za-z0-9])|AIza[\w-]{30,}+|SG\.[\w-]{16,}+\.[\w-]{16,}+"
            rb"|npm_[A-Za-z0-9]{30,}+|sk-[A-Za-z0-9_-]{24,}+)"
        ),
    ),
    SecretPattern(
        HEXADECIMAL,
        (b"ac",),
        re.compile(rb"AC[0-9a-fA-F]{32}(?:[^\w/<>&?-]{1,6}|%3[Aa]|&#58;)" + _HEX),
        _is_varied,
        is_certain=False,
    ),
    SecretPattern(
        HEXADECIMAL,
        (b"token", b"secret", b"passw", b"passphrase", b"passcode", b"pwd", b"credential", b"key",
         b"auth"),
        re.compile(
            rb"(?i:(?<![a-z])" + _HARD_WORDS + rb"[^\w<>]{1,4}(?:" + _SOFT_WORDS
            + rb"\b[^\w<>]{1,4}){0,5})" + _HEX
        ),
        _is_varied,
        is_certain=False,
    ),
    SecretPattern(
        HEXADECIMAL,
        (b"sess", b"auth", b"login", b"pass", b"pin"),
        re.compile(
            rb"(?i:sess|auth|login|pass|pin)[\w.-]{0,24}[\"']?\s{0,4}(?:=>|[:=>])\s{0,4}[\"']?"
            + _HEX
        ),
        _is_of_suspicious_field,
        is_certain=False,
    ),
)  # fmt: skip

_NAME_HINTS = (
    b"token", b"secret", b"passw", b"passphrase", b"passcode", b"pwd", b"credential", b"key",
    b"jwt", b"bearer", b"otp", b"sess", b".sid", b"assertion", b"sig", b"hmac", b"dsn", b"auth",
)  # fmt: skip

# What stands in nearly every text is asked for by the pattern itself.
_HINTS = tuple(
    dict.fromkeys(
        (
            *_NAME_HINTS,
            *(
                hint
                for pattern in PATTERNS
                for hint in pattern.hints
                if hint not in (b"ac", b"://")
            ),
        )
    )
)


def can_hold_secret(lower: bytes) -> bool:
    """Return whether a secret may stand in a text, which is given in lower case."""
    if b"@" in lower and b"://" in lower:
        return True
    for hint in _HINTS:  # noqa: SIM110 - any() takes three times as long for a short text
        if hint in lower:
            return True
    return False


def find_plain(content: bytes) -> list[Spot]:
    """Find what looks like a secret in *content*, as it stands there."""
    if len(content) < 6:
        return []
    lower = content.lower()
    spots: list[Spot] = []
    if not can_hold_secret(lower):
        return _match_pattern(BESIDE_ACCOUNT, content)
    if any(hint in lower for hint in _NAME_HINTS):
        spots += find_named(content)
        if b"<" in lower and (b"value" in lower or b"content" in lower):
            spots += find_in_tags(content)
    for pattern in PATTERNS:
        if any(hint in lower for hint in pattern.hints):
            spots += _match_pattern(pattern, content)
    return spots


def _match_pattern(pattern: SecretPattern, content: bytes) -> list[Spot]:
    spots = []
    for found in pattern.regex.finditer(content):
        if pattern.accept(content, found):
            start, end = found.span("secret")
            hidden = HIDDEN if pattern.is_certain else None
            name = "" if hidden else read_name_before(content, start)
            spots.append(Spot(pattern.kind, name, start, end, hidden))
    return spots


BESIDE_ACCOUNT = next(pattern for pattern in PATTERNS if pattern.hints == (b"ac",))


def read_name_before(content: bytes, at: int) -> str:
    """The name right before a value: ``name="``, ``"name": "``, ``<name>``, ``name=``."""
    before = content[max(at - 96, 0) : at].rstrip(b"\"' \t\\")
    if before[-1:] not in (b"=", b":", b">"):
        return ""
    before = before[:-1].rstrip(b"=\"' \t\\")
    return before[len(before.rstrip(_OF_NAMES)) :].decode("latin-1")


def hide_spots(content: bytes, spots: list[Spot]) -> bytes:
    """*content* with what stands at *spots* taken out; the same object if nothing is."""
    pieces: list[bytes] = []
    end = 0
    for spot in sorted(spots, key=lambda spot: (spot.start, -spot.end)):
        if spot.replacement is not None and spot.start >= end:
            pieces += [content[end : spot.start], spot.replacement]
            end = spot.end
    return b"".join([*pieces, content[end:]]) if pieces else content
