"""Stubs of one address answer in the order of registering, and rules the newest first."""

from __future__ import annotations

import pytest
from migrating import CALLS, migrate

HEAD = f"""\
import pytest, requests, responses
URL = "{CALLS}"

def add(status):
    responses.get(URL, status=status)

@pytest.fixture
def added():
    responses.get(URL, status=500)

"""
UNKNOWN = "which stubs of this address come one after the other cannot be read off"


@pytest.mark.parametrize(
    "body",
    [
        "def stub(status): responses.get(URL, status=status)\n    stub(500); stub(200)",
        "add(500)\n    add(200)",
        "responses.get(URL, status=500)\n    add(200)",
        "for status in (500, 200): add(status)",
        "for status in (500, 200): responses.get(URL, status=status)",
    ],
    ids=["inner function", "helper", "own and helper", "loop of a helper", "loop"],
)
def test_that_come_from_several_places_are_left_with_the_reason(tmp_path, body):
    source = HEAD + f"@responses.activate\ndef test_it():\n    {body}\n    requests.get(URL)\n"

    done = migrate(tmp_path, source)

    assert done.text == source
    assert UNKNOWN in done.tell()


def test_of_a_fixture_and_of_the_test_are_left_with_the_reason(tmp_path):
    source = HEAD + (
        "@responses.activate\n"
        "def test_it(added):\n"
        "    responses.get(URL, status=200)\n"
        "    requests.get(URL)\n"
    )

    done = migrate(tmp_path, source)

    assert done.text == source
    assert UNKNOWN in done.tell()


def test_of_one_function_are_rules_in_that_order(tmp_path):
    source = HEAD + (
        "@responses.activate\n"
        "def test_it():\n"
        "    responses.get(URL, status=500)\n"
        "    responses.get(URL, status=200)\n"
        "    requests.get(URL)\n"
    )

    done = migrate(tmp_path, source)

    assert 'twilio.when("GET", "/Calls", times=1).respond(500, body="")' in done.text
    assert 'twilio.when("GET", "/Calls").respond(200, body="")' in done.text
