"""
What a secret looks like: the one list that redactor, scanner and excerpts go by.

A secret is known by its form (a JSON web token), by its place (the password in a URL), or by the
name of the field that holds it (``api_key``). Every pattern begins at a literal and is bounded in
what it looks back at, so that the time it takes grows as the text does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from twreplay._cassette.secrets.fields import OF_NAMES, find_before_names, find_in_tags, find_named
from twreplay._cassette.secrets.names import HIDDEN, Rating, Spot, looks_drawn, rate_name
from twreplay._cassette.secrets.placeholders import decode_base64

HEXADECIMAL = "32 hexadecimal digits, as an auth token has"

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
    rb"://[^/\s:@\"'<>&?#\\]{0,200}:(?P<secret>[^/\s\"'<>&?#\\]{1,400})@", re.ASCII
)
# A password with a slash or an @ in it, which should be encoded and is not. A port is none.
_LAX_USERINFO = re.compile(
    rb"://[^/\s:@\"'<>&?#\\]{0,200}:(?![0-9]{1,5}(?:[/?#\s]|\Z))"
    rb"(?P<secret>[^\s\"'<>&\\:]{1,200})@(?=[\w.-]{1,200}(?:[:/?#\s\"'<>&\\]|\Z))",
    re.ASCII,
)
# curl -u user:password
_OF_CURL = re.compile(
    rb"(?i:curl|wget|http)\b[^\r\n|]{0,400}?[\s\"'](?:-u|-U|--user|--proxy-user|--auth|-a)"
    rb"[\s=]{1,4}[\"']?[^\s:\"'|]{1,100}:(?P<secret>[^\s\"'|<>&]{4,200})"
)
# What stands between the first line of a key and its last; or all that may be of one that is cut.
_PRIVATE_KEY = re.compile(
    rb"PRIVATE(?:\s|%20|\+)KEY(?:(?:\s|%20|\+)BLOCK)?(?:-----|(?:\s|%20|\+)----)"
    rb"(?P<secret>(?:[^-]++|-(?!---))++(?=-----?(?:\s|%20|\+)?END)"
    rb"|(?:[^-\"'<>{}]++|-(?!---))++)"
)
_PUTTY_KEY = re.compile(
    rb"Private-Lines(?::|%3A)(?:\s|\+|%20)?[0-9]{1,4}(?P<secret>(?:(?:\s|\\[rn]|%0[AD]|&#1[03];){1,8}+"
    rb"[A-Za-z0-9+/=]{4,80}+){1,400}+)"
)
_OF_A_KEY = re.compile(rb"[A-Za-z0-9+/]{16}")


def _is_private_key(content: bytes, found: re.Match[bytes]) -> bool:
    """Return whether what follows a first line is more than the next words of a text."""
    secret = found["secret"].strip()
    return not secret.startswith(HIDDEN) and _OF_A_KEY.search(secret) is not None


_USER = re.compile(rb"://(?P<secret>[^/\s:@\"'<>&?#\\]{16,200})@", re.ASCII)

PATTERNS = (
    SecretPattern("password in a URL", (b"://",), _USERINFO, _is_password),
    SecretPattern("password in a URL", (b"://",), _USER, _is_token_as_user),
    SecretPattern("password in a URL", (b"://",), _LAX_USERINFO, _is_token_as_user),
    SecretPattern("password of a command", (b"curl", b"wget"), _OF_CURL, _is_password),
    SecretPattern(
        "private key",
        (b"kty",),
        re.compile(
            rb"[\"'](?:d|p|q|dp|dq|qi|k)\\{0,15}[\"']\s{0,4}:\s{0,4}\\{0,15}[\"']"
            rb"(?P<secret>[A-Za-z0-9_-]{16,}+)"
        ),
        lambda content, found: re.search(rb"[\"']kty\\{0,15}[\"']", content) is not None,
    ),
    SecretPattern(
        "address that lets anybody write",
        (b"hooks.slack.com/", b"/webhooks/", b"/bot"),
        re.compile(
            rb"(?:hooks\.slack\.com/(?:services|workflows|triggers)/(?:[A-Z0-9]{6,16}/){1,2}"
            rb"|/api/webhooks/[0-9]{5,24}/|/bot[0-9]{6,12}(?::|%3[Aa]))(?P<secret>[\w-]{16,}+)"
        ),
    ),
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
        (b"key-----", b"key ----", b"key%20----", b"key+----", b"block-----"),
        _PRIVATE_KEY,
        _is_private_key,
    ),
    SecretPattern("private key", (b"private-lines",), _PUTTY_KEY),
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
    b"token", b"secret", b"pass", b"pwd", b"pw", b"kennwort", b"contrasena", b"credential", b"key",
    b"jwt", b"bearer", b"otp", b"sess", b".sid", b"assertion", b"sig", b"hmac", b"dsn", b"auth",
)  # fmt: skip

# What stands in nearly every text is asked for by the pattern itself.
_ALL_HINTS = {
    *_NAME_HINTS,
    *(hint for pattern in PATTERNS for hint in pattern.hints if hint not in (b"ac", b"://")),
}
# Without those that have another one in them.
_HINTS = tuple(
    sorted(hint for hint in _ALL_HINTS if not any(h in hint for h in _ALL_HINTS - {hint}))
)


# Those that stand within a word, and those that a word may end in.
_HINTS_IN_WORDS = tuple(hint for hint in _HINTS if re.fullmatch(rb"[a-z0-9_+/-]+", hint))
_OTHER_HINTS = tuple(hint for hint in _HINTS if hint not in _HINTS_IN_WORDS)


def may_name_secret(content: bytes) -> bool:
    """Return whether a field that is named as a secret may be in *content*."""
    lower = content.lower()
    return any(hint in lower for hint in _NAME_HINTS)


def can_hold_secret_between(lower: bytes) -> bool:
    """Return whether a secret may stand in a text of which all words were looked at."""
    if b"@" in lower and b"://" in lower:
        return True
    return any(hint in lower for hint in _OTHER_HINTS)


def can_words_hold_secret(words: Iterable[bytes]) -> bool:
    """
    Return whether a secret may stand in a text with these *words*.

    With *can_hold_secret_between* it is *can_hold_secret*, where most words are known already.

    Args:
        words: Of letters, digits, ``_``, ``-``, ``+`` and ``/``.
    """
    lower = b"\n".join(words).lower()
    return any(hint in lower for hint in _HINTS_IN_WORDS)


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
        if b"value" in lower:
            spots += find_before_names(content)
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
    return before[len(before.rstrip(OF_NAMES)) :].decode("latin-1")


def hide_spots(content: bytes, spots: list[Spot]) -> bytes:
    """*content* with what stands at *spots* taken out; the same object if nothing is."""
    pieces: list[bytes] = []
    end = 0
    for spot in sorted(spots, key=lambda spot: (spot.start, -spot.end)):
        if spot.replacement is not None and spot.start >= end:
            pieces += [content[end : spot.start], spot.replacement]
            end = spot.end
        elif spot.replacement == HIDDEN:
            # It begins in what is taken out, and the rest of it goes as well.
            end = max(end, spot.end)
    return b"".join([*pieces, content[end:]]) if pieces else content
