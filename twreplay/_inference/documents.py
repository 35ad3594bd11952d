"""Parsers that read every representation of a response into one document type."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from html.parser import HTMLParser
from types import MappingProxyType
from typing import Any, TypeAlias
from xml.etree import ElementTree

from twreplay._api import RESOURCES, VALIDATION_REQUEST, WireFormat
from twreplay._api import format_class as dashed

Content: TypeAlias = str | tuple[tuple[str, str], ...]
"""The text of an element, or the elements inside it."""

Row: TypeAlias = tuple[tuple[str, Content], ...]
"""The elements of one instance, in order."""

ROOT = "TwilioResponse"
REFUSAL = "RestException"


class Holds(StrEnum):
    """Kind of content of a document."""

    ABSENT = "no document"
    NOTHING = "an empty document"
    ONE = "one instance"
    MANY = "a list"
    TABLE = "a table"


@dataclass(frozen=True, slots=True)
class Document:
    """
    A parsed body.

    Attributes:
        holds: Its kind of content. In CSV an instance looks like a list of one.

        name: The element of the instance, or of the list.

        names: The element of each row of a list.

        rows: The instances.

        counters: The paging attributes of a list.

        columns: The names above a table.
    """

    holds: Holds
    name: str = ""
    names: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    counters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    columns: tuple[str, ...] = ()

    @property
    def refusal(self) -> Mapping[str, str]:
        """The elements of a ``RestException``; empty if the document is not one."""
        is_one = self.name == REFUSAL or (
            self.holds is Holds.TABLE and self.columns[:2] == ("Status", "Message")
        )
        return {n: v for n, v in self.rows[0] if isinstance(v, str)} if is_one and self.rows else {}


class Unreadable(Exception):  # it says what the text is
    """The text is not in the expected representation."""


def read(body: bytes, extension: str) -> Document:
    """
    Parse *body* as the representation of *extension*.

    Raises:
        Unreadable: *body* is in another format.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("text that is not UTF-8") from error
    if not text.strip():
        return Document(Holds.ABSENT)
    return _READERS.get(extension, _parse_xml)(text)


# --- XML --------------------------------------------------------------------------------------


def _parse_xml(text: str) -> Document:
    if "<!" in text[: text.find(f"<{ROOT}")]:
        # The API sends no document type, and entities can make a parser work for hours.
        raise Unreadable("XML with a document type")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314
    except ElementTree.ParseError as error:
        raise Unreadable(f"text that is not XML ({error})") from error
    if root.tag != ROOT:
        raise Unreadable(f"an XML document of {root.tag}, not of {ROOT}")
    if len(root) > 1:
        raise Unreadable(f"a {ROOT} with {len(root)} elements")
    if not len(root):
        return Document(Holds.NOTHING)
    thing = root[0]
    if thing.attrib or thing.tag in _CONTAINERS:
        rows = tuple(_parse_row(item) for item in thing)
        names = tuple(item.tag for item in thing)
        return Document(Holds.MANY, thing.tag, names, rows, dict(thing.attrib))
    return Document(Holds.ONE, thing.tag, (thing.tag,), (_parse_row(thing),))


def _parse_row(element: ElementTree.Element) -> Row:
    return tuple((child.tag, _parse_content(child)) for child in element)


def _parse_content(element: ElementTree.Element) -> Content:
    if len(element):
        return tuple((child.tag, child.text or "") for child in element)
    return element.text or ""


# --- JSON -------------------------------------------------------------------------------------


def _parse_json(text: str) -> Document:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("text that is not JSON") from error
    if not isinstance(whole, dict) or not isinstance(whole.get(ROOT), dict):
        raise Unreadable(f"JSON without a {ROOT}")
    inside: dict[str, Any] = whole[ROOT]
    if not inside:
        return Document(Holds.NOTHING)
    name, thing = next(iter(inside.items()))
    if isinstance(thing, list):
        items = [next(iter(item.items())) for item in thing if isinstance(item, dict) and item]
        if len(items) != len(thing) or not all(isinstance(item[1], dict) for item in items):
            raise Unreadable(f"{name} with something else in it than instances")
        counters = {key: _format_value(value) for key, value in inside.items() if key != name}
        names = tuple(key for key, _ in items)
        return Document(
            Holds.MANY, name, names, tuple(_parse_fields(v) for _, v in items), counters
        )
    if not isinstance(thing, dict):
        raise Unreadable(f"{name} that is no instance")
    return Document(Holds.ONE, name, (name,), (_parse_fields(thing),))


def _parse_fields(thing: Mapping[str, Any]) -> Row:
    return tuple(
        (name, tuple((k, _format_value(v)) for k, v in value.items()))
        if isinstance(value, dict)
        else (name, _format_value(value))
        for name, value in thing.items()
    )


def _format_value(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


# --- CSV --------------------------------------------------------------------------------------


def _parse_csv(text: str) -> Document:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise Unreadable("text that is not CSV") from error
    columns = tuple(rows[0])
    if any(len(row) != len(columns) for row in rows):
        raise Unreadable("CSV whose rows are of different lengths")
    parts = _list_parts()
    read_rows = tuple(
        tuple(
            (name, _parse_cell(parts, name, cell)) for name, cell in zip(columns, row, strict=True)
        )
        for row in rows[1:]
    )
    return Document(Holds.TABLE, rows=read_rows, columns=columns)


def _parse_cell(parts: frozenset[str], name: str, cell: str) -> Content:
    if name in parts and "=" in cell:
        return tuple((k, v) for k, _, v in (part.partition("=") for part in cell.split(" ")))
    return cell


# --- HTML -------------------------------------------------------------------------------------


class _Tree(HTMLParser):
    """The ``div`` elements of a page, as elements named as in XML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.body: ElementTree.Element | None = None
        self._open: list[ElementTree.Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "body" and given.get("class") == "twilio-response":
            self.body = ElementTree.Element(ROOT)
            self._open.append(self.body)
        elif tag == "div" and self._open:
            counters = {k.removeprefix("data-"): v for k, v in given.items() if k != "class"}
            name = _map_names().get(given.get("class", ""), given.get("class", "div"))
            child = ElementTree.SubElement(self._open[-1], name, counters)
            self._open.append(child)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("div", "body") and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[-1].text = (self._open[-1].text or "") + data


def _parse_html(text: str) -> Document:
    tree = _Tree()
    tree.feed(text)
    tree.close()
    if tree.body is None:
        raise Unreadable("text that is no page of this API")
    return _parse_xml(ElementTree.tostring(tree.body, encoding="unicode"))


_READERS = {"xml": _parse_xml, "json": _parse_json, "csv": _parse_csv, "html": _parse_html}


# --- names ------------------------------------------------------------------------------------

_CONTAINERS = frozenset(resource.container for resource in RESOURCES if resource.container)


def _iterate_names() -> Iterator[str]:
    yield from (REFUSAL, "Status", "Message", "Code", "MoreInfo")
    for resource in (*RESOURCES, VALIDATION_REQUEST):
        yield from (resource.name, resource.container)
        for prop in resource.properties:
            yield from (prop.name, *prop.parts)


@cache
def _map_names() -> Mapping[str, str]:
    """Map class names of HTML to names of elements."""
    return {dashed(name): name for name in _iterate_names() if name}


@cache
def _list_parts() -> frozenset[str]:
    return frozenset(
        prop.name
        for r in RESOURCES
        for prop in r.properties
        if prop.wire_format is WireFormat.PARTS
    )
