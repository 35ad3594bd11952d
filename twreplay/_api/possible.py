"""
The values that properties can have: enumerations, ranges and formats, as data.

What a form field sets has the field's type; the rest is here. A type also knows the possible value
that is nearest to an impossible one, for messages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Final

from twreplay._api.field_types import (
    URL,
    FieldType,
    parse_number_or_short_code,
    parse_phone_number,
)
from twreplay._suggestion import find_similar

MAX_SECONDS: Final = 10**9
"""The longest duration that is taken: 31 years."""


@dataclass(frozen=True, slots=True)
class ValueType:
    """
    A type of values that a property can have.

    Attributes:
        title: What is possible, to stand behind "takes".

        read: Returns the text as the API shows it; None if it is impossible.

        find_nearest: Returns the possible value nearest to an impossible one; empty if none is.

        is_needed: Empty is impossible.
    """

    title: str
    read: Callable[[str], str | None]
    find_nearest: Callable[[str], str] = lambda _: ""
    is_needed: bool = False


def build_choice(
    *values: str, words: Mapping[str, str] | None = None, is_needed: bool = True
) -> ValueType:
    """
    Build the type of properties that have one of *values*.

    Args:
        words: What people write for them, such as the names that later versions have.
    """
    known = {name.lower(): value for name, value in (words or {}).items()}

    def find_nearest(text: str) -> str:
        if text.lower() in known:
            return known[text.lower()]
        if values[0].isdigit():
            return _find_nearest_number(text, values)
        spelled = {value.lower(): value for value in values} | known
        close = find_similar(text.lower(), list(spelled), limit=1, cutoff=0.5)
        return spelled[close[0]] if close else ""

    return ValueType(
        f"one of {', '.join(values)}",
        lambda text: text if text in values else None,
        find_nearest,
        is_needed,
    )


def build_count(title: str, low: int, high: int, *, is_needed: bool = False) -> ValueType:
    """Build the type of properties that are a whole number from *low* to *high*."""

    def read(text: str) -> str | None:
        number = _read_whole(text)
        return str(number) if number is not None and low <= number <= high else None

    def find_nearest(text: str) -> str:
        try:
            return str(min(max(round(Decimal(text)), low), high))
        except (InvalidOperation, OverflowError, ValueError):
            return ""

    return ValueType(title, read, find_nearest, is_needed)


def _find_nearest_number(text: str, values: tuple[str, ...]) -> str:
    number = _read_whole(text)
    return "" if number is None else min(values, key=lambda value: abs(int(value) - number))


def _read_whole(text: str) -> int | None:
    # int() of a megabyte of digits takes minutes.
    is_whole = text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 12
    return int(text) if is_whole else None


def _read_price(text: str) -> str | None:
    try:
        price = Decimal(text) if len(text) <= 20 and text.isascii() else None
    except InvalidOperation:
        return None
    if price is None or not price.is_finite() or abs(price) >= 10**6:
        return None
    rounded = f"{price:.5f}"
    return rounded if Decimal(rounded) == price else None


def _find_nearest_price(text: str) -> str:
    try:
        price = Decimal(text.strip("$ ")) if len(text) <= 20 else Decimal("NaN")
    except (InvalidOperation, ValueError):
        return ""
    return f"{price:.5f}" if price.is_finite() else ""


def _build_pattern(title: str, pattern: str, nearest: str, *, is_needed: bool = True) -> ValueType:
    compiled = re.compile(pattern, re.ASCII)
    return ValueType(
        title,
        lambda text: text if compiled.fullmatch(text) else None,
        lambda _: nearest,
        is_needed,
    )


_WITHHELD = ("anonymous", "blocked", "private", "restricted", "unavailable", "unknown")


def _read_caller(text: str) -> str | None:
    number = parse_number_or_short_code(text)
    return text if number is None and text.lower() in _WITHHELD else number


def _find_nearest_phone_number(text: str) -> str:
    digits = "".join(re.findall(r"[0-9]", text))
    for likely in (digits[-10:], digits[:10], f"415{digits[-7:]}", f"415555{digits[-4:]}"):
        if (number := parse_phone_number(likely)) is not None:
            return number
    return "4155551212"


_OUTCOMES = {
    "completed": "2",
    "complete": "2",
    "done": "2",
    "busy": "3",
    "failed": "4",
    "no-answer": "5",
    "canceled": "5",
}


def convert(field_type: FieldType) -> ValueType:
    choices = field_type.schema.get("enum")
    limit = field_type.schema.get("maxLength")
    is_url = field_type.schema.get("format") == "uri"

    def find_nearest(text: str) -> str:
        if choices:
            close = find_similar(text.upper(), choices, limit=1, cutoff=0.3)
            return close[0] if close else ""
        if limit:
            return text[:limit]
        likely = f"http://{text.rpartition('://')[2].lstrip('/')}"
        return likely if is_url and field_type.read(likely) is not None else ""

    return ValueType(field_type.title, field_type.read, find_nearest)


ANYTHING: Final = ValueType("text", lambda text: text)
PHONE_NUMBER: Final = ValueType(
    "a phone number: ten digits, or + and digits abroad",
    parse_phone_number,
    _find_nearest_phone_number,
    is_needed=True,
)
NUMBER_OR_CODE: Final = ValueType(
    "a phone number or a short code",
    parse_number_or_short_code,
    _find_nearest_phone_number,
    is_needed=True,
)
CALLER: Final = ValueType(
    "a phone number, a short code, or a word such as anonymous if it was withheld",
    _read_caller,
    _find_nearest_phone_number,
)
ACCOUNT_STATUS: Final = build_choice(
    "1",
    "2",
    "4",
    "16",
    "32",
    words={"active": "2", "inactive": "1", "closed": "1", "suspended": "4"},
)
ACCOUNT_TYPE: Final = build_choice("Full", "Trial")
CALL_STATUS: Final = build_choice(
    "0",
    "1",
    "2",
    "3",
    "4",
    "5",
    words={"queued": "0", "ringing": "0", "in-progress": "1", "answered": "1"} | _OUTCOMES,
)
CALL_FLAGS: Final = build_choice(
    # 1 inbound or 2 through REST, 4 by Dial; 8 is not explained: question 22.
    *("1", "2", "4", "5", "6", "9", "10", "12", "13", "14"),
    words={"inbound": "1", "outbound": "2", "outbound-api": "2", "outbound-dial": "6"},
)
CONFERENCE_STATUS: Final = build_choice(
    "0", "1", "2", words={"init": "0", "in-progress": "1", "completed": "2"}
)
SMS_STATUS: Final = build_choice(
    "queued",
    "sending",
    "sent",
    "failed",
    words={"delivered": "sent", "received": "sent", "undelivered": "failed", "accepted": "queued"},
)
SMS_FLAGS: Final = build_choice(
    "1", "2", "4", "6", words={"inbound": "1", "outbound-reply": "2", "outbound-api": "4"}
)
TRANSCRIPTION_STATUS: Final = build_choice(
    "in-progress",
    "completed",
    "failed",
    words={"done": "completed", "complete": "completed", "queued": "in-progress"},
)
LOG: Final = build_choice("0", "1", words={"error": "0", "warning": "1", "warn": "1"})
REQUEST_METHOD: Final = build_choice(
    "GET", "POST", "PUT", "DELETE", words={"patch": "PUT"}, is_needed=False
)
WEB_ADDRESS: Final = convert(URL)
SECONDS: Final = build_count("whole seconds, from 0", 0, MAX_SECONDS)
ERROR_CODE: Final = build_count("an error code of five digits", 10000, 99999, is_needed=True)
PRICE: Final = ValueType(
    "US dollars with at most five decimals, such as -0.03000", _read_price, _find_nearest_price
)
PIN: Final = _build_pattern("six to eight digits", "[0-9]{6,8}", "12345678")
SHORT_CODE: Final = _build_pattern("five or six digits", "[0-9]{5,6}", "67898")
TOKEN: Final = ValueType(
    "text that can be printed",
    lambda text: text if text.isprintable() else None,
    is_needed=True,
)


def build_sid(prefix: str) -> ValueType:
    return _build_pattern(
        f"{prefix or 'two capitals'} and 32 hexadecimal digits (as it stands in paths, other "
        "letters and digits, and fewer, will do)",
        f"{prefix or '[A-Z]{2}'}[0-9A-Za-z]{{1,32}}",
        f"{prefix or 'CS'}{1:032x}",
        is_needed=False,
    )


SIDS: Final[Mapping[str, ValueType]] = MappingProxyType(
    {
        "AccountSid": build_sid("AC"),
        "CallSid": build_sid("CA"),
        "ConferenceSid": build_sid("CF"),
        "PhoneNumberSid": build_sid("PN"),
        "RecordingSid": build_sid("RE"),
        # Question 21: no page shows its prefix.
        "CallSegmentSid": build_sid(""),
    }
)
