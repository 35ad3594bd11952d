"""Which refusals an operation knows, and where each is met."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from twreplay._api import errors as fault
from twreplay._api.definition import Action, Endpoint, Operation, Resource
from twreplay._api.errors import Fault
from twreplay._api.status_matrix import can_be_missing, needs_no_credentials

BY_REQUIREMENT: Mapping[str, tuple[Fault, ...]] = MappingProxyType(
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
"""What a condition on the state of an account is refused with, by the name of the condition."""

_OF_CREDENTIALS = (fault.UNAUTHORIZED, fault.NOT_ACTIVE)


def refusals(endpoint: Endpoint, operation: Operation) -> tuple[Fault, ...]:
    """What *operation* can be refused with, in the order in which it is looked at."""
    found = [] if needs_no_credentials(endpoint, operation) else list(_OF_CREDENTIALS)
    if can_be_missing(endpoint):
        found.append(fault.NOT_FOUND)
    found += bad_requests(operation)
    return tuple(dict.fromkeys((*found, fault.SERVER_ERROR)))


def bad_requests(operation: Operation) -> tuple[Fault, ...]:
    """What *operation* can be refused with for what was sent, or for the state of the account."""
    found: list[Fault] = []
    for param in operation.params:
        found += [each for each in (param.missing, param.invalid) if each is not None]
    for name in operation.requires:
        found += BY_REQUIREMENT[name]
    if operation.action is Action.BUY_NUMBER:
        found.append(fault.NO_NUMBERS_FOUND)
    return tuple(dict.fromkeys(found))


def refused_by(
    resources: Iterable[Resource], refusal: Fault
) -> Iterator[tuple[Resource, Endpoint, Operation]]:
    """Each operation that can be refused with *refusal*, in the order of the definitions."""
    for resource in resources:
        for endpoint in resource.endpoints:
            for operation in endpoint.operations:
                if refusal in refusals(endpoint, operation):
                    yield resource, endpoint, operation
