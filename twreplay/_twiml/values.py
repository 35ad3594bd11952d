"""The values that attributes and contents of TwiML take: the legal text, and what it means."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from twreplay._api import parse_phone_number

Value: TypeAlias = str | int | bool
"""A value that was read: text, a whole number, or true and false."""

_INTEGER = re.compile(r"\s*\+?([0-9]{1,9})\s*\Z")
_KEY = re.compile(r"[0-9#*]?\Z")
_KEYS = re.compile(r"[0-9#*]*\Z")
_SEND_DIGITS = re.compile(r"[0-9#*w]+\Z")
_DECORATION = re.compile(r"[\s().\-]")
_TEN_DIGITS = re.compile(r"(?:\+?1)?[0-9]{10}\Z")
_NOT_IN_URLS = re.compile(r"[\x00-\x20\x7f<>\"]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")

LONGEST_SPEECH = 4096
"""Characters that ``<Say>`` takes. Source: Say page, 4 KB."""

LONGEST_SMS = 160
"""Characters that ``<Sms>`` takes. Source: Sms page."""


@dataclass(frozen=True, slots=True)
class ValueType:
    """
    A type of values.

    Attributes:
        title: The legal values in a few words.

        read: Returns what a text means; None if the text is illegal.
    """

    title: str
    read: Callable[[str], Value | None]


def _build_integer_type(low: int) -> ValueType:
    def read(text: str) -> int | None:
        # At most nine digits: int() of a megabyte of digits is an attack, not a number.
        found = _INTEGER.match(text)
        return int(found[1]) if found and int(found[1]) >= low else None

    return ValueType(f"whole number, {low} or more", read)


def _build_choice_type(*choices: str) -> ValueType:
    return ValueType(" or ".join(choices), lambda text: text if text in choices else None)


def _read_boolean(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text)


def _read_url(text: str) -> str | None:
    """Read an absolute http or https URL, a relative one, or nothing."""
    url = text.strip()
    if not url:
        return ""
    if _NOT_IN_URLS.search(url):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port  # reading it raises ValueError if it is invalid
    except ValueError:
        return None
    if _SCHEME.match(url) or url.startswith("//"):
        complete = parts.scheme in ("http", "https", "") and parts.hostname
        return url if complete else None
    return url


def _read_some_url(text: str) -> str | None:
    return _read_url(text) or None


def _read_speech(text: str) -> str | None:
    said = " ".join(text.split())
    return said if said and len(said) <= LONGEST_SPEECH else None


def _read_sms(text: str) -> str | None:
    body = text.strip()
    return body if body and len(body) <= LONGEST_SMS else None


def _read_room(text: str) -> str | None:
    return " ".join(text.split()) or None


def has_ten_digits(text: str) -> bool:
    """Return whether *text* is written as a number of the US, which there need not be."""
    return _TEN_DIGITS.match(_DECORATION.sub("", text)) is not None


def _build_pattern_type(title: str, pattern: re.Pattern[str]) -> ValueType:
    return ValueType(title, lambda text: text if pattern.match(text) else None)


NATURAL: Final = _build_integer_type(0)
POSITIVE: Final = _build_integer_type(1)
SECONDS_ABOVE_ONE: Final = _build_integer_type(2)
BOOLEAN: Final = ValueType("true or false", _read_boolean)
METHOD: Final = _build_choice_type("GET", "POST")
VOICE: Final = _build_choice_type("man", "woman")
LANGUAGE: Final = _build_choice_type("en", "es", "fr", "de")
VERSION: Final = _build_choice_type("2008-08-01")
KEY: Final = _build_pattern_type("one of 0-9 # *, or nothing", _KEY)
KEYS: Final = _build_pattern_type("any of 0-9 # *", _KEYS)
SEND_DIGITS: Final = _build_pattern_type("0-9 # *, and w for half a second", _SEND_DIGITS)
PHONE_NUMBER: Final = ValueType("phone number", parse_phone_number)
URL: Final = ValueType("relative URL, or absolute with http or https; may be empty", _read_url)
SOME_URL: Final = ValueType("relative URL, or absolute with http or https", _read_some_url)
SPEECH: Final = ValueType(f"text of 1 to {LONGEST_SPEECH} characters", _read_speech)
SMS_BODY: Final = ValueType(f"text of 1 to {LONGEST_SMS} characters", _read_sms)
ROOM: Final = ValueType("name of a room", _read_room)
