"""
The values of fields that are named as secrets, in any notation: JSON, XML, forms, YAML, multipart.

A name is found first. What stands around it says in which notation it is written (its *frame*), and
so where its value is. A frame that holds no value is passed over for the next one: in
``token = "S"; f = () => 1`` the ``>`` ends no tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape

from twreplay._cassette.secrets.lists import (
    CONTAINER,
    NUMBER,
    QUOTE,
    find_below,
    find_end_of_quoted,
)
from twreplay._cassette.secrets.names import (
    HIDDEN,
    LONGEST_DRAWN,
    Rating,
    Spot,
    is_secret_value,
    looks_drawn,
    rate_name,
    tell_kind,
)

# The last word of a name, in any case; what stands before it is looked at afterwards.
_NAME = re.compile(
    rb"(?i)(?:token|secret|passw(?:or)?[dt]|passphrase|passcode|passwrd|(?<![a-z] )pass|pwd"
    rb"|(?<![a-z])pw|kennwort|contrasena|credential|key|jwt|bearer|otp|sess(?:ion)?_?-?(?:id|key)"
    rb"|\.sid|assertion|signature|sig|hmac|dsn|auth|authorization)"
    rb"(?P<more>[\w.\-\[\]]{0,24}+)(?=[\s\"'\\&>=:<])"
)
# What a name is made of: letters of other alphabets end it, as bytes know none.
OF_NAMES = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-[]"

_QUOTES = rb"(?P<quote>(?:\"\"\"|'''|" + QUOTE + rb")?)"

# Between two members of an object.
_MEMBERS = (
    rb"(?:\s{0,20},\s{0,20}[\"'][\w-]{1,40}[\"']\s{0,4}:\s{0,4}"
    rb"(?:[\"'][^\"']{0,80}[\"']|[\w.+-]{1,20})){0,4}\s{0,20},\s{0,20}[\"']"
)
# <input name="password" value="...">, {"name": "password", "in": "header", "value": "..."}
_PAIR = re.compile(
    QUOTE
    + rb"(?:(?:\s[^<>\"']{0,80}\s|\s)(?i:value)|"
    + _MEMBERS
    + rb"(?i:val|value|default|data|content))[\"']?\s{0,4}[=:]\s{0,4}"
    + _QUOTES
)
# ["password", "..."], ('password', '...'); and s:8:"password";s:9:"..." of PHP
_DUO = re.compile(QUOTE + rb"(?:\s{0,4},\s{0,20}|;s:[0-9]{1,5}:)(?P<quote>" + QUOTE + rb")")
_BEFORE_DUO = re.compile(rb"(?:[\[(]\s{0,20}|s:[0-9]{1,4}:)" + QUOTE + rb"\Z")
_AFTER_DUO = re.compile(rb"\s{0,20}[\])]|;")
# --password ..., --api-key ... in a command line
_OPTION = re.compile(rb"[ \t]{1,4}(?P<quote>" + QUOTE + rb"?)")
# A part of a multipart body.
_PART = re.compile(
    QUOTE + rb"?[^\r\n]{0,200}+\r?\n(?:[A-Za-z][^\r\n]{0,200}+\r?\n){0,4}+\r?\n(?P<quote>)"
)
_BEFORE_PART = re.compile(rb"(?i)(?<![\w-])name\*?=[ ]?(?:[\w-]{1,20}'[\w-]{0,10}'|\\?[\"'])?\Z")
_END_OF_PART = re.compile(rb"\r?\n--")
# Elements that say nothing of what is in them.
_INNER = (
    rb"(?:\s{0,40}(?:<!--[^<>]{0,160}-->|<(?:string|value|dd|td|b|i|em|strong|code|span|pre|tt|kbd"
    rb"|plain|text|raw)(?:\s[^<>]{0,160})?>)){0,4}\s{0,40}(?:<!\[CDATA\[)?"
)
# <name>, <name attribute="">, class="name">
_TAG = re.compile(rb"(?P<closed>" + QUOTE + rb")?(?:\s[^<>]{0,400}+)?(?<!/)>" + _INNER + _QUOTES)
# <key>name</key><string>, <th>name:</th><td>
_LABEL = re.compile(
    rb"(?i):?\s{0,4}</(?P<label>key|dt|th|name|td|label|b|strong)>\s{0,20}"
    rb"(?=<(?:string|dd|td|value|code|span|pre|tt|kbd|b|i|em|strong)[\s>])" + _INNER + _QUOTES
)
# "name": , name=, name: , and lists and blocks of YAML
_EQUALS = re.compile(
    rb"[ \t]{0,2}(?P<named>" + QUOTE + rb")?\s{0,8}(?P<sign>=>|:?=|:(?!//)"
    rb"(?P<yaml>[ \t]{0,8}(?:\r?\n[ \t]{0,80}-[ \t]|[|>][-+]?[ \t]{0,4}\r?\n[ \t]{1,80}))?)"
    rb"(?(named)(?:\s{0,80}(?=[\"'\\\[{]))?)[ \t]{0,8}(?:[bBuUrR]{1,2}(?=[\"']))?" + _QUOTES
)
_NEXT_ITEM = re.compile(rb"[\"']?[ \t]{0,4}\r?\n[ \t]{0,80}-[ \t]{1,4}" + _QUOTES)
_BARE_VALUE = re.compile(rb"[^\s\"'<>&;,}\])\\|]+")
_LINE = re.compile(rb"[^\r\n]+")
_LONGEST = 8192
_BEGINS_QUOTE = b"\\\"'&"

# What ends a value that did not begin.
_NO_VALUE = (b"", b"<", b"&", b">")


@lru_cache(maxsize=4096)
def _rate_bytes(name: bytes) -> tuple[str, Rating]:
    text = name.decode("latin-1")
    return text, rate_name(text)


def find_named(content: bytes) -> Iterator[Spot]:
    """Find the values of fields that are named as secrets, in any notation."""
    end = 0
    # Up to where the lists and objects below names were looked into: each once.
    searched = 0
    taken: set[int] = set()
    for found in _NAME.finditer(content):
        at, after = found.span()
        if at < end:
            continue
        before = content[max(at - 80, 0) : at]
        start = at - len(before) + len(before.rstrip(OF_NAMES))
        name, rating = _rate_bytes(content[start:after])
        if rating is not Rating.CERTAIN and rating is not Rating.LIKELY:
            continue
        spots, reached = _find_values(content, start, after, rating, searched)
        if reached > searched:
            searched = reached
        for spot in spots:
            if spot.start not in taken:
                taken.add(spot.start)
                yield spot._replace(kind=tell_kind(name), name=name)
        if spots and not reached:
            end = spots[-1].end


def _find_values(
    content: bytes, start: int, after: int, rating: Rating, searched: int
) -> tuple[list[Spot], int]:
    """Find the values of the name between *start* and *after*; and up to where those below it."""
    # Of twelve frames most are told apart by the letter behind the name: to try them all took 0.4 s
    # for 320 KB of nothing but names.
    is_quoted = content[after] in _BEGINS_QUOTE
    if is_quoted and (pair := _PAIR.match(content, after)) is not None:
        spots = _read_value(content, pair, rating, is_prose=False)
        if spots:
            return spots, 0
    if (spots := _find_in_part(content, start, after, rating)) or (
        content[max(start - 1, 0) : start] == b"<"
        and (spots := _find_in_element(content, start, after, rating))
    ):
        return spots, 0
    if spots := _find_beside(content, start, after, rating, is_quoted=is_quoted):
        return spots, 0
    equals = _EQUALS.match(content, after)
    if equals is not None:
        at = equals.end()
        if not equals["quote"] and CONTAINER.match(content, at):
            if at < searched:
                return [], 0
            quote = equals["named"] or b""
            is_prose = b":" in equals["sign"]
            return find_below(content, at, rating, quote, is_prose=is_prose)
        spots = _find_after_sign(content, equals, rating)
        if spots:
            return spots, 0
    return _find_in_element(content, start, after, rating), 0


def _find_beside(
    content: bytes, start: int, after: int, rating: Rating, *, is_quoted: bool
) -> list[Spot]:
    """Find what follows a name without a sign: in a pair of texts, or behind an option."""
    if rating is not Rating.CERTAIN:
        return []
    if is_quoted and (duo := _DUO.match(content, after)) is not None:
        before = content[max(start - 40, 0) : start]
        spots = (
            _read_value(content, duo, rating, is_prose=True) if _BEFORE_DUO.search(before) else []
        )
        if spots and _AFTER_DUO.match(content, spots[0].end + len(duo["quote"])):
            return spots
    if content.startswith(b"--", start) and (option := _OPTION.match(content, after)) is not None:
        return _read_value(content, option, rating, is_prose=True)
    return []


def _find_in_part(content: bytes, start: int, after: int, rating: Rating) -> list[Spot]:
    """Find the value of a part of a multipart body."""
    before = content[max(start - 40, 0) : start]
    if b"=" not in before or not _BEFORE_PART.search(before):
        return []
    part = _PART.match(content, after)
    if part is None:
        return []
    at = part.end()
    is_prose = b"content-disposition" not in content[max(start - 200, 0) : start].lower()
    end = _END_OF_PART.search(content, max(at - 2, 0), at + _LONGEST)
    line = _LINE.match(content, at, at + _LONGEST)
    value_end = end.start() if end is not None else line.end() if line is not None else at
    return _accept(content, at, value_end, rating, is_prose=is_prose)


def _find_in_element(content: bytes, start: int, after: int, rating: Rating) -> list[Spot]:
    """Find the text of an element that the name is of, or the value of an attribute of."""
    is_prose = False
    tag = _LABEL.match(content, after)
    if tag is not None:
        is_prose = tag["label"].lower() not in (b"key", b"dt", b"th", b"name")
    else:
        if content[after] not in _BEGINS_QUOTE and not _opens_tag(content, start):
            return []
        tag = _TAG.match(content, after)
        if tag is None:
            return []
        if tag["closed"]:
            if not _is_attribute(content, start):
                return []
            is_prose = True
        elif not _opens_tag(content, start):
            return []
    return _read_value(content, tag, rating, is_prose=is_prose, is_text=True)


def _opens_tag(content: bytes, start: int) -> bool:
    """Return whether the name at *start* is that of an element, or an attribute without quotes."""
    before = content[max(start - 1, 0) : start]
    if before == b":":
        prefix = content[max(start - 40, 0) : start - 1]
        before = prefix.rstrip(OF_NAMES)[-1:]
    if before == b"=":
        return _is_in_tag(content, start)
    return before == b"<"


def _is_in_tag(content: bytes, start: int) -> bool:
    at = max(start - 400, 0)
    return content.rfind(b"<", at, start) > content.rfind(b">", at, start)


def _is_attribute(content: bytes, start: int) -> bool:
    """Return whether the name at *start* is in the value of an attribute."""
    before = content[max(start - 400, 0) : start]
    if before.rfind(b"<") < before.rfind(b">"):
        return False
    _, equals, value = before.rpartition(b"=")
    value = value.lstrip(b" \\")
    return bool(equals) and value[:1] in (b'"', b"'") and not set(value[1:]) & set(b"\"'")


def _find_after_sign(content: bytes, equals: re.Match[bytes], rating: Rating) -> list[Spot]:
    """Find the value behind ``=`` or ``:``, and the further ones of a list in YAML."""
    is_prose = b":" in equals["sign"] and equals["sign"] != b":="
    at = equals.end()
    number = NUMBER.match(content, at)
    quote = equals["named"]
    if quote and number and rating is Rating.CERTAIN:
        return [Spot("", "", *number.span(), quote + HIDDEN + quote)]
    spots = _read_value(content, equals, rating, is_prose=is_prose and not equals["quote"])
    item: re.Match[bytes] | None = equals
    while spots and item is not None and equals["yaml"]:
        item = _NEXT_ITEM.match(content, spots[-1].end)
        if item is not None:
            more = _read_value(content, item, rating, is_prose=not item["quote"])
            if not more:
                break
            spots += more
    return spots


def _read_value(
    content: bytes,
    frame: re.Match[bytes],
    rating: Rating,
    *,
    is_prose: bool,
    is_text: bool = False,
) -> list[Spot]:
    """Return the place of the value behind *frame*, if it is a secret."""
    quote, at = frame["quote"], frame.end()
    following = content[at : at + 1]
    if not following or (
        not quote and following in _NO_VALUE and (following, is_text) != (b"&", True)
    ):
        return []
    if quote:
        end = find_end_of_quoted(content, quote, at, at + _LONGEST)
        if end >= 0:
            if is_text and (following in b"],} \n" or b"\n" in content[at:end].strip()):
                return []
            return _accept(content, at, end, rating, is_prose=is_prose)
    if is_text:
        limit = min(len(content), at + _LONGEST)
        cdata = content.find(b"]]>", at, limit) if b"CDATA" in frame[0] else -1
        end = cdata if cdata >= 0 else content.find(b"<", at, limit)
        end = limit if end < 0 else end
        if b"\n" in content[at:end].strip():
            return []
        return _accept(content, at, end, rating, is_prose=is_prose, is_text=True)
    # A longer value is told by its beginning: to read 8,192 letters of each name took 12 s.
    bare = _BARE_VALUE.match(content, at, at + LONGEST_DRAWN + 50)
    if bare is None or not _accept(content, at, bare.end(), rating, is_prose=is_prose):
        return []
    bare = _BARE_VALUE.match(content, at, at + _LONGEST) or bare
    return [Spot("", "", at, bare.end())]


def _accept(
    content: bytes,
    start: int,
    end: int,
    rating: Rating,
    *,
    is_prose: bool,
    is_text: bool = False,
) -> list[Spot]:
    """Return the spot from *start* to *end*, if it is a secret and not the next word of a text."""
    value = content[start:end].decode("utf-8", "replace")
    if is_text and "&" in value:
        value = unescape(value)
    if not is_secret_value(rating, value):
        return []
    if is_prose and not looks_drawn(value[: LONGEST_DRAWN + 50].strip()):
        return []
    return [Spot("", "", start, end)]


# <input name="password" type="hidden" value="...">, in any order.
_OPENED = re.compile(rb"<[A-Za-z][\w:-]{0,40}\s[^<>]{1,2000}")
_ATTRIBUTE = re.compile(rb"([\w:.-]{1,40})\s{0,4}=\s{0,4}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))")


def find_in_tags(content: bytes) -> Iterator[Spot]:
    """Find the values of elements of which an attribute names them as secrets."""
    for tag in _OPENED.finditer(content):
        attributes = {found[1].lower(): found for found in _ATTRIBUTE.finditer(tag[0])}
        held = attributes.get(b"value") or attributes.get(b"content")
        if held is None:
            continue
        start, end = held.span(held.lastindex or 0)
        value = tag[0][start:end].decode("utf-8", "replace")
        for key in (b"name", b"id", b"key", b"property", b"type"):
            named = attributes.get(key)
            if named is None:
                continue
            name = named[named.lastindex or 0].decode("latin-1")
            if key == b"type" and name.lower() != "password":
                continue
            if is_secret_value(rate_name(name), value):
                yield Spot(tell_kind(name), name, tag.start() + start, tag.start() + end)
                break


# The name may follow its value, as in a list of fields.
_BEFORE_NAME = re.compile(
    rb"[\"'](?i:val|value|default|data|content)[\"']\s{0,4}:\s{0,4}(?:\"(?P<double>[^\"]{1,8000}+)\"|'(?P<one>[^']{1,8000}+)')"
    + _MEMBERS
    + rb"(?:name|key|id|field)[\"']\s{0,4}:\s{0,4}[\"'](?P<name>[\w.-]{1,80})[\"']"
)


def find_before_names(content: bytes) -> Iterator[Spot]:
    """Find the values of objects in which a name that follows says that they are secrets."""
    for found in _BEFORE_NAME.finditer(content):
        group = "double" if found["double"] is not None else "one"
        name, rating = _rate_bytes(found["name"])
        if is_secret_value(rating, found[group].decode("utf-8", "replace")):
            yield Spot(tell_kind(name), name, *found.span(group))
