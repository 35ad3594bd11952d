"""One instance of a resource, as a test sees it: read-only, wire names as attributes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from twreplay._api import (
    RESOURCES,
    VALIDATION_REQUEST,
    Document,
    Hidden,
    Property,
    Q,
    Representation,
    Resource,
    Value,
    WireFormat,
)
from twreplay._suggestion import suggest

_ANNOUNCED = ("Sid", "CallSid", "PhoneNumber", "Status")


# Of every instance that was not rendered yet, and shared: most never are, and a dictionary of its
# own is one object more for the collector of garbage.
_NOT_RENDERED: Final[dict[Any, Any]] = {}

BEFORE_READING: dict[int, Callable[[Instance], None]] = {}
"""Called with an instance before a test reads it: by worlds whose clock follows another one."""


class Instance:
    """
    One instance, with the properties of its representation as attributes.

    Every value is text, as on the wire: ``call.Status == "2"``. Empty values are ``""``. Only
    requests, the clock and ``add_...`` change it.
    """

    __slots__ = (
        "_changed",
        "_documents",
        "_fragments",
        "_hidden",
        "_notes",
        "_resource",
        "_times",
        "_values",
    )

    _resource: Resource
    _values: dict[str, str]
    _times: dict[str, int]
    _hidden: dict[str, Hidden]
    _changed: int | None
    _fragments: dict[str, str]
    _documents: dict[tuple[str, int], Document]
    _notes: frozenset[Q] | None

    def __init__(
        self,
        resource: Resource,
        values: dict[str, str],
        times: dict[str, int],
        hidden: dict[str, Hidden],
    ) -> None:
        put = object.__setattr__
        put(self, "_resource", resource)
        put(self, "_values", values)
        put(self, "_times", times)
        put(self, "_hidden", hidden)
        put(self, "_changed", None)
        put(self, "_fragments", _NOT_RENDERED)
        put(self, "_documents", _NOT_RENDERED)
        put(self, "_notes", None)

    def __getattr__(self, name: str) -> str:
        __tracebackhide__ = True  # pytest shows the line that asked
        if name.startswith("_"):
            raise AttributeError(name)
        if BEFORE_READING:
            for catch_up in tuple(BEFORE_READING.values()):
                catch_up(self)
        if name in self._values:
            return self._values[name]
        near = suggest(name, self._values)
        guess = f"; did you mean {near}?" if near else f". It has: {', '.join(self._values)}"
        msg = f"{self._resource.name} has no property {name}{guess}"
        raise AttributeError(msg)

    def __setattr__(self, name: str, value: object) -> None:
        __tracebackhide__ = True
        msg = (
            f"{self._resource.name} is read-only; twilio.change(instance, {name}=...) changes it, "
            "or a request"
        )
        raise AttributeError(msg)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle it as it is now; a copy does not change, and is in no world."""
        parts = (dict(self._values), dict(self._times), dict(self._hidden))
        return _rebuild, (self._resource.name, *parts)

    def __dir__(self) -> list[str]:
        return [*self._values]

    def __repr__(self) -> str:
        told = [f"{name}={self._values[name]}" for name in _ANNOUNCED if self._values.get(name)]
        return f"<{' '.join([self._resource.name, *told])}>"


def _rebuild(
    resource: str, values: dict[str, str], times: dict[str, int], hidden: dict[str, Hidden]
) -> Instance:
    """Return the copy of an instance that ``copy`` or ``pickle`` asked for."""
    found = next(r for r in (*RESOURCES, VALIDATION_REQUEST) if r.name == resource)
    return Instance(found, values, times, hidden)


# What the package reads and tests may not: functions, since every public name of an instance is
# one of the wire.


def get_resource(instance: Instance) -> Resource:
    """Return the resource that *instance* is one of."""
    return instance._resource


def get_values(instance: Instance) -> Mapping[str, str]:
    """Return the texts of the properties, by wire name."""
    return instance._values


def get_times(instance: Instance) -> Mapping[str, int]:
    """Return the dates, in Unix seconds, by wire name; a date that is not set is absent."""
    return instance._times


def get_hidden(instance: Instance) -> Mapping[str, Hidden]:
    """Return the attributes that steer the simulator and never reach the wire."""
    return instance._hidden


def get_value(instance: Instance, name: str) -> str:
    """Return a property or hidden attribute as text; empty if it is absent."""
    text = instance._values.get(name)
    return str(instance._hidden.get(name, "")) if text is None else text


def is_set(instance: Instance, flag: str) -> bool:
    """Return whether the hidden *flag* is set."""
    return instance._hidden.get(flag) is True


