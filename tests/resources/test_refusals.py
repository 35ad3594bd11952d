from __future__ import annotations

from twreplay._api import RESOURCES, ApiError
from twreplay._api import errors as fault
from twreplay._api.refusals import BY_PRECONDITION, find_refusable_operations, list_bad_requests
from twreplay._simulator.checks.preconditions import PRECONDITIONS


def test_each_condition_has_the_refusals_that_its_code_names():
    for name, requirement in PRECONDITIONS.items():
        # The names that a function reads, in the order in which it first does.
        named = (getattr(fault, read, None) for read in requirement.__code__.co_names)
        assert set(BY_PRECONDITION[name]) == {each for each in named if isinstance(each, ApiError)}


def test_each_condition_that_a_definition_names_is_there():
    named = {
        name
        for resource in RESOURCES
        for endpoint in resource.endpoints
        for operation in endpoint.operations
        for name in operation.requires
    }

    assert named == set(BY_PRECONDITION)


def test_each_refusal_for_what_is_sent_is_a_400():
    for resource in RESOURCES:
        for endpoint in resource.endpoints:
            for operation in endpoint.operations:
                assert {each.status for each in list_bad_requests(operation)} <= {400}


def test_who_is_refused_with_what():
    found = [
        f"{operation.method} {endpoint.path}"
        for _, endpoint, operation in find_refusable_operations(RESOURCES, fault.NO_BODY)
    ]

    assert found == ["POST /Accounts/{AccountSid}/SMS/Messages"]
