"""Answers for requests that are not on a cassette, from the state that it implies."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from twreplay._http import Interaction, Reply, Request
from twreplay._inference.inferred_state import InferredState
from twreplay._inference.parsed_interaction import parse_interaction
from twreplay._inference.profile import infer_profile
from twreplay._simulator import Entry, Simulator


class Fallback:
    """The simulated part of a cassette; nothing is simulated until it is needed."""

    def __init__(self, interactions: Sequence[Interaction]) -> None:
        self._interactions = interactions
        self._replayed: list[int] = []

    @property
    def simulator(self) -> Simulator:
        """The simulator, in the state that the replayed interactions imply."""
        return self._current.simulator

    @property
    def simulated(self) -> tuple[Entry, ...]:
        """The requests that were answered by simulation."""
        return self._state.simulator.requests if "_state" in self.__dict__ else ()

    def advance(self, index: int) -> None:
        """Apply the effect of interaction *index*, which was replayed."""
        self._replayed.append(index)

    def answer(self, request: Request) -> Reply:
        """Answer *request*, which is not on the cassette."""
        return self._current.simulator.reply(request)

    @property
    def _current(self) -> InferredState:
        state, waiting = self._state, self._replayed
        self._replayed = []
        for index in waiting:
            state.advance(index)
        return state

    @cached_property
    def _state(self) -> InferredState:
        sightings = [parse_interaction(interaction) for interaction in self._interactions]
        return InferredState(self._interactions, profile=infer_profile(sightings))
