"""
Reads cassettes in the very form in which this library writes them, without a YAML parser.

Nearly all the time that it takes to open a large cassette is a parser's, and most of what it
finds is never asked for: the bodies of responses. Here a line is looked at once, and a response
stays text until somebody wants it.

What differs from that form in any way is left to ``yaml``: this module reads a file as that one
would, or not at all. It never says that one is wrong.
"""

from __future__ import annotations

import base64
import re
from typing import Any, NamedTuple

from twreplay._cassette.secrets.codings import plain
from twreplay._http import Headers, Interaction, Request, Response

# Anything but text in which only a newline ends a line.
_ODD = re.compile(
    "[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)

_BEGINNING = re.compile(r"^interactions:\n- request:\n", re.MULTILINE)
_NEXT = "\n- request:\n"
_END = re.compile(r"\n(?=[^ \n])")

# A scalar is in two parts: what stands behind the key, and the lines below that belong to it.
_INTERACTION = re.compile(
    r"    body: (?P<sent>[^\n]+)\n(?P<sent_lines>(?:      [^\n]*\n|\n)*+)"
    r"    headers:(?P<request_headers> \{\}\n|\n(?:      [^\n]+\n)++)"
    r"    method: (?P<method>[A-Z]+)\n"
    r"    uri: (?P<uri>[^\n]+)\n"
    r"  response:\n"
    r"    body:\n"
    r"      string: (?P<answer>[^\n]+)\n(?P<answer_lines>(?:        [^\n]*\n|\n)*+)"
    r"    headers:(?P<response_headers> \{\}\n|\n(?:      [^\n]+\n)++)"
    r"    status:\n"
    r"      code: (?P<code>[1-9][0-9][0-9])\n"
    r"      message: (?P<message>[^\n]+)\n?\Z"
)

_ENTRY = re.compile(r"(  )?([a-z_]+):(?: ([^\n]+))?\Z")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}\Z")
_FIELD = re.compile(r"      ([^ \n][^\n]*):\n((?:      - [^\n]+\n(?:        [^\n]*\n)*+)++)")

_REQUEST_INDENT, _RESPONSE_INDENT = " " * 6, " " * 8

# Scalars on one line. In front of the plain ones, what YAML would read as a number or as null.
_PLAIN = re.compile(
    r"(?!(?:null|Null|NULL|[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*(?::[0-5]?[0-9])*))\Z)"
    r"[A-Za-z0-9_/(+.<][^\t\n]*\Z"
)
_QUOTED = re.compile(r"'(?:[^'\t\n]|'')*'\Z")
_ESCAPED = re.compile(
    r'"(?:[^"\\\t\n]|\\(?:[0abtnvfre "/\\N_LP]|x[0-9A-Fa-f]{2}'
    r'|u(?![Dd][89A-Fa-f])[0-9A-Fa-f]{4}))*"\Z'
)
_BLOCK = re.compile(r"\|2?[-+]?\Z")
_BINARY = "!!binary |"


def read(text: str) -> tuple[dict[str, Any], tuple[Interaction, ...]] | None:
    """
    The document, with no interactions in it, and its interactions.

    None if any of it is in another form than ours.
    """
    if not _is_clear(text):
        return None
    found = _BEGINNING.search(text)
    if found is None:
        document = _document(text)
        return (document, ()) if document is not None else None
    pieces = text[found.end() :].split(_NEXT)
    after = ""
    if (end := _END.search(pieces[-1])) is not None:
        # PyYAML ends a document so that has a text with blank lines at its end.
        after = pieces[-1][end.end() :].removesuffix("...\n")
        pieces[-1] = pieces[-1][: end.end()]
    document = _document(f"{text[: found.start()]}interactions: []\n{after}")
    if document is None:
        return None
    reader = _Reader()
    interactions = []
    for piece in pieces:
        interaction = reader.interaction(piece)
        if interaction is None:
            return None
        interactions.append(interaction)
    return document, tuple(interactions)


def _document(text: str) -> dict[str, Any] | None:
    """Parse the text around the interactions: scalars, and mappings of scalars."""
    document: dict[str, Any] = {}
    into = document
    for line in text.removesuffix("\n").split("\n"):
        found = _ENTRY.match(line)
        if found is None:
            return None
        indent, name, scalar = found.groups()
        into = into if indent else document
        if name in into or (indent and into is document):
            return None
        if scalar is None and not indent:
            into = document[name] = {}
        elif scalar == "[]":
            into[name] = []
        elif scalar is not None and _NUMBER.match(scalar):
            into[name] = int(scalar)
        elif scalar is not None and _is_on_one_line(scalar):
            into[name] = _one_line(scalar)
        else:
            return None
    return document if {} not in document.values() else None


def _is_clear(text: str) -> bool:
    # What can be printed is fine, and is found out far faster than by looking for what is not.
    return text.replace("\n", "").isprintable() or not _ODD.search(text)


