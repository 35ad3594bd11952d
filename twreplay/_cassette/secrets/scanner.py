"""What looks like a credential on a cassette: the last look before it is saved."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple

from twreplay._cassette.files.damage import find_interaction_starts
from twreplay._cassette.secrets.codings import decode_body
from twreplay._cassette.secrets.finder import (
    find_in_body,
    find_in_fields,
    find_once,
    find_secrets,
    forget_clean,
)
from twreplay._cassette.secrets.names import HIDDEN, Spot, is_secret_value, rate_name
from twreplay._cassette.secrets.patterns import hide_spots
from twreplay._cassette.secrets.placeholders import is_placeholder, is_placeholder_pair
from twreplay._cassette.secrets.redactor import (
    SECTION_KEY,
    Redactor,
    hide_cookies,
    hide_credentials,
    is_credential_header,
)
from twreplay._explanation import Remedy
from twreplay._http import Headers, Interaction, Pairs, Request, Response

if TYPE_CHECKING:
    from twreplay._cassette.files.codec import Recording

SEALED = "body that nobody can look into"
KNOWN = "secret that a request authenticates with, encoded"


@dataclass(frozen=True, slots=True)
class Finding:
    """
    Something that looks like a credential. It may be shown: it shows none.

    Attributes:
        kind: What it looks like.

        interaction: The number of the interaction, from 1; 0 if it is outside of them.

        webhook: The number of the webhook, from 1; 0 if it is in none.

        part: ``request`` or ``response``; ``file`` outside of the interactions.

        where: ``url``, ``body``, ``reason``, ``text``, or the name of a header.

        line: The line of the file; 0 if that is not known.

        count: How many of this kind stand there.

        is_placeholder: It is evidently a placeholder for a secret.

        remedies: What helps, if it is not what helps with a secret.
    """

    kind: str
    interaction: int
    part: str
    where: str
    line: int = 0
    value: str = field(default="", repr=False, compare=False)
    name: str = field(default="", compare=False)
    count: int = 1
    is_placeholder: bool = False
    remedies: tuple[Remedy, ...] = field(default=(), repr=False, compare=False)
    webhook: int = 0

    def __str__(self) -> str:
        line = f"line {self.line}, " if self.line else ""
        times = f" ({self.count} of them)" if self.count > 1 else ""
        stands = " (placeholder)" if self.is_placeholder else ""
        if not self.interaction and not self.webhook:
            return f"{line}{self.part} {self.where}: {self.kind}{stands}{times}"
        owner = f"webhook {self.webhook}" if self.webhook else f"interaction {self.interaction}"
        place = f"{owner}, {self.part} {self.where}"
        return f"{line}{place}: {self.kind}{stands}{times}"


class _Found(NamedTuple):
    part: str
    where: str
    kind: str
    value: str
    name: str
    secret: str
    remedies: tuple[Remedy, ...] = ()


def scan_text(
    text: str, *, as_json: bool = False, allowed: Iterable[str] = (), placeholders: bool = False
) -> list[Finding]:
    """
    Return what looks like a credential in *text*, for any reader of it.

    In that of a cassette each finding is named with its interaction, and what stands under keys
    that no cassette has is looked at as the text it is.
    """
    from twreplay._cassette.files.codec import Recording, decode  # late: it needs this package

    recording = decode(text, as_json=as_json)
    if not isinstance(recording, Recording):
        return scan_raw(text, allowed=allowed, placeholders=placeholders)
    found = scan_recording(recording, allowed, placeholders=placeholders)
    everything = recording.all_interactions
    return [
        *with_lines(found, text, as_json=as_json),
        *scan_unread(text, everything, allowed=allowed, placeholders=placeholders),
    ]


def scan_recording(
    recording: Recording, allowed: Iterable[str] = (), *, placeholders: bool = False
) -> list[Finding]:
    """Return what looks like a credential in the interactions and webhooks of *recording*."""
    count = len(recording.interactions)
    return [
        found
        if found.interaction <= count
        else replace(found, interaction=0, webhook=found.interaction - count)
        for found in scan(recording.all_interactions, allowed, placeholders=placeholders)
    ]


def scan(
    interactions: Sequence[Interaction], allowed: Iterable[str] = (), *, placeholders: bool = False
) -> list[Finding]:
    """
    Return what looks like a credential in *interactions*.

    Args:
        allowed: What is no secret: names of headers and fields, in any case, or values.

        placeholders: Also report evident placeholders for secrets.
    """
    known = set(allowed)
    names = {name.lower() for name in known}
    redactor = Redactor(known)
    clean = redactor.learn_and_find_clean(interactions)
    told: list[Finding] = []
    clean_headers: dict[Pairs, bool] = {}
    sections = {each.recorded_by for each in interactions}
    unclean = {name for name in sections if any(_in_section(name))}
    for number, (interaction, is_clean) in enumerate(zip(interactions, clean, strict=True), 1):
        if is_clean and interaction.recorded_by not in unclean:
            headers = interaction.request.headers
            if headers.pairs not in clean_headers:
                clean_headers[headers.pairs] = not any(_in_headers("request", headers, redactor))
            if clean_headers[headers.pairs]:
                continue
        fresh = []
        for found in _in_interaction(interaction, redactor):
            if found.value in known or names & {found.name.lower(), found.where.lower()}:
                continue
            is_none = not found.remedies and _stands_for_one(found)
            if not is_none or placeholders:
                fresh.append(_finding(found, number, is_none))
        told += _fold(fresh)
    forget_clean()
    return told


def _stands_for_one(found: _Found) -> bool:
    if found.kind == "credentials":
        return is_placeholder_pair(found.secret)
    return is_placeholder(found.secret)


def _finding(found: _Found, number: int, is_none: bool) -> Finding:
    return Finding(
        found.kind,
        number,
        found.part,
        found.where,
        value=found.value,
        name=found.name,
        is_placeholder=is_none,
        remedies=found.remedies,
    )


def _fold(findings: list[Finding]) -> list[Finding]:
    """*findings* with those of one kind in one place as one."""
    together: dict[tuple[str, int, str, str, bool], list[Finding]] = {}
    for found in findings:
        key = (found.kind, found.interaction, found.part, found.where, found.is_placeholder)
        together.setdefault(key, []).append(found)
    return [replace(same[0], count=len(same)) for same in together.values()]


# --- lines ------------------------------------------------------------------------------------


def with_lines(findings: Sequence[Finding], text: str, *, as_json: bool) -> list[Finding]:
    """*findings* with the lines on which they stand in *text*, or else their interactions."""
    if not findings:
        return []
    spans = _find_spans(text, "interactions", as_json=as_json)
    is_in_webhook = any(found.webhook for found in findings)
    of_webhooks = _find_spans(text, "webhooks", as_json=as_json) if is_in_webhook else []
    return [
        _with_line(found, text, of_webhooks if found.webhook else spans, as_json=as_json)
        for found in findings
    ]


def _find_spans(text: str, listed_as: str, *, as_json: bool) -> list[tuple[int, int]]:
    """Return where the interactions, or the webhooks, begin and end."""
    if as_json and (listed := re.search(rf'"{listed_as}"\s*:\s*\[', text)) is not None:
        decoder, spans, at = json.JSONDecoder(), [], listed.end()
        while (item := re.compile(r"[\s,]*(?=\{)").match(text, at)) is not None:
            try:
                _, at = decoder.raw_decode(text, item.end())
            except (ValueError, RecursionError):
                break
            spans.append((item.end(), at))
        return spans
    starts = find_interaction_starts(text, as_json=as_json, listed_as=listed_as)
    return [*pairwise([*starts, len(text)])]


def _with_line(
    found: Finding, text: str, spans: Sequence[tuple[int, int]], *, as_json: bool
) -> Finding:
    number = found.webhook or found.interaction
    if not 0 < number <= len(spans):
        return found
    start, end = spans[number - 1]
    # The request comes first as we write it, not as everybody does.
    key = f'"{found.part}"' if as_json else f"{found.part}:"
    part = max(text.find(key, start, end), start)
    for at in (part, start):
        for written in _list_forms(found, as_json=as_json):
            place = text.find(written, at, end) if written else -1
            if place >= 0:
                return replace(found, line=text.count("\n", 0, place) + 1)
    return replace(found, line=text.count("\n", 0, part) + 1)


def _list_forms(found: Finding, *, as_json: bool) -> Iterator[str]:
    """Return what may stand in the file for *found*: its value, or the key above it."""
    quoted = json.dumps(found.value, ensure_ascii=False)[1:-1]
    yield from (quoted, json.dumps(found.value)[1:-1]) if as_json else (found.value, quoted)
    yield found.value.replace("'", "''")
    where = {"url": "uri", "reason": "message"}.get(found.where, found.where)
    yield f'"{where}"' if as_json else f"{where}:"
    yield where


# --- interactions -----------------------------------------------------------------------------


def _in_interaction(interaction: Interaction, redactor: Redactor) -> Iterator[_Found]:
    told: set[tuple[str, str, str]] = set()
    for found in (
        *_in_request(interaction.request, redactor),
        *_in_response(interaction.response, redactor),
        *_in_section(interaction.recorded_by),
    ):
        # A token in a field of that name looks like one for two reasons.
        if (found.part, found.where, found.value) not in told or not found.value:
            told.add((found.part, found.where, found.value))
            yield found


def _in_request(request: Request, redactor: Redactor) -> Iterator[_Found]:
    path, _, query = request.url.encode("utf-8", "surrogatepass").partition(b"?")
    yield from _named_or_known("request", "url", path, find_once(find_secrets, path), redactor)
    yield from _named_or_known("request", "url", query, find_once(find_in_fields, query), redactor)
    yield from _in_headers("request", request.headers, redactor)
    yield from _in_body("request", request.headers, request.body, redactor, bool(request.form))


def _in_response(response: Response, redactor: Redactor) -> Iterator[_Found]:
    yield from _in_headers("response", response.headers, redactor)
    yield from _in_body("response", response.headers, response.body, redactor, False)
    reason = response.reason.encode("utf-8", "surrogatepass")
    yield from _named("response", "reason", reason, find_once(find_secrets, reason))


def _in_section(name: str) -> Iterator[_Found]:
    if name:
        text = f"{SECTION_KEY}{name}".encode("utf-8", "surrogatepass")
        yield from _named("key", "recorded_by", text, find_once(find_secrets, text))


def _in_body(
    part: str, headers: Headers, body: bytes, redactor: Redactor, is_form: bool
) -> Iterator[_Found]:
    if not body:
        return
    if "content-encoding" in headers:
        decoded = decode_body(headers, body)
        if decoded is None:
            yield _sealed(part, headers["content-encoding"])
            return
        is_form = is_form or "form-urlencoded" in headers.get("content-type", "")
        body = decoded
    spots = find_once(find_in_body, body, headers.get("content-type", ""), is_form)
    yield from _named_or_known(part, "body", body, spots, redactor)


def _named_or_known(
    part: str, where: str, content: bytes, spots: list[Spot], redactor: Redactor
) -> Iterator[_Found]:
    yield from _named(part, where, content, spots)
    # What is named already need not be known as well.
    rest = [spot._replace(replacement=HIDDEN) for spot in spots]
    if redactor.knows(hide_spots(content, rest)):
        yield _Found(part, where, KNOWN, "", "", "?")


def _sealed(part: str, coding: str) -> _Found:
    packages = {"br": "brotli", "zstd": "zstandard"}
    package = next((packages[each] for each in packages if each in coding.lower()), "")
    remedies = [
        Remedy("Ask for what can be looked into.", 'headers={"Accept-Encoding": "gzip"}'),
    ]
    if package:
        remedies.insert(0, Remedy("Install what undoes it.", f"pip install {package}"))
    kind = f"{SEALED}: its coding, {coding[:40]}, cannot be undone here"
    return _Found(part, "body", kind, "", "content-encoding", "?", tuple(remedies))


def _named(part: str, where: str, content: bytes, spots: list[Spot]) -> Iterator[_Found]:
    for spot in spots:
        yield _Found(
            part,
            where,
            spot.kind,
            content[spot.start : spot.end].decode("utf-8", "replace")
            if spot.end - spot.start < len(content) or not spot.secret
            else spot.secret.decode("utf-8", "replace"),
            spot.name,
            spot.read_from(content).decode("utf-8", "replace"),
        )


def _in_headers(part: str, headers: Headers, redactor: Redactor) -> Iterator[_Found]:
    is_clean = redactor.is_clean(headers)
    for name, value in headers.pairs:
        lower = name.lower()
        if lower in ("cookie", "cookie2", "set-cookie", "set-cookie2"):
            if (secret := _cookie(lower, value)) is not None:
                yield _Found(part, name, "cookie", secret, name, secret)
        elif is_credential_header(lower):
            if (secret := _password(value)) is not None:
                yield _Found(part, name, "credentials", secret, name, secret)
        elif is_secret_value(rate_name(name), value):
            yield _Found(part, name, "header of a credential", value, name, value)
        elif not is_clean and len(value) >= 8:
            content = value.encode("utf-8", "surrogatepass")
            yield from _named_or_known(part, name, content, find_secrets(content), redactor)


def _password(value: str) -> str | None:
    """The secret in the value of an ``Authorization`` header; None if there is none."""
    if hide_credentials(value) == value.strip() or not value.strip():
        return None
    scheme, space, given = value.strip().partition(" ")
    given = given.strip()
    if "REDACTED" in given and (scheme.lower() == "basic"):
        return None
    return given if space else scheme


def _cookie(header: str, value: str) -> str | None:
    """The first value of a cookie that is no placeholder, or that is one if all are."""
    if value == "REDACTED" or (header.startswith("set-") and hide_cookies(value) == value):
        return None
    pairs = value.split(";") if not header.startswith("set-") else value.split(";")[:1]
    held = []
    for pair in pairs:
        name, equals, content = pair.strip().partition("=")
        secret = content.strip('"') if equals else name
        if secret and "REDACTED" not in secret and len(secret) > 2:
            held.append(secret)
    real = [secret for secret in held if not is_placeholder(secret) and len(secret) >= 8]
    return next(iter([*real, *(secret for secret in held if is_placeholder(secret))]), None)


# --- text that no reader understands ----------------------------------------------------------

_COOKIE_IN_TEXT = re.compile(
    rb"(?i)(?<![\w-])(?:set-)?cookie[\"']?(?:\s*:|\s*,\s*[\"']value[\"']\s*:)(?:\s*\n\s*-)?"
    rb"[ \t]{0,8}[\"'\[\s]{0,80}(?P<secret>[^\s;=,\"']{1,80}=[^;\s,\"']{8,4096})"
)


def scan_raw(
    text: str, *, allowed: Iterable[str] = (), placeholders: bool = False
) -> list[Finding]:
    """Return what looks like a credential in *text*, as any text; no interaction is known."""
    content = text.encode("utf-8", "surrogatepass")
    spots = [
        *find_secrets(content),
        *(
            Spot("cookie", "cookie", *found.span("secret"))
            for found in _COOKIE_IN_TEXT.finditer(content)
        ),
    ]
    return _findings_in_text(content, spots, allowed, placeholders)


def scan_unread(
    text: str,
    interactions: Sequence[Interaction],
    *,
    allowed: Iterable[str] = (),
    placeholders: bool = False,
) -> list[Finding]:
    """Return what looks like a credential in *text* outside of *interactions*."""
    content = text.encode("utf-8", "surrogatepass")
    spots = find_secrets(content)
    if not spots:
        return []
    read = b"\n".join(map(_join_all, interactions))
    left = [
        spot
        for spot in spots
        if content[spot.start : spot.end] not in read
        and spot.read_from(content) not in read
        and not _is_escaped_in(content, spot, read)
    ]
    return _findings_in_text(content, left, allowed, placeholders)


def _is_escaped_in(content: bytes, spot: Spot, read: bytes) -> bool:
    """Return whether *spot* was read with its escapes undone, or its lines joined."""
    value = content[spot.start : spot.end]
    try:
        plain = json.loads(b'"' + value.replace(b"\n", b" ") + b'"').encode("utf-8", "replace")
    except ValueError:
        plain = value
    words = [word for word in re.split(rb"[\s\\]+", plain) if len(word) > 3]
    return bool(words) and all(word in read for word in words)


def _join_all(interaction: Interaction) -> bytes:
    request, response = interaction.request, interaction.response
    heads = "\n".join(
        f"{name}: {value}" for name, value in (*request.headers.pairs, *response.headers.pairs)
    )
    return b"\n".join(
        (
            f"{request.url}\n{heads}\n{response.reason}\n{interaction.recorded_by}".encode(
                "utf-8", "surrogatepass"
            ),
            request.body,
            response.body,
        )
    )


def _findings_in_text(
    content: bytes, spots: list[Spot], allowed: Iterable[str], placeholders: bool
) -> list[Finding]:
    known = set(allowed)
    names = {name.lower() for name in known}
    found = []
    end = 0
    for spot in sorted(spots, key=lambda spot: (spot.start, -spot.end)):
        value = content[spot.start : spot.end].decode("utf-8", "replace")
        secret = spot.read_from(content).decode("utf-8", "replace")
        if spot.start < end or value in known or spot.name.lower() in names:
            continue
        end = spot.end
        is_none = (
            is_placeholder_pair(secret) if spot.kind == "credentials" else is_placeholder(secret)
        )
        if not is_none or placeholders:
            line = content.count(b"\n", 0, spot.start) + 1
            found.append(
                Finding(
                    spot.kind, 0, "file", "text", line, value, spot.name, is_placeholder=is_none
                )
            )
    by_line = groupby(found, key=lambda each: (each.line, each.kind, each.is_placeholder))
    return [replace(same[0], count=len(same)) for same in (list(group) for _, group in by_line)]
