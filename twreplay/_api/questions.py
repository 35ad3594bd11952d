"""Undocumented questions about the API, the choice made, and how a test is notified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import MappingProxyType

from twreplay._api.evidence import Grade


class Effect(StrEnum):
    """Effect of the answer to a question."""

    BEHAVIOR = "warns"
    """The success or the action of a request: a test that depends on it is warned."""

    FORM = "noted"
    """The form of a documented outcome: noted in the journal, without a warning."""

    OUTSIDE = "not simulated"
    """Not part of this library: calls of the API to your server, TwiML."""


class Q(IntEnum):
    """The questions by name. The numbers stay the same for good: docs and messages quote them."""

    UNAUTHORIZED_FORM = 1
    ACCOUNT_OF_OTHERS = 2
    CREATED_STATUS = 3
    RELEASED_STATUS = 4
    STRAY_METHOD_OVERRIDE = 5
    OTHER_METHODS = 6
    VALIDATORS = 7
    METHOD_NOT_ALLOWED_FORM = 8
    OTHER_REPRESENTATIONS = 9
    PAGING_OUT_OF_RANGE = 10
    EMPTY_COUNTERS = 11
    PAGE_URIS = 12
    MEDIA_TYPE = 13
    UNKNOWN_PATH = 14
    EXTENSION = 15
    ACCEPT_HEADER = 16
    TIME_ZONE = 17
    UNKNOWN_FILTER = 18
    INVALID_FILTER = 19
    SEGMENTS_IN_LISTS = 20
    SEGMENT_SID_PREFIX = 21
    FLAGS_FILTER = 22
    DIAL_STATUS_FAIL = 23
    TWIML_WITHOUT_CONNECTION = 24
    REQUEST_WITHOUT_CONNECTION = 25
    OTHER_WEBHOOK_PARAMETERS = 26
    CALL_GUID = 27
    RECORDING_DELETE_CREDENTIALS = 28
    GET_OF_DELETED = 29
    EMPTY_VALUE = 30
    UPDATE_WITHOUT_URL = 31
    UNSET_METHODS = 32
    PARTICIPANT_WHO_LEFT = 33
    LIST_ORDER = 34
    LONG_SMS_VERB = 35
    RATE_LIMITS = 36
    LONG_FRIENDLY_NAME = 37
    SUSPENDED_ACCOUNT = 38
    FOREIGN_NUMBERS = 39
    LOCATION_AND_DATE = 40
    SUBACCOUNT_OF_SUBACCOUNT = 41
    UNMENTIONED_METHODS = 42
    PLAIN_HTTP = 43
    REPEATED_PARAMETER = 44
    DURATIONS = 45
    # 46 to 59 are kept free for the requests that the API makes.
    FIRST_ERROR = 60
    LETTER_CASE = 61
    ZERO_TIMEOUT = 62
    PREMIUM_NUMBERS = 63
    PAGE_TWICE = 64
    PARAMETERS_ELSEWHERE = 65
    UNKNOWN_OF_REFUSED = 66
    NEAREST_CODE = 67
    PHONE_NUMBERS_PATH = 68
    RECORDING_REPRESENTATIONS = 69
    EMPTY_UPDATE = 70
    METHOD_KEPT = 71
    UNNAMED_FILTER = 72
    SHORT_CODE_VERSION = 73
    ACCOUNT_TYPE = 74


@dataclass(frozen=True, slots=True)
class Question:
    """
    One thing about the API that no page answers.

    Attributes:
        number: Its number, with a name.

        question: The question.

        choice: The choice of the simulator.

        evidence: The reason for the choice.

        effect: The effect of the answer.

        grade: The reliability of the choice; what rests on it is at most as reliable.

        noted_when: The case in which a question that warns is only noted; empty for none.
    """

    number: Q
    question: str
    choice: str
    evidence: str
    effect: Effect = Effect.BEHAVIOR
    grade: Grade = Grade.CHOSEN
    noted_when: str = ""

    @property
    def told(self) -> str:
        """The effect on a test, in a few words."""
        return f"{self.effect}; noted {self.noted_when}" if self.noted_when else str(self.effect)


_FORM = Effect.FORM
_OUTSIDE = Effect.OUTSIDE

_ALL = (
    Question(
        Q.UNAUTHORIZED_FORM,
        "What do the headers and the body of a 401 hold?",
        'a RestException with code 20003, and WWW-Authenticate: Basic realm="Twilio API"',
        "captures of 2011 and later; several clients send credentials only after a challenge",
        _FORM,
        grade=Grade.LATER,
    ),
    Question(
        Q.ACCOUNT_OF_OTHERS,
        "What answers good credentials with another account in the path?",
        "401",
        "401 is defined as credentials that are not sufficient for the resource",
    ),
    Question(
        Q.CREATED_STATUS,
        "Does a POST that creates answer 200 or 201?",
        "200 in the documented profile, 201 with Location in the observed one",
        "the request page lists only 200; production code of 2010 and 2011 relied on 201",
        _FORM,
        grade=Grade.OBSERVED,
    ),
    Question(
        Q.RELEASED_STATUS,
        "What answers the DELETE of an IncomingPhoneNumber?",
        "200 in the documented profile, 204 in the observed one",
        "the request page lists 200; the four pages that give a status give 204",
    ),
    Question(
        Q.STRAY_METHOD_OVERRIDE,
        "What does a _method do that is not PUT or DELETE in the query of a POST?",
        "it is ignored, and the request stays what it is",
        "nothing",
    ),
    Question(
        Q.OTHER_METHODS,
        "What do HEAD, OPTIONS and PATCH do?",
        "HEAD is GET without the body; the others get 405",
        "nothing",
    ),
    Question(
        Q.VALIDATORS,
        "Which validators does a conditional GET use?",
        "ETag, and Last-Modified on instances; If-None-Match goes before If-Modified-Since",
        "304 is documented, the validators are not",
        noted_when="where they are sent and not used",
    ),
    Question(
        Q.METHOD_NOT_ALLOWED_FORM,
        "What do the headers and the body of a 405 hold?",
        "a RestException with code 20004, and Allow",
        "the error dictionary",
        _FORM,
    ),
    Question(
        Q.OTHER_REPRESENTATIONS,
        "How do errors, counters and empty lists look in JSON, CSV and HTML?",
        "they mirror the XML; counters stand beside the array in the documented profile",
        "two clients read RestException from JSON; none read counters",
        _FORM,
    ),
    Question(
        Q.PAGING_OUT_OF_RANGE,
        "What do a num or page that is no number or out of range do?",
        "no number, zero or less: the default; above 1000: 1000; past the end: an empty page",
        "the maximum of 1000 is documented",
    ),
    Question(
        Q.EMPTY_COUNTERS,
        "What are the counters of an empty list?",
        "numpages, total, start and end are 0; the page URIs are empty",
        "captures of the next version",
        _FORM,
        grade=Grade.LATER,
    ),
    Question(
        Q.PAGE_URIS,
        "How do the page URIs look?",
        "relative, with the same filters and num and page",
        "the attributes are documented by name only",
        _FORM,
    ),
    Question(
        Q.MEDIA_TYPE,
        "What is the media type of the XML?",
        'application/xml, and the text starts with <?xml version="1.0"?>',
        "captures show the declaration, none shows the type",
        _FORM,
        grade=Grade.LATER,
    ),
    Question(
        Q.UNKNOWN_PATH,
        "What answers a path without account, with a trailing slash, or of another version?",
        "404",
        "nothing",
    ),
    Question(
        Q.EXTENSION,
        "What do an unknown extension, or an extension on POST, PUT and DELETE do?",
        "known extensions work with every method; an unknown one gets 404",
        "a client of the time sent its POSTs to .json",
        noted_when="for a known extension with POST, PUT or DELETE",
    ),
    Question(
        Q.ACCEPT_HEADER,
        "Does an Accept header choose the representation?",
        "no, only the extension does",
        "shown for the next version",
        grade=Grade.LATER,
    ),
    Question(
        Q.TIME_ZONE,
        "In which time zone are dates and the midnight of a filter?",
        "US Pacific",
        "the two bodies of this version that are known, of March 2010 and January 2011",
        _FORM,
        grade=Grade.OBSERVED,
    ),
    Question(
        Q.UNKNOWN_FILTER,
        "Are filter values normalized, and what does an unknown filter do?",
        "phone numbers are compared without decoration; an unknown filter is ignored",
        "the pages say ten digit number and exact",
    ),
    Question(
        Q.INVALID_FILTER,
        "What does an invalid filter value do?",
        "a value that cannot be matches nothing; a date that is none is ignored",
        "nothing",
    ),
    Question(
        Q.SEGMENTS_IN_LISTS,
        "Do Dial segments appear in the list of calls, and the first leg in Segments?",
        "yes, and no",
        "a client found Dial legs in the list of calls",
        grade=Grade.OBSERVED,
    ),
    Question(
        Q.SEGMENT_SID_PREFIX,
        "What are the first letters of a CallSegmentSid?",
        "CS",
        "the page says 34 characters",
        _FORM,
    ),
    Question(
        Q.FLAGS_FILTER,
        "Can calls be filtered by Flags, and what is bit 8 of them?",
        "the filter is exact; bit 8 is never set",
        "a client sent the filter and then filtered by itself; one capture shows the bit",
    ),
    Question(
        Q.DIAL_STATUS_FAIL,
        "Is DialStatus fail or failed?",
        "no request is made to your server",
        "two pages disagree",
        _OUTSIDE,
    ),
    Question(
        Q.TWIML_WITHOUT_CONNECTION,
        "Is TwiML run that answers a request about a call that never connected?",
        "no TwiML is run",
        "it is ignored for hangup-machine",
        _OUTSIDE,
    ),
    Question(
        Q.REQUEST_WITHOUT_CONNECTION,
        "Is there a request at the end of a call that never connected?",
        "no request is made to your server",
        "nothing",
        _OUTSIDE,
    ),
    Question(
        Q.OTHER_WEBHOOK_PARAMETERS,
        "Which parameters do whisper, wait, redirect and fallback requests carry?",
        "no request is made to your server",
        "nothing",
        _OUTSIDE,
    ),
    Question(
        Q.CALL_GUID,
        "Do requests to your server name both CallSid and CallGuid?",
        "no request is made to your server",
        "live traffic of 2010 had both",
        _OUTSIDE,
    ),
    Question(
        Q.RECORDING_DELETE_CREDENTIALS,
        "Does the DELETE of a recording need credentials?",
        "yes",
        "only GET is called public",
    ),
    Question(
        Q.GET_OF_DELETED,
        "What answers a GET of what was deleted?",
        "404",
        "nothing",
    ),
    Question(
        Q.EMPTY_VALUE,
        "What does an empty value in an update do?",
        "it clears the property; where something is created, empty is absent",
        "unset properties are shown empty; a client sent empty fields with its purchases",
        noted_when="outside of updates",
    ),
    Question(
        Q.UPDATE_WITHOUT_URL,
        "Must the update of a phone number name its Url?",
        "no",
        "the table says required; applications of the time always sent it",
        grade=Grade.OBSERVED,
    ),
    Question(
        Q.UNSET_METHODS,
        "What are the method properties of URLs that are not set?",
        "empty in the documented profile, POST in the observed one; POST once a URL is set",
        "the page's sample, against a number of March 2010",
        _FORM,
        grade=Grade.OBSERVED,
    ),
    Question(
        Q.PARTICIPANT_WHO_LEFT,
        "What answers a GET of a participant who left, or whose conference ended?",
        "404",
        "later pages: participants exist while they are connected",
        grade=Grade.LATER,
    ),
    Question(
        Q.LIST_ORDER,
        "How are lists sorted whose page does not say?",
        "the newest DateCreated first",
        "samples",
        _FORM,
    ),
    Question(
        Q.LONG_SMS_VERB,
        "What does a body of more than 160 characters in <Sms> do?",
        "no TwiML is run",
        "nothing",
        _OUTSIDE,
    ),
    Question(
        Q.RATE_LIMITS,
        "Are there limits on the rate of requests?",
        "none",
        "none in these pages",
        _FORM,
    ),
    Question(
        Q.LONG_FRIENDLY_NAME,
        "What answers a FriendlyName of more than 64 characters?",
        "400 with code 20002",
        "the limit is documented, the code is in the error dictionary",
        grade=Grade.LATER,
    ),
    Question(
        Q.SUSPENDED_ACCOUNT,
        "What answers the credentials of a suspended account?",
        "401 with code 20005",
        "the error dictionary",
        grade=Grade.LATER,
    ),
    Question(
        Q.FOREIGN_NUMBERS,
        "How are numbers outside the US shown?",
        "with + and digits",
        "only ten digits are promised",
        _FORM,
    ),
    Question(
        Q.LOCATION_AND_DATE,
        "What does Location hold?",
        "the absolute URL of what was created; Date, of HTTP itself, is the virtual clock's",
        "the header is named, its form is not",
        _FORM,
    ),
    # Found while building; numbered on.
    Question(
        Q.SUBACCOUNT_OF_SUBACCOUNT,
        "Can an account make a subaccount?",
        "yes, by POST to /Accounts, answered with the new account",
        "the vendor's own application of June 2010 did so; no page says it",
        grade=Grade.OBSERVED,
    ),
    Question(
        Q.UNMENTIONED_METHODS,
        "What do methods do that a page does not mention?",
        "405",
        "other pages say so for the methods that they mention",
    ),
    Question(
        Q.PLAIN_HTTP,
        "What does the API do over plain http?",
        "the same as over https",
        "the pages do not support it, yet an early sample uses it; recordings were fetched so",
    ),
    Question(
        Q.REPEATED_PARAMETER,
        "What does a parameter that is given twice mean?",
        "the last one counts",
        "nothing",
    ),
    Question(
        Q.DURATIONS,
        "How long does a call ring and talk, when is it priced, when is an SMS sent?",
        "5 seconds, 30 seconds, 60 seconds after the end; 1 second to sending, 3 to sent",
        "only the order of the states is documented",
        _FORM,
    ),
    Question(
        Q.FIRST_ERROR,
        "Which of several errors is answered?",
        "what is absent before what is malformed, each in the order of the table; then the state "
        "of the account",
        "the one printed refusal of a call is that for an absent Called",
        _FORM,
    ),
    Question(
        Q.LETTER_CASE,
        "Does the case of letters matter in values such as GET, Continue and true?",
        "GET and POST are capitals, anything else is refused; Continue, Hangup, true and false are "
        "taken in any case",
        "a page writes continue and hangup both ways",
    ),
    Question(
        Q.ZERO_TIMEOUT,
        "What does a Timeout of 0 do?",
        "it is accepted: the call is not answered in time",
        "only the maximum of 999 is documented",
    ),
    Question(
        Q.PREMIUM_NUMBERS,
        "Which numbers are premium?",
        "those of area code 900, and of exchange 976 in any area",
        "the error dictionary has the code; no page says which",
        noted_when="for area code 900",
    ),
    Question(
        Q.PAGE_TWICE,
        "What do page and Page mean together?",
        "the last one counts",
        "Page is called deprecated; applications sent page",
    ),
    Question(
        Q.PARAMETERS_ELSEWHERE,
        "What do parameters do in the query of a POST, PUT or DELETE, in that of a GET of one "
        "instance, or in the body of a GET or DELETE?",
        "they are ignored, and not logged",
        "a client sent filters in the body of a GET, until its authors called that a bug",
    ),
    Question(
        Q.UNKNOWN_OF_REFUSED,
        "Is an unknown parameter logged if the request is refused?",
        "no",
        "the sample on the Notifications page is of a request that was accepted",
        _FORM,
    ),
    Question(
        Q.NEAREST_CODE,
        "Which code has a 400 that the error dictionary names none for?",
        "the nearest one: 21402 and 21403 for URLs and methods of the sandbox and of short codes, "
        "20001 for an ApiVersion, 20002 for an absent FriendlyName, 21205 for an absent URL, "
        "21209 for a CurrentMethod, 21401 for an absent number to validate, 21409 for a "
        "VoiceCallerIdLookup that is neither true nor false, 21606 for a malformed From",
        "a 400 has a code",
        _FORM,
    ),
    Question(
        Q.PHONE_NUMBERS_PATH,
        "Is /PhoneNumbers/{Sid} a path?",
        "yes, the same as /IncomingPhoneNumbers/{Sid}",
        "the example of method overloading has it; no other page does",
        _FORM,
    ),
    Question(
        Q.RECORDING_REPRESENTATIONS,
        "Are the .json, .csv and .html of a recording public, as its .wav, .mp3 and .xml are?",
        "yes",
        "the Recordings page names the three",
    ),
    Question(
        Q.EMPTY_UPDATE,
        "What does an update do without FriendlyName of an account, or Muted of a participant?",
        "nothing but to set DateUpdated; the participant stays as it was",
        "nothing",
    ),
    Question(
        Q.METHOD_KEPT,
        "What becomes of a method that is GET when an update names its URL and no method?",
        "it stays GET",
        "the tables say: optional, POST by default",
    ),
    Question(
        Q.UNNAMED_FILTER,
        "Do filters, operators and values work that the page of the list does not name?",
        "yes, as they do elsewhere",
        "only MessageDate is documented with <, no date with >; Status of calls only from 0 to 2; "
        "lists below a number, call or recording without filters",
    ),
    Question(
        Q.SHORT_CODE_VERSION,
        "Does the representation of a ShortCode have ApiVersion?",
        "no",
        "the page has it among the properties, and in no sample",
        _FORM,
    ),
    Question(
        Q.ACCOUNT_TYPE,
        "Where is Type in an Account, and what are its values?",
        "last, in the observed profile only; Trial or Full",
        "the vendor's own application of June 2010 compared it with Trial",
        _FORM,
    ),
)

QUESTIONS: Mapping[int, Question] = MappingProxyType({q.number: q for q in _ALL})
