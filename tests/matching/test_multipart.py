"""Uploads are compared by their parts: the boundary between them is another one each time."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import aiohttp
import httpx
import httpx2
import pytest
import requests
import urllib3
import vcr
from hypothesis import given
from hypothesis import strategies as st
from raw_server import HOST, RawServer
from recorder import handler_of, record, replay

import twreplay
from twreplay import errors

URL = "https://api.twilio.com/2008-08-01/Accounts/AC0123456789abcdef0123456789abcdef/Uploads"
# All bytes, line ends of each kind, and what looks like a boundary.
BINARY = bytes(range(256)) + b"\r\n\n\r--edge\r\n--\r\n\xff\n--other\n"


def part(
    name: str = "file", filename: str | None = "a.bin", kind: str | None = None, content=b"content"
) -> bytes:
    head = f'Content-Disposition: form-data; name="{name}"'
    head += "" if filename is None else f'; filename="{filename}"'
    head += "" if kind is None else f"\r\nContent-Type: {kind}"
    return head.encode() + b"\r\n\r\n" + content


def upload(*parts: bytes, boundary: str = "edge", quoted: bool = False) -> twreplay.Request:
    line = f"--{boundary}".encode()
    body = b"".join(line + b"\r\n" + each + b"\r\n" for each in parts) + line + b"--\r\n"
    named = f'"{boundary}"' if quoted else boundary
    return twreplay.Request(
        "POST", URL, {"Content-Type": f"multipart/form-data; boundary={named}"}, body
    )


def find_differences(
    recorded: twreplay.Request, sent: twreplay.Request, **options: Any
) -> tuple[str, ...] | None:
    """Name what a miss says that differs; None if *recorded* answers *sent*."""
    answer = twreplay.Response(200, {}, b"<a/>")
    with twreplay.use_cassette(None, record_mode="once") as tape:
        handler_of(tape).record(recorded, answer)
    try:
        with twreplay.use_cassette(tape, **options) as cassette:
            assert handler_of(cassette).answer(sent, str).response.body == b"<a/>"
    except errors.UnmatchedRequest as error:
        # A miss without a difference, or a match with one, would be a key that nobody can explain.
        assert error.differences
        return error.differences
    return None


def agree(one: twreplay.Request, other: twreplay.Request) -> bool:
    """Return whether either request answers the other."""
    there, back = find_differences(one, other), find_differences(other, one)
    assert (there is None) == (back is None)
    return there is None


@pytest.mark.parametrize("content", [b"", b"text", b"\r\n", b"--edge", b"--", BINARY])
def test_another_boundary_is_no_difference(content):
    assert agree(
        upload(part(content=content), boundary="first"),
        upload(part(content=content), boundary="second one", quoted=True),
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([part(content=b"a")], [part(content=b"b")]),
        ([part(content=b"a\n")], [part(content=b"a\r\n")]),
        ([part(content=b"\xff\xfe")], [part(content=b"\xff\xfd")]),
        ([part(content=b"a\r\n")], [part(content=b"a")]),
        ([part("one")], [part("two")]),
        ([part(filename="a.bin")], [part(filename="b.bin")]),
        ([part(filename="a.bin")], [part(filename=None)]),
        ([part(kind="text/plain")], [part(kind="text/csv")]),
        ([part(kind="text/plain")], [part()]),
        ([part("one"), part("two")], [part("two"), part("one")]),
        ([part(content=b"a"), part(content=b"b")], [part(content=b"b"), part(content=b"a")]),
        ([part()], [part(), part()]),
        ([part()], []),
        ([b"X-Own: 1\r\n" + part()], [b"X-Own: 2\r\n" + part()]),
    ],
)
def test_every_other_difference_is_one(one, other):
    assert not agree(upload(*one, boundary="first"), upload(*other, boundary="second"))
    assert agree(upload(*one, boundary="first"), upload(*one, boundary="second"))


def test_the_order_of_a_part_s_own_headers_and_its_length_are_no_difference():
    one = b'Content-Disposition: form-data; name="f"\r\nContent-Type: text/plain\r\n\r\nx'
    other = (
        b"content-type: text/plain\r\nContent-Length: 1\r\n"
        b"Content-Disposition: form-data; name=f\r\n\r\nx"
    )

    assert agree(upload(one, boundary="first"), upload(other, boundary="second"))


def test_a_form_is_no_upload_of_the_same_fields():
    form = twreplay.Request(
        "POST", URL, {"Content-Type": "application/x-www-form-urlencoded"}, b"To=1"
    )

    assert not agree(form, upload(part("To", None, content=b"1")))


BROKEN = {
    "no last boundary": b"--edge\r\nContent-Type: a/b\r\n\r\nx\r\n",
    "text before": b"--x\r\n--edge\r\n\r\nx\r\n--edge--\r\n",
    "text after": b"--edge\r\n\r\nx\r\n--edge--\r\nand more",
    "another boundary": b"--other\r\n\r\nx\r\n--other--\r\n",
    "parts after the last": b"--edge--\r\n--edge\r\n\r\nx\r\n--edge--\r\n",
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=edge", "multipart/form-data", "multipart/mixed", "a/b"]
)
def test_what_is_none_is_compared_by_its_bytes(kind, body):
    one = twreplay.Request("POST", URL, {"Content-Type": kind}, body)
    other = twreplay.Request("POST", URL, {"Content-Type": kind}, body + b" ")

    assert agree(one, twreplay.Request("POST", URL, {"Content-Type": kind}, body))
    assert not agree(one, other)


@given(st.lists(st.binary(max_size=40), max_size=4), st.lists(st.binary(max_size=40), max_size=4))
def test_the_bytes_decide(first, second):
    one = upload(*(part(content=each) for each in first), boundary="Zv8one")
    other = upload(*(part(content=each) for each in second), boundary="Zv8two")

    assert agree(one, other) == (first == second)


def test_a_long_body_of_boundaries_is_read_in_one_pass():
    body = b"\r\n--edge" * 200_000
    kind = {"Content-Type": "multipart/form-data; boundary=edge"}

    request = twreplay.Request("POST", URL, kind, b"--edge\r\n" + body)

    assert agree(request, request)


def test_a_part_can_be_ignored_by_its_name():
    one = upload(part("when", None, content=b"1"), part(), boundary="first")
    other = upload(part("when", None, content=b"2"), part(), boundary="second")

    assert find_differences(one, other) == ("form.when",)
    assert find_differences(one, other, ignore=("form.when",)) is None


def test_a_miss_names_the_part_that_differs(tmp_path):
    recorded = upload(part("To", None, content=b"1"), part(kind="text/plain"), boundary="first")
    sent = upload(part("To", None, content=b"2"), part(kind="text/csv"), boundary="second")
    answer = twreplay.Interaction(recorded, twreplay.Response(200, {}, b"<a/>"))
    record(tmp_path / "c.yaml", answer)

    with pytest.raises(errors.UnmatchedRequest) as caught:
        replay(tmp_path / "c.yaml", sent)

    assert caught.value.differences == ("form.To", "form.file")
    assert "content (a.bin, text/csv)" in str(caught.value)
    assert "second" not in str(caught.value)


def test_bytes_that_are_no_text_are_described_by_their_digest(tmp_path):
    answer = twreplay.Response(200, {}, b"<a/>")
    record(tmp_path / "c.yaml", twreplay.Interaction(upload(part(content=b"\0\xff")), answer))

    with pytest.raises(errors.UnmatchedRequest, match="SHA-256 "):
        replay(tmp_path / "c.yaml", upload(part(content=b"\0\xfe")))


def test_recorded_again_with_another_boundary_makes_no_diff(tmp_path):
    answer = twreplay.Response(200, {}, b"<a/>")
    path = tmp_path / "c.yaml"
    record(path, twreplay.Interaction(upload(part(), boundary="first"), answer))
    before = path.read_bytes()

    again = twreplay.Interaction(upload(part(), boundary="second"), answer)
    record(path, again, record_mode="rewrite")

    assert path.read_bytes() == before


# ---- Through the clients.


def by_requests(url: str) -> bytes:
    files = {"file": ("a.bin", io.BytesIO(BINARY), "audio/x-wav")}
    return requests.post(url, files=files, data={"To": "415"}, timeout=60).content


def by_urllib3(url: str) -> bytes:
    fields = {"To": "415", "file": ("a.bin", BINARY, "audio/x-wav")}
    with urllib3.PoolManager() as pool:
        return pool.request("POST", url, fields=fields, timeout=60).data


def by_httpx(url: str, kin=httpx) -> bytes:
    files = {"file": ("a.bin", io.BytesIO(BINARY), "audio/x-wav")}
    return kin.post(url, files=files, data={"To": "415"}, timeout=60).content


def by_httpx2(url: str) -> bytes:
    return by_httpx(url, httpx2)


def by_aiohttp(url: str) -> bytes:
    async def ask() -> bytes:
        form = aiohttp.FormData({"To": "415"}, default_to_multipart=True)
        form.add_field("file", BINARY, filename="a.bin", content_type="audio/x-wav")
        async with aiohttp.ClientSession() as session, session.post(url, data=form) as answer:
            return await answer.read()

    return asyncio.run(ask())


UPLOADS = [by_requests, by_urllib3, by_httpx, by_httpx2, by_aiohttp]


@pytest.fixture
def server():
    with RawServer() as server:
        yield server


@pytest.mark.parametrize("suffix", ["yaml", "json"])
@pytest.mark.parametrize("ask", UPLOADS)
def test_an_upload_is_recorded_and_replayed(ask, suffix, server, tmp_path):
    path = tmp_path / f"c.{suffix}"
    with twreplay.use_cassette(path, record_mode="once", hosts=(HOST,)):
        assert ask(server.url()) == b"<a/>"

    with twreplay.use_cassette(path, hosts=(HOST,)) as cassette:
        assert ask(server.url()) == b"<a/>"

    assert (cassette.play_count, len(server.seen)) == (1, 1)


@pytest.mark.parametrize("ask", [by_urllib3, by_httpx, by_httpx2])
def test_an_upload_of_one_client_is_replayed_by_another(ask, server, tmp_path):
    path = tmp_path / "c.yaml"
    with twreplay.use_cassette(path, record_mode="once", hosts=(HOST,)):
        by_requests(server.url())

    with twreplay.use_cassette(path, hosts=(HOST,)):
        assert ask(server.url()) == b"<a/>"


@pytest.mark.parametrize("serializer", ["yaml", "json"])
def test_an_upload_that_vcrpy_recorded_is_replayed(serializer, server, tmp_path):
    path = tmp_path / f"c.{serializer}"
    content = b"text\r\n" if serializer == "json" else BINARY  # it cannot write others as JSON
    files = {"file": ("a.bin", content, "audio/x-wav")}
    with vcr.use_cassette(str(path), serializer=serializer):
        requests.post(server.url(), files=files, timeout=60)

    with twreplay.use_cassette(path, hosts=(HOST,)) as cassette:
        requests.post(server.url(), files=files, timeout=60)

    assert (cassette.play_count, len(server.seen)) == (1, 1)
