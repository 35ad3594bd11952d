"""The errors that can refuse an operation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from twreplay._api import errors as fault
from twreplay._api.definition import Action, Endpoint, Operation, Resource
from twreplay._api.errors import ApiError
from twreplay._api.status_matrix import can_be_missing, is_public

BY_PRECONDITION: Mapping[str, tuple[ApiError, ...]] = MappingProxyType(
    {
        "account_may_buy": (fault.NO_NUMBERS_FOR_TRIAL,),
        "call_is_in_progress": (fault.CALL_NOT_IN_PROGRESS,),
        "called_can_be_called": (
            fault.PREMIUM_CALLED,
            fault.INTERNATIONAL_CALLED,
            fault.CALLED_NOT_VERIFIED,
        ),
        "caller_is_verified": (fault.CALLER_NOT_VERIFIED,),
        "fallbacks_have_urls": (fault.FALLBACK_WITHOUT_URL, fault.SMS_FALLBACK_WITHOUT_URL),
        "number_is_not_validated": (fault.ALREADY_VALIDATED, fault.VALIDATED_ELSEWHERE),
        "recipient_can_be_sent_to": (fault.SANDBOX_TO_UNVERIFIED,),
        "sender_can_send": (
            fault.SENDER_NOT_SANDBOX,
            fault.SENDER_NOT_OWNED,
            fault.SENDER_WITHOUT_SMS,
        ),
        "sms_suits_the_number": (fault.NUMBER_WITHOUT_SMS,),
    }
)
"""The errors of each precondition, by its name."""

_OF_CREDENTIALS = (fault.UNAUTHORIZED, fault.NOT_ACTIVE)


def list_refusals(endpoint: Endpoint, operation: Operation) -> tuple[ApiError, ...]:
    """Return the errors that refuse *operation*, in the order of the checks."""
    found = [] if is_public(endpoint, operation) else list(_OF_CREDENTIALS)
    if can_be_missing(endpoint):
        found.append(fault.NOT_FOUND)
    found += list_bad_requests(operation)
    return tuple(dict.fromkeys((*found, fault.SERVER_ERROR)))


def list_bad_requests(operation: Operation) -> tuple[ApiError, ...]:
    """Return the errors for the form of *operation* and for the state of the account."""
    found: list[ApiError] = []
    for param in operation.params:
        found += [each for each in (param.missing, param.invalid) if each is not None]
    for name in operation.requires:
        found += BY_PRECONDITION[name]
    if operation.action is Action.BUY_NUMBER:
        found.append(fault.NO_NUMBERS_FOUND)
    return tuple(dict.fromkeys(found))


def find_refusable_operations(
    resources: Iterable[Resource], refusal: ApiError
) -> Iterator[tuple[Resource, Endpoint, Operation]]:
    """Yield each operation that *refusal* can refuse, in the order of the definitions."""
    for resource in resources:
        for endpoint in resource.endpoints:
            for operation in endpoint.operations:
                if refusal in list_refusals(endpoint, operation):
                    yield resource, endpoint, operation
