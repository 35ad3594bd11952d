"""
XML to elements with their places. Nothing outside of the text is looked up.

expat reads it, without recursion. No entity but XML's five is ever resolved, so nothing
expands, and a document type is passed over.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from xml.parsers import expat

LARGEST = 64 * 1024
"""Bytes of the largest document. Source: question 85."""

_PAIR = re.compile(r"([^\s=\"'<>/]+)\s*=\s*(?:\"[^\"]*\"|'[^']*')")


class UnreadableError(Exception):
    """The text is no XML that is read here; has the place and the reason."""

    def __init__(self, line: int, column: int, reason: str) -> None:
        super().__init__(reason)
        self.line, self.column, self.reason = line, column, reason


@dataclass(slots=True)
class Element:
    """
    One element.

    Attributes:
        text: The text directly inside it, comments and elements left out.
    """

    name: str
    attributes: dict[str, str]
    line: int
    column: int
    children: list[Element] = field(default_factory=list)
    text: str = ""


class _Builder:
    """Takes what expat reads, and builds elements of it."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self.root: Element | None = None
        self._parser = parser
        self._open: list[Element] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        parser = self._parser
        element = Element(
            name, attributes, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1
        )
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _: str) -> None:
        self._open.pop()

    def add_text(self, text: str) -> None:
        self._open[-1].text += text

    def refuse_entity(self, name: str, *_: object) -> None:
        raise UnreadableError(
            self._parser.CurrentLineNumber,
            self._parser.CurrentColumnNumber + 1,
            f"the entity {name} is not one of XML's five",
        )


def parse(source: str | bytes, charset: str = "") -> Element:
    """
    Parse *source*.

    Args:
        source: The document.

        charset: The encoding that the HTTP answer names; empty for what the document says.

    Raises:
        UnreadableError: It is no well-formed XML, or has entities of its own.
    """
    if isinstance(source, str):
        source, charset = source.encode("utf-8", "surrogatepass"), "utf-8"
    parser = expat.ParserCreate(_find_encoding(charset))
    parser.buffer_text = True
    builder = _Builder(parser)
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.add_text
    parser.EntityDeclHandler = builder.refuse_entity
    parser.SkippedEntityHandler = builder.refuse_entity
    try:
        parser.Parse(source, True)
    except expat.ExpatError as error:
        reason = expat.errors.messages.get(error.code, "not well-formed")
        raise UnreadableError(error.lineno, error.offset + 1, reason) from None
    except (LookupError, ValueError) as error:  # an encoding that Python cannot read either
        raise UnreadableError(1, 1, f"the encoding cannot be read: {error}") from None
    assert builder.root is not None
    return builder.root


def _find_encoding(charset: str) -> str | None:
    """Return the name of *charset* as expat spells it; None to believe the document."""
    try:
        name = codecs.lookup(charset).name if charset else ""
    except (LookupError, ValueError):
        return None
    return {"iso8859-1": "iso-8859-1", "ascii": "us-ascii"}.get(name, name) or None


class AttributePlaces:
    """
    The places of attributes, which expat does not tell.

    Made when the first one is asked for. Seven documents of 64 kB, all mistakes, took 5.5 s before
    the lines and the places in the last element were kept, and take 1.1 s.
    """

    def __init__(self, source: str | bytes) -> None:
        self._text = _decode(source).replace("\r\n", "\n").replace("\r", "\n")
        self._lines = [0, *(found.end() for found in re.finditer("\n", self._text))]
        self._element: Element | None = None
        self._places: dict[str, int] = {}

    def find(self, element: Element, name: str) -> tuple[int, int]:
        """Return line and column of an attribute; those of its element if it is not found."""
        if element is not self._element:
            self._element, self._places = element, {}
            start = self._lines[min(element.line, len(self._lines)) - 1] + element.column
            end = start + len(element.name)
            left = len(element.attributes)
            for found in _PAIR.finditer(self._text, end):
                if left == 0:
                    break
                left -= 1
                self._places[found[1]] = found.start()
        if name not in self._places:
            return element.line, element.column
        place = self._places[name]
        line = bisect_right(self._lines, place)
        return line, place - self._lines[line - 1] + 1


def _decode(source: str | bytes) -> str:
    if isinstance(source, str):
        return source
    if source.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return source.decode("utf-16", "replace")
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError:
        return source.decode("latin-1")
