"""Conferences."""

from twreplay._api import possible
from twreplay._api.definition import (
    Arranging,
    Endpoint,
    Filter,
    FilterBy,
    Property,
    Resource,
)
from twreplay._api.evidence import Evidence
from twreplay._api.operations import DATES, define_fetch, define_list

_PAGE = Evidence("Conferences page")

CONFERENCE = Resource(
    name="Conference",
    container="Conferences",
    plural="conferences",
    listing="The conferences.",
    arranging=Arranging(
        method="add_conference",
        summary="Add a conference, in progress if no ``Status`` is given.",
    ),
    sid_prefix="CF",
    properties=(
        Property("Sid"),
        Property("AccountSid"),
        Property("FriendlyName", arranged="room"),
        Property("Status", arranged="1", possible=possible.CONFERENCE_STATUS),
        *DATES,
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
            operations=(define_list("List conferences.", _PAGE),),
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/Conferences/{Sid}",
            operations=(define_fetch("Show a conference.", _PAGE),),
        ),
    ),
    pages="Conferences page",
)
