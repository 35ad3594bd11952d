"""Every code that TwiML can cause is caused, with its place, and logged by the run."""

from __future__ import annotations

import pytest
from twiml_runs import CALLER, CLINIC, Run

from twreplay._twiml import (
    CODES,
    AudioArrived,
    Cause,
    FetchAudio,
    FetchFailed,
    Heard,
    Kind,
    TimePassed,
    read_document,
)

# Code to the body of a document that causes it.
BY_DOCUMENT = {
    11100: '<Gather action="ftp://a.example/"/>',
    11750: f"<Say>{'x' * 4000}</Say>" * 20,
    12100: "<Response><Say>Hello</Response>",
    12101: '<Response version="2010-04-01"/>',
    12102: "<?xml version='1.0'?><response/>",
    12200: "<Shout>Hello</Shout>",
    13000: "<Dial><Number>4155550100</Number><Conference>Room</Conference></Dial>",
    13210: '<Dial method="PUT">4155550100</Dial>',
    13212: '<Dial timeout="0">4155550100</Dial>',
    13213: '<Dial hangupOnStar="yes">4155550100</Dial>',
    13215: "<Dial><Say>Hello</Say><Number>4155550100</Number></Dial>",
    13216: '<Dial timeLimit="-1">4155550100</Dial>',
    13221: '<Dial><Number url="/w" method="get">4155550100</Number></Dial>',
    13222: '<Dial><Number sendDigits="x">4155550100</Number></Dial>',
    13223: "<Dial>555-0100</Dial>",
    13224: "<Dial>(115) 555-0100</Dial>",
    13225: "<Dial>900-555-0100</Dial>",
    13230: '<Dial><Conference muted="1">Room</Conference></Dial>',
    13231: '<Dial><Conference endConferenceOnExit="1">Room</Conference></Dial>',
    13232: '<Dial><Conference startConferenceOnEnter="1">Room</Conference></Dial>',
    13233: '<Dial><Conference waitUrl="ftp://a.example/">Room</Conference></Dial>',
    13234: '<Dial><Conference waitMethod="PUT">Room</Conference></Dial>',
    13235: '<Dial><Conference beep="onEnter">Room</Conference></Dial>',
    13237: "<Dial><Conference> </Conference></Dial>",
    13299: '<Dial><Conference maxParticipants="5">Room</Conference></Dial>',
    13310: '<Gather finishOnKey="##"/>',
    13312: '<Gather method="PUT"/>',
    13313: '<Gather timeout="0"/>',
    13314: '<Gather numDigits="0"/>',
    13320: "<Gather><Hangup/></Gather>",
    13321: '<Gather><Say voice="alice">Hello</Say></Gather>',
    13322: '<Gather><Say loop="-1">Hello</Say></Gather>',
    13410: '<Play loop="x">/a.mp3</Play>',
    13510: '<Say loop="x">Hello</Say>',
    13511: '<Say voice="alice">Hello</Say>',
    13520: "<Say/>",
    13610: '<Record method="PUT"/>',
    13611: '<Record timeout="0"/>',
    13612: '<Record maxLength="1"/>',
    13613: '<Record finishOnKey="a"/>',
    13614: '<Record transcribe="yes"/>',
    13615: '<Record transcribe="true" maxLength="121"/>',
    13616: '<Record playBeep="no"/>',
    13710: '<Redirect method="PUT">/next</Redirect>',
    13750: "<Reject/>",
    13910: '<Pause length="0"/>',
    14102: '<Sms from="x">Hello</Sms>',
    14103: f"<Sms>{'x' * 161}</Sms>",
    14104: '<Sms method="PUT">Hello</Sms>',
    14105: '<Sms statusCallback="ftp://a.example/">Hello</Sms>',
}  # fmt: skip
IN_ANOTHER_KIND = {
    13201: (Kind.WHISPER, "<Dial>4155550100</Dial>"),
    13238: (Kind.WAIT, "<Gather/>"),
    14110: (Kind.SMS, "<Say>Hello</Say>"),
}
BY_ACCOUNT = {
    13214: ('<Dial callerId="4155550199">4155550100</Dial>', {"caller_ids": ("4155550111",)}),
    13227: ("<Dial>+442071838750</Dial>", {"calls_abroad": False}),
    14101: (f'<Sms to="{CLINIC}">Hello</Sms>', {}),
    14108: ("<Sms>Hello</Sms>", {"sms_numbers": ("4155550111",)}),
    14111: ('<Sms to="4155550100">Hello</Sms>', {"verified": (CALLER,)}),
}
BY_AUDIO = {
    13325: "<Gather><Play>/a.mp3</Play></Gather>",
    13420: "<Play>/a.mp3</Play>",
}


def test_every_code_is_caused_in_this_file():
    by_server = {code.number for code in CODES.values() if code.cause is Cause.SERVER}
    causes = (BY_DOCUMENT, IN_ANOTHER_KIND, BY_ACCOUNT, BY_AUDIO, by_server, {12300})

    assert set().union(*causes) == CODES.keys()
    assert sum(map(len, causes)) == len(CODES)


@pytest.mark.parametrize("code", BY_DOCUMENT)
def test_a_document_causes_its_code_alone(code):
    body = BY_DOCUMENT[code]
    run = Run(body)

    # Nothing can be dialled or sent without the number or the text that is refused.
    assert run.codes == [code]
    assert CODES[code].cause is Cause.DOCUMENT


@pytest.mark.parametrize("code", IN_ANOTHER_KIND)
def test_a_verb_that_its_place_forbids_is_left_out_with_its_code(code):
    kind, body = IN_ANOTHER_KIND[code]
    run = Run(body, kind=kind)

    assert run.codes == [code]
    assert run.state.is_over
    assert Run(body).codes == []  # a call may have it


@pytest.mark.parametrize("code", BY_ACCOUNT)
def test_what_the_account_forbids_is_logged_when_the_verb_is_reached(code):
    body, context = BY_ACCOUNT[code]

    assert read_document(f"<Response>{body}</Response>").findings == ()
    assert Run(body, **context).codes == [code]


@pytest.mark.parametrize("code", BY_AUDIO)
def test_audio_that_is_none_is_not_played(code):
    run = Run(BY_AUDIO[code], asks_for_audio=True)
    (asked,) = run.of(FetchAudio)
    run.do(AudioArrived(asked.url, wrong_type="text/html"))

    assert run.codes == [code]
    assert run.of(Heard) == []


@pytest.mark.parametrize(
    "code", [code.number for code in CODES.values() if code.cause is Cause.SERVER]
)
def test_a_server_that_fails_ends_the_call_with_its_code(code):
    run = Run("<Redirect>/next</Redirect>").do(FetchFailed(code)).do(TimePassed(60))

    assert run.codes == [code]
    assert run.effects[-1].by == "error"
    assert run.state.is_over


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [("application/json", Kind.VOICE), ("image/png", Kind.SMS), ("audio/mpeg", Kind.SMS)],
)
def test_an_answer_of_another_type_is_12300(content_type, kind):
    document = read_document("<Response/>", content_type=content_type, kind=kind)

    assert document.failure.code == 12300
    assert document.verbs == ()


def test_warnings_come_when_the_verb_is_reached_and_12200_when_the_document_arrives():
    run = Run('<Say>One</Say><Say voice="x">Two</Say><Shout/>')

    assert run.codes == [12200]
    assert run.do(TimePassed(1)).codes == [12200, 13511]
