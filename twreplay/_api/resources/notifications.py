"""Notifications: what the API logged."""

from twreplay._api import possible
from twreplay._api.definition import (
    Arranging,
    Endpoint,
    Filter,
    FilterBy,
    Property,
    Resource,
    WireFormat,
)
from twreplay._api.evidence import Evidence
from twreplay._api.operations import (
    DATES,
    define_call_list,
    define_delete,
    define_fetch,
    define_list,
)

_PAGE = Evidence("Notifications page")

NOTIFICATION = Resource(
    name="Notification",
    container="Notifications",
    plural="notifications",
    listing="The notifications.",
    arranging=Arranging(method="add_notification", summary="Add a notification."),
    sid_prefix="NO",
    properties=(
        Property("Sid"),
        *DATES,
        Property("AccountSid"),
        Property("CallSid"),
        Property("Log", possible=possible.LOG),
        Property("ErrorCode", arranged="12100", possible=possible.ERROR_CODE),
        Property("MoreInfo", possible=possible.WEB_ADDRESS),
        Property("MessageText"),
        Property("MessageDate", WireFormat.DATE),
        Property(
            "RequestURL",
            arranged="http://www.example.com/voice",
            possible=possible.WEB_ADDRESS,
        ),
        Property("RequestMethod", arranged="POST", possible=possible.REQUEST_METHOD),
        Property("RequestVariables", only_alone=True),
        Property("ResponseHeaders", only_alone=True),
        Property("ResponseBody", only_alone=True),
    ),
    list_order=(
        "Sid",
        "DateCreated",
        "DateUpdated",
        "AccountSid",
        "CallSid",
        "Log",
        "ErrorCode",
        "MoreInfo",
        "RequestURL",
        "RequestMethod",
        "MessageText",
        "MessageDate",
    ),
    filters=(Filter("Log", values=("0", "1")), Filter("MessageDate", FilterBy.DATE, before=True)),
    endpoints=(
        Endpoint(
            path="/Accounts/{AccountSid}/Notifications",
            operations=(define_list("List notifications.", _PAGE),),
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/Notifications/{Sid}",
            operations=(
                define_fetch("Show a notification with what was said.", _PAGE),
                define_delete("Delete a notification.", _PAGE),
            ),
        ),
        define_call_list(
            "Notifications",
            "List the notifications of a call.",
            Evidence("Calls page, Notifications"),
        ),
    ),
    pages="Notifications page",
)
