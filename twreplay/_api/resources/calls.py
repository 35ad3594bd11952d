"""Calls and their segments."""

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
from twreplay._api.field_types import DIGITS, IF_MACHINE, METHOD, NUMBER, TIMEOUT, URL
from twreplay._api.operations import DATES, UNMENTIONED, define_fetch, define_list
from twreplay._api.questions import Q

_PAGE = Evidence("Calls page")
_MAKING = Evidence("making-calls page, POST parameters")
_SEGMENTS = Evidence("Calls page, Segments")
_CAPTURE = Evidence("a capture of September 2009", Grade.OBSERVED)

_MAKE = (
    # Called comes first: the only refusal that the pages print is the one for its absence.
    Param(
        "Called",
        NUMBER,
        missing=fault.NO_CALLED,
        invalid=fault.INVALID_CALLED,
        sets="Called",
        example="4155551212",
    ),
    Param(
        "Caller",
        NUMBER,
        missing=fault.NO_CALLER,
        invalid=fault.INVALID_CALLER,
        sets="Caller",
        example="4158675309",
    ),
    Param(
        "Url",
        URL,
        missing=fault.INVALID_CALL_URL,
        invalid=fault.INVALID_CALL_URL,
        nearest_code=frozenset({"missing"}),
        example="http://www.example.com/voice.xml",
    ),
    Param("Method", METHOD, invalid=fault.INVALID_CALL_METHOD, default="POST", example="GET"),
    Param("SendDigits", DIGITS, invalid=fault.INVALID_SEND_DIGITS, example="1234#"),
    Param("IfMachine", IF_MACHINE, invalid=fault.INVALID_IF_MACHINE, example="Hangup"),
    Param("Timeout", TIMEOUT, invalid=fault.INVALID_TIMEOUT, default="60", example="20"),
)
_REDIRECT = (
    Param(
        "CurrentUrl",
        URL,
        missing=fault.INVALID_CALL_URL,
        invalid=fault.INVALID_CALL_URL,
        nearest_code=frozenset({"missing"}),
        example="http://www.example.com/hangup.xml",
    ),
    Param(
        "CurrentMethod",
        METHOD,
        invalid=fault.INVALID_CALL_METHOD,
        default="POST",
        nearest_code=frozenset({"invalid"}),
    ),
)
_FIRST_LEG = (("segment", False),)
_DIAL_LEG = (("segment", True),)

CALL = Resource(
    name="Call",
    container="Calls",
    plural="calls",
    listing="The calls and their segments.",
    arranging=Arranging(
        method="add_call",
        summary="Add a call, completed if no ``Status`` is given; it stays as it is added.",
        options=(
            Option(
                "segment",
                "bool",
                "False",
                "It is a leg that Dial made, of the call with this ``Sid``.",
            ),
            Option(
                "goes_on",
                "bool",
                "False",
                "It is answered and ends as ``arrange_call`` says, like a call that a request "
                "made; for a ``Status`` of 0 or 1.",
            ),
            Option(
                "ends_after",
                "float | None",
                "None",
                "It goes on, and ends so many seconds after now, or after it is answered.",
            ),
        ),
        properties="Any property, such as ``Called``, ``Caller``, ``Status`` or ``Duration``.",
    ),
    sid_prefix="CA",
    properties=(
        Property("Sid"),
        *DATES,
        Property("CallSegmentSid"),
        Property("AccountSid"),
        Property("Called", WireFormat.NUMBER, "4155551212", possible=possible.PHONE_NUMBER),
        Property("Caller", WireFormat.NUMBER, "4158675309", possible=possible.CALLER),
        Property("PhoneNumberSid"),
        Property("Status", arranged="2", possible=possible.CALL_STATUS),
        Property("StartTime", WireFormat.DATE),
        Property("EndTime", WireFormat.DATE),
        Property("Duration", possible=possible.SECONDS),
        Property("Price", possible=possible.PRICE),
        Property("Flags", arranged="2", possible=possible.CALL_FLAGS),
        Property("Annotation", null=True, known_from=_CAPTURE),
    ),
    filters=(
        Filter("Called", FilterBy.PHONE_NUMBER),
        Filter("Caller", FilterBy.PHONE_NUMBER),
        Filter("Status", values=("0", "1", "2", "3", "4", "5"), named=("0", "1", "2")),
        Filter("StartTime", FilterBy.DATE),
        Filter("Flags"),
    ),
    hidden={"segment": False, "Url": "", "Method": "", "SendDigits": "", "IfMachine": ""},
    endpoints=(
        Endpoint(
            path="/Accounts/{AccountSid}/Calls",
            operations=(
                define_list("List calls.", _PAGE),
                Operation(
                    method="POST",
                    action=Action.MAKE_CALL,
                    summary="Make a call.",
                    evidence=_MAKING,
                    params=_MAKE,
                    requires=("caller_is_verified", "called_can_be_called"),
                    success=SuccessStatus.CREATED,
                ),
            ),
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/Calls/{Sid}",
            operations=(
                define_fetch("Show the first segment of a call.", _PAGE),
                Operation(
                    method="POST",
                    action=Action.REDIRECT_CALL,
                    summary="Send a live call to other TwiML.",
                    evidence=Evidence("changing call state page"),
                    params=_REDIRECT,
                    requires=("call_is_in_progress",),
                ),
            ),
            fixed=_FIRST_LEG,
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/Calls/{Sid}/Segments",
            operations=(
                define_list(
                    "List the segments that Dial made during a call.",
                    _SEGMENTS,
                    questions=(Q.SEGMENTS_IN_LISTS,),
                ),
            ),
            parents={"Sid": "Call"},
            fixed=_DIAL_LEG,
            silent_on=UNMENTIONED,
            silent_on_filters=True,
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/Calls/{Sid}/Segments/{CallSegmentSid}",
            operations=(define_fetch("Show one segment of a call.", _SEGMENTS),),
            parents={"Sid": "Call"},
            fixed=_DIAL_LEG,
            silent_on=UNMENTIONED,
            silent_on_filters=True,
        ),
    ),
    order_known_from=_CAPTURE,
    pages="Calls page; making-calls page; Annotation and its place: a capture of September 2009",
)
