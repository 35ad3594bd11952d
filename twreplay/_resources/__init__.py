"""What the API is: every resource, as data."""

from collections.abc import Mapping
from types import MappingProxyType

from twreplay._resources._definition import (
    Action,
    Endpoint,
    Filter,
    FilterBy,
    Hidden,
    Operation,
    Param,
    Property,
    Resource,
    Shape,
    Success,
)
from twreplay._resources._evidence import Evidence, Grade
from twreplay._resources._faults import Fault
from twreplay._resources._profile import DIFFERENCES, PROFILES, Profile
from twreplay._resources._questions import QUESTIONS, Effect, Q, Question
from twreplay._resources.accounts import ACCOUNT
from twreplay._resources.caller_ids import OUTGOING_CALLER_ID, VALIDATION_REQUEST
from twreplay._resources.calls import CALL
from twreplay._resources.conferences import CONFERENCE
from twreplay._resources.notifications import NOTIFICATION
from twreplay._resources.participants import PARTICIPANT
from twreplay._resources.phone_numbers import INCOMING_PHONE_NUMBER
from twreplay._resources.recordings import RECORDING
from twreplay._resources.sandbox import SANDBOX
from twreplay._resources.short_codes import SHORT_CODE
from twreplay._resources.sms_messages import SMS_MESSAGE
from twreplay._resources.transcriptions import TRANSCRIPTION

__all__ = [
    "ALIASES",
    "DIFFERENCES",
    "EXTENSIONS",
    "PROFILES",
    "QUESTIONS",
    "RESOURCES",
    "VALIDATION_REQUEST",
    "VERSION",
    "Action",
    "Effect",
    "Endpoint",
    "Evidence",
    "Fault",
    "Filter",
    "FilterBy",
    "Grade",
    "Hidden",
    "Operation",
    "Param",
    "Profile",
    "Property",
    "Q",
    "Question",
    "Resource",
    "Shape",
    "Success",
]

VERSION = "2008-08-01"

EXTENSIONS = ("xml", "json", "csv", "html")
"""The extensions that every path takes. Source: response page, representations."""

ALIASES: Mapping[str, str] = MappingProxyType({"PhoneNumbers": "IncomingPhoneNumbers"})
"""First path segment below an account that stands for another: the request page's own example."""

# The registry. A new resource is a file beside this one, and its line here.
RESOURCES: tuple[Resource, ...] = (
    ACCOUNT,
    CALL,
    CONFERENCE,
    PARTICIPANT,
    INCOMING_PHONE_NUMBER,
    NOTIFICATION,
    OUTGOING_CALLER_ID,
    RECORDING,
    TRANSCRIPTION,
    SANDBOX,
    SMS_MESSAGE,
    SHORT_CODE,
)
