"""One operation of the control API: what it takes, and what it is called with."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

from twreplay._numbers import is_finite
from twreplay._server.backend import Backend, SimulatorBackend
from twreplay._simulator import Simulator
from twreplay._suggestion import check_choice
from twreplay.errors import UsageError

MOST_WAIT = 60.0

Schema: TypeAlias = Mapping[str, Any]

TEXT: Schema = MappingProxyType({"type": "string"})
NUMBER: Schema = MappingProxyType({"type": "number"})
COUNT: Schema = MappingProxyType({"type": "integer", "minimum": 0})
SECONDS: Schema = MappingProxyType({"type": "number", "minimum": 0})
WAIT: Schema = MappingProxyType({"type": "number", "minimum": 0, "maximum": MOST_WAIT})
FLAG: Schema = MappingProxyType({"type": "boolean"})
OBJECT: Schema = MappingProxyType({"type": "object"})
WORDS: Schema = MappingProxyType({"type": "array", "items": {"type": "string"}, "minItems": 1})

_NOTHING: Mapping[str, Schema] = MappingProxyType({})
_TYPES: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {
        "string": (str,),
        "number": (int, float),
        "integer": (int,),
        "boolean": (bool,),
        "object": (dict,),
        "array": (list,),
    }
)


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the control API: the backend, the parts of the path, the query, the JSON."""

    backend: Backend
    names: Mapping[str, str]
    query: Mapping[str, Any]
    body: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The first part of the path that varies."""
        return next(iter(self.names.values()), "")

    @property
    def world(self) -> SimulatorBackend:
        """The backend; an error if a cassette answers."""
        if not isinstance(self.backend, SimulatorBackend):
            msg = "this server replays a cassette, so there is no simulated world."
            raise UsageError(msg)
        self.backend.pass_time()
        return self.backend

    @property
    def simulator(self) -> Simulator:
        """The simulator; an error if a cassette answers."""
        simulator = self.world.simulator
        assert simulator is not None
        return simulator


Run: TypeAlias = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """
    One row of the table.

    Attributes:
        path: Below ``/_twreplay``; ``{name}`` stands for a part without a slash.

        run: Called with the request; what it returns, or what the coroutine that it returns does,
            is the answer.

        query: What the query takes, by name.

        body: What the JSON takes, by name.

        required: What the JSON must have.

        is_open: The JSON may have other names as well, which *run* checks.
    """

    method: str
    path: str
    summary: str
    run: Run
    query: Mapping[str, Schema] = field(default_factory=lambda: _NOTHING)
    body: Mapping[str, Schema] = field(default_factory=lambda: _NOTHING)
    required: tuple[str, ...] = ()
    is_open: bool = False

    def match(self, path: str) -> dict[str, str] | None:
        """Return what the varying parts stand for in *path*; None if it is another."""
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path)
        found = re.fullmatch(pattern, path)
        return None if found is None else found.groupdict()

    def read_query(self, given: Mapping[str, str]) -> dict[str, Any]:
        """
        Read the query.

        Raises:
            UsageError: A name that does not exist, or a value that is none of its kind.
        """
        read: dict[str, Any] = {}
        for name, text in given.items():
            _check_name(self.query, name, "query")
            value: Any = text
            if self.query[name]["type"] in ("number", "integer"):
                try:
                    value = float(text) if self.query[name]["type"] == "number" else int(text)
                except ValueError:
                    value = None
            read[name] = _check(name, value, self.query[name], text)
        return read

    def read_body(self, given: object) -> Mapping[str, Any]:
        """
        Check the JSON of a request.

        Raises:
            UsageError: A name that does not exist or is missing, or a value of another kind.
        """
        if not isinstance(given, dict):
            msg = "the body is a JSON object."
            raise UsageError(msg)
        for name, value in given.items():
            if name in self.body:
                _check(name, value, self.body[name], value)
            elif not self.is_open:
                _check_name(self.body, name, "body")
        for name in self.required:
            if name not in given:
                msg = f"{name} is missing from the body."
                raise UsageError(msg)
        return given


def _check_name(known: Mapping[str, Schema], name: str, where: str) -> None:
    if not known:
        msg = f"this takes no {where}, and {name!r} was given."
        raise UsageError(msg)
    check_choice(f"the {where}", "name", name, tuple(known))


def _check(name: str, value: Any, schema: Schema, given: object) -> Any:
    kind = schema["type"]
    fits = isinstance(value, _TYPES[kind]) and isinstance(value, bool) == (kind == "boolean")
    if fits and kind in ("number", "integer"):
        fits = is_finite(value) and schema.get("minimum", value) <= value
        fits = fits and value <= schema.get("maximum", value)
    if fits and kind == "array":
        fits = len(value) >= schema.get("minItems", 0) and all(isinstance(v, str) for v in value)
    if fits and "enum" in schema:
        check_choice(name, "value", value, tuple(schema["enum"]))
    if not fits:
        limits = [f"from {schema['minimum']:g}"] if "minimum" in schema else []
        limits += [f"to {schema['maximum']:g}"] if "maximum" in schema else []
        kind = "array of texts" if kind == "array" else kind
        msg = f"{name} is {' '.join([kind, *limits])}, not {str(given)[:60]!r}."
        raise UsageError(msg)
    return value
