"""``<Say>``: text is read aloud."""

from types import MappingProxyType

from twreplay._api import Evidence, Q
from twreplay._twiml.definition import Attribute, Content, Verb
from twreplay._twiml.values import LANGUAGE, NATURAL, SPEECH, VOICE

_PAGE = Evidence("Say page")

SAY = Verb(
    name="Say",
    summary="Text is read aloud.",
    attributes=(
        Attribute(
            name="voice",
            type=VOICE,
            default="man",
            code=13511,
            codes_in=MappingProxyType({"Gather": 13321}),
            evidence=_PAGE,
        ),
        Attribute(name="language", type=LANGUAGE, default="en", code=12200, evidence=_PAGE),
        Attribute(
            name="loop",
            type=NATURAL,
            default=1,
            code=13510,
            codes_in=MappingProxyType({"Gather": 13322}),
            evidence=Evidence("Say page, loop: 0 is until the caller hangs up"),
        ),
    ),
    content=Content(
        name="text",
        type=SPEECH,
        code=13520,
        consequence="nothing is said",
        question=Q.SAY_NOTHING,
    ),
    evidence=_PAGE,
)
