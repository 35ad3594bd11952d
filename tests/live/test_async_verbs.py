"""``twilio.aio``: every verb of a phone as a coroutine, the application in the test's loop."""

from __future__ import annotations

import asyncio
import functools
from urllib.parse import parse_qs

import pytest

import twreplay
from twreplay.errors import UsageError

PERSON, NURSE = "4155551212", "4155559999"
PAGES = {
    "/voice": "<Response><Say>Welcome.</Say><Record action='/dial'/></Response>",
    "/dial": f"<Response><Dial action='/bye'>{NURSE}</Dial></Response>",
    "/bye": "<Response><Say>Goodbye.</Say></Response>",
    "/sms": "<Response><Sms>You wrote.</Sms></Response>",
}


def in_a_loop(test):
    """Run a coroutine function as a test."""

    @functools.wraps(test)
    def run(**fixtures):
        asyncio.run(test(**fixtures))

    return run


async def app(scope, receive, send):
    body = (await receive()).get("body", b"").decode()
    app.asked.append((scope["path"], {k: v[0] for k, v in parse_qs(body).items()}))
    headers = [(b"content-type", b"text/xml")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": PAGES[scope["path"]].encode()})


@pytest.fixture
def twilio():
    app.asked = []
    with twreplay.simulate(undocumented="ignore") as simulator:
        simulator.attach(app)
        urls = {"Url": "http://app.example/voice", "SmsUrl": "http://app.example/sms"}
        simulator.change(simulator.incoming_phone_numbers[0], **urls)
        yield simulator


@in_a_loop
async def test_person_hears_speaks_and_is_put_through(twilio):
    person, nurse = twilio.aio.phone(PERSON), twilio.aio.phone(NURSE)

    call = await person.dial("4158675309")
    await call.expect("welcome")
    await call.wait()
    await call.speak("It is me")
    await call.press("#")
    answered = await nurse.pick_up()
    await answered.speak("Hello")
    await answered.hang_up()
    await call.expect("goodbye")

    assert [sound.text for sound in call.heard if sound.kind == "voice"] == ["Hello"]
    assert [path for path, _ in app.asked] == ["/voice", "/dial", "/bye"]


@pytest.mark.parametrize(("verb", "status"), [("busy", "busy"), ("ignore", "no-answer")])
@in_a_loop
async def test_leg_is_refused(twilio, verb, status):
    call = await twilio.aio.phone(PERSON).dial("4158675309")
    await call.wait()
    await call.speak("It is me")
    await call.press("#")

    await getattr(twilio.aio.phone(NURSE), verb)()

    assert dict(app.asked)["/bye"]["DialStatus"] == status


@in_a_loop
async def test_message_is_answered_and_replied_to(twilio):
    phone = twilio.aio.phone(PERSON)

    await (await (await phone.text("4158675309", "Hi")).expect_text("you wrote")).reply("Again")
    await phone.expect_text("wrote")

    assert len(phone.inbox) == 2


@in_a_loop
async def test_what_does_not_come_is_told(twilio):
    phone = twilio.aio.phone(PERSON)

    with pytest.raises(AssertionError, match="got no message with tomorrow"):
        await phone.expect_text("tomorrow")
    with pytest.raises(UsageError, match="got no message to reply to"):
        await phone.reply("Hi")
    with pytest.raises(UsageError, match="nobody calls 4155551212"):
        await phone.pick_up()
    call = await phone.dial("4158675309")
    with pytest.raises(AssertionError, match="the call never said nonsense"):
        await call.expect("nonsense")
