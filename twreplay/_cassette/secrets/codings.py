"""Messages as a cassette stores them: decoded, whole, and without what concerns one connection."""

from __future__ import annotations

import re
import zlib
from binascii import a2b_base64
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

from twreplay._http import Headers, Interaction, Pairs, Response, is_length

# What describes one connection, not the message.
_HOP_BY_HOP = ("transfer-encoding", "connection", "keep-alive", "proxy-connection")

# Servers and recorders write these of bodies that are as they stand.
_NO_CODING = frozenset({"", "identity", "none", "utf-8", "utf8", "binary", "8bit", "chunked"})

# What text is made of: no control characters but blanks.
TEXT_BYTES = bytes(byte for byte in range(256) if 8 < byte < 14 or byte > 31)
_PRINTABLE = bytes(byte for byte in range(9, 127) if byte < 14 or byte > 31)

# What base64 makes of nine letters of ASCII, or of the first bytes of gzip, zstd and zlib, begins
# so: of four digits the first three each have a bit that is never set. Sids and paths do not pass.
BASE64_OF_TEXT = (
    rb"[A-Za-f](?<![A-Za-z0-9+/_-].)"
    rb"(?:(?<=H)4sI|(?<=K)LUv|(?<=e)(?:A[E-H]|F[4-7]|J[w-z]|N[o-r])|[A-HQ-Xg-nw-z0-3][ABEFIJMNQRUVYZcdghkloptswx014589][\w+/-]"
    rb"(?:[A-Za-f][A-HQ-Xg-nw-z0-3][ABEFIJMNQRUVYZcdghkloptswx014589][\w+/-]){2})"
    rb"[A-Za-z0-9+/_-]{4,}+"
)

_STANDARD = bytes.maketrans(b"-_", b"+/")

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
# No more is unpacked of what somebody sent as a file: 64 KB of zeros make 64 MB.
_MOST_UNPACKED = 1 << 26


def plain(response: Response) -> Response:
    """
    *response* as it is stored: decoded, whole, and with headers that fit.

    A body that says it is gzip and is not was decoded by the tool that recorded it. One whose
    coding cannot be undone here stays as it came, and so does its header.
    """
    headers, body = response.headers, response.body
    said = _read_length(headers)
    if said is not None and (not body or not said or is_length(said, len(body))):
        return response
    if "content-encoding" in headers and body:
        decoded = decode_body(headers, body)
        if decoded is not None:
            body, headers = decoded, headers.without("content-encoding")
    headers = headers.without(*_HOP_BY_HOP)
    is_same = headers is response.headers
    if body and "content-length" in headers:
        given = headers.get_all("content-length")
        if len(given) != 1 or not is_length(given[0], len(body)):
            headers, is_same = headers.replacing("Content-Length", str(len(body))), False
    if (is_same or headers == response.headers) and body is response.body:
        return response
    return Response(response.status, headers, body, response.reason)


def _read_length(headers: Headers) -> str | None:
    """
    Return the length that *headers* of a stored body say that it has; empty if they say none.

    None if one of them is not stored, or if they say more than one.
    """
    length = ""
    for name, value in headers.pairs:
        lower = name.lower()
        if lower == "content-length" and not length:
            length = value
        elif lower in _NOT_AS_SENT:
            return None
    return length


@lru_cache(maxsize=1024)
def _are_as_stored(pairs: Pairs) -> bool:
    return not any(name.lower() in _NOT_STORED for name, _ in pairs)


def are_as_stored(headers: Headers) -> bool:
    """Return whether *headers* have nothing that is not stored: codings, and of one connection."""
    return _are_as_stored(headers.pairs)


_NOT_STORED = frozenset({*_HOP_BY_HOP, "content-encoding"})
_NOT_AS_SENT = frozenset({*_HOP_BY_HOP, "content-encoding", "content-length"})


# Cached, as the requests of a session mostly have the same headers: an eighth of saving 100.
@lru_cache(maxsize=1024)
def _drop_hop_by_hop(pairs: Pairs) -> Headers:
    return Headers.trust(pairs).without(*_HOP_BY_HOP)


