"""Types of form fields: the accepted text, and the value that the API keeps."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

_DECORATION = re.compile(r"[\s().\-]")
_US = re.compile(r"(?:\+?1)?([2-9]\d{9})\Z", re.ASCII)
_INTERNATIONAL = re.compile(r"\+(?!1)[2-9]\d{6,14}\Z", re.ASCII)
_SHORT_CODE = re.compile(r"\d{5,6}\Z", re.ASCII)
_NOT_IN_URLS = re.compile(r"[\x00-\x20\x7f<>\"]")

TOLL_FREE_CODES = ("800", "888", "877", "866")
"""The area codes of toll-free numbers in the years of this API."""


@dataclass(frozen=True, slots=True)
class FieldType:
    """
    A type of values that form fields take.

    Attributes:
        title: A description in a few words, for tables and messages.

        read: Returns the value as the API keeps it; None if it is not of this type.

        schema: The same as a JSON schema of the text that is sent.

        spellings: The values as the pages spell them; empty if any text can be one.
    """

    title: str
    read: Callable[[str], str | None]
    schema: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({"type": "string"}))
    spellings: frozenset[str] = frozenset()

    def is_misspelt(self, text: str) -> bool:
        """Return whether *text* is a documented value in other letters: ``post`` for ``POST``."""
        if not self.spellings or text in self.spellings:
            return False
        return text.lower() in {spelling.lower() for spelling in self.spellings}


# Cached, as a suite has a few numbers: two patterns take 2 µs.
@lru_cache(maxsize=1024)
def parse_phone_number(text: str) -> str | None:
    """
    Normalize to ten digits for the US, else ``+`` and digits; None if it is neither.

    Source: formatting of phone numbers, making-calls and sending-sms pages; how other numbers
    are shown is question 39.
    """
    bare = _DECORATION.sub("", text)
    if match := _US.match(bare):
        return match[1]
    return bare if _INTERNATIONAL.match(bare) else None


def is_premium(number: str) -> bool:
    """Return whether calls to *number* are charged: area code 900, or exchange 976."""
    return len(number) == 10 and (number.startswith("900") or number[3:6] == "976")


def is_international(number: str) -> bool:
    """Return whether *number*, normalized, lies outside the US."""
    return number.startswith("+")


def format_phone_number(number: str) -> str:
    """Return the default FriendlyName of *number*: ``(415) 867-5309``."""
    if len(number) != 10:
        return number
    return f"({number[:3]}) {number[3:6]}-{number[6:]}"


@lru_cache(maxsize=1024)
def parse_number_or_short_code(text: str) -> str | None:
    """Normalize a phone number or a short code of five or six digits; None if it is neither."""
    bare = _DECORATION.sub("", text)
    return bare if _SHORT_CODE.match(bare) else parse_phone_number(text)


def _parse_url(text: str) -> str | None:
    if _NOT_IN_URLS.search(text):
        return None
    try:
        parts = urlsplit(text)
        complete = parts.scheme in ("http", "https") and bool(parts.hostname)
        # Reading the port raises ValueError if it is invalid.
        _ = parts.port
    except ValueError:
        return None
    return text if complete else None


def _build_integer_reader(low: int, high: int) -> Callable[[str], str | None]:
    def read(text: str) -> str | None:
        # At most six characters: int() of a megabyte of digits is an attack, not a number.
        if not (text.isascii() and text.isdigit() and len(text) <= 6):
            return None
        return str(int(text)) if low <= int(text) <= high else None

    return read


def _build_pattern_reader(pattern: str) -> Callable[[str], str | None]:
    compiled = re.compile(pattern + r"\Z", re.ASCII)
    return lambda text: text if compiled.match(text) else None


def _build_length_reader(limit: int) -> Callable[[str], str | None]:
    return lambda text: text if len(text) <= limit else None


def _build_choice_reader(*values: str, fold: bool = False) -> Callable[[str], str | None]:
    def read(text: str) -> str | None:
        for value in values:
            if text == value or (fold and text.lower() == value.lower()):
                return value
        return None

    return read


def _build_schema(**entries: Any) -> Mapping[str, Any]:
    return MappingProxyType({"type": "string", **entries})


_NUMBER_EXAMPLE = r"^[\s().\-]*(\+?1)?[\s().\-]*[2-9]\d{9}$"

ANYTHING: Final = FieldType("text", lambda text: text)
NUMBER: Final = FieldType(
    "phone number", parse_phone_number, _build_schema(pattern=_NUMBER_EXAMPLE)
)
NUMBER_OR_SHORT_CODE: Final = FieldType(
    "phone number or short code",
    parse_number_or_short_code,
    _build_schema(pattern=_NUMBER_EXAMPLE),
)
URL: Final = FieldType("absolute http or https URL", _parse_url, _build_schema(format="uri"))
METHOD: Final = FieldType(
    "GET or POST",
    _build_choice_reader("GET", "POST"),
    _build_schema(enum=["GET", "POST"]),
    frozenset({"GET", "POST"}),
)
DIGITS: Final = FieldType(
    "keys to press: 0-9 # *, and w for half a second",
    # Question 46: the page names no w.
    _build_pattern_reader(r"[0-9#*w]+"),
    _build_schema(pattern="^[0-9#*w]+$"),
)
IF_MACHINE: Final = FieldType(
    "Continue or Hangup",
    _build_choice_reader("Continue", "Hangup", fold=True),
    _build_schema(enum=["Continue", "Hangup"]),
    # The making-calls page writes them both ways.
    frozenset({"Continue", "Hangup", "continue", "hangup"}),
)
TIMEOUT: Final = FieldType(
    "whole seconds, at most 999", _build_integer_reader(0, 999), _build_schema(pattern=r"^\d{1,3}$")
)
CALL_DELAY: Final = FieldType(
    "whole seconds, 0 to 60",
    _build_integer_reader(0, 60),
    _build_schema(pattern=r"^([0-5]?\d|60)$"),
)
AREA_CODE: Final = FieldType(
    "area code of three digits",
    _build_pattern_reader(r"[2-9]\d\d"),
    _build_schema(pattern=r"^[2-9]\d\d$"),
)
BOOLEAN: Final = FieldType(
    "true or false",
    _build_choice_reader("true", "false", fold=True),
    _build_schema(enum=["true", "false"]),
    frozenset({"true", "false"}),
)
MUTED: Final = FieldType(
    "true or 1; anything else is false",
    lambda text: "true" if text in ("true", "1") else "false",
)
FRIENDLY_NAME: Final = FieldType(
    "text of at most 64 characters", _build_length_reader(64), _build_schema(maxLength=64)
)
SMS_BODY: Final = FieldType(
    "text of at most 160 characters", _build_length_reader(160), _build_schema(maxLength=160)
)
API_VERSION: Final = FieldType(
    "2008-08-01 or 2010-04-01",
    _build_choice_reader("2008-08-01", "2010-04-01"),
    _build_schema(enum=["2008-08-01", "2010-04-01"]),
)
