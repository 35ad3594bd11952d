"""
The requests that the API makes to an application, as data: kinds, parameters, evidence.

A kind lists its parameters in the order in which they are sent. The order of an inbound message is
observed (three independent dumps agree); of all others no ordered dump is known (question 120).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from twreplay._api.evidence import Evidence, Grade
from twreplay._api.questions import Q


class Presence(StrEnum):
    """Condition under which a parameter is sent."""

    ALWAYS = "always"
    """Its value must be given, and may be empty."""

    IF_KNOWN = "if known"
    """Left out where no value is given."""


class WebhookAnswer(StrEnum):
    """Use that the API makes of the application's response."""

    VOICE = "voice"
    """TwiML of a call, audio to play, or text to say."""

    AUDIO = "audio"
    """Audio to play, and nothing else."""

    SMS = "sms"
    """TwiML of a message, text to send back, or nothing."""

    IGNORED = "ignored"
    """Only the status counts."""


@dataclass(frozen=True, slots=True)
class WebhookParam:
    """
    One parameter of a webhook.

    Attributes:
        name: The name on the wire.

        value: The name of the value that it carries: *name*, unless two parameters share a value
            (``CallGuid`` carries ``CallSid``).

        presence: The condition under which it is sent.

        evidence: The evidence that it is sent.

        question: The undocumented question that it rests on; None for none.
    """

    name: str
    value: str
    presence: Presence
    evidence: Evidence
    question: Q | None = None


@dataclass(frozen=True, slots=True)
class WebhookKind:
    """
    One kind of request that the API makes to an application.

    Attributes:
        name: Its name, such as ``gather``.

        title: What asks for it, for messages: ``<Gather> action``.

        params: Its parameters, in order.

        answer: The use that is made of the response.

        method: The method where nothing names another.

        is_method_fixed: No attribute or parameter changes the method.

        has_fallback: A number's fallback URL is requested when this request fails.

        evidence: The evidence for the kind as a whole.

        questions: The undocumented questions that it rests on.
    """

    name: str
    title: str
    params: tuple[WebhookParam, ...]
    answer: WebhookAnswer
    evidence: Evidence
    method: str = "POST"
    is_method_fixed: bool = False
    has_fallback: bool = True
    questions: tuple[Q, ...] = ()


_REQUEST_PAGE = Evidence("TwiML voice request page, request parameters")
_DUMP = Evidence("PHP dump of a call's webhooks, about 2010", Grade.OBSERVED)
_TRACKER = Evidence("schema and code of two call-tracking applications, 2009-2011", Grade.OBSERVED)
_SMS_PAGE = Evidence("TwiML SMS request page, request parameters")
_SMS_DUMPS = Evidence("three independent dumps of inbound messages, 2010-2012", Grade.OBSERVED)
_SMS_LATER = Evidence("status callbacks of the next version", Grade.LATER)
_FALLBACK_PAGE = Evidence("availability and reliability page, not bound to a version", Grade.LATER)
_CHOSEN = Evidence("no page and no capture", Grade.CHOSEN)


def _always(
    name: str, evidence: Evidence, value: str = "", question: Q | None = None
) -> WebhookParam:
    return WebhookParam(name, value or name, Presence.ALWAYS, evidence, question)


def _known(
    name: str, evidence: Evidence, value: str = "", question: Q | None = None
) -> WebhookParam:
    return WebhookParam(name, value or name, Presence.IF_KNOWN, evidence, question)


_PLACES = ("City", "State", "Zip", "Country")

CALL_PARAMS = (
    _always("CallSid", _REQUEST_PAGE),
    _always("CallGuid", _DUMP, "CallSid", Q.CALL_GUID),
    _always("AccountSid", _REQUEST_PAGE),
    _always("AccountGuid", _DUMP, "AccountSid", Q.CALL_GUID),
    _always("CallSegmentSid", _TRACKER, question=Q.CALL_GUID),
    _always("CallSegmentGuid", _DUMP, "CallSegmentSid", Q.CALL_GUID),
    _always("Caller", _REQUEST_PAGE),
    _always("Called", _REQUEST_PAGE),
    _known("CalledVia", _DUMP),
    _always("CallStatus", _REQUEST_PAGE),
    *(_known(f"Caller{place}", _REQUEST_PAGE) for place in _PLACES),
    *(_known(f"Called{place}", _REQUEST_PAGE) for place in _PLACES),
    _known(
        "CallerName",
        Evidence("voice request of the next version", Grade.LATER),
        question=Q.CALLER_NAME,
    ),
    _always("ApiVersion", _TRACKER),
)
"""What every request of a call carries."""

