"""Calls that the API makes or ends: machines, keys, live changes, recordings, callbacks."""

from __future__ import annotations

import pytest
import requests
from live.live_application import BASE, make_call, office, office_app

import twreplay

PERSON, OURS = "4155551212", "4158675309"
HELLO = "<Response><Say>Hello.</Say></Response>"
LONG = '<Response><Pause length="60"/></Response>'


app, twilio = office_app, office


@pytest.mark.parametrize(
    ("machine", "said", "told"),
    [
        ("Continue", "Hello.", ["answered-machine", None]),
        ("Hangup", "", ["hangup-machine"]),
    ],
)
def test_machine_is_told_apart(twilio, app, machine, said, told):
    app.pages["/voice"] = HELLO
    twilio.arrange_call(PERSON, answered_by="machine")
    make_call(twilio, IfMachine=machine)
    twilio.clock.run_until_idle()

    assert [form.get("DialStatus") for form in app.asked_at("/voice")] == told
    heard = [sound.text for call in twilio.phone(PERSON).calls for sound in call.heard]
    assert "".join(heard) == said


def test_person_is_told_from_a_machine_only_if_asked(twilio, app):
    app.pages["/voice"] = HELLO
    make_call(twilio)
    make_call(twilio, Called="4155551213", IfMachine="Continue")
    twilio.clock.run_until_idle()

    told = {form["Called"]: form["DialStatus"] for form in app.asked_at("/voice")[:2]}
    assert told == {PERSON: "answered", "4155551213": "answered-human"}


def test_call_in_progress_is_sent_to_a_page_that_is_missing(twilio, app):
    app.pages["/voice"] = LONG
    make_call(twilio)
    call = twilio.phone(PERSON).pick_up()
    url = f"{twilio.account_url}/Calls/{call.resource.Sid}"

    requests.post(url, {"CurrentUrl": f"{BASE}/gone"}, auth=twilio.auth, timeout=5)
    call.wait()

    assert call.is_over
    assert call.resource.Status == "4"
    assert twilio.notifications[-1].ErrorCode == "11200"


def test_recording_is_fetched_at_the_url_that_was_handed_out(twilio, app):
    app.pages["/voice"] = '<Response><Record action="/stored"/></Response>'
    app.pages["/stored"] = HELLO
    call = twilio.phone(PERSON).dial(OURS).speak("Call me", seconds=4).press("#").wait()

    (stored,) = app.asked_at("/stored")
    url = stored["RecordingUrl"]
    kinds = {end: requests.get(url + end, timeout=5) for end in ("", ".wav", ".mp3")}

    assert stored["Digits"] == "#"
    assert {end: got.headers["Content-Type"] for end, got in kinds.items()} == {
        "": "audio/x-wav",
        ".wav": "audio/x-wav",
        ".mp3": "audio/mpeg",
    }
    assert twilio.recordings[0].Duration == stored["Duration"]
    assert call.heard[-1].text == "Hello."


def test_message_of_a_call_is_told_when_it_was_sent(twilio, app):
    app.pages["/voice"] = (
        '<Response><Sms statusCallback="/status" action="/after">Yes</Sms></Response>'
    )
    app.pages["/after"] = HELLO
    twilio.phone(PERSON).dial(OURS).wait()
    twilio.clock.run_until_idle()

    (status,) = app.asked_at("/status")
    (after,) = app.asked_at("/after")
    assert (status["SmsStatus"], after["SmsStatus"]) == ("sent", "sending")
    assert status["SmsSid"] == after["SmsSid"] == twilio.sms_messages[0].Sid
    assert [one.ErrorCode for one in twilio.notifications] == ["11200"]  # nothing is at /status


def test_host_that_nobody_attached_is_named_with_those_that_are(twilio, app):
    app.pages["/voice"] = "<Response><Redirect>http://else.example/x</Redirect></Response>"

    with pytest.raises(twreplay.errors.UsageError, match=r"(?s)else\.example.*clinic\.example"):
        twilio.phone(PERSON).dial(OURS)
