"""The cassette that a test holds: a read-only view of what is played and recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from twreplay._cassette.playback import Playback
from twreplay._cassette.recorder import Recorder
from twreplay._http import Interaction, Reply, Request, Response

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
    ) -> None:
        self._name = name
        self._playback = playback
        self._recorder = recorder
        self._records = records
        self._fallback = fallback

    def __repr__(self) -> str:
        simulated = f", {len(self.simulated)} simulated" if self._fallback else ""
        counts = f"{len(self)} interactions, {self.play_count} played{simulated}"
        return f"<Cassette {self._name}, {counts}>"

    def __len__(self) -> int:
        return len(self._playback.interactions) + len(self._recorder)

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
