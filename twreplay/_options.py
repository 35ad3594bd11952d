"""Keywords that are kept and read more than once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def keep_iterators(options: dict[str, Any]) -> None:
    """
    Put a tuple in place of each iterator in *options*, which could be read only once.

    The check of a generator of hosts left none for the session, which let all requests out.
    """
    for name, value in options.items():
        if isinstance(value, Iterator):
            options[name] = tuple(value)
