"""Kinds of values that requests carry: what is accepted, and what it is understood as."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

_DECORATION = re.compile(r"[\s().\-]")
_US = re.compile(r"(?:\+?1)?([2-9]\d{9})\Z", re.ASCII)
_INTERNATIONAL = re.compile(r"\+(?!1)[2-9]\d{6,14}\Z", re.ASCII)
_SHORT_CODE = re.compile(r"\d{5,6}\Z", re.ASCII)
_NOT_IN_URLS = re.compile(r"[\x00-\x20\x7f<>\"]")


@dataclass(frozen=True, slots=True)
class Kind:
    """
    A kind of value.

    Attributes:
        title: What it is, in a few words, for tables and messages.

        read: Gives the value as the API keeps it; None if it is not of this kind.

        schema: The same as a JSON schema of the text that is sent.
    """

    title: str
    read: Callable[[str], str | None]
    schema: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({"type": "string"}))


def phone_number(text: str) -> str | None:
    """
    Ten digits for a number of the US, ``+`` and digits for any other; None if it is neither.

    Source: formatting of phone numbers, making-calls and sending-sms pages; how other numbers
    are shown is question 39.
    """
    bare = _DECORATION.sub("", text)
    if match := _US.match(bare):
        return match[1]
    return bare if _INTERNATIONAL.match(bare) else None


def is_premium(number: str) -> bool:
    """Whether *number* charges who calls it: area code 900, or exchange 976."""
    return len(number) == 10 and (number.startswith("900") or number[3:6] == "976")


def is_international(number: str) -> bool:
    """Whether *number*, as kept, lies outside the US."""
    return number.startswith("+")


def formatted(number: str) -> str:
    """The default FriendlyName of *number*: ``(415) 867-5309``."""
    if len(number) != 10:
        return number
    return f"({number[:3]}) {number[3:6]}-{number[6:]}"


def _number_or_short_code(text: str) -> str | None:
    bare = _DECORATION.sub("", text)
    return bare if _SHORT_CODE.match(bare) else phone_number(text)


def _url(text: str) -> str | None:
    if _NOT_IN_URLS.search(text):
        return None
    try:
        parts = urlsplit(text)
        complete = parts.scheme in ("http", "https") and bool(parts.hostname)
        # Looked at so that a port that is none is found here.
        _ = parts.port
    except ValueError:
        return None
    return text if complete else None


def _integer(low: int, high: int) -> Callable[[str], str | None]:
    def read(text: str) -> str | None:
        # At most six characters: int() of a megabyte of digits is an attack, not a number.
        if not (text.isascii() and text.isdigit() and len(text) <= 6):
            return None
        return str(int(text)) if low <= int(text) <= high else None

    return read


def _matching(pattern: str) -> Callable[[str], str | None]:
    compiled = re.compile(pattern + r"\Z", re.ASCII)
    return lambda text: text if compiled.match(text) else None


def _up_to(limit: int) -> Callable[[str], str | None]:
    return lambda text: text if len(text) <= limit else None


def _choice(*values: str, fold: bool = False) -> Callable[[str], str | None]:
    def read(text: str) -> str | None:
        for value in values:
            if text == value or (fold and text.lower() == value.lower()):
                return value
        return None

    return read


def _schema(**entries: Any) -> Mapping[str, Any]:
    return MappingProxyType({"type": "string", **entries})


_NUMBER_EXAMPLE = r"^[\s().\-]*(\+?1)?[\s().\-]*[2-9]\d{9}$"

ANYTHING: Final = Kind("text", lambda text: text)
NUMBER: Final = Kind("phone number", phone_number, _schema(pattern=_NUMBER_EXAMPLE))
NUMBER_OR_SHORT_CODE: Final = Kind(
    "phone number or short code", _number_or_short_code, _schema(pattern=_NUMBER_EXAMPLE)
)
URL: Final = Kind("absolute http or https URL", _url, _schema(format="uri"))
METHOD: Final = Kind("GET or POST", _choice("GET", "POST"), _schema(enum=["GET", "POST"]))
DIGITS: Final = Kind(
    "keys to press: 0-9 # *", _matching(r"[0-9#*]+"), _schema(pattern="^[0-9#*]+$")
)
IF_MACHINE: Final = Kind(
    "Continue or Hangup",
    _choice("Continue", "Hangup", fold=True),
    _schema(enum=["Continue", "Hangup"]),
)
TIMEOUT: Final = Kind("whole seconds, at most 999", _integer(0, 999), _schema(pattern=r"^\d{1,3}$"))
CALL_DELAY: Final = Kind(
    "whole seconds, 0 to 60", _integer(0, 60), _schema(pattern=r"^([0-5]?\d|60)$")
)
AREA_CODE: Final = Kind(
    "area code of three digits", _matching(r"[2-9]\d\d"), _schema(pattern=r"^[2-9]\d\d$")
)
BOOLEAN: Final = Kind(
    "true or false", _choice("true", "false", fold=True), _schema(enum=["true", "false"])
)
MUTED: Final = Kind(
    "true or 1; anything else is false",
    lambda text: "true" if text in ("true", "1") else "false",
)
FRIENDLY_NAME: Final = Kind("text of at most 64 characters", _up_to(64), _schema(maxLength=64))
SMS_BODY: Final = Kind("text of at most 160 characters", _up_to(160), _schema(maxLength=160))
API_VERSION: Final = Kind(
    "2008-08-01 or 2010-04-01",
    _choice("2008-08-01", "2010-04-01"),
    _schema(enum=["2008-08-01", "2010-04-01"]),
)
