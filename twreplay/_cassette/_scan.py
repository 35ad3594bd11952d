"""What looks like a credential on a cassette: the last look before it is saved."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import unquote_plus

from twreplay._cassette._codec import Recording, decode
from twreplay._cassette._damage import interaction_starts
from twreplay._http import Headers, Interaction, Request, Response

# What people and tools write in place of a secret.
_PLACEHOLDER = re.compile(
    r"(?i)\W*(?:x+|\*+|\.+|0+|redacted|hidden|removed|masked|filtered|dummy|fake|none|null|"
    r"placeholder|secret|token|password|auth_?token|your[-_ ]?auth[-_ ]?token)\W*"
)

_TOKEN_FIELD = re.compile(
    r'(?i)(?:<auth_?token>|"auth_?token"\s*:\s*"|<div class="auth-token">|'
    r"(?:\A|[&?])auth_?token=)([^<\"&\s]+)"
)
_USERINFO = re.compile(r"(?i)[a-z][a-z0-9+.-]*://[^/\s:@\"'<>&?#]*:([^/\s@\"'<>&]+)@")
_SCHEME = re.compile(r"(?i)\b(basic|bearer)\s+([A-Za-z0-9+/_.~-]{8,}=*)")
_JWT = re.compile(r"(?<![\w-])(eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,})")
_HEX = re.compile(r"(?:(?<![0-9A-Za-z])|(?<=%[0-9A-F]{2}))([0-9a-f]{32})(?![0-9A-Za-z])")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{40,}={0,2}(?![A-Za-z0-9+/=])")
_SECRET_HEADER = re.compile(
    r"(?i)(?:token|secret|passw(?:or)?d|api[-_]?key|access[-_]?key|session[-_]?key)\Z"
)

# The name right before a value: `name="`, `"name": "`, `<name>`, `name=`.
_NAME_BEFORE = re.compile(r"([A-Za-z][\w.-]*)[\"']?\s*(?:[:=>]|=>)\s*[\"']?\Z")

# Names of what is 32 hexadecimal digits long and opens nothing: sums, identifiers, traces.
_HARMLESS = re.compile(
    r"(?i)etag|if-(?:none-)?match|md5|hash|sum|digest|signature|nonce|boundary|fingerprint|"
    r"trace|span|baggage|request|correlation|revision|commit|version|build|cache|uuid|guid|"
    r"avatar|image|_?id\Z|sid\Z|idempotency|x-amz|cf-ray|report-to|\Anel\Z|cookie|\Aserver"
)
_NESTING = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """
    Something that looks like a credential. It may be shown: it shows none.

    Attributes:
        kind: What it looks like.

        interaction: The number of the interaction, from 1; 0 if it is outside of them.

        part: ``request`` or ``response``.

        where: ``url``, ``body``, or the name of a header.

        line: The line of the file; 0 if that is not known.
    """

    kind: str
    interaction: int
    part: str
    where: str
    line: int = 0
    value: str = field(default="", repr=False, compare=False)
    name: str = field(default="", compare=False)

    def __str__(self) -> str:
        line = f"line {self.line}, " if self.line else ""
        return f"{line}interaction {self.interaction}, {self.part} {self.where}: {self.kind}"


def scan_text(text: str, *, as_json: bool = False, allowed: Iterable[str] = ()) -> list[Finding]:
    """What looks like a credential in a cassette's *text*; nothing if it is no cassette."""
    recording = decode(text, as_json=as_json)
    if not isinstance(recording, Recording):
        return []
    return with_lines(scan(recording.interactions, allowed), text, as_json=as_json)


def scan(interactions: Sequence[Interaction], allowed: Iterable[str] = ()) -> list[Finding]:
    """
    What looks like a credential in *interactions*.

    Args:
        allowed: What is no secret: names of headers and fields, whatever their case, or values.
    """
    known = set(allowed)
    names = {name.lower() for name in known}
    return [
        found
        for number, interaction in enumerate(interactions, 1)
        for found in _in_interaction(number, interaction)
        if found.value not in known and not names & {found.name.lower(), found.where.lower()}
    ]


