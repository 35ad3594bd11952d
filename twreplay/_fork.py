"""Gives a forked process new locks: the thread that held one in the parent does not exist there."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

_owners: WeakKeyDictionary[Any, Callable[[], object]] = WeakKeyDictionary()


def renew_lock_in_child(owner: object, make: Callable[[], object]) -> None:
    """Give *owner* a new ``_lock``, made by *make*, in each process that is forked."""
    _owners[owner] = make


def _renew() -> None:
    for owner, make in list(_owners.items()):
        owner._lock = make()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_renew)
