"""Incoming phone numbers, local and toll-free."""

from dataclasses import replace

from twreplay._resources import _faults as fault
from twreplay._resources._definition import (
    Action,
    Endpoint,
    Filter,
    FilterBy,
    Operation,
    Param,
    Property,
    Resource,
    Shape,
    Success,
)
from twreplay._resources._evidence import Evidence
from twreplay._resources._values import AREA_CODE, BOOLEAN, FRIENDLY_NAME, METHOD, URL

_PAGE = Evidence("Incoming Phone Numbers page")
_LOCAL = Evidence("Incoming Phone Numbers page, Local")
_TOLL_FREE = Evidence("Incoming Phone Numbers page, TollFree")


def _url(name: str) -> Param:
    return Param(
        name,
        URL,
        invalid=fault.INVALID_NUMBER_URL,
        sets=name,
        example=f"http://www.example.com/{name.lower()}",
    )


def _method(name: str) -> Param:
    return Param(name, METHOD, invalid=fault.INVALID_NUMBER_METHOD, sets=name, example="GET")


_NAME = Param(
    "FriendlyName",
    FRIENDLY_NAME,
    invalid=fault.INVALID_FRIENDLY_NAME,
    sets="FriendlyName",
    example="Main line",
)
_AREA_CODE = Param("AreaCode", AREA_CODE, invalid=fault.INVALID_AREA_CODE)
_VOICE = (
    _url("Url"),
    _method("Method"),
    _url("VoiceFallbackUrl"),
    _method("VoiceFallbackMethod"),
)
_SMS = (
    _url("SmsUrl"),
    _method("SmsMethod"),
    _url("SmsFallbackUrl"),
    _method("SmsFallbackMethod"),
)
_LOOKUP = Param(
    "VoiceCallerIdLookup",
    BOOLEAN,
    invalid=fault.INVALID_LOOKUP,
    sets="VoiceCallerIdLookup",
    example="true",
)
_BUY = (_AREA_CODE, _NAME, *_VOICE, *_SMS, _LOOKUP)
# The table calls Url required. Nothing tells what happened without it.
_UPDATE = (_NAME, replace(_VOICE[0], absent_question=31), *_VOICE[1:], *_SMS, _LOOKUP)

INCOMING_PHONE_NUMBER = Resource(
    name="IncomingPhoneNumber",
    container="IncomingPhoneNumbers",
    plural="incoming_phone_numbers",
    sid_prefix="PN",
    properties=(
        Property("Sid"),
        Property("AccountSid"),
        Property("FriendlyName"),
        Property("PhoneNumber", Shape.NUMBER),
        Property("Url"),
        Property("Method"),
        Property("SmsUrl", absent_with="toll_free"),
        Property("SmsMethod", absent_with="toll_free"),
        Property("VoiceFallbackUrl"),
        Property("VoiceFallbackMethod"),
        Property("SmsFallbackUrl", absent_with="toll_free"),
        Property("SmsFallbackMethod", absent_with="toll_free"),
        Property("VoiceCallerIdLookup", Shape.TRUE_FALSE, arranged="false"),
        Property("DateCreated", Shape.DATE),
        Property("DateUpdated", Shape.DATE),
        Property("Capabilities", Shape.PARTS, only_with="capabilities", parts=("Voice", "SMS")),
    ),
    sorted_by="DateCreated",
    filters=(Filter("PhoneNumber", FilterBy.PHONE_NUMBER), Filter("FriendlyName")),
    hidden={"toll_free": "false", "voice": "true", "sms": "true"},
    endpoints=(
        Endpoint(
            path="/Accounts/{AccountSid}/IncomingPhoneNumbers",
            operations=(
                Operation(
                    method="GET",
                    action=Action.LIST,
                    summary="List phone numbers of both kinds.",
                    evidence=_PAGE,
                ),
            ),
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/IncomingPhoneNumbers/Local",
            operations=(
                Operation(
                    method="GET",
                    action=Action.LIST,
                    summary="List local phone numbers.",
                    evidence=_LOCAL,
                ),
                Operation(
                    method="POST",
                    action=Action.BUY_NUMBER,
                    summary="Buy a local phone number.",
                    evidence=_LOCAL,
                    params=_BUY,
                    requires=("account_may_buy", "fallbacks_have_urls"),
                    success=Success.CREATED,
                ),
            ),
            fixed=(("toll_free", "false"),),
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/IncomingPhoneNumbers/TollFree",
            operations=(
                Operation(
                    method="GET",
                    action=Action.LIST,
                    summary="List toll-free phone numbers.",
                    evidence=_TOLL_FREE,
                ),
                Operation(
                    method="POST",
                    action=Action.BUY_NUMBER,
                    summary="Buy a toll-free phone number.",
                    evidence=_TOLL_FREE,
                    # The Sms fields stay, so that they can be refused by name.
                    params=_BUY,
                    requires=("account_may_buy", "sms_suits_the_number", "fallbacks_have_urls"),
                    success=Success.CREATED,
                ),
            ),
            fixed=(("toll_free", "true"),),
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}",
            operations=(
                Operation(
                    method="GET",
                    action=Action.FETCH,
                    summary="Show a phone number.",
                    evidence=_PAGE,
                ),
                Operation(
                    method="POST",
                    action=Action.UPDATE,
                    summary="Change a phone number.",
                    evidence=_PAGE,
                    params=_UPDATE,
                    requires=("sms_suits_the_number", "fallbacks_have_urls"),
                ),
                Operation(
                    method="PUT",
                    action=Action.UPDATE,
                    summary="Change a phone number.",
                    evidence=_PAGE,
                    params=_UPDATE,
                    requires=("sms_suits_the_number", "fallbacks_have_urls"),
                ),
                Operation(
                    method="DELETE",
                    action=Action.DELETE,
                    summary="Release a phone number.",
                    evidence=_PAGE,
                    success=Success.RELEASED,
                    questions=(4,),
                ),
            ),
        ),
    ),
    pages="Incoming Phone Numbers page",
)
