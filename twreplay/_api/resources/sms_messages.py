"""SMS messages."""

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
from twreplay._api.field_types import NUMBER_OR_SHORT_CODE, SMS_BODY, URL
from twreplay._api.operations import DATES, define_fetch, define_list

_PAGE = Evidence("SMS Messages page")

SMS_MESSAGE = Resource(
    name="SMSMessage",
    container="SMSMessages",
    plural="sms_messages",
    listing="The messages.",
    arranging=Arranging(
        method="add_sms_message",
        summary="Add a message, sent if no ``Status`` is given; it stays as it is added.",
        options=(
            Option(
                "goes_on",
                "bool",
                "False",
                "It is sent, or fails, as ``arrange_sms`` says; for a ``Status`` of queued or "
                "sending.",
            ),
        ),
    ),
    sid_prefix="SM",
    properties=(
        Property("Sid"),
        *DATES,
        Property("DateSent", WireFormat.DATE),
        Property("AccountSid"),
        Property("To", WireFormat.NUMBER, "4155551212", possible=possible.NUMBER_OR_CODE),
        Property("From", WireFormat.NUMBER, "4158675309", possible=possible.NUMBER_OR_CODE),
        Property("Body", arranged="Hi"),
        Property("Status", arranged="sent", possible=possible.SMS_STATUS),
        Property("Flags", arranged="4", possible=possible.SMS_FLAGS),
        Property(
            "Price",
            only_with="sms price",
            possible=possible.PRICE,
            known_from=Evidence("a reply of 31 January 2011", Grade.OBSERVED),
        ),
    ),
    sorted_by="DateSent",
    filters=(
        Filter("To", FilterBy.PHONE_NUMBER),
        Filter("From", FilterBy.PHONE_NUMBER),
        Filter("DateSent", FilterBy.DATE),
    ),
    hidden={"StatusCallback": ""},
    endpoints=(
        Endpoint(
            path="/Accounts/{AccountSid}/SMS/Messages",
            operations=(
                define_list("List messages.", _PAGE),
                Operation(
                    method="POST",
                    action=Action.SEND_SMS,
                    summary="Send a message.",
                    evidence=Evidence("sending-SMS page, POST parameters"),
                    params=(
                        Param(
                            "From",
                            NUMBER_OR_SHORT_CODE,
                            missing=fault.NO_FROM,
                            invalid=fault.SENDER_NOT_OWNED,
                            nearest_code=frozenset({"invalid"}),
                            sets="From",
                            example="4158675309",
                        ),
                        Param(
                            "To",
                            NUMBER_OR_SHORT_CODE,
                            missing=fault.NO_TO,
                            invalid=fault.INVALID_PHONE_NUMBER,
                            sets="To",
                            example="4155551212",
                        ),
                        Param(
                            "Body",
                            SMS_BODY,
                            missing=fault.NO_BODY,
                            invalid=fault.BODY_TOO_LONG,
                            sets="Body",
                            example="Hi Jenny!",
                        ),
                        Param(
                            "StatusCallback",
                            URL,
                            invalid=fault.INVALID_STATUS_CALLBACK,
                            example="http://www.example.com/sent",
                        ),
                    ),
                    requires=("sender_can_send", "recipient_can_be_sent_to"),
                    success=SuccessStatus.CREATED,
                ),
            ),
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/SMS/Messages/{Sid}",
            operations=(define_fetch("Show a message.", _PAGE),),
        ),
    ),
    pages="SMS Messages page; sending-SMS page",
)
