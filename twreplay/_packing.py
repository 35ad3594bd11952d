"""Frozen values as data that JSON holds, and back: dataclasses, enumerations, tuples, mappings."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache
from types import MappingProxyType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

# No state has another number that is not finite; "nan" would be waited for without an end.
_INFINITE = {"inf": math.inf, "-inf": -math.inf}


class Packer:
    """
    Packs values of some classes.

    Args:
        classes: The dataclasses and enumerations; no others are made of data.

        checks: What raises if a value of a class, made of data, cannot be, by the class.
    """

    def __init__(
        self,
        classes: Iterable[type],
        checks: Mapping[type, Callable[[Any], None]] = MappingProxyType({}),
    ) -> None:
        self._classes = {_name(each): each for each in classes}
        self._checks = checks

    def pack(self, value: object) -> Any:
        """Return *value* as data; a dataclass without what has its default."""
        if isinstance(value, Enum):
            return {"enum": self._find_name(type(value)), "value": value.value}
        if isinstance(value, float) and not math.isfinite(value):
            return {"float": repr(value)}
        if value is None or isinstance(value, str | bool | int | float):
            return value
        if isinstance(value, datetime):
            return {"datetime": value.isoformat()}
        if isinstance(value, tuple):
            return [self.pack(each) for each in value]
        if isinstance(value, frozenset):
            return {"set": sorted(value)}
        if isinstance(value, Mapping):
            return {"map": {name: self.pack(each) for name, each in value.items()}}
        return {"is": self._find_name(type(value)), **self._pack_fields(value)}

    def _pack_fields(self, value: Any) -> dict[str, Any]:
        assert is_dataclass(value)
        packed = {}
        for one in fields(value):
            held = getattr(value, one.name)
            if one.default is MISSING or held != one.default:
                packed[one.name] = self.pack(held)
        return packed

    def unpack(self, data: Any) -> Any:
        """
        Return the value that *data* was packed from.

        Raises:
            KeyError: *data* names another class.

            TypeError: A field is missing, or there is no such field, or its value is of another
                type.

            ValueError: An enumeration has no such value, or a check refuses one.
        """
        if isinstance(data, list):
            return tuple(self.unpack(each) for each in data)
        if not isinstance(data, dict):
            return data
        if "enum" in data:
            return self._classes[data["enum"]](data["value"])
        if "float" in data:
            return _INFINITE[data["float"]]
        if "datetime" in data:
            time = datetime.fromisoformat(data["datetime"])
            if time.tzinfo is None:
                msg = f"{data['datetime']!r} has no time zone"
                raise ValueError(msg)
            return time
        if "set" in data:
            return frozenset(data["set"])
        if "map" in data:
            return {name: self.unpack(each) for name, each in data["map"].items()}
        made = self._classes[data["is"]]
        given = {name: self.unpack(each) for name, each in data.items() if name != "is"}
        hints = _read_hints(made)
        for name, value in given.items():
            if name in hints and not _fits(value, hints[name]):
                msg = f"{name} of {data['is']} is {value!r}"
                raise TypeError(msg)
        value = made(**given)
        if made in self._checks:
            self._checks[made](value)
        return value

    def _find_name(self, of: type) -> str:
        name = _name(of)
        if self._classes.get(name) is not of:
            msg = f"{name} cannot be packed"
            raise TypeError(msg)
        return name


def _name(of: type) -> str:
    """Return the name of a class in data: two packages may have one of the same name."""
    package = of.__module__.split(".")[1].lstrip("_")
    return f"{package}.{of.__qualname__}"


@lru_cache(maxsize=64)
def _read_hints(of: type) -> Mapping[str, Any]:
    return get_type_hints(of)


def _fits(value: Any, hint: Any) -> bool:
    """Return whether *value* is of the type *hint*, parts included."""
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(_fits(value, each) for each in args)
    if origin is None:
        if hint is float:
            return type(value) in (int, float)
        return isinstance(value, hint) and not (type(value) is bool and hint is int)
    if not isinstance(value, origin):
        return False
    if isinstance(value, Mapping):
        return all(isinstance(n, args[0]) and _fits(each, args[1]) for n, each in value.items())
    if origin is tuple and args[-1] is not ...:
        return len(value) == len(args) and all(map(_fits, value, args))
    return all(_fits(each, args[0]) for each in value)
