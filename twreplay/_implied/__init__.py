"""What a cassette tells of the API's state: a simulator that goes on where it stops."""

from twreplay._implied._documents import Content, Document, Holds, Row, Unreadable, read
from twreplay._implied._fallback import Fallback
from twreplay._implied._profile import implied_profile
from twreplay._implied._sighting import MAKES, REMOVES, Sighting, seconds_of, sighting
from twreplay._implied._simulator import ImpliedSimulator
from twreplay._implied._state import ImpliedState

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
