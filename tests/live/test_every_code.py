"""
Every code that TwiML, an answer or a server can cause, caused in a call that lives.

docs/twiml.md lists the codes. Those of the dictionary in docs/api.md that are not caused have a
reason here.
"""

from __future__ import annotations

import io
import wave

import pytest
from live.live_application import BASE, Application, make_call
from published_reference import CODES as DICTIONARY
from twiml.published_twiml import CODES

import twreplay
from twreplay import faults

OURS, CALLER, OTHER, THIRD = "4158675309", "4155551212", "4155550100", "4155551213"
SANDBOX, ABROAD = "4155992671", "+442071838750"

# Code to what is inside the <Response> of a call that causes it, and nothing else.
BY_DOCUMENT = {
    11100: '<Gather action="ftp://a.example/"/>',
    11750: f"<Say>{'x' * 4000}</Say>" * 20,
    12100: "<Say>Hello</Response>",
    12200: "<Shout>Hello</Shout>",
    13000: f"<Dial><Number>{OTHER}</Number><Conference>Room</Conference></Dial>",
    13210: f'<Dial method="PUT">{OTHER}</Dial>',
    13212: f'<Dial timeout="0">{OTHER}</Dial>',
    13213: f'<Dial hangupOnStar="yes">{OTHER}</Dial>',
    13214: f'<Dial callerId="4155550199">{OTHER}</Dial>',
    13215: f"<Dial><Say>Hello</Say><Number>{OTHER}</Number></Dial>",
    13216: f'<Dial timeLimit="-1">{OTHER}</Dial>',
    13221: f'<Dial><Number method="get">{OTHER}</Number></Dial>',
    13222: f'<Dial><Number sendDigits="x">{OTHER}</Number></Dial>',
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
    13325: "<Gather><Play>/page.html</Play></Gather>",
    13410: '<Play loop="x">/a.wav</Play>',
    13420: "<Play>/page.html</Play>",
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
    13710: '<Redirect method="PUT">/quiet</Redirect>',
    13750: "<Reject/>",
    13910: '<Pause length="0"/>',
    14101: f'<Sms to="{OURS}">Hello</Sms>',
    14102: '<Sms from="x">Hello</Sms>',
    14103: f"<Sms>{'x' * 161}</Sms>",
    14104: '<Sms method="PUT">Hello</Sms>',
    14105: '<Sms statusCallback="ftp://a.example/">Hello</Sms>',
}  # fmt: skip
WHOLE = {
    12101: '<Response version="2010-04-01"/>',
    12102: "<?xml version='1.0'?><response/>",
}

# Code to what the server of the voice URL does.
BY_SERVER = {
    11200: lambda rule: rule.fail(503),
    11205: lambda rule: rule.raises(faults.ConnectionRefused),
    11206: lambda rule: rule.raises(faults.TruncatedBody),
    11210: lambda rule: rule.raises(faults.NameResolutionFailed),
    12300: lambda rule: rule.respond(200, "{}", content_type="application/json"),
}

NOT_CAUSED = {
    10003: "Incoming call rejected: receive_call refuses a suspended account in the test itself",
    12400: "a failure of the API's own servers",
    13236: "Conference Sid: no attribute takes one",
    14107: "send rate limit: no rate is limited (question 36)",
    14109: "reply limit: no number of replies is limited (question 36)",
}


def write_wav(seconds):
    """Return a WAV file of silence."""
    file = io.BytesIO()
    with wave.open(file, "wb") as audio:
        audio.setnchannels(1)
        audio.setsampwidth(2)
        audio.setframerate(8000)
        audio.writeframes(b"\0\0" * int(8000 * seconds))
    return file.getvalue()


class Clinic(Application):
    """Also serves a WAV file of two seconds, and a page that is none."""

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == "/a.wav":
            start_response("200 OK", [("Content-Type", "audio/x-wav")])
            return [write_wav(2)]
        if environ["PATH_INFO"] == "/page.html":
            start_response("200 OK", [("Content-Type", "text/html")])
            return [b"<p>No audio</p>"]
        return super().__call__(environ, start_response)


@pytest.fixture
def app():
    then = "<Response/>"
    return Clinic(quiet=then, voice=then, sms=then, whisper=then, wait=then)


@pytest.fixture
def twilio(app):
    with twreplay.simulate(undocumented="ignore") as simulator:
        simulator.attach(app, BASE, fetch_audio=True)
        number = simulator.incoming_phone_numbers[0]
        simulator.change(number, Url=f"{BASE}/voice", SmsUrl=f"{BASE}/sms")
        yield simulator


