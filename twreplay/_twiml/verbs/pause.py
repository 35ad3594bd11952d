"""``<Pause>``: silence."""

from twreplay._api import Evidence
from twreplay._twiml.definition import Attribute, Verb
from twreplay._twiml.values import POSITIVE

_PAGE = Evidence("Pause page")

PAUSE = Verb(
    name="Pause",
    summary="Nothing is heard for some seconds.",
    attributes=(Attribute(name="length", type=POSITIVE, default=1, code=13910, evidence=_PAGE),),
    evidence=_PAGE,
)
