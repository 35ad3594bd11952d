"""The classes that the state of a run is made of, for a snapshot."""

from __future__ import annotations

from typing import get_args

from twreplay._api import Grade, Q
from twreplay._twiml.codes import Severity
from twreplay._twiml.definition import Kind
from twreplay._twiml.document import Document, Instruction, TwimlFinding
from twreplay._twiml.effects import Leg
from twreplay._twiml.state import Activity, Context, Durations, State

STATE_CLASSES: tuple[type, ...] = (
    *(State, Context, Durations, *get_args(Activity)),
    *(Document, Instruction, TwimlFinding, Leg),
    *(Kind, Severity, Grade, Q),
)
"""The dataclasses and enumerations of which a `State` is made."""
