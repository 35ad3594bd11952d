"""A call that the application makes: from the POST to the end-of-call request."""

from __future__ import annotations

import pytest
import requests
from live.live_application import Application, make_call

import twreplay

MENU = (
    '<Response><Gather action="/menu" numDigits="1"><Say>Press 1 to confirm.</Say></Gather>'
    "<Say>No answer.</Say></Response>"
)


@pytest.fixture
def app():
    return Application(
        voice=MENU,
        menu="<Response><Say>Thank you.</Say></Response>",
        sms="<Response><Sms>You will get no more messages.</Sms></Response>",
    )


@pytest.fixture
def twilio(app):
    with twreplay.simulate(undocumented="ignore") as simulator:
        simulator.attach(app, "https://clinic.example")
        yield simulator


def test_a_call_is_answered_heard_and_keyed_in(twilio, app):
    assert make_call(twilio).status_code == 200
    assert app.asked == []  # the answer to the POST precedes the first webhook
    twilio.clock.advance(seconds=5)
    call = twilio.phone("4155551212").call
    assert call.heard[0].text == "Press 1 to confirm."
    assert call.expects == "digits"
    call.press("1")
    assert call.heard[-1].text == "Thank you."
    assert app.asked_at("/menu")[0]["Digits"] == "1"
    call.hang_up()
    assert call.is_over
    assert call.resource.Status == "2"
    last = app.asked_at("/voice")[-1]
    assert (last["CallStatus"], last["Duration"]) == ("completed", call.resource.Duration)


def test_each_webhook_is_signed(twilio, app):
    make_call(twilio)
    twilio.clock.advance(seconds=5)
    _, form, signature = app.asked[0]
    url = "https://clinic.example/voice"
    assert twreplay.is_signed(url, form, twilio.auth_token, signature)
    assert not twreplay.is_signed(url + "?", form, twilio.auth_token, signature)


def test_sixty_seconds_are_sixty_times_one(app):
    told = []
    for steps in (1, 60):
        with twreplay.simulate(undocumented="ignore") as twilio:
            twilio.attach(app, "https://clinic.example")
            make_call(twilio)
            for _ in range(steps):
                twilio.clock.advance(seconds=60 / steps)
            [call] = twilio.phone("4155551212").calls
            told.append((call.transcript, twilio.snapshot(), repr(twilio.webhooks)))
    assert told[0] == told[1]
    assert "No answer." in told[0][0]


def test_a_person_dials_the_application(twilio, app):
    twilio.change(twilio.incoming_phone_numbers[0], Url="https://clinic.example/voice")
    call = twilio.phone("4155551212").dial("4158675309")
    assert call.heard[0].text == "Press 1 to confirm."
    call.press("1").wait(seconds=3)
    assert call.is_over
    assert app.asked_at("/voice")[0]["DialStatus"] == "answered"


def test_a_person_writes_and_is_answered(twilio):
    twilio.change(twilio.incoming_phone_numbers[0], SmsUrl="https://clinic.example/sms")
    phone = twilio.phone("4155551212")
    phone.text("4158675309", "STOP")
    assert phone.inbox[-1].Body == "You will get no more messages."
    phone.expect_text("NO MORE").reply("ok")
    assert len(phone.inbox) == 2


def test_the_status_of_a_message_is_told(twilio, app):
    app.pages["/status"] = "ok"
    requests.post(
        f"{twilio.account_url}/SMS/Messages",
        auth=twilio.auth,
        data={
            "From": "4158675309",
            "To": "4155551212",
            "Body": "Tomorrow at nine",
            "StatusCallback": "https://clinic.example/status",
        },
        timeout=5,
    )
    twilio.phone("4155551212").expect_text("tomorrow")
    assert app.asked_at("/status")[0]["SmsStatus"] == "sent"


@pytest.mark.parametrize(
    ("verb", "status", "told"), [("busy", "3", "busy"), ("ignore", "5", "no-answer")]
)
def test_a_call_that_nobody_takes_is_told(twilio, app, verb, status, told):
    make_call(twilio)
    call = getattr(twilio.phone("4155551212"), verb)()
    assert call.Status == status
    assert app.asked_at("/voice")[0]["DialStatus"] == told


