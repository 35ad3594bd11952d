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

from twreplay._cassette.secrets.codings import are_as_stored, plain
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

# Behind it, in a cassette that several tests record into.
_BY = "\n  recorded_by: "
_NAME = re.compile(r"([^\n]+)\n?((?:    [^\n]*(?:\n|\Z))*+)\Z")

_ENTRY = re.compile(r"(  )?([a-z_]+):(?: ([^\n]+))?\Z")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}\Z")
_FIELD = re.compile(r"      ([^ \n][^\n]*):\n((?:      - [^\n]+\n(?:        [^\n]*\n)*+)++)")

# A URL that `Request` takes as it is: absolute, nothing to lower, no user in front of the host.
_URL = re.compile(r"https?://[a-z0-9][a-z0-9.-]*(?::[0-9]{1,5})?/[!$-~]*(?<!:)\Z")

_REQUEST_INDENT, _RESPONSE_INDENT, _NAME_INDENT = " " * 6, " " * 8, " " * 4

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
    reader = _Reader(has_names=_BY in text)
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

    def __init__(self, *, has_names: bool) -> None:
        # To look for one in each of 1,000 interactions took 2 % of the time.
        self._has_names = has_names
        self._texts: dict[str, str | None] = {}
        self._headers: dict[str, Headers | None] = {}
        self._requests: dict[tuple[str, str, str], Request | None] = {}

    def interaction(self, piece: str) -> Interaction | None:
        """The interaction that *piece* is; None if it is in another form."""
        name = ""
        if self._has_names:
            if (split := self._split_name(piece)) is None:
                return None
            piece, name = split
        found = _INTERACTION.match(piece)
        if found is None:
            return None
        (
            sent, sent_lines, request_headers, method, uri,
            answer, answer_lines, response_headers, code, message,
        ) = found.groups()  # fmt: skip
        known = (method, uri, request_headers)
        request = self._requests.get(known)
        if request is not None:
            # So that every copy of it knows them. Most are met once, and many never asked for.
            _ = request.host, request.path, request.query, request.overload, request.credentials
        elif (request := self._request(*known)) is not None:
            self._requests[known] = request
        headers = self._headers_of(response_headers)
        reason = self._text(message)
        if request is None or headers is None or reason is None:
            return None
        if not _is_ours(answer, answer_lines, _RESPONSE_INDENT):
            return None
        if sent_lines or sent not in ("null", "''"):
            if not _is_ours(sent, sent_lines, _REQUEST_INDENT):
                return None
            if body := _bytes_of(sent, sent_lines, _REQUEST_INDENT):
                request = request.with_body(body)
        start, below, end = found.start(6), found.start(7), found.end(7)
        text = ResponseText(request, int(code), headers, reason, piece, start, below, end)
        return Interaction(request, Response.defer(text), name)

    def _split_name(self, piece: str) -> tuple[str, str] | None:
        """
        Split an interaction from the name of its section, which is empty if it has none.

        The text that is left is kept without the name, so that it is written under any. None if
        the name is in another form than ours.
        """
        at = piece.rfind(_BY)
        if at < 0:
            return piece, ""
        found = _NAME.match(piece, at + len(_BY))
        if found is None:
            return None
        first, lines = found.groups()
        name = self._below(first, lines, _NAME_INDENT) if lines else self._text(first)
        return (piece[: at + 1], name) if name else None

    def _request(self, method: str, uri: str, headers: str) -> Request | None:
        """The request, without a body."""
        fields = self._headers_of(headers)
        if fields is None or self._text(method) is None:
            return None
        if _URL.match(uri):
            return Request.trust(method, uri, fields, b"")
        url = self._text(uri)
        try:
            request = Request(method, url, fields) if url is not None else None
        except ValueError:
            return None
        return request if request and request.scheme in ("http", "https") else None

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

    def _below(self, first: str, lines: str, indent: str = _RESPONSE_INDENT) -> str | None:
        """The text of a value in lines below its name, as one of more than 80 letters stands."""
        if first == _BINARY or not _is_ours(first, lines, indent):
            return None
        return _block(first, lines, indent)

    def _text(self, scalar: str) -> str | None:
        """The text that *scalar* is, all of it on one line; None if it may be anything else."""
        if scalar not in self._texts:
            is_text = _is_on_one_line(scalar)
            self._texts[scalar] = str(_one_line(scalar)) if is_text else None
        return self._texts[scalar]


class ResponseText(NamedTuple):
    """
    The text of one response in a cassette.

    Attributes:
        request: The request before it, in the same *piece*.

        piece: The text of the whole interaction, from behind ``- request:``.

        start, below, end: The places in it of the body: its first line, which begins behind the
            key, and the lines below.
    """

    request: Request
    code: int
    headers: Headers
    reason: str
    piece: str
    start: int
    below: int
    end: int

    def read(self) -> Response:
        """Return the response, decoded."""
        headers, body, reason = self.peek()
        return plain(Response(self.code, headers, body, reason))

    def peek(self) -> tuple[Headers, bytes, str]:
        """Return headers, body and reason as they stand there, decoded or not."""
        first = self.piece[self.start : self.below - 1]
        body = _bytes_of(first, self.piece[self.below : self.end], _RESPONSE_INDENT)
        return self.headers, body, self.reason

    @property
    def has_block(self) -> bool:
        """True if a text or bytes in several lines stand in the interaction."""
        piece = self.piece
        return (
            self.below != self.end
            or piece.startswith(("    body: |", "    body: !!binary |"))
            or "\n        " in piece
        )

    @property
    def may_be_kept(self) -> bool:
        """True if the interaction may be written as it stands there."""
        # Blank lines at the end of a block may be the end of the document, too.
        return (
            "|+\n" not in self.piece
            and "|2+\n" not in self.piece
            and are_as_stored(self.headers)
            and are_as_stored(self.request.headers)
        )

    def may_mention(self, *texts: str) -> bool:
        """Return False only if none of *texts* is in the decoded body, which is certain."""
        piece, start, end = self.piece, self.start, self.end
        if piece[start] in '!"' or "content-encoding" in self.headers:
            return True
        for text in texts:  # noqa: SIM110 - any() takes three times as long
            if piece.find(text, start, end) >= 0:
                return True
        return False


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
