"""A file that was read is not read again as long as its content is the same."""

from __future__ import annotations

import os

from twreplay import Interaction, Request, Response
from twreplay._cassette import Recording, load
from twreplay._cassette.files import codec
from twreplay._cassette.files import loading as loading_module


def recording(body: bytes) -> str:
    request = Request("GET", "https://api.twilio.com/2008-08-01/Accounts")
    return codec.encode(Recording(interactions=(Interaction(request, Response(200, {}, body)),)))


def test_the_same_content_is_parsed_once(tmp_path, monkeypatch):
    monkeypatch.setattr(loading_module, "_MOST_KEPT", 8)
    path, other = tmp_path / "a.yaml", tmp_path / "b.yaml"
    path.write_text(recording(b"<once/>"))
    other.write_text(recording(b"<once/>"))

    assert load(path) is load(path) is load(other)


def test_a_rewrite_of_the_same_size_and_time_is_seen(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(recording(b"<first/>"))
    before = path.stat()
    assert load(path).interactions[0].response.body == b"<first/>"

    path.write_text(recording(b"<other/>"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert path.stat().st_size == before.st_size
    assert load(path).interactions[0].response.body == b"<other/>"


def test_what_is_kept_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(loading_module, "_MOST_KEPT", 3)
    path = tmp_path / "a.yaml"
    for number in range(10):
        path.write_text(recording(b"%d" % number))
        load(path)

    assert len(loading_module._decoded) <= 3