def test_picking_up_needs_no_seconds(twilio):
    make_call(twilio)
    call = twilio.phone("4155551212").pick_up()
    assert call.expect("press 1", "CONFIRM").press("1").expect("thank you")
    with pytest.raises(AssertionError, match="never said"):
        call.expect("good morning")
    twilio.expect_nothing_more()


def test_nothing_attached_is_as_ever():
    with twreplay.simulate(undocumented="ignore") as twilio:
        make_call(twilio)
        twilio.clock.advance(seconds=5 + 30)
        assert twilio.calls[0].Status == "2"
        assert twilio.webhooks == ()


def test_an_exception_of_the_application_comes_out_of_the_verb(twilio, app):
    app.pages["/voice"] = lambda _: 1 // 0
    make_call(twilio)
    with pytest.raises(ZeroDivisionError):
        twilio.clock.advance(seconds=5)


def test_a_document_that_fails_is_a_notification(twilio, app):
    app.pages["/voice"] = "<Response><Say>"
    make_call(twilio)
    twilio.clock.advance(seconds=30)
    assert twilio.calls[0].Status == "4"
    [note] = twilio.notifications
    assert (note.ErrorCode, note.ResponseBody) == ("12100", "<Response><Say>")


def test_a_page_that_is_missing_is_a_notification(twilio, app):
    del app.pages["/voice"]
    make_call(twilio)
    twilio.clock.advance(seconds=30)
    assert {note.ErrorCode for note in twilio.notifications} == {"11200"}


def test_a_call_made_from_inside_a_webhook_is_answered(twilio, app):
    def voice(_):
        if len(twilio.calls) == 1:
            assert make_call(twilio, Called="4155551213").status_code == 200
        return MENU

    app.pages["/voice"] = voice
    make_call(twilio)
    twilio.clock.advance(seconds=11)
    assert twilio.phone("4155551213").call.expects == "digits"


def test_a_recording_is_stored_and_transcribed(twilio, app):
    app.pages["/voice"] = (
        '<Response><Record action="/done" transcribe="true" transcribeCallback="/text"/></Response>'
    )
    app.pages["/done"] = "<Response><Say>Bye.</Say></Response>"
    app.pages["/text"] = "ok"
    make_call(twilio)
    call = twilio.phone("4155551212").pick_up().wait(seconds=2)
    call.speak("Please call me back", seconds=4).press("#")
    [done] = app.asked_at("/done")
    assert requests.get(done["RecordingUrl"], timeout=5).headers["Content-Type"] == "audio/x-wav"
    twilio.clock.run_until_idle()
    assert app.asked_at("/text")[0]["TranscriptionText"] == "Please call me back"


def test_a_leg_is_dialled_and_its_end_told(twilio, app):
    app.pages["/voice"] = '<Response><Dial action="/dialled">4155559999</Dial></Response>'
    app.pages["/dialled"] = "<Response><Say>Bye.</Say></Response>"
    twilio.arrange_call("4155559999", after=4, duration=20)
    make_call(twilio)
    call = twilio.phone("4155551212").pick_up()
    call.wait(seconds=30)
    assert app.asked_at("/dialled")[0]["DialStatus"] == "answered"
    segments = [one for one in twilio.calls if one.CallSegmentSid]
    assert [(one.Status, one.Duration) for one in segments] == [("2", "20")]


def test_a_call_in_progress_is_sent_elsewhere(twilio, app):
    app.pages["/bye"] = "<Response><Hangup/></Response>"
    sid = make_call(twilio) and twilio.calls[0].Sid
    call = twilio.phone("4155551212").pick_up()
    requests.post(
        f"{twilio.account_url}/Calls/{sid}",
        auth=twilio.auth,
        data={"CurrentUrl": "https://clinic.example/bye"},
        timeout=5,
    )
    call.wait(seconds=0)
    assert call.is_over


def test_a_fork_undoes_a_call(twilio):
    make_call(twilio)
    with twilio.fork():
        twilio.phone("4155551212").pick_up()
    assert twilio.phone("4155551212").call is None
    assert twilio.phone("4155551212").pick_up().expects == "digits"
