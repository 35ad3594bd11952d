"""What stands in a cassette and was not understood: it is never written away. Reads no files."""

from __future__ import annotations

from codecs import lookup
from collections.abc import Iterator, Mapping
from typing import Any

from twreplay._cassette.files.damage import named

# More are not shown; one is enough to leave the file alone.
_MOST = 4

_TOP = frozenset({"version", "twreplay", "interactions"})
_OURS = frozenset(
    {
        *("format", "origin", "recorded_at", "host", "redacted", "pseudonyms"),
        *("profile", "seed", "version"),  # of what a simulator answered
        "webhooks",
    }
)
_INTERACTION = frozenset({"request", "response", "recorded_at", "recorded_by"})
_WEBHOOK = frozenset({"after", "request", "response", "recorded_by"})
_REQUEST = frozenset({"method", "uri", "headers", "body"})
# Beside what is read, what only repeats it: the URL, and how old vcrpy called HTTP/1.1.
_RESPONSE = frozenset({"status", "headers", "body", "url", "http_version"})
_OLD_RESPONSE = frozenset({"status_code", "headers", "content", "http_version", "url"})
_STATUS = frozenset({"code", "message"})
_BODIES = (
    frozenset({"string", "encoding"}),
    frozenset({"encoded", "encoding"}),
    frozenset({"base64_string", "encoding"}),
    frozenset({"type", "content"}),
)


def is_name(value: object) -> bool:
    """Return whether *value* is the name of a section; another tool may mean something else."""
    return isinstance(value, str) and value != ""


def unknown_in(data: Mapping[Any, Any]) -> tuple[str, ...]:
    """Return the first few places of the cassette *data* with something that is not read."""
    return tuple(place for place, _ in zip(_places(data), range(_MOST), strict=False))


def _places(data: Mapping[Any, Any]) -> Iterator[str]:
    yield from _beside(data, _TOP)
    ours = data.get("twreplay") or {}
    yield from _beside(ours, _OURS, "twreplay")
    for index, item in enumerate(ours.get("webhooks") or ()):
        yield from _places_in(item, _WEBHOOK, f"twreplay.webhooks.{index}")
    for index, item in enumerate(data["interactions"]):
        yield from _places_in(item, _INTERACTION, f"interactions.{index}")


def _places_in(item: Mapping[Any, Any], known_keys: frozenset[str], where: str) -> Iterator[str]:
    yield from _beside(item, known_keys, where)
    if "recorded_by" in item and not is_name(item["recorded_by"]):
        yield f"{where}.recorded_by"
    yield from _beside(item["request"], _REQUEST, where, "request")
    response = item["response"]
    is_old = "status_code" in response
    yield from _beside(response, _OLD_RESPONSE if is_old else _RESPONSE, where, "response")
    yield from _beside(response.get("status"), _STATUS, where, "response.status")
    body = response.get("body")
    if isinstance(body, dict) and not any(body.keys() <= known for known in _BODIES):
        known = next((each for each in _BODIES if each & body.keys() - {"encoding"}), _STATUS)
        yield from _beside(body, known, where, "response.body")
    elif isinstance(body, dict) and not _is_encoding(body.get("encoding")):
        yield f"{where}.response.body.encoding"


def _is_encoding(name: object) -> bool:
    """Return whether *name* is one that a tool gives to text; it is not needed to read the body."""
    if name is None or name in ("", "ASCII-8BIT", "base64"):
        return True
    try:
        return isinstance(name, str) and lookup(name) is not None
    except LookupError:
        return False


def _beside(owner: object, known: frozenset[str], *where: str) -> Iterator[str]:
    if isinstance(owner, Mapping):
        for key in owner:
            if key not in known:
                yield ".".join((*where, named(key)))
