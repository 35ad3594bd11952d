"""Requests that are read at once are what h11 makes of them, however the bytes come."""

from __future__ import annotations

from itertools import pairwise

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from twreplay._interception import wire
from twreplay._interception.wire import RequestReader

BASE = "https://api.twilio.com"

lines = st.lists(
    st.sampled_from(
        [
            b"Host: api.twilio.com",
            b"Host: api.twilio.com",
            b"Content-Length: 3",
            b"Content-Length: 0",
            b"content-length: 5",
            b"Content-Length: 3, 3",
            b"Content-Length: x",
            b"Transfer-Encoding: chunked",
            b"Expect: 100-continue",
            b"Connection: close",
            b"Authorization: Basic QUM6dA==",
            b"Accept:*/*",
            b"X-Space:  two ",
            b"X-Tab: a\tb",
            b"X-Empty:",
            b"X-Latin: \xe9",
            b" folded",
            b"no colon",
            b"X-Nul: \0",
        ]
    ),
    max_size=5,
)
firsts = st.sampled_from(
    [
        b"GET /Calls HTTP/1.1",
        b"POST /Calls?a=b HTTP/1.1",
        b"GET http://api.twilio.com/Calls HTTP/1.1",
        b"GET /Calls HTTP/1.0",
        b"GET  /Calls HTTP/1.1",
        b"G\xc9T / HTTP/1.1",
        b"nonsense",
    ]
)
bodies = st.sampled_from([b"", b"a=b", b"a=bcd", b"3\r\na=b\r\n0\r\n\r\n", b"\r\n\r\n"])


def read(pieces: list[bytes]) -> object:
    """The request, what went wrong, or that it is not complete."""
    reader = RequestReader(BASE)
    for piece in pieces:
        try:
            request = reader.feed(piece)
        except h11.RemoteProtocolError:
            return "refused"
        if request is not None:
            return request.method, request.url, request.headers.pairs, request.body
    return "not complete"


@given(firsts, lines, bodies, st.lists(st.integers(0, 200), max_size=3))
@example(b"GET /Calls HTTP/1.1", [b"Host: a"], b"", [])
@example(b"POST /Calls HTTP/1.1", [b"Host: a", b"Content-Length: 3"], b"a=b", [30])
def test_as_h11_reads_it(first, lines, body, cuts):
    content = b"\r\n".join([first, *lines, b"", body])
    edges = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
    pieces = [content[a:b] for a, b in pairwise(edges) if a < b]
    quickly = read(pieces)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(wire, "_plain", lambda raw: None)

        assert quickly == read(pieces)


def test_what_clients_write_is_read_without_h11(monkeypatch):
    monkeypatch.setattr(h11, "Connection", None)
    head = b"POST /Calls HTTP/1.1\r\nHost: api.twilio.com\r\nContent-Length: 3\r\n\r\n"

    assert read([head, b"a=", b"b"]) == (
        "POST",
        f"{BASE}/Calls",
        (("Host", "api.twilio.com"), ("Content-Length", "3")),
        b"a=b",
    )
