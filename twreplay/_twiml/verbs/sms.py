"""``<Sms>``: a message is sent, during a call or as the answer to a message."""

from twreplay._api import Evidence, Q
from twreplay._twiml.definition import Attribute, Content, Ending, Verb
from twreplay._twiml.values import METHOD, PHONE_NUMBER, SMS_BODY, URL

_PAGE = Evidence("Sms page")

SMS = Verb(
    name="Sms",
    summary="A message is sent.",
    attributes=(
        Attribute(
            name="to",
            type=PHONE_NUMBER,
            default="",
            default_text="the other party",
            code=14101,
            evidence=_PAGE,
        ),
        Attribute(
            name="from",
            type=PHONE_NUMBER,
            default="",
            default_text="number of the account in the call or message",
            code=14102,
            evidence=_PAGE,
        ),
        Attribute(
            name="action", type=URL, default="", default_text="none", code=11100, evidence=_PAGE
        ),
        Attribute(name="method", type=METHOD, default="POST", code=14104, evidence=_PAGE),
        Attribute(
            name="statusCallback",
            type=URL,
            default="",
            default_text="none",
            code=14105,
            evidence=_PAGE,
        ),
    ),
    content=Content(
        name="body",
        type=SMS_BODY,
        code=14103,
        consequence="no message is sent",
        question=Q.LONG_SMS_VERB,
    ),
    ending=Ending.WITH_ACTION,
    evidence=_PAGE,
)
