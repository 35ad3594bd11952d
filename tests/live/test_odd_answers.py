"""Answers of an application that XML cannot hold: what the API shows of them can be read."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
import requests

import twreplay

BASE, PERSON, OURS = "https://clinic.example", "4155551212", "4158675309"
ODD = b"\x1b[31mno\x00\x0b\xff\xef\xbf\xbe"


def simulate(body, kind, status="200 OK"):
    def app(environ, start_response):
        start_response(status, [("Content-Type", kind)])
        return [body]

    twilio = twreplay.Simulator(undocumented="ignore")
    twilio.attach(app, BASE, raise_errors=False)
    number = twilio.incoming_phone_numbers[0]
    twilio.change(number, Url=f"{BASE}/voice", SmsUrl=f"{BASE}/sms")
    return twilio


def fetch(twilio, path):
    with twreplay.simulate(account_sid=twilio.account_sid, auth_token=twilio.auth_token) as asked:
        asked.restore(twilio.snapshot())
        answer = requests.get(f"{asked.account_url}{path}", auth=asked.auth, timeout=5)
    return ElementTree.fromstring(answer.content)


@pytest.mark.parametrize(
    ("kind", "status"),
    [("text/html", "500 Oh no"), ("image/png", "200 OK"), ("text/xml", "200 OK")],
)
def test_the_notification_of_a_failure_is_xml(kind, status):
    twilio = simulate(ODD, kind, status)
    twilio.phone(PERSON).dial(OURS)

    note = twilio.notifications[0]
    shown = fetch(twilio, f"/Notifications/{note.Sid}")

    assert shown.findtext(".//ResponseBody") == note.ResponseBody == "\ufffd[31mno" + "\ufffd" * 4


def test_the_reply_to_a_message_is_xml():
    twilio = simulate(ODD, "text/plain")
    twilio.phone(PERSON).text(OURS, "Hi")

    (reply,) = twilio.phone(PERSON).inbox

    assert "\ufffd[31mno" in reply.Body
    assert [one.text for one in fetch(twilio, "/SMS/Messages").iter("Body")] == [reply.Body, "Hi"]


@pytest.mark.parametrize("half", ["\x00", "\ud83d"])
def test_what_was_spoken_is_xml_once_it_is_transcribed(half):
    twilio = simulate(b'<Response><Record transcribe="true"/></Response>', "text/xml")
    twilio.phone(PERSON).dial(OURS).speak(f"Call {half} me")
    twilio.clock.run_until_idle()

    assert fetch(twilio, "/Transcriptions").findtext(".//TranscriptionText") == "Call \ufffd me"
