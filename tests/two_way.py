"""An application, the API that calls it, and a cassette of both; for tests of two-way cassettes."""

from __future__ import annotations

from urllib.parse import urlencode

import requests
from flask import Flask, request, session
from recorder import handler_of
from werkzeug.test import Client

import twreplay
from twreplay import Request, Response

SID, TOKEN = f"AC{7:032x}", f"{0xABCDEF0123456789:032x}"
CALL = f"CA{9:032x}"
CALLS = f"https://api.twilio.com/2008-08-01/Accounts/{SID}/Calls"
VOICE = "https://clinic.example/voice"
FORM = {"Caller": "4158675309", "Called": "4155551212", "Url": VOICE}
LIST = '<?xml version="1.0"?>\n<TwilioResponse><Calls page="0"/></TwilioResponse>\n'


def params(**more):
    """Return the parameters of a webhook of the call, in the API's order."""
    return {
        "CallSid": CALL,
        "CallGuid": CALL,
        "AccountSid": SID,
        "AccountGuid": SID,
        "CallSegmentSid": "",
        "CallSegmentGuid": "",
        "Caller": "4158675309",
        "Called": "4155551212",
        "CallStatus": "in-progress",
        "ApiVersion": "2008-08-01",
        "DialStatus": "answered",
    } | more


class Clinic:
    """An application that greets, remembers keys in a cookie, and refuses what is not signed."""

    def __init__(self, greeting="Hello.", checks=True, calls_api=False):
        self.greeting = greeting
        self.checks = checks
        self.calls_api = calls_api
        self.seen = []
        self.app = app = Flask("clinic")
        app.secret_key = "a key of the tests"
        app.add_url_rule("/voice", "voice", self.voice, methods=["GET", "POST"])
        app.add_url_rule("/key", "key", self.key, methods=["POST"])
        app.add_url_rule("/health", "health", lambda: "fine")

    def _note(self):
        self.seen.append((request.method, request.path, dict(request.values)))
        given = request.headers.get("X-Twilio-Signature")
        form = request.form if request.method == "POST" else None
        return not self.checks or twreplay.is_signed(request.url, form, TOKEN, given)

    def voice(self):
        if not self._note():
            return "unsigned", 403
        session["greeted"] = "yes"
        if self.calls_api:
            requests.get(CALLS, auth=(SID, TOKEN), timeout=5)
        text = f'<Response><Gather action="/key"><Say>{self.greeting}</Say></Gather></Response>'
        return text, 200, {"Content-Type": "text/xml"}

    def key(self):
        if not self._note():
            return "unsigned", 403
        text = f"<Response><Say>Greeted: {session.get('greeted')}</Say></Response>"
        return text, 200, {"Content-Type": "text/xml"}


def post_call():
    """Make a call as the code under test does."""
    return requests.post(CALLS, data=FORM, auth=(SID, TOKEN), timeout=5).status_code


def list_calls():
    """List the calls as the code under test does."""
    return requests.get(CALLS, auth=(SID, TOKEN), timeout=5).status_code


def answer_from_api(cassette, method, body=LIST, data=None):
    """Let the API answer a request while *cassette* records."""
    handler = handler_of(cassette)
    header = requests.auth._basic_auth_str(SID, TOKEN)
    fields = {"Authorization": header, "Content-Type": "application/x-www-form-urlencoded"}
    request = Request(method, CALLS, fields, urlencode(data) if data else None)
    assert handler.answer(request, lambda: "test.py:1") is None
    handler.record(request, Response(200, {"Content-Type": "application/xml"}, body))


class Api:
    """The API as a client of a served application: signs, keeps cookies, arrives by a proxy."""

    def __init__(self, app):
        self._client = Client(app)

    def request(self, path="/voice", method="POST", *, token=TOKEN, url="", **fields):
        """Request *path*, signed for the public URL."""
        form = params(**fields)
        public = url or f"https://clinic.example{path}"
        if method == "GET":
            public = f"{public}?{urlencode(form)}"
        signature = twreplay.sign(public, form if method == "POST" else None, token)
        return self._client.open(
            path,
            base_url="http://clinic.example",
            method=method,
            data=form if method == "POST" else None,
            query_string=form if method == "GET" else None,
            headers={"X-Twilio-Signature": signature, "X-Forwarded-Proto": "https"},
        )


def record_call(path, clinic, **options):
    """Record a call: the POST, the greeting, a key."""
    checks, clinic.checks = clinic.checks, False  # behind the proxy it sees another scheme
    with twreplay.use_cassette(path, app=clinic.app, record_mode="once", **options) as cassette:
        api = Api(cassette.wrap())
        answer_from_api(cassette, "POST", data=FORM)
        api.request()
        api.request("/key", Digits="1", DialStatus="answered")
        cassette.wait_for_webhooks(2, timeout=5)
    clinic.checks = checks
    clinic.seen.clear()
