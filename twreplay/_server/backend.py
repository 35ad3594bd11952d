"""What answers a server's requests: a simulator, or a cassette and its upstream."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from twreplay._address import API_HOST, check_version
from twreplay._api import QUESTIONS
from twreplay._delivery import Delivery
from twreplay._http import Reply, Request, Response
from twreplay._interception import Exchange
from twreplay._live import AsyncVerbs
from twreplay._server.headers import HOP_BY_HOP
from twreplay._server.timeline import LIMIT, TO_API, TO_APPLICATION, Event, Timeline
from twreplay._sessions import CassetteSession
from twreplay._simulator import Simulator
from twreplay.errors import (
    CassetteNotFound,
    NotSimulated,
    TwreplayError,
    UnmatchedRequest,
    UsageError,
)
from twreplay.faults import NameResolutionFailed

_UPSTREAM_SECONDS = 60
_MOST_AT_ONCE = 64
_MOST_STEPPED = 86_400
_SHORTEST = 0.005  # moving the clock for each of 5,000 requests a second took a tenth of the time
_LOOKED_AGAIN = 0.1  # what changes in the world by itself wakes nobody

_log = logging.getLogger("twreplay.server")


class Backend(Protocol):
    """
    What answers.

    Attributes:
        simulator: The simulated world; None if a cassette answers.

        timeline: What was answered.
    """

    simulator: Simulator | None
    timeline: Timeline

    async def open(self) -> None:
        """Begin, in the loop that all will run in."""

    async def answer(self, request: Request) -> Reply:
        """Answer *request* and add it to the timeline."""

    async def close(self) -> None:
        """End what runs, and save."""


class SimulatorBackend:
    """
    Answers from a simulator, and delivers its webhooks to the applications that are attached here.

    The world changes in the loop's thread only; what an application takes to answer holds up
    nobody else. Webhooks of one call are delivered one after the other.

    Attributes:
        generation: How often the world was given up for another.

    Args:
        real_clock: The simulated time passes as the machine's does.
    """

    def __init__(self, simulator: Simulator, *, real_clock: bool = False) -> None:
        self.simulator: Simulator | None = simulator
        self.timeline = Timeline()
        self.has_real_clock = real_clock
        self.has_applications = False
        self.generation = 0
        self.verbs: AsyncVerbs = simulator.aio
        self.verbs.watch(self._note_delivery, LIMIT)
        self._simulator = simulator
        self._seen = time.monotonic()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._deliveries: set[asyncio.Task[None]] = set()
        self._bases: set[str | None] = set()
        self._formatted = (-1, "")

    def attach(
        self,
        url: str,
        base_url: str | None = None,
        seen_as: str | None = None,
        *,
        fetch_audio: bool = False,
    ) -> None:
        """
        Attach the application that runs at *url* to the URLs below *base_url*, or to all.

        Raises:
            UsageError: One of them is no URL.
        """
        self._simulator.attach(
            url, base_url, raise_errors=False, seen_as=seen_as, fetch_audio=fetch_audio
        )
        self._bases.add(base_url)
        if None not in self._bases:
            self._simulator.attach(_answer_nowhere, raise_errors=False)
        self.has_applications = True

    async def open(self) -> None:
        """Take note of the loop that all runs in."""
        self._loop = asyncio.get_running_loop()

    def hold(self) -> AbstractContextManager[None]:
        """Deliver nothing inside a block; *deliver* does it afterwards."""
        return self.verbs.deferred() if self.has_applications else nullcontext()

    def deliver(self) -> None:
        """Begin to deliver what is due."""
        if self.has_applications and self.verbs.is_due and len(self._deliveries) < _MOST_AT_ONCE:
            task = asyncio.get_running_loop().create_task(self._settle())
            self._deliveries.add(task)
            task.add_done_callback(self._deliveries.discard)

    async def finish(self, key: str) -> None:
        """Wait until what is due in one conversation is delivered, however long others take."""
        while self.has_applications and self.verbs.is_busy(key):
            self.deliver()
            await self.timeline.wait(_LOOKED_AGAIN)
        self.timeline.wake()

    async def _settle(self) -> None:
        try:
            await self.verbs.settle()
        except UsageError as error:
            _log.warning("%s", error)
        except Exception:
            _log.exception("twreplay failed while it delivered a webhook")
        self.timeline.wake()

    def pass_time(self) -> None:
        """Let the simulated clock catch up with the machine's, if it is to."""
        if self.has_real_clock:
            now = time.monotonic()
            if now - self._seen < _SHORTEST:
                return
            passed, self._seen = now - self._seen, now
            with self.hold():
                self._simulator.clock.advance(seconds=passed)
            self.deliver()

    async def advance(self, seconds: float) -> None:
        """Advance by *seconds* at once, and deliver what is due in them."""
        if self.has_applications:
            # Checked as of the clock, before anything happens.
            self._simulator.clock.check_span(seconds)
            await self.verbs.advance(seconds)
        else:
            self._simulator.clock.advance(seconds=seconds)
        self.timeline.wake()

    async def wait_until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """
        Wait until *holds*; return whether it does.

        A virtual clock goes from event to event; if nothing is due, and with a real clock, up to
        *seconds* of the machine's time pass.
        """
        loop = asyncio.get_running_loop()
        end, begun = loop.time() + seconds, self._simulator.clock.seconds
        while not holds():
            # Not for ever: a document that redirects to itself always has something due.
            is_early = self._simulator.clock.seconds - begun < _MOST_STEPPED
            if not self.has_real_clock and is_early and await self.verbs.step():
                continue
            left = end - loop.time()
            if left <= 0:
                return False
            await self.timeline.wait(min(left, _LOOKED_AGAIN))
        return True

    async def answer(self, request: Request) -> Reply:
        """Answer *request* and add it to the timeline."""
        self.pass_time()
        try:
            check_version(request, str)
        except NotSimulated as refused:
            return self._refuse(request, refused)
        with self.hold():
            reply = self._simulator.reply(request)
        entry = self._simulator.last_request
        assert entry is not None
        self.timeline.add(
            Event(
                number=self.timeline.count + 1,
                at=self._format_now(),
                direction=TO_API,
                how="simulated",
                request=request,
                response=reply.response,
                outcome=_name_outcome(reply),
                rule=entry.rule,
                source=entry.source,
                grade=entry.grade.value,
                questions=entry.questions,
                hints=entry.hints,
            )
        )
        self.deliver()
        return reply

    def _format_now(self) -> str:
        seconds = self._simulator.clock.seconds
        if seconds != self._formatted[0]:
            self._formatted = seconds, self._simulator.clock.now.isoformat(timespec="seconds")
        return self._formatted[1]

    def _refuse(self, request: Request, refused: NotSimulated) -> Reply:
        at = self._format_now()
        return refuse(self.timeline, request, refused, at)

    def _note_delivery(self, delivery: Delivery) -> None:
        if delivery.after_failure is not None:
            self._note_delivery(delivery.after_failure)
        if self._loop is None or self._loop is _get_loop():
            self._add_delivery(delivery)
        else:  # an application in this process, and the verb of a test in another thread
            self._loop.call_soon_threadsafe(self._add_delivery, delivery)

    def _add_delivery(self, delivery: Delivery) -> None:
        at = self._format_now()
        for exchange in delivery.exchanges:
            came = exchange.outcome
            failed = delivery.error is not None and exchange is delivery.exchanges[-1]
            outcome = str(came.response.status) if came.response else type(came.failure).__name__
            rule = delivery.webhook.kind.title
            self.timeline.add(
                Event(
                    number=self.timeline.count + 1,
                    at=at,
                    direction=TO_APPLICATION,
                    how="failed" if failed else "delivered",
                    request=exchange.request,
                    response=came.response,
                    outcome=outcome,
                    rule=f"{rule}: {delivery.detail}" if failed and delivery.detail else rule,
                    source=delivery.evidence.source,
                    grade=delivery.evidence.grade.value,
                    questions=tuple(QUESTIONS[n] for n in delivery.webhook.questions),
                    hints=came.hints,
                )
            )

    async def close(self) -> None:
        """End the deliveries that are under way."""
        await self.stop_deliveries()

    async def stop_deliveries(self) -> None:
        """End the deliveries that are under way, and forget what is due: the world ends."""
        self.generation += 1
        self.verbs.drop_due()
        for task in tuple(self._deliveries):
            task.cancel()
        await asyncio.gather(*self._deliveries, return_exceptions=True)


