"""
Faces of packages whose parts are imported when they are first asked for.

pytest imports the plugin in every run of every project that has twreplay installed, and most of
those runs use nothing of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def load_from(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """
    Return a ``__getattr__`` for *package*.

    Args:
        package: The name of the package whose face this is.

        homes: The module that each public name is in, relative to *package*.
    """

    def load(name: str) -> object:
        if name not in homes:
            msg = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(msg)
        value: object = getattr(import_module(f"{package}.{homes[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return load
