"""Cassette text to interactions and back, in vcrpy's format. Reads no files."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from twreplay._cassette.files import fast_yaml
from twreplay._cassette.files.bodies import request_body, response_body, written
from twreplay._cassette.files.damage import (
    DecodeError,
    SchemaError,
    TooNew,
    find_position,
    find_whole_flaw,
    is_in_last_line,
    kind_of,
    locate_interaction,
    named,
)
from twreplay._cassette.files.fast_yaml_writer import Writer, format_body
from twreplay._cassette.files.unknown import is_name, unknown_in
from twreplay._cassette.secrets.codings import plain, stored
from twreplay._cassette.simulated_by import SimulatedBy
from twreplay._cassette.webhooks import RecordedWebhook, place_webhooks
from twreplay._http import Headers, Interaction, Request, Response, get_standard_reason

FORMAT = 1

# The origin of what another tool wrote and ``twreplay redact`` put pseudonyms into.
_FOREIGN = "another tool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """
    The content of a cassette.

    Attributes:
        origin: ``recorded``, ``simulated`` or ``documentation``.

        recorded_at: ISO date and time in UTC; empty if unknown.

        foreign: Another tool wrote it, so it may lack credentials that were sent.

        redacted: What pseudonyms stand for, beside secrets; in the order of ``KINDS``.

        pseudonyms: ``salt ...``, which they were made with, or ``key ...``, the fingerprint of the
            key that they were made with; empty if there are none.

        unknown: Where something stands that was not understood, and would be lost if this were
            written in its place: ``interactions.0.request.parsed_body``.

        simulated_by: The simulator that gave the responses; None if none did.

        webhooks: The requests of the API to the application, in the order in which they came.
    """

    interactions: tuple[Interaction, ...] = ()
    origin: str = "recorded"
    recorded_at: str = ""
    host: str = ""
    foreign: bool = False
    redacted: tuple[str, ...] = ()
    pseudonyms: str = ""
    unknown: tuple[str, ...] = ()
    simulated_by: SimulatedBy | None = None
    webhooks: tuple[RecordedWebhook, ...] = ()

    @property
    def all_interactions(self) -> tuple[Interaction, ...]:
        """The interactions, and behind them those of the webhooks."""
        return (*self.interactions, *(webhook.interaction for webhook in self.webhooks))

    @property
    def sections(self) -> tuple[str, ...]:
        """By interaction and webhook, the test that recorded it; equality leaves that out."""
        return tuple(each.recorded_by for each in self.all_interactions)


def select_interactions(recording: Recording, kept: Sequence[Interaction]) -> Recording:
    """Return *recording* with the interactions *kept* of it, and the webhooks that follow them."""
    return replace(recording, interactions=tuple(kept), webhooks=place_webhooks(kept, recording))


def decode(text: str, *, as_json: bool = False) -> Recording | DecodeError | TooNew:
    """Read *text*; a value that says what is wrong if it is no cassette."""
    if not as_json and (quickly := _decode_fast(text)) is not None:
        return quickly
    if (flawed := find_whole_flaw(text)) is not None:
        flaw, index = flawed
        return _stopped(flaw, text, index, as_json=as_json) if index else flaw
    return _decode_json(text) if as_json else _decode_yaml(text)


def encode(recording: Recording, *, as_json: bool = False) -> str:
    """Write *recording*: equal recordings make equal text."""
    known = _build_provenance(recording)
    if recording.webhooks:
        known["webhooks"] = [_build_webhook(w, as_json=as_json) for w in recording.webhooks]
    head = {"version": 1, **({"twreplay": known} if known else {})}
    if not as_json and (quickly := _encode_fast(head, recording.interactions)) is not None:
        return quickly
    built = [_build_interaction(i, as_json=as_json) for i in recording.interactions]
    data = {**head, "interactions": built}
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n" if as_json else _dump(data)


def find_flaw(interaction: Interaction) -> str:
    """Return what keeps *interaction* from being read again once it is written; or nothing."""
    try:
        _parse_interaction(_build_interaction(interaction, as_json=False))
    except SchemaError as wrong:
        return f"{'.'.join(map(str, wrong.keys))} is {wrong.found}, not {wrong.expected}"
    return ""


def _dump(data: object) -> str:
    from twreplay._cassette.files import yaml  # late: who replays JSON needs no YAML

    return yaml.dump(data)


def _encode_fast(head: dict[str, Any], interactions: Sequence[Interaction]) -> str | None:
    """The text that PyYAML makes, without it as far as that is certain; None if it is not."""
    return Writer(_dump, partial(_build_interaction, as_json=False)).document(head, interactions)


def _build_provenance(recording: Recording) -> dict[str, object]:
    """Build the entries about the origin of *recording*; empty if another tool wrote it."""
    made_with = {"redacted": " ".join(recording.redacted), "pseudonyms": recording.pseudonyms}
    if recording.foreign:  # or it would pass for one that has all credentials in it
        return {"format": FORMAT, "origin": _FOREIGN, **made_with} if recording.redacted else {}
    simulated_by = recording.simulated_by
    return {
        "format": FORMAT,
        "origin": recording.origin,
        # What a simulator answers is as old as the library, and the same tomorrow.
        **({} if simulated_by else {"recorded_at": recording.recorded_at}),
        "host": recording.host,
        **(simulated_by.build_entries() if simulated_by else {}),
        **(made_with if recording.redacted else {}),
    }


# --- reading ----------------------------------------------------------------------------------


def _decode_yaml(text: str) -> Recording | DecodeError | TooNew:
    from twreplay._cassette.files import yaml

    loaded = yaml.load(text)
    if isinstance(loaded, yaml.YamlError):
        at_end = is_in_last_line(text, loaded.index)
        return _stopped(loaded.flaw, text, loaded.index, as_json=False, at_end=at_end)
    data, node = loaded
    try:
        return _parse_recording(data)
    except SchemaError as wrong:
        return _schema_problem(wrong, data, text, yaml.index_of(node, wrong.keys), as_json=False)


def _decode_fast(text: str) -> Recording | None:
    """The recording, if *text* is in the form in which this library writes."""
    start, end = _find_webhooks(text)
    found = fast_yaml.read(text[:start] + text[end:] if end else text)
    if found is None:
        return None
    document, interactions = found
    try:
        webhooks = _load_webhooks(text[start:end]) if end else ()
        if webhooks:
            known = document.get("twreplay")
            if not isinstance(known, dict):
                return None
            known["webhooks"] = webhooks
        recording = _parse_recording(document, count=len(interactions))
    except SchemaError:
        return None
    return None if isinstance(recording, TooNew) else replace(recording, interactions=interactions)


def _find_webhooks(text: str) -> tuple[int, int]:
    """Return where the webhooks stand in *text*, if it is in our form; zeros if nowhere."""
    until = text.find("\ninteractions:")
    start = text.find("\n  webhooks:\n", 0, max(until, 0)) + 1
    above = [line for line in text[:start].split("\n") if line and line[0] != " "]
    return (start, until + 1) if start and above[-1:] == ["twreplay:"] else (0, 0)


def _load_webhooks(text: str) -> list[Any]:
    """
    Read the lines of the webhooks, which a parser understands: there are few.

    Raises:
        SchemaError: They are no list under one key.
    """
    from twreplay._cassette.files import yaml

    loaded = yaml.load(text)
    data = loaded[0] if isinstance(loaded, tuple) else None
    if not isinstance(data, dict) or set(data) != {"webhooks"} or not data["webhooks"]:
        raise SchemaError("a list of webhooks", kind_of(data))
    webhooks: list[Any] = data["webhooks"]
    return webhooks


def _decode_json(text: str) -> Recording | DecodeError | TooNew:
    try:
        data = json.loads(text, object_pairs_hook=_refuse_repeats)
        return _parse_recording(data)
    except json.JSONDecodeError as error:
        flaw = DecodeError(
            headline=f"is not JSON: {error.msg}", line=error.lineno, column=error.colno
        )
        at_end = error.msg.startswith("Unterminated") or is_in_last_line(text, error.pos)
        return _stopped(flaw, text, error.pos, as_json=True, at_end=at_end)
    except RecursionError:
        return DecodeError(headline="is nested too deeply")
    except ValueError as error:
        return DecodeError(headline=f"is not JSON: {error}")
    except SchemaError as wrong:
        from twreplay._cassette.files import yaml

        # JSON is YAML, near enough to find a place in it.
        node = yaml.compose(text)
        if wrong.found == _REPEATED:
            name, index = yaml.repeated_key(node) or (named(wrong.expected), 0)
            line, column = find_position(text, index)
            headline = f"has the key `{name}` twice in one place"
            flaw = DecodeError(headline=headline, line=line, column=column)
            return _stopped(flaw, text, index, as_json=True)
        index = yaml.index_of(node, wrong.keys) if node is not None else 0
        return _schema_problem(wrong, json.loads(text), text, index, as_json=True)


_REPEATED = "a key twice"


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise SchemaError(pairs[-1][0], _REPEATED)
    return mapping


def _stopped(
    flaw: DecodeError, text: str, index: int, *, as_json: bool, at_end: bool = False
) -> DecodeError:
    """*flaw* with what can be said of the interactions before *index*."""

    def count(shorter: str) -> int | None:
        decoded = decode(shorter, as_json=as_json)
        return len(decoded.interactions) if isinstance(decoded, Recording) else None

    return locate_interaction(flaw, text, index, as_json=as_json, at_end=at_end, count=count)


def _schema_problem(
    wrong: SchemaError, data: Any, text: str, index: int, *, as_json: bool
) -> DecodeError:
    """The flaw of text that is YAML or JSON, and not a cassette."""
    line, column = find_position(text, index)
    if len(wrong.keys) < 2 or wrong.keys[0] != "interactions":
        where = ".".join(map(str, wrong.keys))
        headline = f"is not a cassette: its {f'`{where}`' if where else 'top level'} is "
        if wrong.keys == ("interactions",) and not wrong.found:
            keys = ", ".join(f"`{named(key)}`" for key in list(data)[:4])
            headline = f"has no `interactions`; at its top level there is {keys or 'nothing'}"
        elif not wrong.keys:
            headline = f"has no `interactions`; its top level is {wrong.found}"
        else:
            headline += wrong.found or "missing"
        return DecodeError(
            headline=headline,
            line=line,
            column=column,
            expected=wrong.expected,
            found=wrong.found or "nothing",
        )
    number = int(wrong.keys[1]) + 1
    field = ".".join(map(str, wrong.keys[2:]))
    headline = f"has something wrong in interaction {number}: " + (
        f"{field or 'it'} is {wrong.found}" if wrong.found else f"it has no {field}"
    )
    expected, found = (wrong.expected, wrong.found) if wrong.found else (field, "nothing")
    missing = wrong.found in ("", kind_of(None))
    if not as_json and (missing or text[-1] != "\n") and _is_last(data, wrong.keys):
        # YAML that is cut off is YAML still, of another shape.
        headline = f"ends in the middle of interaction {number}"
        expected, found = field or "an interaction", "the end of the file"
        line, column = find_position(text, len(text.rstrip()))
    return DecodeError(
        headline=headline,
        line=line,
        column=column,
        expected=expected,
        found=found,
        interaction=number,
        readable=number - 1,
    )


def _is_last(data: Any, keys: Sequence[str | int]) -> bool:
    """Return whether the value at *keys*, or its expected place, is the last in the data."""
    for key in keys:
        if isinstance(data, dict):
            if key not in data:
                # The request comes first: what lacks it and has a response was not cut off.
                return key != "request"
            if key != list(data)[-1]:
                return False
        elif key != len(data) - 1:
            return False
        data = data[key]
    return True


def _parse_recording(data: Any, *, count: int | None = None) -> Recording | TooNew:
    """
    Read what a parser made of a cassette.

    Args:
        count: The number of its interactions, where they are read elsewhere.
    """
    if not isinstance(data, dict):
        raise SchemaError("`interactions`", kind_of(data))
    ours = data.get("twreplay")
    if ours is not None and not isinstance(ours, dict):
        raise SchemaError("a mapping", kind_of(ours), "twreplay")
    newest = max(
        _version(data.get("version", 1), "version"),
        _version((ours or {}).get("format", 1), "twreplay", "format"),
    )
    if newest > FORMAT:
        return TooNew(newest)
    stored = data.get("interactions")
    if not isinstance(stored, list):
        found = kind_of(stored) if "interactions" in data else ""
        raise SchemaError("a list of interactions", found, "interactions")
    interactions = []
    for index, item in enumerate(stored):
        try:
            interactions.append(_parse_interaction(item))
        except SchemaError as wrong:
            keys = ("interactions", index, *wrong.keys)
            raise SchemaError(wrong.expected, wrong.found, *keys) from None
    known = ours or {}
    webhooks = _parse_webhooks(known.get("webhooks"), count or len(interactions))
    return Recording(
        interactions=tuple(interactions),
        origin=str(known.get("origin", "recorded")),
        recorded_at=str(known.get("recorded_at") or ""),
        host=str(known.get("host") or ""),
        foreign=ours is None or ours.get("origin") == _FOREIGN,
        redacted=tuple(str(known.get("redacted") or "").split()),
        pseudonyms=str(known.get("pseudonyms") or ""),
        unknown=unknown_in(data),
        simulated_by=SimulatedBy.from_entries(known),
        webhooks=webhooks,
    )


def _parse_webhooks(given: Any, count: int) -> tuple[RecordedWebhook, ...]:
    """Read the webhooks of a cassette with *count* interactions."""
    where = "twreplay", "webhooks"
    if not isinstance(given, list | None):
        raise SchemaError("a list of webhooks", kind_of(given), *where)
    webhooks = []
    for index, item in enumerate(given or ()):
        try:
            interaction = _parse_interaction(item)
            after = _check_number(item.get("after"), "after")
            if not 0 <= after <= count:
                raise SchemaError(f"the number of an interaction, of {count}", str(after), "after")
        except SchemaError as wrong:
            keys = (*where, index, *wrong.keys)
            raise SchemaError(wrong.expected, wrong.found, *keys) from None
        webhooks.append(RecordedWebhook(after, interaction))
    return tuple(webhooks)


def _parse_interaction(item: Any) -> Interaction:
    request, response = _parse_request(item), _parse_response(item)
    by = item.get("recorded_by")
    return Interaction(request, response, _whole(str(by), "recorded_by") if is_name(by) else "")


def _parse_request(item: Any) -> Request:
    if not isinstance(item, dict):
        raise SchemaError("an interaction: a mapping with request and response", kind_of(item))
    given = _get_mapping(item, "request")
    method = _get_string(given, "request", "method")
    uri = _get_string(given, "request", "uri")
    headers = _parse_headers(given, "request")
    body = request_body(given.get("body"), headers.get("content-type", ""), "request", "body")
    try:
        request = Request(method, uri, headers, body)
    except ValueError:
        request = None
    if request is None or request.scheme not in ("http", "https"):
        # Not shown: what cannot be parsed may still hold a password.
        raise SchemaError("an absolute URL", "none" if uri else kind_of(None), "request", "uri")
    return request


def _parse_response(item: dict[Any, Any]) -> Response:
    response = _get_mapping(item, "response")
    headers = _parse_headers(response, "response")
    if "status_code" in response:  # how older vcrpy wrote httpx
        code = _check_status(response["status_code"], "response", "status_code")
        body = response_body(response.get("content"), "response", "content")
        return plain(Response(code, headers, body))
    body = response_body(response.get("body"), "response", "body")
    if "status" not in response:
        raise SchemaError("the status of the response", "", "response", "status")
    status = response["status"]
    if not isinstance(status, dict):  # how cassetter writes it
        return plain(Response(_check_status(status, "response", "status"), headers, body))
    if "code" not in status:
        raise SchemaError("a status code", "", "response", "status", "code")
    code = _check_status(status["code"], "response", "status", "code")
    reason = status.get("message")
    if not isinstance(reason, str | int | None):
        raise SchemaError("text", kind_of(reason), "response", "status", "message")
    reason = get_standard_reason(code) if reason is None else str(reason)
    reason = _whole(reason, "response", "status", "message")
    return plain(Response(code, headers, body, reason))


def _get_mapping(owner: dict[Any, Any], name: str) -> dict[Any, Any]:
    value = owner.get(name)
    if not isinstance(value, dict):
        raise SchemaError("a mapping", kind_of(value) if name in owner else "", name)
    return value


def _get_string(owner: dict[Any, Any], *keys: str) -> str:
    value = owner.get(keys[-1])
    if not isinstance(value, str):
        raise SchemaError("text", kind_of(value) if keys[-1] in owner else "", *keys)
    return _whole(str(value), *keys)


def _whole(value: str, *keys: str | int) -> str:
    """*value*, if it can be written again: JSON escapes may hold one half of a character."""
    if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
        raise SchemaError("text", "text with half a character", *keys)
    return value


def _version(value: Any, *keys: str) -> int:
    """A version, which some tools put in quotes."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 9:
        return int(value)
    return _check_number(value, *keys)


