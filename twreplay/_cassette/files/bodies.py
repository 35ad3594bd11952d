"""The bodies that tools put into cassettes, each in its own way, to bytes. Reads no files."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from math import isfinite
from typing import Any
from urllib.parse import urlencode

from twreplay._cassette.files.damage import SchemaError, kind_of, named

_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*\Z")

# What cassetter's newest release writes, and base64 for the binary of earlier ones.
_CASSETTER = frozenset({"json", "text", "binary", "none", "base64", "bytes"})


class Number(int):
    """A whole number of YAML, and how it was *written*: ``0123`` may be the text of a tool."""

    written: str


class Bare(str):
    """Text without quotes that is a truth or a fraction where YAML stands for JSON."""

    __slots__ = ()


def response_body(value: Any, *keys: str) -> bytes:
    """The body of a response: text, binary, or a mapping that says which."""
    if not isinstance(value, dict) or not value:
        return _content(value, "", *keys)
    if _is_cassetters(value):
        return _typed(value, *keys)
    if (body := _in_mapping(value, *keys)) is not None:
        return body
    if isinstance(value.get("type"), str) and "content" in value:
        raise _unknown_type(value, *keys)
    raise SchemaError("`string` or `base64_string` in it", "a mapping without `string`", *keys)


def request_body(value: Any, content_type: str, *keys: str) -> bytes:
    """
    The body of a request.

    vcrpy writes what the caller gave aiohttp as ``data=`` or ``json=``: a mapping, a list, a
    number. Its fields may have any name, so those of other tools are recognized by all
    of their keys.
    """
    if isinstance(value, dict) and value:
        names = value.keys()
        if names <= {"type", "content"} and _is_cassetters(value):
            return _typed(value, *keys)
        if names == {"base64_string"} or names in ({"string", "encoding"}, _BASE64):
            body = _in_mapping(value, *keys)
            return body if body is not None else b""
        is_told = "json" in content_type or "form" in content_type
        if names == {"type", "content"} and isinstance(value["type"], str) and not is_told:
            raise _unknown_type(value, *keys)
    if isinstance(value, dict | list) and value:
        return _as_sent(value, content_type, *keys)
    if isinstance(value, int | float):
        return written(value).encode() if isinstance(value, Number) else _json(value, *keys)
    return _content(value, "", *keys)


_BASE64 = {"base64_string", "encoding"}


def written(value: object) -> str:
    """*value* as the text that it is in the file."""
    return value.written if isinstance(value, Number) else str(value)


def _is_cassetters(value: Mapping[Any, Any]) -> bool:
    kind = value.get("type")
    return isinstance(kind, str) and kind in _CASSETTER and ("content" in value or kind == "none")


def _unknown_type(value: Mapping[Any, Any], *keys: str) -> SchemaError:
    found = f"a body of the type `{named(value['type'])}`, which is not known"
    return SchemaError("a body of the type json, text, binary or none", found, *keys)


def _in_mapping(value: Mapping[Any, Any], *keys: str) -> bytes | None:
    """Return what stands in *value* under the name of its kind; None if it has none of them."""
    if "base64_string" in value:
        return _from_base64(value["base64_string"], *keys, "base64_string")
    name = next((name for name in ("string", "encoded") if name in value), None)
    if name is None:
        return None
    encoding = value.get("encoding")
    return _content(value[name], encoding if isinstance(encoding, str) else "", *keys, name)


def _content(value: Any, encoding: str, *keys: str) -> bytes:
    if value is None or value == {}:
        return b""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return in_encoding(value, encoding)
    raise SchemaError("text, in quotes if need be", kind_of(value), *keys)


def in_encoding(text: str, encoding: str) -> bytes:
    """*text* in *encoding*, as betamax reads it; in UTF-8 if that cannot be."""
    try:
        return text.encode(encoding or "utf-8")
    except (LookupError, ValueError):
        return text.encode("utf-8", "surrogatepass")


def _typed(value: Mapping[Any, Any], *keys: str) -> bytes:
    """A body as cassetter writes it: a type, and content of that type."""
    kind, content = value["type"], value.get("content")
    keys = (*keys, "content")
    if kind == "json":
        return _json(content, *keys)
    if content is None:
        return b""
    if kind == "text" or isinstance(content, bytes):
        # Its writer, of YAML 1.2, leaves quotes out where a reader of 1.1 sees a number.
        return _content(written(content) if isinstance(content, int) else content, "", *keys)
    content = written(content) if isinstance(content, int) else content
    if kind == "binary" and isinstance(content, str) and _HEX.match(content):
        return bytes.fromhex(content)
    return _from_base64(content, *keys)


def _as_sent(value: dict[Any, Any] | list[Any], content_type: str, *keys: str) -> bytes:
    """Return what aiohttp makes of *value*: a form, unless its type or shape is that of JSON."""
    pairs = list(value.items()) if isinstance(value, dict) else value
    is_form = "json" not in content_type and all(
        isinstance(pair, list | tuple)
        and len(pair) == 2
        and not any(isinstance(part, dict | list | tuple | bool | None) for part in pair)
        for pair in pairs
    )
    if not is_form:
        return _json(value, *keys)
    fields = [(_sent(name), _sent(content)) for name, content in pairs]
    try:
        return urlencode(fields).encode()
    except UnicodeEncodeError:
        raise SchemaError("text", "text with half a character", *keys) from None


def _sent(part: object) -> str | bytes:
    return part if isinstance(part, bytes) else written(part)


def _json(value: Any, *keys: str) -> bytes:
    try:
        text = json.dumps(_plain_json(value), ensure_ascii=False)
        return text.encode("utf-8", "surrogatepass")
    except (TypeError, ValueError):
        raise SchemaError("a JSON value", "one with binary in it", *keys) from None


def _plain_json(value: Any) -> Any:
    """*value* with truths and fractions, which are text elsewhere in a cassette."""
    if isinstance(value, dict):
        return {written(name): _plain_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_json(each) for each in value]
    if isinstance(value, Bare):
        return _TRUTHS[value.lower()] if value.lower() in _TRUTHS else _fraction(value)
    return int(value) if isinstance(value, Number) else value


_TRUTHS = {"true": True, "false": False}


def _fraction(text: Bare) -> float | str:
    try:
        number = float(text)
    except ValueError:
        return str(text)
    return number if isfinite(number) else str(text)


def _from_base64(value: Any, *keys: str) -> bytes:
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogatepass")
    if not isinstance(value, bytes):
        raise SchemaError("base64 text", kind_of(value), *keys)
    try:
        # Strictly: what is skipped silently is a body that silently differs.
        return base64.b64decode(b"".join(value.split()), validate=True)
    except ValueError:
        raise SchemaError("base64 text", "text that is not base64", *keys) from None
