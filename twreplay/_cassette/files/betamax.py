"""Betamax's JSON cassettes to interactions and back. Reads no files."""

from __future__ import annotations

import base64
import json
from typing import Any

from twreplay._cassette.files.bodies import in_encoding
from twreplay._cassette.files.codec import Recording
from twreplay._cassette.files.damage import Flaw, named
from twreplay._cassette.files.foreign import (
    Misfit,
    content,
    flaw,
    listed,
    mapping,
    parsed,
    status,
    text,
    whole,
)
from twreplay._cassette.secrets.codings import plain, stored
from twreplay._http import Headers, Interaction, Request, Response


def decode_betamax(given: str) -> Recording | Flaw:
    """Read what betamax has written; a value that says what is wrong if it is something else."""
    try:
        document = mapping(parsed(given), "the file")
        items = listed(document, "http_interactions")
        read = tuple(_interaction(mapping(item, f"interaction {n}")) for n, item in items)
    except Misfit as misfit:
        return flaw(misfit, "a betamax cassette")
    dates = [str(item.get("recorded_at") or "") for _, item in items]
    return Recording(interactions=read, recorded_at=_oldest(dates), foreign=True)


def encode_betamax(recording: Recording) -> str:
    """Write *recording* as betamax does."""
    data = {
        "http_interactions": [
            _written(stored(each), recording.recorded_at) for each in recording.interactions
        ],
        "recorded_with": "twreplay",
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _oldest(dates: list[str]) -> str:
    return min(dates) if dates and all(dates) else ""


def _interaction(item: dict[str, Any]) -> Interaction:
    asked, answered = (
        mapping(item.get("request"), "request"),
        mapping(item.get("response"), "response"),
    )
    told = _status(answered)
    request = whole(
        Request,
        text(asked.get("method"), "method"),
        text(asked.get("uri"), "uri"),
        _headers(asked),
        _body(asked.get("body")),
    )
    response = whole(
        Response,
        status(told.get("code")),
        _headers(answered),
        _body(answered.get("body")),
        str(told.get("message") or ""),
    )
    return Interaction(request, plain(response))


def _status(answered: dict[str, Any]) -> dict[str, Any]:
    """Code and message, which betamax wrote otherwise before it had both."""
    if "status" not in answered and "status_code" in answered:
        return {"code": answered["status_code"], "message": answered.get("reason")}
    return mapping(answered.get("status"), "status")


def _headers(owner: dict[str, Any]) -> Headers:
    pairs = []
    for name, values in mapping(owner.get("headers") or {}, "headers").items():
        # One value, or a list of them: betamax has written both.
        for value in values if isinstance(values, list) else [values]:
            pairs.append((name, text(value, f"header {name}")))
    return Headers(pairs)


def _body(given: Any) -> bytes:
    if not isinstance(given, dict):
        return content(given, "")
    if "base64_string" in given:
        return content(given["base64_string"], "base64")
    if given and "string" not in given:
        raise Misfit(f"a body has no string; it has {', '.join(map(named, given))}")
    if given.get("string") is None:
        return b""
    encoding = given.get("encoding")
    return in_encoding(
        text(given.get("string"), "a body"), encoding if isinstance(encoding, str) else ""
    )


def _written(each: Interaction, recorded_at: str) -> dict[str, Any]:
    request, response = each.request, each.response
    return {
        "recorded_at": recorded_at.rstrip("Z").partition("+")[0] or "1970-01-01T00:00:00",
        "request": {
            "body": _written_body(request.body),
            "headers": _written_headers(request.headers),
            "method": request.method,
            "uri": request.url,
        },
        "response": {
            "body": _written_body(response.body),
            "headers": _written_headers(response.headers),
            "status": {"code": response.status, "message": response.reason},
            "url": request.url,
        },
    }


def _written_headers(headers: Headers) -> dict[str, list[str]]:
    return {name: list(headers.get_all(name)) for name in sorted(headers, key=str.lower)}


def _written_body(body: bytes) -> dict[str, str]:
    try:
        return {"encoding": "utf-8", "string": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"encoding": "utf-8", "base64_string": base64.b64encode(body).decode("ascii")}
