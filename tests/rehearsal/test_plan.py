"""Which rehearsals a test gets, and when each of them strikes."""

from __future__ import annotations

from twreplay import Request
from twreplay._interception import LoggedRequest, RequestLog
from twreplay._reports.rehearsal import Selection, plan_rehearsals

ROOT = "/2008-08-01/Accounts/AC1"
LIST = LoggedRequest("GET", f"{ROOT}/Calls", 200)
ONE = LoggedRequest("GET", f"{ROOT}/Calls/CA1", 200)
MADE = LoggedRequest("POST", f"{ROOT}/Calls", 201)


def planned(*asked, terms=("500", "401"), limit=100):
    rehearsals, left_out = plan_rehearsals(asked, Selection.parse(terms), limit)
    return [(r.request, r.nth, r.failure.name) for r in rehearsals], left_out


def test_each_failure_of_each_request():
    rehearsals, left_out = planned(LIST, MADE, terms=("500", "20003"))

    assert rehearsals == [
        ("GET /Calls", 1, "401 20003"),
        ("GET /Calls", 1, "500"),
        ("POST /Calls", 1, "401 20003"),
        ("POST /Calls", 1, "500"),
    ]
    assert left_out == 0


def test_the_first_request_for_anything_comes_before_the_second():
    rehearsals, left_out = planned(LIST, LIST, ONE, LIST, terms=("500",), limit=3)

    assert rehearsals == [
        ("GET /Calls", 1, "500"),
        ("GET /Calls/{Sid}", 1, "500"),
        ("GET /Calls", 2, "500"),
    ]
    assert left_out == 1


def test_what_was_refused_or_failed_anyway_is_not_let_fail_but_counts():
    refused, failed = LIST._replace(status=401), LIST._replace(status=0)

    assert planned(refused, failed, LIST, terms=("500",))[0] == [("GET /Calls", 3, "500")]


def test_what_is_no_operation_is_left_out():
    nowhere = LoggedRequest("GET", f"{ROOT}/Nowhere", 404)
    unsupported = LoggedRequest("DELETE", f"{ROOT}/Calls", 405)

    assert planned(nowhere, unsupported) == ([], 0)


def test_extensions_aliases_and_overloaded_methods_are_the_same_operation():
    rehearsals, _ = planned(
        LoggedRequest("GET", f"{ROOT}/Calls.json", 200),
        LoggedRequest("HEAD", f"{ROOT}/Calls", 200),
        LoggedRequest("DELETE", f"{ROOT}/PhoneNumbers/PN1", 204),
        terms=("500",),
    )

    assert [r[:2] for r in rehearsals] == [
        ("GET /Calls", 1),
        ("DELETE /IncomingPhoneNumbers/{Sid}", 1),
        ("GET /Calls", 2),
    ]


class TestStriker:
    def test_strikes_the_nth_request_for_the_operation_and_no_other(self):
        (_, second), _ = plan_rehearsals((LIST, LIST), Selection.parse(["500"]), 10)
        strike = second.injector()
        url = f"https://api.twilio.com{ROOT}"

        struck = [
            strike(Request("GET", f"{url}/Calls")),
            strike(Request("POST", f"{url}/Calls")),
            strike(Request("GET", f"{url}/Nowhere")),
            strike(Request("GET", f"{url}/Calls?page=1")),
            strike(Request("GET", f"{url}/Calls")),
        ]

        assert [rule is not None for rule in struck] == [False, False, False, True, False]

    def test_begins_anew_in_each_run(self):
        (only,), _ = plan_rehearsals((LIST,), Selection.parse(["500"]), 10)
        request = Request("GET", f"https://api.twilio.com{ROOT}/Calls")

        assert all(only.injector()(request) is not None for _ in range(2))


def test_what_is_asked_again_is_a_repetition():
    (only,), _ = plan_rehearsals((LIST,), Selection.parse(["500"]), 10)
    watch = RequestLog()
    watch.requests, watch.failed_index = [LIST, ONE], 0
    assert not only.is_repeated(watch)

    watch.requests.append(LIST)

    assert only.is_repeated(watch)