def once(document):
    """Answer with *document* the first time, and with nothing to do from then on."""
    documents = [document]
    return lambda form: documents.pop() if documents else "<Response/>"


def call_in(twilio):
    """Let a call come in and last, with somebody else in its conference, if it is in one."""
    twilio.phone(CALLER).dial(OURS)
    twilio.clock.advance(seconds=10)


def list_logged(twilio):
    return [(int(one.ErrorCode), one.Log) for one in twilio.notifications]


def logs_alone(twilio, code):
    """Return whether *code* alone was logged, as docs/twiml.md says it is."""
    log = {"error": "0", "warning": "1"}[CODES[code].severity]
    return list_logged(twilio) == [(code, log)]


def test_every_code_is_caused_here_or_has_a_reason():
    in_tests = {11215, 13201, 13227, 13238, 14106, 14108, 14110, 14111}
    caused = BY_DOCUMENT.keys() | WHOLE.keys() | BY_SERVER.keys() | in_tests

    assert caused == CODES.keys()
    of_webhooks = {code for code in DICTIONARY if 10003 <= code < 20000}
    assert of_webhooks - caused == NOT_CAUSED.keys()


@pytest.mark.parametrize("code", [*BY_DOCUMENT, *WHOLE])
def test_a_document_causes_its_code_alone(twilio, app, code):
    inside = BY_DOCUMENT.get(code)
    app.pages["/voice"] = once(WHOLE[code] if inside is None else f"<Response>{inside}</Response>")

    call_in(twilio)

    assert logs_alone(twilio, code)
    note = twilio.notifications[0]
    assert note.CallSid == twilio.calls[0].Sid
    assert note.MoreInfo.endswith(f"/{code}")
    assert note.MessageText


@pytest.mark.parametrize("code", BY_SERVER)
def test_a_server_causes_its_code_and_the_call_fails(twilio, code):
    BY_SERVER[code](twilio.when_calling("/voice", CallStatus="in-progress"))

    call_in(twilio)

    assert logs_alone(twilio, code)
    assert twilio.calls[0].Status == "4"
    assert twilio.notifications[0].RequestURL == f"{BASE}/voice"


@pytest.mark.parametrize("code", BY_SERVER)
def test_a_fallback_url_saves_the_call(twilio, app, code):
    number = twilio.incoming_phone_numbers[0]
    twilio.change(number, VoiceFallbackUrl=f"{BASE}/fallback")
    app.pages["/fallback"] = "<Response><Say>Sorry.</Say></Response>"
    BY_SERVER[code](twilio.when_calling("/voice", CallStatus="in-progress"))

    call = twilio.phone(CALLER).dial(OURS)

    assert call.heard[0].text == "Sorry."
    assert logs_alone(twilio, code)
    (asked,) = app.asked_at("/fallback")
    assert (asked["ErrorCode"], asked["ErrorUrl"]) == (str(code), f"{BASE}/voice")


def test_redirects_without_end_are_11215(twilio, app):
    twilio.when_calling("/voice", CallStatus="in-progress").respond(
        200, "<Response><Redirect/></Response>"
    )
    call_in(twilio)

    assert logs_alone(twilio, 11215)


def test_redirects_of_http_without_end_are_11215(twilio):
    class Turning(Application):
        def __call__(self, environ, start_response):
            start_response("302 Found", [("Location", f"{BASE}/voice")])
            return [b""]

    twilio.attach(Turning(), BASE)
    twilio.phone(CALLER).dial(OURS)

    assert list_logged(twilio)[0] == (11215, "0")


def test_a_dial_in_a_whisper_is_13201(twilio, app):
    app.pages["/voice"] = once(
        f'<Response><Dial><Number url="/whisper">{OTHER}</Number></Dial></Response>'
    )
    app.pages["/whisper"] = f"<Response><Dial>{THIRD}</Dial></Response>"
    twilio.phone(CALLER).dial(OURS)
    twilio.phone(OTHER).pick_up()

    assert logs_alone(twilio, 13201)


def test_a_verb_that_may_not_be_waited_with_is_13238(twilio, app):
    app.pages["/voice"] = once(
        '<Response><Dial><Conference waitUrl="/wait">Room</Conference></Dial></Response>'
    )
    app.pages["/wait"] = "<Response><Gather/></Response>"
    twilio.phone(CALLER).dial(OURS)

    assert logs_alone(twilio, 13238)