def with_lines(findings: Sequence[Finding], text: str, *, as_json: bool) -> list[Finding]:
    """*findings* with the lines on which they stand in *text*, or else their interactions."""
    if not findings:
        return []
    starts = [*interaction_starts(text, as_json=as_json), len(text)]
    return [_with_line(found, text, starts) for found in findings]


def _with_line(found: Finding, text: str, starts: Sequence[int]) -> Finding:
    if not 0 < found.interaction < len(starts):
        return found
    start, end = starts[found.interaction - 1 : found.interaction + 1]
    # The request comes first as we write it, not as everybody does.
    response = max(text.find("response", start, end), start) if found.part == "response" else start
    at = max(text.find(found.value, response, end), text.find(found.value, start, end), start)
    return Finding(
        found.kind,
        found.interaction,
        found.part,
        found.where,
        text.count("\n", 0, at) + 1,
        found.value,
        found.name,
    )


def _in_interaction(number: int, interaction: Interaction) -> Iterator[Finding]:
    told: set[tuple[str, str, str]] = set()
    for part, where, kind, value, name in (
        *_in_request(interaction.request),
        *_in_response(interaction.response),
    ):
        # A token in a field of that name looks like one for two reasons.
        if (part, where, value) in told:
            continue
        told.add((part, where, value))
        yield Finding(kind, number, part, where, value=value, name=name)


_Found = tuple[str, str, str, str, str]


def _in_request(request: Request) -> Iterator[_Found]:
    path, _, query = request.url.partition("?")
    # A path is made of identifiers, and those of others are often 32 digits too.
    for kind, value, name in (*_in_text(path, hexadecimal=False), *_in_fields(query)):
        yield "request", "url", kind, value, name
    yield from _in_headers("request", request.headers)
    is_form = bool(request.form)
    text = _text(request.body)
    for kind, value, name in _in_fields(text) if is_form else _in_text(text):
        yield "request", "body", kind, value, name


def _in_response(response: Response) -> Iterator[_Found]:
    yield from _in_headers("response", response.headers)
    text = _text(response.body)
    found = list(_in_text(text))
    if "csv" in response.headers.get("content-type", ""):
        found += _in_csv(text)
    for kind, value, name in found:
        yield "response", "body", kind, value, name
    for kind, value, name in _in_text(response.reason):
        yield "response", "reason", kind, value, name


def _in_headers(part: str, headers: Headers) -> Iterator[_Found]:
    for name, value in headers.pairs:
        lower = name.lower()
        if lower in ("authorization", "proxy-authorization"):
            if (secret := _password(value)) is not None:
                yield part, name, "credentials", secret, name
        elif lower in ("cookie", "set-cookie"):
            if (secret := _cookie(lower, value)) is not None:
                yield part, name, "cookie", secret, name
        elif _SECRET_HEADER.search(name) and _is_secret(value):
            yield part, name, "header of a credential", value, name
        elif len(value) >= 12:
            harmless = _HARMLESS.search(name) is not None
            for kind, secret, inner in _in_text(value, hexadecimal=not harmless):
                yield part, name, kind, secret, inner


def _in_fields(encoded: str) -> Iterator[tuple[str, str, str]]:
    """What looks like a credential in a query or a form."""
    for pair in encoded.split("&") if encoded else ():
        name, _, value = (unquote_plus(half) for half in pair.partition("="))
        if re.fullmatch(r"(?i)auth_?token", name) and _is_secret(value, shortest=1):
            yield "auth token", value, name
        else:
            for kind, secret, inner in _in_text(value, hexadecimal=not _HARMLESS.search(name)):
                yield kind, secret, inner or name


def _in_csv(text: str) -> Iterator[tuple[str, str, str]]:
    for row in csv.DictReader(io.StringIO(text)):
        for name, value in row.items():
            named = isinstance(name, str) and re.fullmatch(r"(?i)auth_?token", name)
            if named and isinstance(value, str) and _is_secret(value, shortest=1):
                yield "auth token", value, str(name)


