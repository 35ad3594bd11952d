"""The possible values of properties."""

from __future__ import annotations

import re
from collections.abc import Iterator

from twreplay._api import Property, Resource, WireFormat, parse_phone_number
from twreplay._inference import Content, ParsedInteraction, Row, parse_seconds
from twreplay._verify.comparing import display
from twreplay._verify.finding import Aspect, Mismatch

_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{32}\Z")
_AMOUNT = re.compile(r"-?\d*\.?\d+\Z", re.ASCII)
_WHOLE = re.compile(r"\d+\Z", re.ASCII)

_AMOUNTS = frozenset({"Price"})
_WHOLES = frozenset({"Duration", "Flags", "ErrorCode", "Pin", "ValidationCode"})
_DATES = {
    WireFormat.DATE: "an RFC 2822 date",
    WireFormat.GMT_DATE: "an RFC 2822 date",
    WireFormat.UNIX_DATE: "Unix seconds",
}
_ALWAYS_THERE = frozenset({"Sid", "AccountSid", "DateCreated", "DateUpdated"})


def find_shape_errors(resource: Resource, seen: ParsedInteraction) -> Iterator[Mismatch]:
    """Yield the values in *seen* that their properties cannot have."""
    names = seen.document.names if seen.document else ()
    for place, row in enumerate(seen.rows):
        name = names[place] if place < len(names) else resource.name
        yield from _find_in_row(resource, name, row, len(seen.rows) > 1)


def _find_in_row(resource: Resource, name: str, row: Row, in_list: bool) -> Iterator[Mismatch]:
    sid = str(dict(row).get("Sid", ""))
    of = f" of {sid[:6]}…{sid[-4:]}" if in_list and sid else ""
    for element, content in row:
        prop = resource.find_property(element)
        wanted = _describe_expected(resource, prop, content) if prop is not None else ""
        if wanted:
            yield Mismatch(Aspect.VALUE, f"{name}.{element}{of}", display(content), wanted)


def _describe_expected(resource: Resource, prop: Property, content: Content) -> str:
    """Describe the expected value; empty if *content* is possible."""
    if not isinstance(content, str):
        return "" if prop.wire_format is WireFormat.PARTS else "text"
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
    return _describe_format(resource, prop, content)


def _describe_format(resource: Resource, prop: Property, text: str) -> str:
    shape = prop.wire_format
    if shape in _DATES:
        return "" if parse_seconds(resource, prop.name, text) is not None else _DATES[shape]
    if shape is WireFormat.TRUE_FALSE and text not in ("true", "false"):
        return shape.value
    if shape is WireFormat.ONE_ZERO and text not in ("1", "0"):
        return shape.value
    # A caller may be a short code or withheld; what is a number of the US has ten digits.
    number = parse_phone_number(text) if shape is WireFormat.NUMBER else None
    return f"ten digits, {number}" if number and number != text and len(number) == 10 else ""
