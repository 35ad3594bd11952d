"""A simulator that goes on from where a recording ends."""

from __future__ import annotations

from collections.abc import Sequence

from twreplay._http import Interaction
from twreplay._inference.inferred_state import InferredState
from twreplay._inference.parsed_interaction import parse_interaction
from twreplay._inference.profile import infer_profile
from twreplay._simulator import Simulator


def continue_recording(
    interactions: Sequence[Interaction], profile: str | None = None
) -> Simulator:
    """
    Build the simulator whose state is that after *interactions*.

    Its seed follows from their number, so that it makes no Sid which is in the recording.

    Args:
        profile: ``documented`` or ``observed``; by default that of the recording.
    """
    parsed = [parse_interaction(interaction) for interaction in interactions]
    state = InferredState(
        interactions,
        profile=profile or infer_profile(parsed),
        seed=f"after {len(interactions)}",
    )
    for index in range(len(interactions)):
        state.advance(index)
    return state.simulator
