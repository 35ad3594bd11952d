"""
Every attribute of every verb, in a call that lives: legal values, illegal ones, and misspelt names.

The rows are those of docs/twiml.md. An illegal value is logged with its code, and the call goes on
as without the attribute, to the second.
"""

from __future__ import annotations

import re
from html import escape

import pytest
from live.live_application import BASE, Application
from twiml.published_twiml import ATTRIBUTES, VERBS

import twreplay

OURS, CALLER, OTHER = "4158675309", "4155551212", "4155550100"
TEXTS = {
    "Say": "Hello",
    "Play": "/a.mp3",
    "Dial": OTHER,
    "Number": OTHER,
    "Conference": "Room",
    "Sms": "Hi",
    "Redirect": "/next",
}
INSIDE = {"Number": "<Dial>{}</Dial>", "Conference": "<Dial>{}</Dial>"}

# Legal and illegal values, by what the page says of them.
URL = "relative URL, or absolute with http or https; may be empty"
VALUES = {
    "whole number, 0 or more": (["0", "1", " 2 ", "007"], ["-1", "1.5", "", "x", "٣"]),
    "whole number, 1 or more": (["1", "2", "999"], ["0", "-1", "1e3", "", "9" * 5000]),
    "whole number, 2 or more": (["2", "120"], ["1", "0", "1:00", ""]),
    "true or false": (["true", "false"], ["True", "1", "yes", "", " true"]),
    "GET or POST": (["GET", "POST"], ["get", "PUT", "", "POST "]),
    "man or woman": (["man", "woman"], ["alice", "Man", ""]),
    "en or es or fr or de": (["en", "es", "fr", "de"], ["en-US", "it", "EN", ""]),
    "one of 0-9 # *, or nothing": (["#", "*", "5", ""], ["##", "12", "a", " "]),
    "any of 0-9 # *": (["12#", "*", ""], ["a", "1 2", "w"]),
    "0-9 # *, and w for half a second": (["1w#*", "ww9"], ["1,2", "W", "", "1 2"]),
    "phone number": (
        ["(415) 867-5309", "+14158675309"],
        ["12", "one", "client:jenny", "0155550100"],
    ),
    URL: (
        ["/next?a=1", f"{BASE}/next", "", " next "],
        ["ftp://a.example/", "mailto:a@b.example", "http://", "a b", "http://[", "http://a:x/"],
    ),
    "2008-08-01": (["2008-08-01"], ["2010-04-01", "1", ""]),
}
LEGAL = {
    # Only the account's own numbers and the caller's may be shown.
    ("Dial", "callerId"): ["(415) 867-5309", CALLER],
    # A message to who sends it is refused.
    ("Sms", "to"): ["(415) 555-0100", "+14155550100"],
}
NO_DEFAULT = {("Response", "version"), ("Sms", "to")}
"""Where no default stands in for an illegal value: the document, or the message, is left out."""

ROWS = [pytest.param(row, id=f"{row.verb}-{row.name}") for row in ATTRIBUTES]


def write(verb, attributes, place=""):
    """Write a document in which *verb* has these attributes."""
    given = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    if verb == "Response":
        return f"<Response{given}><Say>Hello</Say></Response>"
    element = f"<{verb}{given}>{TEXTS.get(verb, '')}</{verb}>"
    if place:
        element = f"<{place}>{element}</{place}>"
    inside = INSIDE.get(verb, "{}").format(element)
    return f"<Response>{inside}<Say>Behind it.</Say></Response>"


def live_through(document):
    """Let a call run *document*; return the codes that were logged, and all else that happened."""
    documents = [document]
    then = "<Response><Say>Next.</Say></Response>"
    app = Application(voice=lambda form: documents.pop() if documents else then, next=then)
    with twreplay.simulate(undocumented="ignore", seed=7) as twilio:
        twilio.attach(app)
        twilio.change(twilio.incoming_phone_numbers[0], Url=f"{BASE}/voice")
        call = twilio.phone(CALLER).dial(OURS)
        if call.expects == "recording":
            call.speak("My name", seconds=3)
        elif call.expects == "digits":
            call.press("12")
        for _ in range(3):
            if not call.is_over:
                call.press("*")
            twilio.clock.advance(seconds=40)
        call.hang_up()
        twilio.clock.run_until_idle()
        told = [line for line in call.transcript.splitlines() if " logs " not in line]
        # A notification takes a Sid of the seed, so that a recording gets the one after it.
        asked = [(path, re.sub("RE[0-9a-f]{32}", "RE", repr(form))) for path, form, _ in app.asked]
        messages = [(one.To, one.From, one.Body, one.Status) for one in twilio.sms_messages]
        logged = [(int(one.ErrorCode), one.Log) for one in twilio.notifications]
        return logged, (told, call.heard, asked, messages)


@pytest.mark.parametrize("row", ROWS)
class TestEveryAttribute:
    def test_takes_each_legal_value(self, row):
        for value in LEGAL.get((row.verb, row.name), VALUES[row.values][0]):
            logged, _ = live_through(write(row.verb, {row.name: value}))

            assert logged == [], value

    def test_logs_each_illegal_value_and_goes_on_as_without_it(self, row):
        _, plain = live_through(write(row.verb, {}))

        for value in VALUES[row.values][1]:
            logged, happened = live_through(write(row.verb, {row.name: value}))

            is_error = row.code in (11100, 12101)
            assert logged == [(row.code, "0" if is_error else "1")], value
            if (row.verb, row.name) not in NO_DEFAULT:
                assert happened == plain, value

    def test_has_a_code_of_its_own_inside_another_verb(self, row):
        for place, code in row.codes_in.items():
            for value in VALUES[row.values][1]:
                logged, _ = live_through(write(row.verb, {row.name: value}, place))

                assert logged == [(code, "1")], value

    def test_is_passed_over_if_its_name_is_misspelt(self, row):
        _, plain = live_through(write(row.verb, {}))

        for name in (row.name.upper(), f"{row.name}s", f"data-{row.name}"):
            logged, happened = live_through(write(row.verb, {name: VALUES[row.values][0][0]}))

            assert logged == [(12200, "1")], name
            assert happened == plain

    def test_has_a_source_and_a_grade(self, row):
        assert row.source
        assert row.grade in ("documented", "observed", "later version", "chosen by us")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_passes_over_an_attribute_that_no_verb_has(verb):
    _, plain = live_through(write(verb, {}))

    logged, happened = live_through(write(verb, {"volume": "11"}))

    assert logged == [(12200, "1")]
    assert happened == plain


def test_message_without_a_legal_destination_is_not_sent():
    _, (_, _, _, messages) = live_through(write("Sms", {"to": "one"}))

    assert [status for *_, status in messages] == ["failed"]


def test_document_of_another_version_is_not_run():
    _, (told, _, _, _) = live_through(write("Response", {"version": "2010-04-01"}))

    assert any("application error" in line for line in told)
    assert not any("Hello" in line for line in told)
