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
        by_rule: Only a rule of the test's own brings it about: the API answers so when it is
            busy or broken, and nothing that is sent can make it so.
    """

    resource: Resource
    endpoint: Endpoint
    method: str
    status: int
    evidence: Evidence
    by_rule: bool = False


def statuses(endpoint: Endpoint, operation: Operation, profile: Profile) -> tuple[int, ...]:
    """What *operation* can answer, in order."""
    found = {int(profile[operation.success]), 500}
    if operation.method == "GET":
        found |= {302, 304}
    if not needs_no_credentials(endpoint, operation):
        found.add(401)
    can_be_refused = operation.requires or any(
        param.missing is not None or param.invalid is not None for param in operation.params
    )
    if can_be_refused:
        found.add(400)
    if can_be_missing(endpoint):
        found.add(404)
    return tuple(sorted(found))


def needs_no_credentials(endpoint: Endpoint, operation: Operation) -> bool:
    """Whether anybody may do this."""
    return endpoint.public and operation.method == "GET"


def can_be_missing(endpoint: Endpoint) -> bool:
    """Whether the path names something, below the account, that may not be there."""
    # A foreign account in the path is refused with 401 before anything is looked up.
    named = [name for name in endpoint.names if name != "AccountSid"]
    return (bool(named) and endpoint.path.count("/") > 2) or endpoint.path.endswith("/Sandbox")


def cells(resources: Iterable[Resource], profile: Profile) -> Iterator[Cell]:
    """Every cell, in the order of the definitions."""
    for resource in resources:
        for endpoint in resource.endpoints:
            for method in METHODS:
                operation = endpoint.operation(method)
                if operation is None:
                    yield from _not_supported(resource, endpoint, method)
                    continue
                for status in statuses(endpoint, operation, profile):
                    yield Cell(
                        resource,
                        endpoint,
                        method,
                        status,
                        _evidence(operation, status, profile),
                        by_rule=status in (302, 500),
                    )


def _not_supported(resource: Resource, endpoint: Endpoint, method: str) -> Iterator[Cell]:
    evidence = _SILENT if method in endpoint.silent_on else Evidence(resource.pages)
    yield Cell(resource, endpoint, method, 401, _REQUEST_PAGE)
    yield Cell(resource, endpoint, method, 405, evidence)


def _evidence(operation: Operation, status: int, profile: Profile) -> Evidence:
    if status == int(profile[operation.success]):
        return profile.evidence(operation.success) or operation.evidence
    if status == 400:
        return operation.evidence
    return _REQUEST_PAGE
