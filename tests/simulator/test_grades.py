"""The grade of an answer: the weakest of what it rests on, for every cell of docs/api.md."""

from __future__ import annotations

import pytest
from builders import Client, call, client, message
from test_cells import brought_about

import twreplay
from twreplay._api import PROFILES, RESOURCES, Grade, Profile, find_weakest
from twreplay._api.status_matrix import list_cells

NAMES = ["rule", "status", "headers", "body", "questions"]


def make_world(profile):
    simulator = twreplay.Simulator(profile=profile, undocumented="ignore")
    simulator.add_call(Sid="CAlive", Status=1)
    simulator.add_call(Sid="CAlive", segment=True)
    simulator.add_recording(CallSid="CAlive")
    simulator.add_transcription()
    simulator.add_participant()
    simulator.add_sms_message()
    simulator.add_notification(CallSid="CAlive")
    simulator.add_outgoing_caller_id()
    simulator.add_short_code()
    return simulator


def ask_in(simulator, cell, extension):
    asked = brought_about(simulator, cell)
    url, mark, query = asked.url.partition("?")
    headers = asked.headers.pairs
    return twreplay.Request(asked.method, f"{url}{extension}{mark}{query}", headers, asked.body)


@pytest.mark.parametrize("extension", ["", ".xml", ".json", ".csv", ".html"])
@pytest.mark.parametrize("profile", PROFILES)
def test_no_cell_is_better_than_what_it_rests_on(profile, extension):
    for cell in list_cells(RESOURCES, Profile(profile)):
        if cell.by_rule:
            continue
        simulator = make_world(profile)
        simulator.handle(ask_in(simulator, cell, extension))
        entry = simulator.requests[-1]

        assert list(entry.grades) == NAMES
        assert entry.grade == find_weakest(*entry.grades.values())
        for question in entry.questions:
            assert question.grade is not Grade.DOCUMENTED
            assert entry.grade == find_weakest(entry.grade, question.grade), cell


@pytest.mark.parametrize(
    ("profile", "ask", "part", "grade"),
    [
        # The body of a 401 is one of August 2011; the status is documented.
        ("documented", lambda a: a.get("/Calls", auth=False), "status", Grade.DOCUMENTED),
        ("documented", lambda a: a.get("/Calls", auth=False), "body", Grade.LATER),
        ("documented", lambda a: a.delete(""), "body", Grade.LATER),
        ("documented", lambda a: a.delete(""), "status", Grade.DOCUMENTED),
        # Annotation, Price, Capabilities and Type are known from captures and code alone.
        ("documented", lambda a: a.post("/Calls", call()), "body", Grade.OBSERVED),
        ("documented", lambda a: a.post("/SMS/Messages", message()), "body", Grade.DOCUMENTED),
        ("observed", lambda a: a.post("/SMS/Messages", message()), "body", Grade.OBSERVED),
        ("observed", lambda a: a.post("/SMS/Messages", message()), "status", Grade.OBSERVED),
        ("documented", lambda a: a.get("/IncomingPhoneNumbers"), "body", Grade.DOCUMENTED),
        ("observed", lambda a: a.get("/IncomingPhoneNumbers"), "body", Grade.OBSERVED),
        ("documented", lambda a: a.get(""), "body", Grade.DOCUMENTED),
        ("observed", lambda a: a.get(""), "body", Grade.OBSERVED),
        ("documented", lambda a: a.get("/Calls/CA0"), "body", Grade.DOCUMENTED),
        ("documented", lambda a: a.get("/Calls/CA0"), "headers", Grade.LATER),
    ],
)
def test_each_part_has_its_own(profile, ask, part, grade):
    asking = client(profile=profile)

    ask(asking)

    assert asking.simulator.requests[-1].grades[part] is grade


def test_what_has_neither_body_nor_guess_is_documented():
    asking = client()
    sid = asking.simulator.add_notification().Sid

    asking.delete(f"/Notifications/{sid}")

    assert asking.simulator.requests[-1].grade is Grade.DOCUMENTED


def test_a_rule_known_from_the_dictionary_alone_is_no_better():
    asking = client()
    asking.simulator.add_outgoing_caller_id(PhoneNumber="4155550199")

    asking.post("/OutgoingCallerIds", {"PhoneNumber": "4155550199"})

    entry = asking.simulator.requests[-1]
    assert (entry.grades["rule"], entry.grades["status"]) == (Grade.LATER, Grade.DOCUMENTED)
    assert "(later version" in entry.why


def test_a_request_of_another_account_is_not_documented():
    asking = Client(twreplay.Simulator(undocumented="ignore"))
    other = asking.simulator.add_account()

    asking.get("/Calls", auth=(other.Sid, other.AuthToken))

    assert asking.simulator.requests[-1].grade is Grade.CHOSEN
