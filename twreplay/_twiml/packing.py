"""The classes that the state of a run is made of, for a snapshot."""

from __future__ import annotations

from typing import get_args

from twreplay._api import Grade, Q
from twreplay._twiml.codes import Severity
from twreplay._twiml.definition import Attribute, Kind
from twreplay._twiml.document import Document, Instruction, TwimlFinding
from twreplay._twiml.effects import Leg
from twreplay._twiml.state import Activity, Context, Dials, Durations, IsConnected, State
from twreplay._twiml.values import Value
from twreplay._twiml.verbs import VERBS

STATE_CLASSES: tuple[type, ...] = (
    *(State, Context, Durations, *get_args(Activity)),
    *(Document, Instruction, TwimlFinding, Leg),
    *(Kind, Severity, Grade, Q),
)
"""The dataclasses and enumerations of which a `State` is made."""


def check_values(verb: Instruction) -> None:
    """
    Check that each value of *verb* is one that a document can give it.

    Raises:
        KeyError: There is no such verb.

        ValueError: One of them is not.
    """
    for attribute in VERBS[verb.verb].attributes if verb.values else ():
        name = attribute.name
        if name in verb.values and not _can_be(attribute, value := verb.values[name]):
            msg = f"{name} of <{verb.verb}> is {value!r}"
            raise ValueError(msg)


def list_legs(state: State) -> tuple[int, ...]:
    """Return the legs that ring or talk in *state*, by their places in ``<Dial>``."""
    now = state.activity
    if isinstance(now, IsConnected):
        return (now.leg,)
    if isinstance(now, Dials):
        return (*now.live, *(leg for leg in (now.whispers_to, now.sends_to) if leg is not None))
    return ()


def _can_be(attribute: Attribute, value: Value) -> bool:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    read = attribute.type.read(text)
    same = (type(value), value)
    return same in ((type(read), read), (type(attribute.default), attribute.default))
