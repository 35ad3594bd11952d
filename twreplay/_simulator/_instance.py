"""One instance of a resource, as a test sees it: read-only, wire names as attributes."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from twreplay._representation import Representation, Value
from twreplay._resources import Property, Resource, Shape

_ANNOUNCED = ("Sid", "CallSid", "PhoneNumber", "Status")


class Instance:
    """
    One instance, with the properties of its representation as attributes.

    Every value is text, as on the wire: ``call.Status == "2"``. What is empty is ``""``. Only
    requests, the clock and ``add_...`` change it.
    """

    __slots__ = ("_fragments", "_hidden", "_order", "_resource", "_times", "_values")

    _resource: Resource
    _values: dict[str, str]
    _times: dict[str, int]
    _hidden: dict[str, Any]
    _order: tuple[float, int, Instance] | None
    _fragments: dict[tuple[str, bool], str]

    def __init__(
        self,
        resource: Resource,
        values: dict[str, str],
        times: dict[str, int],
        hidden: dict[str, Any],
    ) -> None:
        put = object.__setattr__
        put(self, "_resource", resource)
        put(self, "_values", values)
        put(self, "_times", times)
        put(self, "_hidden", hidden)
        put(self, "_order", None)
        put(self, "_fragments", {})

    def __getattr__(self, name: str) -> str:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._values:
            return self._values[name]
        close = get_close_matches(name, self._values, n=1)
        guess = f"; did you mean {close[0]}?" if close else f". It has: {', '.join(self._values)}"
        msg = f"{self._resource.name} has no property {name}{guess}"
        raise AttributeError(msg)

    def __setattr__(self, name: str, value: object) -> None:
        msg = f"{self._resource.name} is read-only; send a request, or arrange another one"
        raise AttributeError(msg)

    def __dir__(self) -> list[str]:
        return [*self._values]

    def __repr__(self) -> str:
        told = [f"{name}={self._values[name]}" for name in _ANNOUNCED if self._values.get(name)]
        return f"<{' '.join([self._resource.name, *told])}>"


def value_of(instance: Instance, name: str) -> str:
    """The text of a property or of a hidden attribute; empty if there is none."""
    text = instance._values.get(name)
    return str(instance._hidden.get(name, "")) if text is None else text


def fields(
    instance: Instance, shown: tuple[Property, ...], *, aligned: bool = False
) -> tuple[tuple[str, Value], ...]:
    """
    The elements of *instance*, in the order of *shown*.

    Args:
        aligned: Keep an empty place for elements that this instance leaves out.
    """
    values, hidden = instance._values, instance._hidden
    elements: list[tuple[str, Value]] = []
    for prop in shown:
        if prop.absent_with and hidden.get(prop.absent_with) == "true":
            if aligned:
                elements.append((prop.name, ""))
            continue
        if prop.shape is Shape.PARTS:
            parts = tuple((part, str(hidden.get(part.lower(), "false"))) for part in prop.parts)
            elements.append((prop.name, parts))
            continue
        text = values.get(prop.name, "")
        elements.append((prop.name, None if prop.null and not text else text))
    return tuple(elements)


def fragment(
    instance: Instance,
    extension: str,
    representation: Representation,
    shown: tuple[Property, ...],
    *,
    listed: bool,
) -> str:
    """*instance* in a representation. Written when first asked for, and after each change."""
    key = (extension, listed)
    text = instance._fragments.get(key)
    if text is None:
        elements = fields(instance, shown, aligned=extension == "csv")
        text = representation.fragment(instance._resource.name, elements)
        instance._fragments[key] = text
    return text