_DIGITS = "Gather page, action"
_RECORD = "Record page, action"
_TRANSCRIBE = "Record page, transcribeCallback"
_SMS_VERB = "Sms page, action and statusCallback"

_KINDS = (
    WebhookKind(
        "voice",
        "the call's Url, at its beginning",
        (
            *CALL_PARAMS,
            _always("DialStatus", Evidence("making-calls and request pages, DialStatus")),
        ),
        WebhookAnswer.VOICE,
        _REQUEST_PAGE,
        questions=(Q.WEBHOOK_ORDER,),
    ),
    WebhookKind(
        "end-of-call",
        "the call's Url, at its end",
        (
            *CALL_PARAMS,
            _known("DialStatus", _TRACKER, question=Q.REQUEST_WITHOUT_CONNECTION),
            _known("CallDuration", _TRACKER),
            _known("Duration", _TRACKER),
        ),
        WebhookAnswer.IGNORED,
        Evidence("TwiML voice request page, the end of a call"),
        has_fallback=False,
        questions=(Q.WEBHOOK_ORDER, Q.REQUEST_WITHOUT_CONNECTION),
    ),
    WebhookKind(
        "gather",
        "<Gather> action",
        (
            *CALL_PARAMS,
            _always("Digits", Evidence(_DIGITS)),
            _known(
                "msg",
                Evidence("a Gather action of the next version", Grade.LATER),
                question=Q.GATHER_MSG,
            ),
        ),
        WebhookAnswer.VOICE,
        Evidence(_DIGITS),
        questions=(Q.WEBHOOK_ORDER,),
    ),
    WebhookKind(
        "record",
        "<Record> action",
        (
            *CALL_PARAMS,
            _always("RecordingUrl", Evidence(_RECORD)),
            _always("Duration", Evidence(_RECORD)),
            _known("Digits", Evidence(_RECORD)),
            _known("RecordingFileSize", _DUMP),
        ),
        WebhookAnswer.VOICE,
        Evidence(_RECORD),
        questions=(Q.WEBHOOK_ORDER,),
    ),
    WebhookKind(
        "transcription",
        "<Record> transcribeCallback",
        (
            *CALL_PARAMS,
            _always("TranscriptionText", Evidence(_TRANSCRIBE)),
            _always("TranscriptionStatus", Evidence(_TRANSCRIBE)),
            _always("TranscriptionUrl", Evidence(_TRANSCRIBE)),
            _always("RecordingUrl", Evidence(_TRANSCRIBE)),
        ),
        WebhookAnswer.IGNORED,
        Evidence(_TRANSCRIBE),
        is_method_fixed=True,
        has_fallback=False,
        questions=(Q.WEBHOOK_ORDER,),
    ),
    WebhookKind(
        "dial",
        "<Dial> action",
        (
            *CALL_PARAMS,
            _always("DialStatus", Evidence("Dial page, action")),
            _known("DialCallDuration", _TRACKER),
        ),
        WebhookAnswer.VOICE,
        Evidence("Dial page, action"),
        questions=(Q.WEBHOOK_ORDER,),
    ),
    WebhookKind(
        "whisper",
        "<Number> url",
        CALL_PARAMS,
        WebhookAnswer.VOICE,
        Evidence("the vendor's own application, whisper of June 2010", Grade.OBSERVED),
        questions=(Q.WEBHOOK_ORDER, Q.OTHER_WEBHOOK_PARAMETERS),
    ),
    WebhookKind(
        "conference-wait",
        "<Conference> waitUrl",
        CALL_PARAMS,
        WebhookAnswer.VOICE,
        Evidence("Conference page, waitUrl: the parameters are not stated", Grade.CHOSEN),
        has_fallback=False,
        questions=(Q.WEBHOOK_ORDER, Q.OTHER_WEBHOOK_PARAMETERS),
    ),
    WebhookKind(
        "redirect",
        "<Redirect>",
        CALL_PARAMS,
        WebhookAnswer.VOICE,
        Evidence("Redirect page"),
        questions=(Q.WEBHOOK_ORDER, Q.OTHER_WEBHOOK_PARAMETERS),
    ),
    WebhookKind(
        "live-redirect",
        "CurrentUrl of a call in progress",
        CALL_PARAMS,
        WebhookAnswer.VOICE,
        Evidence("modifying live calls page: the parameters are not stated", Grade.CHOSEN),
        questions=(Q.WEBHOOK_ORDER, Q.OTHER_WEBHOOK_PARAMETERS),
    ),
    WebhookKind(
        "media",
        "<Play>",
        (),
        WebhookAnswer.AUDIO,
        Evidence("Play page: no parameter is named"),
        method="GET",
        is_method_fixed=True,
        has_fallback=False,
        questions=(Q.MEDIA_REQUEST,),
    ),
    WebhookKind(
        "call-sms",
        "<Sms> action in a call",
        (
            *CALL_PARAMS,
            _always("SmsSid", Evidence(_SMS_VERB)),
            _always("SmsStatus", Evidence(_SMS_VERB)),
        ),
        WebhookAnswer.VOICE,
        Evidence(_SMS_VERB),
        questions=(Q.WEBHOOK_ORDER,),
    ),
    WebhookKind(
        "sms",
        "the number's SmsUrl",
        (
            _always("AccountSid", _SMS_PAGE),
            _always("Body", _SMS_PAGE),
            _known("ToZip", _SMS_PAGE),
            _known("FromState", _SMS_PAGE),
            _known("ToCity", _SMS_PAGE),
            _always("SmsSid", _SMS_PAGE),
            _known("ToState", _SMS_PAGE),
            _always("To", _SMS_PAGE),
            _known("ToCountry", _SMS_PAGE),
            _known("FromCountry", _SMS_PAGE),
            _always("SmsMessageSid", _SMS_DUMPS, "SmsSid"),
            _always("ApiVersion", _SMS_DUMPS),
            _known("FromCity", _SMS_PAGE),
            _always("SmsStatus", _SMS_DUMPS),
            _always("From", _SMS_PAGE),
            _known("FromZip", _SMS_PAGE),
        ),
        WebhookAnswer.SMS,
        _SMS_DUMPS,
    ),
    WebhookKind(
        "message-sms",
        "<Sms> action in an answer to a message",
        (
            _always("AccountSid", _SMS_LATER),
            _always("From", _SMS_LATER),
            _always("SmsStatus", Evidence(_SMS_VERB)),
            _always("To", _SMS_LATER),
            _always("SmsSid", Evidence(_SMS_VERB)),
            _always("ApiVersion", _SMS_LATER),
        ),
        WebhookAnswer.SMS,
        Evidence(_SMS_VERB),
        questions=(Q.SMS_CALLBACK_PARAMETERS,),
    ),
    WebhookKind(
        "sms-redirect",
        "<Redirect> in an answer to a message",
        (
            _always("AccountSid", _SMS_PAGE),
            _always("Body", _SMS_PAGE),
            _always("SmsSid", _SMS_PAGE),
            _always("To", _SMS_PAGE),
            _always("SmsMessageSid", _SMS_DUMPS, "SmsSid"),
            _always("ApiVersion", _SMS_DUMPS),
            _always("SmsStatus", _SMS_DUMPS),
            _always("From", _SMS_PAGE),
        ),
        WebhookAnswer.SMS,
        Evidence("Redirect page, SMS: the parameters are not stated", Grade.CHOSEN),
        questions=(Q.OTHER_WEBHOOK_PARAMETERS,),
    ),
    WebhookKind(
        "sms-status",
        "StatusCallback of a message",
        (
            _always("AccountSid", _SMS_LATER),
            _always("From", _SMS_LATER),
            _always("SmsStatus", Evidence("sending-SMS page, StatusCallback")),
            _always("To", _SMS_LATER),
            _always("SmsSid", Evidence("sending-SMS page, StatusCallback")),
            _always("ApiVersion", _SMS_LATER),
        ),
        WebhookAnswer.IGNORED,
        Evidence("sending-SMS page, StatusCallback"),
        is_method_fixed=True,
        has_fallback=False,
        questions=(Q.SMS_CALLBACK_PARAMETERS,),
    ),
)