def _in_text(
    text: str, *, hexadecimal: bool = True, depth: int = 0
) -> Iterator[tuple[str, str, str]]:
    """What looks like a credential in *text*: kind, value, and the name before it."""
    if len(text) < 8:
        return
    if "oken" in text or "OKEN" in text:
        for found in _TOKEN_FIELD.finditer(text):
            if _is_secret(unescape(found[1]), shortest=1):
                yield "auth token", found[1], "AuthToken"
    if "@" in text:
        for found in _USERINFO.finditer(text):
            if _is_secret(found[1], shortest=1):
                yield "password in a URL", found[1], ""
    if "asic" in text or "earer" in text or "ASIC" in text or "EARER" in text:
        for found in _SCHEME.finditer(text):
            if (secret := _password(found[0])) is not None and _is_token_like(*found.groups()):
                yield "credentials", secret, ""
    if "eyJ" in text:
        for found in _JWT.finditer(text):
            yield "JSON web token", found[1], _name_before(text, found.start())
    if hexadecimal:
        yield from _in_hex(text)
    if depth < _NESTING and len(text) >= 40:
        for found in _BASE64.finditer(text):
            inner = _text(_decoded(found[0]))
            if inner and inner.isprintable():
                for kind, _, name in _in_text(inner, depth=depth + 1):
                    yield f"{kind} in base64", found[0], name
    if depth < _NESTING and ("%25" in text or "%3A%2F%2F" in text.upper()):
        for kind, secret, name in _in_text(unquote_plus(text), hexadecimal=False, depth=depth + 1):
            yield f"{kind}, percent-encoded", secret, name


def _in_hex(text: str) -> Iterator[tuple[str, str, str]]:
    for found in _HEX.finditer(text):
        name = _name_before(text, found.start())
        # In a path, in a trace, the boundary of a multipart body.
        in_path = text.endswith(("/", "-", "%2F"), 0, found.start())
        if in_path or (name and _HARMLESS.search(name)) or len(set(found[1])) < 4:
            continue
        yield "32 hexadecimal digits, as an auth token has", found[1], name


def _name_before(text: str, at: int) -> str:
    found = _NAME_BEFORE.search(text[max(at - 80, 0) : at])
    return found[1] if found else ""


def _password(value: str) -> str | None:
    """The secret in the value of an ``Authorization`` header; None if there is none."""
    if _PLACEHOLDER.fullmatch(value):
        return None
    scheme, _, given = value.strip().partition(" ")
    given = given.strip()
    if not given:
        return scheme if _is_secret(scheme) else None
    if scheme.lower() == "basic":
        plain = given if ":" in given else _text(_decoded(given))
        password = plain.partition(":")[2] if plain.isprintable() else given
        return given if _is_secret(password, shortest=1) else None
    return given if _is_secret(given) else None


def _is_token_like(scheme: str, value: str) -> bool:
    """Whether *value*, in running text, is more than the next word."""
    if scheme.lower() == "basic":
        return ":" in _text(_decoded(value))
    return len(value) >= 16 and any(char.isdigit() for char in value)


def _cookie(header: str, value: str) -> str | None:
    pairs = value.split(";") if header == "cookie" else value.split(";")[:1]
    for pair in pairs:
        name, equals, held = pair.strip().partition("=")
        if _is_secret(held.strip('"') if equals else name):
            return held or name
    return None


def _is_secret(value: str, *, shortest: int = 8) -> bool:
    return len(value) >= shortest and "REDACTED" not in value and not _PLACEHOLDER.fullmatch(value)


def _decoded(value: str) -> bytes:
    given = value.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(given + "=" * (-len(given) % 4), validate=True)
    except ValueError:
        return b""


def _text(body: bytes) -> str:
    """*body* as text, unpacked if it is packed; a byte that is no text is one that ends words."""
    if body.startswith(b"\x1f\x8b"):
        try:
            body = gzip.decompress(body)
        except (OSError, EOFError, zlib.error):
            return ""
    return body.decode("utf-8", "replace")
