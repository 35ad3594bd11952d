"""
Whether several messages have no secret in them, found out by one search of all of them.

Most of what is recorded is clean. To search 3,000 interactions one by one took 200 ms of the 280
that saving them took; together it takes 15 (2026-11). What is not certain here is searched alone,
by ``finder`` and ``known``: this module says that something is clean, or nothing.

The argument: behind *BETWEEN* no form of a secret goes on that began before it, so all that is
found in one message is found in the joined ones. Where that is not so, the answer is no: letters
that are no ASCII, control characters, escapes of JSON, words that begin as base64, base32 and
hexadecimal digits do, tables, media, and 32 hexadecimal digits alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from html import unescape

from twreplay._cassette.secrets.codings import TEXT_BYTES
from twreplay._cassette.secrets.finder import (
    ALONE,
    BASE64,
    ENTITY,
    undo_percents,
)
from twreplay._cassette.secrets.known import BLANKS, KnownSecrets, is_worth_a_search
from twreplay._cassette.secrets.names import Rating, rate_name, split_name
from twreplay._cassette.secrets.patterns import (
    BESIDE_ACCOUNT,
    can_hold_secret_between,
    can_words_hold_secret,
)
from twreplay._http import Interaction, Pairs, Request

# No blank, no line end and no digit of an encoding: nothing goes on behind it.
BETWEEN = b" | "

# What base64 makes of the first bytes of gzip, and four more digits. It may go on in the next line.
_SHORTEST_LINE = 8

_MOST_TOGETHER = 64
_LONGEST = 1 << 16

_NOT_JOINED = ("audio/", "video/", "image/")

# Digests of what was searched and had nothing that looks like a secret. That takes as long as all
# the rest of saving, and a suite saves a cassette again and again.
_clean: set[bytes] = set()
_MOST_KEPT = 1 << 16

# Words of them, which are mostly the same in all messages: names of elements, and paths.
_clean_words: set[bytes] = set()


def find_clean(interactions: Sequence[Interaction], known: KnownSecrets) -> list[bool]:
    """
    Tell of each of *interactions* whether it is certain that it has no secret in it.

    The headers of the request are left out: they are the same in most of a cassette.

    Args:
        known: Secrets that are looked for in addition to what looks like one.
    """
    may_go_by_mark = known.is_empty

    def is_marked(interaction: Interaction) -> bool:
        return may_go_by_mark and interaction.response.is_known_clean(interaction.request)

    verdicts = find_clean_contents(
        (None if is_marked(each) else list_contents(each) for each in interactions), known
    )
    for index, interaction in enumerate(interactions):
        if verdicts[index]:
            interaction.response.note_clean(interaction.request)
        elif is_marked(interaction):
            verdicts[index] = True
    return verdicts


def find_clean_contents(listed: Iterable[list[bytes] | None], known: KnownSecrets) -> list[bool]:
    """
    Tell of each of several lists of contents whether it is certain that they have no secret.

    Args:
        listed: None in place of what is not certain.
    """
    verdicts: list[bool] = []
    some: list[tuple[int, list[bytes]]] = []
    size = 0
    for index, contents in enumerate(listed):
        verdicts.append(False)
        if contents is None:
            continue
        length = sum(map(len, contents))
        if some and (size + length > _LONGEST // 2 or len(some) == _MOST_TOGETHER):
            _settle(some, known, verdicts)
            some, size = [], 0
        some.append((index, contents))
        size += length
    _settle(some, known, verdicts)
    return verdicts


def _settle(some: list[tuple[int, list[bytes]]], known: KnownSecrets, verdicts: list[bool]) -> None:
    """Search *some* together; in two halves if that is not clean, and so on."""
    if not some:
        return
    contents = list(dict.fromkeys(part for _, contents in some for part in contents))
    if look_clean(contents) and known.are_surely_absent(contents):
        for index, _ in some:
            verdicts[index] = True
    elif len(some) > 1:
        middle = len(some) // 2
        _settle(some[:middle], known, verdicts)
        _settle(some[middle:], known, verdicts)


def look_clean(contents: list[bytes]) -> bool:
    """Return True only if nothing in *contents* looks like a secret, in any encoding."""
    joined = BETWEEN.join(contents)
    if not joined.isascii() or joined.translate(None, TEXT_BYTES) or len(joined) > _LONGEST:
        return False
    digest = blake2b(joined, digest_size=16).digest()
    if digest in _clean:
        return True
    if b"\\/" in joined or b"\\u00" in joined or _may_hold(joined):
        return False
    if b"&" in joined and ENTITY.search(joined):
        # Undone below one another as well, as they may be alone.
        coded = [content for content in contents if b"&" in content]
        plain = unescape(BETWEEN.join(coded).decode("ascii")).encode("utf-8", "surrogatepass")
        if _may_hold(plain) or (b"%" in plain and _may_hold(undo_percents(plain))):
            return False
    if b"%" in joined:
        coded = [content for content in contents if b"%" in content]
        if _may_hold(undo_percents(BETWEEN.join(coded))):
            return False
    if len(_clean) >= _MOST_KEPT:
        _clean.clear()
    _clean.add(digest)
    return True


def _may_hold(content: bytes) -> bool:
    words = set(content.translate(BLANKS).split()) - _clean_words
    if words:
        long = [word for word in words if len(word) >= _SHORTEST_LINE]
        if can_words_hold_secret(words) or any(map(BASE64.match, long)):
            return True
        if len(_clean_words) >= _MOST_KEPT:
            _clean_words.clear()
        _clean_words.update(words)
    return (
        can_hold_secret_between(content.lower()) or BESIDE_ACCOUNT.regex.search(content) is not None
    )


def list_contents(interaction: Interaction) -> list[bytes] | None:
    """
    Return what *interaction* consists of but for the headers of its request.

    None if it is not to be searched together with others.
    """
    request = interaction.request
    headers, answer, reason = interaction.response.peek()
    values = _list_values(headers.pairs)
    if values is None or not _are_joined(request.headers.pairs):
        return None
    if ALONE.fullmatch(answer):
        return None
    contents = list_of_address(request)
    if request.body and ALONE.fullmatch(request.body):
        return None
    contents += (answer, values, reason.encode("utf-8", "surrogatepass"))
    return contents


def list_of_address(request: Request) -> list[bytes]:
    """Return what the URL and the body of *request* consist of."""
    before, _, query = request.url.partition("?")
    contents = [before.encode("utf-8", "surrogatepass")]
    if query:
        contents.append(query.encode("utf-8", "surrogatepass"))
    if request.body:
        contents.append(request.body)
    return contents


@lru_cache(maxsize=256)
def _are_joined(pairs: Pairs) -> bool:
    """Return whether a request with these headers may be searched together with others."""
    return not any(
        name.lower() == "content-encoding"
        or (name.lower() == "content-type" and not _is_joined_kind(value))
        for name, value in pairs
    )


@lru_cache(maxsize=256)
def _list_values(pairs: Pairs) -> bytes | None:
    """Return the values of headers; None if one says that these are not to be joined."""
    values = []
    for name, value in pairs:
        verdict = _judge_name(name)
        if verdict is None or (verdict == "type" and not _is_joined_kind(value)):
            return None
        if is_worth_a_search(value):
            values.append(value)
    return BETWEEN.join(value.encode("utf-8", "surrogatepass") for value in values)


@lru_cache(maxsize=256)
def _is_joined_kind(kind: str) -> bool:
    return not kind.startswith(_NOT_JOINED) and "csv" not in kind and "tab-separated" not in kind


@lru_cache(maxsize=4096)
def _judge_name(name: str) -> str | None:
    """Return None for a name that says that its value is a secret, or coded; or what it says."""
    lower = name.lower()
    is_secret = (
        "cookie" in lower
        or "auth" in "".join(split_name(name))
        or "auth" in lower
        or rate_name(name) in (Rating.CERTAIN, Rating.LIKELY)
    )
    if is_secret or lower == "content-encoding":
        return None
    return "type" if lower == "content-type" else ""
