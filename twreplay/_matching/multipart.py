"""
Bodies of ``multipart/form-data``, without the boundary, another one each time.

The parts are cut out here, as ``email`` would take a line feed alone for the end of a line, which a
file may have. Their heads are read by it.
"""

from __future__ import annotations

from email.message import Message
from email.parser import HeaderParser
from hashlib import sha256
from typing import Final, NamedTuple

from twreplay._http import Request

_TYPE: Final = "multipart/form-data"

# A length says nothing that the bytes do not.
_NOT_COMPARED: Final = ("content-disposition", "content-type", "content-length")


class PartContent(NamedTuple):
    """
    One part of a multipart body, but for its name.

    Attributes:
        filename: The name of the file; None for a plain field.

        kind: The content type; None if there is none.

        others: The other header fields, in lower case, sorted.

        content: The bytes.
    """

    filename: str | None
    kind: str | None
    others: tuple[tuple[str, str], ...]
    content: bytes

    def __str__(self) -> str:
        text = self.content.decode("utf-8", "replace")
        if "\ufffd" in text or "\0" in text:
            digest = sha256(self.content).hexdigest()[:12]
            text = f"{len(self.content)} bytes, SHA-256 {digest}…"
        said = [value for value in (self.filename, self.kind) if value is not None]
        said += [f"{name}: {value}" for name, value in self.others]
        return f"{text} ({', '.join(said)})" if said else text


Parts = tuple[tuple[str, PartContent], ...]

# In the place of the parts of a body that has none.
_NO_PARTS: Final[Parts] = (("(no parts)", PartContent(None, None, (), b"")),)


def get_boundary(request: Request) -> str | None:
    """Return the boundary of the body of *request*; None if it is not multipart/form-data."""
    if not request.body.startswith(b"--"):
        return None
    content_type = request.headers.get("content-type", "")
    if not content_type.lstrip().lower().startswith(_TYPE):
        return None
    head = Message()
    head["Content-Type"] = content_type
    return head.get_boundary() if head.get_content_type() == _TYPE else None


def split_parts(request: Request) -> Parts | None:
    """
    Split the body of *request* into its parts, in order, each with its name.

    None if it is not multipart/form-data, or not written as that has to be.
    """
    boundary = get_boundary(request)
    if boundary is None:
        return None
    pieces = _cut(request.body, boundary.encode("utf-8", "surrogateescape"))
    if pieces is None:
        return None
    parts = tuple(_read_part(piece) for piece in pieces)
    return parts or _NO_PARTS


def are_equal_but_for_boundary(one: Request, other: Request) -> bool:
    """Return whether two requests are equal but for the boundary of their multipart bodies."""
    first, second = get_boundary(one), get_boundary(other)
    if first is None or second is None:
        return one == other
    parts = split_parts(one)
    if parts is None or parts != split_parts(other):
        return False
    mine, theirs = (
        (each.method, each.url, each.headers.without("content-type", "content-length"))
        for each in (one, other)
    )
    return mine == theirs


def _cut(body: bytes, boundary: bytes) -> list[bytes] | None:
    """Cut *body* at its delimiters; None if there is anything before the first, or no last one."""
    pieces: list[list[bytes]] = []
    delimiter = b"\r\n--" + boundary
    first, *rest = (b"\r\n" + body).split(delimiter)
    if first:
        return None
    for number, text in enumerate(rest):
        line, end, content = text.partition(b"\r\n")
        after = line.strip(b" \t")
        if after == b"--":
            is_last = number == len(rest) - 1 and not content
            return [delimiter.join(piece) for piece in pieces] if is_last else None
        if end and not after:
            # With the line's end: a part without a head begins with an empty line.
            pieces.append([end + content])
        elif pieces:
            # The boundary is but the beginning of what stands there.
            pieces[-1].append(text)
        else:
            return None
    return None


def _read_part(piece: bytes) -> tuple[str, PartContent]:
    head, _, content = piece.partition(b"\r\n\r\n")
    # As what follows a name in UTF-8 is, for browsers and all clients.
    fields = HeaderParser().parsestr(head.decode("utf-8", "surrogateescape").lstrip("\r\n"))
    name = fields.get_param("name", "", "content-disposition")
    others = sorted(
        (field.lower(), str(value))
        for field, value in fields.items()
        if field.lower() not in _NOT_COMPARED
    )
    kind = fields.get("content-type")
    return _join(name), PartContent(
        fields.get_filename(),
        None if kind is None else str(kind),
        tuple(others),
        content,
    )


def _join(value: object) -> str:
    """Return a parameter as text; one with a charset is three values."""
    return str(value[2]) if isinstance(value, tuple) else str(value)