def alter(
    instance: Instance,
    values: Mapping[str, str],
    times: Mapping[str, int],
    hidden: Mapping[str, Hidden],
) -> None:
    """Write into *instance*. A store that sorts it must take it out first."""
    instance._values.update(values)
    instance._times.update(times)
    instance._hidden.update(hidden)
    put = object.__setattr__
    put(instance, "_fragments", _NOT_RENDERED)
    put(instance, "_documents", _NOT_RENDERED)
    put(instance, "_notes", None)


def rewrite(
    instance: Instance,
    values: Mapping[str, str],
    times: Mapping[str, int],
    hidden: Mapping[str, Hidden],
) -> None:
    """Replace all that *instance* holds."""
    for kept in (instance._values, instance._times, instance._hidden):
        kept.clear()
    alter(instance, values, times, hidden)


def get_notes(instance: Instance, find: Callable[[Instance], frozenset[Q]]) -> frozenset[Q]:
    """Return the questions that *find* finds in *instance*; kept until the instance changes."""
    if instance._notes is None:
        object.__setattr__(instance, "_notes", find(instance))
    assert instance._notes is not None
    return instance._notes


def collect_notes(
    instances: Iterable[Instance], find: Callable[[Instance], frozenset[Q]]
) -> set[frozenset[Q]]:
    """Return what *get_notes* returns for *instances*, each kind once."""
    # Not by get_notes where it is known: a page has 50, and a call takes longer than all else.
    return {
        get_notes(instance, find) if (notes := instance._notes) is None else notes
        for instance in instances
    }


def get_change(instance: Instance) -> int | None:
    """Return the number of the change that placed *instance*; None before it was in a store."""
    return instance._changed


def set_change(instance: Instance, number: int | None) -> None:
    """Keep the *number* of the change that placed *instance*."""
    object.__setattr__(instance, "_changed", number)


def copy_instance(instance: Instance) -> Instance:
    """Return an instance like *instance* that changes by itself."""
    return Instance(
        instance._resource, dict(instance._values), dict(instance._times), dict(instance._hidden)
    )


def list_fields(
    instance: Instance, shown: tuple[Property, ...], *, aligned: bool = False
) -> tuple[tuple[str, Value], ...]:
    """
    Return the elements of *instance*, in the order of *shown*.

    Args:
        aligned: Include an empty value for elements that this instance leaves out.
    """
    values, hidden = instance._values, instance._hidden
    elements: list[tuple[str, Value]] = []
    for prop in shown:
        if prop.is_plain:
            elements.append((prop.name, values.get(prop.name, "")))
            continue
        if prop.absent_with and hidden.get(prop.absent_with) is True:
            if aligned:
                elements.append((prop.name, ""))
            continue
        if prop.wire_format is WireFormat.PARTS:
            parts = tuple((part, _flag_text(hidden.get(part.lower()))) for part in prop.parts)
            elements.append((prop.name, parts))
            continue
        text = values.get(prop.name, "")
        elements.append((prop.name, None if prop.null and not text else text))
    return tuple(elements)


def render_instance(
    instance: Instance,
    extension: str,
    representation: Representation,
    shown: tuple[Property, ...],
) -> str:
    """Render *instance* in a representation."""
    elements = list_fields(instance, shown, aligned=extension == "csv")
    return representation.render_fragment(instance._resource.name, elements)


def _render_listed(
    instance: Instance,
    extension: str,
    representation: Representation,
    shown: tuple[Property, ...],
) -> str:
    """Render *instance* for a list; kept until the instance changes."""
    # In a table a row has the columns of the whole: with those of others, or without.
    key = f"{extension} {len(shown)}" if extension == "csv" else extension
    text = instance._fragments.get(key)
    if text is None:
        text = render_instance(instance, extension, representation, shown)
        if instance._fragments is _NOT_RENDERED:
            object.__setattr__(instance, "_fragments", {})
        instance._fragments[key] = text
    return text


def render_each(
    instances: Iterable[Instance],
    extension: str,
    representation: Representation,
    shown: tuple[Property, ...],
) -> tuple[str, ...]:
    """Render each of *instances* for a list; each is kept until it changes."""
    if extension == "csv":
        return tuple([_render_listed(i, extension, representation, shown) for i in instances])
    return tuple(
        [
            _render_listed(instance, extension, representation, shown)
            if (text := instance._fragments.get(extension)) is None
            else text
            for instance in instances
        ]
    )


def get_document(
    instance: Instance, extension: str, status: int, build: Callable[[], Document]
) -> Document:
    """Return the body that *build* makes of *instance*; kept until the instance changes."""
    key = extension, status
    document = instance._documents.get(key)
    if document is None:
        document = build()
        if instance._documents is _NOT_RENDERED:
            object.__setattr__(instance, "_documents", {})
        instance._documents[key] = document
    return document


def _flag_text(value: Hidden | None) -> str:
    return "true" if value is True else "false"
