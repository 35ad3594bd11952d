"""What the value of a property can look like at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from twreplay._api import Property, Resource, Shape
from twreplay._api.field_types import phone_number
from twreplay._inference import Content, Row, Sighting, seconds_of
from twreplay._verify.comparing import said
from twreplay._verify.finding import Aspect, Difference

_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{32}\Z")
_AMOUNT = re.compile(r"-?\d*\.?\d+\Z", re.ASCII)
_WHOLE = re.compile(r"\d+\Z", re.ASCII)

_AMOUNTS = frozenset({"Price"})
_WHOLES = frozenset({"Duration", "Flags", "ErrorCode", "Pin", "ValidationCode"})
_DATES = {Shape.DATE: "an RFC 2822 date", Shape.UNIX_DATE: "Unix seconds"}
_ALWAYS_THERE = frozenset({"Sid", "AccountSid", "DateCreated", "DateUpdated"})


def misshapen(resource: Resource, seen: Sighting) -> Iterator[Difference]:
    """The values in *seen* that no property of their kind can have."""
    names = seen.document.names if seen.document else ()
    for place, row in enumerate(seen.rows):
        name = names[place] if place < len(names) else resource.name
        yield from _of_row(resource, name, row, len(seen.rows) > 1)


def _of_row(resource: Resource, name: str, row: Row, in_list: bool) -> Iterator[Difference]:
    sid = str(dict(row).get("Sid", ""))
    of = f" of {sid[:6]}…{sid[-4:]}" if in_list and sid else ""
    for element, content in row:
        prop = resource.named(element)
        wanted = _wanted(resource, prop, content) if prop is not None else ""
        if wanted:
            yield Difference(Aspect.VALUE, f"{name}.{element}{of}", said(content), wanted)


def _wanted(resource: Resource, prop: Property, content: Content) -> str:
    """What the value should be; empty if it can be what it is."""
    if not isinstance(content, str):
        return "" if prop.shape is Shape.PARTS else "text"
    if not content:
        return "not empty" if prop.name in _ALWAYS_THERE else ""
    if "REDACTED" in content:
        return ""
    prefix = resource.sid_prefix if prop.name == "Sid" else ""
    if prefix and not (content.startswith(prefix) and _HEXADECIMAL.match(content[2:])):
        return f"{prefix} and 32 hexadecimal digits"
    values = next((f.values for f in resource.filters if f.name == prop.name), ())
    if values and content not in values:
        return f"one of {', '.join(values)}"
    if prop.name in _AMOUNTS and not _AMOUNT.match(content):
        return "an amount, such as -0.03000"
    if prop.name in _WHOLES and not _WHOLE.match(content):
        return "a whole number"
    return _of_shape(resource, prop, content)


def _of_shape(resource: Resource, prop: Property, text: str) -> str:
    shape = prop.shape
    if shape in (Shape.DATE, Shape.UNIX_DATE):
        return "" if seconds_of(resource, prop.name, text) is not None else _DATES[shape]
    if shape is Shape.TRUE_FALSE and text not in ("true", "false"):
        return shape.value
    if shape is Shape.ONE_ZERO and text not in ("1", "0"):
        return shape.value
    # A caller may be a short code or withheld; what is a number of the US has ten digits.
    number = phone_number(text) if shape is Shape.NUMBER else None
    return f"ten digits, {number}" if number and number != text and len(number) == 10 else ""
