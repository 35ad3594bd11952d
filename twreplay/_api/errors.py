"""The errors of the API, one row each: status, wording, code and evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from twreplay._api.dictionary import Code, index_codes
from twreplay._api.evidence import Evidence, Grade

ERROR_PAGE = "http://www.twilio.com/docs/errors/{code}"


@dataclass(frozen=True, slots=True)
class ApiError:
    """
    An error response of the API. A value: it is returned, never raised.

    Attributes:
        status: The status code of the response.

        message: The text of ``Message``; ``{value}`` stands for what was sent.

        code: The number in the error dictionary; None where the response names none.

        evidence: The evidence for the wording and the code.
    """

    status: int
    message: str
    code: int | None = None
    evidence: Evidence = field(default=Evidence("error dictionary, titles", Grade.LATER))

    @property
    def status_grade(self) -> Grade:
        """The grade of the status, which the request page lists, apart from code and wording."""
        is_chosen = self.evidence.grade is Grade.CHOSEN
        return Grade.CHOSEN if is_chosen else Grade.DOCUMENTED

    @property
    def more_info(self) -> str:
        """The page about the code; empty where there is no code."""
        return "" if self.code is None else ERROR_PAGE.format(code=self.code)


_DICTIONARY = Evidence("error dictionary as copied about 2011", Grade.LATER)
_YOUNGER = Evidence("error dictionary of 2025", Grade.LATER)

NOT_FOUND = ApiError(
    404,
    "The requested resource was not found",
    evidence=Evidence("response page, Exceptions, the sample of a 404"),
)
UNAUTHORIZED = ApiError(
    401,
    "Authenticate",
    20003,
    Evidence("request page, 401; the body as in captures of August 2011", Grade.LATER),
)
NOT_ACTIVE = ApiError(401, "Account not active", 20005, _DICTIONARY)
METHOD_NOT_ALLOWED = ApiError(
    405,
    "Method not allowed",
    20004,
    Evidence("request page, 405; the wording from the error dictionary", Grade.LATER),
)
SERVER_ERROR = ApiError(500, "Internal Server Error", 20500, _YOUNGER)

INVALID_FRIENDLY_NAME = ApiError(400, "Invalid FriendlyName", 20002, _DICTIONARY)

NO_CALLED = ApiError(
    400,
    "No called number is specified",
    21201,
    Evidence("response page, Exceptions, the sample of a 400"),
)
PREMIUM_CALLED = ApiError(400, "Called number is a premium number", 21202, _DICTIONARY)
INTERNATIONAL_CALLED = ApiError(400, "International calling not enabled", 21203, _DICTIONARY)
INVALID_CALL_URL = ApiError(400, "Invalid URL", 21205, _DICTIONARY)
INVALID_SEND_DIGITS = ApiError(400, "Invalid SendDigits", 21206, _DICTIONARY)
INVALID_IF_MACHINE = ApiError(400, "Invalid IfMachine", 21207, _DICTIONARY)
INVALID_TIMEOUT = ApiError(400, "Invalid Timeout", 21208, _DICTIONARY)
INVALID_CALL_METHOD = ApiError(400, "Invalid Method", 21209, _DICTIONARY)
CALLER_NOT_VERIFIED = ApiError(
    400,
    "The source phone number provided, {value} is not yet verified for this account.  You may "
    "only use caller-id numbers for which you've proven ownership.",
    21210,
    Evidence("code: error dictionary; wording: a capture of October 2010", Grade.LATER),
)
INVALID_CALLED = ApiError(400, "Invalid Called Phone Number", 21211, _DICTIONARY)
INVALID_CALLER = ApiError(400, "Invalid Caller Phone Number", 21212, _DICTIONARY)
NO_CALLER = ApiError(400, "Caller phone number is required", 21213, _DICTIONARY)
CALLED_NOT_VERIFIED = ApiError(
    400, "Called phone number not verified for this trial account", 21219, _YOUNGER
)
CALL_NOT_IN_PROGRESS = ApiError(
    400,
    "Call is not in-progress. Cannot redirect.",
    21220,
    Evidence("code: error dictionary; wording: later versions", Grade.LATER),
)

INVALID_PHONE_NUMBER = ApiError(400, "Invalid Phone Number", 21401, _DICTIONARY)
INVALID_NUMBER_URL = ApiError(400, "Invalid Url", 21402, _DICTIONARY)
INVALID_NUMBER_METHOD = ApiError(400, "Invalid Method", 21403, _DICTIONARY)
NO_NUMBERS_FOR_TRIAL = ApiError(
    400, "Inbound Phone number not available to trial account", 21404, _DICTIONARY
)
FALLBACK_WITHOUT_URL = ApiError(
    400, "Cannot set VoiceFallbackUrl without setting Url", 21405, _DICTIONARY
)
SMS_FALLBACK_WITHOUT_URL = ApiError(
    400, "Cannot set SmsFallbackUrl without setting SmsUrl", 21406, _DICTIONARY
)
NUMBER_WITHOUT_SMS = ApiError(
    400, "This Phone Number type does not support SMS", 21407, _DICTIONARY
)
INVALID_LOOKUP = ApiError(
    400, "VoiceCallerIdLookup cannot be set for this phone number", 21409, _YOUNGER
)
ALREADY_VALIDATED = ApiError(
    400, "Phone number already validated on your account", 21450, _DICTIONARY
)
INVALID_AREA_CODE = ApiError(400, "Invalid area code", 21451, _DICTIONARY)
NO_NUMBERS_FOUND = ApiError(
    400,
    "No phone numbers found",
    21452,
    Evidence(
        "code: Local and TollFree pages; wording: fixtures of a client of the time",
        Grade.OBSERVED,
    ),
)
VALIDATED_ELSEWHERE = ApiError(
    400, "Phone number already validated on another account", 21453, _DICTIONARY
)
INVALID_CALL_DELAY = ApiError(400, "Invalid CallDelay", 21454, _DICTIONARY)

SENDER_WITHOUT_SMS = ApiError(
    400, "Phone number is not a valid SMS-capable inbound phone number", 21601, _DICTIONARY
)
NO_BODY = ApiError(400, "Message body is required", 21602, _DICTIONARY)
NO_FROM = ApiError(
    400, "The source 'from' phone number is required to send an SMS", 21603, _DICTIONARY
)
NO_TO = ApiError(
    400, "The destination 'to' phone number is required to send an SMS", 21604, _DICTIONARY
)
BODY_TOO_LONG = ApiError(400, "Maximum SMS body length is 160 characters", 21605, _DICTIONARY)
SENDER_NOT_OWNED = ApiError(
    400,
    "The 'From' phone number provided is not a valid, SMS-capable inbound phone number for your "
    "account",
    21606,
    _DICTIONARY,
)
SENDER_NOT_SANDBOX = ApiError(
    400,
    "The 'from' phone number must be the sandbox phone number for trial accounts",
    21607,
    _YOUNGER,
)
SANDBOX_TO_UNVERIFIED = ApiError(
    400, "The Sandbox number can send messages only to verified numbers", 21608, _DICTIONARY
)
INVALID_STATUS_CALLBACK = ApiError(400, "Invalid 'StatusCallback'", 21609, _YOUNGER)

INVALID_API_VERSION = ApiError(
    400,
    "Invalid ApiVersion",
    20001,
    Evidence("no page words it; question 67", Grade.CHOSEN),
)

BY_CODE = {
    fault.code: fault
    for fault in list(globals().values())
    if isinstance(fault, ApiError) and fault.code is not None
}
"""Every refusal that has a code, by its code."""

CODES: Mapping[int, Code] = index_codes(
    *(
        Code(number, fault.message, fault.status, evidence=fault.evidence)
        for number, fault in BY_CODE.items()
        if fault is not INVALID_API_VERSION
    )
)
"""The whole error dictionary, by code."""


def find_error(code: int, status: int) -> ApiError:
    """Return the error of *code* with *status*; without wording if the dictionary has none."""
    known = CODES.get(code)
    if known is None:
        return ApiError(status, "", code, Evidence("no dictionary has this code", Grade.CHOSEN))
    return ApiError(status, known.message, code, known.known_from)


UNKNOWN_PARAMETER = (20001, "Unknown parameter received by the REST API: {name}={value}")
"""Not a refusal: the request is accepted, and this is logged as a Notification."""
