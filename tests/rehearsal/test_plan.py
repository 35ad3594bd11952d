"""Which rehearsals a test gets, and when each of them strikes."""

from __future__ import annotations

import json

import pytest
from rehearsed import list_runs, rehearse


@pytest.fixture
def plan(pytester):
    """Return what is rehearsed of a test that asks so: operation, which request, failure."""

    def plan(*asked, terms="500,20003", limit=100, before=""):
        told = rehearse(
            pytester,
            f"--twreplay-rehearse={terms}",
            f"--twreplay-rehearse-limit={limit}",
            test_it=f"def test_one(twilio):\n{before}    ask(twilio, *{asked!r})\n",
        )
        return [run[:3] for run in list_runs(told)], told

    return plan


def test_each_failure_of_each_request_is_rehearsed(plan):
    rehearsals, told = plan("GET /Calls", "POST /Calls")

    assert sorted(rehearsals) == [
        ("GET /Calls", 1, "401 20003"),
        ("GET /Calls", 1, "500"),
        ("POST /Calls", 1, "401 20003"),
        ("POST /Calls", 1, "500"),
    ]
    assert "left out" not in told


def test_the_first_request_for_anything_comes_before_the_second(plan):
    asked = ("GET /Calls", "GET /Calls", "GET /Calls/CA1", "GET /Calls")

    rehearsals, told = plan(*asked, terms="500", limit=3, before='    twilio.add_call(Sid="CA1")\n')

    assert sorted(rehearsals) == [
        ("GET /Calls", 1, "500"),
        ("GET /Calls", 2, "500"),
        ("GET /Calls/{Sid}", 1, "500"),
    ]
    assert "  1 more were left out" in told


def test_what_was_refused_or_failed_anyway_is_not_let_fail_but_counts(plan):
    before = """\
    twilio.when("GET", "/Calls", times=1).respond(401)
    ask(twilio, "GET /Calls")
    twilio.when("GET", "/Calls", times=1).raises(faults.ReadTimeout)
    ask(twilio, "GET /Calls")
"""
    assert plan("GET /Calls", terms="500", before=before)[0] == [("GET /Calls", 3, "500")]


def test_what_is_no_operation_is_left_out(plan):
    before = '    twilio.when("GET", times=1).respond(404)\n'

    _, told = plan("GET /Nowhere", "DELETE /Calls", before=before)

    assert told == "nothing was rehearsed\n"


def test_extensions_aliases_and_overloaded_methods_are_the_same_operation(plan):
    before = '    twilio.add_incoming_phone_number(Sid="PN1")\n'

    rehearsals, _ = plan(
        *("GET /Calls.json", "HEAD /Calls", "DELETE /PhoneNumbers/PN1"),
        terms="500",
        before=before,
    )

    assert sorted(rehearsals) == [
        ("DELETE /IncomingPhoneNumbers/{Sid}", 1, "500"),
        ("GET /Calls", 1, "500"),
        ("GET /Calls", 2, "500"),
    ]


NOTE = """
import json, pathlib

def test_one(twilio):
    statuses = ask(twilio, *{asked!r})
    with pathlib.Path("statuses.txt").open("a") as file:
        file.write(json.dumps(statuses) + "\\n")
"""


class TestARehearsal:
    @pytest.fixture
    def answer(self, pytester):
        """Return the statuses that each run of a test gets that asks so, the first as it is."""

        def answer(*asked, terms):
            rehearse(pytester, f"--twreplay-rehearse={terms}", test_it=NOTE.format(asked=asked))
            lines = (pytester.path / "statuses.txt").read_text().splitlines()
            return [json.loads(line) for line in lines]

        return answer

    def test_strikes_the_nth_request_for_the_operation_and_no_other(self, answer):
        asked = ("GET /Calls", "POST /Calls", "DELETE /Calls", "GET /Calls?page=0", "GET /Calls")

        runs = answer(*asked, terms="500")

        assert sorted(runs) == sorted(
            [
                [200, 200, 405, 200, 200],
                [500, 200, 405, 200, 200],
                [200, 500, 405, 200, 200],
                [200, 200, 405, 500, 200],
                [200, 200, 405, 200, 500],
            ]
        )

    def test_begins_to_count_anew_in_each_run(self, answer):
        assert sorted(answer("GET /Calls", terms="500,503,401")) == [
            *([200], [401], [401], [500], [503])
        ]
