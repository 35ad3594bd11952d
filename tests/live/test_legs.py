"""People whom ``<Dial>`` rings: a test drives them, or ``arrange_call`` says what they do."""

from __future__ import annotations

import pytest
from live.live_application import make_call, office, office_app

from twreplay.errors import UsageError

CALLER, NURSE, DOCTOR = "4155551212", "4155559999", "4155558888"
DIAL = f'<Response><Dial action="/dialled">{NURSE}</Dial></Response>'
BYE = "<Response><Say>Bye.</Say></Response>"


app, twilio = office_app, office


@pytest.fixture
def dialled(twilio, app):
    """Return the call of a person who dialled the application, which dials the nurse."""
    app.pages |= {"/voice": DIAL, "/dialled": BYE}
    return twilio.phone(CALLER).dial("4158675309")


def told(app):
    return [form["DialStatus"] for form in app.asked_at("/dialled")]


def test_phone_that_is_rung_can_be_picked_up(twilio, app, dialled):
    nurse = twilio.phone(NURSE).pick_up()

    assert not nurse.is_over
    assert nurse.resource.Status == "1"
    assert nurse.resource.CallSegmentSid
    assert nurse.resource.Caller == CALLER
    assert twilio.phone(NURSE).call.resource is nurse.resource
    assert told(app) == []


def test_both_sides_hear_each_other(twilio, dialled):
    nurse = twilio.phone(NURSE).pick_up()

    dialled.speak("Is the doctor in?")
    nurse.speak("She is.")

    assert [(s.kind, s.text) for s in nurse.heard] == [("voice", "Is the doctor in?")]
    assert [(s.kind, s.text) for s in dialled.heard] == [("ring", ""), ("voice", "She is.")]
    assert f"{NURSE} says: She is." in dialled.transcript
    assert f"{CALLER} says: Is the doctor in?" in nurse.transcript


@pytest.mark.parametrize("who", ["caller", "nurse"])
def test_either_side_can_hang_up(twilio, app, dialled, who):
    nurse = twilio.phone(NURSE).pick_up()
    nurse.wait(seconds=7)

    (dialled if who == "caller" else nurse).hang_up()

    assert nurse.is_over
    assert (nurse.resource.Status, nurse.resource.Duration) == ("2", "7")
    assert dialled.is_over == (who == "caller")
    assert told(app) == ["answered"]
    assert app.asked_at("/dialled")[0]["DialCallDuration"] == "7"
    if who == "nurse":
        assert dialled.heard[-1].text == "Bye."


@pytest.mark.parametrize(
    ("who", "line"), [("caller", "twilio   hangs up"), ("nurse", "person   hangs up")]
)
def test_transcript_of_the_called_side_tells_how_it_ended(twilio, dialled, who, line):
    nurse = twilio.phone(NURSE).pick_up()

    (dialled if who == "caller" else nurse).hang_up()

    assert nurse.transcript.splitlines()[-1].endswith(line)


def test_transcript_of_a_phone_that_was_not_answered_tells_that_it_stopped(twilio, dialled):
    twilio.phone(NURSE).ignore()

    assert "twilio   stops" in twilio.transcripts()


def test_time_alone_ends_no_talk_that_a_test_drives(twilio, app, dialled):
    nurse = twilio.phone(NURSE).pick_up()

    assert not nurse.wait().is_over
    assert not dialled.wait().is_over
    assert not nurse.wait(seconds=600).is_over


def test_busy_is_told_at_once(twilio, app, dialled):
    segment = twilio.phone(NURSE).busy()

    assert segment.Status == "3"
    assert told(app) == ["busy"]


def test_one_who_does_not_answer_rings_until_the_timeout(twilio, app, dialled):
    segment = twilio.phone(NURSE).ignore()

    assert segment.Status == "5"
    assert told(app) == ["no-answer"]
    assert dialled.heard[0].seconds == 30


def test_one_whom_nobody_drives_answers_as_arranged(twilio, app, dialled):
    twilio.clock.advance(seconds=6)

    call = twilio.phone(NURSE).call

    assert call is not None
    twilio.clock.advance(seconds=60)
    assert call.is_over
    assert told(app) == ["answered"]


def test_who_comes_too_late_is_told_why(twilio, dialled):
    twilio.clock.advance(seconds=6)

    with pytest.raises(UsageError, match="pick up before that time has passed"):
        twilio.phone(NURSE).pick_up()


def test_caller_who_hangs_up_stops_the_ringing(twilio, app, dialled):
    assert twilio.phone(NURSE).ringing is not None

    dialled.hang_up()

    assert twilio.phone(NURSE).ringing is None
    assert [one.Status for one in twilio.calls if one.CallSegmentSid] == ["5"]


def test_first_of_several_to_pick_up_gets_the_call(twilio, app):
    numbers = "".join(f"<Number>{number}</Number>" for number in (NURSE, DOCTOR))
    app.pages["/voice"] = f'<Response><Dial action="/dialled">{numbers}</Dial></Response>'
    app.pages["/dialled"] = BYE
    call = twilio.phone(CALLER).dial("4158675309")

    doctor = twilio.phone(DOCTOR).pick_up()

    assert twilio.phone(NURSE).ringing is None
    assert not doctor.is_over
    doctor.speak("Yes?")
    assert call.heard[-1].text == "Yes?"
    doctor.hang_up()
    assert {one.Called: one.Status for one in twilio.calls if one.CallSegmentSid} == {
        NURSE: "5",
        DOCTOR: "2",
    }
    assert told(app) == ["answered"]