async def _answer_nowhere(scope: Any, receive: Any, send: Any) -> None:
    """Stand for the hosts that no application is attached to: no such name."""
    raise NameResolutionFailed


def _get_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


class CassetteBackend:
    """
    Answers from a cassette, and records from *upstream* what is not on it.

    What is recorded is saved beside the cassette after each answer, and takes its place when
    the server ends: a process that is killed leaves the cassette as it was.

    Args:
        upstream: The root of the API that is asked, such as ``https://api.twilio.com``.

        name: The cassette as messages show it.
    """

    def __init__(self, session: CassetteSession, upstream: str, name: str) -> None:
        from twreplay._server.upstream import build_client

        self.simulator: Simulator | None = None
        self.timeline = Timeline()
        self.cassette = session.open()
        self._session = session
        self._name = name
        self._upstream = upstream.rstrip("/")
        self._client = build_client(_UPSTREAM_SECONDS)

    async def open(self) -> None:
        """Do nothing: the cassette is open."""

    async def answer(self, request: Request) -> Reply:
        """Answer *request* and add it to the timeline."""
        asked = _address_to_api(request)
        try:
            reply = self._session.handler.answer(asked, str)
        except (CassetteNotFound, NotSimulated, UnmatchedRequest) as refused:
            return refuse(self.timeline, asked, refused, _format_now())
        how = "replayed"
        if reply is None:
            how = "recorded"
            reply = await self._record(asked)
        self.timeline.add(
            Event(
                number=self.timeline.count + 1,
                at=_format_now(),
                direction=TO_API,
                how=how
                if reply.response is not None and reply.response.status != 502
                else "failed",
                request=asked,
                response=reply.response,
                outcome=_name_outcome(reply),
                rule=f"{how}, {self._name_source(reply)}",
            )
        )
        return reply

    def _name_source(self, reply: Reply) -> str:
        """Name the cassette that *reply* comes from, or was recorded into."""
        shared = self._session.handler.shared
        if shared is not None and (place := shared.find_place(reply.response)):
            return f"{place}, which is shared"
        return f"cassette {self._name}"

    async def _record(self, request: Request) -> Reply:
        import httpx

        exchange = Exchange(self._session.handler, request)
        exchange.begin()
        url = self._upstream + request.url.partition(API_HOST)[2]
        headers = [p for p in request.headers.pairs if p[0].lower() not in HOP_BY_HOP]
        try:
            with exchange.watch():
                got = await self._client.request(
                    request.method, url, headers=headers, content=request.body
                )
        except httpx.HTTPError as error:
            text = f"twreplay: {self._upstream} did not answer: {type(error).__name__}.\n"
            return Reply(Response(502, {"Content-Type": "text/plain; charset=utf-8"}, text))
        # httpx has decoded the body, which is how cassettes have it.
        kept = [
            (name, value)
            for name, value in got.headers.multi_items()
            if name.lower() not in (*HOP_BY_HOP, "content-encoding")
        ]
        body = got.content
        response = Response(got.status_code, kept, body, got.reason_phrase)
        exchange.record(response)
        self._session.set_aside()
        return Reply(response)

    async def close(self) -> None:
        """
        Save what was recorded.

        Raises:
            TwreplayError: It could not be saved, or requests or interactions are left over.
        """
        await self._client.aclose()
        self._session.close()


def refuse(timeline: Timeline, request: Request, refused: TwreplayError, at: str) -> Reply:
    """Answer *request*, which nothing answers, with the error's text, and note it."""
    headers = {
        "Content-Type": "text/plain; charset=utf-8",
        "X-Twreplay-Error": refused.explanation.anchor,
    }
    response = Response(501, headers, f"{refused}\n")
    timeline.add(
        Event(
            number=timeline.count + 1,
            at=at,
            direction=TO_API,
            how="unmatched",
            request=request,
            response=response,
            outcome="501",
            rule=refused.explanation.headline,
        )
    )
    return Reply(response)


def _address_to_api(request: Request) -> Request:
    """Return *request* as the program would have sent it to the API itself."""
    rest = request.url.partition("://")[2]
    _, slash, path = rest.partition("/")
    headers: list[tuple[str, str]] = [
        (name, API_HOST if name.lower() == "host" else value)
        for name, value in request.headers.pairs
        if not name.lower().startswith("proxy-")
    ]
    return Request(request.method, f"https://{API_HOST}{slash}{path}", headers, request.body)


def _name_outcome(reply: Reply) -> str:
    if reply.response is not None:
        return str(reply.response.status)
    return type(reply.failure).__name__


def _format_now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")
