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

    WEBHOOK = "webhooks"
    """A request of the API to an application, or what is made of its response: noted with it."""

    CALL = "calls"
    """Course of a call or of an answer to a message: listed with the call."""


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
    SEND_DIGITS_WAIT = 46
    # What the checks chose silently: numbered from 60.
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

    # TwiML: numbered from 80.
    ILLEGAL_VALUE = 80
    VALUE_FORM = 81
    UNKNOWN_ELEMENT = 82
    DOCUMENT_VERSION = 83
    DOCUMENT_TYPE = 84
    DOCUMENT_SIZE = 85
    NO_CONTENT_TYPE = 86
    FAILED_DOCUMENT = 87
    SOUND_LENGTHS = 88
    LONGEST_CALL = 89
    ENDLESS_DOCUMENTS = 90
    KEYS_AHEAD = 91
    FINISH_KEY_ALONE = 92
    HANG_UP_IN_GATHER = 93
    RECORDING_LENGTH = 94
    HANG_UP_IN_DIAL = 95
    WHISPER_DECLINED = 96
    STAR_WHILE_RINGING = 97
    WAIT_DOCUMENT_ENDS = 98
    TEXT_AMONG_VERBS = 99
    SMS_TO_SENDER = 100
    UNDIALABLE = 101
    WARNINGS_LOGGED = 102
    LATER_VERB = 103
    SAY_NOTHING = 104
    MIXED_DIAL = 105
    SEVERAL_LEGS = 106
    RECORDING_CUT_SHORT = 107
    FORBIDDEN_VERB = 108
    VALIDATION_CALL = 109
    SENT_KEYS = 110
    CONFERENCE_BEEP = 111
    LONG_TEXT_ANSWER = 112

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
_WEBHOOK = Effect.WEBHOOK
_CALL = Effect.CALL

