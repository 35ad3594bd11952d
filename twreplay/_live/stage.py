"""What phones and legs need of the stage on which calls run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from twreplay._delivery import Deliverer, Delivery
    from twreplay._live.runs import Run
    from twreplay._simulator import Instance, Simulator, World
    from twreplay._twiml import Input


GOES_ON: Final = "run goes on"
"""The kind of the event at which a run goes on by itself."""


class Stage(Protocol):
    """
    The stage on which calls run, as `Live` is.

    Attributes:
        simulator: Whose calls it runs.

        webhooks: What became of each webhook, oldest first.

        deliverer: Sends webhooks to what is attached.
    """

    simulator: Simulator
    deliverer: Deliverer
    webhooks: list[Delivery]

    @property
    def world(self) -> World: ...

    def settle(self) -> None:
        """Deliver all that is due."""

    def feed(self, sid: str, given: Input) -> None:
        """Feed *given* to a run, with the lock not held."""

    def feed_held(self, sid: str, given: Input) -> None:
        """Feed *given* to a run, with the lock held."""

    def hang_up_held(self, sid: str) -> None:
        """Hang up the phone of a run, with the lock held."""

    def tell(self, sid: str, who: str, what: str) -> None:
        """Add a line to the transcript of a run."""

    def save(self, run: Run) -> None:
        """Keep *run* as it is now."""

    def find_second(self, run: Run) -> float:
        """Return the second of *run* that it is now."""

    def find_subject(self, run: Run) -> Instance | None:
        """Return the ``Call``, segment, message or validation request of *run*."""

    def request(
        self,
        run: Run,
        kind: str,
        url: str,
        method: str,
        values: dict[str, str],
        *,
        is_run: bool = True,
    ) -> None:
        """Put a webhook of *run* into the outbox."""
