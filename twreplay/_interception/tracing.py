"""Tracing: keeps each request of a test and what came of it, for the report of a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twreplay._call_site import CallSite
from twreplay._http import Reply, Request, Response
from twreplay._interception.router import is_open
from twreplay.errors import TwreplayError

if TYPE_CHECKING:
    from twreplay._interception.handler import Handler
    from twreplay._simulator import Entry, Simulator


@dataclass(slots=True)
class TracedRequest:
    """
    A request to the API and what came of it.

    Attributes:
        how: ``simulated``, ``replayed``, ``recorded``, ``unmatched`` or ``refused``.

        response: The response; None if there is none.

        outcome: The name of the failure if there is no response.

        call_site: Where it was sent.

        at: The time of the simulated world when it was answered; empty without one.

        entry: What the simulator's journal says of it; None without a simulator.

        error: Why nothing answered it; None if something did.

        source: What answered it, if that is no simulator.
    """

    request: Request
    call_site: str
    how: str = "refused"
    response: Response | None = None
    outcome: str = ""
    at: str = ""
    entry: Entry | None = None
    error: TwreplayError | None = None
    source: str = ""


class _Followed:
    """A simulator, and how much of what it did has been traced."""

    def __init__(self, simulator: Simulator, handler: Handler | None) -> None:
        self.simulator = simulator
        self.handler = handler
        self.was_used = False
        self._webhooks = len(simulator.webhooks)
        self._transcripts = simulator.transcripts()

    def take_webhooks(self) -> tuple[Any, ...]:
        """Take the webhooks that were made since the last time."""
        made = self.simulator.webhooks
        since = self._webhooks if len(made) >= self._webhooks else 0  # it was reset
        self._webhooks = len(made)
        return made[since:]

    def take_transcripts(self) -> str:
        """Take the calls since the last time; all of them if an earlier one went on."""
        told, before = self.simulator.transcripts(), self._transcripts
        self._transcripts = told
        return (told[len(before) :] if told.startswith(before) else told).strip()


@dataclass(frozen=True, slots=True)
class Trace:
    """
    The events, calls and clocks of one test.

    Attributes:
        events: The requests (``TracedRequest``) and the webhooks (``Delivery``), in order.

        dropped: How many events before these were not kept.

        transcripts: The calls of each simulator.

        clocks: The time of each simulated world at the end.
    """

    events: tuple[Any, ...]
    dropped: int
    transcripts: tuple[str, ...]
    clocks: tuple[str, ...]


class Tracer:
    """
    Keeps what happens until it is taken out.

    Args:
        limit: How many events are kept of one test; the oldest go first.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._dropped = 0
        self._events: list[Any] = []
        self._followed: list[_Followed] = []

    @property
    def events(self) -> tuple[Any, ...]:
        """The events kept now."""
        return tuple(self._events)

    def follow(self, simulator: Simulator, handler: Handler | None = None) -> None:
        """Keep the webhooks and calls of *simulator* as well, for as long as *handler* is open."""
        if all(each.simulator is not simulator for each in self._followed):
            self._followed.append(_Followed(simulator, handler))

    def begin_request(self, simulator: Simulator | None) -> None:
        """Keep the webhooks that came before a request."""
        self._follow_webhooks()
        for each in self._followed:
            each.was_used = each.was_used or each.simulator is simulator

    def add_simulated(self, simulator: Simulator) -> None:
        """Keep all requests that *simulator* answered elsewhere than in a traced session."""
        for entry in simulator.requests:
            outcome = "" if entry.response is not None else entry.outcome
            traced = TracedRequest(entry.request, "", "simulated", entry.response, outcome)
            traced.entry = entry
            self.add(traced)

    def add(self, *events: Any) -> None:
        """Keep *events*."""
        self._events += events
        if (excess := len(self._events) - self._limit) > 0:
            del self._events[:excess]
            self._dropped += excess

    def take(self) -> Trace:
        """Take out what was kept since the last time."""
        self._follow_webhooks()
        transcripts, clocks = [], []
        for each in self._followed:
            if fresh := each.take_transcripts():
                transcripts.append(fresh)
            if fresh or each.was_used:
                clocks.append(each.simulator.clock.now.isoformat(timespec="seconds"))
            each.was_used = False
        trace = Trace(tuple(self._events), self._dropped, tuple(transcripts), tuple(clocks))
        self._events, self._dropped = [], 0
        # Those of fixtures of a wider scope stay.
        self._followed = [f for f in self._followed if f.handler is not None and is_open(f.handler)]
        return trace

    def _follow_webhooks(self) -> None:
        for each in self._followed:
            if fresh := each.take_webhooks():
                each.was_used = True
                self.add(*fresh)


