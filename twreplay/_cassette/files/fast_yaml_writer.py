"""
Writes interactions as YAML without a YAML emitter: the mirror of ``fast_yaml``.

The text equals that of ``yaml.dump`` for the same values, byte for byte; property tests hold
the two against each other. A value of which this module is not sure is written by PyYAML: alone if
it takes one line, else with its whole interaction.

PyYAML's C emitter took 225 ms for 2,000 interactions, string building 11 (2026-11).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, cast

from twreplay._cassette.files.fast_yaml import ResponseText
from twreplay._cassette.secrets.codings import stored
from twreplay._http import Headers, Interaction, Pairs

# Longer text with a space in it stands below its key; see `yaml`.
_LONG_LINE = 80

# Text that both libyaml and its older versions print unescaped: one or two bytes a letter, and the
# first planes of three. Beyond, versions differ; tabs and other controls differ too.
_LETTERS = r"\x20-\x7e\xa1-\u1fff\u3000-\ud7ff"
_ONE_LINE = re.compile(rf"[{_LETTERS}]+\Z")
_LINES = re.compile(rf"[\n{_LETTERS}]+\Z")

# First characters that no indicator and no resolver but those of words begins with.
_BEGINS_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_/(<$^;\\")
_WORDS = frozenset(
    form
    for word in ("yes", "no", "true", "false", "on", "off", "null")
    for form in (word, word.capitalize(), word.upper())
) | {"<<"}
_BEGINS_QUOTED = frozenset("#,[]{}&*!|>'\"%@` ")

# What is a date to a resolver.
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z")

# A key that is longer, or has other letters, may not stand in front of a colon as it is.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,79}\Z")

_MOST_REMEMBERED = 1024
_LONGEST_REMEMBERED = 512

_FIRST = itemgetter(0)

_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\r")

# The beginning of a line of a block in headers.
_BLOCK_LINE = "\n        "

_REQUEST_INDENT, _RESPONSE_INDENT, _NAME_INDENT = " " * 6, " " * 8, " " * 4


def format_body(body: bytes) -> str | bytes:
    """Text where *body* is text that YAML can hold unharmed, else the bytes."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return body
    # YAML and JSON escape these, but no reviewer reads them.
    return text if len(body.translate(None, _CONTROLS)) == len(body) else body


