"""What many definitions say, in a word."""

from __future__ import annotations

from twreplay._api import errors as fault
from twreplay._api.definition import (
    Action,
    Endpoint,
    Operation,
    Param,
    Property,
    Shape,
    Success,
)
from twreplay._api.errors import Fault
from twreplay._api.evidence import Evidence
from twreplay._api.field_types import FRIENDLY_NAME, METHOD, URL
from twreplay._api.questions import Q

DATES = (Property("DateCreated", Shape.DATE), Property("DateUpdated", Shape.DATE))

UNMENTIONED = frozenset({"POST", "PUT", "DELETE"})
"""The methods that the pages of a call's own lists do not mention."""


def listing(summary: str, evidence: Evidence, *, questions: tuple[Q, ...] = ()) -> Operation:
    """GET of a list."""
    return Operation(
        method="GET",
        action=Action.LIST,
        summary=summary,
        evidence=evidence,
        questions=questions,
    )


def fetching(summary: str, evidence: Evidence) -> Operation:
    """GET of an instance."""
    return Operation(method="GET", action=Action.FETCH, summary=summary, evidence=evidence)


def updating(
    *methods: str,
    summary: str,
    evidence: Evidence,
    params: tuple[Param, ...],
    requires: tuple[str, ...] = (),
) -> tuple[Operation, ...]:
    """The same change by each of *methods*."""
    return tuple(
        Operation(
            method=method,
            action=Action.UPDATE,
            summary=summary,
            evidence=evidence,
            params=params,
            requires=requires,
        )
        for method in methods
    )


def deleting(summary: str, evidence: Evidence) -> Operation:
    """DELETE of an instance, by a page that gives 204."""
    return Operation(
        method="DELETE",
        action=Action.DELETE,
        summary=summary,
        evidence=evidence,
        success=Success.DELETED,
    )


def list_of_a_call(container: str, summary: str, evidence: Evidence) -> Endpoint:
    """What belongs to one call."""
    return Endpoint(
        path=f"/Accounts/{{AccountSid}}/Calls/{{CallSid}}/{container}",
        operations=(listing(summary, evidence),),
        parents={"CallSid": "Call"},
        silent_on=UNMENTIONED,
    )


def friendly_name(example: str, *, missing: Fault | None = None) -> Param:
    """A name of at most 64 characters."""
    return Param(
        "FriendlyName",
        FRIENDLY_NAME,
        missing=missing,
        invalid=fault.INVALID_FRIENDLY_NAME,
        sets="FriendlyName",
        example=example,
    )


def url(name: str) -> Param:
    """A URL of a number, a short code or the sandbox."""
    return Param(
        name,
        URL,
        invalid=fault.INVALID_NUMBER_URL,
        sets=name,
        example=f"http://www.example.com/{name.lower()}",
    )


def method(name: str) -> Param:
    """The method of such a URL."""
    return Param(name, METHOD, invalid=fault.INVALID_NUMBER_METHOD, sets=name, example="GET")