WEBHOOKS: Mapping[str, WebhookKind] = MappingProxyType({kind.name: kind for kind in _KINDS})
"""Every kind of webhook, by its name."""

WEBHOOK_VALUES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "CallStatus": ("in-progress", "completed", "busy", "failed", "no-answer"),
        "DialStatus": (
            "answered",
            "answered-human",
            "answered-machine",
            "hangup-machine",
            "busy",
            "no-answer",
            "failed",
            "fail",
        ),
        "SmsStatus": ("received", "sending", "sent", "failed", "invalid"),
        "TranscriptionStatus": ("completed", "failed"),
        "ApiVersion": ("2008-08-01",),
    }
)
"""The values that a parameter can have, by its name. Source: the pages that name it."""

_ANSWERED = ("answered", "answered-human", "answered-machine")


def find_webhook_kind(params: Mapping[str, str], *, is_first: bool = False) -> WebhookKind | None:
    """
    Return the kind of a webhook that has these parameters; None if the API sends no such one.

    Args:
        is_first: It is the first one of its call, which begins with the call's Url.
    """
    if "AccountSid" not in params:
        return None
    if "CallSid" in params:
        return WEBHOOKS[_find_kind_of_call(params, is_first=is_first)]
    if "SmsSid" in params or "SmsMessageSid" in params:
        return WEBHOOKS["sms" if "Body" in params else "sms-status"]
    return None


