"""``<Redirect>``: another document takes over."""

from twreplay._api import Evidence, Grade, Q
from twreplay._twiml.definition import Attribute, Content, Ending, Verb
from twreplay._twiml.values import METHOD, URL

_PAGE = Evidence("Redirect page")

REDIRECT = Verb(
    name="Redirect",
    summary="Another document takes over.",
    attributes=(Attribute(name="method", type=METHOD, default="POST", code=13710, evidence=_PAGE),),
    content=Content(
        name="URL",
        type=URL,
        code=11100,
        consequence="the run fails",
        question=Q.FAILED_DOCUMENT,
    ),
    ending=Ending.ALWAYS,
    evidence=Evidence("Redirect page; empty: production code of the vendor, 2010", Grade.OBSERVED),
)
