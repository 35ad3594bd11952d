"""The definitions hang together."""

from __future__ import annotations

import pytest

from twreplay._api import (
    DIFFERENCES,
    QUESTIONS,
    RESOURCES,
    ApiError,
    Endpoint,
    Evidence,
    Filter,
    Operation,
    Profile,
    Property,
    Q,
    Resource,
)
from twreplay._api import errors as fault
from twreplay._api.definition import Action, Param
from twreplay._api.errors import BY_CODE
from twreplay._api.field_types import ANYTHING, parse_phone_number
from twreplay._api.refusals import BY_PRECONDITION, find_refusable_operations, list_bad_requests
from twreplay._simulator.checks.operations import _OPERATIONS
from twreplay._simulator.checks.preconditions import PRECONDITIONS

OPERATIONS = [
    pytest.param(operation, id=f"{operation.method} {endpoint.path}")
    for resource in RESOURCES
    for endpoint in resource.endpoints
    for operation in endpoint.operations
]


@pytest.mark.parametrize("operation", OPERATIONS)
class TestEveryOperation:
    def test_has_somebody_to_do_it(self, operation):
        assert operation.action in _OPERATIONS

    def test_has_conditions_that_exist(self, operation):
        assert set(operation.requires) <= PRECONDITIONS.keys()

    def test_has_questions_that_exist(self, operation):
        asked = {*operation.questions, *(p.absent_question for p in operation.params)} - {None}
        assert asked <= QUESTIONS.keys()

    def test_has_examples_and_defaults_that_it_accepts(self, operation):
        for param in operation.params:
            for text in (param.example, param.default):
                assert not text or param.field_type.read(text) is not None

    def test_says_where_it_is_known_from(self, operation):
        assert operation.evidence.source
        assert operation.summary.endswith(".")


def test_refusals_have_a_code_of_their_own():
    assert len(BY_CODE) == len({fault.code for fault in BY_CODE.values()})
    assert all(code is None or fault.code == code for code, fault in BY_CODE.items())


@pytest.mark.parametrize("row", DIFFERENCES)
def test_every_difference_has_two_sides(row):
    difference = DIFFERENCES[row]

    assert (Profile("documented")[row], Profile("observed")[row]) == (
        difference.documented,
        difference.observed,
    )


def test_questions_of_the_fact_sheet_keep_their_numbers():
    assert list(QUESTIONS) == sorted(Q)
    assert len(QUESTIONS) >= 40


SOURCE = Evidence("nowhere")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"filters": (Filter("Colour"),)}, "filters on .'Colour'"),
        ({"list_order": ("Colour",)}, "lists .'Colour'"),
        ({"container": "Things", "sorted_by": "Colour"}, "sorts by .'Colour'"),
        (
            {
                "endpoints": (
                    Endpoint(
                        path="/Things",
                        operations=(
                            Operation(
                                method="POST",
                                action=Action.UPDATE,
                                summary="Change.",
                                evidence=SOURCE,
                                params=(Param("Colour", ANYTHING, sets="Colour"),),
                            ),
                        ),
                    ),
                )
            },
            "sets .'Colour'",
        ),
        ({"endpoints": (Endpoint(path="/{Colour}", operations=()),)}, "is found by .'Colour'"),
    ],
)
def test_a_definition_that_does_not_hang_together_fails_where_it_is_written(changed, message):
    good = {
        "name": "Thing",
        "plural": "things",
        "properties": (Property("Sid"),),
        "endpoints": (),
        "pages": "nowhere",
    }
    Resource(**good)

    with pytest.raises(ValueError, match=f"Thing {message}"):
        Resource(**(good | changed))


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("4158675309", "4158675309"),
        ("(415) 867-5309", "4158675309"),
        ("415-867-5309", "4158675309"),
        ("415.867.5309", "4158675309"),
        ("1 415 867 5309", "4158675309"),
        ("+14158675309", "4158675309"),
        ("+44 20 7123 4567", "+442071234567"),
        ("0158675309", None),
        ("867-5309", None),
        ("442071234567", None),
        ("+1415", None),
        ("٤١٥٨٦٧٥٣٠٩", None),
        ("", None),
    ],
)
def test_phone_numbers_are_read_in_each_form(written, kept):
    assert parse_phone_number(written) == kept


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
