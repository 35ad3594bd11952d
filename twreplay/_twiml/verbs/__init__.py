"""The verbs of TwiML, one definition each."""

from collections.abc import Mapping
from types import MappingProxyType

from twreplay._twiml.definition import Verb
from twreplay._twiml.verbs.dial import CONFERENCE, DIAL, NUMBER
from twreplay._twiml.verbs.gather import GATHER
from twreplay._twiml.verbs.hangup import HANGUP
from twreplay._twiml.verbs.pause import PAUSE
from twreplay._twiml.verbs.play import PLAY
from twreplay._twiml.verbs.record import RECORD
from twreplay._twiml.verbs.redirect import REDIRECT
from twreplay._twiml.verbs.response import RESPONSE
from twreplay._twiml.verbs.say import SAY
from twreplay._twiml.verbs.sms import SMS

VERBS: Mapping[str, Verb] = MappingProxyType(
    {
        verb.name: verb
        for verb in (
            RESPONSE,
            SAY,
            PLAY,
            GATHER,
            RECORD,
            DIAL,
            NUMBER,
            CONFERENCE,
            SMS,
            REDIRECT,
            PAUSE,
            HANGUP,
        )
    }
)
"""Every verb and noun of this version, by its element's name."""
