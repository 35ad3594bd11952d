"""HTML: nested ``div`` elements whose classes are the names in lower-case dash form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from html import escape

from twreplay._api.representation.protocol import Counters, Fields, Value

# Between a small letter and a capital, and before the last capital of a run: SMSMessage,
# RequestURL and AccountSid are sms-message, request-url and account-sid.
_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

# What a parser of HTML reports as an error: controls and noncharacters.
_UNPARSABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17))
    + "]"
)


class Html:
    """The representation of ``.html``. Source: response page, HTML."""

    media_type = "text/html; charset=utf-8"

    def render_fragment(self, name: str, fields: Fields) -> str:
        """``<div class="call"><div class="sid">CA...</div>...</div>``."""
        return _render_div(
            name, "".join([_render_div(key, _render_content(value)) for key, value in fields])
        )

    def render_one(self, columns: Sequence[str], fragment: str, status: int) -> str:
        """A page whose title is the status code."""
        return (
            f"<html><head><title>{status}</title></head>"
            f'<body class="twilio-response">{fragment}</body></html>'
        )

    def render_list(
        self,
        container: str,
        columns: Sequence[str],
        counters: Counters,
        fragments: Sequence[str],
        status: int,
    ) -> str:
        """A page with the list; its counters are data attributes."""
        attributes = "".join(
            [f' data-{format_class(name)}="{_escaped(value)}"' for name, value in counters]
        )
        listed = f'<div class="{format_class(container)}"{attributes}>{"".join(fragments)}</div>'
        return self.render_one((), listed, status)

    def render_empty(self, status: int) -> str:
        """A page with nothing in it."""
        return self.render_one((), "", status)


def _render_div(name: str, content: str) -> str:
    return f'<div class="{format_class(name)}">{content}</div>'


def _render_content(value: Value) -> str:
    if isinstance(value, tuple):
        return "".join([_render_div(name, _escaped(text)) for name, text in value])
    return _escaped(value) if value else ""


def _escaped(text: str) -> str:
    if not (text.isascii() and text.isprintable()):
        text = _UNPARSABLE.sub("\ufffd", text)
    return escape(text)


@cache
def format_class(name: str) -> str:
    return _BOUNDARY.sub("-", name).lower()