def stored(interaction: Interaction) -> Interaction:
    """*interaction* as reading it back from a file gives it."""
    request = interaction.request
    if not are_as_stored(request.headers):
        headers = _drop_hop_by_hop(request.headers.pairs)
        if headers.pairs != request.headers.pairs:
            request = request.with_headers(headers)
    response = plain(interaction.response)
    if request is interaction.request and response is interaction.response:
        return interaction
    return interaction.with_messages(request, response)


def decode_body(headers: Headers, body: bytes) -> bytes | None:
    """The body with its codings undone, the last one first; None if one cannot be undone here."""
    named = ",".join(headers.get_all("content-encoding"))
    codings = [coding.strip().lower() for coding in named.split(",")]
    for coding in reversed(codings):
        if coding in _NO_CODING:
            continue
        undo = _UNDO.get(coding)
        undone = undo(body) if undo is not None else None
        if undone is None:
            # The tool that recorded it has decoded it, and has left the header.
            return body if _is_text(body) else None
        body = undone
    return body


def find_false_coding(response: Response) -> str | None:
    """
    Find the coding that a text says that it has, and has not, in *response* as it was sent.

    A client that undoes it fails. From a cassette it would not: see *plain*.
    """
    if "content-encoding" not in response.headers or not _is_text(response.body):
        return None
    named = ",".join(response.headers.get_all("content-encoding"))
    for coding in (each.strip().lower() for each in reversed(named.split(","))):
        undo = _UNDO.get(coding)
        if undo is not None:
            return coding if response.body and undo(response.body) is None else None
    return None


def holds_text(run: bytes) -> bool:
    """Return whether *run*, of base64, may be text, in one byte a letter or more, or packed."""
    try:
        return begins_as_text(a2b_base64(run[:16].translate(_STANDARD)))
    except ValueError:
        return False


def begins_as_text(head: bytes) -> bool:
    """Return whether *head* may begin a text, of one byte a letter or of more, or a packed one."""
    if head.startswith(_PACKED):
        return True
    kept = head.translate(None, b"\0")
    return bool(kept) and len(kept.translate(None, _PRINTABLE)) * 4 <= len(kept)


# What is longer is decoded in pieces: each coding undone takes many times its size.
WINDOW = 1 << 20
_OVERLAP = 1 << 12


def split_windows(content: bytes) -> Iterator[bytes]:
    """*content* in pieces, each of which begins with the end of the one before."""
    for start in range(0, len(content), WINDOW):
        yield content[start : start + WINDOW + _OVERLAP]


def is_binary(content: bytes) -> bool:
    """Return whether *content* is sound, an image or the like, which encodes no text."""
    head = content[:4096]
    if len(head.translate(None, TEXT_BYTES)) * 20 <= len(head):
        return False
    return not head.startswith(_PACKED) and read_wide_text(content[:4096]) is None


_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")


def undo_percents_once(content: bytes) -> bytes:
    """*content* with percent-encoding undone. 320 KB of nothing but ``%`` took 0.27 s otherwise."""
    return content if _PERCENT.search(content) is None else unquote_to_bytes(content)


