"""Placeholders: what people and tools write where a secret would stand."""

from __future__ import annotations

import base64
import re


def read_words(text: str) -> frozenset[str]:
    """The words of *text*, as a set."""
    return frozenset(text.split())


# A value with one of these words in it is a placeholder.
_MARKERS = read_words(
    """
    test tests testing dummy fake example sample mock mocked stub redacted filtered hidden
    removed masked placeholder changeme your todo insert invalid foo bar baz foobar fixture
    vcr cassette secret token password passwd pass none null hush sanitized scrubbed omitted
    private replaceme anonymized censored
    """
)

# What may stand beside such a word.
_FILLERS = read_words(
    """
    a an the my our this is not real no some user username name account sid id client app api
    auth access key bearer basic oauth refresh value here credential credentials set cookie
    session string header of for me admin login access_token me you
    """
)

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_BRACKETED = re.compile(
    r"[<\[{]{1,2}[\w .:/-]{1,60}[>\]}]{1,2}|\$\{?\w{1,60}\}?|%\(?[A-Za-z_]{1,60}\)?[s%]|"
    r"__[A-Za-z0-9_]{1,60}"
)
_PREFIX = re.compile(r"(?:AC|SK|sk|pk|ghp|xox[abp])[-_]?(?=[xX*.]{4})")
_IN_ORDER = ("0123456789abcdef" * 4, "abcdefghijklmnopqrstuvwxyz0123456789", "1234567890" * 7)
_EMPTY = frozenset({"true", "false", "none", "null", "nil", "undefined", "yes", "no", "on", "off"})
_LONG_PART = re.compile(r"[A-Za-z0-9]{8,}")
_SCHEME = re.compile(r"(?i)\s*(basic|bearer|token|digest)\s+")


def is_placeholder(value: str) -> bool:
    """Return whether *value* is evidently a placeholder for a secret."""
    value = value.strip(" \t\r\n\"'")
    if (scheme := _SCHEME.match(value)) is not None:
        value = value[scheme.end() :]
        if scheme[1].lower() == "basic":
            return is_placeholder_pair(value)
    if len(value) > 200:
        return False
    core = value.strip("\"'<>[](){}*_-. ")
    if not core or "REDACTED" in value or is_empty(core):
        return True
    core = _PREFIX.sub("", core)
    if len(set(core.lower())) <= 2 and (len(core) > 3 or core.lower() in ("x", "xx", "xxx")):
        return True
    if 6 <= len(core) < 32 and any(core.lower() in order for order in _IN_ORDER):
        return True
    if _BRACKETED.fullmatch(value) is not None and not has_random_part(value):
        return True
    return _is_of_words(core)


def is_empty(value: str) -> bool:
    """Return whether *value* says no more than yes, no, or nothing."""
    return not value or value.lower() in _EMPTY or (value.isdigit() and len(value) < 3)


def is_placeholder_pair(encoded: str) -> bool:
    """Return whether *encoded*, in base64 or plain, is a user with a placeholder for password."""
    if is_placeholder(encoded):
        return True
    plain = encoded if ":" in encoded else decode_base64(encoded).decode("utf-8", "replace")
    if not plain.isprintable():
        return False
    _, colon, password = plain.partition(":")
    return bool(colon) and (not password or is_placeholder(password))


def decode_base64(value: str) -> bytes:
    """Return what *value* stands for in base64 of either alphabet; nothing if it is not base64."""
    given = value.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(given + "=" * (-len(given) % 4), validate=True)
    except ValueError:
        return b""


def _is_of_words(value: str) -> bool:
    """Return whether *value* is made of words, and one of them says that it is no secret."""
    if has_random_part(value):
        return False
    words = [word.lower() for word in _WORD.findall(value)]
    marked = [word for word in words if word in _MARKERS]
    others = [word for word in words if word not in _MARKERS and word not in _FILLERS]
    if not marked:
        return False
    # Words of a language have vowels; what is drawn by lot mixes letters and digits.
    return all(len(word) <= 16 for word in others) and len(others) <= 3


def has_random_part(value: str) -> bool:
    """Return whether a part of *value* mixes letters and digits as what is drawn by lot does."""
    # Eight letters at least are looked for first: most parts are shorter, and cost nothing so.
    return any(
        len(part) >= 24 or (sum(map(str.isdigit, part)) >= 2 and not part.isdigit())
        for part in _LONG_PART.findall(value)
    )
