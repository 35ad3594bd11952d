"""YAML cassettes of VCR for Ruby, from version 2 on, to interactions. Reads no files."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from twreplay._cassette.files.bodies import in_encoding, written
from twreplay._cassette.files.codec import Recording
from twreplay._cassette.files.damage import DecodeError
from twreplay._cassette.files.foreign import (
    Misfit,
    build_checked,
    build_flaw,
    check_mapping,
    check_status,
    check_text,
    decode_content,
    list_items,
    parse_yaml,
)
from twreplay._cassette.secrets.codings import plain
from twreplay._http import Headers, Interaction, Request, Response


def decode_vcr(given: str) -> Recording | DecodeError:
    """Read what VCR has written; a value that says what is wrong if it is something else."""
    try:
        document = check_mapping(parse_yaml(given), "the file")
        items = [
            check_mapping(item, f"interaction {n}")
            for n, item in list_items(document, "http_interactions")
        ]
        read = tuple(map(_parse_interaction, items))
    except Misfit as misfit:
        return build_flaw(misfit, "a cassette of VCR for Ruby")
    dates = [_parse_date(item.get("recorded_at")) for item in items]
    known = [date for date in dates if date is not None]
    whole = bool(dates) and len(known) == len(dates)
    return Recording(
        interactions=read,
        recorded_at=min(known).strftime("%Y-%m-%dT%H:%M:%SZ") if whole else "",
        foreign=True,
    )


def _parse_interaction(item: dict[str, Any]) -> Interaction:
    asked = check_mapping(item.get("request"), "request")
    answered = check_mapping(item.get("response"), "response")
    told = check_mapping(answered.get("status"), "status")
    request = build_checked(
        Request,
        # A Ruby symbol, in older ones.
        check_text(asked.get("method"), "method").removeprefix(":"),
        check_text(asked.get("uri"), "uri"),
        parse_grouped_headers(asked),
        _parse_body(asked.get("body")),
    )
    response = build_checked(
        Response,
        check_status(told.get("code")),
        parse_grouped_headers(answered),
        _parse_body(answered.get("body")),
        str(told.get("message") or ""),
    )
    return Interaction(request, plain(response))


def parse_grouped_headers(owner: dict[str, Any]) -> Headers:
    """The headers of *owner*: a mapping of names to a value or a list of values."""
    pairs = []
    for name, values in check_mapping(owner.get("headers") or {}, "headers").items():
        for value in values if isinstance(values, list) else [values]:
            told = written(value) if isinstance(value, int | float) else value
            pairs.append((str(name), check_text(told, f"header {name}")))
    return Headers(pairs)


def _parse_body(given: Any) -> bytes:
    if not isinstance(given, dict):
        return read_body(given)
    if "base64_string" in given:
        return decode_content(given["base64_string"], "base64")
    encoding = given.get("encoding")
    return read_body(given.get("string"), encoding if isinstance(encoding, str) else "")


def read_body(given: Any, encoding: str = "") -> bytes:
    """The bytes of *given*: text, binary, or nothing."""
    if given is None:
        return b""
    if isinstance(given, bytes):
        return given
    told = written(given) if isinstance(given, int | float) else given
    return in_encoding(check_text(told, "a body"), encoding)


def _parse_date(given: Any) -> datetime | None:
    if not isinstance(given, str):
        return None
    try:
        then = datetime.fromisoformat(given)
    except ValueError:
        try:
            then = parsedate_to_datetime(given)
        except ValueError:
            return None
    return then.astimezone(UTC) if then.tzinfo else then.replace(tzinfo=UTC)
