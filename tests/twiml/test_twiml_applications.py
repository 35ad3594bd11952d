"""Documents as applications of those years answered them, made anew, run to their end."""

from __future__ import annotations

import pytest
from twiml_runs import Run

from twreplay._twiml import (
    CutOff,
    EndLeg,
    Fetch,
    Heard,
    HungUp,
    Kind,
    LegAnswered,
    LegEnded,
    Pressed,
    RecordingStored,
    SendSms,
    Spoke,
    TimePassed,
    WhisperEnded,
    read_document,
)

DOCUMENTS = {
    "a menu that asks three times": """<?xml version="1.0" encoding="UTF-8"?>
        <Response>
          <Gather action="/twiml/menu/3?attempt=1" numDigits="1" method="POST" timeout="5">
            <Say voice="woman" language="en" loop="1">For sales, press 1.</Say>
            <Pause length="1"/>
            <Say>For the rest, press 2.</Say>
          </Gather>
          <Redirect method="POST">/twiml/menu/3?attempt=2</Redirect>
        </Response>""",
    "voicemail": """<?xml version="1.0"?>
        <Response version="2008-08-01">
          <Play>http://files.example/greeting.mp3</Play>
          <Record action="/twiml/voicemail/done" maxLength="120" finishOnKey="#"
                  transcribe="true" transcribeCallback="/twiml/transcribed"/>
          <Say>We did not hear you. Goodbye.</Say>
          <Hangup/>
        </Response>""",
    "several numbers with a whisper": """
        <Response>
          <Dial action="/twiml/dial/next" timeout="15" callerId="4158675309">
            <Number url="/twiml/whisper?name=Jenny">(415) 555-0100</Number>
            <Number url="/twiml/whisper?name=Joe" sendDigits="ww12">4155550101</Number>
          </Dial>
        </Response>""",
    "a conference with a moderator": """
        <Response>
          <Say>You are the first.</Say>
          <Dial hangupOnStar="true">
            <Conference startConferenceOnEnter="true" endConferenceOnExit="true" beep="true"
                        muted="false" waitUrl="">weekly</Conference>
          </Dial>
        </Response>""",
    "a message and then a call": """
        <Response>
          <Sms to="4155550100" from="4158675309">A caller waits.</Sms>
          <Dial>4155550100</Dial>
        </Response>""",
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_nothing_is_wrong_with(name):
    assert read_document(DOCUMENTS[name].strip()).findings == ()


def test_a_whisper_asks_whether_the_call_is_wanted():
    text = '<Gather numDigits="1"><Say>Press 1 to take the call.</Say></Gather><Hangup/>'
    whisper = Run(text, kind=Kind.WHISPER, url="http://a.example/whisper?name=Jenny")

    whisper.do(Pressed("1"))

    assert whisper.of(Fetch)[0].url == "http://a.example/whisper?name=Jenny"
    assert whisper.answer("").state.is_over


def test_waiting_music_asks_for_itself_again():
    run = Run("<Play>/one.mp3</Play><Redirect/>", kind=Kind.WAIT, url="http://a.example/hold")

    assert run.do(TimePassed(5)).of(Fetch)[0].url == "http://a.example/hold"


def test_a_call_of_many_documents_is_told_whole():
    run = Run(DOCUMENTS["a menu that asks three times"].strip(), url="https://a.example/voice")
    run.do(TimePassed(1)).do(Pressed("2")).answer(DOCUMENTS["voicemail"].strip())
    run.do(TimePassed(8)).do(Spoke(12, "Please call me back")).do(TimePassed(20))
    run.do(Pressed("#")).do(RecordingStored("http://api/RE1"))
    run.answer(DOCUMENTS["several numbers with a whisper"].strip())
    run.do(TimePassed(24)).do(LegAnswered(1)).do(TimePassed(25))  # ww takes a second
    run.do(WhisperEnded(1)).do(TimePassed(85))
    run.do(LegEnded(1)).answer("<Sms>Thank you</Sms><Say>Goodbye.</Say>").do(HungUp())

    told = [(e.sound, e.start) for e in run.of(Heard)]
    assert told == [("say", 0), ("play", 1), ("beep", 6), ("ring", 20), ("say", 85)]
    assert [(f.why, dict(f.parameters)) for f in run.of(Fetch)] == [
        ("gather", {"Digits": "2"}),
        ("record", {"RecordingUrl": "http://api/RE1", "Duration": "12", "Digits": "#"}),
        ("dial", {"DialStatus": "answered", "DialCallDuration": "60"}),
    ]
    assert run.of(EndLeg) == [EndLeg(0, "other leg")]
    assert run.of(CutOff)[-1] == CutOff(85, 0)
    assert [sms.body for sms in run.of(SendSms)] == ["Thank you"]
    assert run.codes == []
