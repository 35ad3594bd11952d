"""
Where secrets stand in a message: in its fields, and in what these hold in some encoding.

A spot in an encoded part is that part: it is decoded, cleaned, and encoded again.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from html import escape, unescape
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus

from twreplay._cassette.secrets.codings import (
    BASE64_OF_TEXT,
    TEXT_BYTES,
    WINDOW,
    holds_text,
    is_binary,
    read_wide_text,
    split_windows,
    undo_percents_once,
    unpack,
)
from twreplay._cassette.secrets.lists import NUMBER
from twreplay._cassette.secrets.names import (
    HIDDEN,
    Rating,
    Spot,
    is_secret_value,
    rate_below,
    rate_name,
    tell_kind,
)
from twreplay._cassette.secrets.patterns import (
    BESIDE_ACCOUNT,
    HEXADECIMAL,
    can_hold_secret,
    find_plain,
    hide_spots,
    may_name_secret,
)
from twreplay._cassette.secrets.placeholders import decode_base64
from twreplay._cassette.secrets.tables import find_in_table

# A URL in a field of a form that is in a field of a form: three times encoded, and one for base64.
_DEEPEST = 4

_LONGEST_JSON = 1 << 24

_PIECE = re.compile(rb"[^\s\"'<>&\\=?/:;,@#]+")
ENTITY = re.compile(rb"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|amp|quot|apos|lt|gt);")
_ENTITY_PIECE = re.compile(rb"[^\s<>\"']+")
BASE64 = re.compile(BASE64_OF_TEXT + rb"(?:\r?\n[A-Za-z0-9+/]{4,}+)*+={0,2}")
_BROKEN_LINE = re.compile(rb"\r?\n")


# What is taken out of is looked at once more before it is saved: most is clean, and the same.
_clean: set[tuple[object, ...]] = set()
_found: dict[tuple[object, ...], list[Spot]] = {}
_MOST_KEPT = 1 << 16
_MOST_FOUND = 8
_LONGEST_KEPT = 1 << 25


def find_once(find: Callable[..., list[Spot]], content: bytes, *how: Any) -> list[Spot]:
    """Return what *find* finds in *content*, from memory if that was nothing before."""
    key = (find, content, *how)
    if key in _clean:
        return []
    if key in _found:
        return _found[key]
    spots = find(content, *how)
    if spots:
        if len(_found) >= _MOST_FOUND:
            _found.clear()
        _found[key] = spots
    elif len(content) <= _LONGEST_KEPT:
        if len(_clean) >= _MOST_KEPT:
            _clean.clear()
        _clean.add(key)
    return spots


def forget_clean() -> None:
    """Drop all that *find_once* remembers."""
    _clean.clear()
    _found.clear()


def find_secrets(content: bytes, depth: int = 0) -> list[Spot]:
    """Find what looks like a secret in *content*, in any encoding."""
    if len(content) < 6:
        return []
    spots = find_plain(content)
    if depth >= _DEEPEST or is_binary(content):
        return spots
    if b"%" in content:
        spots += _find_in_percents(content, depth)
    if b"&" in content and ENTITY.search(content):
        spots += _find_in_entities(content, depth)
    if len(content) >= 24:
        spots += _find_in_base64(content, depth)
    if len(content) < _LONGEST_JSON and (b"\\/" in content or b"\\u00" in content):
        spots += _find_in_json(content, depth)
    return spots


def find_in_fields(encoded: bytes, depth: int = 0) -> list[Spot]:
    """Find what looks like a secret in a query or a form."""
    if not _may_hold_any(encoded, depth):
        return []
    spots: list[Spot] = []
    start = 0
    for pair in re.split(rb"[&;]", encoded):
        name, equals, value = pair.partition(b"=")
        if equals and value:
            value_start = start + len(name) + 1
            spots += _find_in_field(name, value, value_start, depth)
        elif pair:
            spots += _shift(find_secrets(pair, depth + 1), start)
        start += len(pair) + 1
    return spots


def _find_in_field(name: bytes, value: bytes, at: int, depth: int) -> list[Spot]:
    named = unquote_plus(name.decode("latin-1"))
    plain = undo_percents_once(value.replace(b"+", b" "))
    rating = rate_name(named)
    if is_secret_value(rating, plain.decode("utf-8", "replace")):
        return [Spot(tell_kind(named), named, at, at + len(value))]
    if plain == value:
        spots = _shift(find_secrets(value, depth + 1), at)
    else:
        spots = _rewrite(
            find_secrets(plain, depth + 1), plain, at, at + len(value), _quote_plus, ""
        )
    if rating is Rating.SUSPICIOUS:
        spots += [
            spot._replace(start=at, end=at + len(value), name=named, replacement=None)
            for spot in find_plain(b"session=" + plain)
            if spot.replacement is None
        ]
    return [spot if spot.name else spot._replace(name=named) for spot in spots]


def _quote_plus(content: bytes) -> bytes:
    return quote_plus(content, safe="").encode()


def _quote(content: bytes) -> bytes:
    return quote(content, safe="").encode()


def _shift(spots: list[Spot], by: int) -> list[Spot]:
    return [spot._replace(start=spot.start + by, end=spot.end + by) for spot in spots]


def _rewrite(
    inner: list[Spot],
    plain: bytes,
    start: int,
    end: int,
    encode: Callable[[bytes], bytes],
    how: str,
) -> list[Spot]:
    """The *inner* spots of what was decoded, as spots of the part that was decoded."""
    if not inner:
        return []
    clean = hide_spots(plain, inner)
    whole = encode(clean) if clean is not plain else None
    return [
        spot._replace(
            kind=f"{spot.kind}{how}",
            start=start,
            end=end,
            replacement=None if spot.replacement is None else whole,
            secret=spot.read_from(plain),
        )
        for spot in inner
    ]


def undo_percents(content: bytes) -> bytes:
    """*content* with its percent-encoding undone, however often it was done."""
    for _ in range(3):
        plain = undo_percents_once(content)
        if plain == content or b"%" not in plain:
            return plain
        content = plain
    return content


def _may_hold_any(content: bytes, depth: int = 0) -> bool:
    """Return whether there may be a secret in *content* or in what is percent-encoded in it."""
    if len(content) > 2 * WINDOW:
        return any(_may_hold_any(window, depth) for window in split_windows(content))
    plain = undo_percents(content) if b"%" in content else content
    return (
        can_hold_secret(plain.lower())
        or BESIDE_ACCOUNT.regex.search(plain) is not None
        or (len(plain) >= 24 and bool(_find_in_base64(plain, depth)))
    )


def _find_in_percents(content: bytes, depth: int) -> list[Spot]:
    if not _may_hold_any(content, depth):
        return []
    spots: list[Spot] = []
    for found in _PIECE.finditer(content):
        if b"%" not in found[0]:
            continue
        piece = undo_percents_once(found[0])
        if piece != found[0]:
            spots += _rewrite(
                find_secrets(piece, depth + 1), piece, *found.span(), _quote, ", percent-encoded"
            )
    return spots


def _find_in_entities(content: bytes, depth: int) -> list[Spot]:
    spots: list[Spot] = []
    for found in _ENTITY_PIECE.finditer(content):
        if b"&" not in found[0] or not ENTITY.search(found[0]):
            continue
        piece = unescape(found[0].decode("utf-8", "surrogateescape"))
        plain = piece.encode("utf-8", "surrogatepass" if piece < "\udc80" else "surrogateescape")
        if plain != found[0]:
            spots += _rewrite(find_plain(plain), plain, *found.span(), _escape_entities, "")
    return spots


def _escape_entities(content: bytes) -> bytes:
    return escape(content.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def _find_in_base64(content: bytes, depth: int) -> list[Spot]:
    spots: list[Spot] = []
    for found in BASE64.finditer(content):
        run = found[0]
        pieces = [(found.start(), found.end(), _BROKEN_LINE.sub(b"", run))]
        if b"\n" in run:
            at = found.start()
            for line in run.split(b"\n"):
                pieces.append((at, at + len(line.rstrip(b"\r")), line.rstrip(b"\r")))
                at += len(line) + 1
        for start, end, piece in pieces:
            if len(piece) < 24 or not holds_text(piece):
                continue
            plain = unpack(decode_base64(piece.decode("latin-1")))
            inner = find_secrets(plain, depth + 1) if _is_text(plain) else []
            spots += [
                Spot(
                    f"{spot.kind} in base64",
                    spot.name,
                    start,
                    end,
                    spot.replacement and HIDDEN,
                    spot.read_from(plain),
                )
                for spot in inner
            ]
    return spots


def _is_text(content: bytes) -> bool:
    return bool(content) and not content[:4096].translate(None, TEXT_BYTES)


def _find_in_json(content: bytes, depth: int) -> list[Spot]:
    """Find secrets in a JSON document that escapes letters of names or values."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return []
    found: list[Spot] = []
    clean = _clean_json(data, "", _NO_RATING, found, depth)
    if not found:
        return []
    written = json.dumps(clean, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return [
        spot._replace(
            start=0, end=len(content), replacement=None if spot.replacement is None else written
        )
        for spot in found
    ]


_NO_RATING = (Rating.NOTHING, Rating.NOTHING)


def _clean_json(
    data: Any, name: str, rating: tuple[Rating, Rating], found: list[Spot], depth: int
) -> Any:
    """
    Return *data* without its secrets, which are added to *found*.

    Args:
        rating: Of lists and objects below *name*, and of its value.
    """
    if isinstance(data, dict):
        return {
            key: _clean_json(value, key, rate_below(rating[0], key), found, depth)
            for key, value in data.items()
        }
    if isinstance(data, list):
        return [_clean_json(value, name, rating, found, depth) for value in data]
    is_number = isinstance(data, int | float) and NUMBER.fullmatch(str(data).encode()) is not None
    if is_number and rating[1] is not Rating.CERTAIN:
        return data
    if not is_number and not isinstance(data, str):
        return data
    content = str(data).encode("utf-8", "surrogatepass")
    if is_secret_value(rating[1], str(data)):
        found.append(Spot(tell_kind(name), name, 0, 0, HIDDEN, content))
        return HIDDEN.decode()
    inner = find_secrets(content, depth + 1)
    found += [spot._replace(secret=spot.read_from(content)) for spot in inner]
    return hide_spots(content, inner).decode("utf-8", "surrogatepass")


def find_in_body(body: bytes, content_type: str, is_form: bool = False) -> list[Spot]:
    """Find what looks like a secret in the body of a message, which was decoded."""
    if not body:
        return []
    if is_form:
        spots = find_in_fields(body)
        if _NEVER_IN_A_FORM.search(body) is not None:
            # curl -d says of JSON and of XML that it is a form.
            known = {(spot.start, spot.end) for spot in spots}
            found = find_in_body(body, content_type)
            spots += [spot for spot in found if (spot.start, spot.end) not in known]
        return spots
    if body.startswith(_PACKED):
        plain = unpack(body)
        if plain is not body:
            inner = find_in_body(plain, content_type)
            return _rewrite(inner, plain, 0, len(body), _pack, "")
    if (decoded := read_wide_text(body)) is not None:
        text, charset = decoded
        plain = text.encode("utf-8", "surrogatepass")

        def widen(clean: bytes) -> bytes:
            return clean.decode("utf-8", "surrogatepass").encode(charset, "surrogatepass")

        return _rewrite(find_secrets(plain), plain, 0, len(body), widen, "")
    if content_type.startswith(("audio/", "video/", "image/")) and not _is_text(body[:64]):
        return find_plain(body) if len(body) < _SEARCHED_MEDIA else []
    spots = find_secrets(body)
    if (alone := ALONE.fullmatch(body)) is not None:
        spots.append(Spot(HEXADECIMAL, "", *alone.span(1), None))
    if "csv" in content_type or "tab-separated" in content_type:
        spots += find_in_table(body)
    elif (not content_type or content_type.startswith(_OF_NO_NOTATION)) and may_name_secret(
        body[:_SEARCHED_FOR_COLUMNS]
    ):
        spots += find_in_table(body, is_certain=False)
    return spots


_NEVER_IN_A_FORM = re.compile(rb"[\s<>\"{}\\|^`]")

# A body of nothing else is what somebody asked for.
ALONE = re.compile(rb"\s*([0-9a-f]{32})\s*")

# Gzip; zlib has no such sign.
_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")
_SEARCHED_MEDIA = 1 << 16

# These may be tables too.
_SEARCHED_FOR_COLUMNS = 4096
_OF_NO_NOTATION = ("text/plain", "application/octet-stream", "binary/octet-stream")


def _pack(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)
