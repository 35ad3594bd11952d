"""Every path, method and status that the definitions promise, one cell each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from twreplay._api.definition import Endpoint, Operation, Resource
from twreplay._api.evidence import Evidence, Grade
from twreplay._api.profiles import Profile

METHODS = ("GET", "POST", "PUT", "DELETE")

_REQUEST_PAGE = Evidence("request page, status codes")
_SILENT = Evidence("the page does not mention it; question 42", Grade.CHOSEN)


@dataclass(frozen=True, slots=True)
class Cell:
    """
    One status that a method can answer at an endpoint.

    Attributes:
        by_rule: Only a user rule can cause it: the API answers so when it is
            busy or broken, and no request can cause that.
    """

    resource: Resource
    endpoint: Endpoint
    method: str
    status: int
    evidence: Evidence
    by_rule: bool = False


def list_statuses(endpoint: Endpoint, operation: Operation, profile: Profile) -> tuple[int, ...]:
    """Return the statuses that *operation* can answer, sorted."""
    found = {int(profile[operation.success]), 500}
    if operation.method == "GET":
        found |= {302, 304}
    if not is_public(endpoint, operation):
        found.add(401)
    can_be_refused = operation.requires or any(
        param.missing is not None or param.invalid is not None for param in operation.params
    )
    if can_be_refused:
        found.add(400)
    if can_be_missing(endpoint):
        found.add(404)
    return tuple(sorted(found))


def is_public(endpoint: Endpoint, operation: Operation) -> bool:
    """Return whether the operation needs no credentials."""
    return endpoint.public and operation.method == "GET"


def can_be_missing(endpoint: Endpoint) -> bool:
    """Return whether the path names an instance, below the account, that may not exist."""
    # A foreign account in the path is refused with 401 before anything is looked up.
    named = [name for name in endpoint.names if name != "AccountSid"]
    return (bool(named) and endpoint.path.count("/") > 2) or endpoint.path.endswith("/Sandbox")


def list_cells(resources: Iterable[Resource], profile: Profile) -> Iterator[Cell]:
    """Yield every cell, in the order of the definitions."""
    for resource in resources:
        for endpoint in resource.endpoints:
            for method in METHODS:
                operation = endpoint.find_operation(method)
                if operation is None:
                    yield from _list_unsupported(resource, endpoint, method)
                    continue
                for status in list_statuses(endpoint, operation, profile):
                    yield Cell(
                        resource,
                        endpoint,
                        method,
                        status,
                        _find_evidence(operation, status, profile),
                        by_rule=status in (302, 500),
                    )


def _list_unsupported(resource: Resource, endpoint: Endpoint, method: str) -> Iterator[Cell]:
    evidence = _SILENT if method in endpoint.silent_on else Evidence(resource.pages)
    yield Cell(resource, endpoint, method, 401, _REQUEST_PAGE)
    yield Cell(resource, endpoint, method, 405, evidence)


def _find_evidence(operation: Operation, status: int, profile: Profile) -> Evidence:
    if status == int(profile[operation.success]):
        return profile.get_evidence(operation.success) or operation.evidence
    if status == 400:
        return operation.evidence
    return _REQUEST_PAGE
