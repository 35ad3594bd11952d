"""
Pseudonyms: what takes the place of Sids, telephone numbers, names and texts. Opens nothing.

A pseudonym has the shape of what it stands for and is a function of it and of a key, whatever
else is on a cassette. So it is the same everywhere, and two values never share one: telephone
numbers, names and texts are permuted among those of their shape, and the 128 bits of a Sid are
too many for two to meet.
"""

from __future__ import annotations

import csv
import hmac
import io
import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from html import escape, unescape
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, unquote_plus

from twreplay._http import FORM_TYPE, Headers, Interaction, Request, Response

if TYPE_CHECKING:
    from twreplay._cassette.files.codec import Recording

KINDS = ("identifiers", "names", "bodies")
"""What can be replaced beside secrets."""

# A word begins where no letter or digit is before, or one that belongs to an escape.
_BEGINS = r"(?:(?<![0-9A-Za-z])|(?<=%[0-9A-Fa-f]{2})|(?<=%25[0-9A-Fa-f]{2}))"
_SID = re.compile(_BEGINS + r"([A-Z]{2})([0-9a-fA-F]{32})(?![0-9A-Za-z])")

# A number in the formats that leave no doubt: international, or ten digits as in North America.
_PHONE = re.compile(
    rf"\+[1-9]\d{{7,14}}(?!\d)|{_BEGINS}(?<![-.\d])1?[-. ]?(?:\([2-9]\d\d\) ?|[2-9]\d\d[-. ]?)"
    r"[2-9]\d\d[-. ]?\d{4}(?![-.]?[0-9A-Za-z])",
    re.ASCII,
)
_DIGIT = re.compile(r"[0-9]")

_STANDS_FOR_PARAMETERS = re.compile(r"(?:~[0-9a-f]{12}|REDACTED)\]\Z")

_TWO_DIGITS = re.compile(r"2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")

# Headers that are about the message, not about anybody.
_IMPERSONAL = frozenset({"content-length", "date", "etag", "last-modified", "expires"})

_BODIES = frozenset({"Body", "TranscriptionText"})


@cache
def _fields() -> dict[str, str]:
    """Which field holds what: ``number``, ``names`` or ``bodies``."""
    from twreplay._api import RESOURCES, WireFormat  # late: few cassettes need it

    found = dict.fromkeys(_BODIES, "bodies")
    for resource in RESOURCES:
        for prop in resource.properties:
            if prop.wire_format is WireFormat.NUMBER:
                found[prop.name] = "number"
            elif prop.name.endswith("FriendlyName"):
                found[prop.name] = "names"
    return found


@cache
def _element() -> re.Pattern[str]:
    """A field in XML, in JSON, or in HTML, where its name is in lower case with dashes."""
    names = "|".join(_fields())
    dashed = "|".join(_dashed(name) for name in _fields())
    return re.compile(
        rf"(?P<xml><(?P<x>{names})>)(?P<xv>[^<]+)"
        rf'|(?P<json>"(?P<j>{names})"\s*:\s*)"(?P<jv>(?:[^"\\]|\\.)+)"'
        rf'|(?P<html><div class="(?P<h>{dashed})">)(?P<hv>[^<]+)'
    )


