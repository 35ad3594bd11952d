"""
What may be shown: no secret, and nothing that a terminal would obey.

Applied where something is shown, and nowhere before: values that are passed on stay whole. It
hides too much rather than too little, as nothing is matched, stored or sent by it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, unquote, unquote_plus

NOT_SHOWN = "REDACTED"

_SECRET_NAME = re.compile(
    r"(?i)token|secret|passw|pass_?phrase|pwd|(?:api|access|private|server|account|auth)[-_]?key"
    r"|authorization|credential|signature|\bsig\Z|session|cookie|\b(?:key|auth|jwt|sid_token)\Z"
)

# Sids, version and file names are shorter, or begin with two capitals. The lookbehinds see to it
# that a run is looked at once: without them 80 KB of letters took seconds.
_RUN = re.compile(r"(?<![A-Za-z0-9+_~%-])[A-Za-z0-9+_~%-]{24,}=*")
_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}\Z")
_DIGIT = re.compile(r"[0-9]")
_LETTER = re.compile(r"[A-Za-z]")

# Of a body: XML, JSON, HTML and forms.
_FIELD_IN_BODY = re.compile(
    r"(?i)(<[a-z_]{0,20}(?:token|secret|password)>|<div class=\"[a-z-]{0,20}(?:token|secret)\">"
    r"|\"[a-z_-]{0,20}(?:token|secret|password|key)\"\s{0,9}:\s{0,9}\""
    r"|(?:\A|(?<=[&?\s]))[a-z_-]{0,20}(?:token|secret|password|key)=)"
    r"[^<\"&\s]{1,4096}"
)
_SCHEME = re.compile(r"(?i)\b(basic|bearer|digest)(\s+)[^\s'\",;]{4,4096}")
_USERINFO = re.compile(r"(?<=//)[^/\s@\"'<>?#]{1,1024}@")
_USERINFO_ENCODED = re.compile(r"(?i)(?<=%2F%2F)(?:(?!%2F)[^/\s@\"'<>?#&]){1,256}?(?:%40|@)")

# C0 without tab and newline, DEL, C1, soft hyphen, what changes the direction of text, other
# invisible marks, separators of lines and paragraphs, surrogates, noncharacters, tags.
_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\U0001fffe\U0001ffff\U000e0000-\U000e007f\U0010fffe\U0010ffff]"
)
_OBEYED_IN_A_LINE = re.compile(f"{_OBEYED.pattern}|[\t\n]")
_SHORT_ESCAPES = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


class Secret(str):
    """Text that its ``repr`` hides, as tracebacks and assertions use that."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"'{NOT_SHOWN}'"


class Body(bytes):
    """The bytes of a body. Its ``repr`` is without what looks like a secret."""

    __slots__ = ()

    def __repr__(self) -> str:
        plain = self.decode("latin-1")
        shown = without_secrets(plain)
        return repr(bytes(self) if shown == plain else shown.encode("latin-1"))


def names_secret(name: str) -> bool:
    """Return whether what is called *name* is a secret by its name."""
    return _SECRET_NAME.search(name) is not None


def visible(text: str) -> str:
    r"""Escape what a terminal or a browser would obey: ``\x1b`` for ESC. Lines stay lines."""
    if text.isascii() and text.isprintable():
        return text
    return _OBEYED.sub(_escape, text)


def visible_line(text: str) -> str:
    """Escape as *visible* does, and what would begin a line as well."""
    if text.isascii() and text.isprintable():
        return text
    return _OBEYED_IN_A_LINE.sub(_escape, text)


def shown_url(url: str, known: str = "") -> str:
    """
    *url* as it may be shown, on one line.

    Args:
        known: A secret that is not to be shown in any place.
    """
    url, hash_, fragment = url.partition("#")
    base, mark, query = url.partition("?")
    base = _USERINFO.sub(f"{NOT_SHOWN}@", base)
    base = "/".join(_part(segment, known, unquote) for segment in base.split("/"))
    if mark:
        base += "?" + "&".join(_field(field, known) for field in query.split("&"))
    if hash_:
        base += "#" + _part(fragment, known, unquote)
    return visible_line(base)


def shown_value(name: str, value: str) -> str:
    """The value of a field or a header called *name*, as it may be shown."""
    return NOT_SHOWN if names_secret(name) else without_secrets(value)


def without_secrets(text: str) -> str:
    """*text* without what looks like a secret, or is one by the name that stands before it."""
    text = _USERINFO.sub(f"{NOT_SHOWN}@", text)
    text = _USERINFO_ENCODED.sub(f"{NOT_SHOWN}%40", text)
    text = _FIELD_IN_BODY.sub(rf"\g<1>{NOT_SHOWN}", text)
    text = _SCHEME.sub(rf"\g<1>\g<2>{NOT_SHOWN}", text)
    return _RUN.sub(_hide, text)


def _field(field: str, known: str) -> str:
    name, equals, value = field.partition("=")
    if equals and value and names_secret(unquote_plus(name)):
        return f"{_part(name, known, unquote_plus)}={NOT_SHOWN}"
    return f"{_part(name, known, unquote_plus)}{equals}{_part(value, known, unquote_plus)}"


def _part(part: str, known: str, decode: Callable[[str], str]) -> str:
    """A segment of a path, or a name or value of a query, as it was sent unless that is secret."""
    plain = decode(part)
    if "%" in plain:  # encoded twice, as a URL in a URL is
        plain = unquote(plain)
    hidden = plain
    if len(known) >= 4 and known in plain and not _SID.match(plain):
        hidden = plain.replace(known, NOT_SHOWN)
    if "?" in hidden or "//" in hidden:
        hidden = _in_text_of_url(hidden)
    hidden = without_secrets(hidden)
    if hidden == plain:
        return part
    return quote(hidden, safe="/:?=.,;@!$'()*~", errors="surrogateescape")


def _in_text_of_url(text: str) -> str:
    base, mark, query = text.partition("?")
    if not mark:
        return text
    fields = []
    for field in query.split("&"):
        name, equals, value = field.partition("=")
        fields.append(f"{name}{equals}{shown_value(name, value) if value else value}")
    return f"{base}?{'&'.join(fields)}"


def _hide(found: re.Match[str]) -> str:
    run = found[0]
    letters = unquote(run)
    if _SID.match(run) or not (_DIGIT.search(letters) and _LETTER.search(letters)):
        return run
    # Words joined by dashes or underscores, a date perhaps among them, are no token.
    if max(len(piece) for piece in re.split(r"[-_+~%]", letters)) < 16:
        return run
    return NOT_SHOWN


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    if character in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[character]
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
