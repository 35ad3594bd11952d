"""
A day of an office in which everything happens: calls, keys, legs, conferences, messages, failures.

    PYTHONPATH=tests python -m live.busy_office

prints the journal of the day, which a seed decides to the letter.
"""

from __future__ import annotations

import sys

import requests
from live.live_application import BASE, Application, make_call

import twreplay

OURS, NURSE = "4158675309", "4155559999"
PEOPLE = [f"415555121{index}" for index in range(4)]
PAGES = {
    "voice": '<Response><Gather action="/key" numDigits="1"><Say>Press a key.</Say></Gather>'
    "<Redirect>/nowhere</Redirect></Response>",
    "key": lambda form: KEYS.get(form["Digits"], "<Response><Hangup/></Response>"),
    "dialled": "<Response><Say>Goodbye.</Say></Response>",
    "whisper": "<Response><Say>A patient.</Say></Response>",
    "wait": '<Response><Say>Please wait.</Say><Pause length="7"/><Redirect/></Response>',
    "recorded": '<Response><Sms action="/dialled">We got it.</Sms></Response>',
    "fallback": "<Response><Say>Sorry.</Say></Response>",
    "sms": lambda form: f"<Response><Sms>You wrote {form['Body']}</Sms><Shout/></Response>",
    "status": "<Response/>",
}
KEYS = {
    "1": f'<Response><Dial action="/dialled"><Number sendDigits="w1" url="/whisper">{NURSE}'
    "</Number></Dial></Response>",
    "2": '<Response><Record action="/recorded" transcribe="true" transcribeCallback="/status"/>'
    "</Response>",
    "3": '<Response><Dial action="/dialled"><Conference waitUrl="/wait">Room</Conference></Dial>'
    "</Response>",
}


def run_a_day() -> str:
    """Let the day pass; return the journal, the transcripts, the webhooks and the whole world."""
    app = Application(**PAGES)
    with twreplay.simulate(undocumented="ignore", seed=7) as twilio:
        twilio.attach(app, BASE)
        number = twilio.incoming_phone_numbers[0]
        urls = {"Url": f"{BASE}/voice", "SmsUrl": f"{BASE}/sms"}
        twilio.change(number, VoiceFallbackUrl=f"{BASE}/fallback", **urls)
        _live_through(twilio)
        twilio.clock.run_until_idle()
        lines = [twilio.explain(), twilio.transcripts()]
        for delivery in twilio.webhooks:
            lines.append(repr(delivery))
            for exchange in delivery.exchanges:
                lines += [repr(exchange), *map(str, exchange.request.headers.items())]
                lines.append(exchange.request.body.decode())
        return "\n".join([*lines, *map(repr, twilio.notifications), repr(twilio.snapshot())])


def _live_through(twilio: twreplay.Simulator) -> None:
    first, second, third, fourth = (twilio.phone(number) for number in PEOPLE)
    first.dial(OURS).press("1")
    nurse = twilio.phone(NURSE).pick_up().wait(seconds=10)
    nurse.speak("Hello").hang_up()
    second.dial(OURS).press("2").speak("Call me back, please").press("#")
    calls = [phone.dial(OURS).press("3") for phone in (first, third, fourth)]
    twilio.clock.advance(seconds=20)
    calls[0].speak("Is everybody here?")
    calls[2].hang_up()
    fourth.text(OURS, "STOP")
    second.dial(OURS).wait(seconds=30)
    make_call(twilio, Called=PEOPLE[3], SendDigits="w42#")
    fourth.pick_up().wait(seconds=1).press("2").speak("It is me").hang_up()
    form = {"PhoneNumber": PEOPLE[2], "CallDelay": "3"}
    requests.post(f"{twilio.account_url}/OutgoingCallerIds", form, auth=twilio.auth, timeout=5)
    calls[1].hang_up()
    third.pick_up().press(twilio.validation_requests[0].ValidationCode)
    message = {"From": OURS, "To": PEOPLE[0], "Body": "Bye", "StatusCallback": f"{BASE}/status"}
    requests.post(f"{twilio.account_url}/SMS/Messages", message, auth=twilio.auth, timeout=5)


if __name__ == "__main__":
    sys.stdout.write(run_a_day())
