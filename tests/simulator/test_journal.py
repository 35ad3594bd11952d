"""The journal, and the table that is made of it."""

from __future__ import annotations

import pytest
from basic_auth import encode_basic

import twreplay
from twreplay._api import Grade

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def simulator():
    return twreplay.Simulator(undocumented="ignore", account_sid="AC" + "1" * 32)


def send(simulator, method, path, body="", *, auth=True):
    headers = dict(FORM if body else {})
    if auth:
        headers["Authorization"] = encode_basic(*simulator.auth)
    return simulator.handle(twreplay.Request(method, simulator.account_url + path, headers, body))


def test_an_entry_has_the_request_the_response_and_why(simulator):
    response = send(simulator, "POST", "/OutgoingCallerIds/PN1?_method=DELETE")

    (entry,) = simulator.requests
    assert (entry.number, entry.request.method, entry.method) == (1, "POST", "DELETE")
    assert entry.response is response
    assert entry.rule == "what the path names must exist in the account"
    assert entry.source == "response page, Exceptions, the sample of a 404"
    assert entry.grade is Grade.DOCUMENTED


@pytest.mark.parametrize(
    ("method", "path", "body", "profile", "grade"),
    [
        ("GET", "/Calls", "", "documented", Grade.DOCUMENTED),
        ("POST", "/Calls", "Caller=4158675309", "documented", Grade.DOCUMENTED),
        ("POST", "/Calls", "Called=1", "documented", Grade.LATER),
        ("POST", "/SMS/Messages", "From=4158675309&To=4155551212&Body=x", "observed", "observed"),
        ("POST", "/IncomingPhoneNumbers/TollFree", "AreaCode=415", "documented", Grade.OBSERVED),
    ],
)
def test_the_grade_is_that_of_the_rule(method, path, body, profile, grade):
    simulator = twreplay.Simulator(profile=profile)

    send(simulator, method, path, body)

    assert simulator.requests[-1].grade == grade


def test_explain_prints_a_table(simulator, capsys):
    send(simulator, "GET", "/Calls?num=1", auth=False)
    send(simulator, "POST", "/Calls", "To=4155551212")
    send(simulator, "POST", "/OutgoingCallerIds/PN1?_method=DELETE")
    simulator.when("GET", "/Calls").raises(twreplay.faults.ReadTimeout)
    with pytest.raises(twreplay.faults.ReadTimeout):
        send(simulator, "GET", "/Calls")

    text = simulator.explain()

    assert capsys.readouterr().out == text
    rows = [line.split("  ") for line in text.splitlines()]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert cells[0] == ["#", "method", "path", "status", "rule", "source", "grade"]
    assert cells[2][:5] == [
        "1",
        "GET",
        "/Accounts/AC111…111111/Calls?num=1",
        "401",
        "credentials are known",
    ]
    assert cells[4][:4] == [
        "3",
        "POST as DELETE",
        "/Accounts/AC111…111111/OutgoingCallerIds/PN1?_method=DELETE",
        "404",
    ]
    assert cells[5][3:5] == ["failed", "a rule of your own"]
    assert "#2 hint: calls name the number to call Called, not To" in text
    assert "Undocumented, and chosen by us:" in text
    assert not [line for line in text.splitlines() if line != line.rstrip()]


def test_explain_of_nothing(simulator):
    assert simulator.explain() == "No request was made.\n"


def test_no_token_is_shown(simulator, capsys):
    token = simulator.auth_token
    send(simulator, "GET", "/Calls")

    shown = simulator.explain() + repr(simulator.requests) + repr(simulator) + repr(vars(twreplay))

    assert token not in shown
