"""XML: a declaration, no white space between elements, empty elements closed in themselves."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from twreplay._representation._representation import Counters, Fields, Value

# Double quotes, no encoding, and line ends around the document: a reply of January 2011.
_HEAD = '<?xml version="1.0"?>\n<TwilioResponse>'
_TAIL = "</TwilioResponse>\n"

# A parser reads a bare carriage return as a line feed.
_KEPT = {"\r": "&#13;"}


class Xml:
    """The representation of a path without extension."""

    media_type = "application/xml"

    def fragment(self, name: str, fields: Fields) -> str:
        """``<Call><Sid>CA...</Sid>...</Call>``."""
        return _element(name, "".join([_element(key, _content(value)) for key, value in fields]))

    def single(self, columns: Sequence[str], fragment: str, status: int) -> str:
        """The instance in a ``TwilioResponse``."""
        return f"{_HEAD}{fragment}{_TAIL}"

    def many(
        self,
        container: str,
        columns: Sequence[str],
        counters: Counters,
        fragments: Sequence[str],
        status: int,
    ) -> str:
        """The list in a ``TwilioResponse``, with its counters as attributes."""
        attributes = "".join([f" {name}={quoteattr(value)}" for name, value in counters])
        if not fragments:
            return f"{_HEAD}<{container}{attributes}/>{_TAIL}"
        return f"{_HEAD}<{container}{attributes}>{''.join(fragments)}</{container}>{_TAIL}"

    def nothing(self, status: int) -> str:
        """An empty ``TwilioResponse``."""
        return '<?xml version="1.0"?>\n<TwilioResponse/>\n'


def _element(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>" if content else f"<{name}/>"


def _content(value: Value) -> str:
    if isinstance(value, tuple):
        return "".join([_element(name, escape(text, _KEPT)) for name, text in value])
    return escape(value, _KEPT) if value else ""
