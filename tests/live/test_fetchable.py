"""What webhooks hand out can be fetched, and each number that can be reached is."""

from __future__ import annotations

import pytest
import requests
from live.live_application import BASE, Application

import twreplay

PERSON, OURS = "4155550101", "4158675309"


@pytest.fixture
def twilio():
    with twreplay.simulate(undocumented="ignore", allow_unused=True) as twilio:
        yield twilio


def test_transcription_url_is_that_of_the_transcription(twilio):
    record = '<Response><Record action="/r" transcribe="true" transcribeCallback="/t"/></Response>'
    app = Application(voice=record, r="<Response/>", t="<Response/>")
    twilio.attach(app, BASE)
    twilio.change(twilio.incoming_phone_numbers[0], Url=f"{BASE}/voice")
    twilio.phone(PERSON).dial(OURS).speak("my words", seconds=3).press("1").wait()
    twilio.clock.advance(seconds=120)

    (form,) = app.asked_at("/t")
    answer = requests.get(form["TranscriptionUrl"], auth=twilio.auth, timeout=5)
    assert (answer.status_code, twilio.transcriptions[0].Sid in answer.text) == (200, True)


@pytest.mark.parametrize(("body", "status"), [("b", "sending"), ("x" * 161, "invalid")])
def test_action_of_a_message_verb_gets_the_message_that_was_sent(body, status, twilio):
    app = Application(sms=f'<Response><Sms action="/a">{body}</Sms></Response>', a="<Response/>")
    twilio.attach(app, BASE)
    twilio.change(twilio.incoming_phone_numbers[0], SmsUrl=f"{BASE}/sms")
    twilio.phone(PERSON).text(OURS, "hi")

    (form,) = app.asked_at("/a")
    assert form["SmsStatus"] == status
    (received,) = (each for each in twilio.sms_messages if each.Body == "hi")
    assert form["SmsSid"] != received.Sid


def test_message_to_a_short_code_reaches_its_application(twilio):
    app = Application(sms="<Response><Sms>b</Sms></Response>")
    code = twilio.add_short_code(SmsUrl=f"{BASE}/sms")
    twilio.attach(app, BASE)

    twilio.phone(PERSON).text(code.ShortCode, "hi").expect_text("b")

    assert len(app.asked_at("/sms")) == 1


class TestCallWithoutApplication:
    def test_says_that_one_is_to_be_attached(self, twilio):
        form = {"Caller": OURS, "Called": PERSON, "Url": "http://a.example/"}
        requests.post(f"{twilio.account_url}/Calls", form, auth=twilio.auth, timeout=5)

        call = twilio.phone(PERSON).pick_up()

        assert "not there" in repr(call)
        with pytest.raises(twreplay.errors.UsageError, match="runs no TwiML: no application"):
            _ = call.is_over

    def test_of_a_world_that_is_gone_says_so(self, twilio):
        twilio.attach(Application(voice="<Response><Pause length='9'/></Response>"), BASE)
        twilio.change(twilio.incoming_phone_numbers[0], Url=f"{BASE}/voice")
        before = twilio.snapshot()
        call = twilio.phone(PERSON).dial(OURS)

        twilio.restore(before)

        with pytest.raises(twreplay.errors.UsageError, match="reset or restored since"):
            _ = call.is_over