def _check_number(value: Any, *keys: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise SchemaError("a whole number", kind_of(value), *keys)
    return int(value)


def _check_status(value: Any, *keys: str) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) == 3:
        value = int(value)
    code = _check_number(value, *keys)
    if not 100 <= code <= 999:
        raise SchemaError("a status code of three digits", str(code)[:12], *keys)
    return code


def _parse_headers(owner: dict[Any, Any], *keys: str) -> Headers:
    given = owner.get("headers")
    if given is None:
        return Headers()
    if isinstance(given, list):  # how vcrpy writes tornado's
        given = _grouped(given, *keys, "headers")
    if not isinstance(given, dict):
        raise SchemaError("a mapping of names to lists of values", kind_of(given), *keys, "headers")
    pairs: list[tuple[str, str]] = []
    for key, values in given.items():
        name = _check_header(key, *keys, "headers")
        if not isinstance(values, list | tuple):
            pairs.append((name, _check_header(values, *keys, "headers", name)))
            continue
        for index, value in enumerate(values):
            pairs.append((name, _check_header(value, *keys, "headers", name, index)))
    return Headers(pairs)


def _grouped(pairs: list[Any], *keys: str) -> dict[str, list[Any]]:
    """The headers that are a list of pairs, by name."""
    grouped: dict[str, list[Any]] = {}
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise SchemaError("a mapping of names to lists of values", "a list", *keys)
        name = _check_header(pair[0], *keys)
        grouped.setdefault(name, []).append(pair[1])
    return grouped


