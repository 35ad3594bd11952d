"""
Requests that were written for another version of the API, and the edit to make.

One table. A hint is given only with a request that was refused, or of which something was ignored;
never with one that this version understands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from twreplay._api import RESOURCES, VERSION, Action, Q
from twreplay._simulator.checks.context import AllowedRequest, Answer, RequestContext

_WRITES = frozenset({"POST", "PUT"})

_LIST = Action.LIST
_CALL = Action.MAKE_CALL
_REDIRECT = Action.REDIRECT_CALL
_SMS = Action.SEND_SMS
_BUY = Action.BUY_NUMBER

# Action and form field that was sent, and what to send instead.
_FIELDS: Mapping[tuple[Action, str], str] = MappingProxyType(
    {
        (_CALL, "To"): "calls name the number to call Called, not To",
        (_CALL, "From"): "calls name the caller id Caller, not From",
        (_CALL, "ApplicationSid"): "there are no applications; send Url",
        (_CALL, "Twiml"): "TwiML is fetched; send the Url of it",
        (_CALL, "MachineDetection"): "answering machines are told with IfMachine",
        (_CALL, "Record"): "calls are recorded by <Record> in TwiML, not by a parameter",
        (_CALL, "StatusCallback"): "calls have no StatusCallback; the end of a call is told to Url",
        (_CALL, "StatusCallbackMethod"): "calls have no StatusCallback; leave its method out",
        (_CALL, "StatusCallbackEvent"): "calls have no StatusCallback; leave its events out",
        (_CALL, "FallbackUrl"): "calls have no FallbackUrl; only phone numbers have fallbacks",
        (_CALL, "FallbackMethod"): "calls have no FallbackUrl; leave its method out",
        (_REDIRECT, "Url"): "a live call is sent to other TwiML by CurrentUrl, not Url",
        (_REDIRECT, "Method"): "the method of CurrentUrl is CurrentMethod, not Method",
        (_REDIRECT, "Twiml"): "TwiML is fetched; send the CurrentUrl of it",
        (_REDIRECT, "Status"): "a call is hung up by sending CurrentUrl to TwiML with <Hangup/>",
        (_CALL, "SendDigit"): "the digits to press are SendDigits, not SendDigit",
        (_REDIRECT, "StatusCallback"): "calls have no StatusCallback; their end is told to Url",
        (_SMS, "Text"): "the text of a message is Body, not Text",
        (_SMS, "StatusCallbackMethod"): "StatusCallback is always asked by POST",
        (_SMS, "Called"): "messages name the recipient To, not Called",
        (_SMS, "Caller"): "messages name the sender From, not Caller",
        (_SMS, "MediaUrl"): "there is no MMS; messages are text",
        (_SMS, "ApplicationSid"): "there are no applications; send StatusCallback",
        (_SMS, "MessagingServiceSid"): "there are no messaging services; send From",
        (_BUY, "PhoneNumber"): "a number cannot be chosen; send AreaCode, or nothing",
        (_BUY, "VoiceUrl"): "the voice URL of a number is Url, not VoiceUrl",
        (_BUY, "VoiceMethod"): "the method of the voice URL is Method, not VoiceMethod",
        (_BUY, "StatusCallback"): "phone numbers have no StatusCallback",
        (_BUY, "VoiceApplicationSid"): "there are no applications; send Url",
        (_BUY, "SmsApplicationSid"): "there are no applications; send SmsUrl",
        (Action.UPDATE, "VoiceUrl"): "the voice URL of a number is Url, not VoiceUrl",
        (Action.UPDATE, "VoiceMethod"): "the method of the voice URL is Method, not VoiceMethod",
        (Action.UPDATE, "VoiceApplicationSid"): "there are no applications; send Url",
        (Action.UPDATE, "SmsApplicationSid"): "there are no applications; send SmsUrl",
        (_BUY, "Contains"): "a number cannot be chosen; send AreaCode, or nothing",
        (Action.UPDATE, "StatusCallback"): "phone numbers have no StatusCallback",
        (Action.UPDATE, "PhoneNumber"): "a number cannot be changed into another one; buy one",
        (Action.UPDATE, "EndConferenceOnExit"): "only Muted can be changed of a participant",
        (Action.UPDATE, "AnnounceUrl"): "nothing can be announced to a participant",
        (Action.UPDATE, "AccountSid"): "a number cannot be moved to another account",
        (Action.UPDATE, "Hold"): "participants can be muted, not held",
        (Action.UPDATE, "Status"): "accounts cannot be suspended or closed by request",
        (Action.START_VALIDATION, "StatusCallback"): "validation calls have no StatusCallback",
        (Action.START_VALIDATION, "Extension"): "validation calls dial no extension",
    }
)

# Fields of requests that came with later versions, whatever they are for.
_LATER_FIELDS = frozenset(
    {
        *("AsyncAmd", "AsyncAmdStatusCallback", "Byoc", "CallReason", "CallToken", "CallerId"),
        *("ClientNotificationUrl", "MachineDetectionSilenceTimeout", "MachineDetectionTimeout"),
        *("MachineDetectionSpeechThreshold", "MachineDetectionSpeechEndThreshold"),
        *("RecordingChannels", "RecordingStatusCallback", "RecordingStatusCallbackMethod"),
        *("RecordingStatusCallbackEvent", "RecordingTrack", "SipAuthPassword", "SipAuthUsername"),
        *("TimeLimit", "Trim", "AddressRetention", "Attempt", "ContentRetention", "ContentSid"),
        *("ContentVariables", "ForceDelivery", "MaxPrice", "PersistentAction", "ProvideFeedback"),
        *("RiskCheck", "ScheduleType", "SendAsMms", "SendAt", "ShortenUrls", "SmartEncoded"),
        *("TrafficType", "ValidityPeriod", "AddressSid", "ApiVersion", "BundleSid"),
        *("EmergencyAddressSid", "EmergencyStatus", "IdentitySid", "SmsCapable", "TrunkSid"),
        *("StatusCallbackMethod", "VoiceReceiveMode", "Coaching", "CallSidToCoach", "HoldUrl"),
        *("AnnounceMethod", "BeepOnExit", "HoldMethod", "WaitUrl", "WaitMethod", "Label"),
    }
)

# Query parameter of a list, and what to use instead.
_FILTERS: Mapping[str, str] = MappingProxyType(
    {
        "PageSize": "the size of a page is num, not PageSize",
        "Num": "the size of a page is num, in lower case",
        "PageToken": "pages are numbered: page=0, page=1; or follow nextpageuri",
        "AfterSid": "pages are numbered: page=0, page=1; or follow nextpageuri",
        "To": "calls are filtered by Called, not To",
        "From": "calls are filtered by Caller, not From",
        "Called": "messages are filtered by To, not Called",
        "Caller": "messages are filtered by From, not Caller",
        "ParentCallSid": "the legs of a call are listed at Calls/{CallSid}/Segments",
        "EndTime": "calls are filtered by StartTime only",
        "StartTimeAfter": "dates are compared by the name: StartTime>=2009-07-06",
        "StartTimeBefore": "dates are compared by the name: StartTime<=2009-07-06",
        "DateSentAfter": "dates are compared by the name: DateSent>=2009-07-06",
        "DateSentBefore": "dates are compared by the name: DateSent<=2009-07-06",
        "Beta": "there are no beta numbers to filter by",
        "ConferenceSid": "recordings are of calls; they are filtered by CallSid",
        "Body": "messages are filtered by To, From and DateSent only",
    }
)

# Words for a status that later versions use, and the number here.
_STATUSES: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("Call", "queued"): "0",
        ("Call", "ringing"): "0",
        ("Call", "in-progress"): "1",
        ("Call", "completed"): "2",
        ("Call", "busy"): "3",
        ("Call", "failed"): "4",
        ("Call", "no-answer"): "5",
        ("Conference", "init"): "0",
        ("Conference", "in-progress"): "1",
        ("Conference", "completed"): "2",
    }
)

_LOGS = {"error": "0", "warning": "1", "warn": "1"}

# The first part of a path below an account, and where to go instead.
_PATHS: Mapping[str, str] = MappingProxyType(
    {
        "Messages": "messages are at SMS/Messages",
        "Sms": "messages are at SMS/Messages, with SMS in capitals",
        "ShortCodes": "short codes are at SMS/ShortCodes",
        "AvailablePhoneNumbers": "numbers are bought unseen: POST to IncomingPhoneNumbers/Local or "
        "IncomingPhoneNumbers/TollFree",
        "Applications": "there are no applications; URLs are set on numbers and calls",
        "ConnectApps": "there are no Connect apps",
        "AuthorizedConnectApps": "there are no Connect apps",
        "Queues": "there are no queues",
        "Usage": "there are no usage records; sum up Price over Calls",
        "SIP": "there is no SIP",
        "Keys": "there are no API keys; use the account's Sid and token",
        "SigningKeys": "there are no API keys; use the account's Sid and token",
        "Addresses": "there are no addresses",
        "Media": "there is no MMS; messages have no media",
        "PhoneNumbers": "phone numbers are at IncomingPhoneNumbers",
        "Balance": "there is no balance",
        "DependentPhoneNumbers": "there are no addresses",
        "Sandboxes": "the sandbox is at Sandbox, in the singular",
        "CallerIds": "caller ids are at OutgoingCallerIds",
        "Tokens": "there are no tokens",
        "Participants": "participants are at Conferences/{ConferenceSid}/Participants",
        "Segments": "segments are at Calls/{CallSid}/Segments",
        "Conference": "the path is Conferences, in the plural",
        "Call": "the path is Calls, in the plural",
        "Recording": "the path is Recordings, in the plural",
    }
)

# The last part of a path below an instance that later versions have, and what to do instead.
_LATER_PARTS: Mapping[str, str] = MappingProxyType(
    {
        "Media": "there is no MMS; messages have no media",
        "Feedback": "calls and messages have no feedback",
        "Events": "calls have no events; the requests that were made are in Notifications",
        "Streams": "calls have no media streams",
        "Payments": "calls take no payments",
        "Siprec": "there is no SIP",
        "UserDefinedMessages": "calls take no messages",
        "UserDefinedMessageSubscriptions": "calls take no messages",
        "AddOnResults": "recordings have no add-ons",
        "Recordings": "recordings are of calls: Calls/{CallSid}/Recordings",
    }
)

# A method that later versions take, at which endpoint, and what to do instead.
_METHODS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("POST", "/Accounts/{AccountSid}/IncomingPhoneNumbers"): "numbers are bought at "
        "IncomingPhoneNumbers/Local or IncomingPhoneNumbers/TollFree",
        ("DELETE", "/Accounts/{AccountSid}/Calls/{Sid}"): "calls cannot be deleted",
        ("DELETE", "/Accounts/{AccountSid}/SMS/Messages/{Sid}"): "messages cannot be deleted",
        ("POST", "/Accounts/{AccountSid}/SMS/Messages/{Sid}"): "messages cannot be changed",
        ("POST", "/Accounts/{AccountSid}/Conferences/{Sid}"): "a conference ends when its "
        "participants are put out: DELETE Conferences/{Sid}/Participants/{CallSid}",
        (
            "POST",
            "/Accounts/{AccountSid}/Conferences/{ConferenceSid}/Participants",
        ): "participants are called by POST to Calls, with TwiML that has <Conference>",
        ("POST", "/Accounts/{AccountSid}/Calls/{CallSid}/Recordings"): "calls are recorded by "
        "<Record> in TwiML",
        (
            "DELETE",
            "/Accounts/{AccountSid}/Recordings/{RecordingSid}/Transcriptions/{Sid}",
        ): "transcriptions cannot be deleted",
        ("PUT", "/Accounts/{AccountSid}/SMS/ShortCodes/{Sid}"): "short codes are changed by POST",
    }
)

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT")

_KNOWN_NAMES = frozenset(
    param.name
    for resource in RESOURCES
    for endpoint in resource.endpoints
    for operation in endpoint.operations
    for param in operation.params
) | frozenset(f.name for resource in RESOURCES for f in resource.filters)
_BY_LOWER = {name.lower(): name for name in _KNOWN_NAMES}
_FOLDED_PATHS = {
    part.lower(): part
    for resource in RESOURCES
    for endpoint in resource.endpoints
    for part in endpoint.path.split("/")
    if part and not part.startswith("{")
}


def find_hints(context: RequestContext, answer: Answer) -> tuple[str, ...]:
    """Return the edits to make; empty if the request was made for this version."""
    was_understood = answer.status < 400 and not context.unknown and not context.ignored
    if was_understood and (
        Q.ACCEPT_HEADER not in context.open_questions or "json" not in context.ineffective_accept
    ):
        return ()
    found: list[str] = []
    for look in _LOOKS:
        found += look(context, answer)
    return tuple(dict.fromkeys(found))


def _suggest_by_version(context: RequestContext, answer: Answer) -> list[str]:
    segments = context.request.path.split("/")
    if segments[1] == VERSION:
        return []
    if "Accounts" in segments[:3]:
        sent = segments[1] if segments[1] != "Accounts" else "none"
        return [f"the path begins with /{VERSION}; the version in it is {sent}"]
    return []


def _suggest_by_path(context: RequestContext, answer: Answer) -> list[str]:
    segments = context.request.path.split("/")[1:]
    reached = context.reached
    if reached is not None and reached.variables.get("Sid") == "Mobile":
        return ["numbers are Local or TollFree"]
    if reached is not None or segments[0] != VERSION or len(segments) < 2:
        return []
    if segments[1] == "Account":
        return ["the path is Accounts, in the plural"]
    if len(segments) > 3:
        word = segments[3].partition(".")[0]
        if word in _PATHS:
            return [_PATHS[word]]
        if word == "Transcriptions" and len(segments) > 4:
            return ["a transcription is at Recordings/{RecordingSid}/Transcriptions/{Sid}"]
        last = segments[-1].partition(".")[0]
        if last in _LATER_PARTS and len(segments) > 5:
            return [_LATER_PARTS[last]]
    known = [_FOLDED_PATHS.get(part.partition(".")[0].lower()) for part in segments]
    for part, right in zip(segments, known, strict=True):
        if right is not None and part.partition(".")[0] != right:
            return [f"paths are case-sensitive: {right}, not {part.partition('.')[0]}"]
    if segments[1] != "Accounts" and segments[1] in _FOLDED_PATHS.values():
        return [f"the account is in the path: /{VERSION}/Accounts/{{AccountSid}}/{segments[1]}"]
    if segments[-1] == "":
        return ["leave out the slash at the end of the path"]
    return []


def _suggest_by_credentials(context: RequestContext, answer: Answer) -> list[str]:
    if answer.status != 401:
        return []
    given = context.request.headers.get("authorization", "")
    credentials = context.request.credentials
    if given.lower().startswith("bearer"):
        return ["there are no bearer tokens; use HTTP Basic with the account's Sid and token"]
    if credentials is not None and credentials.account_sid.startswith("SK"):
        return ["there are no API keys; the user is the account's Sid, AC..., not SK..."]
    if credentials is not None and credentials.auth_token.strip() != credentials.auth_token:
        return ["the auth token has white space around it, perhaps a line break from a file"]
    return []


def _suggest_by_method(context: RequestContext, answer: Answer) -> list[str]:
    if answer.status != 405 or context.reached is None:
        return []
    hint = _METHODS.get((context.method, context.reached.endpoint.path))
    return [hint] if hint else []


def _suggest_by_fields(context: RequestContext, answer: Answer) -> list[str]:
    allowed = context.reached
    if not isinstance(allowed, AllowedRequest) or context.method not in _WRITES:
        return []
    found = []
    for name, _ in context.unknown:
        hint = _FIELDS.get((allowed.operation.action, name))
        right = _BY_LOWER.get(name.lower())
        params = {param.name for param in allowed.operation.params}
        if hint is not None:
            found.append(hint)
        elif right in params:
            found.append(f"names are case-sensitive: {right}, not {name}")
        elif name in _LATER_FIELDS:
            found.append(f"{name} came with a later version; leave it out")
    return found


def _suggest_by_body(context: RequestContext, answer: Answer) -> list[str]:
    kind = context.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not context.request.body or context.method not in _WRITES or answer.status < 400:
        return []
    if kind in ("application/json", "multipart/form-data"):
        return [f"bodies are application/x-www-form-urlencoded; {kind} is not read"]
    return []


def _suggest_by_filters(context: RequestContext, answer: Answer) -> list[str]:
    found = []
    resource = context.reached.resource if context.reached is not None else None
    filters = {f.name for f in resource.filters} if resource is not None else set()
    for name in context.ignored:
        right = _BY_LOWER.get(name.lower())
        if name in _FILTERS and name not in filters:
            found.append(_FILTERS[name])
        elif right in filters and name not in filters:
            found.append(f"names are case-sensitive: {right}, not {name}")
        elif (plain := name.rstrip("<>=")) in _FILTERS:
            found.append(_FILTERS[plain])
        elif (date := name.removesuffix("After")) != name and date in filters:
            found.append(f"dates are compared by the name: {date}>=2009-07-06")
        elif (date := name.removesuffix("Before")) != name and date in filters:
            found.append(f"dates are compared by the name: {date}<=2009-07-06")
        elif name == "Status" and resource is not None and filters and name not in filters:
            found.append(f"{resource.plural} are filtered by {', '.join(sorted(filters))} only")
    for name, value in context.request.query:
        if name == "Status" and resource is not None and (resource.name, value) in _STATUSES:
            number = _STATUSES[resource.name, value]
            found.append(f"the status is a number: Status={number} for {value}")
        if name == "Log" and name in filters and value.lower() in _LOGS:
            found.append(f"the log is a number: Log={_LOGS[value.lower()]} for {value}")
        if name.rstrip("<>=") in filters and _TIMESTAMP.match(value):
            found.append(f"dates are days, such as {value.partition('T')[0]}, without the time")
        if name in context.ignored and value.endswith(".json"):
            found.append("the extension belongs to the path, before the query: Calls.json?Status=1")
    return found


def _suggest_by_accept(context: RequestContext, answer: Answer) -> list[str]:
    if "json" not in context.ineffective_accept or context.reached is None:
        return []
    return ["Accept does not choose JSON; add .json to the path"]


_LOOKS: tuple[Callable[[RequestContext, Answer], list[str]], ...] = (
    _suggest_by_version,
    _suggest_by_path,
    _suggest_by_credentials,
    _suggest_by_method,
    _suggest_by_fields,
    _suggest_by_body,
    _suggest_by_filters,
    _suggest_by_accept,
)


@dataclass(frozen=True, slots=True)
class HintTables:
    """The tables, for the documentation."""

    fields: Mapping[tuple[Action, str], str]
    filters: Mapping[str, str]
    statuses: Mapping[tuple[str, str], str]
    paths: Mapping[str, str]
    parts: Mapping[str, str]
    later_fields: frozenset[str]
    methods: Mapping[tuple[str, str], str]


TABLES = HintTables(_FIELDS, _FILTERS, _STATUSES, _PATHS, _LATER_PARTS, _LATER_FIELDS, _METHODS)
