"""
HTTP archives (HAR 1.2, as browsers and proxies write them) to interactions and back.

Reads no files. Request bodies that are no text have no place in the format; they are kept as
base64 with a key of their own, ``_encoding``, which other tools skip.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
import zlib
from typing import Any

from twreplay._address import is_this_version
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
from twreplay._http import Headers, Interaction, Pairs, Request, Response

_TIMINGS = {"send": 0, "wait": 0, "receive": 0}
_UNKNOWN_DATE = "1970-01-01T00:00:00Z"


def decode_har(given: str) -> Recording | DecodeError:
    """Read an archive; a value that says what is wrong if it is something else."""
    try:
        log = check_mapping(check_mapping(parse_json(given), "the file").get("log"), "its log")
        entries = [check_mapping(entry, f"entry {n}") for n, entry in list_items(log, "entries")]
        kept = [entry for entry in entries if _is_http(entry)]
        read = tuple(map(_parse_interaction, kept))
    except Misfit as misfit:
        return build_flaw(misfit, "an HTTP archive")
    dates = [str(entry.get("startedDateTime") or "") for entry in kept]
    known = [date for date in dates if date and date != _UNKNOWN_DATE]
    return Recording(
        interactions=read,
        recorded_at=min(known) if len(known) == len(read) and known else "",
        foreign=True,
    )


def encode_har(recording: Recording) -> str:
    """Write *recording* as an archive."""
    date = recording.recorded_at or _UNKNOWN_DATE
    log = {
        "version": "1.2",
        "creator": {"name": "twreplay", "version": "1"},
        "entries": [_build_entry(stored(each), date) for each in recording.interactions],
    }
    return json.dumps({"log": log}, indent=1, ensure_ascii=False) + "\n"


def _parse_interaction(entry: dict[str, Any]) -> Interaction:
    asked, answered = (
        check_mapping(entry.get(name), f"its {name}") for name in ("request", "response")
    )
    posted = check_mapping(asked.get("postData") or {}, "postData")
    coding = posted.get("encoding") or posted.get("_encoding")
    body = decode_content(posted.get("text"), str(coding or ""))
    if not body and posted.get("params"):
        body = _build_form(posted)
    request = build_checked(
        Request,
        check_text(asked.get("method"), "a method"),
        _get_url(asked),
        _parse_headers(asked),
        body,
    )
    code = check_status(answered.get("status"))
    try:
        shown = _shown(asked, answered)
    except _Missing:
        if is_this_version(request):
            raise
        # It will not be replayed: it counts as a request without a response.
        code, shown = 0, b""
    response = build_checked(
        Response,
        code,
        # The text of an archive is decoded, even if its headers name a coding.
        _parse_headers(answered).without("content-encoding"),
        shown,
        str(answered.get("statusText") or ""),
    )
    return Interaction(request, plain(response))


def _is_http(entry: dict[str, Any]) -> bool:
    """Return whether *entry* is about HTTP: browsers keep `data:` and the like in the same list."""
    asked = check_mapping(entry.get("request"), "its request")
    url = check_text(asked.get("url"), "a URL")
    return re.match(r"(?i)https?://[^/?#]", url) is not None


def _shown(asked: dict[str, Any], answered: dict[str, Any]) -> bytes:
    """The body of an answer, which must be there if the archive says that there was one."""
    shown = check_mapping(answered.get("content") or {}, "content")
    size, written = shown.get("size"), shown.get("text")
    code = answered.get("status")
    has_none = asked.get("method") == "HEAD" or code in (0, 204, 304)
    if written is None and isinstance(size, int) and size > 0 and not has_none:
        raise _Missing(
            f"the answer to {named(_get_url(asked))} had {size} bytes, and they are missing"
        )
    if shown.get("_isBinary"):
        return _joined(written)
    return decode_content(written, str(shown.get("encoding") or ""))


class _Missing(Misfit):
    """The archive was saved without a body, so that what it has of it is no answer."""


def _joined(written: Any) -> bytes:
    """A body of Polly.JS: a list of chunks in hexadecimal, of what came over the wire."""
    try:
        joined = bytes.fromhex("".join(json.loads(written)))
        return gzip.decompress(joined) if joined.startswith(b"\x1f\x8b") else joined
    except (ValueError, TypeError, OSError, EOFError, zlib.error):
        raise Misfit("a body of Polly.JS is none") from None


def _get_url(asked: dict[str, Any]) -> str:
    return check_text(asked.get("url"), "a URL").partition("#")[0]


def _build_form(posted: dict[str, Any]) -> bytes:
    """The body of a form of which only the fields are kept."""
    from urllib.parse import urlencode

    fields = [check_mapping(field, "a field") for _, field in list_items(posted, "params")]
    return urlencode([(str(f.get("name", "")), str(f.get("value", ""))) for f in fields]).encode()


def _parse_headers(owner: dict[str, Any]) -> Headers:
    given = [check_mapping(each, "a header") for _, each in list_items(owner, "headers")]
    pairs = []
    for header in given:
        name, values = check_text(header.get("name"), "the name of a header"), header.get("value")
        for value in values if isinstance(values, list) else [values]:
            pairs.append((name, check_text(value, f"the header {named(name)}")))
    # What HTTP/2 has in place of a request line.
    return Headers([(name, value) for name, value in pairs if not name.startswith(":")])


def _build_entry(each: Interaction, date: str) -> dict[str, Any]:
    request, response = each.request, each.response
    asked: dict[str, Any] = {
        "method": request.method,
        "url": request.url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _build_pairs(request.headers.pairs),
        "queryString": _build_pairs(request.query),
        "headersSize": -1,
        "bodySize": len(request.body),
    }
    kind = request.headers.get("content-type", "")
    if request.body:
        asked["postData"] = {"mimeType": kind, **_build_content(request.body, "_encoding")}
    shown = response.headers.get("content-type", "")
    size = len(response.body)
    answered = {
        "status": response.status,
        "statusText": response.reason,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _build_pairs(response.headers.pairs),
        "content": {"size": size, "mimeType": shown, **_build_content(response.body, "encoding")},
        "redirectURL": response.headers.get("location", ""),
        "headersSize": -1,
        "bodySize": size,
    }
    return {
        "startedDateTime": date,
        "time": 0,
        "request": asked,
        "response": answered,
        "cache": {},
        "timings": _TIMINGS,
    }


def _build_pairs(pairs: Pairs) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _build_content(body: bytes, encoding: str) -> dict[str, str]:
    try:
        return {"text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(body).decode("ascii"), encoding: "base64"}
