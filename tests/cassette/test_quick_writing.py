"""The quick writer writes what PyYAML writes, byte for byte."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from twreplay import Interaction, Request, Response
from twreplay._cassette import RecordedWebhook, Recording
from twreplay._cassette.files import codec

PIECES = st.sampled_from(
    [
        *("a", "Z", "0", "9", ".", "-", "_", " ", "  ", "\n", "\n\n", ":", ": ", "#", " #", "'"),
        *('"', "|", ">", "&", "*", "!", "%", "@", "`", "{", "}", "[", "]", ",", "?", "\\", "\t"),
        *("~", "=", "\r", "\r\n", "\x00", "\x7f", "\x85", "\xa0", "\u2028", "\u2029", "\ufeff"),
        *("\ue000", "é", "字", "\U0001f600", "null", "yes", "On", "12:30", "1e3", "0x1f", "<<"),
        *("2026-11-23", "...", "---", "x" * 50, "word " * 20),
    ]
)
TEXTS = st.lists(PIECES, max_size=8).map("".join) | st.text(
    st.characters(blacklist_categories=["Cs"])
)
BODIES = TEXTS.map(str.encode) | st.binary(max_size=100)
NAMES = TEXTS | st.sampled_from(["Content-Type", "content-type", "yes", "On", "X-Y", "<<"])
HEADERS = st.lists(st.tuples(NAMES, TEXTS), max_size=4)
REQUESTS = st.builds(
    Request,
    st.sampled_from(["GET", "POST", "NULL", "ON"]),
    st.sampled_from(
        ["https://api.twilio.com/2008-08-01", "http://x.test/a?b=%20c#d", "http://é/ "]
    ),
    HEADERS,
    BODIES,
)
RESPONSES = st.builds(Response, st.integers(100, 999), HEADERS, BODIES, TEXTS)
INTERACTIONS = st.builds(Interaction, REQUESTS, RESPONSES, st.just("") | TEXTS)
WEBHOOKS = st.builds(RecordedWebhook, st.just(0), INTERACTIONS)
RECORDINGS = st.builds(
    Recording,
    interactions=st.lists(INTERACTIONS, max_size=3).map(tuple),
    webhooks=st.lists(WEBHOOKS, max_size=2).map(tuple),
    recorded_at=st.sampled_from(["", "2026-11-26T06:00:00Z", "2026-11-26"]),
    host=TEXTS,
    foreign=st.booleans(),
    redacted=st.sampled_from([(), ("phone", "name")]),
)


def written(body: bytes, reason: str = "OK") -> Recording:
    request = Request("POST", "https://api.twilio.com/2008-08-01", {}, body)
    return Recording(interactions=(Interaction(request, Response(200, {}, body, reason)),) * 2)


@given(RECORDINGS)
@example(written(b"\n"))
@example(written(b"a\n\n"))
@example(written(b" a\nb", "a\n\n"))
@example(written(b"a \nb", "ends with\n..."))
@example(written(b"a", "a\n\u2028"))
@example(written(b"a\tb" * 40, "9 ,[..."))
def test_the_text_is_that_of_pyyaml(recording):
    quickly = codec.encode(recording)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codec, "_encode_fast", lambda head, interactions: None)
        assert quickly == codec.encode(recording)


NEW = Interaction(
    Request("GET", "https://api.twilio.com/2008-08-01/Calls"), Response(200, {}, "<Calls/>\n\n")
)
COMMON = Recording(interactions=(NEW, Interaction(NEW.request, Response(200, {}, "a"))) * 2)


@given(RECORDINGS)
@example(COMMON)
@example(replace(COMMON, interactions=COMMON.interactions[1:]))
def test_the_text_that_is_kept_is_what_would_be_written(recording):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codec, "_encode_fast", lambda head, interactions: None)
        loaded = codec.decode(codec.encode(recording))
        more = replace(loaded, interactions=(*loaded.interactions, NEW, *loaded.interactions))
        expected = codec.encode(more)

    assert codec.encode(more) == expected


def test_common_interactions_are_written_without_pyyaml(monkeypatch):
    monkeypatch.setattr(codec, "_dump", lambda data: pytest.fail(f"dumped: {data}"))
    header = "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, X-A"
    headers = {"Content-Type": "application/xml", "Access-Control-Allow-Headers": header}
    for body in (b"", b"To=%2B1&Body=a+b", b"<A>\n  <B/>\n</A>\n", b'{"a": 1}', b"\xff\x00" * 99):
        request = Request("POST", "https://api.twilio.com/2008-08-01/Accounts?a=b", headers, body)
        interaction = Interaction(request, Response(201, headers, body))
        codec.encode(
            Recording(interactions=(interaction,), recorded_at="2026-11-26T06:00:00Z", host="a.b")
        )
