"""Cassette text to interactions and back, in vcrpy's format. Reads no files."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from dataclasses import dataclass
from typing import Any

from twreplay._http import Headers, Interaction, Request, Response, standard_reason

FORMAT = 1

# What describes one connection, not the message.
_HOP_BY_HOP = ("transfer-encoding", "connection", "keep-alive", "proxy-connection")

_LONG_LINE = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """
    What a cassette holds.

    Attributes:
        origin: ``recorded``, ``simulated`` or ``documentation``.

        recorded_at: ISO date and time in UTC; empty if unknown.

        foreign: Another tool wrote it, so it may lack credentials that were sent.
    """

    interactions: tuple[Interaction, ...] = ()
    origin: str = "recorded"
    recorded_at: str = ""
    host: str = ""
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong in a cassette's text, and where. Lines and columns start at 1; 0 is all."""

    headline: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class TooNew:
    """The text is in a format of the future."""

    format: int


class _Wrong(Exception):
    """A shape that is not a cassette's. Never leaves this module."""


def decode(text: str, *, as_json: bool = False) -> Recording | Flaw | TooNew:
    """Read *text*; a value that says what is wrong if it is no cassette."""
    if not text.strip():
        return Flaw("is empty")
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(("<<<<<<< ", ">>>>>>> ")):
            return Flaw("has a merge conflict in it", number, 1)
    loaded = _load_json(text) if as_json else _load_yaml(text)
    return loaded if isinstance(loaded, Flaw) else _recording(loaded)


def encode(recording: Recording, *, as_json: bool = False) -> str:
    """Write *recording*: equal recordings make equal text."""
    data = {
        "version": 1,
        "twreplay": {
            "format": FORMAT,
            "origin": recording.origin,
            "recorded_at": recording.recorded_at,
            "host": recording.host,
        },
        "interactions": [_written(i, as_json=as_json) for i in recording.interactions],
    }
    if as_json:
        return json.dumps(data, indent=1, ensure_ascii=False) + "\n"
    import yaml

    text: str = yaml.dump(
        data, Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=1 << 30
    )
    return text


def plain(response: Response) -> Response:
    """
    *response* as it is stored: decoded, whole, and with headers that fit.

    A body that says it is gzip and is not was decoded by whoever recorded it.
    """
    headers, body = response.headers, response.body
    if "content-encoding" in headers and body:
        decoded = _decoded(headers["content-encoding"].strip().lower(), body)
        if decoded is not None:
            body, headers = decoded, headers.without("content-encoding")
    headers = headers.without(*_HOP_BY_HOP)
    if body and (headers != response.headers or "content-length" in headers):
        headers = headers.replacing("Content-Length", str(len(body)))
    if headers == response.headers and body is response.body:
        return response
    return Response(response.status, headers, body, response.reason)


def _decoded(coding: str, body: bytes) -> bytes | None:
    """The decoded body; None if it cannot be decoded here."""
    if coding in ("gzip", "x-gzip"):
        if not body.startswith(b"\x1f\x8b"):
            return body
        try:
            return gzip.decompress(body)
        except (OSError, EOFError, zlib.error):
            return None
    if coding == "deflate":
        for window in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
            try:
                return zlib.decompress(body, window)
            except zlib.error:
                continue
        return body
    return None


# --- reading ----------------------------------------------------------------------------------


def _load_json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        return Flaw(f"is not JSON: {error.msg}", error.lineno, error.colno)


def _load_yaml(text: str) -> Any:
    import yaml

    try:
        return yaml.load(text, Loader=_loader())  # noqa: S506  # a subclass of the safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        return Flaw(f"is not a YAML cassette: {error.problem}", line, column)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return Flaw(f"is not a YAML cassette: {str(error).splitlines()[0]}")


def _recording(data: Any) -> Recording | Flaw | TooNew:
    if not isinstance(data, dict):
        return Flaw(f"has no `interactions`; its top level is {_kind(data)}")
    ours = data.get("twreplay")
    formats = [data.get("version", 1), (ours or {}).get("format", 1)]
    newest = max((f for f in formats if isinstance(f, int)), default=1)
    if newest > FORMAT:
        return TooNew(newest)
    stored = data.get("interactions")
    if not isinstance(stored, list):
        return Flaw("has no list of `interactions`")
    interactions = []
    for number, item in enumerate(stored, 1):
        try:
            interactions.append(Interaction(_request(item), _response(item)))
        except (_Wrong, ValueError, TypeError) as error:
            return Flaw(f"has something wrong in interaction {number}: {error}")
    known = ours if isinstance(ours, dict) else {}
    return Recording(
        interactions=tuple(interactions),
        origin=str(known.get("origin", "recorded")),
        recorded_at=str(known.get("recorded_at") or ""),
        host=str(known.get("host") or ""),
        foreign=not isinstance(ours, dict),
    )