def _check_header(value: Any, *keys: str | int) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, str | int | float):
        return _whole(written(value), *keys)
    raise SchemaError("text", kind_of(value), *keys)


# --- writing ----------------------------------------------------------------------------------


def _build_interaction(interaction: Interaction, *, as_json: bool) -> dict[str, Any]:
    kept = stored(interaction)
    request, response = kept.request, kept.response
    sent: Any = format_body(request.body) if request.body else None
    body: dict[str, Any] = {"string": format_body(response.body)}
    if as_json:
        if isinstance(sent, bytes):
            sent = {"base64_string": base64.b64encode(sent).decode("ascii")}
        if isinstance(body["string"], bytes):
            body = {"base64_string": base64.b64encode(response.body).decode("ascii")}
    by = {"recorded_by": interaction.recorded_by} if interaction.recorded_by else {}
    return {
        "request": {
            "body": sent,
            "headers": _group_headers(request.headers),
            "method": request.method,
            "uri": request.url,
        },
        "response": {
            "body": body,
            "headers": _group_headers(response.headers),
            "status": {"code": response.status, "message": response.reason},
        },
        **by,
    }


def _build_webhook(webhook: RecordedWebhook, *, as_json: bool) -> dict[str, Any]:
    return {
        "after": webhook.after,
        **_build_interaction(webhook.interaction, as_json=as_json),
    }


def _group_headers(headers: Headers) -> dict[str, list[str]]:
    return {name: list(headers.get_all(name)) for name in sorted(headers, key=str.lower)}
