"""Webhooks, applications and a deliverer for these tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from twreplay._api.webhooks import WEBHOOKS, Presence
from twreplay._delivery import Conversation, Deliverer, build_webhook

KINDS = sorted(WEBHOOKS)
TOKEN = "5ecre75ecre75ecre75ecre75ecre75e"
ACCOUNT = "AC0123456789abcdef0123456789abcdef"
CALL = "CA0123456789abcdef0123456789abcdef"
BASE = "https://clinic.example"
NOW = datetime(2010, 3, 1, 17, tzinfo=UTC)

TWIML = b"<Response><Say>Gr\xc3\xbc\xc3\x9f Gott</Say></Response>"

SAMPLES = {
    "AccountSid": ACCOUNT,
    "ApiVersion": "2008-08-01",
    "Body": "Grüß Gott & 100% + more = ☎",
    "CallSegmentSid": "",
    "CallSid": CALL,
    "CallStatus": "in-progress",
    "Called": "4158675309",
    "CalledCity": "SAN FRANCISCO",
    "Caller": "4155551212",
    "DialStatus": "answered",
    "Digits": "1*#",
    "Duration": "7",
    "From": "4155551212",
    "RecordingUrl": f"http://api.twilio.com/2008-08-01/Accounts/{ACCOUNT}/Recordings/RE1",
    "SmsSid": "SM0123456789abcdef0123456789abcdef",
    "SmsStatus": "received",
    "To": "4158675309",
    "TranscriptionStatus": "completed",
    "TranscriptionText": "",
    "TranscriptionUrl": f"http://api.twilio.com/2008-08-01/Accounts/{ACCOUNT}/Transcriptions/TR1",
}


def values_for(kind, **more):
    needed = {p.value for p in WEBHOOKS[kind].params if p.presence is Presence.ALWAYS}
    return {name: SAMPLES[name] for name in needed} | more


def webhook(kind="voice", url=f"{BASE}/voice", *, key=CALL, values=None, **given):
    conversation = given.pop("conversation", Conversation.of_call(key))
    return build_webhook(
        kind, values_for(kind, **(values or {})), url=url, conversation=conversation, **given
    )


class Deliveries:
    """A deliverer with a clock."""

    def __init__(self, rule=None):
        self.deliverer = Deliverer(rule)
        self.attach = self.deliverer.applications.attach
        self.now = NOW

    def __call__(self, *args, **given):
        due = args[0] if args and not isinstance(args[0], str) else webhook(*args, **given)
        delivery = self.deliverer.deliver(due, auth_token=TOKEN, now=self.now)
        self.now += timedelta(seconds=delivery.total_seconds)
        return delivery

    async def later(self, *args, **given):
        due = webhook(*args, **given)
        return await self.deliverer.deliver_async(due, auth_token=TOKEN, now=self.now)


class Recorder:
    """A WSGI application that answers from a list, and keeps what it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def __call__(self, environ, start_response):
        length = int(environ.get("CONTENT_LENGTH") or 0)
        self.asked.append((environ, environ["wsgi.input"].read(length)))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if callable(answer):
            answer = answer(environ)
        status, headers, body = answer
        start_response(f"{status} X", list(headers.items()))
        return [body]

    @property
    def environs(self):
        return [environ for environ, _ in self.asked]

    @property
    def paths(self):
        return [f"{e['REQUEST_METHOD']} {e['REQUEST_URI']}" for e, _ in self.asked]


def ok(body=TWIML, media_type="text/xml", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return 200, {"Content-Type": media_type} | named, body


def redirect(status, location):
    return status, {"Location": location}, b""
