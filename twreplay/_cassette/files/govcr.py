"""Cassettes of go-vcr, in its formats 1 and 2, to interactions. Reads no files."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from twreplay._cassette.files.bodies import written
from twreplay._cassette.files.codec import Recording
from twreplay._cassette.files.damage import DecodeError
from twreplay._cassette.files.foreign import (
    Misfit,
    build_checked,
    build_flaw,
    check_mapping,
    check_status,
    check_text,
    list_items,
    parse_yaml,
)
from twreplay._cassette.files.vcr import parse_grouped_headers, read_body
from twreplay._cassette.secrets.codings import plain
from twreplay._http import Interaction, Request, Response


def decode_govcr(given: str) -> Recording | DecodeError:
    """Read what go-vcr has written; a value that says what is wrong if it is something else."""
    try:
        document = check_mapping(parse_yaml(given), "the file")
        read = tuple(
            _parse_interaction(check_mapping(item, f"interaction {n}"))
            for n, item in list_items(document, "interactions")
        )
    except Misfit as misfit:
        return build_flaw(misfit, "a cassette of go-vcr")
    return Recording(interactions=read, foreign=True)


def _parse_interaction(item: dict[str, Any]) -> Interaction:
    asked = check_mapping(item.get("request"), "request")
    answered = check_mapping(item.get("response"), "response")
    request = build_checked(
        Request,
        check_text(asked.get("method") or "GET", "method"),
        check_text(asked.get("url"), "url"),
        parse_grouped_headers(asked),
        read_body(asked.get("body")) or _build_form(asked.get("form")),
    )
    # "200 OK", beside the code.
    reason = str(answered.get("status") or "").partition(" ")[2]
    response = build_checked(
        Response,
        check_status(answered.get("code")),
        parse_grouped_headers(answered),
        read_body(answered.get("body")),
        reason or None,
    )
    return Interaction(request, plain(response))


def _build_form(given: Any) -> bytes:
    fields = check_mapping(given or {}, "form")
    pairs = [
        (str(name), written(value))
        for name, values in fields.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    return urlencode(pairs).encode()
