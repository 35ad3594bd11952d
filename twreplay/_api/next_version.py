"""
What becomes of requests and responses of 2008-08-01 in the next version, 2010-04-01.

The mirror of the hints about requests that were written for that version. Source: the vendor's
guide "Upgrade from Twilio's v2008 API", and the reference of 2010-04-01; grade: later version.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from twreplay._api.definition import Action

NEXT_VERSION: Final = "2010-04-01"

_LIST = Action.LIST
_CALL = Action.MAKE_CALL
_REDIRECT = Action.REDIRECT_CALL
_BUY = Action.BUY_NUMBER
_UPDATE = Action.UPDATE

NEXT_FIELDS: Final[Mapping[tuple[str, Action, str], str]] = MappingProxyType(
    {
        ("Call", _CALL, "Called"): "To, in E.164 form: +14155551212",
        ("Call", _CALL, "Caller"): "From, in E.164 form: +14155551212",
        ("Call", _REDIRECT, "CurrentUrl"): "Url",
        ("Call", _REDIRECT, "CurrentMethod"): "Method",
        ("Call", _LIST, "Called"): "To",
        ("Call", _LIST, "Caller"): "From",
        ("Call", _LIST, "Status"): "a word: queued, ringing, in-progress, completed, busy, ...",
        ("Conference", _LIST, "Status"): "a word: init, in-progress, completed",
        ("IncomingPhoneNumber", _BUY, "Url"): "VoiceUrl",
        ("IncomingPhoneNumber", _BUY, "Method"): "VoiceMethod",
        ("IncomingPhoneNumber", _UPDATE, "Url"): "VoiceUrl",
        ("IncomingPhoneNumber", _UPDATE, "Method"): "VoiceMethod",
    }
)
"""Resource, action and field of a form or query; and the field of the next version."""

NEXT_PAGING: Final[Mapping[str, str]] = MappingProxyType({"num": "PageSize", "page": "Page"})
"""Parameters of every list."""

NEXT_PATHS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "/Accounts/{AccountSid}/Calls/{Sid}/Segments": "Calls?ParentCallSid=...",
        "/Accounts/{AccountSid}/Calls/{Sid}/Segments/{CallSegmentSid}": "Calls/{Sid} of the leg",
        "/Accounts/{AccountSid}/IncomingPhoneNumbers/Local": "AvailablePhoneNumbers/US/Local, and "
        "POST to IncomingPhoneNumbers",
        "/Accounts/{AccountSid}/IncomingPhoneNumbers/TollFree": "AvailablePhoneNumbers/US/TollFree,"
        " and POST to IncomingPhoneNumbers",
    }
)
"""Paths that the next version does not have."""

NEXT_ELEMENTS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "Call": {
            "CallSegmentSid": "ParentCallSid",
            "Called": "To, in E.164 form",
            "Caller": "From, in E.164 form",
            "Status": "a word: queued, ringing, in-progress, completed, busy, failed, no-answer",
            "Flags": "Direction: inbound, outbound-api, outbound-dial",
        },
        "Conference": {"Status": "a word: init, in-progress, completed"},
        "Account": {"Status": "a word: active, suspended, closed", "StatusText": "left out"},
        "SMSMessage": {
            "To": "in E.164 form",
            "From": "in E.164 form",
            "Flags": "Direction: inbound, outbound-api, outbound-reply, outbound-call",
        },
        "IncomingPhoneNumber": {
            "PhoneNumber": "in E.164 form",
            "Url": "VoiceUrl",
            "Method": "VoiceMethod",
        },
    }
)
"""Elements of a response, by resource; and the element of the next version."""

NEXT_FORMATS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "json": "JSON without TwilioResponse, with names such as date_created",
        "csv": "CSV of lists as before; check its columns",
        "html": "HTML is not given; use XML or JSON",
    }
)
"""Representations other than XML."""
