"""The quick reader reads as the YAML parser would, or not at all; the same text is read once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twreplay import Interaction, Request, Response
from twreplay._cassette import RecordedWebhook, Recording, load
from twreplay._cassette.files import loading as loading_module
from twreplay._cassette.files.codec import _decode_fast, _decode_yaml, encode

REPOSITORY = Path(__file__).parents[2]
SHIPPED = sorted(
    path
    for folder in ("cassettes", "examples")
    for path in (REPOSITORY / folder).rglob("*.yaml")
    if "interactions:" in path.read_text("utf-8")
)

NAMES = st.text("abcXYZ-019", min_size=1, max_size=12)
LINES = st.text() | st.lists(st.text("ab :#-'\"|>&*!%@`{}[],?\\\t", max_size=8)).map("\n".join)
BODIES = st.binary(max_size=100) | (LINES | st.sampled_from(["null", "12", "~"])).map(str.encode)
VALUES = st.text(st.characters(blacklist_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["1.5", "0x1f", "12:30", "yes", "null", "2026-11-23", "a: b", "a #b", "", "word " * 20 + "x"]
)
HEADERS = st.dictionaries(NAMES, VALUES, max_size=3)
INTERACTIONS = st.builds(
    Interaction,
    st.builds(
        Request,
        st.sampled_from(["GET", "POST", "NULL"]),
        st.sampled_from(["https://api.twilio.com/2008-08-01", "http://x.test/a?b=%20c#d"]),
        HEADERS,
        BODIES,
    ),
    st.builds(Response, st.integers(100, 999), HEADERS, BODIES, VALUES),
    st.just("") | VALUES | LINES,
)
WEBHOOKS = st.builds(RecordedWebhook, st.just(0), INTERACTIONS)
RECORDINGS = st.builds(
    Recording,
    interactions=st.lists(INTERACTIONS, max_size=4).map(tuple),
    webhooks=st.lists(WEBHOOKS, max_size=2).map(tuple),
)


def same(quickly: Recording, slowly: object) -> bool:
    def whole(recording):
        return [
            (
                (i.request.method, i.request.url, i.request.headers.pairs, i.request.body),
                (i.response.status, i.response.reason, i.response.headers.pairs, i.response.body),
                i.recorded_by,
            )
            for i in recording.all_interactions
        ]

    # Recordings compare without the order and the case of headers.
    return quickly == slowly and whole(quickly) == whole(slowly)


@given(RECORDINGS)
def test_what_was_written_is_read_alike(recording):
    text = encode(recording)

    quickly = _decode_fast(text)
    assert quickly is None or same(quickly, _decode_yaml(text))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_the_shipped_cassettes_are_read_quickly(path):
    text = path.read_text("utf-8")
    quickly = _decode_fast(text)

    assert quickly is not None
    assert same(quickly, _decode_yaml(text))


BODY_FORMS = [b"", b"plain", b"it's", b"a: b", b"1", b"null", b"~", b"a\nb", b"a\nb\n", b"a\n\n"]
BODY_FORMS += [b"\n a", b"  a\nb", b"a\n\n\n  b\n", b"\x00\xff", b"a\tb", b"a \nb", "é\n".encode()]
BODY_FORMS += ["\ufeff".encode(), b"x " * 50, b"\x7f", b"'\"|>\\"]


@pytest.mark.parametrize("body", BODY_FORMS)
def test_every_form_of_a_body_that_is_written_is_read_quickly(body):
    request, response = Request("POST", "https://x.test/", {}, body), Response(200, {}, body)
    text = encode(Recording(interactions=(Interaction(request, response),) * 2))
    quickly = _decode_fast(text)

    assert quickly is not None
    assert same(quickly, _decode_yaml(text))


def test_a_long_header_is_read_quickly():
    # Access-Control-Allow-Headers alone took a whole file to the parser, eight times as slow.
    value = "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Un"
    headers = [("A", value), ("A", f"- {value}"), ("A", " " + value), ("B", "b")]
    request = Request("GET", "https://x.test/", headers)
    text = encode(Recording(interactions=(Interaction(request, Response(200, headers, b"")),)))
    quickly = _decode_fast(text)

    assert quickly is not None
    assert same(quickly, _decode_yaml(text))


TYPED = (
    *("", " ", "  ", "\n", "\n\n", "- ", ": ", " #x", "'", '"', "|", "null", "1", "&a ", "*a", ">"),
    *("\t", "\\", "\x85", "\u2028", "\ufeff", "\r", "!!binary |", "? ", "%", "{}", "..."),
)


@given(RECORDINGS, st.data())
def test_what_was_changed_by_hand_is_read_alike(recording, data):
    lines = encode(recording).split("\n")
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        start = data.draw(st.integers(0, len(lines[at])))
        end = data.draw(st.integers(start, start + 3))
        lines[at] = lines[at][:start] + data.draw(st.sampled_from(TYPED)) + lines[at][end:]
    text = "\n".join(lines)
    quickly = _decode_fast(text)
    assert quickly is None or same(quickly, _decode_yaml(text))


@given(RECORDINGS, st.data())
def test_lines_that_moved_are_read_alike(recording, data):
    lines = encode(recording).split("\n")
    at, to = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    moved = lines.pop(at) if data.draw(st.booleans()) else lines[at]
    lines.insert(to, moved)
    text = "\n".join(lines)
    quickly = _decode_fast(text)
    assert quickly is None or same(quickly, _decode_yaml(text))


def recorded_text(body: bytes) -> str:
    request = Request("GET", "https://api.twilio.com/2008-08-01/Accounts")
    return encode(Recording(interactions=(Interaction(request, Response(200, {}, body)),)))


def test_the_same_content_is_parsed_once(tmp_path, monkeypatch):
    monkeypatch.setattr(loading_module, "_MOST_KEPT", 8)
    path, other = tmp_path / "a.yaml", tmp_path / "b.yaml"
    path.write_text(recorded_text(b"<once/>"))
    other.write_text(recorded_text(b"<once/>"))

    assert load(path) is load(path) is load(other)


def test_a_rewrite_of_the_same_size_and_time_is_seen(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(recorded_text(b"<first/>"))
    before = path.stat()
    assert load(path).interactions[0].response.body == b"<first/>"

    path.write_text(recorded_text(b"<other/>"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert path.stat().st_size == before.st_size
    assert load(path).interactions[0].response.body == b"<other/>"


def test_what_is_kept_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(loading_module, "_MOST_KEPT", 3)
    path = tmp_path / "a.yaml"
    for number in range(10):
        path.write_text(recorded_text(b"%d" % number))
        load(path)

    assert len(loading_module._decoded) <= 3
