"""A lock of the whole process that nothing leaves held."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Any, TypeVar

from twreplay._fork import renew_lock_in_child

T = TypeVar("T")


class ProcessLock:
    """
    A lock that is free after each call, whatever is raised and when, and in each forked process.

    A debugger or a tracer raises at the line of a ``with`` as its block ends, which is before the
    lock is released; no ``finally`` is entered then.
    """

    def __init__(self) -> None:
        # Of this thread's own, as a signal may come while it is held.
        self._lock: Any = RLock()
        renew_lock_in_child(self, RLock)

    def call(self, action: Callable[[], T]) -> T:
        """Return what *action* returns, called while this thread holds the lock."""
        lock = self._lock  # a child that is forked meanwhile has another
        was_held = lock._is_owned()  # as threading.Condition asks it
        try:
            with lock:
                return action()
        except BaseException:
            _release(lock, was_held=was_held)
            raise

    def call_if_free(self, action: Callable[[], object]) -> bool:
        """Call *action* as *call* does, and return True; False if another thread holds the lock."""
        lock = self._lock
        was_held = lock._is_owned()
        # No try stands within another: what a tracer raises at its line has no handler.
        try:
            is_free: bool = lock.acquire(blocking=False)
            if is_free:
                with lock:
                    action()
                lock.release()
        except BaseException:
            _release(lock, was_held=was_held)
            raise
        return is_free


def _release(lock: Any, *, was_held: bool) -> None:
    while not was_held and lock._is_owned():
        lock.release()
