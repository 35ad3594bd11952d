"""Betamax's JSON cassettes to interactions and back. Reads no files."""

from __future__ import annotations

import base64
import json
from typing import Any

from twreplay._cassette.files.bodies import in_encoding
from twreplay._cassette.files.codec import Recording
from twreplay._cassette.files.damage import DecodeError, named
from twreplay._cassette.files.foreign import (
    Misfit,
    build_checked,
    build_flaw,
    check_mapping,
    check_status,
    check_text,
    decode_content,
    list_items,
    parse_json,
)
from twreplay._cassette.secrets.codings import plain, stored
from twreplay._http import Headers, Interaction, Request, Response


def decode_betamax(given: str) -> Recording | DecodeError:
    """Read what betamax has written; a value that says what is wrong if it is something else."""
    try:
        document = check_mapping(parse_json(given), "the file")
        items = list_items(document, "http_interactions")
        read = tuple(
            _parse_interaction(check_mapping(item, f"interaction {n}")) for n, item in items
        )
    except Misfit as misfit:
        return build_flaw(misfit, "a betamax cassette")
    dates = [str(item.get("recorded_at") or "") for _, item in items]
    return Recording(interactions=read, recorded_at=_find_oldest(dates), foreign=True)


def encode_betamax(recording: Recording) -> str:
    """Write *recording* as betamax does."""
    data = {
        "http_interactions": [
            _build_item(stored(each), recording.recorded_at) for each in recording.interactions
        ],
        "recorded_with": "twreplay",
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _find_oldest(dates: list[str]) -> str:
    return min(dates) if dates and all(dates) else ""


def _parse_interaction(item: dict[str, Any]) -> Interaction:
    asked, answered = (
        check_mapping(item.get("request"), "request"),
        check_mapping(item.get("response"), "response"),
    )
    told = _status(answered)
    request = build_checked(
        Request,
        check_text(asked.get("method"), "method"),
        check_text(asked.get("uri"), "uri"),
        _parse_headers(asked),
        _parse_body(asked.get("body")),
    )
    response = build_checked(
        Response,
        check_status(told.get("code")),
        _parse_headers(answered),
        _parse_body(answered.get("body")),
        str(told.get("message") or ""),
    )
    return Interaction(request, plain(response))


def _status(answered: dict[str, Any]) -> dict[str, Any]:
    """Code and message, which betamax wrote otherwise before it had both."""
    if "status" not in answered and "status_code" in answered:
        return {"code": answered["status_code"], "message": answered.get("reason")}
    return check_mapping(answered.get("status"), "status")


def _parse_headers(owner: dict[str, Any]) -> Headers:
    pairs = []
    for name, values in check_mapping(owner.get("headers") or {}, "headers").items():
        # One value, or a list of them: betamax has written both.
        for value in values if isinstance(values, list) else [values]:
            pairs.append((name, check_text(value, f"header {name}")))
    return Headers(pairs)


def _parse_body(given: Any) -> bytes:
    if not isinstance(given, dict):
        return decode_content(given, "")
    if "base64_string" in given:
        return decode_content(given["base64_string"], "base64")
    if given and "string" not in given:
        raise Misfit(f"a body has no string; it has {', '.join(map(named, given))}")
    if given.get("string") is None:
        return b""
    encoding = given.get("encoding")
    return in_encoding(
        check_text(given.get("string"), "a body"), encoding if isinstance(encoding, str) else ""
    )


def _build_item(each: Interaction, recorded_at: str) -> dict[str, Any]:
    request, response = each.request, each.response
    return {
        "recorded_at": recorded_at.rstrip("Z").partition("+")[0] or "1970-01-01T00:00:00",
        "request": {
            "body": _build_body(request.body),
            "headers": _build_headers(request.headers),
            "method": request.method,
            "uri": request.url,
        },
        "response": {
            "body": _build_body(response.body),
            "headers": _build_headers(response.headers),
            "status": {"code": response.status, "message": response.reason},
            "url": request.url,
        },
    }


def _build_headers(headers: Headers) -> dict[str, list[str]]:
    return {name: list(headers.get_all(name)) for name in sorted(headers, key=str.lower)}


def _build_body(body: bytes) -> dict[str, str]:
    try:
        return {"encoding": "utf-8", "string": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"encoding": "utf-8", "base64_string": base64.b64encode(body).decode("ascii")}
