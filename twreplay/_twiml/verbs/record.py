"""``<Record>``: the caller's voice is recorded and submitted."""

from twreplay._api import Evidence
from twreplay._twiml.definition import Attribute, Ending, Verb
from twreplay._twiml.values import BOOLEAN, KEYS, METHOD, POSITIVE, SECONDS_ABOVE_ONE, URL

_PAGE = Evidence("Record page")

LONGEST_TRANSCRIBED = 120
"""Seconds of ``maxLength`` up to which is transcribed. Source: Record page, transcribe."""

RECORD = Verb(
    name="Record",
    summary="The caller's voice is recorded and submitted.",
    attributes=(
        Attribute(
            name="action",
            type=URL,
            default="",
            default_text="URL of the document",
            code=11100,
            evidence=_PAGE,
        ),
        Attribute(name="method", type=METHOD, default="POST", code=13610, evidence=_PAGE),
        Attribute(name="timeout", type=POSITIVE, default=5, code=13611, evidence=_PAGE),
        Attribute(
            name="finishOnKey", type=KEYS, default="1234567890*#", code=13613, evidence=_PAGE
        ),
        Attribute(
            name="maxLength",
            type=SECONDS_ABOVE_ONE,
            default_text="3600; 120 when it is transcribed",
            code=13612,
            evidence=_PAGE,
        ),
        Attribute(name="transcribe", type=BOOLEAN, default=False, code=13614, evidence=_PAGE),
        Attribute(
            name="transcribeCallback",
            type=URL,
            default="",
            default_text="none; with one it is transcribed",
            code=11100,
            evidence=_PAGE,
        ),
        Attribute(
            name="playBeep",
            type=BOOLEAN,
            default=True,
            code=13616,
            evidence=Evidence("Record page, its newest state"),
        ),
    ),
    ending=Ending.UNLESS_NOTHING,
    evidence=_PAGE,
)
