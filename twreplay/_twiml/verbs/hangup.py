"""``<Hangup>``: the call ends."""

from twreplay._api import Evidence
from twreplay._twiml.definition import Ending, Verb

HANGUP = Verb(
    name="Hangup",
    summary="The call ends.",
    ending=Ending.ALWAYS,
    evidence=Evidence("Hangup page"),
)