def _request(item: Any) -> Request:
    request = _mapping(item, "request")
    method, uri = request.get("method"), request.get("uri")
    if not isinstance(method, str) or not isinstance(uri, str):
        msg = "its request has no method or no uri"
        raise _Wrong(msg)
    return Request(method, uri, _headers(request), _body(request.get("body")))


def _response(item: Any) -> Response:
    response = _mapping(item, "response")
    headers = _headers(response)
    if "status_code" in response:  # how older vcrpy wrote httpx
        return plain(
            Response(int(response["status_code"]), headers, _body(response.get("content")))
        )
    if isinstance(response.get("status"), int):  # how cassetter writes it
        return plain(Response(response["status"], headers, _body(response.get("body"))))
    status = _mapping(response, "status")
    code = status.get("code")
    if not isinstance(code, int):
        msg = "its response has no status code"
        raise _Wrong(msg)
    reason = status.get("message")
    reason = standard_reason(code) if reason is None else str(reason)
    return plain(Response(code, headers, _body(response.get("body")), reason))


def _mapping(owner: Any, name: str) -> dict[str, Any]:
    value = owner.get(name) if isinstance(owner, dict) else None
    if not isinstance(value, dict):
        msg = f"it has no {name}"
        raise _Wrong(msg)
    return value


def _headers(owner: dict[str, Any]) -> Headers:
    given = owner.get("headers") or {}
    if not isinstance(given, dict):
        msg = "its headers are no mapping"
        raise _Wrong(msg)
    pairs: list[tuple[str, str]] = []
    for name, values in given.items():
        many = values if isinstance(values, list | tuple) else [values]
        pairs += [(str(name), _text(value)) for value in many]
    return Headers(pairs)


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _body(value: Any) -> bytes:
    if isinstance(value, dict):
        if "base64_string" in value:
            return base64.b64decode(value["base64_string"])
        if "type" in value:
            return _typed_body(value)
        value = value.get("string", value.get("encoded"))
    if value is None:
        return b""
    if hasattr(value, "read"):
        value = value.read()
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, bytes):
        return value
    msg = f"a body is {_kind(value)}, not text"
    raise _Wrong(msg)


def _typed_body(value: dict[str, Any]) -> bytes:
    """A body as cassetter writes it: a type, and content of that type."""
    content = value.get("content")
    if content is None:
        return b""
    if value["type"] in ("base64", "binary", "bytes"):
        return base64.b64decode(content)
    if isinstance(content, dict | list):
        return json.dumps(content, ensure_ascii=False).encode()
    return _body(content)


def _kind(value: object) -> str:
    names = {list: "a list", str: "text", type(None): "empty", int: "a number", dict: "a mapping"}
    return names.get(type(value), type(value).__name__)


# --- writing ----------------------------------------------------------------------------------


def _written(interaction: Interaction, *, as_json: bool) -> dict[str, Any]:
    request, response = interaction.request, plain(interaction.response)
    sent: Any = _content(request.body) if request.body else None
    body: dict[str, Any] = {"string": _content(response.body)}
    if as_json:
        if isinstance(sent, bytes):
            sent = {"base64_string": base64.b64encode(sent).decode("ascii")}
        if isinstance(body["string"], bytes):
            body = {"base64_string": base64.b64encode(response.body).decode("ascii")}
    return {
        "request": {
            "body": sent,
            "headers": _header_lists(request.headers.without(*_HOP_BY_HOP)),
            "method": request.method,
            "uri": request.url,
        },
        "response": {
            "body": body,
            "headers": _header_lists(response.headers),
            "status": {"code": response.status, "message": response.reason},
        },
    }


def _header_lists(headers: Headers) -> dict[str, list[str]]:
    return {name: list(headers.get_all(name)) for name in sorted(headers, key=str.lower)}


def _content(body: bytes) -> str | bytes:
    """Text where *body* is text that YAML can hold unharmed, else the bytes."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return body
    # YAML and JSON escape these, but no reviewer reads them.
    if any(ord(char) < 32 and char not in "\t\n\r" for char in text):
        return body
    return text


def _loader() -> Any:
    # The safe loader and the few harmless tags that vcrpy's cassettes have; it runs no code.
    import yaml

    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loader: Any = type("CassetteLoader", (base,), {})
    loader.add_constructor("tag:yaml.org,2002:python/unicode", base.construct_scalar)
    loader.add_constructor("tag:yaml.org,2002:python/str", base.construct_scalar)
    loader.add_constructor(
        "tag:yaml.org,2002:python/tuple", lambda self, node: tuple(self.construct_sequence(node))
    )
    return loader


def _dumper() -> Any:
    import yaml

    dumper: Any = type("CassetteDumper", (getattr(yaml, "CSafeDumper", yaml.SafeDumper),), {})

    def text(self: Any, value: str) -> Any:
        style = "|" if "\n" in value or len(value) > _LONG_LINE else None
        return self.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    dumper.add_representer(str, text)
    dumper.ignore_aliases = lambda *_: True
    return dumper
