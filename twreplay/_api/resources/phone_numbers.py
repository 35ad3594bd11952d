"""Incoming phone numbers, local and toll-free."""

from dataclasses import replace

from twreplay._api import errors as fault
from twreplay._api import possible
from twreplay._api.definition import (
    Action,
    Arranging,
    Endpoint,
    Filter,
    FilterBy,
    Operation,
    Option,
    Param,
    Property,
    Resource,
    SuccessStatus,
    WireFormat,
)
from twreplay._api.evidence import Evidence, Grade
from twreplay._api.field_types import AREA_CODE, BOOLEAN
from twreplay._api.operations import (
    DATES,
    define_fetch,
    define_friendly_name,
    define_list,
    define_method,
    define_update,
    define_url,
)
from twreplay._api.questions import Q

_PAGE = Evidence("Incoming Phone Numbers page")
_LOCAL = Evidence("Incoming Phone Numbers page, Local")
_TOLL_FREE = Evidence("Incoming Phone Numbers page, TollFree")


_NAME = define_friendly_name("Main line")
_AREA_CODE = Param("AreaCode", AREA_CODE, invalid=fault.INVALID_AREA_CODE)
_VOICE = (
    define_url("Url"),
    define_method("Method"),
    define_url("VoiceFallbackUrl"),
    define_method("VoiceFallbackMethod"),
)
_SMS = (
    define_url("SmsUrl"),
    define_method("SmsMethod"),
    define_url("SmsFallbackUrl"),
    define_method("SmsFallbackMethod"),
)
_LOOKUP = Param(
    "VoiceCallerIdLookup",
    BOOLEAN,
    invalid=fault.INVALID_LOOKUP,
    nearest_code=frozenset({"invalid"}),
    sets="VoiceCallerIdLookup",
    example="true",
)
_BUY = (_AREA_CODE, _NAME, *_VOICE, *_SMS, _LOOKUP)
# The table calls Url required. No source says what happened without it.
_UPDATE = (
    _NAME,
    replace(_VOICE[0], absent_question=Q.UPDATE_WITHOUT_URL),
    *_VOICE[1:],
    *_SMS,
    _LOOKUP,
)

INCOMING_PHONE_NUMBER = Resource(
    name="IncomingPhoneNumber",
    container="IncomingPhoneNumbers",
    plural="incoming_phone_numbers",
    listing="The phone numbers.",
    arranging=Arranging(
        method="add_incoming_phone_number",
        summary="Add a phone number.",
        options=(
            Option(
                "toll_free",
                "bool | None",
                "None",
                "It is toll-free, and so takes no SMS; by default as its area code says.",
            ),
            Option("voice", "bool", "True", "It takes calls."),
            Option(
                "sms",
                "bool | None",
                "None",
                "It takes messages; a local number does, if nothing else is said.",
            ),
        ),
        properties="Any property, such as ``PhoneNumber``, ``Url`` or ``SmsUrl``.",
    ),
    sid_prefix="PN",
    properties=(
        Property("Sid"),
        Property("AccountSid"),
        Property("FriendlyName"),
        Property("PhoneNumber", WireFormat.NUMBER, possible=possible.PHONE_NUMBER),
        Property("Url"),
        Property("Method"),
        Property("SmsUrl", absent_with="toll_free"),
        Property("SmsMethod", absent_with="toll_free"),
        Property("VoiceFallbackUrl"),
        Property("VoiceFallbackMethod"),
        Property("SmsFallbackUrl", absent_with="toll_free"),
        Property("SmsFallbackMethod", absent_with="toll_free"),
        Property("VoiceCallerIdLookup", WireFormat.TRUE_FALSE, arranged="false"),
        *DATES,
        Property(
            "Capabilities",
            WireFormat.PARTS,
            only_with="capabilities",
            parts=("Voice", "SMS"),
            known_from=Evidence("a number of 20 March 2010", Grade.OBSERVED),
        ),
    ),
    sorted_by="DateCreated",
    filters=(Filter("PhoneNumber", FilterBy.PHONE_NUMBER), Filter("FriendlyName")),
    hidden={"toll_free": False, "voice": True, "sms": True},
    endpoints=(
        Endpoint(
            path="/Accounts/{AccountSid}/IncomingPhoneNumbers",
            operations=(define_list("List phone numbers of both kinds.", _PAGE),),
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/IncomingPhoneNumbers/Local",
            operations=(
                define_list("List local phone numbers.", _LOCAL),
                Operation(
                    method="POST",
                    action=Action.BUY_NUMBER,
                    summary="Buy a local phone number.",
                    evidence=_LOCAL,
                    params=_BUY,
                    requires=("account_may_buy", "fallbacks_have_urls"),
                    success=SuccessStatus.CREATED,
                ),
            ),
            fixed=(("toll_free", False),),
            silent_on_filters=True,
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/IncomingPhoneNumbers/TollFree",
            operations=(
                define_list("List toll-free phone numbers.", _TOLL_FREE),
                Operation(
                    method="POST",
                    action=Action.BUY_NUMBER,
                    summary="Buy a toll-free phone number.",
                    evidence=_TOLL_FREE,
                    # The Sms fields stay, so that they can be refused by name.
                    params=_BUY,
                    requires=("account_may_buy", "sms_suits_the_number", "fallbacks_have_urls"),
                    success=SuccessStatus.CREATED,
                ),
            ),
            fixed=(("toll_free", True),),
            silent_on_filters=True,
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}",
            operations=(
                define_fetch("Show a phone number.", _PAGE),
                *define_update(
                    "POST",
                    "PUT",
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
                    success=SuccessStatus.RELEASED,
                    questions=(Q.RELEASED_STATUS,),
                ),
            ),
        ),
    ),
    pages="Incoming Phone Numbers page",
)
