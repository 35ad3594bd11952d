"""Notifications: what the API logged."""

from twreplay._api.definition import (
    Arranging,
    Endpoint,
    Filter,
    FilterBy,
    Property,
    Resource,
    Shape,
)
from twreplay._api.evidence import Evidence
from twreplay._api.operations import DATES, deleting, fetching, list_of_a_call, listing

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
        Property("Log", arranged="0"),
        Property("ErrorCode", arranged="12100"),
        Property("MoreInfo"),
        Property("MessageText", arranged="Document parse failure"),
        Property("MessageDate", Shape.DATE),
        Property("RequestURL", arranged="http://www.example.com/voice"),
        Property("RequestMethod", arranged="POST"),
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
    filters=(Filter("Log", values=("0", "1")), Filter("MessageDate", FilterBy.DATE)),
    endpoints=(
        Endpoint(
            path="/Accounts/{AccountSid}/Notifications",
            operations=(listing("List notifications.", _PAGE),),
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/Notifications/{Sid}",
            operations=(
                fetching("Show a notification with what was said.", _PAGE),
                deleting("Delete a notification.", _PAGE),
            ),
        ),
        list_of_a_call(
            "Notifications",
            "List the notifications of a call.",
            Evidence("Calls page, Notifications"),
        ),
    ),
    pages="Notifications page",
)
