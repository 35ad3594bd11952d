"""The grade of an answer: the weakest of what it rests on, for every cell of docs/api.md."""

from __future__ import annotations

import pytest
from builders import Client, call, client, message
from one_of_each import borrow_world
from published_reference import GRADES, PROFILES, list_cells
from test_cells import brought_about

import twreplay

NAMES = ["rule", "status", "headers", "body", "questions"]


def find_weakest(*grades):
    return max(grades, key=GRADES.index)


def ask_in(simulator, cell, extension):
    asked = brought_about(simulator, cell)
    url, mark, query = asked.url.partition("?")
    headers = asked.headers.pairs
    return twreplay.Request(asked.method, f"{url}{extension}{mark}{query}", headers, asked.body)


@pytest.mark.parametrize("extension", ["", ".xml", ".json", ".csv", ".html"])
@pytest.mark.parametrize("profile", PROFILES)
def test_no_cell_is_better_than_what_it_rests_on(profile, extension):
    for cell in list_cells(profile):
        if cell.by_rule:
            continue
        with borrow_world(profile) as simulator:
            simulator.handle(ask_in(simulator, cell, extension))
            entry = simulator.requests[-1]

        assert list(entry.grades) == NAMES
        assert entry.grade == find_weakest(*entry.grades.values())
        for question in entry.questions:
            assert question.grade != "documented"
            assert entry.grade == find_weakest(entry.grade, question.grade), cell


@pytest.mark.parametrize(
    ("profile", "ask", "part", "grade"),
    [
        # The body of a 401 is one of August 2011; the status is documented.
        ("documented", lambda a: a.get("/Calls", auth=False), "status", "documented"),
        ("documented", lambda a: a.get("/Calls", auth=False), "body", "later version"),
        ("documented", lambda a: a.delete(""), "body", "later version"),
        ("documented", lambda a: a.delete(""), "status", "documented"),
        # Annotation, Price, Capabilities and Type are known from captures and code alone.
        ("documented", lambda a: a.post("/Calls", call()), "body", "observed"),
        ("documented", lambda a: a.post("/SMS/Messages", message()), "body", "documented"),
        ("observed", lambda a: a.post("/SMS/Messages", message()), "body", "observed"),
        ("observed", lambda a: a.post("/SMS/Messages", message()), "status", "observed"),
        ("documented", lambda a: a.get("/IncomingPhoneNumbers"), "body", "documented"),
        ("observed", lambda a: a.get("/IncomingPhoneNumbers"), "body", "observed"),
        ("documented", lambda a: a.get(""), "body", "documented"),
        ("observed", lambda a: a.get(""), "body", "observed"),
        ("documented", lambda a: a.get("/Calls/CA0"), "body", "documented"),
        ("documented", lambda a: a.get("/Calls/CA0"), "headers", "later version"),
    ],
)
def test_each_part_has_its_own(profile, ask, part, grade):
    asking = client(profile=profile)

    ask(asking)

    assert asking.simulator.requests[-1].grades[part] == grade


def test_what_has_neither_body_nor_guess_is_documented():
    asking = client()
    sid = asking.simulator.add_notification().Sid

    asking.delete(f"/Notifications/{sid}")

    assert asking.simulator.requests[-1].grade == "documented"


def test_a_rule_known_from_the_dictionary_alone_is_no_better():
    asking = client()
    asking.simulator.add_outgoing_caller_id(PhoneNumber="4155550199")

    asking.post("/OutgoingCallerIds", {"PhoneNumber": "4155550199"})

    entry = asking.simulator.requests[-1]
    assert (entry.grades["rule"], entry.grades["status"]) == ("later version", "documented")
    assert "(later version" in entry.why


def test_a_request_of_another_account_is_not_documented():
    asking = Client(twreplay.Simulator(undocumented="ignore"))
    other = asking.simulator.add_account()

    asking.get("/Calls", auth=(other.Sid, other.AuthToken))

    assert asking.simulator.requests[-1].grade == "chosen by us"
