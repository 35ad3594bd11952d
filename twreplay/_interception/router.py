"""Chooses the open handler for each request. Imports no client."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from weakref import ref

from twreplay import _stats
from twreplay._explanation import Explanation, Remedy
from twreplay._interception.handler import Handler
from twreplay.errors import UsageError

T = TypeVar("T")


@dataclass(eq=False, slots=True, weakref_slot=True)
class _Opened:
    handler: Handler
    parent: _Opened | None
    hosts: frozenset[str]
    is_open: bool = True
    is_inherited: bool = False
    is_gone: bool = False
    threads_before: frozenset[threading.Thread] = field(default=frozenset(), repr=False)
    thread: int = 0
    is_in_a_loop: bool = False

    def find_nearest_open(self) -> _Opened | None:
        opened: _Opened | None = self
        while opened is not None and not (opened.is_open and not opened.is_inherited):
            opened = opened.parent
        return opened

    def __del__(self) -> None:
        # The last context that belonged to it is gone; or Python exits, and this module is empty.
        self.is_gone = True
        try:
            if _current is not None and not _open:
                on_release()
        except BaseException:
            # Python drops what is raised here, and a ctrl-C would leave the patches in.
            on_release()
            raise


_current: ContextVar[_Opened | None] = ContextVar("twreplay_current", default=None)

# Without a lock: to append, to remove and to copy are one step each.
_open: list[_Opened] = []

# Closed sessions that some context still belongs to, and threads that were started in one.
_outlived: list[ref[_Opened]] = []
_left_threads: list[ref[threading.Thread]] = []

# What a worker of a pool does was handed to it in this session.
_work = threading.local()

refuses: Callable[[str], UsageError | None] | None = None
"""What a run of pytest has against a request to a host that no session takes; set by it."""

on_release: Callable[[], object] = int
"""Called when the last context that belonged to a closed session is gone; set by *install*."""


def enter(handler: Handler) -> None:
    """Make *handler* the current one of this context."""
    here = _current.get()
    parent = here.find_nearest_open() if here is not None else None
    threads = frozenset(threading.enumerate())
    opened = _Opened(
        handler,
        parent,
        handler.hosts,
        threads_before=threads,
        thread=threading.get_ident(),
        is_in_a_loop=_is_in_a_loop(),
    )
    _open.append(opened)
    _current.set(opened)


def _is_in_a_loop() -> bool:
    """Return whether a loop of asyncio or trio runs in this thread."""
    asyncio, trio = sys.modules.get("asyncio"), sys.modules.get("trio")
    if asyncio is not None and asyncio._get_running_loop() is not None:
        return True
    in_trio = getattr(getattr(trio, "lowlevel", None), "in_trio_run", None)
    return in_trio is not None and bool(in_trio())


def leave(handler: Handler) -> None:
    """
    Close *handler*, if it is open.

    May run in another context than *enter* did, as the end of an async fixture does, so the
    variable is set back only where it still points here.
    """
    for opened in reversed(_open):
        if opened.handler is handler:
            opened.is_open = False
            with suppress(ValueError):  # another thread closes it, too
                _open.remove(opened)
            if not opened.is_inherited:
                _note_what_is_left(opened)
            break
    here = _current.get()
    if here is not None and here.find_nearest_open() is not here:
        _current.set(here.find_nearest_open())


def _note_what_is_left(opened: _Opened) -> None:
    """Keep an eye on the contexts and threads that came from a session that is over."""
    # Held by nothing else than contexts, which are gone soon if this one was the only one.
    _outlived.append(ref(opened))
    started = set(threading.enumerate()) - opened.threads_before
    # A worker of a pool belongs to no session; what it was given does, see *belonging*.
    _left_threads.extend(ref(t) for t in started if not _is_of_a_pool(t))
    opened.threads_before = frozenset()


def _is_of_a_pool(thread: threading.Thread) -> bool:
    target = getattr(thread, "_target", None)
    return getattr(target, "__module__", "") in (
        "concurrent.futures.thread",
        "multiprocessing.pool",
    )


def belonging(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return *function* as what a worker of a pool is given by this context or thread."""
    here = _current.get() or getattr(_work, "session", None)
    opened = here.find_nearest_open() if here is not None else None
    session = opened if opened is not None else here
    if session is None:
        return function

    def work(*args: Any, **kwargs: Any) -> Any:
        _work.session = session
        try:
            return function(*args, **kwargs)
        finally:
            _work.session = None

    return work


