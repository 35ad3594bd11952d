"""``<Response>``: the root; and what each kind of document may have in it."""

from twreplay._api import Evidence, Grade
from twreplay._twiml.definition import Attribute, Kind, Verb
from twreplay._twiml.values import VERSION

_VOICE = ("Say", "Play", "Gather", "Record", "Dial", "Sms", "Redirect", "Pause", "Hangup")

RESPONSE = Verb(
    name="Response",
    summary="The root of every document.",
    attributes=(
        Attribute(
            name="version",
            type=VERSION,
            default_text="default version of the account",
            code=12101,
            evidence=Evidence("Response page"),
        ),
    ),
    children=_VOICE,
    evidence=Evidence("Response page"),
)

VERBS_OF = {
    Kind.VOICE: _VOICE,
    Kind.WHISPER: tuple(name for name in _VOICE if name != "Dial"),
    Kind.WAIT: ("Say", "Play", "Redirect"),
    Kind.SMS: ("Sms", "Redirect"),
}
"""The verbs of each kind of document. Source: pages of Response, Dial, Conference, TwiML SMS."""

FORBIDDEN = {
    Kind.VOICE: 12200,
    Kind.WHISPER: 13201,
    Kind.WAIT: 13238,
    Kind.SMS: 14110,
}
"""The code of a verb of this version where the kind of document forbids it."""

LATER_VERBS = frozenset({"Reject", "Enqueue", "Leave", "Message", "Queue", "Client", "Sip"})
"""Elements that came with a later version."""

LATER_CONFERENCE = frozenset(
    {"maxParticipants", "record", "trim", "eventCallbackUrl", "statusCallback"}
)
"""Attributes of ``<Conference>`` that came with a later version."""

LATER = Evidence("TwiML pages of the next version", Grade.LATER)
