"""What answers a server's requests: a simulator, or a cassette and its upstream."""

from __future__ import annotations

import time
from typing import Protocol

from twreplay._address import API_HOST, check_version
from twreplay._http import Reply, Request, Response
from twreplay._server.timeline import Event, Timeline
from twreplay._sessions import CassetteSession
from twreplay._simulator import Simulator
from twreplay.errors import NotSimulated, TwreplayError, UnmatchedRequest

# Of one connection, not of the message (RFC 9110, 7.6.1), or set by the client.
_HOP_BY_HOP = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization"),
        *("proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
        *("host", "content-length"),
    }
)
_UPSTREAM_SECONDS = 60


class Backend(Protocol):
    """
    What answers.

    Attributes:
        simulator: The simulated world; None if a cassette answers.

        timeline: What was answered.
    """

    simulator: Simulator | None
    timeline: Timeline

    async def answer(self, request: Request) -> Reply:
        """Answer *request* and add it to the timeline."""

    async def close(self) -> None:
        """End what runs, and save."""


class SimulatorBackend:
    """
    Answers from a simulator.

    Args:
        real_clock: The simulated time passes as the machine's does.
    """

    def __init__(self, simulator: Simulator, *, real_clock: bool = False) -> None:
        self.simulator: Simulator | None = simulator
        self.timeline = Timeline()
        self._simulator = simulator
        self._real_clock = real_clock
        self._seen = time.monotonic()

    def pass_time(self) -> None:
        """Let the simulated clock catch up with the machine's, if it is to."""
        if self._real_clock:
            now = time.monotonic()
            passed, self._seen = now - self._seen, now
            self._simulator.clock.advance(seconds=passed)

    async def answer(self, request: Request) -> Reply:
        """Answer *request* and add it to the timeline."""
        self.pass_time()
        try:
            check_version(request, "")
        except NotSimulated as refused:
            return self._refuse(request, refused)
        reply = self._simulator.reply(request)
        entry = self._simulator.last_request
        assert entry is not None
        self.timeline.add(
            Event(
                number=self.timeline.count + 1,
                at=self._simulator.clock.now.isoformat(timespec="seconds"),
                direction="to the API",
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
        return reply

    def _refuse(self, request: Request, refused: NotSimulated) -> Reply:
        at = self._simulator.clock.now.isoformat(timespec="seconds")
        return refuse(self.timeline, request, refused, at)

    async def close(self) -> None:
        """Nothing is open."""


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
        import httpx

        self.simulator: Simulator | None = None
        self.timeline = Timeline()
        self.cassette = session.open()
        self._session = session
        self._name = name
        self._upstream = upstream.rstrip("/")
        self._client = httpx.AsyncClient(
            follow_redirects=False, timeout=_UPSTREAM_SECONDS, trust_env=False
        )

    async def answer(self, request: Request) -> Reply:
        """Answer *request* and add it to the timeline."""
        asked = _address_to_api(request)
        try:
            reply = self._session.handler.answer(asked, "")
        except (NotSimulated, UnmatchedRequest) as refused:
            return refuse(self.timeline, asked, refused, _format_now())
        how = "replayed"
        if reply is None:
            how = "recorded"
            reply = await self._record(asked)
        self.timeline.add(
            Event(
                number=self.timeline.count + 1,
                at=_format_now(),
                direction="to the API",
                how=how
                if reply.response is not None and reply.response.status != 502
                else "failed",
                request=asked,
                response=reply.response,
                outcome=_name_outcome(reply),
                rule=f"{how}, cassette {self._name}",
            )
        )
        return reply

    async def _record(self, request: Request) -> Reply:
        import httpx

        url = self._upstream + request.url.partition(API_HOST)[2]
        headers = [p for p in request.headers.pairs if p[0].lower() not in _HOP_BY_HOP]
        try:
            got = await self._client.request(
                request.method, url, headers=headers, content=request.body
            )
        except httpx.HTTPError as error:
            self._session.handler.interrupted(request, type(error).__name__)
            text = f"twreplay: {self._upstream} did not answer: {type(error).__name__}.\n"
            return Reply(Response(502, {"Content-Type": "text/plain; charset=utf-8"}, text))
        # httpx has decoded the body, which is how cassettes have it.
        kept = [
            (name, value)
            for name, value in got.headers.multi_items()
            if name.lower() not in (*_HOP_BY_HOP, "content-encoding")
        ]
        body = got.content
        response = Response(got.status_code, kept, body, got.reason_phrase)
        self._session.handler.record(request, response)
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
            direction="to the API",
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