_TWIML = (
    Question(
        Q.ILLEGAL_VALUE,
        "What does a verb do whose attribute has an illegal value?",
        "its code is logged as a warning, and the attribute's default counts",
        "the dictionary calls these codes warnings; an application of 2017 was warned of "
        "numDigits, and its calls went on as before",
        _CALL,
    ),
    Question(
        Q.VALUE_FORM,
        "Are values of TwiML read in another case, or with white space around them?",
        "not in another case; white space counts in words, and not around numbers and URLs",
        "names are documented as case-sensitive; of values no page speaks",
        _CALL,
    ),
    Question(
        Q.UNKNOWN_ELEMENT,
        "What does an element or attribute do that TwiML does not have there?",
        "12200 is logged as a warning; it is left out, with all inside it; the rest runs",
        "the dictionary's title, Schema validation warning; the same application met it, too",
        _CALL,
    ),
    Question(
        Q.DOCUMENT_VERSION,
        "What does another version than 2008-08-01 in <Response version> do?",
        "12101 is logged as an error, and the document is not run",
        "the dictionary calls 12101 an error; the page names one version",
        _CALL,
    ),
    Question(
        Q.DOCUMENT_TYPE,
        "What do a document type and its entities do in TwiML?",
        "a document type is passed over, nothing is loaded; declaring an entity, or using one "
        "besides XML's five, is 12100",
        "nothing",
        _CALL,
    ),
    Question(
        Q.DOCUMENT_SIZE,
        "How large may a document be?",
        "64 kB; above that 11750 is logged, and the document is not run",
        "the dictionary of later years",
        _CALL,
    ),
    Question(
        Q.NO_CONTENT_TYPE,
        "What is an answer without a Content-Type?",
        "TwiML",
        "nothing",
        _CALL,
    ),
    Question(
        Q.FAILED_DOCUMENT,
        "What happens when a document fails and no fallback URL helps?",
        "the call hears that an application error has occurred, ends, and has status 4",
        "the vendor's blog of March 2012: an error is logged, a message is played, the call ends",
        _CALL,
    ),
    Question(
        Q.SOUND_LENGTHS,
        "How long do speech, an audio file, and the beep of a recording last?",
        "speech: one second for each 15 characters begun; audio: 5 seconds unless a test gives "
        "its length; the beep: 1 second",
        "150 words a minute",
        _CALL,
    ),
    Question(
        Q.LONGEST_CALL,
        "How long can a call last that nobody ends?",
        "four hours",
        "the default of timeLimit in <Dial>",
        _CALL,
    ),
    Question(
        Q.ENDLESS_DOCUMENTS,
        "How many documents may follow each other in no time?",
        "50 within a second; then 11215, or 14106 for messages, is logged, and the run fails",
        "the dictionary has 14106; for calls, nothing",
        _CALL,
    ),
    Question(
        Q.KEYS_AHEAD,
        "What does a key do that no verb waits for?",
        "nothing; it is not kept for a verb that comes later",
        "nothing",
        _CALL,
    ),
    Question(
        Q.FINISH_KEY_ALONE,
        "What does the finish key of <Gather> do before any digit?",
        "nothing is submitted, and the next verb follows at once",
        "the Gather page of the next version; in 2024 it was changed",
        _CALL,
    ),
    Question(
        Q.HANG_UP_IN_GATHER,
        "Are digits submitted when the caller hangs up during <Gather>?",
        "no",
        "three occasions on which digits are submitted are documented, and this is none",
        _CALL,
    ),
    Question(
        Q.RECORDING_LENGTH,
        "How are seconds of a recording rounded, and what are Digits after silence?",
        "up; Digits are empty",
        "whole seconds are documented",
        _CALL,
    ),
    Question(
        Q.HANG_UP_IN_DIAL,
        "Is the action of <Dial> requested when the caller hangs up?",
        "yes, and its answer is not run",
        "the page requests it whatever the outcome",
        _CALL,
    ),
    Question(
        Q.WHISPER_DECLINED,
        "What is DialStatus when the called party, or the document at <Number url>, declines?",
        "no-answer",
        "answered stands for a connected leg",
        _CALL,
    ),
    Question(
        Q.STAR_WHILE_RINGING,
        "What does * do before the called party has answered?",
        "nothing",
        "hangupOnStar is documented as a way to hang up on the called party",
        _CALL,
    ),
    Question(
        Q.WAIT_DOCUMENT_ENDS,
        "What is heard in a conference that has not begun when the wait document ends?",
        "silence; an audio file in its place begins again",
        "the vendor's own wait document ends with a Redirect to itself",
        _CALL,
    ),
    Question(
        Q.TEXT_AMONG_VERBS,
        "What does text do where only elements are expected?",
        "12200 is logged as a warning, and the text is passed over",
        "the dictionary's title, Schema validation warning",
        _CALL,
    ),
    Question(
        Q.SMS_TO_SENDER,
        "Which destination of <Sms> is refused as the number of the incoming message?",
        "the one that the message would be sent from; 14101 is logged",
        "a capture has the text, which names the originating number",
        _CALL,
    ),
    Question(
        Q.UNDIALABLE,
        "Which numbers does <Dial> not call, with which code, and what does it do then?",
        "13223 for what is no number, 13224 for ten digits with an area code that begins with 0 or "
        "1, 13225 for a premium number, 13227 for one abroad or, on trial, one that is not "
        "verified, where the account may not call it; if none is left no call is made, and "
        "DialStatus is failed",
        "the titles of the codes; an application of the time got failed for a wrong number",
        _CALL,
    ),
    Question(
        Q.WARNINGS_LOGGED,
        "When is a warning about a document logged?",
        "12200 when the document arrives, the others when their verb is reached",
        "nothing",
        _CALL,
    ),
    Question(
        Q.LATER_VERB,
        "What does a verb of a later version do?",
        "13750 is logged as a warning; the verb is left out, and the rest runs",
        "the dictionary of 2025",
        _CALL,
    ),
    Question(
        Q.SAY_NOTHING,
        "What does <Say> do without text?",
        "13520 is logged as a warning, and nothing is said",
        "the code's title, Say: Invalid text",
        _CALL,
    ),
    Question(
        Q.MIXED_DIAL,
        "What does <Dial> do with a Conference beside a Number, or with text beside nouns?",
        "with both nouns 13000 is logged and nothing is dialled; text beside a noun is passed over",
        "the dictionary of 2025 has the code",
        _CALL,
    ),
    Question(
        Q.SEVERAL_LEGS,
        "What is DialStatus when several numbers rang and none was answered?",
        "that of the number that ended last; no-answer after the timeout",
        "nothing",
        _CALL,
    ),
    Question(
        Q.RECORDING_CUT_SHORT,
        "What becomes of a recording whose call is sent to another document?",
        "it is dropped",
        "nothing",
        _CALL,
    ),
    Question(
        Q.FORBIDDEN_VERB,
        "What does a verb do that its place forbids: a whisper, a wait document, a message?",
        "its code is logged as a warning; the verb is left out, and the rest runs",
        "the dictionary has a code for each",
        _CALL,
    ),
    # Calls besides their documents.
    Question(
        Q.VALIDATION_CALL,
        "How long does a validation call ring, what does it say, how often may a code be wrong?",
        "60 seconds; our own words; the third wrong code, and the third silence, end the call, and "
        "the number is not validated; no account lists the call",
        "the page has the code and the delay; 60 seconds are the default of other calls",
        _CALL,
    ),
    Question(
        Q.SENT_KEYS,
        "When are the keys of SendDigits and sendDigits sent, and how long does one take?",
        "when it is answered, before the first document, the whisper and the connection; a key "
        "takes no time, and w half a second",
        "after connecting, say the pages; half a second is documented for Number",
        _CALL,
    ),
    Question(
        Q.CONFERENCE_BEEP,
        "Who hears the beep of a conference, and whose beep attribute counts?",
        "all who are in it, with who enters and without who leaves; that of who enters or leaves; "
        "nobody before it has begun",
        "a beep is played to the conference when a participant joins or leaves, says the page",
        _CALL,
    ),
    Question(
        Q.LONG_TEXT_ANSWER,
        "What does an answer of plain text do to a message, if it has more than 160 characters?",
        "its first 160 characters are sent, and nothing is logged; the transcript tells so",
        "the page names the 160 characters, and not what becomes of the rest",
        _CALL,
    ),
)

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
        "failed",
        "two pages disagree",
        _WEBHOOK,
    ),
    Question(
        Q.TWIML_WITHOUT_CONNECTION,
        "Is TwiML run that answers a request about a call that never connected?",
        "no TwiML is run",
        "it is ignored for hangup-machine",
        _WEBHOOK,
    ),
    Question(
        Q.REQUEST_WITHOUT_CONNECTION,
        "Is there a request at the end of a call that never connected?",
        "yes, one, with DialStatus; the Url is asked once",
        "nothing",
        _WEBHOOK,
    ),
    Question(
        Q.OTHER_WEBHOOK_PARAMETERS,
        "Which parameters do whisper, wait, redirect and fallback requests carry?",
        "those of every request of a call; a fallback also ErrorCode and ErrorUrl",
        "nothing",
        _WEBHOOK,
    ),
    Question(
        Q.CALL_GUID,
        "Do requests to your server name both CallSid and CallGuid?",
        "both",
        "live traffic of 2010 had both",
        _WEBHOOK,
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
        "it clears the property, a URL with its method and its fallback URL; where something is "
        "created, empty is absent",
        "unset properties are shown empty; a client sent empty fields with its purchases; codes "
        "21405 and 21406 are for a fallback URL without the URL",
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
        "no message is sent, 14103 is logged, and SmsStatus is invalid",
        "the verb's page lists invalid; the dictionary has a code for an invalid body",
        _CALL,
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
        Q.SEND_DIGITS_WAIT,
        "Does SendDigits take a w, which waits for half a second?",
        "yes",
        "the page lists digits, # and * as included; a later text of code 21206 has the w, and so "
        "has sendDigits of Number",
        grade=Grade.LATER,
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
        "21406 for a fallback URL of short codes without SmsUrl, "
        "20001 for an ApiVersion, 20002 for an absent FriendlyName, 21205 for an absent URL, "
        "21209 for a CurrentMethod, 21401 for an absent number to validate, 21409 for a "
        "VoiceCallerIdLookup that is neither true nor false, 21606 for a malformed From",
        "a 400 has a code",
        _FORM,
    ),
    Question(
        Q.PHONE_NUMBERS_PATH,
        "Is /PhoneNumbers/{Sid} a path?",
        "yes, the same as /IncomingPhoneNumbers/{Sid}, also for Local and TollFree in that place",
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

# Requests that the API makes.
_WEBHOOKS = (
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

QUESTIONS: Mapping[int, Question] = MappingProxyType(
    {q.number: q for q in (*_ALL, *_TWIML, *_WEBHOOKS)}
)
