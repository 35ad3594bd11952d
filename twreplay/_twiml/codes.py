"""The codes of the error dictionary that TwiML is logged with, one row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from twreplay._api import Evidence, Grade, Q


class Severity(StrEnum):
    """Weight of a finding."""

    ERROR = "error"
    """Logged with ``Log`` 0."""

    WARNING = "warning"
    """Logged with ``Log`` 1."""

    NOTE = "note"
    """Not logged by the API: a part of the document that has no effect."""


class Cause(StrEnum):
    """The place where the cause of a code lies."""

    DOCUMENT = "the document alone"
    ANSWER = "the HTTP answer"
    SERVER = "the server that was asked"
    ACCOUNT = "the document, with the account or the call"


@dataclass(frozen=True, slots=True)
class Code:
    """
    A code that a document, an answer or a server can cause.

    Attributes:
        number: As in a Notification.

        title: The text of the error dictionary.

        severity: Error or warning.

        cause: Where the cause lies.

        consequence: What the API does in addition to logging.

        evidence: The source of the code and its title.

        question: The question that the consequence rests on; None if it is known.
    """

    number: int
    title: str
    severity: Severity
    cause: Cause
    consequence: str
    evidence: Evidence
    question: Q | None = None


_DICTIONARY = Evidence("error dictionary as copied about 2011", Grade.LATER)
_YOUNGER = Evidence("error dictionary of 2025", Grade.LATER)
_NOT_RUN = "the document is not run; the fallback URL is asked, or the run fails"
_FALLBACK = "the fallback URL is asked, or the run fails"
_DEFAULT = "the default counts"
_LEFT_OUT = "the verb is left out"

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING
_DOCUMENT, _ACCOUNT = Cause.DOCUMENT, Cause.ACCOUNT


def _default(number: int, title: str) -> Code:
    return Code(number, title, _WARNING, _DOCUMENT, _DEFAULT, _DICTIONARY, Q.ILLEGAL_VALUE)


def _server(number: int, title: str) -> Code:
    return Code(number, title, _ERROR, Cause.SERVER, _FALLBACK, _DICTIONARY, Q.FAILED_DOCUMENT)


def _undialled(number: int, title: str, cause: Cause, evidence: Evidence = _DICTIONARY) -> Code:
    does = "that number is not dialled"
    return Code(number, title, _WARNING, cause, does, evidence, Q.UNDIALABLE)


def _unsent(number: int, title: str, cause: Cause, evidence: Evidence = _DICTIONARY) -> Code:
    return Code(number, title, _WARNING, cause, "no message is sent", evidence)


def _unplayed(number: int, title: str) -> Code:
    return Code(number, title, _WARNING, Cause.ANSWER, "nothing is played", _DICTIONARY)


_ALL: Final = (
    Code(11100, "Invalid URL format", _ERROR, _DOCUMENT, _DEFAULT, _DICTIONARY, Q.ILLEGAL_VALUE),
    _server(11200, "HTTP retrieval failure"),
    _server(11205, "HTTP connection failure"),
    _server(11206, "HTTP protocol violation"),
    _server(11210, "HTTP bad host name"),
    Code(
        11215,
        "HTTP too many redirects",
        _ERROR,
        Cause.SERVER,
        _FALLBACK,
        _DICTIONARY,
        Q.ENDLESS_DOCUMENTS,
    ),
    Code(
        11750,
        "TwiML response body too large",
        _ERROR,
        _DOCUMENT,
        _NOT_RUN,
        _YOUNGER,
        Q.DOCUMENT_SIZE,
    ),
    Code(
        12100,
        "Document parse failure",
        _ERROR,
        _DOCUMENT,
        _NOT_RUN,
        Evidence(
            "error dictionary, also for a blank before the XML declaration; a sample of the "
            "Notifications page",
            Grade.LATER,
        ),
    ),
    Code(
        12101,
        "Invalid Twilio Markup XML version",
        _ERROR,
        _DOCUMENT,
        _NOT_RUN,
        _DICTIONARY,
        Q.DOCUMENT_VERSION,
    ),
    Code(12102, "The root element must be Response", _ERROR, _DOCUMENT, _NOT_RUN, _DICTIONARY),
    Code(
        12200,
        "Schema validation warning",
        _WARNING,
        _DOCUMENT,
        "it is left out, with all inside it",
        _DICTIONARY,
        Q.UNKNOWN_ELEMENT,
    ),
    Code(12300, "Invalid Content-Type", _ERROR, Cause.ANSWER, _NOT_RUN, _DICTIONARY),
    Code(
        13000,
        "Conference Noun cannot be mixed with Number nouns",
        _WARNING,
        _DOCUMENT,
        "nothing is dialled",
        _YOUNGER,
        Q.MIXED_DIAL,
    ),
    Code(
        13201,
        "Dial: Cannot Dial out from a Dial Call Segment",
        _WARNING,
        _DOCUMENT,
        _LEFT_OUT,
        _DICTIONARY,
        Q.FORBIDDEN_VERB,
    ),
    _default(13210, "Dial: Invalid method value"),
    _default(13212, "Dial: Invalid timeout value"),
    _default(13213, "Dial: Invalid hangupOnStar value"),
    Code(
        13214,
        "Dial: Invalid callerId value",
        _WARNING,
        _ACCOUNT,
        _DEFAULT,
        Evidence("Dial page, callerId; the code from the error dictionary", Grade.LATER),
        Q.ILLEGAL_VALUE,
    ),
    Code(
        13215,
        "Dial: Invalid nested element",
        _WARNING,
        _DOCUMENT,
        "it is left out, with all inside it",
        _DICTIONARY,
        Q.UNKNOWN_ELEMENT,
    ),
    _default(13216, "Dial: Invalid timeLimit value"),
    _default(13221, "Dial->Number: Invalid method value"),
    _default(13222, "Dial->Number: Invalid sendDigits value"),
    _undialled(13223, "Dial: Invalid phone number format", _DOCUMENT),
    _undialled(13224, "Dial: Invalid phone number", _DOCUMENT),
    _undialled(
        13225,
        "Dial: Forbidden phone number",
        _DOCUMENT,
        Evidence("error dictionary; a capture has the text", Grade.OBSERVED),
    ),
    _undialled(
        13227,
        "Dial: not authorized to call",
        _ACCOUNT,
        Evidence("error dictionary of 2025; a capture has the text", Grade.OBSERVED),
    ),
    _default(13230, "Dial->Conference: Invalid muted value"),
    _default(13231, "Dial->Conference: Invalid endConferenceOnExit value"),
    _default(13232, "Dial->Conference: Invalid startConferenceOnEnter value"),
    _default(13233, "Dial->Conference: Invalid waitUrl value"),
    _default(13234, "Dial->Conference: Invalid waitMethod value"),
    _default(13235, "Dial->Conference: Invalid beep value"),
    Code(
        13237,
        "Dial->Conference: Invalid Conference Name",
        _WARNING,
        _DOCUMENT,
        "no conference is joined",
        _DICTIONARY,
        Q.UNDIALABLE,
    ),
    Code(
        13238,
        "Dial->Conference: Invalid Verb used in waitUrl TwiML",
        _WARNING,
        _DOCUMENT,
        _LEFT_OUT,
        Evidence("Conference page, waitUrl; the code from the error dictionary", Grade.LATER),
        Q.FORBIDDEN_VERB,
    ),
    Code(
        13299,
        "2010 Conference feature requested using 2008 API",
        _WARNING,
        _DOCUMENT,
        "the attribute is left out",
        _YOUNGER,
        Q.UNKNOWN_ELEMENT,
    ),
    _default(13310, "Gather: Invalid finishOnKey value"),
    _default(13312, "Gather: Invalid method value"),
    _default(13313, "Gather: Invalid timeout value"),
    _default(13314, "Gather: Invalid numDigits value"),
    Code(
        13320,
        "Gather: Invalid nested verb",
        _WARNING,
        _DOCUMENT,
        "it is left out, with all inside it",
        _DICTIONARY,
        Q.UNKNOWN_ELEMENT,
    ),
    _default(13321, "Gather->Say: Invalid voice value"),
    _default(13322, "Gather->Say: Invalid loop value"),
    _unplayed(13325, "Gather->Play: Invalid Content-Type"),
    _default(13410, "Play: Invalid loop value"),
    _unplayed(13420, "Play: Invalid Content-Type"),
    _default(13510, "Say: Invalid loop value"),
    _default(13511, "Say: Invalid voice value"),
    Code(
        13520,
        "Say: Invalid text",
        _WARNING,
        _DOCUMENT,
        "nothing is said",
        _DICTIONARY,
        Q.SAY_NOTHING,
    ),
    _default(13610, "Record: Invalid method value"),
    _default(13611, "Record: Invalid timeout value"),
    _default(13612, "Record: Invalid maxLength value"),
    _default(13613, "Record: Invalid finishOnKey value"),
    _default(13614, "Record: Invalid transcribe value"),
    Code(
        13615,
        "Record: maxLength too high for transcription",
        _WARNING,
        _DOCUMENT,
        "it is recorded, and not transcribed",
        Evidence("Record page, transcribe; the code from the error dictionary", Grade.LATER),
    ),
    _default(13616, "Record: playBeep must be true or false"),
    _default(13710, "Redirect: Invalid method value"),
    Code(
        13750,
        "TwiML verb not supported by this API version",
        _WARNING,
        _DOCUMENT,
        _LEFT_OUT,
        _YOUNGER,
        Q.LATER_VERB,
    ),
    _default(13910, "Pause: Invalid length value"),
    _unsent(
        14101,
        "Invalid To attribute",
        _ACCOUNT,
        Evidence("error dictionary; a capture has the text for an incoming message", Grade.LATER),
    ),
    _default(14102, "Invalid From attribute"),
    Code(
        14103,
        "Invalid Body",
        _WARNING,
        _DOCUMENT,
        "no message is sent",
        _DICTIONARY,
        Q.LONG_SMS_VERB,
    ),
    _default(14104, "Invalid Method attribute"),
    _default(14105, "Invalid statusCallback attribute"),
    Code(
        14106,
        "Document retrieval limit reached",
        _ERROR,
        Cause.SERVER,
        "no further document is asked for",
        _DICTIONARY,
        Q.ENDLESS_DOCUMENTS,
    ),
    _unsent(
        14108,
        "From phone number not SMS capable",
        _ACCOUNT,
        Evidence("Sms page, from; the code from the error dictionary", Grade.LATER),
    ),
    Code(
        14110,
        "Invalid verb for SMS reply",
        _WARNING,
        _DOCUMENT,
        _LEFT_OUT,
        Evidence("TwiML SMS pages; the code from the error dictionary", Grade.LATER),
        Q.FORBIDDEN_VERB,
    ),
    _unsent(
        14111,
        "Invalid To phone number for trial account",
        _ACCOUNT,
        Evidence("Sms page, to; the code from the error dictionary", Grade.LATER),
    ),
)

CODES: Final[Mapping[int, Code]] = MappingProxyType({code.number: code for code in _ALL})
"""Every code that TwiML, its HTTP answer or its server can cause, by number."""
