"""Between a request and the session that answers it: watches, and lets one request fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from twreplay._address import is_api
from twreplay._explanation import Explanation
from twreplay._http import Reply, Request, Response
from twreplay.errors import UnmatchedRequest

if TYPE_CHECKING:
    from twreplay._interception.router import Source
    from twreplay._simulator import Simulator, UserRule


class Asked(NamedTuple):
    """A request of the API's: effective method, path, and the status of its answer, or 0."""

    method: str
    path: str
    status: int


class Watch:
    """
    One run of a test, seen from between its requests and the sessions that answer them.

    Attributes:
        asked: The requests for the API, in order.

        struck: Which of them was let fail, from 0; None if none was.

        sources: What answered them.

        sent: Whether one was let through to the API.
    """

    def __init__(self, failure: Callable[[Request], UserRule | None] | None = None) -> None:
        self.asked: list[Asked] = []
        self.struck: int | None = None
        self.sources: list[Source] = []
        self.sent = False
        self._failure = failure
        self._lock = Lock()

    @property
    def is_rehearsal(self) -> bool:
        """Whether one of the requests is to fail."""
        return self._failure is not None

    def answer(
        self, source: Source, simulator: Simulator | None, request: Request, call_site: str
    ) -> Reply | None:
        """Let *source* answer *request*, or let it fail, with an entry in *simulator*'s journal."""
        with self._lock:
            number = len(self.asked)
            self.asked.append(Asked(request.effective_method, request.path, 0))
            if source not in self.sources:
                self.sources.append(source)
            rule = None
            if self._failure is not None and self.struck is None:
                rule = self._failure(request)
                self.struck = number if rule is not None else None
        if rule is not None:
            from twreplay._simulator import Simulator  # late: a run without rehearsals needs none

            simulator = simulator or Simulator(undocumented="ignore")
            reply: Reply | None = simulator.reply(request, ahead=rule)
        else:
            reply = source.answer(request, call_site)
        if reply is None:
            self.sent = True
            if self.is_rehearsal:
                raise _not_sent(request)
        elif reply.response is not None:
            self.asked[number] = self.asked[number]._replace(status=reply.response.status)
        return reply


class _Watched:
    """A source whose requests are watched whenever somebody does."""

    def __init__(self, source: Source, simulator: Simulator | None) -> None:
        self._source = source
        self._simulator = simulator
        self.hosts = source.hosts

    def answer(self, request: Request, call_site: str) -> Reply | None:
        if _current is None or not is_api(request):
            return self._source.answer(request, call_site)
        return _current.answer(self._source, self._simulator, request, call_site)

    def record(self, request: Request, response: Response) -> None:
        self._source.record(request, response)

    def interrupted(self, request: Request, problem: str) -> None:
        self._source.interrupted(request, problem)


# Of the process, not of a context: a test may ask from any thread, and runs alone.
_current: Watch | None = None
_is_prepared = False


def prepare(*, watched: bool) -> None:
    """Let sessions that are opened from here on be watched, or no more."""
    global _is_prepared
    _is_prepared = watched


def on_stage(source: Source, simulator: Simulator | None) -> Source:
    """*source*, such that it can be watched if that is prepared."""
    return _Watched(source, simulator) if _is_prepared else source


@contextmanager
def watching(watch: Watch) -> Iterator[Watch]:
    """Tell *watch* of each request that a watched session is asked."""
    global _current
    before, _current = _current, watch
    try:
        yield watch
    finally:
        _current = before


def is_rehearsal() -> bool:
    """Whether what runs is a rehearsal, so that what it leaves unused means nothing."""
    return _current is not None and _current.is_rehearsal


def _not_sent(request: Request) -> UnmatchedRequest:
    error = UnmatchedRequest(
        Explanation(
            headline=f"{request.method} {request.path} would have been sent and recorded.",
            detail="A rehearsal sends nothing.",
            anchor="unmatched-request",
        )
    )
    error.request = request
    return error
