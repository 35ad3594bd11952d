"""The protocol of representations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import Protocol, TypeAlias

Value: TypeAlias = str | tuple[tuple[str, str], ...] | None
"""Text; nothing at all; or elements inside the element."""

Fields: TypeAlias = Sequence[tuple[str, Value]]
"""The elements of one instance, in wire order."""

Counters: TypeAlias = Sequence[tuple[str, str]]
"""The paging attributes of a list, in wire order."""


class Document:
    """
    A body, ready to be sent.

    Attributes:
        media_type: The value of Content-Type.

        body: Its bytes.
    """

    __slots__ = ("_etag", "body", "media_type")

    def __init__(self, media_type: str, body: bytes) -> None:
        self.media_type = media_type
        self.body = body
        self._etag = ""

    @property
    def etag(self) -> str:
        """The value of ETag: a digest of the bytes."""
        if not self._etag:
            self._etag = f'"{blake2b(self.body, digest_size=16).hexdigest()}"'
        return self._etag


# What XML 1.0 cannot hold at all, lone surrogates included.
_UNREADABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Representation(Protocol):
    """
    One way to write an instance, a list of instances, or nothing.

    An instance is written once, as a *fragment*, and put into documents from then on: a list of
    a thousand calls is a thousand fragments joined.

    Attributes:
        media_type: The value of Content-Type.
    """

    media_type: str

    def render_fragment(self, name: str, fields: Fields) -> str:
        """Render one instance, as it stands inside any document."""

    def render_one(self, columns: Sequence[str], fragment: str, status: int) -> str:
        """Render a document that holds one instance."""

    def render_list(
        self,
        container: str,
        columns: Sequence[str],
        counters: Counters,
        fragments: Sequence[str],
        status: int,
    ) -> str:
        """Render a document that holds a list."""

    def render_empty(self, status: int) -> str:
        """Render a document that holds nothing."""


def clean_text(text: str) -> str:
    """Replace characters in *text* that XML cannot hold by U+FFFD."""
    if text.isascii() and text.isprintable():
        return text
    return _UNREADABLE.sub("\ufffd", text)
