"""Recordings: audio by default, XML when asked for."""

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

_PAGE = Evidence("Recordings page")

RECORDING = Resource(
    name="Recording",
    container="Recordings",
    plural="recordings",
    sid_prefix="RE",
    properties=(
        Property("Sid"),
        Property("AccountSid"),
        Property("CallSid"),
        Property("Duration", arranged="15"),
        Property("DateCreated", Shape.DATE),
        Property("DateUpdated", Shape.DATE),
    ),
    sorted_by="DateCreated",
    filters=(Filter("CallSid"), Filter("DateCreated", FilterBy.DATE)),
    endpoints=(
        Endpoint(
            path="/Accounts/{AccountSid}/Recordings",
            operations=(
                Operation(
                    method="GET", action=Action.LIST, summary="List recordings.", evidence=_PAGE
                ),
            ),
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/Recordings/{Sid}",
            operations=(
                Operation(
                    method="GET",
                    action=Action.FETCH,
                    summary="Play a recording, or show it with .xml. Needs no credentials.",
                    evidence=_PAGE,
                ),
                Operation(
                    method="DELETE",
                    action=Action.DELETE,
                    summary="Delete a recording.",
                    evidence=_PAGE,
                    success=Success.DELETED,
                ),
            ),
            public=True,
            media={"wav": "audio/x-wav", "mp3": "audio/mpeg"},
            default_media="wav",
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/Calls/{CallSid}/Recordings",
            operations=(
                Operation(
                    method="GET",
                    action=Action.LIST,
                    summary="List the recordings of a call.",
                    evidence=Evidence("Calls page, Recordings"),
                ),
            ),
            parents={"CallSid": "Call"},
            silent_on=frozenset({"POST", "PUT", "DELETE"}),
        ),
    ),
    pages="Recordings page",
)
