"""Participants of conferences."""

from twreplay._api.definition import (
    Action,
    Arranging,
    Endpoint,
    Filter,
    Operation,
    Param,
    Parent,
    Property,
    Resource,
    SuccessStatus,
    WireFormat,
)
from twreplay._api.evidence import Evidence
from twreplay._api.field_types import MUTED
from twreplay._api.operations import DATES, define_fetch, define_list, define_update
from twreplay._api.questions import Q

_PAGE = Evidence("Conferences page, Participants")

PARTICIPANT = Resource(
    name="Participant",
    container="Participants",
    plural="participants",
    listing="The participants of conferences.",
    arranging=Arranging(
        method="add_participant",
        summary="Add a participant to ``ConferenceSid``: by default to the newest in progress.",
        parents=(Parent("ConferenceSid", "Conference", {"Status": "1"}),),
    ),
    properties=(
        Property("ConferenceSid"),
        Property("AccountSid"),
        Property("CallSid"),
        Property("Muted", WireFormat.TRUE_FALSE, arranged="false"),
        Property("StartConferenceOnEnter", WireFormat.ONE_ZERO, arranged="1"),
        Property("EndConferenceOnExit", WireFormat.ONE_ZERO, arranged="0"),
        *DATES,
    ),
    sorted_by="DateCreated",
    filters=(Filter("Muted", values=("true", "false")),),
    endpoints=(
        Endpoint(
            path="/Accounts/{AccountSid}/Conferences/{ConferenceSid}/Participants",
            operations=(define_list("List participants.", _PAGE),),
            parents={"ConferenceSid": "Conference"},
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/Conferences/{ConferenceSid}/Participants/{CallSid}",
            operations=(
                define_fetch("Show a participant.", _PAGE),
                *define_update(
                    "POST",
                    summary="Mute a participant, or let them be heard again.",
                    evidence=_PAGE,
                    params=(
                        Param(
                            "Muted",
                            MUTED,
                            sets="Muted",
                            example="true",
                            absent_question=Q.EMPTY_UPDATE,
                        ),
                    ),
                ),
                Operation(
                    method="DELETE",
                    action=Action.KICK,
                    summary="Put a participant out of the conference.",
                    evidence=_PAGE,
                    success=SuccessStatus.DELETED,
                ),
            ),
            parents={"ConferenceSid": "Conference"},
        ),
    ),
    pages="Conferences page, Participants",
)
