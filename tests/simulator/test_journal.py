"""The journal, and the table that is made of it."""

from __future__ import annotations

import pytest
from basic_auth import encode_basic

import twreplay

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
    assert entry.outcome == "the account has no PN1"
    assert entry.grades["rule"] == "documented"


@pytest.mark.parametrize(
    ("method", "path", "body", "profile", "grade"),
    [
        ("GET", "/Calls", "", "documented", "chosen by us"),
        ("GET", "/Calls/CA0", "", "documented", "later version"),
        ("GET", "/Calls/CA0.json", "", "documented", "chosen by us"),
        ("POST", "/SMS/Messages", "From=4158675309&To=4155551212", "documented", "later version"),
        ("POST", "/IncomingPhoneNumbers/Local", "AreaCode=415", "documented", "later version"),
    ],
)
def test_the_grade_is_the_weakest_of_what_the_answer_rests_on(method, path, body, profile, grade):
    simulator = twreplay.Simulator(profile=profile)

    send(simulator, method, path, body)

    assert simulator.requests[-1].grade == grade


def test_explain_is_a_table(simulator, capsys):
    send(simulator, "GET", "/Calls?num=1", auth=False)
    send(simulator, "POST", "/Calls", "To=4155551212")
    send(simulator, "POST", "/OutgoingCallerIds/PN1?_method=DELETE")
    simulator.when("GET", "/Calls").raises(twreplay.faults.ReadTimeout)
    with pytest.raises(twreplay.faults.ReadTimeout):
        send(simulator, "GET", "/Calls")

    text = simulator.explain()

    assert capsys.readouterr().out == ""
    assert repr(text) == str(text)
    rows = [line.split("  ") for line in text.splitlines()]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert cells[0] == ["#", "method", "path", "status", "what happened", "why"]
    assert cells[2] == [
        "1",
        "GET",
        "/Accounts/AC111…111111/Calls?num=1",
        "401",
        "no credentials were sent",
        "a",
    ]
    assert cells[3][4] == "Called was missing"
    assert "failed" in text
    assert "#2 hint: calls name the number to call Called, not To" in text
    assert "clock: Mon, 01 Mar 2010 09:00:00 -0800, not moved" in text
    assert not [line for line in text.splitlines() if line != line.rstrip() or len(line) > 100]


def test_print_of_explain_prints_it_once(simulator, capsys):
    send(simulator, "GET", "/Calls")

    print(simulator.explain())

    assert capsys.readouterr().out.count("what happened") == 1


def test_each_source_stands_there_once(simulator):
    for _ in range(3):
        send(simulator, "POST", "/SMS/Messages", "From=4158675309&To=4155551212&Body=x")
        simulator.clock.advance(seconds=90)

    text = simulator.explain()

    assert text.count("sending-SMS page") == 1
    assert "clock: Mon, 01 Mar 2010 09:04:30 -0800, 0:04:30 after the start" in text


@pytest.mark.parametrize("path", ["/Calls?" + "x" * 300, "/" + "é" * 200, "/Calls?a=" + "b c" * 90])
def test_a_long_path_is_folded(simulator, path):
    send(simulator, "GET", path)

    assert max(map(len, simulator.explain().splitlines())) <= 100


def test_explain_says_that_nothing_was_requested(simulator):
    assert simulator.explain() == "No request was made.\n"


def test_no_token_is_shown(simulator, capsys):
    token = simulator.auth_token
    send(simulator, "GET", "/Calls")

    shown = simulator.explain() + repr(simulator.requests) + repr(simulator) + repr(vars(twreplay))

    assert token not in shown
