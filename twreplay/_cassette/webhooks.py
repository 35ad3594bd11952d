"""The webhooks of a cassette: what the API requested of the application while it was recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from twreplay._http import Interaction, Request, Response


@dataclass(frozen=True, slots=True)
class RecordedWebhook:
    """
    A request of the API to the application, and the application's answer.

    Attributes:
        after: The number of the interaction that it followed, from 1; 0 if it came before all.

        interaction: The request and the answer.
    """

    after: int
    interaction: Interaction

    def __repr__(self) -> str:
        return f"<RecordedWebhook {self.request!r} after interaction {self.after}>"

    @property
    def request(self) -> Request:
        """The request of the API."""
        return self.interaction.request

    @property
    def response(self) -> Response:
        """The application's answer."""
        return self.interaction.response


def map_webhooks(
    webhooks: Iterable[RecordedWebhook], change: Callable[[Interaction], Interaction]
) -> tuple[RecordedWebhook, ...]:
    """Return *webhooks* with each interaction changed."""
    return tuple(replace(each, interaction=change(each.interaction)) for each in webhooks)


class Source(Protocol):
    """A recording: interactions, and the webhooks that followed them."""

    @property
    def interactions(self) -> tuple[Interaction, ...]: ...

    @property
    def webhooks(self) -> tuple[RecordedWebhook, ...]: ...


def place_webhooks(kept: Sequence[Interaction], *sources: Source) -> tuple[RecordedWebhook, ...]:
    """
    Return the webhooks of *sources* that follow one of the interactions *kept*, numbered by these.

    Args:
        kept: Interactions of *sources*, the very objects. A webhook is dropped with the
            interaction that it followed; one that came before all stays.
    """
    places = {id(each): number for number, each in enumerate(kept, 1)}
    placed: list[RecordedWebhook] = []
    distinct: dict[int, Source] = {id(each): each for each in sources}
    for source in distinct.values():
        known = {each.interaction for each in placed if not each.after}
        for webhook in source.webhooks:
            if webhook.after:
                anchor = source.interactions[webhook.after - 1]
                if (number := places.get(id(anchor))) is not None:
                    placed.append(replace(webhook, after=number))
            elif webhook.interaction not in known:
                placed.append(webhook)
    return tuple(sorted(placed, key=lambda each: each.after))
