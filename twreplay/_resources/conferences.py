"""Conferences."""

from twreplay._resources._definition import (
    Action,
    Endpoint,
    Filter,
    FilterBy,
    Operation,
    Property,
    Resource,
    Shape,
)
from twreplay._resources._evidence import Evidence

_PAGE = Evidence("Conferences page")

CONFERENCE = Resource(
    name="Conference",
    container="Conferences",
    plural="conferences",
    sid_prefix="CF",
    properties=(
        Property("Sid"),
        Property("AccountSid"),
        Property("FriendlyName", arranged="room"),
        Property("Status", arranged="1"),
        Property("DateCreated", Shape.DATE),
        Property("DateUpdated", Shape.DATE),
    ),
    filters=(
        Filter("Status", values=("0", "1", "2")),
        Filter("FriendlyName"),
        Filter("DateCreated", FilterBy.DATE),
        Filter("DateUpdated", FilterBy.DATE),
    ),
    endpoints=(
        Endpoint(
            path="/Accounts/{AccountSid}/Conferences",
            operations=(
                Operation(
                    method="GET", action=Action.LIST, summary="List conferences.", evidence=_PAGE
                ),
            ),
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/Conferences/{Sid}",
            operations=(
                Operation(
                    method="GET",
                    action=Action.FETCH,
                    summary="Show a conference.",
                    evidence=_PAGE,
                ),
            ),
        ),
    ),
    pages="Conferences page",
)
