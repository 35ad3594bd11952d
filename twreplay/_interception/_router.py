"""Which open source answers a request, decided anew for each request. Imports no client."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from twreplay._explanation import Explanation, Remedy
from twreplay._http import Reply, Request, Response
from twreplay._interception._stage import on_stage
from twreplay._tally import running
from twreplay.errors import UsageError

if TYPE_CHECKING:
    from twreplay._simulator import Simulator


class Source(Protocol):
    """
    What answers the requests of one session.

    Attributes:
        hosts: The hosts whose requests it takes, in lower case.
    """

    hosts: frozenset[str]

    def answer(self, request: Request, call_site: str) -> Reply | None:
        """Answer *request*; None if it is to be sent, and *record* called with the answer."""

    def record(self, request: Request, response: Response) -> None:
        """Take what was answered for real."""

    def interrupted(self, request: Request, problem: str) -> None:
        """Be told that the response to *request* broke off."""


@dataclass(eq=False, slots=True)
class _Opened:
    source: Source
    answering: Source
    parent: _Opened | None
    is_open: bool = True

    def nearest_open(self) -> _Opened | None:
        opened: _Opened | None = self
        while opened is not None and not opened.is_open:
            opened = opened.parent
        return opened


_current: ContextVar[_Opened | None] = ContextVar("twreplay_current", default=None)
_open: list[_Opened] = []
_lock = Lock()


def enter(source: Source, simulator: Simulator | None) -> bool:
    """Make *source* the current one of this context; whether it is the first that is open."""
    with _lock:
        here = _current.get()
        parent = here.nearest_open() if here is not None else None
        opened = _Opened(source, on_stage(source, simulator), parent)
        _open.append(opened)
        _current.set(opened)
        return len(_open) == 1


def leave(source: Source) -> bool:
    """
    Close *source*; whether it was the last.

    May run in another context than *enter* did, as the end of an async fixture does, so the
    variable is set back only where it still points here.
    """
    with _lock:
        for opened in reversed(_open):
            if opened.source is source:
                opened.is_open = False
                _open.remove(opened)
                break
        here = _current.get()
        if here is not None:
            _current.set(here.nearest_open())
        return not _open


def source_or_pass(host: str | None) -> Source | None:
    """As *source_for*, where a request that is nobody's is sent next, and counted as such."""
    source = source_for(host)
    if source is None and _open and (tally := running()) is not None:
        tally.counts["passed through"] += 1
    return source


def source_for(host: str | None) -> Source | None:
    """
    The source that answers requests to *host* here; None if they are nobody's.

    A thread that was started before the session, or that inherits no context, takes the
    session that is open if there is no doubt which.

    Raises:
        UsageError: Several sessions that take this host are open, none of them here.
    """
    if not _open or host is None:
        return None
    host = host.lower().rstrip(".")
    here = _current.get()
    opened = here.nearest_open() if here is not None else None
    if opened is None:
        opened = _unambiguous(host)
    if opened is None or host not in opened.source.hosts:
        return None
    return opened.answering


def is_open(source: Source) -> bool:
    """Whether *source* has not been closed yet."""
    return any(opened.source is source for opened in _open)


def _unambiguous(host: str) -> _Opened | None:
    with _lock:
        parents = {id(opened.parent) for opened in _open}
        leaves = [o for o in _open if id(o) not in parents and host in o.source.hosts]
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