def note_started(thread: threading.Thread) -> None:
    """Treat a thread that was started by one that outlived its session as that one."""
    if not _is_of_a_pool(thread) and _belongs_to_the_past(None, _current.get()):
        _left_threads.append(ref(thread))


def mark() -> object:
    """Return where this context is, for *opened_since* and *go_to*."""
    return _current.get()


def go_to(place: object) -> None:
    """Take this context to where *mark* was called; nothing is opened or closed."""
    _current.set(cast("_Opened | None", place))


def opened_since(before: object) -> tuple[Handler, ...]:
    """The handlers that are open here and were opened since *before*, the innermost first."""
    here = _current.get()
    handlers = []
    while here is not None and here is not before:
        if here.is_open:
            handlers.append(here.handler)
        here = here.parent
    return tuple(handlers)


def has_open() -> bool:
    """Return whether a session is open."""
    return bool(_open)


def has_outlived() -> bool:
    """Return whether a context, or garbage that holds one, belongs to a closed session."""
    return bool(_outlived) and bool(_list_outlived())


def _list_outlived() -> list[_Opened]:
    """List the closed sessions that some context still belongs to, and forget the others."""
    return _list_living(_outlived, lambda opened: opened.is_gone)


def _list_living(references: list[ref[T]], is_over: Callable[[T], bool]) -> list[T]:
    """List what *references* lead to and is not over; drop the others from them."""
    living = []
    for reference in tuple(references):
        one = reference()
        if one is not None and not is_over(one):
            living.append(one)
        else:
            with suppress(ValueError):  # another thread drops it, too
                references.remove(reference)
    return living


def is_never_sent(host: str) -> bool:
    """Return whether the open sessions that take *host* send nothing to it."""
    takers = [opened.handler for opened in _open if host in opened.hosts]
    return bool(takers) and not any(getattr(handler, "sends", False) for handler in takers)


def is_wanted() -> bool:
    """Return whether requests have to be looked at: a session is open, or somebody is left over."""
    if _open or refuses is not None:
        return True
    # Nearly always both are empty.
    if _outlived:
        here = _current.get()
        if any(opened is not here for opened in _list_outlived()):
            return True
    return bool(_left_threads) and bool(_list_left_threads())


def _list_left_threads() -> list[threading.Thread]:
    """List the threads that were started in a session that is over, and forget those that ended."""
    main = threading.main_thread()
    return [thread for thread in _list_living(_left_threads, _has_ended) if thread is not main]


def _has_ended(thread: threading.Thread) -> bool:
    # One without an identity has not begun yet.
    return thread.ident is not None and not thread.is_alive()


def handler_or_passthrough(host: str | None) -> Handler | None:
    """Return the handler as *handler_for* does; count a request without one as passed through."""
    handler = handler_for(host)
    if handler is None and _open and (tally := _stats.current_stats()) is not None:
        tally.counts["passed through"] += 1
    return handler


def handler_for(host: str | None) -> Handler | None:
    """
    Return the handler for requests to *host* in this context, or None.

    A thread that was started before the session, or that inherits no context, takes the
    session that is open if there is no doubt which.

    Raises:
        UsageError: Several sessions that take this host are open, none of them here; or this
            thread or task belongs to a session that is over, or to another process.
    """
    if host is None:
        return None
    host = host.lower().rstrip(".")
    here = _current.get()
    opened = here.find_nearest_open() if here is not None else None
    if opened is None:
        opened = _find_unambiguous(host)
    elif opened.is_in_a_loop and len(_open) > 1:
        opened = _find_entered_later(opened, host)
    if opened is not None and host in opened.hosts:
        return opened.handler
    if opened is None:
        _refuse_what_is_left(host, here)
    return None


