"""
The error dictionary: every code that this version is known to have, or to have had.

Titles are those of the dictionary as copied about 2011, unless a row says otherwise. Where the
text that was sent is known it is there as well, with its own source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from twreplay._api.evidence import Evidence, Grade

_COPIED = Evidence("error dictionary as copied about 2011", Grade.LATER)
_YOUNGER = Evidence("error dictionary of 2025; perhaps younger than this version", Grade.LATER)
_PAGE = Evidence("Notifications page, sample")
_LIVE = Evidence("a notification of this version, 2014 to 2016", Grade.OBSERVED)

ERROR, WARNING = "0", "1"


@dataclass(frozen=True, slots=True)
class Code:
    """
    One code of the error dictionary.

    Attributes:
        number: The code.

        title: Its title.

        status: The status of a response with it; None for one that is only ever logged, or of
            which no status is known.

        log: ``Log`` of a notification with it, 0 for an error and 1 for a warning; empty where
            that is not known, or where it is never logged.

        evidence: The source of the title.

        text: The text that was sent or logged; empty where the title is all that is known.

        text_evidence: The source of the text.

        is_logged: It is seen in notifications.
    """

    number: int
    title: str
    status: int | None = None
    log: str = ""
    evidence: Evidence = _COPIED
    text: str = ""
    text_evidence: Evidence | None = None
    is_logged: bool = False

    @property
    def message(self) -> str:
        """The text that was sent, or the title where that text names what was sent."""
        return self.text if self.text and "{name}" not in self.text else self.title

    @property
    def known_from(self) -> Evidence:
        """The source of the message."""
        is_text = self.text_evidence is not None and self.message == self.text
        return self.text_evidence if is_text and self.text_evidence else self.evidence


_LOGGED: tuple[tuple[int, str, str], ...] = (
    (10003, "", "Incoming call rejected due to inactive account"),
    (11200, ERROR, "HTTP retrieval failure"),
    (11205, ERROR, "HTTP connection failure"),
    (11206, ERROR, "HTTP protocol violation"),
    (11210, ERROR, "HTTP bad host name"),
    (11215, ERROR, "HTTP too many redirects"),
    (12101, "", "Invalid Twilio Markup XML version"),
    (12102, ERROR, "The root element must be Response"),
    (12200, WARNING, "Schema validation warning"),
    (12300, ERROR, "Invalid Content-Type"),
    (12400, ERROR, "Internal Failure"),
    (13201, "", "Dial: Cannot Dial out from a Dial Call Segment"),
    (13210, WARNING, "Dial: Invalid method value"),
    (13212, WARNING, "Dial: Invalid timeout value"),
    (13213, WARNING, "Dial: Invalid hangupOnStar value"),
    (13214, WARNING, "Dial: Invalid callerId value"),
    (13215, WARNING, "Dial: Invalid nested element"),
    (13216, WARNING, "Dial: Invalid timeLimit value"),
    (13221, WARNING, "Dial->Number: Invalid method value"),
    (13222, WARNING, "Dial->Number: Invalid sendDigits value"),
    (13223, WARNING, "Dial: Invalid phone number format"),
    (13224, WARNING, "Dial: Invalid phone number"),
    (13230, WARNING, "Dial->Conference: Invalid muted value"),
    (13231, WARNING, "Dial->Conference: Invalid endConferenceOnExit value"),
    (13232, WARNING, "Dial->Conference: Invalid startConferenceOnEnter value"),
    (13233, WARNING, "Dial->Conference: Invalid waitUrl"),
    (13234, WARNING, "Dial->Conference: Invalid waitMethod"),
    (13235, WARNING, "Dial->Conference: Invalid beep value"),
    (13236, WARNING, "Dial->Conference: Invalid Conference Sid"),
    (13237, WARNING, "Dial->Conference: Invalid Conference Name"),
    (13238, WARNING, "Dial->Conference: Invalid verb used in waitUrl TwiML"),
    (13310, WARNING, "Gather: Invalid finishOnKey value"),
    (13312, WARNING, "Gather: Invalid method value"),
    (13313, WARNING, "Gather: Invalid timeout value"),
    (13314, WARNING, "Gather: Invalid numDigits value"),
    (13320, WARNING, "Gather: Invalid nested verb"),
    (13321, WARNING, "Gather->Say: Invalid voice value"),
    (13322, WARNING, "Gather->Say: Invalid loop value"),
    (13325, WARNING, "Gather->Play: Invalid Content-Type"),
    (13410, "", "Play: Invalid loop value"),
    (13420, "", "Play: Invalid Content-Type"),
    (13510, "", "Say: Invalid loop value"),
    (13511, "", "Say: Invalid voice value"),
    (13520, "", "Say: Invalid text"),
    (13610, WARNING, "Record: Invalid method value"),
    (13611, WARNING, "Record: Invalid timeout value"),
    (13612, WARNING, "Record: Invalid maxLength value"),
    (13613, WARNING, "Record: Invalid finishOnKey value"),
    (13614, WARNING, "Record: Invalid transcribe value"),
    (13615, WARNING, "Record: maxLength too high for transcription"),
    (13616, WARNING, "Record: playBeep must be true or false"),
    (13710, WARNING, "Redirect: Invalid method value"),
    (13910, WARNING, "Pause: Invalid length value"),
    (14102, "", "Sms: Invalid From attribute"),
    (14103, "", "Sms: Invalid Body"),
    (14104, "", "Sms: Invalid Method attribute"),
    (14105, "", "Sms: Invalid statusCallback attribute"),
    (14106, "", "Sms: Document retrieval limit reached"),
    (14107, "", "Sms: Send rate limit exceeded"),
    (14108, "", "Sms: From phone number not SMS capable"),
    (14109, "", "Sms: Reply message limit exceeded"),
    (14110, "", "Sms: Invalid verb for SMS reply"),
    (14111, "", "Sms: Invalid To phone number for trial account"),
)
"""What is seen in notifications alone: code, Log and title."""


_WITH_TEXT = [
    Code(
        12100,
        "Document parse failure",
        log=ERROR,
        text="Unable to parse XML response",
        text_evidence=_PAGE,
        is_logged=True,
    ),
    Code(
        13225,
        "Dial: Forbidden phone number",
        log=WARNING,
        text="forbidden phone number",
        text_evidence=_LIVE,
        is_logged=True,
    ),
    Code(
        13227,
        "Dial: No international permission",
        log=WARNING,
        evidence=_YOUNGER,
        text="not authorized to call",
        text_evidence=_LIVE,
        is_logged=True,
    ),
    Code(
        14101,
        "Sms: Invalid To attribute",
        text="The destination number for a TwiML message can not be the same as the originating "
        "number of an incoming message.",
        text_evidence=_LIVE,
        is_logged=True,
    ),
    Code(
        20001,
        "Unknown parameters",
        log=WARNING,
        text="Unknown parameter received by the REST API: {name}={value}",
        text_evidence=_PAGE,
        is_logged=True,
    ),
]

_LOGGED_AND_YOUNGER = [
    Code(
        13000,
        "Dial: Conference noun cannot be mixed with Number nouns",
        evidence=_YOUNGER,
        is_logged=True,
    ),
    Code(
        13299, "2010 Conference feature requested using 2008 API", evidence=_YOUNGER, is_logged=True
    ),
    Code(13750, "TwiML verb not supported by this API version", evidence=_YOUNGER, is_logged=True),
]

# Answered by requests that this version had or has, though no rule of the simulator does.
_ANSWERED = [
    Code(10001, "Account is not active"),
    Code(10002, "Trial account does not support this feature", 400),
    Code(11100, "Invalid URL format", 400),
    Code(20007, "Page size too large", 400, evidence=_YOUNGER),
    Code(20404, "Not found", 404, evidence=_YOUNGER),
    Code(21100, "Accounts resource", evidence=_YOUNGER),
    Code(21204, "Call already initiated", 400, evidence=_YOUNGER),
    *(
        Code(number, "Subaccount or transfer of a number: invalid", 400, evidence=_YOUNGER)
        for number in range(21470, 21481)
    ),
    Code(21501, "Resource not available", 400),
    Code(21502, "Invalid callback url", 400),
    Code(21503, "Invalid transcription type", 400),
    Code(21504, "RecordingSid is required", 400),
]


def index_codes(*rows: Code) -> Mapping[int, Code]:
    """Return *rows* and those of this file by number, sorted; *rows* come first."""
    logged = [Code(number, title, log=log, is_logged=True) for number, log, title in _LOGGED]
    listed = [*logged, *_WITH_TEXT, *_LOGGED_AND_YOUNGER, *_ANSWERED]
    by_number = {row.number: row for row in (*listed, *rows)}
    return MappingProxyType({number: by_number[number] for number in sorted(by_number)})
