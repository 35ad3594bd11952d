"""Fault injection: logs the requests of a test, and lets one of them fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from twreplay._address import is_this_version
from twreplay._call_site import CallSite
from twreplay._explanation import Explanation
from twreplay._http import Reply, Request, Response
from twreplay._interception.tracing import get_tracer, trace
from twreplay.errors import UnmatchedRequest

if TYPE_CHECKING:
    from twreplay._interception.handler import Handler
    from twreplay._simulator import Simulator, UserRule


class LoggedRequest(NamedTuple):
    """A request to the API: effective method, path, and the status of its answer, or 0."""

    method: str
    path: str
    status: int


class RequestLog:
    """
    Log of the requests in one run of a test; can inject one failure.

    Attributes:
        requests: The requests for the API, in order.

        failed_index: The index of the request that was failed, from 0; None if none was.

        handlers: The handlers that answered them.

        sent: True if one was sent to the API.
    """

    def __init__(self, failure: Callable[[Request], UserRule | None] | None = None) -> None:
        self.requests: list[LoggedRequest] = []
        self.failed_index: int | None = None
        self.handlers: list[Handler] = []
        self.sent = False
        self._failure = failure
        self._lock = Lock()

    @property
    def is_rehearsal(self) -> bool:
        """True if one of the requests is to fail."""
        return self._failure is not None

    def answer(
        self, instrumented: InstrumentedHandler, request: Request, call_site: CallSite
    ) -> Reply | None:
        """Log *request*, and have it failed if its turn has come, or else answered."""
        with self._lock:
            number = len(self.requests)
            self.requests.append(LoggedRequest(request.effective_method, request.path, 0))
            if instrumented not in self.handlers:
                self.handlers.append(instrumented)
            rule = None
            if self._failure is not None and self.failed_index is None:
                rule = self._failure(request)
                self.failed_index = number if rule is not None else None
        if rule is not None:
            reply: Reply | None = instrumented.fail(request, rule)
        else:
            reply = instrumented.handler.answer(request, call_site)
        if reply is None:
            self.sent = True
            if self.is_rehearsal:
                raise _build_not_sent_error(request)
        elif reply.response is not None:
            self.requests[number] = self.requests[number]._replace(status=reply.response.status)
        return reply


class InstrumentedHandler:
    """
    A handler around another one, which logs its requests while a log is active.

    Args:
        simulator: Has the injected failures in its journal; by default one of their own.
    """

    def __init__(self, handler: Handler, simulator: Simulator | None = None) -> None:
        self.handler = handler
        self.hosts = handler.hosts
        self.sends: bool = getattr(handler, "sends", False)
        self._simulator = simulator

    def answer(self, request: Request, call_site: CallSite) -> Reply | None:
        if _current is None or not is_this_version(request):
            return self.handler.answer(request, call_site)
        return _current.answer(self, request, call_site)

    def fail(self, request: Request, rule: UserRule) -> Reply:
        """Answer *request* with the failure that *rule* describes."""
        from twreplay._simulator import Simulator  # late: a run without rehearsals needs none

        simulator = self._simulator or Simulator(undocumented="ignore")
        return simulator.reply(request, ahead=rule)

    def sent(self, request: Request) -> None:
        self.handler.sent(request)

    def not_sent(self, request: Request) -> None:
        self.handler.not_sent(request)

    def record(self, request: Request, response: Response) -> None:
        self.handler.record(request, response)

    def interrupted(self, request: Request, problem: str) -> None:
        self.handler.interrupted(request, problem)


RequestLogT = TypeVar("RequestLogT", RequestLog, None)

# Of the process, not of a context: a test may ask from any thread, and runs alone.
_current: RequestLog | None = None
_is_prepared = False


def prepare(*, watched: bool) -> bool:
    """Set whether sessions opened from here on are instrumented; return whether they were."""
    global _is_prepared
    before, _is_prepared = _is_prepared, watched
    return before


def instrument(handler: Handler, simulator: Simulator | None = None) -> Handler:
    """Wrap *handler*, before it is activated, if the run traces or rehearses; else return it."""
    wrapped = trace(handler, simulator)
    if _is_prepared:
        wrapped = InstrumentedHandler(wrapped, simulator)
    if simulator is not None and (tracer := get_tracer()) is not None:
        tracer.follow(simulator, wrapped)
    return wrapped


@contextmanager
def watching(watch: RequestLogT) -> Iterator[RequestLogT]:
    """Log each request of instrumented sessions in *watch*; in none if it is None."""
    global _current
    before, _current = _current, watch
    try:
        yield watch
    finally:
        _current = before


def is_watched() -> bool:
    """Return whether requests of instrumented sessions are logged."""
    return _current is not None


def is_rehearsal() -> bool:
    """Return whether a rehearsal is running, so that unused interactions do not count."""
    return _current is not None and _current.is_rehearsal


def _build_not_sent_error(request: Request) -> UnmatchedRequest:
    error = UnmatchedRequest(
        Explanation(
            headline=f"{request.method} {request.path} would have been sent and recorded.",
            detail="A rehearsal sends nothing.",
            anchor="unmatched-request",
        )
    )
    error.request = request
    return error