class Writer:
    """
    Writes the interactions of one file. What repeats in it is written once.

    Args:
        dump: Writes a value as YAML; ``yaml.dump``.

        build: Builds the value of an interaction, for *dump*.
    """

    def __init__(
        self, dump: Callable[[object], str], build: Callable[[Interaction], dict[str, Any]]
    ) -> None:
        self._dump = dump
        self._build = build
        self._dumped: dict[str, str | None] = {}
        self._headers: dict[Pairs, str | None] = {}
        self._fields: dict[tuple[str, str], tuple[str, str, str]] = {}
        # libyaml ends a document by "..." if its last block has blank lines at its end.
        self._is_open = False

    def document(self, head: dict[str, Any], interactions: Sequence[Interaction]) -> str | None:
        """Write a cassette: *head*, then the interactions; None if that is not certain."""
        pieces: list[str | None] = [self._head(head)]
        for interaction in interactions:
            if (text := self._keep(interaction)) is not None:
                pieces.append(text)
                continue
            was_open = self._is_open
            if (text := self._write(interaction)) is None and not was_open:
                text = self._dump_alone(interaction)
            pieces.append(text)
        if not interactions or None in pieces:
            return None
        if self._is_open:
            pieces.append("...\n")
        return "".join(cast("list[str]", pieces))

    def _head(self, head: dict[str, Any]) -> str | None:
        lines: list[str] = []
        for name, value in head.items():
            if type(value) is int:
                lines.append(f"{name}: {value}\n")
                continue
            lines.append(f"{name}:\n")
            for key, scalar in value.items():
                if type(scalar) is list:
                    if (listed := self._dump_list(key, scalar)) is None:
                        return None
                    lines.append(listed)
                    continue
                text = str(scalar) if type(scalar) is int else self._scalar(scalar, "")
                if text is None or "\n" in text:
                    return None
                lines.append(f"  {key}: {text}\n")
        return "".join((*lines, "interactions:\n"))

    def _dump_list(self, key: str, items: list[Any]) -> str | None:
        """Write a list in the head by PyYAML, such as that of webhooks; None if uncertain."""
        text = self._dump({key: items})
        if len(text.splitlines()) != text.count("\n"):
            return None  # it has lines that end at more than newlines, which have another indent
        if text.endswith("\n...\n"):
            self._is_open, text = True, text[:-4]
        return _indent(text[:-1], "  ") + "\n"

    def _dump_alone(self, interaction: Interaction) -> str:
        text = self._dump([self._build(interaction)])
        # "..." says here that a block is open. After U+2028, a line end of YAML, comes no newline.
        self._is_open = text.endswith("...\n") and text[-5] in "\n\x85\u2028\u2029"
        return text[:-4] if self._is_open else text

    def _keep(self, interaction: Interaction) -> str | None:
        """Return the text that *interaction* was read from; None if it is to be written."""
        source = interaction.response.source
        if not isinstance(source, ResponseText) or source.request is not interaction.request:
            return None
        if not source.may_be_kept:
            return None
        section = interaction.recorded_by
        by = self._name(section) if section else ""
        if by is None:
            return None
        if source.has_block and "\n" not in by[:-1]:  # what is last counts
            self._is_open = False
        end = "" if source.piece[-1] == "\n" else "\n"
        return f"- request:\n{source.piece}{end}{by}"

    def _name(self, section: str) -> str | None:
        """Write the name of a section behind its interaction; None if that is not certain."""
        scalar = self._scalar(section, _NAME_INDENT)
        return f"  recorded_by: {scalar}\n" if scalar is not None else None

    def _write(self, interaction: Interaction) -> str | None:
        whole = stored(interaction)
        request, response = whole.request, whole.response
        sent = self._body(request.body, _REQUEST_INDENT) if request.body else "null"
        request_headers = self._headers_of(request.headers)
        method = self._scalar(request.method, _REQUEST_INDENT)
        url = self._scalar(request.url, _REQUEST_INDENT)
        answer = self._body(response.body, _RESPONSE_INDENT)
        response_headers = self._headers_of(response.headers)
        reason = self._scalar(response.reason, _RESPONSE_INDENT)
        by = self._name(whole.recorded_by) if whole.recorded_by else ""
        parts = (sent, request_headers, method, url, answer, response_headers, reason, by)
        if None in parts or type(response.status) is not int or reason[:1] == "|":  # type: ignore[index]
            return None
        return (
            f"- request:\n    body: {sent}\n    headers:{request_headers}    method: {method}\n"
            f"    uri: {url}\n  response:\n    body:\n      string: {answer}\n"
            f"    headers:{response_headers}    status:\n      code: {response.status}\n"
            f"      message: {reason}\n{by}"
        )

    def _body(self, body: bytes, indent: str) -> str | None:
        content = format_body(body)
        if isinstance(content, str):
            return self._scalar(content, indent)
        self._is_open = False
        lines = base64.encodebytes(content).decode("ascii").removesuffix("\n")
        return f"!!binary |\n{_indent(lines, indent)}"

    def _headers_of(self, headers: Headers) -> str | None:
        pairs = headers.pairs
        if not pairs:
            return " {}\n"
        if pairs not in self._headers:
            if len(self._headers) == _MOST_REMEMBERED:
                self._headers.clear()
            self._headers[pairs] = self._write_headers(pairs)
        written = self._headers[pairs]
        if written is not None and _BLOCK_LINE in written:
            self._is_open = False
        return written

    def _write_headers(self, pairs: Pairs) -> str | None:
        grouped: dict[str, list[str]] = {}
        fields = []
        for pair in pairs:
            if (field := self._fields.get(pair)) is None:
                if (field := self._write_field(*pair)) is None:
                    return None
                if len(self._fields) == _MOST_REMEMBERED:
                    self._fields.clear()
                self._fields[pair] = field
            fields.append(field)
        for lower, name, value in sorted(fields, key=_FIRST):
            if lower not in grouped:
                grouped[lower] = [name]
            grouped[lower].append(value)
        return "".join([part for parts in grouped.values() for part in parts]) + "\n"

    def _write_field(self, name: str, value: str) -> tuple[str, str, str] | None:
        """Write one header: its name in lower case, the line of the name, those of the value."""
        scalar = self._scalar(value, _RESPONSE_INDENT)
        if scalar is None or (scalar[:1] == "|" and value[-1] == "\n"):
            return None
        if _NAME.match(name) is None or name in _WORDS:
            return None
        return name.lower(), f"\n      {name}:", f"\n      - {scalar}"

    def _scalar(self, text: str, indent: str) -> str | None:
        """Write *text* behind a key, and below it with *indent*; None if that is not certain."""
        if "\n" in text or (len(text) > _LONG_LINE and " " in text):
            if _LINES.match(text) is None or " \n" in text or text[-1] == " ":
                return self._dump_line(text)
            hint = "2" if text[0] in " \n" else ""
            self._is_open = False
            if text[-1] != "\n":
                return f"|{hint}-\n{_indent(text, indent)}"
            self._is_open = text[-2:] in ("\n", "\n\n")
            chomp = "+" if self._is_open else ""
            return f"|{hint}{chomp}\n{_indent(text[:-1], indent)}"
        if _ONE_LINE.match(text) is None:
            return self._dump_line(text) if text else "''"
        first, last = text[0], text[-1]
        if first in _BEGINS_PLAIN:
            if ": " not in text and " #" not in text and last not in ": " and text not in _WORDS:
                return text
        elif first not in _BEGINS_QUOTED and last != " " and _DATE.match(text) is None:
            return self._dump_line(text)
        return "'" + text.replace("'", "''") + "'"

    def _dump_line(self, text: str) -> str | None:
        """Let PyYAML write *text*; None if it takes more than one line."""
        if text in self._dumped:
            return self._dumped[text]
        lines = self._dump([text])
        # Its lines end at more than newlines, and go on in another column below a key.
        written = lines[2:-1] if len(lines.splitlines()) == 1 else None
        if len(text) <= _LONGEST_REMEMBERED:
            if len(self._dumped) == _MOST_REMEMBERED:
                self._dumped.clear()
            self._dumped[text] = written
        return written


def _indent(text: str, indent: str) -> str:
    """*text* with *indent* in front of each line that is not empty."""
    if text and text[0] != "\n" and text[-1] != "\n" and "\n\n" not in text:
        return indent + text.replace("\n", f"\n{indent}")
    return "\n".join(indent + line if line else "" for line in text.split("\n"))