def read_wide_text(body: bytes) -> tuple[str, str] | None:
    """*body* as text if it is UTF-16 or UTF-32, and which; None if it is not."""
    head = body[:64]
    if b"\0" not in head or len(head) < 8:
        return None
    for charset, is_it in (
        ("utf-32", head.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff"))),
        ("utf-16", head.startswith((b"\xff\xfe", b"\xfe\xff"))),
        ("utf-32-le", head[1:4] == b"\0\0\0" and head[5:8] == b"\0\0\0"),
        ("utf-32-be", head[0:3] == b"\0\0\0" and head[4:7] == b"\0\0\0"),
        ("utf-16-le", not any(head[1::2])),
        ("utf-16-be", not any(head[0::2])),
    ):
        if is_it:
            try:
                return body.decode(charset), charset
            except UnicodeDecodeError:
                return None
    return None


def unpack(body: bytes) -> bytes:
    """*body* unpacked if it begins as something packed does; itself if not."""
    if body.startswith(_PACKED):
        for begin, undo in _UNPACK.items():
            if body.startswith(begin):
                return _try(undo, body) or body
    return body


def _undo_gzip(body: bytes) -> bytes | None:
    """
    Undo gzip as clients do: several members, with something behind them, or cut off.

    ``gzip.decompress`` refuses the last two. None if it is not gzip.
    """
    pieces = []
    left = body
    while left.startswith(_GZIP):
        member = zlib.decompressobj(16 + zlib.MAX_WBITS)
        try:
            pieces.append(member.decompress(left))
        except zlib.error:
            break
        left = member.unused_data
    return b"".join(pieces) if pieces else None


def _undo_deflate(body: bytes) -> bytes | None:
    for window in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        stream = zlib.decompressobj(window)
        with suppress(zlib.error):
            undone = stream.decompress(body)
            # Nearly any byte begins a raw stream; what ends one, or fills it, does not.
            if undone and (stream.eof or window > 0 or _is_text(undone)):
                return undone
    return None


def _undo_brotli(body: bytes) -> bytes | None:
    for name in ("brotli", "brotlicffi"):
        with suppress(ImportError):
            return _try(import_module(name).decompress, body)
    return None


def _undo_zstd(body: bytes) -> bytes | None:
    if not body.startswith(_ZSTD):
        return None
    for name, undo in (
        ("compression.zstd", lambda module: module.decompress),
        ("zstandard", lambda module: _undo_frames_with(module)),
        ("pyzstd", lambda module: module.decompress),
        ("backports.zstd", lambda module: module.decompress),
    ):
        with suppress(ImportError):
            return _try(undo(import_module(name)), body)
    return None


def _undo_frames_with(zstandard: Any) -> Callable[[bytes], bytes]:
    def undo(body: bytes) -> bytes:
        pieces = []
        left = body
        while left.startswith(_ZSTD):
            frame = zstandard.ZstdDecompressor().decompressobj()
            pieces.append(frame.decompress(left))
            left = frame.unused_data
        return b"".join(pieces)

    return undo


def _undo_zlib(body: bytes) -> bytes:
    return zlib.decompressobj().decompress(body, _MOST_UNPACKED)


def _undo_bzip2(body: bytes) -> Any:
    return import_module("bz2").BZ2Decompressor().decompress(body, _MOST_UNPACKED)


def _undo_xz(body: bytes) -> Any:
    return import_module("lzma").LZMADecompressor().decompress(body, _MOST_UNPACKED)


def _undo_zip(body: bytes) -> bytes:
    """Return the files in an archive one after another, and their names and comment."""
    pieces: list[bytes] = []
    with import_module("zipfile").ZipFile(BytesIO(body)) as archive:
        left = _MOST_UNPACKED
        for member in archive.infolist():
            pieces += (member.filename.encode(), member.comment)
            with suppress(RuntimeError), archive.open(member) as file:  # one with a password
                pieces.append(file.read(left))
                left -= len(pieces[-1])
    return b"\n".join(pieces)


def _try(undo: Callable[[bytes], Any], body: bytes) -> bytes | None:
    try:
        return bytes(undo(body) or b"")
    except Exception:  # each library has its errors, and MemoryError is not among them
        return None


_UNDO: dict[str, Callable[[bytes], bytes | None]] = {
    "gzip": _undo_gzip,
    "x-gzip": _undo_gzip,
    "deflate": _undo_deflate,
    "x-deflate": _undo_deflate,
    "br": _undo_brotli,
    "zstd": _undo_zstd,
}


# By how what is packed begins. Raw deflate and brotli begin as anything does.
_UNPACK: dict[bytes, Callable[[bytes], Any]] = {
    _GZIP: _undo_gzip,
    _ZSTD: _undo_zstd,
    b"\x78\x01": _undo_zlib,
    b"\x78\x5e": _undo_zlib,
    b"\x78\x9c": _undo_zlib,
    b"\x78\xda": _undo_zlib,
    b"PK\x03\x04": _undo_zip,
    b"BZh": _undo_bzip2,
    b"\xfd7zXZ\0": _undo_xz,
}
_PACKED = tuple(_UNPACK)


def _is_text(body: bytes) -> bool:
    if body[:4096].translate(None, TEXT_BYTES):
        return False
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
