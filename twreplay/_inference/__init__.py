"""Inference of the API's state from a cassette, and a simulator that continues from it."""

from twreplay._inference.continuing import continue_recording
from twreplay._inference.documents import Content, Document, Holds, Row, Unreadable, read
from twreplay._inference.fallback import Fallback
from twreplay._inference.inferred_state import InferredState
from twreplay._inference.parsed_interaction import (
    MAKES,
    REMOVES,
    ParsedInteraction,
    parse_interaction,
    parse_seconds,
)
from twreplay._inference.profile import infer_profile
from twreplay._inference.simulator import InferredSimulator

__all__ = [
    "MAKES",
    "REMOVES",
    "Content",
    "Document",
    "Fallback",
    "Holds",
    "InferredSimulator",
    "InferredState",
    "ParsedInteraction",
    "Row",
    "Unreadable",
    "continue_recording",
    "infer_profile",
    "parse_interaction",
    "parse_seconds",
    "read",
]
