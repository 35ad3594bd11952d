"""
One file per resource: its properties, parameters, filters, methods and sources, as data.

A new resource is a file in this folder, and nothing else: it is found by its name.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from twreplay._api.definition import Resource


def _find_resources() -> tuple[Resource, ...]:
    """Return what the files of this folder define, in the order of their names."""
    found: list[Resource] = []
    for file in sorted(iter_modules(__path__), key=lambda file: file.name):
        definitions = vars(import_module(f"{__name__}.{file.name}")).values()
        # What has no endpoint is part of another resource's answers.
        found += [d for d in definitions if isinstance(d, Resource) and d.endpoints]
    return tuple(found)


RESOURCES: tuple[Resource, ...] = _find_resources()