def test_messages_redirected_without_end_are_14106(twilio, app):
    app.pages["/sms"] = "<Response><Redirect/></Response>"
    twilio.phone(CALLER).text(OURS, "Hi")

    assert logs_alone(twilio, 14106)


def test_another_verb_than_those_of_messages_is_14110(twilio, app):
    app.pages["/sms"] = "<Response><Say>Hi</Say></Response>"
    twilio.phone(CALLER).text(OURS, "Hi")

    assert logs_alone(twilio, 14110)


def test_a_number_that_takes_no_messages_sends_none_14108(twilio, app):
    number = twilio.add_incoming_phone_number(PhoneNumber="8005550100", Url=f"{BASE}/voice")
    app.pages["/voice"] = once("<Response><Sms>Hello</Sms></Response>")
    twilio.phone(CALLER).dial(number.PhoneNumber)

    assert logs_alone(twilio, 14108)
    assert [one.Status for one in twilio.sms_messages] == ["failed"]


def test_a_validated_caller_id_sends_no_messages_either(twilio, app):
    twilio.add_outgoing_caller_id(PhoneNumber=THIRD)
    app.pages["/voice"] = once("<Response><Sms>Hello</Sms></Response>")
    make_call(twilio, Caller=THIRD)
    twilio.phone(CALLER).pick_up()

    assert logs_alone(twilio, 14108)


class TestWhatAnAccountMayNot:
    @pytest.fixture
    def trial(self, app):
        with twreplay.simulate(undocumented="ignore", trial=True) as simulator:
            simulator.attach(app, BASE)
            [sandbox] = simulator.sandboxes
            simulator.change(sandbox, Url=f"{BASE}/voice")
            yield simulator

    def test_a_trial_account_writes_to_verified_numbers_alone_14111(self, trial, app):
        app.pages["/voice"] = once(f'<Response><Sms to="{OTHER}">Hi</Sms></Response>')
        trial.phone(CALLER).dial(SANDBOX)

        assert logs_alone(trial, 14111)

    def test_a_trial_account_dials_verified_numbers_alone_13227(self, trial, app):
        app.pages["/voice"] = once(
            f'<Response><Dial action="/quiet"><Number>{OTHER}</Number></Dial></Response>'
        )
        trial.phone(CALLER).dial(SANDBOX)

        assert logs_alone(trial, 13227)
        assert app.asked_at("/quiet")[0]["DialStatus"] == "failed"
        assert trial.phone(OTHER).ringing is None

    def test_a_trial_account_dials_a_verified_number(self, trial, app):
        trial.add_outgoing_caller_id(PhoneNumber=OTHER)
        app.pages["/voice"] = once(f"<Response><Dial>{OTHER}</Dial></Response>")
        trial.phone(CALLER).dial(SANDBOX)

        assert trial.phone(OTHER).ringing is not None
        assert list_logged(trial) == []

    @pytest.mark.parametrize("may", [True, False])
    def test_an_account_dials_abroad_if_it_may_13227(self, app, may):
        with twreplay.simulate(undocumented="ignore") as twilio:
            account = twilio.add_account(international=may)
            number = twilio.add_incoming_phone_number(
                PhoneNumber=THIRD, AccountSid=account.Sid, Url=f"{BASE}/voice"
            )
            twilio.attach(app, BASE)
            app.pages["/voice"] = once(
                f"<Response><Dial><Number>{ABROAD}</Number><Number>{OTHER}</Number></Dial></Response>"
            )
            twilio.phone(CALLER).dial(number.PhoneNumber)

            assert (twilio.phone(ABROAD).ringing is not None) is may
            assert twilio.phone(OTHER).ringing is not None
            assert may or logs_alone(twilio, 13227)