def _dashed(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


class Pseudonyms:
    """Replaces what *kinds* name by pseudonyms made with *key*. Its repr shows none."""

    def __init__(self, kinds: Iterable[str], key: str) -> None:
        self._kinds = frozenset(kinds)
        self._key = key.encode("utf-8", "surrogatepass")
        self._known: dict[tuple[str, str], str] = {}

    def only(self, kinds: Iterable[str]) -> Pseudonyms:
        """The same ones, of these *kinds* alone."""
        other = Pseudonyms(kinds, "")
        other._key = self._key
        return other

    def also(self, kinds: Iterable[str]) -> Pseudonyms:
        """The same ones, and of these *kinds* too."""
        return self.only(self._kinds | set(kinds))

    def interaction(self, interaction: Interaction) -> Interaction:
        """*interaction* with pseudonyms; secrets must have been taken out."""
        return Interaction(
            self.request(interaction.request),
            self.response(interaction.response),
            self.section(interaction.recorded_by),
        )

    def section(self, name: str) -> str:
        """
        Return the *name* of a section, the id of a test, without its parameters.

        They may be the numbers and names that the test sends. What stands for them tells the
        sections apart, and is left alone by what finds it in the file.
        """
        test, bracket, parameters = name.partition("[")
        if not bracket or _STANDS_FOR_PARAMETERS.match(parameters):
            return name
        return f"{test}[~{self._digest('section', parameters).hex()[:12]}]"

    def request(self, request: Request) -> Request:
        """*request* with pseudonyms."""
        path, mark, query = request.url.partition("?")
        url = self._patterns(path) + mark + self._encoded(query)
        body = request.body
        if body and (text := _text(body)) is not None:
            kind = request.headers.get("content-type", FORM_TYPE if request.form else "")
            is_form = kind.startswith(FORM_TYPE)
            body = _bytes(self._encoded(text) if is_form else self._document(text, kind))
        return Request(
            request.method, url, self._headers(request.headers, request.body, body), body
        )

    def response(self, response: Response) -> Response:
        """*response*, which must be decoded, with pseudonyms."""
        body = response.body
        if body and (text := _text(body)) is not None:
            body = _bytes(self._document(text, response.headers.get("content-type", "")))
        headers = self._headers(response.headers, response.body, body)
        return Response(response.status, headers, body, response.reason)

    def value(self, name: str, value: str) -> str:
        """Return what stands for *value* in a field of this *name*."""
        kind = _fields().get(name, "")
        if kind == "number" and "identifiers" in self._kinds and _is_number(value):
            return self._memo("number", value, self._number)
        if kind in self._kinds and not _is_number(value) and not _SID.fullmatch(value):
            return self._memo("text", value, self._words)
        return self._patterns(value)

    # --- where it stands ----------------------------------------------------------------------

    def _headers(self, headers: Headers, old: bytes, new: bytes) -> Headers:
        pairs = [
            (name, value if name.lower() in _IMPERSONAL else self._patterns(value))
            for name, value in headers.pairs
        ]
        kept = Headers(pairs)
        if len(old) != len(new) and "content-length" in kept:
            kept = kept.replacing("Content-Length", str(len(new)))
        return headers if kept == headers else kept

    def _encoded(self, text: str) -> str:
        """A query or the body of a form."""
        return "&".join(map(self._pair, text.split("&"))) if text else text

    def _pair(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        plain = unquote_plus(value)
        # A filter may have a comparison in its name: "Caller>".
        now = self.value(unquote_plus(name).rstrip("<>"), plain)
        return pair if now == plain else f"{name}{equals}{quote_plus(now)}"

    def _document(self, text: str, content_type: str) -> str:
        if "csv" in content_type:
            return self._table(text)
        parts, end = [], 0
        for found in _element().finditer(text):
            parts += [self._patterns(text[end : found.start()]), self._field(found)]
            end = found.end()
        return "".join([*parts, self._patterns(text[end:])])

    def _field(self, found: re.Match[str]) -> str:
        if found["json"]:
            try:
                value = json.loads(f'"{found["jv"]}"', strict=False)
            except ValueError:
                return found[0]
            now = self.value(found["j"], value)
            if now == value:
                return found[0]
            return found["json"] + json.dumps(now, ensure_ascii=found["jv"].isascii())
        tag, name, raw = (
            (found["xml"], found["x"], found["xv"])
            if found["xml"]
            else (found["html"], _undashed(found["h"]), found["hv"])
        )
        value = unescape(raw)
        now = self.value(name, value)
        return tag + (raw if now == value else escape(now, quote=False))

    def _table(self, text: str) -> str:
        rows = list(csv.reader(io.StringIO(text, newline="")))
        names = rows[0] if rows else []
        if not _fields().keys() & set(names):
            return self._patterns(text)
        # Only the cells that change are written again; all others keep their quotes.
        for row in rows[1:]:
            for name, value in zip(names, row, strict=False):
                now = self.value(name, value)
                if now != value:
                    old, new = value.replace('"', '""'), now.replace('"', '""')
                    text = re.sub(
                        rf'(?m)(^|,)("?){re.escape(old)}\2(?=,|\r?$)',
                        lambda at, new=new: f"{at[1]}{at[2]}\0{new}\0{at[2]}",  # type: ignore[misc]
                        text,
                    )
        parts = text.split("\0")
        return "".join(p if i % 2 else self._patterns(p) for i, p in enumerate(parts))

    def _patterns(self, text: str) -> str:
        """*text* with pseudonyms for what is a Sid or a number, in any place."""
        if "identifiers" not in self._kinds or not text:
            return text
        text = _SID.sub(lambda at: self._memo("sid", at[0], self._sid), text)
        return _PHONE.sub(lambda at: self._memo("number", at[0], self._number), text)

    # --- what stands there --------------------------------------------------------------------

    def _memo(self, kind: str, value: str, make: Callable[[str], str]) -> str:
        known = self._known.get((kind, value))
        if known is None:
            known = self._known[kind, value] = make(value)
        return known

    def _digest(self, *parts: str) -> bytes:
        text = "\0".join(parts).encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, text, "sha256")

    def _sid(self, sid: str) -> str:
        return sid[:2] + self._digest("sid", sid).hex()[:32]

    def _number(self, number: str) -> str:
        """*number* with other digits, in the same format; country and area stay."""
        digits = "".join(_DIGIT.findall(number))
        local = digits.removeprefix("011") if len(digits) > 13 else digits
        national = local[1:] if len(local) == 11 and local[0] == "1" else local
        if _is_north_american(national) and (national is not local or not number.startswith("+")):
            fresh = national[:3] + self._subscriber(national)
        else:
            keep = 2 if local[0] in "17" else 3 if _TWO_DIGITS.match(local) else 4
            national = local
            tail = local[keep:]
            fresh = local[:keep] + self._permuted(f"{local[:keep]}/{len(tail)}", tail)
        others = iter(digits[: len(digits) - len(national)] + fresh)
        return _DIGIT.sub(lambda _: next(others), number)

    def _subscriber(self, national: str) -> str:
        """The last seven digits of a North American number: an exchange that can exist."""
        area, local = national[:3], national[3:]
        if not _is_exchange(local[:3]):
            return local
        # A permutation, walked until it is among those that can exist, is one of those.
        while True:
            local = self._permuted(f"1{area}", local)
            if _is_exchange(local[:3]):
                return local

    def _permuted(self, about: str, digits: str) -> str:
        """Other digits, as many: a Feistel network over the two halves."""
        if len(digits) < 2:
            return digits
        left, right = digits[: len(digits) // 2], digits[len(digits) // 2 :]
        for turn in range(8):
            noise = int.from_bytes(self._digest("digits", about, str(turn), right)[:8])
            size = len(left)
            left, right = right, str((int(left) + noise) % 10**size).zfill(size)
        return left + right

    def _words(self, text: str) -> str:
        """Other letters and digits, the same in number, case and place."""
        shape = "".join(_class(char) for char in text)
        for way in ("there", "back"):
            text = self._shifted(text, f"{way}/{shape}")[::-1]
        return text

    def _shifted(self, text: str, about: str) -> str:
        """Each letter shifted by what comes before it: no two texts become one."""
        shifted = []
        noise = self._digest("text", about)
        for char in text:
            choice = _alike(char)
            step = int.from_bytes(noise[:8])
            now = choice[(choice.index(char) + step) % len(choice)] if choice else char
            shifted.append(now)
            noise = hmac.digest(self._key, noise + char.encode("utf-8", "surrogatepass"), "sha256")
        return "".join(shifted)


def pseudonyms_of(recording: Recording | None, key: str) -> Pseudonyms | None:
    """
    Those that *recording* was made with; None if it has none, or they need another key.

    Args:
        key: The project's key; empty if there is none.
    """
    if recording is None or not recording.redacted:
        return None
    how, _, detail = recording.pseudonyms.partition(" ")
    if how == "salt" and detail:
        return Pseudonyms(recording.redacted, detail)
    return Pseudonyms(recording.redacted, key) if key and detail == fingerprint(key) else None


def origin_of(key: str, salt: str) -> str:
    """Return what a cassette says of its pseudonyms: the salt, or a fingerprint of the key."""
    return f"key {fingerprint(key)}" if key else f"salt {salt}"


def in_order(kinds: Iterable[str]) -> tuple[str, ...]:
    """*kinds* in the order in which a cassette names them."""
    wanted = set(kinds)
    return tuple(kind for kind in KINDS if kind in wanted)


def fingerprint(key: str) -> str:
    """Return a text that differs between keys and does not reveal the key."""
    return hmac.digest(key.encode("utf-8", "surrogatepass"), b"fingerprint", "sha256").hex()[:12]


@cache
def _undashed(dashed: str) -> str:
    return next(name for name in _fields() if _dashed(name) == dashed)


def _text(body: bytes) -> str | None:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _is_number(value: str) -> bool:
    """Return whether *value* is a whole telephone number: a short code belongs to no person."""
    return 7 <= len(_DIGIT.findall(value)) <= 18 and not re.search(r"[^-+(). 0-9]", value)


def _is_north_american(digits: str) -> bool:
    return len(digits) == 10 and digits[0] in "23456789" and digits[3] in "23456789"


def _is_exchange(code: str) -> bool:
    # 555 is for information and for films: no person can be called there, so it may stay.
    return code[0] in "23456789" and code[1:] != "11" and code != "555"


def _class(char: str) -> str:
    return "9" if char.isdigit() else "A" if char.isupper() else "a" if char.isalpha() else char


@cache
def _alike(char: str) -> str:
    """The characters that may stand for *char*: none for those that are no letter or digit."""
    if not char.isalnum():
        return ""
    first = ord(char) & ~63
    block = map(chr, range(first, first + 64))
    return "".join(c for c in block if c.isalnum() and _class(c) == _class(char))
