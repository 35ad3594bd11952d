"""``<Gather>``: the caller's keys are collected and submitted."""

from twreplay._api import Evidence
from twreplay._twiml.definition import Attribute, Ending, Verb
from twreplay._twiml.values import KEY, METHOD, POSITIVE, URL

_PAGE = Evidence("Gather page")

GATHER = Verb(
    name="Gather",
    summary="Keys are collected and submitted.",
    attributes=(
        Attribute(
            name="action",
            type=URL,
            default="",
            default_text="URL of the document",
            code=11100,
            evidence=_PAGE,
        ),
        Attribute(name="method", type=METHOD, default="POST", code=13312, evidence=_PAGE),
        Attribute(name="timeout", type=POSITIVE, default=5, code=13313, evidence=_PAGE),
        Attribute(name="finishOnKey", type=KEY, default="#", code=13310, evidence=_PAGE),
        Attribute(
            name="numDigits",
            type=POSITIVE,
            default_text="no limit",
            code=13314,
            evidence=_PAGE,
        ),
    ),
    children=("Say", "Play", "Pause"),
    child_code=13320,
    ending=Ending.UNLESS_NOTHING,
    evidence=Evidence("Gather page, nesting"),
)
