"""Outgoing caller ids, and the requests that validate them."""

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
    Param,
    Property,
    Resource,
    WireFormat,
)
from twreplay._api.evidence import Evidence
from twreplay._api.field_types import CALL_DELAY, FRIENDLY_NAME, NUMBER
from twreplay._api.operations import (
    DATES,
    define_delete,
    define_fetch,
    define_friendly_name,
    define_list,
    define_update,
)

_PAGE = Evidence("Outgoing Caller IDs page")
_NAME = replace(
    define_friendly_name("My cell", missing=fault.INVALID_FRIENDLY_NAME),
    nearest_code=frozenset({"missing"}),
)

OUTGOING_CALLER_ID = Resource(
    name="OutgoingCallerId",
    container="OutgoingCallerIds",
    plural="outgoing_caller_ids",
    listing="The validated caller ids.",
    arranging=Arranging(
        method="add_outgoing_caller_id", summary="Add a number that was validated."
    ),
    sid_prefix="PN",
    properties=(
        Property("Sid"),
        Property("AccountSid"),
        Property("FriendlyName"),
        Property("PhoneNumber", WireFormat.NUMBER, "4155550100", possible=possible.PHONE_NUMBER),
        *DATES,
    ),
    sorted_by="DateCreated",
    filters=(Filter("PhoneNumber", FilterBy.PHONE_NUMBER), Filter("FriendlyName")),
    endpoints=(
        Endpoint(
            path="/Accounts/{AccountSid}/OutgoingCallerIds",
            operations=(
                define_list("List caller ids.", _PAGE),
                Operation(
                    method="POST",
                    action=Action.START_VALIDATION,
                    summary="Ask for a call that validates a number.",
                    evidence=_PAGE,
                    params=(
                        Param(
                            "PhoneNumber",
                            NUMBER,
                            missing=fault.INVALID_PHONE_NUMBER,
                            invalid=fault.INVALID_PHONE_NUMBER,
                            nearest_code=frozenset({"missing"}),
                            example="4155550123",
                        ),
                        Param(
                            "FriendlyName",
                            FRIENDLY_NAME,
                            invalid=fault.INVALID_FRIENDLY_NAME,
                            example="My cell",
                        ),
                        Param(
                            "CallDelay",
                            CALL_DELAY,
                            invalid=fault.INVALID_CALL_DELAY,
                            default="0",
                            example="15",
                        ),
                    ),
                    requires=("number_is_not_validated",),
                ),
            ),
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/OutgoingCallerIds/{Sid}",
            operations=(
                define_fetch("Show a caller id.", _PAGE),
                *define_update(
                    "POST", "PUT", summary="Rename a caller id.", evidence=_PAGE, params=(_NAME,)
                ),
                define_delete("Delete a caller id.", _PAGE),
            ),
        ),
    ),
    pages="Outgoing Caller IDs page",
)

VALIDATION_REQUEST = Resource(
    name="ValidationRequest",
    plural="validation_requests",
    listing="The validations requested by POST to OutgoingCallerIds, with the codes to key in.",
    properties=(
        Property("AccountSid"),
        Property("PhoneNumber", WireFormat.NUMBER),
        Property("FriendlyName"),
        Property("ValidationCode"),
    ),
    endpoints=(),
    pages="Outgoing Caller IDs page, POST",
)
