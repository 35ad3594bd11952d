"""``<Dial>`` with its nouns ``<Number>`` and ``<Conference>``."""

from twreplay._api import Evidence, Grade, Q
from twreplay._twiml.definition import Attribute, Content, Ending, Verb
from twreplay._twiml.values import (
    BOOLEAN,
    METHOD,
    PHONE_NUMBER,
    POSITIVE,
    ROOM,
    SEND_DIGITS,
    URL,
)

_PAGE = Evidence("Dial page")
_NUMBER = Evidence("Dial page, Number")
_CONFERENCE = Evidence("Conference page")

HOLD_MUSIC = "http://twimlets.com/holdmusic?Bucket=com.twilio.music.classical"
"""What is heard in a conference that has not begun. Source: Conference page, waitUrl."""

_TO_DIAL = Content(
    name="phone number",
    type=PHONE_NUMBER,
    code=13223,
    consequence="that number is not dialled",
    question=Q.UNDIALABLE,
)

DIAL = Verb(
    name="Dial",
    summary="The caller is connected to another party, or to a conference.",
    attributes=(
        Attribute(
            name="action", type=URL, default="", default_text="none", code=11100, evidence=_PAGE
        ),
        Attribute(name="method", type=METHOD, default="POST", code=13210, evidence=_PAGE),
        Attribute(name="timeout", type=POSITIVE, default=30, code=13212, evidence=_PAGE),
        Attribute(name="hangupOnStar", type=BOOLEAN, default=False, code=13213, evidence=_PAGE),
        Attribute(name="timeLimit", type=POSITIVE, default=14400, code=13216, evidence=_PAGE),
        Attribute(
            name="callerId",
            type=PHONE_NUMBER,
            default="",
            default_text="number of the calling party",
            code=13214,
            evidence=_PAGE,
        ),
    ),
    content=_TO_DIAL,
    children=("Number", "Conference"),
    child_code=13215,
    ending=Ending.WITH_ACTION,
    evidence=_PAGE,
)

NUMBER = Verb(
    name="Number",
    summary="One of the numbers that ring at once.",
    attributes=(
        Attribute(
            name="sendDigits",
            type=SEND_DIGITS,
            default="",
            default_text="none",
            code=13222,
            evidence=_NUMBER,
        ),
        Attribute(
            name="url", type=URL, default="", default_text="none", code=11100, evidence=_NUMBER
        ),
        Attribute(
            name="method",
            type=METHOD,
            default="POST",
            code=13221,
            evidence=Evidence("error dictionary, 13221; an application of the time", Grade.LATER),
        ),
    ),
    content=_TO_DIAL,
    evidence=_NUMBER,
)

CONFERENCE = Verb(
    name="Conference",
    summary="A room that callers of one account share.",
    attributes=(
        Attribute(name="muted", type=BOOLEAN, default=False, code=13230, evidence=_CONFERENCE),
        Attribute(name="beep", type=BOOLEAN, default=True, code=13235, evidence=_CONFERENCE),
        Attribute(
            name="startConferenceOnEnter",
            type=BOOLEAN,
            default=True,
            code=13232,
            evidence=_CONFERENCE,
        ),
        Attribute(
            name="endConferenceOnExit",
            type=BOOLEAN,
            default=False,
            code=13231,
            evidence=_CONFERENCE,
        ),
        Attribute(
            name="waitUrl",
            type=URL,
            default=HOLD_MUSIC,
            code=13233,
            evidence=Evidence("Conference page, waitUrl: empty is silence"),
        ),
        Attribute(name="waitMethod", type=METHOD, default="POST", code=13234, evidence=_CONFERENCE),
    ),
    content=Content(
        name="name of the room",
        type=ROOM,
        code=13237,
        consequence="no conference is joined",
        question=Q.UNDIALABLE,
    ),
    evidence=_CONFERENCE,
)