class TestAudio:
    def test_lasts_as_long_as_the_file(self, twilio, app):
        app.pages["/voice"] = once(
            '<Response><Play loop="2">/a.wav</Play><Say>Bye</Say></Response>'
        )
        call = twilio.phone(CALLER).dial(OURS).wait()

        assert [(s.kind, s.start, s.seconds) for s in call.heard[:2]] == [
            ("play", 0, 4),
            ("say", 4, 1),
        ]
        assert list_logged(twilio) == []

    def test_is_requested_by_get_and_signed(self, twilio, app):
        app.pages["/voice"] = once("<Response><Play>/a.wav</Play></Response>")
        call = twilio.phone(CALLER).dial(OURS)

        audio = call.webhooks[1]
        request = audio.exchanges[0].request
        assert (audio.webhook.kind.name, request.method, request.url) == (
            "media",
            "GET",
            f"{BASE}/a.wav",
        )
        signature = request.headers["X-Twilio-Signature"]
        assert twreplay.is_signed(request.url, {}, twilio.auth_token, signature)

    @pytest.mark.parametrize("path", ["/missing.wav", "/page.html"])
    def test_that_cannot_be_played_is_left_out(self, twilio, app, path):
        app.pages["/voice"] = once(f"<Response><Play>{path}</Play><Say>Bye</Say></Response>")
        call = twilio.phone(CALLER).dial(OURS)

        assert [(s.kind, s.start) for s in call.heard] == [("say", 0)]
        assert list_logged(twilio) == [(11200, "0") if path == "/missing.wav" else (13420, "1")]

    def test_in_a_gather_is_cut_off_by_a_key(self, twilio, app):
        app.pages["/voice"] = once(
            '<Response><Gather numDigits="1" action="/quiet"><Play>/a.wav</Play>'
            "<Play>/page.html</Play><Say>Press a key.</Say></Gather></Response>"
        )
        call = twilio.phone(CALLER).dial(OURS).wait(seconds=1)
        call.press("1")

        assert [(s.kind, s.seconds, s.is_cut_off) for s in call.heard] == [("play", 1, True)]
        assert app.asked_at("/quiet")[0]["Digits"] == "1"

    def test_in_a_gather_that_cannot_be_played_is_followed_by_the_rest(self, twilio, app):
        app.pages["/voice"] = once(
            '<Response><Gather numDigits="1" action="/quiet"><Play>/missing.wav</Play>'
            "<Play>/a.wav</Play><Say>Press a key.</Say></Gather></Response>"
        )
        call = twilio.phone(CALLER).dial(OURS).wait(seconds=3)

        assert [(s.kind, s.start) for s in call.heard] == [("play", 0), ("say", 2)]
        assert list_logged(twilio) == [(11200, "0")]
        call.press("1")
        assert app.asked_at("/quiet")[0]["Digits"] == "1"

    @pytest.mark.parametrize("what", ["key", "hang up", "nothing"])
    def test_that_takes_its_time_begins_when_it_is_there(self, twilio, app, what):
        app.pages["/voice"] = once(
            '<Response><Gather numDigits="1" action="/quiet"><Play>/a.wav</Play></Gather>'
            "</Response>"
        )
        twilio.when_calling("/a.wav").delay(3)
        call = twilio.phone(CALLER).dial(OURS).wait(seconds=1)
        if what == "key":
            call.press("1")
        elif what == "hang up":
            call.hang_up()
        twilio.clock.advance(seconds=3)

        heard = [(sound.kind, sound.start) for sound in call.heard]
        assert heard == ([("play", 3)] if what == "nothing" else [])
        assert len(app.asked_at("/quiet")) == (1 if what == "key" else 0)

    def test_of_others_is_taken_to_be_there(self, twilio, app):
        app.pages["/voice"] = once("<Response><Play>http://music.example/a.mp3</Play></Response>")
        call = twilio.phone(CALLER).dial(OURS)

        assert (call.heard[0].url, call.heard[0].seconds) == ("http://music.example/a.mp3", 5)
        assert list_logged(twilio) == []

    def test_is_not_requested_of_an_application_that_is_attached_without(self, app):
        with twreplay.simulate(undocumented="ignore") as twilio:
            twilio.attach(app, BASE)
            twilio.change(twilio.incoming_phone_numbers[0], Url=f"{BASE}/voice")
            app.pages["/voice"] = once("<Response><Play>/missing.wav</Play></Response>")
            call = twilio.phone(CALLER).dial(OURS)

            assert (call.heard[0].url, len(call.webhooks)) == (f"{BASE}/missing.wav", 1)

    def test_that_answers_the_call_itself_is_requested_once(self, twilio, app):
        twilio.change(twilio.incoming_phone_numbers[0], Url=f"{BASE}/a.wav", Method="GET")
        call = twilio.phone(CALLER).dial(OURS)

        assert [(sound.kind, sound.url) for sound in call.heard] == [("play", f"{BASE}/a.wav")]
        assert len(call.webhooks) == 1