def _find_kind_of_call(params: Mapping[str, str], *, is_first: bool) -> str:
    for name, kind in (
        ("TranscriptionStatus", "transcription"),
        ("RecordingUrl", "record"),
        ("Digits", "gather"),
        ("SmsSid", "call-sms"),
    ):
        if name in params:
            return kind
    if params.get("CallStatus", "in-progress") != "in-progress":
        return "end-of-call"
    dialed = params.get("DialStatus")
    if dialed is None:
        return "voice" if is_first else "redirect"
    return "voice" if is_first and dialed in _ANSWERED else "dial"


FALLBACK_PARAMS = (
    _always("ErrorCode", _FALLBACK_PAGE, question=Q.OTHER_WEBHOOK_PARAMETERS),
    _always("ErrorUrl", _FALLBACK_PAGE, question=Q.OTHER_WEBHOOK_PARAMETERS),
)
"""What a request to a fallback URL carries besides the parameters of the request that failed."""


@dataclass(frozen=True, slots=True)
class WebhookLimit:
    """
    A limit or a habit of the API as an HTTP client.

    Attributes:
        value: The number.

        evidence: The evidence for it.

        question: The undocumented question that it rests on; None for none.
    """

    value: int
    evidence: Evidence
    question: Q | None = None


WEBHOOK_TIMEOUT_SECONDS = WebhookLimit(
    15, Evidence("vendor's blog, A Hidden Gem: Fallback URLs, March 2012", Grade.LATER)
)
COOKIE_IDLE_SECONDS = WebhookLimit(
    4 * 60 * 60, Evidence("TwiML SMS request page, cookies per pair of numbers")
)
MOST_REDIRECTS = WebhookLimit(10, _CHOSEN, Q.WEBHOOK_REDIRECTS)

LIMITS: Mapping[str, WebhookLimit] = MappingProxyType(
    {
        "seconds for a response": WEBHOOK_TIMEOUT_SECONDS,
        "seconds that cookies of two numbers live unused": COOKIE_IDLE_SECONDS,
        "redirects": MOST_REDIRECTS,
    }
)
"""Every limit, by what it limits."""

SIGNATURE = "X-Twilio-Signature"
"""The header with the signature of a webhook. Source: security page."""

USER_AGENT = ("TwilioProxy/1.1", Evidence("captures and imitations of later years", Grade.LATER))

TWIML_TYPES = ("text/xml", "application/xml", "text/html")
"""Source: TwiML request pages, the responses that are understood."""

AUDIO_TYPES = tuple(
    f"audio/{kind}"
    for kind in ("mpeg", "wav", "wave", "x-wav", "aiff", "x-aifc", "x-aiff", "x-gsm", "gsm", "ulaw")
)
"""Source: Play page."""


@dataclass(frozen=True, slots=True)
class WebhookError:
    """
    An error code that fetching a webhook's response can end with.

    Attributes:
        code: The number in the error dictionary.

        title: The dictionary's title.

        evidence: The evidence for the title and the cause.

        question: The undocumented question that the cause rests on; None for none.
    """

    code: int
    title: str
    evidence: Evidence
    question: Q | None = None


_DICTIONARY = Evidence("error dictionary as copied about 2011", Grade.LATER)

INVALID_URL = WebhookError(11100, "Invalid URL format", _DICTIONARY)
RETRIEVAL_FAILURE = WebhookError(11200, "HTTP retrieval failure", _DICTIONARY, Q.FAILURE_CODES)
CONNECTION_FAILURE = WebhookError(11205, "HTTP connection failure", _DICTIONARY, Q.FAILURE_CODES)
PROTOCOL_VIOLATION = WebhookError(11206, "HTTP protocol violation", _DICTIONARY)
BAD_HOST = WebhookError(11210, "HTTP bad host name", _DICTIONARY)
TOO_MANY_REDIRECTS = WebhookError(
    11215, "HTTP too many redirects", _DICTIONARY, Q.WEBHOOK_REDIRECTS
)
INVALID_CONTENT_TYPE = WebhookError(12300, "Invalid Content-Type", _DICTIONARY)

WEBHOOK_ERRORS: Mapping[int, WebhookError] = MappingProxyType(
    {
        error.code: error
        for error in (
            INVALID_URL,
            RETRIEVAL_FAILURE,
            CONNECTION_FAILURE,
            PROTOCOL_VIOLATION,
            BAD_HOST,
            TOO_MANY_REDIRECTS,
            INVALID_CONTENT_TYPE,
        )
    }
)
"""The codes that fetching a document can end with, by number."""