class _Reader:
    """Reads one file. What repeats in it, as most of it does, is understood once."""

    def __init__(self) -> None:
        self._texts: dict[str, str | None] = {}
        self._headers: dict[str, Headers | None] = {}
        self._requests: dict[tuple[str, str, str], Request | None] = {}

    def interaction(self, piece: str) -> Interaction | None:
        """The interaction that *piece* is; None if it is in another form."""
        found = _INTERACTION.match(piece)
        if found is None:
            return None
        (sent, sent_lines, request_headers, method, uri) = found.group(1, 2, 3, 4, 5)
        (answer, answer_lines, response_headers, code, message) = found.group(6, 7, 8, 9, 10)
        known = (method, uri, request_headers)
        if known not in self._requests:
            self._requests[known] = self._request(*known)
        request = self._requests[known]
        headers = self._headers_of(response_headers)
        reason = self._text(message)
        if request is None or headers is None or reason is None:
            return None
        if not _is_ours(answer, answer_lines, _RESPONSE_INDENT):
            return None
        if sent != "null" or sent_lines:
            if not _is_ours(sent, sent_lines, _REQUEST_INDENT):
                return None
            request = request.with_body(_bytes_of(sent, sent_lines, _REQUEST_INDENT))
        text = _ResponseText(int(code), headers, reason, answer, answer_lines)
        return Interaction(request, Response.defer(text))

    def _request(self, method: str, uri: str, headers: str) -> Request | None:
        """The request, without a body."""
        url, fields = self._text(uri), self._headers_of(headers)
        if url is None or fields is None or self._text(method) is None:
            return None
        try:
            request = Request(method, url, fields)
        except ValueError:
            return None
        # Asked for here, so that every copy of it knows them.
        _ = request.host, request.path, request.query, request.overload, request.credentials
        return request if request.scheme in ("http", "https") else None

    def _headers_of(self, block: str) -> Headers | None:
        if block not in self._headers:
            self._headers[block] = self._read_headers(block)
        return self._headers[block]

    def _read_headers(self, block: str) -> Headers | None:
        if block == " {}\n":
            return Headers()
        pairs: list[tuple[str, str]] = []
        names: set[str] = set()
        at = 1
        while at < len(block):
            found = _FIELD.match(block, at)
            name = self._text(found[1]) if found is not None else None
            if found is None or not name or name in names:
                return None
            names.add(name)
            for scalar in found[2][8:-1].split("\n      - "):
                first, below, lines = scalar.partition("\n")
                value = self._below(first, f"{lines}\n") if below else self._text(scalar)
                if value is None:
                    return None
                pairs.append((name, value))
            at = found.end()
        return Headers(pairs)

    def _below(self, first: str, lines: str) -> str | None:
        """The text of a value in lines below its name, as one of more than 80 letters stands."""
        if first == _BINARY or not _is_ours(first, lines, _RESPONSE_INDENT):
            return None
        return _block(first, lines, _RESPONSE_INDENT)

    def _text(self, scalar: str) -> str | None:
        """The text that *scalar* is, all of it on one line; None if it may be anything else."""
        if scalar not in self._texts:
            is_text = _is_on_one_line(scalar)
            self._texts[scalar] = str(_one_line(scalar)) if is_text else None
        return self._texts[scalar]


class _ResponseText(NamedTuple):
    """The text of one response in a cassette."""

    code: int
    headers: Headers
    reason: str
    answer: str
    lines: str

    def read(self) -> Response:
        """Return the response, decoded."""
        body = _bytes_of(self.answer, self.lines, _RESPONSE_INDENT)
        return plain(Response(self.code, self.headers, body, self.reason))

    def may_mention(self, text: str) -> bool:
        """Return False only if *text* is certainly not in the decoded body."""
        answer = self.answer
        is_plain = answer != _BINARY and answer[0] != '"' and "content-encoding" not in self.headers
        return not is_plain or text in answer or text in self.lines


def _is_ours(first: str, lines: str, indent: str) -> bool:
    """Return whether a scalar is in a form whose value is certain."""
    if not lines:
        return _is_on_one_line(first)
    if first == _BINARY:
        return _decoded(lines) is not None
    if not _BLOCK.match(first) or " \n" in lines:
        return False
    # Without a number, the first line says how far all of them are indented.
    start = lines.lstrip("\n") if "2" in first else lines
    return start.startswith(indent) and ("2" in first or start[len(indent)] not in " \t\n")


def _is_on_one_line(scalar: str) -> bool:
    start = scalar[0]
    if start == "'":
        return _QUOTED.match(scalar) is not None
    if start == '"':
        return _ESCAPED.match(scalar) is not None
    ends = scalar[-1] in ": "
    return not ends and ": " not in scalar and " #" not in scalar and bool(_PLAIN.match(scalar))


def _bytes_of(first: str, lines: str, indent: str) -> bytes:
    """The value of a scalar that is ours."""
    if first == _BINARY:
        return _decoded(lines) or b""
    text = _block(first, lines, indent) if lines else _one_line(first)
    return text.encode("utf-8")


def _one_line(scalar: str) -> str:
    if scalar[0] == "'":
        return scalar[1:-1].replace("''", "'")
    if scalar[0] != '"':
        return scalar
    if "\\" not in scalar:
        return scalar[1:-1]
    from twreplay._cassette.files import yaml

    return yaml.text(scalar)


def _block(first: str, lines: str, indent: str) -> str:
    text = f"\n{lines}".replace(f"\n{indent}", "\n")[1:]
    if first.endswith("+"):
        return text
    return text.rstrip("\n") + ("" if first.endswith("-") else "\n")


def _decoded(lines: str) -> bytes | None:
    try:
        return base64.b64decode("".join(lines.split()), validate=True)
    except ValueError:
        return None
