"""Undocumented questions about the API, the choice made, and how a test is notified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import MappingProxyType


class Effect(StrEnum):
    """Effect of the answer to a question."""

    BEHAVIOR = "warns"
    """The success or the action of a request: a test that depends on it is warned."""

    FORM = "noted"
    """The form of a documented outcome: noted in the journal, without a warning."""

    OUTSIDE = "not simulated"
    """Not part of this library: calls of the API to your server, TwiML."""

    WEBHOOK = "webhooks"
    """A request of the API to an application, or what is made of its response: noted with it."""


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

    # Requests that the API makes: numbered from 120.
    WEBHOOK_ORDER = 120
    SMS_CALLBACK_PARAMETERS = 121
    CALLER_NAME = 122
    GATHER_MSG = 123
    WEBHOOK_HEADERS = 124
    FAILURE_CODES = 125
    WEBHOOK_REDIRECTS = 126
    SIGNED_URL = 127
    SIGNED_REPETITIONS = 128
    WEBHOOK_CACHE = 129
    WEBHOOK_COOKIES = 130
    WEBHOOK_LOGIN = 131
    FALLBACK_OF_WHAT = 132
    MEDIA_REQUEST = 133


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
    """

    number: Q
    question: str
    choice: str
    evidence: str
    effect: Effect = Effect.BEHAVIOR


_FORM = Effect.FORM
_OUTSIDE = Effect.OUTSIDE
_WEBHOOK = Effect.WEBHOOK

_ALL = (
    Question(
        Q.UNAUTHORIZED_FORM,
        "What do the headers and the body of a 401 hold?",
        'a RestException with code 20003, and WWW-Authenticate: Basic realm="Twilio API"',
        "captures of 2011 and later; several clients send credentials only after a challenge",
        _FORM,
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
        "ETag and Last-Modified; If-None-Match goes before If-Modified-Since",
        "304 is documented, the validators are not",
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
    ),
    Question(
        Q.ACCEPT_HEADER,
        "Does an Accept header choose the representation?",
        "no, only the extension does",
        "shown for the next version",
    ),
    Question(
        Q.TIME_ZONE,
        "In which time zone are dates and the midnight of a filter?",
        "US Pacific",
        "the two bodies of this version that are known, of March 2010 and January 2011",
        _FORM,
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
    ),
    Question(
        Q.UPDATE_WITHOUT_URL,
        "Must the update of a phone number name its Url?",
        "no",
        "the table says required; applications of the time always sent it",
    ),
    Question(
        Q.UNSET_METHODS,
        "What are the method properties of URLs that are not set?",
        "empty in the documented profile, POST in the observed one; POST once a URL is set",
        "the page's sample, against a number of March 2010",
        _FORM,
    ),
    Question(
        Q.PARTICIPANT_WHO_LEFT,
        "What answers a GET of a participant who left, or whose conference ended?",
        "404",
        "later pages: participants exist while they are connected",
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
    ),
    Question(
        Q.SUSPENDED_ACCOUNT,
        "What answers the credentials of a suspended account?",
        "401 with code 20005",
        "the error dictionary",
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
        "What do Location and Date hold?",
        "Location is the absolute URL of what was created; Date is the virtual clock's",
        "only Location is named",
        _FORM,
    ),
    # Found while building; numbered on.
    Question(
        Q.SUBACCOUNT_OF_SUBACCOUNT,
        "Can an account make a subaccount?",
        "yes, by POST to /Accounts, answered with the new account",
        "the vendor's own application of June 2010 did so; no page says it",
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
    # Requests that the API makes.
    Question(
        Q.WEBHOOK_ORDER,
        "In which order are the parameters of a call's webhooks sent?",
        "identifiers, numbers, status, places, version, then what the verb adds",
        "the one ordered dump is of a later application; validators sort by name",
        _WEBHOOK,
    ),
    Question(
        Q.SMS_CALLBACK_PARAMETERS,
        "What does a message's callback carry besides SmsSid and SmsStatus?",
        "AccountSid, From, To and ApiVersion",
        "the next version's callbacks carried them, in this order",
        _WEBHOOK,
    ),
    Question(
        Q.CALLER_NAME,
        "Under which name is the caller's name sent, with VoiceCallerIdLookup?",
        "CallerName",
        "the page promises it and does not name it; the next version does",
        _WEBHOOK,
    ),
    Question(
        Q.GATHER_MSG,
        "Does a Gather action carry msg=Gather End?",
        "only where a test asks for it",
        "one capture, of the next version",
        _WEBHOOK,
    ),
    Question(
        Q.WEBHOOK_HEADERS,
        "Which header fields do the API's requests have, besides the signature?",
        "Host, User-Agent: TwilioProxy/1.1, Accept: */*, X-Twilio-AccountSid, and for a form "
        "Content-Type and Content-Length",
        "the account's field was relied on in 2009; the others are of later years",
        _WEBHOOK,
    ),
    Question(
        Q.FAILURE_CODES,
        "Which code has a 4xx or 5xx, a time-out, a refused connection, a TLS failure?",
        "11200 for statuses; 11205 for the others, after 15 seconds for a time-out",
        "the dictionary's titles; the sample of a fallback request shows 11205",
        _WEBHOOK,
    ),
    Question(
        Q.WEBHOOK_REDIRECTS,
        "Which redirects are followed, how many, with which method and parameters?",
        "301, 302 and 303 by GET without parameters, 307 as it was; at most 10",
        "that they are followed is documented; parameters were lost, says a later change log",
        _WEBHOOK,
    ),
    Question(
        Q.SIGNED_URL,
        "Which URL is signed where it has a user, a password, a port or a fragment?",
        "the URL as requested: without user, password and fragment, with a port that is written, "
        "and without a slash where it has no path",
        "the page says the full URL as requested; nothing else reaches the application",
        _WEBHOOK,
    ),
    Question(
        Q.SIGNED_REPETITIONS,
        "How is a field signed that a form has twice?",
        "each different value once, sorted",
        "the vendor's libraries of today; the API itself sends no field twice",
        _WEBHOOK,
    ),
    Question(
        Q.WEBHOOK_CACHE,
        "Is a GET that may be cached asked for again?",
        "yes, with its validators, unless max-age or Expires says that it is fresh",
        "ETag and Last-Modified are documented; the default field of the API's proxy is Squid's",
        _WEBHOOK,
    ),
    Question(
        Q.WEBHOOK_COOKIES,
        "How are cookies matched and returned?",
        "by domain, path, Secure and age, as browsers do; values come back unchanged",
        "one application had to remove ', $Version=0' from a value of its own",
        _WEBHOOK,
    ),
    Question(
        Q.WEBHOOK_LOGIN,
        "For which URLs do a user and password count once they were accepted?",
        "for the same scheme, host and port, for the rest of the conversation",
        "logged in for the call, says the security page",
        _WEBHOOK,
    ),
    Question(
        Q.FALLBACK_OF_WHAT,
        "Is the fallback URL asked for the failure of every document?",
        "of every document of a call or an answer to a message; not of callbacks, not of itself",
        "when fetching or executing the TwiML fails, says the page",
        _WEBHOOK,
    ),
    Question(
        Q.MEDIA_REQUEST,
        "How is the audio of a Play requested?",
        "by GET, without parameters, signed as all requests are",
        "responses to GET are kept, says the page, and audio is what there is to keep",
        _WEBHOOK,
    ),
)

QUESTIONS: Mapping[int, Question] = MappingProxyType({q.number: q for q in _ALL})
