"""What a test gives for a property, as the API shows it; impossible values are refused."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

from twreplay._api import WIRE_DATES, Property, Resource, WireFormat, clean_text, find_value_type
from twreplay._explanation import shorten
from twreplay._simulator.state.clock import find_midnight, read_date
from twreplay._suggestion import suggest
from twreplay.errors import UsageError

_YES = {"true", "1"}
_NO = {"false", "0"}
_LONGEST = 60

_NAMES_ELSEWHERE = {
    ("Call", "To"): "Called",
    ("Call", "From"): "Caller",
    ("SMSMessage", "Called"): "To",
    ("SMSMessage", "Caller"): "From",
    ("IncomingPhoneNumber", "VoiceUrl"): "Url",
    ("IncomingPhoneNumber", "VoiceMethod"): "Method",
}
"""What a property is called by other resources, or later versions, and its name here."""


def read_properties(
    resource: Resource, given: Mapping[str, object]
) -> tuple[dict[str, str], dict[str, int]]:
    """
    Return the texts and the dates that *given* sets, by wire name.

    Raises:
        UsageError: A property that does not exist, or a value that it cannot have; the message
            names the nearest.
    """
    values: dict[str, str] = {}
    times: dict[str, int] = {}
    for name, value in given.items():
        prop = resource.find_property(name)
        if prop is None or prop.wire_format is WireFormat.PARTS:
            known = [p.name for p in resource.properties if p.wire_format is not WireFormat.PARTS]
            options = [o.name for o in (resource.arranging.options if resource.arranging else ())]
            near = _NAMES_ELSEWHERE.get((resource.name, name)) or suggest(name, [*known, *options])
            guess = f"did you mean {near}?" if near else f"it has {', '.join(known)}."
            msg = f"{resource.name} has no property {name}; {guess}"
            raise UsageError(msg)
        if prop.wire_format in WIRE_DATES:
            seconds = _convert_time(resource, prop, value)
            if seconds is not None:
                times[name] = seconds
        else:
            values[name] = _convert_value(resource, prop, value)
    return values, times


def refuse(resource: Resource, name: str, shown: object, why: str, nearest: object = "") -> None:
    """
    Refuse a value that the property *name* cannot have.

    Raises:
        UsageError: Always.
    """
    told = shorten(repr(shown), _LONGEST)
    if isinstance(shown, str) and len(shown) > _LONGEST:
        told += f" of {len(shown)} characters"
    # Not shown: it may be a real one.
    told = "what was given" if name == "AuthToken" else told
    guess = f"; the nearest is {shorten(repr(nearest), _LONGEST)}." if nearest != "" else "."
    msg = f"{resource.name}.{name} {why}, not {told}{guess}"
    raise UsageError(msg)


def _convert_time(resource: Resource, prop: Property, value: object) -> int | None:
    if value is None or value == "":
        return None
    seconds: int | None = None
    if isinstance(value, datetime):
        seconds = int(value.timestamp()) if value.tzinfo is not None else None
    elif isinstance(value, int) and not isinstance(value, bool):
        seconds = value
    elif isinstance(value, str):
        is_number = value.isascii() and value.isdigit() and len(value) < 16
        # A day as filters spell it is its midnight, US Pacific, as it is to filters: question 17.
        seconds = int(value) if is_number else find_midnight(value) or read_date(value)
    # From the year 1 to the year 9999, which is as far as a calendar goes.
    if seconds is None or not -62135000000 <= seconds <= 253402000000:
        msg = (
            f"{resource.name}.{prop.name} takes a datetime with a time zone, Unix seconds, a day "
            f"such as 2009-07-06 or an RFC 2822 date, not {shorten(repr(value), _LONGEST)}."
        )
        raise UsageError(msg)
    return seconds


def _convert_value(resource: Resource, prop: Property, value: object) -> str:
    if value is None:
        text = ""
    elif isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, str):
        text = str.__str__(value)
    elif isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        text = str(value)
    else:
        refuse(resource, prop.name, value, "takes text or a number")
    if prop.wire_format in (WireFormat.TRUE_FALSE, WireFormat.ONE_ZERO):
        if text not in _YES | _NO:
            refuse(resource, prop.name, value, "takes True or False")
        on, off = ("true", "false") if prop.wire_format is WireFormat.TRUE_FALSE else ("1", "0")
        return on if text in _YES else off
    possible = find_value_type(resource, prop.name)
    if text == "" and not possible.is_needed:
        return ""
    read = possible.read(text) if text else None
    if read is None:
        why = possible.title if possible.title.startswith("one of ") else ""
        why = f"is {why}" if why else f"takes {possible.title}"
        refuse(resource, prop.name, value, why, possible.find_nearest(text) if text else "")
        raise AssertionError
    return clean_text(read)
