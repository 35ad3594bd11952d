"""The type of the values of each property: what a definition says, or its form field."""

from __future__ import annotations

from twreplay._api.definition import Property, Resource
from twreplay._api.field_types import FieldType
from twreplay._api.possible import ANYTHING, SIDS, ValueType, build_sid, convert

_FOUND: dict[tuple[str, str], ValueType] = {}


def find_value_type(resource: Resource, name: str) -> ValueType:
    """Return the type of the property *name* of *resource*."""
    key = resource.name, name
    if key not in _FOUND:
        _FOUND[key] = _find_value_type(resource, name)
    return _FOUND[key]


def _find_value_type(resource: Resource, name: str) -> ValueType:
    prop = resource.find_property(name)
    assert prop is not None
    if prop.possible is not None:
        return prop.possible
    if name == "Sid":
        return build_sid(resource.sid_prefix)
    if name in SIDS:
        return SIDS[name]
    field_type = _find_field_type(resource, prop)
    return ANYTHING if field_type is None else convert(field_type)


def _find_field_type(resource: Resource, prop: Property) -> FieldType | None:
    """Return the type of the form field that sets *prop*; None if no field does."""
    for endpoint in resource.endpoints:
        for operation in endpoint.operations:
            for param in operation.params:
                if param.sets == prop.name:
                    return param.field_type
    return None
