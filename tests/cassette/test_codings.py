"""Bodies are looked into whatever their content coding, and are not written if nobody can."""

from __future__ import annotations

import gzip
import sys
import zlib
from importlib.util import find_spec

import pytest
from basic_auth import encode_basic
from cassette_files import read
from conftest import ACCOUNT, BASE, TOKEN
from recorder import handler_of
from secret_corpus import OTHER_TOKEN
from token_guard import TOKENS

import twreplay
from twreplay import Request, Response, errors

TOKENS.add(OTHER_TOKEN)

BODY = f"<Account><Sid>{ACCOUNT}</Sid><AuthToken>{OTHER_TOKEN}</AuthToken></Account>".encode()
CLEAN = BODY.replace(OTHER_TOKEN.encode(), b"REDACTED")
OWN = {"Authorization": encode_basic(ACCOUNT, TOKEN)}


def raw_deflate(body):
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(body) + stream.flush()


def brotli(body):
    import brotli

    return brotli.compress(body)


def zstd(body):
    import zstandard

    return zstandard.ZstdCompressor().compress(body)


CODINGS = {
    "gzip": ("gzip", gzip.compress),
    "gzip with a tail": ("gzip", lambda body: gzip.compress(body) + b"\n"),
    "gzip cut off": ("gzip", lambda body: gzip.compress(body)[:-5]),
    "gzip in two members": ("gzip", lambda b: gzip.compress(b[:20]) + gzip.compress(b[20:])),
    "x-gzip": ("x-gzip", gzip.compress),
    "capitals": ("GZip", gzip.compress),
    "zlib": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
    "gzip twice": ("gzip, gzip", lambda body: gzip.compress(gzip.compress(body))),
    "deflate, then gzip": ("deflate, gzip", lambda body: gzip.compress(zlib.compress(body))),
    "identity": ("identity", bytes),
    "decoded already": ("gzip", bytes),
    "unknown, and text all the same": ("x-own", bytes),
}

# A client that asks for these must have the package, and so must whoever runs these.
if find_spec("brotli"):
    CODINGS["br"] = ("br", brotli)
    CODINGS["gzip, br"] = ("gzip, br", lambda body: brotli(gzip.compress(body)))
if find_spec("zstandard"):
    CODINGS["zstd"] = ("zstd", zstd)
    CODINGS["zstd in two frames"] = ("zstd", lambda body: zstd(body[:9]) + zstd(body[9:]))


def record(path, request, response):
    with twreplay.use_cassette(path, record_mode="once") as cassette:
        handler_of(cassette).record(request, response)
    return read(path).interactions[0]


@pytest.mark.parametrize("name", [name for name in CODINGS if name != "decoded already"])
def test_a_response_is_decoded_and_written_without_its_token(name, tmp_path):
    coding, pack = CODINGS[name]
    response = Response(200, {"Content-Encoding": coding}, pack(BODY))

    written = record(tmp_path / "new.yaml", Request("GET", BASE, OWN), response)

    assert written.response.body == CLEAN


def test_a_text_that_is_not_the_gzip_it_says_is_refused(tmp_path):
    """Read again it would be one that another tool has decoded, and the client would not fail."""
    response = Response(200, {"Content-Encoding": "gzip"}, BODY)

    with pytest.raises(twreplay.errors.RecordingInterrupted, match="not the gzip that it says"):
        record(tmp_path / "new.yaml", Request("GET", BASE, OWN), response)

    assert not (tmp_path / "new.yaml").exists()


@pytest.mark.parametrize("name", CODINGS)
def test_a_request_is_written_without_its_token(name, tmp_path):
    coding, pack = CODINGS[name]
    headers = {**OWN, "Content-Encoding": coding, "Content-Type": "application/xml"}

    written = record(
        tmp_path / "new.yaml", Request("POST", BASE, headers, pack(BODY)), Response(200)
    )

    assert written.request.body == CLEAN


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, br", "x-own"])
@pytest.mark.parametrize("part", ["request", "response"])
def test_a_body_that_nobody_can_look_into_is_refused(part, coding, tmp_path, monkeypatch):
    for package in ("brotli", "brotlicffi", "compression.zstd", "zstandard", "pyzstd"):
        monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setitem(sys.modules, "backports.zstd", None)
    packed = b"\x28\xb5\x2f\xfd" + bytes(range(256))
    headers = {"Content-Encoding": coding}
    request = Request("POST", BASE, {**OWN, **(headers if part == "request" else {})}, packed)
    response = Response(200, headers, packed) if part == "response" else Response(200)

    with pytest.raises(errors.SecretInCassette, match="nobody can look into") as refused:
        record(tmp_path / "new.yaml", request, response)

    assert "Accept-Encoding" in str(refused.value)
    assert not (tmp_path / "new.yaml").exists()


def test_a_body_of_a_coding_that_is_said_to_be_harmless_is_written(tmp_path):
    path = tmp_path / "new.yaml"
    packed = bytes(range(256))

    with twreplay.use_cassette(path, record_mode="once", not_secret="content-encoding") as cassette:
        handler_of(cassette).record(
            Request("GET", BASE, OWN), Response(200, {"Content-Encoding": "x-own"}, packed)
        )

    assert read(path).interactions[0].response.body == packed


def test_packed_bytes_without_a_coding_are_looked_into(tmp_path):
    written = record(
        tmp_path / "new.yaml",
        Request("GET", BASE, OWN),
        Response(200, {"Content-Type": "application/gzip"}, gzip.compress(BODY)),
    )

    assert gzip.decompress(written.response.body) == CLEAN
