"""The cassette that a test holds: a read-only view of what is played and recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from twreplay._cassette.age import parse_date
from twreplay._cassette.files.codec import Recording
from twreplay._cassette.playback import Playback
from twreplay._cassette.recorder import Recorder
from twreplay._cassette.simulated_by import SIMULATED
from twreplay._cassette.webhooks import RecordedWebhook
from twreplay._http import Interaction, Reply, Request, Response
from twreplay._suggestion import explain_each_misuse
from twreplay.errors import UsageError

if TYPE_CHECKING:
    from twreplay._simulator import Entry, Simulator


class FallbackHandler(Protocol):
    """Answers requests that are not on a cassette, and follows the replayed ones."""

    @property
    def simulator(self) -> Simulator:
        """The simulator."""

    @property
    def simulated(self) -> tuple[Entry, ...]:
        """The simulated answers."""

    def advance(self, index: int) -> None:
        """Apply the interaction with this *index*, which was replayed."""

    def answer(self, request: Request) -> Reply:
        """Answer *request*, which must be redacted already."""


class WebhookTraffic(Protocol):
    """Keeps the requests of the API to an application, or delivers those on a cassette."""

    @property
    def delivered(self) -> tuple[RecordedWebhook, ...]:
        """The webhooks on the cassette that were delivered."""

    def wrap(self, app: object) -> Any:
        """Return *app* as an application that has each request of the API kept."""

    def wait(self, count: int, timeout: float) -> None:
        """Wait until this many webhooks were answered."""

    async def wait_async(self, count: int, timeout: float) -> None:
        """As *wait*, in the running loop."""


@explain_each_misuse
class Cassette:
    """
    The interactions of one file, while they are replayed or recorded.

    It shows; the session that opened it answers and records. What it shows is without secrets.
    """

    def __init__(
        self,
        name: str,
        playback: Playback,
        recorder: Recorder,
        *,
        records: bool,
        fallback: FallbackHandler | None = None,
        webhooks: tuple[RecordedWebhook, ...] = (),
        traffic: Callable[[], WebhookTraffic] | None = None,
        recorded_at: str = "",
        shared: tuple[Cassette, ...] = (),
    ) -> None:
        self._name = name
        self._playback = playback
        self._recorder = recorder
        self._records = records
        self._fallback = fallback
        self._webhooks = webhooks
        self._open_traffic = traffic
        self._recorded_at = recorded_at
        self._shared = shared

    def __repr__(self) -> str:
        simulated = f", {len(self.simulated)} simulated" if self._fallback else ""
        counts = f"{len(self)} interactions, {self.play_count} played{simulated}"
        if self.webhooks:
            counts += f", {len(self.webhooks)} webhooks"
        if self._shared:
            counts += f", {sum(each.play_count for each in self._shared)} played of shared ones"
        return f"<Cassette {self._name}, {counts}>"

    def __len__(self) -> int:
        return len(self._playback.interactions) + len(self._recorder)

    @property
    def _traffic(self) -> WebhookTraffic:
        assert self._open_traffic is not None
        return self._open_traffic()

    @property
    def interactions(self) -> tuple[Interaction, ...]:
        """The interactions of the cassette, followed by those recorded since it was opened."""
        return (*self._playback.interactions, *self.recorded)

    @property
    def requests(self) -> tuple[Request, ...]:
        """The requests on the cassette, in recorded order."""
        return tuple(interaction.request for interaction in self.interactions)

    @property
    def responses(self) -> tuple[Response, ...]:
        """The responses on the cassette, in recorded order."""
        return tuple(interaction.response for interaction in self.interactions)

    @property
    def play_count(self) -> int:
        """The number of requests that were answered from the cassette."""
        return sum(self._playback.played)

    @property
    def shared(self) -> tuple[Cassette, ...]:
        """
        The cassettes of ``shared=``, each with its own *interactions*, *play_count*, *unused*.

        What this cassette shows is about its own file, and counts nothing of theirs.
        """
        return self._shared

    @property
    def replayed(self) -> tuple[Interaction, ...]:
        """The interactions that answered a request, in recorded order; one that repeats, twice."""
        return self._playback.replayed

    @property
    def recorded(self) -> tuple[Interaction, ...]:
        """The interactions recorded since the cassette was opened, without secrets."""
        return self._recorder.interactions

    @property
    def unmatched(self) -> tuple[Request, ...]:
        """The requests that nothing answered, without secrets."""
        return tuple(miss.request for miss in self._playback.misses)

    @property
    def simulated(self) -> tuple[Entry, ...]:
        """The answers of ``fallback="simulate"``: each request, its response, and the rule."""
        return self._fallback.simulated if self._fallback else ()

    @property
    def simulator(self) -> Simulator | None:
        """The simulator behind ``fallback="simulate"``, to arrange more; None without it."""
        return self._fallback.simulator if self._fallback else None

    @property
    def unused(self) -> tuple[Interaction, ...]:
        """The interactions of this API that have not been played, in recorded order."""
        return tuple(self._playback.interactions[index] for index in self._playback.unused)

    @property
    def all_played(self) -> bool:
        """True if every interaction has been played."""
        return not self._playback.unused

    @property
    def records(self) -> bool:
        """True if a request that is not on the cassette is sent and recorded."""
        return self._records

    @property
    def webhooks(self) -> tuple[RecordedWebhook, ...]:
        """The webhooks of the cassette, followed by those recorded since it was opened."""
        before = len(self._playback.interactions)
        fresh = [
            RecordedWebhook(anchor.count(before), interaction)
            for anchor, interaction in self._recorder.webhooks
        ]
        return (*self._webhooks, *fresh)

    @property
    def delivered(self) -> tuple[RecordedWebhook, ...]:
        """The webhooks of the cassette that were delivered to the application, in order."""
        return self._traffic.delivered if self._webhooks else ()

    def wrap(self, app: object = None) -> Any:
        """
        Return *app* as an application that has each request of the API recorded.

        It is what is served at the public URL while the cassette records; when it is replayed, and
        for requests that are not the API's, it is *app* and nothing more.

        Args:
            app: A WSGI or ASGI application; by default that of ``use_cassette(..., app=app)``.

        Raises:
            UsageError: It is no application, or there is none.
        """
        return self._traffic.wrap(app)

    def wait_for_webhooks(self, count: int = 1, *, timeout: float = 60.0) -> None:
        """
        Wait until *count* webhooks were answered since the cassette was opened.

        Recording, this waits in real time; from a simulator, its clock goes on. Replaying,
        nothing waits: what is due is delivered.

        Args:
            count: How many, in all.

            timeout: The seconds after which recording gives up.

        Raises:
            UsageError: They did not come; the cassette has fewer; or it is replayed without an
                application.

            WebhookDrift: The application answered otherwise than recorded.
        """
        self._traffic.wait(count, timeout)

    async def wait_for_webhooks_async(self, count: int = 1, *, timeout: float = 60.0) -> None:
        """
        As *wait_for_webhooks*, with an ASGI application in the running loop.

        Args:
            count: How many, in all.

            timeout: The seconds after which recording gives up.
        """
        await self._traffic.wait_async(count, timeout)

    @property
    def recorded_at(self) -> datetime | None:
        """
        When the oldest interaction was recorded, in UTC; None if the file does not say.

        As the file said when it was opened: None for a new cassette.
        """
        return parse_date(self._recorded_at)

    def rewind(self) -> None:
        """
        Have each interaction answer again, the first one first.

        *play_count* goes on counting, and what was played once is not unused.

        Raises:
            UsageError: With ``fallback="simulate"``: the state that was reached stays.
        """
        if self._fallback is not None:
            msg = 'a cassette with fallback="simulate" cannot be rewound: its state went on.'
            raise UsageError(msg)
        self._playback.rewind()
        for each in self._shared:
            each.rewind()

    def _to_recording(self) -> Recording:
        """Return what would be in the cassette's file, without a date and secrets."""
        by = self._recorder.simulated_by
        origin = "recorded" if by is None else SIMULATED
        return Recording(
            interactions=self.interactions,
            origin=origin,
            simulated_by=by,
            webhooks=self.webhooks,
        )
