"""The failures of an operation, how they are selected, and that each comes about as it is named."""

from __future__ import annotations

import pytest

from twreplay import Request, Simulator, faults
from twreplay._api import RESOURCES
from twreplay._api.profiles import Profile
from twreplay._api.status_matrix import list_statuses
from twreplay._reports.rehearsal import Failure, Selection
from twreplay._reports.rehearsal.failures import list_failures
from twreplay.errors import UsageError

OPERATIONS = {
    f"{operation.method} {endpoint.path.removeprefix('/Accounts/{AccountSid}')}": (
        endpoint,
        operation,
    )
    for resource in RESOURCES
    for endpoint in resource.endpoints
    for operation in endpoint.operations
}


def names(given, operation="GET /Calls"):
    return [failure.name for failure in Selection.parse(given).select(*OPERATIONS[operation])]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_documented_status_is_among_them(operation):
    endpoint, what = OPERATIONS[operation]
    failures = {failure.status for failure in list_failures(endpoint, what)}
    # What succeeds, and 304, which only a request with a condition can be given, are none.
    expected = {
        s for s in list_statuses(endpoint, what, Profile("documented")) if s >= 302 and s != 304
    }

    assert failures - {0, 405} == expected


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_comes_about_as_it_is_named(operation):
    endpoint, what = OPERATIONS[operation]
    simulator = Simulator()
    for failure in list_failures(endpoint, what):
        request = Request(what.method, simulator.base_url + endpoint.path)

        reply = simulator.reply(request, ahead=failure.build_rule(request))

        if failure.fault is not None:
            assert isinstance(reply.failure, failure.fault)
            continue
        assert reply.response.status == failure.status
        code = f"<Code>{failure.code}</Code>" if failure.code else ""
        assert code in reply.response.body.decode()
        assert simulator.requests[-1].source == f"your rule {failure.name}, rehearsed"


def test_a_400_is_there_for_each_of_its_codes():
    assert names(["400"], "POST /SMS/Messages") == [
        f"400 {code}" for code in (21401, *range(21601, 21610))
    ]


def test_what_goes_with_a_status():
    endpoint, what = OPERATIONS["GET /Calls"]
    simulator = Simulator()
    request = Request("GET", f"{simulator.account_url}/Calls?num=2")
    answers = {
        failure.name: simulator.reply(request, ahead=failure.build_rule(request)).response
        for failure in list_failures(endpoint, what)
        if failure.fault is None
    }

    assert answers["302"].headers["Location"] == request.url
    assert answers["405"].headers["Allow"] == "POST"
    assert "WWW-Authenticate" in answers["401 20003"].headers


class TestSelection:
    def test_without_terms_all_of_an_operation_are_selected(self):
        everything = [
            *("302", "401 20003", "401 20005", "405", "500"),
            *("ConnectTimeout", "ReadTimeout", "ConnectionReset"),
        ]

        assert names([]) == names(["all"]) == everything

    @pytest.mark.parametrize(
        ("term", "expected"),
        [
            ("4xx", ["401 20003", "401 20005", "405"]),
            ("401", ["401 20003", "401 20005"]),
            (401, ["401 20003", "401 20005"]),
            (20005, ["401 20005"]),
            ("3xx", ["302"]),
            ("network", ["ConnectTimeout", "ReadTimeout", "ConnectionReset"]),
            (faults.ReadTimeout, ["ReadTimeout"]),
            (" ReadTimeout ", ["ReadTimeout"]),
            (404, []),
            (21201, []),
        ],
    )
    def test_one_term_selects_its_failures(self, term, expected):
        assert names([term]) == expected

    @pytest.mark.parametrize("term", ["503", 599, "TLSFailure", faults.TruncatedBody])
    def test_what_is_asked_for_by_name_need_not_be_documented(self, term):
        assert names([term]) == [getattr(term, "__name__", str(term))]

    def test_is_once_what_is_selected_twice(self):
        assert names(["500", "5xx", 500, "ReadTimeout", "network"]) == [
            *("500", "ConnectTimeout", "ReadTimeout", "ConnectionReset")
        ]

    @pytest.mark.parametrize(
        ("term", "told"),
        [
            ("ReadTimout", "did you mean 'ReadTimeout'"),
            ("418", "no failure '418'"),
            (faults.NetworkFault, "no failure"),
            (None, "no failure 'None'"),
            ("21999", "no failure '21999'"),
        ],
    )
    def test_has_none_that_does_not_exist(self, term, told):
        with pytest.raises(UsageError, match=told):
            Selection.parse([term])


def test_after_which_nobody_knows_whether_it_was_done():
    endpoint, what = OPERATIONS["POST /Calls"]

    doubtful = [failure.name for failure in list_failures(endpoint, what) if failure.is_doubtful]

    assert doubtful == ["500", "ReadTimeout", "ConnectionReset"]
    assert not Failure(0, fault=faults.ConnectTimeout).is_doubtful