def is_inherited(handler: Handler) -> bool:
    """Return whether *handler* was opened by the process that this one was forked from."""
    return any(opened.handler is handler and opened.is_inherited for opened in _open)


def is_open(handler: Handler) -> bool:
    """Return whether *handler* has not been closed yet."""
    return any(opened.handler is handler for opened in _open)


def forked() -> None:
    """Tell the sessions of the parent, of which this process has a copy, from its own."""
    _left_threads.clear()
    for opened in _open:
        opened.is_inherited = True


def forget_what_is_left() -> None:
    """
    Let the contexts and threads of sessions that are over belong to none.

    For tests of this package, of which one must not see what another has left.
    """
    _outlived.clear()
    _left_threads.clear()


def _find_entered_later(opened: _Opened, host: str) -> _Opened:
    """
    Return the session that was entered last around the loop that *opened* was entered in.

    anyio keeps a task for the fixtures of a module and runs the tests in it, so that the context
    of a test is older than the session that a synchronous fixture has opened for it. All that the
    loop runs while that is open runs inside of it.
    """
    for later in reversed(_open):
        if later is opened:
            break
        is_around = later.thread == opened.thread and not later.is_in_a_loop
        if is_around and not later.is_inherited and host in later.hosts:
            return later
    return opened


def _find_unambiguous(host: str) -> _Opened | None:
    sessions = tuple(_open)
    parents = {id(opened.parent) for opened in sessions}
    leaves = [
        o for o in sessions if id(o) not in parents and host in o.hosts and not o.is_inherited
    ]
    if len(leaves) > 1:
        raise UsageError(
            Explanation(
                headline=f"{len(leaves)} sessions are open, and this thread belongs to none of "
                "them, so nobody knows which answers its request.",
                remedies=(
                    Remedy(
                        "Hand the session's context to the thread.",
                        "executor.submit(contextvars.copy_context().run, function)",
                    ),
                    Remedy("Or open a session inside the thread."),
                ),
                anchor="usage-error",
            )
        )
    return leaves[0] if leaves else None


def _refuse_what_is_left(host: str, here: _Opened | None) -> None:
    """
    Refuse a request that belongs to a session that cannot answer it.

    Raises:
        UsageError: The session is over, or is the parent's of a forked process; or the run of
            pytest has something against it.
    """
    error = None
    if any(opened.is_inherited and host in opened.hosts for opened in _open):
        error = UsageError(_of_another_process(host))
    elif _belongs_to_the_past(host, here):
        error = UsageError(_too_late(host))
        if _stats.on_refusal is not None:
            _stats.on_refusal(str(error))
    elif refuses is not None:
        error = refuses(host)
    if error is not None:
        raise error


def _belongs_to_the_past(host: str | None, here: _Opened | None) -> bool:
    """Return whether a closed session is the one of this context, work or thread."""
    here = here or getattr(_work, "session", None)
    if here is not None:
        return here.find_nearest_open() is None and (host is None or host in here.hosts)
    return bool(_left_threads) and ref(threading.current_thread()) in _left_threads


def _too_late(host: str) -> Explanation:
    return Explanation(
        headline=f"a request to {host} came after its session was closed, and was not sent.",
        place=(f"sent by the thread {threading.current_thread().name}",),
        detail="The thread or task that sends it was started in the session, and outlived it.",
        remedies=(
            Remedy("Wait for it inside the session.", "thread.join()  # or: await task"),
            Remedy("If it is meant to go out, start it outside of any session."),
        ),
        anchor="usage-error",
    )


def _of_another_process(host: str) -> Explanation:
    return Explanation(
        headline=f"a request to {host} was sent in a forked process, which has only a copy of "
        "the session that its parent opened.",
        detail="What the copy answers or records, the parent never sees. Nothing was sent.",
        remedies=(
            Remedy(
                "Open a session in the process that sends the request.",
                "with twreplay.simulate() as twilio: ...  # in the function that the process runs",
            ),
            Remedy("Or use threads instead of processes: they share the session."),
        ),
        anchor="usage-error",
    )
