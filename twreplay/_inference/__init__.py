"""What a cassette tells of the API's state: a simulator that goes on where it stops."""

from twreplay._inference.documents import Content, Document, Holds, Row, Unreadable, read
from twreplay._inference.fallback import Fallback
from twreplay._inference.inferred_state import ImpliedState
from twreplay._inference.parsed_interaction import MAKES, REMOVES, Sighting, seconds_of, sighting
from twreplay._inference.profile import implied_profile
from twreplay._inference.simulator import ImpliedSimulator

__all__ = [
    "MAKES",
    "REMOVES",
    "Content",
    "Document",
    "Fallback",
    "Holds",
    "ImpliedSimulator",
    "ImpliedState",
    "Row",
    "Sighting",
    "Unreadable",
    "implied_profile",
    "read",
    "seconds_of",
    "sighting",
]
