"""Bytes of HTTP/1.1 to our values, and back. Opens no socket."""

from __future__ import annotations

import re
from typing import NamedTuple

import h11

from twreplay._http import Headers, Request, Response, is_bodiless

# Headers that tell how a message was framed on one connection, which is not how it is on another.
_FRAMING = ("transfer-encoding", "content-length")

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
"""What a client waits for that has announced its body with ``Expect``."""

# Larger than any real head; h11's own limit is 16 KiB.
_LONGEST_HEAD = 1 << 20

# Of digits in a Content-Length; as h11 has it.
_LONGEST_LENGTH = 20


# What nearly every client writes: a token, a colon, one space, a value without space around it.
_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_VALUE = r"[!-~](?:[ -~]*[!-~])?"
_FIELD = re.compile(rf"({_NAME}): ({_VALUE})\r\n")
_HEAD = re.compile(rf"({_NAME}) ([!-~]+) HTTP/1\.1\r\n((?:{_NAME}: {_VALUE}\r\n)+)\r\n")


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
        head = self._plain.fields if self._plain is not None else self._fields
        return any(
            name.lower() == "expect" and value.lower() == "100-continue" for name, value in head
        )

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
        return self._request(plain.method, plain.target, plain.fields, body)

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
                return self._request(method, target, fields, b"".join(self._body))
            else:
                return None

    def _request(
        self, method: str, target: str, fields: list[tuple[str, str]], body: bytes
    ) -> Request:
        url = target if target.startswith(("http://", "https://")) else self._base + target
        try:
            return Request(method, url, Headers(fields), body)
        except ValueError:
            msg = "the target of the request is an absolute URL without a host, or a broken one"
            raise h11.RemoteProtocolError(msg) from None


class _Plain(NamedTuple):
    """The head of a request, and where in the bytes its body begins and ends."""

    method: str
    target: str
    fields: list[tuple[str, str]]
    begin: int
    end: int


def _plain(raw: bytearray) -> _Plain | None:
    """The head at the start of *raw*; None if it is not all there, or not of the plainest."""
    begin = raw.find(b"\r\n\r\n") + 4
    found = _HEAD.fullmatch(raw[:begin].decode("latin-1"))
    if found is None:
        return None
    method, target, lines = found.groups()
    fields: list[tuple[str, str]] = _FIELD.findall(lines)
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
    return _Plain(method, target, fields, begin, begin + int(digits))


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


def render(response: Response, *, method: str, missing: int = 0) -> bytes:
    """
    The bytes of *response* to a request of *method*.

    Args:
        missing: How many bytes more than there are to announce, so that the client sees a
            response that broke off.
    """
    bodiless = is_bodiless(response.status, method)
    fields = [(n, v) for n, v in response.headers.pairs if n.lower() not in _FRAMING]
    if bodiless:
        if response.status not in (204,) and "content-length" in response.headers:
            fields.append(("Content-Length", response.headers["content-length"]))
    else:
        fields.append(("Content-Length", str(len(response.body) + missing)))
    lines = [f"HTTP/1.1 {response.status} {response.reason}".encode("latin-1", "replace")]
    lines += [f"{name}: {value}".encode("latin-1", "replace") for name, value in fields]
    return b"\r\n".join([*lines, b"", b"" if bodiless else response.body])


def _text(items: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in items]
