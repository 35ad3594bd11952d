"""What ``arrange_call(script=...)`` has a person do whom no test drives."""

from __future__ import annotations

import pytest
from live.live_application import make_call, office, office_app

from twreplay.errors import UsageError

PATIENT, NURSE = "4155551212", "4155559999"
MENU = (
    '<Response><Gather action="/menu" numDigits="1"><Say>Press 1 to confirm your appointment.'
    "</Say></Gather><Say>No answer.</Say></Response>"
)
BYE = "<Response><Say>Bye.</Say><Pause length='60'/></Response>"


app, twilio = office_app, office


def test_keys_are_pressed_after_the_prompt(twilio, app):
    app.pages |= {"/voice": MENU, "/menu": BYE}
    twilio.arrange_call(PATIENT, script=["1", 3, "hang up"])
    make_call(twilio)

    twilio.clock.advance(seconds=60)

    (call,) = twilio.phone(PATIENT).calls
    prompt, bye = call.heard[:2]
    assert (prompt.is_cut_off, bye.text) == (False, "Bye.")
    assert app.asked_at("/menu")[0]["Digits"] == "1"
    assert call.is_over
    assert call.resource.Duration == str(int(prompt.seconds) + 3)


def test_keys_of_one_step_are_pressed_together(twilio, app):
    page = '<Response><Gather action="/menu"><Say>Your code?</Say></Gather></Response>'
    app.pages |= {"/voice": page, "/menu": BYE}
    twilio.arrange_call(PATIENT, script=("1234#",))
    make_call(twilio)

    twilio.clock.advance(seconds=30)

    assert app.asked_at("/menu")[0]["Digits"] == "1234"


def test_what_is_said_is_recorded(twilio, app):
    page = '<Response><Record action="/done" transcribe="true"/></Response>'
    app.pages |= {"/voice": page, "/done": BYE}
    twilio.arrange_call(PATIENT, script=["say Please call me back", "#", "hang up"])
    make_call(twilio)

    twilio.clock.advance(seconds=120)

    assert app.asked_at("/done")[0]["Digits"] == "#"
    assert [one.TranscriptionText for one in twilio.transcriptions] == ["Please call me back"]


def test_leg_of_a_dial_follows_its_script(twilio, app):
    app.pages |= {"/voice": f"<Response><Dial action='/dialled'>{NURSE}</Dial></Response>"}
    app.pages["/dialled"] = BYE
    twilio.arrange_call(NURSE, script=["say Hello", 5, "hang up"], after=2)
    call = twilio.phone(PATIENT).dial("4158675309")

    twilio.clock.advance(seconds=20)

    assert [sound.text for sound in call.heard if sound.kind == "voice"] == ["Hello"]
    assert app.asked_at("/dialled")[0]["DialCallDuration"] == "6"


def test_phone_that_a_test_picks_up_does_nothing_by_itself(twilio, app):
    app.pages |= {"/voice": MENU, "/menu": BYE}
    twilio.arrange_call(PATIENT, script=["1"])
    make_call(twilio)

    twilio.phone(PATIENT).pick_up().wait(seconds=4)

    assert app.asked_at("/menu") == []


@pytest.mark.parametrize(("picks_up", "status"), [(False, "5"), (True, "2"), (8, "2")])
def test_picks_up_says_whether_and_when(twilio, app, picks_up, status):
    app.pages["/voice"] = "<Response><Say>Hi</Say></Response>"
    twilio.arrange_call(PATIENT, picks_up=picks_up)
    make_call(twilio)

    twilio.clock.advance(seconds=7)
    rang_for_seven = twilio.calls[0].Status == "0"
    twilio.clock.advance(seconds=60)

    assert twilio.calls[0].Status == status
    assert rang_for_seven == (picks_up is not True)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("1", "script is a list of steps"),
        (["1", "x"], "script, step 2: 'x' is none of keys"),
        ([True], "script, step 1: True is none of keys"),
        ([-1], "script, step 1"),
        (["say "], "script, step 1: 'say ' is none of keys"),
        (5, "script is a list of steps"),
    ],
)
def test_script_is_checked_when_it_is_given(twilio, script, message):
    with pytest.raises(UsageError, match=message):
        twilio.arrange_call(PATIENT, script=script)


def test_script_of_a_call_that_nobody_answers_is_refused(twilio):
    with pytest.raises(UsageError, match="script is for calls that are answered"):
        twilio.arrange_call(PATIENT, script=["1"], outcome="busy")


def test_script_is_in_a_snapshot(twilio, app):
    app.pages |= {"/voice": MENU, "/menu": BYE}
    twilio.arrange_call(PATIENT, script=["1", 2.5])
    twilio.restore(twilio.snapshot())
    make_call(twilio)

    twilio.clock.advance(seconds=30)

    assert len(app.asked_at("/menu")) == 1
