"""Operations and parameters that many definitions share."""

from __future__ import annotations

from dataclasses import replace

from twreplay._api import errors as fault
from twreplay._api.definition import (
    Action,
    Endpoint,
    Operation,
    Param,
    Property,
    SuccessStatus,
    WireFormat,
)
from twreplay._api.errors import ApiError
from twreplay._api.evidence import Evidence
from twreplay._api.field_types import FRIENDLY_NAME, METHOD, URL
from twreplay._api.questions import Q

DATES = (Property("DateCreated", WireFormat.DATE), Property("DateUpdated", WireFormat.DATE))

UNMENTIONED = frozenset({"POST", "PUT", "DELETE"})
"""The methods that the pages of a call's own lists do not mention."""


def define_list(summary: str, evidence: Evidence, *, questions: tuple[Q, ...] = ()) -> Operation:
    """Define GET of a list."""
    return Operation(
        method="GET",
        action=Action.LIST,
        summary=summary,
        evidence=evidence,
        questions=questions,
    )


def define_fetch(summary: str, evidence: Evidence) -> Operation:
    """Define GET of an instance."""
    return Operation(method="GET", action=Action.FETCH, summary=summary, evidence=evidence)


def define_update(
    *methods: str,
    summary: str,
    evidence: Evidence,
    params: tuple[Param, ...],
    requires: tuple[str, ...] = (),
) -> tuple[Operation, ...]:
    """Define the same change for each of *methods*."""
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


def define_delete(summary: str, evidence: Evidence) -> Operation:
    """Define DELETE of an instance, by a page that gives 204."""
    return Operation(
        method="DELETE",
        action=Action.DELETE,
        summary=summary,
        evidence=evidence,
        success=SuccessStatus.DELETED,
    )


def define_call_list(container: str, summary: str, evidence: Evidence) -> Endpoint:
    """Define the endpoint of a list that belongs to one call."""
    return Endpoint(
        path=f"/Accounts/{{AccountSid}}/Calls/{{CallSid}}/{container}",
        operations=(define_list(summary, evidence),),
        parents={"CallSid": "Call"},
        silent_on=UNMENTIONED,
        silent_on_filters=True,
    )


def define_friendly_name(example: str, *, missing: ApiError | None = None) -> Param:
    """Define a name of at most 64 characters."""
    return Param(
        "FriendlyName",
        FRIENDLY_NAME,
        missing=missing,
        invalid=fault.INVALID_FRIENDLY_NAME,
        sets="FriendlyName",
        example=example,
    )


def define_url(name: str) -> Param:
    """Define a URL of a number, a short code or the sandbox."""
    return Param(
        name,
        URL,
        invalid=fault.INVALID_NUMBER_URL,
        sets=name,
        example=f"http://www.example.com/{name.lower()}",
    )


def with_nearest_codes(*params: Param) -> tuple[Param, ...]:
    """Return *params* as those of a resource that the error dictionary has no codes for."""
    return tuple(replace(param, nearest_code=frozenset({"invalid"})) for param in params)


def define_method(name: str) -> Param:
    """Define the method of such a URL."""
    return Param(name, METHOD, invalid=fault.INVALID_NUMBER_METHOD, sets=name, example="GET")
