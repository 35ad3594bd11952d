"""Whose session a thread or a piece of work belongs to that is begun without its context."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twreplay._interception.router import belonging, note_started


def replacements(module: str) -> Mapping[str, Callable[[Any], Any]]:
    """Return what makes the stand-in for each attribute, of the standard library."""
    return {"ThreadPoolExecutor.submit": _submit, "Thread.start": _start}


def _submit(original: Callable[..., Any]) -> Callable[..., Any]:
    def submit(self: Any, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return original(self, belonging(fn), *args, **kwargs)

    return submit


def _start(original: Callable[..., Any]) -> Callable[..., Any]:
    def start(self: Any) -> None:
        note_started(self)
        original(self)

    return start
