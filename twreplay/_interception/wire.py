"""Bytes of HTTP/1.1 to our values, and back. Opens no socket."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import h11

from twreplay._http import Headers, Request, Response, is_bodiless, is_length

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
"""What a client waits for that has announced its body with ``Expect``."""

# Larger than any real head; h11's own limit is 16 KiB.
_LONGEST_HEAD = 1 << 20

# Of digits in a Content-Length; as h11 has it.
_LONGEST_LENGTH = 20


# What nearly every client writes: a token, a colon, one space, a value without space around it.
_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_VALUE = r"[!-~](?:[ -~]*[!-~])?"
_FIELD = re.compile(rf"({_NAME}): ({_VALUE})")
_FIRST_LINE = re.compile(rf"({_NAME}) ([!-~]+) HTTP/1\.1")


class RequestReader:
    """
    Reads one request from the bytes that a client writes.

    Those that are framed in the plainest way are read at once, all others by h11.

    Args:
        base: Scheme and authority for a request line that names only a path.
    """

    def __init__(self, base: str) -> None:
        self._base = base
        self._h11: h11.Connection | None = None
        self._head: h11.Request | None = None
        self._fields: list[tuple[str, str]] = []
        self._body: list[bytes] = []
        self._plain: _Plain | None = None
        self.raw = bytearray()

    @property
    def is_expecting(self) -> bool:
        """Return whether the head was read, and asks when the body may follow."""
        if self._plain is not None:
            return self._plain.is_expecting
        return _is_expecting(self._fields)

    def feed(self, data: bytes) -> Request | None:
        """Take *data*; the request, once it is complete."""
        self.raw += data
        if self._h11 is not None:
            return self._slowly(data)
        if self._plain is None:
            self._plain = _plain(self.raw)
        if self._plain is None or len(self.raw) > self._plain.end:
            self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=_LONGEST_HEAD)
            return self._slowly(bytes(self.raw))
        return self._quickly(self._plain) if len(self.raw) == self._plain.end else None

    def _quickly(self, plain: _Plain) -> Request:
        body = bytes(self.raw[plain.begin :])
        return self._request(plain.method, plain.target, plain.headers, body)

    def _slowly(self, data: bytes) -> Request | None:
        assert self._h11 is not None
        self._h11.receive_data(data)
        while True:
            event = self._h11.next_event()
            if isinstance(event, h11.Request):
                self._head = event
                self._fields = _text(event.headers.raw_items())
            elif isinstance(event, h11.Data):
                self._body.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                head = self._head
                assert head is not None
                fields = self._fields
                method, target = head.method.decode("ascii"), head.target.decode("latin-1")
                return self._request(method, target, Headers(fields), b"".join(self._body))
            else:
                return None

    def _request(self, method: str, target: str, headers: Headers, body: bytes) -> Request:
        url = target if target.startswith(("http://", "https://")) else self._base + target
        try:
            return Request(method, url, headers, body)
        except ValueError:
            msg = "the target of the request is an absolute URL without a host, or a broken one"
            raise h11.RemoteProtocolError(msg) from None


class _Plain(NamedTuple):
    """The head of a request, and where in the bytes its body begins and ends."""

    method: str
    target: str
    headers: Headers
    begin: int
    end: int
    is_expecting: bool


def _plain(raw: bytearray) -> _Plain | None:
    """The head at the start of *raw*; None if it is not all there, or not of the plainest."""
    end = raw.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = bytes(raw[:end])
    return _read_known(head) if end <= _LONGEST_KNOWN else _read_plain(head)


def _read_plain(head: bytes) -> _Plain | None:
    """Read a *head*, without the empty line after it; None if it is not of the plainest."""
    first, *lines = head.decode("latin-1").split("\r\n")
    found = _FIRST_LINE.fullmatch(first)
    fields = [field for line in lines if (field := _read_field(line)) is not None]
    if found is None or len(fields) != len(lines):
        return None
    method, target = found.groups()
    begin = len(head) + 4
    names = [name.lower() for name, _ in fields]
    if names.count("host") != 1 or "transfer-encoding" in names:
        return None
    digits = "0"
    if "content-length" in names:
        digits = fields[names.index("content-length")][1]
        if names.count("content-length") > 1:
            return None
    if not digits.isdigit() or len(digits) > _LONGEST_LENGTH:
        return None
    is_expecting = "expect" in names and _is_expecting(fields)
    return _Plain(method, target, Headers(fields), begin, begin + int(digits), is_expecting)


# Cached: a client writes the same heads again and again, and to read one takes 6 µs of 44.
_read_known = lru_cache(maxsize=256)(_read_plain)
_LONGEST_KNOWN = 4096


def _is_expecting(fields: list[tuple[str, str]]) -> bool:
    return any(
        name.lower() == "expect" and value.lower() == "100-continue" for name, value in fields
    )


# Cached: heads differ in few of their lines, and one pattern over all took 5 µs.
@lru_cache(maxsize=256)
def _read_field(line: str) -> tuple[str, str] | None:
    """Return the name and the value in a *line* of a head; None if it is not of the plainest."""
    found = _FIELD.fullmatch(line)
    return (found[1], found[2]) if found is not None else None


class ResponseReader:
    """Reads one response to a request of *method* from the bytes of a connection."""

    def __init__(self, method: str) -> None:
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_HEAD)
        # h11 reads no response before it has sent a request; what it frames with is the method.
        self._h11.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
        self._h11.send(h11.EndOfMessage())
        self._head: h11.Response | None = None
        self._body: list[bytes] = []

    def feed(self, data: bytes) -> Response | None:
        """
        Take *data*, empty for the end of the connection; the response, once it is complete.

        Raises:
            h11.RemoteProtocolError: The connection ended, or lost its way, in the middle.
        """
        self._h11.receive_data(data)
        while True:
            event = self._h11.next_event()
            if isinstance(event, h11.Response):
                self._head = event
            elif isinstance(event, h11.Data):
                self._body.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                return self.so_far()
            elif not isinstance(event, h11.InformationalResponse):
                return None

    def so_far(self) -> Response | None:
        """Return the part read so far; None if not even the head is complete."""
        if self._head is None:
            return None
        return Response(
            self._head.status_code,
            Headers(_text(self._head.headers.raw_items())),
            b"".join(self._body),
            self._head.reason.decode("latin-1"),
        )


def list_fields(
    response: Response, method: str, missing: int = 0
) -> tuple[list[tuple[str, str]], bool]:
    """
    Return the header fields that *render* writes, and whether it writes no body.

    A response that does not say its length comes in chunks, as from a server.
    """
    if is_bodiless(response.status, method):
        return [*response.headers.pairs], True
    length = len(response.body) + missing
    fields: list[tuple[str, str]] = []
    has_length = False
    for name, value in response.headers.pairs:
        lower = name.lower()
        if lower == "content-length":
            if has_length:
                continue
            # A client holds a response to what it announces; a file edited by hand may not.
            has_length = True
            value = value if is_length(value, length) else str(length)
        elif lower == "transfer-encoding":
            continue
        fields.append((name, value))
    if not has_length:
        is_chunked = not missing
        fields.append(_CHUNKED if is_chunked else ("Content-Length", str(length)))
    return fields, False


_CHUNKED = ("Transfer-Encoding", "chunked")


def unfold(value: str) -> str:
    """Return the *value* of a field on one line; ``http.client`` alone leaves it on several."""
    return _FOLD.sub(" ", value)


_FOLD = re.compile(r"\r?\n[ \t]+")


def render(response: Response, *, method: str, missing: int = 0) -> bytes:
    """
    The bytes of *response* to a request of *method*.

    Args:
        missing: How many bytes more than there are to announce, so that the client sees a
            response that broke off.
    """
    fields, bodiless = list_fields(response, method, missing)
    lines = [f"HTTP/1.1 {response.status} {response.reason}".encode("latin-1", "replace")]
    lines += [f"{name}: {value}".encode("latin-1", "replace") for name, value in fields]
    body = b"" if bodiless else response.body
    if not bodiless and _CHUNKED in fields:
        size = b"%x\r\n" % len(body)
        body = b"".join([size, body, b"\r\n0\r\n\r\n"]) if body else b"0\r\n\r\n"
    return b"\r\n".join([*lines, b"", body])


def _text(items: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in items]