def test_dial_that_nobody_of_several_takes_ends_when_the_last_refuses(twilio, app):
    numbers = "".join(f"<Number>{number}</Number>" for number in (NURSE, DOCTOR))
    app.pages["/voice"] = f'<Response><Dial action="/dialled">{numbers}</Dial></Response>'
    app.pages["/dialled"] = BYE
    twilio.phone(CALLER).dial("4158675309")

    twilio.phone(NURSE).busy()
    assert told(app) == []
    twilio.phone(DOCTOR).busy()

    assert told(app) == ["busy"]


@pytest.mark.parametrize(("star", "is_over"), [("true", True), ("false", False)])
def test_star_of_the_caller_ends_the_talk_if_the_verb_says_so(twilio, app, star, is_over):
    app.pages["/voice"] = DIAL.replace("<Dial", f'<Dial hangupOnStar="{star}"')
    app.pages["/dialled"] = BYE
    call = twilio.phone(CALLER).dial("4158675309")
    nurse = twilio.phone(NURSE).pick_up()

    call.press("*")

    assert nurse.is_over == is_over
    assert told(app) == (["answered"] if is_over else [])


def test_time_limit_ends_a_talk(twilio, app):
    app.pages["/voice"] = DIAL.replace("<Dial", '<Dial timeLimit="60"')
    app.pages["/dialled"] = BYE
    twilio.phone(CALLER).dial("4158675309")
    nurse = twilio.phone(NURSE).pick_up()

    twilio.clock.advance(seconds=60)

    assert nurse.is_over
    assert app.asked_at("/dialled")[0]["DialCallDuration"] == "60"


def test_call_that_the_api_made_can_dial_as_well(twilio, app):
    app.pages |= {"/voice": DIAL, "/dialled": BYE}
    make_call(twilio)
    patient = twilio.phone(CALLER).pick_up()

    nurse = twilio.phone(NURSE).pick_up()
    nurse.speak("Hello")

    assert patient.heard[-1].text == "Hello"
    assert nurse.resource.Flags == "6"


class TestWhisper:
    PAGE = (
        '<Response><Dial action="/dialled">'
        f'<Number url="/whisper">{NURSE}</Number></Dial></Response>'
    )
    ASK = (
        '<Response><Gather numDigits="1"><Say>Press 1 to take it.</Say></Gather>'
        "<Hangup/></Response>"
    )

    @pytest.fixture
    def whispered(self, twilio, app):
        app.pages |= {"/voice": self.PAGE, "/dialled": BYE}
        app.pages["/whisper"] = lambda form: (
            "<Response/>" if form.get("Digits") == "1" else self.ASK
        )
        return twilio.phone(CALLER).dial("4158675309")

    def test_is_heard_by_the_called_side_alone(self, twilio, app, whispered):
        nurse = twilio.phone(NURSE).pick_up()

        assert [sound.text for sound in nurse.heard] == ["Press 1 to take it."]
        assert nurse.expects == "digits"
        assert [sound.kind for sound in whispered.heard] == ["ring"]
        (asked,) = app.asked_at("/whisper")
        assert asked["CallSid"] == whispered.resource.Sid
        assert asked["CallSegmentSid"] == nurse.resource.CallSegmentSid
        assert (asked["Caller"], asked["Called"]) == (CALLER, NURSE)
        assert [one.webhook.kind.name for one in nurse.webhooks] == ["whisper"]

    def test_that_ends_connects_both(self, twilio, app, whispered):
        nurse = twilio.phone(NURSE).pick_up().press("1")

        whispered.speak("Hello")

        assert nurse.heard[-1].text == "Hello"
        assert app.asked_at("/whisper")[-1]["Digits"] == "1"

    def test_that_hangs_up_declines(self, twilio, app, whispered):
        nurse = twilio.phone(NURSE).pick_up().wait(seconds=10)

        assert nurse.is_over
        assert nurse.transcript.count("hangs up") == 1
        assert told(app) == ["no-answer"]
        assert whispered.heard[-1].text == "Bye."

    def test_in_which_the_person_hangs_up_declines(self, twilio, app, whispered):
        nurse = twilio.phone(NURSE).pick_up().hang_up()

        assert nurse.is_over
        assert told(app) == ["no-answer"]

    def test_that_cannot_be_had_declines_and_is_logged(self, twilio, app, whispered):
        app.pages["/whisper"] = ""

        nurse = twilio.phone(NURSE).pick_up()

        assert nurse.is_over
        assert told(app) == ["no-answer"]
        assert twilio.notifications[-1].ErrorCode == "11200"


def test_fork_undoes_what_a_leg_did(twilio, app, dialled):
    with twilio.fork():
        twilio.phone(NURSE).pick_up().speak("Hello")

    assert twilio.phone(NURSE).ringing is not None
    assert twilio.phone(NURSE).calls == ()
