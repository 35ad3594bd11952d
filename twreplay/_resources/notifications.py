"""Notifications: what the API logged."""

from twreplay._resources._definition import (
    Action,
    Endpoint,
    Filter,
    FilterBy,
    Operation,
    Property,
    Resource,
    Shape,
    Success,
)
from twreplay._resources._evidence import Evidence

_PAGE = Evidence("Notifications page")

NOTIFICATION = Resource(
    name="Notification",
    container="Notifications",
    plural="notifications",
    sid_prefix="NO",
    properties=(
        Property("Sid"),
        Property("DateCreated", Shape.DATE),
        Property("DateUpdated", Shape.DATE),
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
            operations=(
                Operation(
                    method="GET", action=Action.LIST, summary="List notifications.", evidence=_PAGE
                ),
            ),
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/Notifications/{Sid}",
            operations=(
                Operation(
                    method="GET",
                    action=Action.FETCH,
                    summary="Show a notification with what was said.",
                    evidence=_PAGE,
                ),
                Operation(
                    method="DELETE",
                    action=Action.DELETE,
                    summary="Delete a notification.",
                    evidence=_PAGE,
                    success=Success.DELETED,
                ),
            ),
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/Calls/{CallSid}/Notifications",
            operations=(
                Operation(
                    method="GET",
                    action=Action.LIST,
                    summary="List the notifications of a call.",
                    evidence=Evidence("Calls page, Notifications"),
                ),
            ),
            parents={"CallSid": "Call"},
            silent_on=frozenset({"POST", "PUT", "DELETE"}),
        ),
    ),
    pages="Notifications page",
)