class TracedHandler:
    """A handler around another one, which traces its requests."""

    def __init__(self, tracer: Tracer, handler: Handler, simulator: Simulator | None) -> None:
        self.handler = handler
        self.hosts = handler.hosts
        self.sends: bool = getattr(handler, "sends", False)
        self._tracer = tracer
        self._simulator = simulator
        self._sent: dict[int, TracedRequest] = {}

    def answer(self, request: Request, call_site: CallSite) -> Reply | None:
        """Answer *request* by the inner handler, and trace it."""
        traced = TracedRequest(request, call_site())
        self._tracer.begin_request(self._simulator)
        try:
            reply = self.handler.answer(request, call_site)
        except TwreplayError as error:
            traced.error = error
            traced.how = "unmatched" if hasattr(error, "nearest") else "refused"
            raise
        else:
            if reply is None:
                traced.how, traced.outcome = "recorded", "not answered"
                self._sent[id(request)] = traced
            else:
                self._describe(traced, reply)
            return reply
        finally:
            self._tracer.add(traced)

    def _describe(self, traced: TracedRequest, reply: Reply) -> None:
        traced.response = reply.response
        traced.outcome = type(reply.failure).__name__ if reply.response is None else ""
        describe = getattr(self.handler, "describe_answer", None)
        if describe is not None:
            traced.how, traced.source = describe(reply)
        elif self._simulator is not None:
            traced.how = "simulated"
            traced.at = self._simulator.clock.now.isoformat(timespec="seconds")
            traced.entry = self._find_entry(self._simulator, traced.request)

    def _find_entry(self, simulator: Simulator, request: Request) -> Entry | None:
        entry = simulator.last_request
        if entry is None or entry.request is request:
            return entry
        # Another thread has sent one since.
        return next((e for e in reversed(simulator.requests) if e.request is request), None)

    def sent(self, request: Request) -> None:
        """Let the inner handler note that *request* goes out."""
        self.handler.sent(request)

    def not_sent(self, request: Request) -> None:
        """Let the inner handler note that *request* did not go out."""
        self.handler.not_sent(request)

    def record(self, request: Request, response: Response) -> None:
        """Trace the response of the API, and let it be recorded."""
        if (traced := self._sent.pop(id(request), None)) is not None:
            traced.response, traced.outcome = response, ""
        self.handler.record(request, response)

    def interrupted(self, request: Request, problem: str) -> None:
        """Trace that the response broke off."""
        if (traced := self._sent.pop(id(request), None)) is not None:
            traced.outcome = problem
        self.handler.interrupted(request, problem)


_current: Tracer | None = None


def get_tracer() -> Tracer | None:
    """Return the tracer of the run; None if no report was asked for."""
    return _current


def trace(handler: Handler, simulator: Simulator | None) -> Handler:
    """Wrap *handler* if the run traces requests; else return it."""
    return handler if _current is None else TracedHandler(_current, handler, simulator)


@contextmanager
def tracing(tracer: Tracer | None) -> Iterator[None]:
    """Trace the requests of sessions that are opened in the block; None for none of them."""
    global _current
    before, _current = _current, tracer
    try:
        yield
    finally:
        _current = before
