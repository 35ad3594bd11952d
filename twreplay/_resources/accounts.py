"""Accounts."""

from twreplay._resources import _faults as fault
from twreplay._resources._definition import (
    Action,
    Endpoint,
    Operation,
    Param,
    Property,
    Resource,
    Shape,
    Success,
)
from twreplay._resources._evidence import Evidence, Grade
from twreplay._resources._values import FRIENDLY_NAME

_PAGE = Evidence("Accounts page")
_UPDATE = (
    Param(
        "FriendlyName",
        FRIENDLY_NAME,
        invalid=fault.INVALID_FRIENDLY_NAME,
        sets="FriendlyName",
        example="Reminders",
    ),
)

ACCOUNT = Resource(
    name="Account",
    container="Accounts",
    plural="accounts",
    sid_prefix="AC",
    properties=(
        Property("Sid"),
        Property("FriendlyName"),
        Property("Status", arranged="2"),
        Property("StatusText"),
        Property("DateCreated", Shape.DATE),
        Property("DateUpdated", Shape.DATE),
        Property("AuthToken"),
    ),
    sorted_by="DateCreated",
    hidden={"trial": "false", "international": "true", "sandbox": "true"},
    endpoints=(
        Endpoint(
            path="/Accounts",
            operations=(
                Operation(
                    method="GET",
                    action=Action.LIST,
                    summary="List the account that the credentials belong to.",
                    evidence=_PAGE,
                ),
                Operation(
                    method="POST",
                    action=Action.CREATE_ACCOUNT,
                    summary="Make a subaccount.",
                    evidence=Evidence("the vendor's own application, June 2010", Grade.OBSERVED),
                    params=_UPDATE,
                    success=Success.CREATED,
                    questions=(41,),
                ),
            ),
            silent_on=frozenset({"PUT", "DELETE"}),
        ),
        Endpoint(
            path="/Accounts/{Sid}",
            operations=(
                Operation(
                    method="GET", action=Action.FETCH, summary="Show the account.", evidence=_PAGE
                ),
                Operation(
                    method="POST",
                    action=Action.UPDATE,
                    summary="Rename the account.",
                    evidence=_PAGE,
                    params=_UPDATE,
                ),
                Operation(
                    method="PUT",
                    action=Action.UPDATE,
                    summary="Rename the account.",
                    evidence=_PAGE,
                    params=_UPDATE,
                ),
            ),
        ),
    ),
    pages="Accounts page",
)
