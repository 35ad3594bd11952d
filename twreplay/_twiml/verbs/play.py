"""``<Play>``: an audio file is played."""

from twreplay._api import Evidence, Q
from twreplay._twiml.definition import Attribute, Content, Verb
from twreplay._twiml.values import NATURAL, SOME_URL

_PAGE = Evidence("Play page")

PLAY = Verb(
    name="Play",
    summary="An audio file is played.",
    attributes=(
        Attribute(
            name="loop",
            type=NATURAL,
            default=1,
            code=13410,
            evidence=Evidence("Play page, loop: 0 is until the caller hangs up"),
        ),
    ),
    content=Content(
        name="URL of the audio",
        type=SOME_URL,
        code=11100,
        consequence="nothing is played",
        question=Q.ILLEGAL_VALUE,
    ),
    evidence=_PAGE,
)
