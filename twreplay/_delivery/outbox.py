"""What is due to applications, one queue per conversation."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractContextManager, nullcontext, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Generic, TypeVar

from twreplay._explanation import Explanation, Remedy
from twreplay._fork import renew_lock_in_child
from twreplay.errors import UsageError

Item = TypeVar("Item")

_LONGEST_WAIT_SECONDS = 30.0

# Whether this context is inside the work on an item: it would wait for itself.
_is_at_work: ContextVar[bool] = ContextVar("twreplay_outbox_at_work", default=False)


@dataclass(frozen=True, slots=True)
class OutboxMark(Generic[Item]):
    """What was due, and what was at work."""

    due: tuple[Item, ...] = ()
    at_work: tuple[Item, ...] = ()


class Outbox(Generic[Item]):
    """
    Items in order, never two of one key at work at a time.

    The thread that settles works on what is due, from every thread. Putting never waits, so a
    request to the API from inside a webhook is answered at once, and what it causes is delivered
    by the settling that is in progress.

    Args:
        find_key: Returns the conversation of an item.

        guard: Returns the lock under which an item is taken: who holds it and puts items may take
            them back, as long as it is held.
    """

    def __init__(
        self,
        find_key: Callable[[Item], str],
        guard: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._find_key = find_key
        self._guard = guard
        self._due: deque[Item] = deque()
        self._at_work: dict[str, Item] = {}
        self._outdated: list[Item] = []
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
        self._lock = threading.Condition()
        renew_lock_in_child(self, threading.Condition)

    def __len__(self) -> int:
        return len(self._due)

    def list_due(self) -> tuple[Item, ...]:
        """Return what waits, in order."""
        with self._lock:
            return tuple(self._due)

    def list_at_work(self) -> tuple[Item, ...]:
        """Return what is at work, in any thread."""
        with self._lock:
            return tuple(self._at_work.values())

    def is_busy(self, key: str) -> bool:
        """Return whether something of one conversation is due, or at work."""
        with self._lock:
            return key in self._at_work or any(self._find_key(item) == key for item in self._due)

    def put(self, item: Item) -> None:
        """Add *item* at the end. Any thread may, also while its conversation is at work."""
        with self._lock:
            self._due.append(item)
            self._lock.notify_all()

    def clear(self) -> None:
        """Forget all that is due."""
        with self._lock:
            self._due.clear()

    def mark(self) -> OutboxMark[Item]:
        """Return what is due and at work, for *rewind*."""
        with self._lock:
            return OutboxMark(tuple(self._due), tuple(self._at_work.values()))

    def rewind(self, mark: OutboxMark[Item]) -> None:
        """
        Let due be what was due at *mark*, and no more: the world is as it was then.

        What another thread works on now, and was due then, is not done twice. What was put since
        and is at work is outdated.
        """
        with self._lock:
            now = list(self._at_work.values())
            self._due = deque([item for item in mark.due if not _is_among(item, now)])
            then = (*mark.due, *mark.at_work)
            self._outdated += [item for item in now if not _is_among(item, then)]
            self._lock.notify_all()

    def is_outdated(self, item: Item) -> bool:
        """Return whether *item*, which is at work, is of a world that is no more."""
        with self._lock:
            return _is_among(item, self._outdated)

    def drop(self, key: str) -> None:
        """Forget what is due in one conversation: the call is over."""
        with self._lock:
            self._due = deque([item for item in self._due if self._find_key(item) != key])

    def settle(self, work: Callable[[Item], object]) -> None:
        """
        Do *work* on each item until none is due, and none is at work elsewhere.

        *work* is called in this thread, with no lock held, and may put more. What it raises comes
        out of here; what is due stays due. Inside *work*, and in a running event loop, nothing
        waits for others.

        Raises:
            UsageError: Another thread worked on one item for half a minute.
        """
        while True:
            item, key = self._take()
            if item is None:
                if not self._wait_for_others():
                    return
                continue
            token = _is_at_work.set(True)
            try:
                work(item)
            finally:
                _is_at_work.reset(token)
                self._release(key)

    async def settle_async(self, work: Callable[[Item], Awaitable[object]]) -> None:
        """As *settle*, with coroutines: other tasks of the loop go on."""
        while True:
            item, key = self._take()
            if item is None:
                if not await self._wait_for_others_async():
                    return
                continue
            token = _is_at_work.set(True)
            try:
                await work(item)
            finally:
                _is_at_work.reset(token)
                self._release(key)

    def _take(self) -> tuple[Item | None, str]:
        with self._guard(), self._lock:
            for index, item in enumerate(self._due):
                key = self._find_key(item)
                if key not in self._at_work:
                    del self._due[index]
                    self._at_work[key] = item
                    return item, key
            return None, ""

    def _release(self, key: str) -> None:
        with self._lock:
            done = self._at_work.pop(key, None)
            self._outdated = [item for item in self._outdated if item is not done]
            self._lock.notify_all()
            waiting, self._waiting = self._waiting, []
        for loop, event in waiting:
            with suppress(RuntimeError):  # that loop is closed
                loop.call_soon_threadsafe(event.set)

    def _wait_for_others(self) -> bool:
        """Wait until something changes; return whether there is a reason to look again."""
        if _is_at_work.get() or _is_in_loop():
            return False
        with self._lock:
            if not self._at_work:
                return bool(self._due)
            before = len(self._due), len(self._at_work)
            if not self._lock.wait(_LONGEST_WAIT_SECONDS) and before == (
                len(self._due),
                len(self._at_work),
            ):
                raise UsageError(_explain_stuck(tuple(sorted(self._at_work))))
        return True

    async def _wait_for_others_async(self) -> bool:
        if _is_at_work.get():
            return False
        event = asyncio.Event()
        with self._lock:
            if not self._at_work:
                return bool(self._due)
            self._waiting.append((asyncio.get_running_loop(), event))
            stuck = tuple(sorted(self._at_work))
        try:
            await asyncio.wait_for(event.wait(), _LONGEST_WAIT_SECONDS)
        except TimeoutError:
            raise UsageError(_explain_stuck(stuck)) from None
        return True


def _is_among(item: object, items: Iterable[object]) -> bool:
    """Return whether *item* itself, and not its equal, is one of *items*."""
    return any(item is one for one in items)


def _is_in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _explain_stuck(keys: tuple[str, ...]) -> Explanation:
    return Explanation(
        headline="an application has been working on a webhook for half a minute, in another "
        "thread, and this one waited for it.",
        facts=tuple(("conversation", key) for key in keys),
        remedies=(
            Remedy("Look for a lock or a queue that the application and the test both wait for."),
            Remedy("Slow work can take virtual time instead.", "twreplay.take(seconds=3)"),
        ),
        anchor="usage-error",
    )
