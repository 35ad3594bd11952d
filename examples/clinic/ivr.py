"""What the clinic says on the telephone: a menu, a mailbox, answers to texts."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Mapping

from flask import Flask, abort, request

DESK = "4155550190"
UNKNOWN = "<Say>We do not know this number.</Say><Hangup/>"
Answer = tuple[str, int, dict[str, str]]


def create_app(book: dict[str, str], mailbox: list[str], auth_token: str) -> Flask:
    """
    Return the application.

    Args:
        book: The state of each patient's appointment, by telephone number.

        mailbox: Where the addresses of recorded messages go.

        auth_token: The token that requests of the API are signed with.
    """
    app = Flask("clinic")

    @app.before_request
    def refuse_strangers() -> None:
        given = request.headers.get("X-Twilio-Signature", "")
        if not hmac.compare_digest(sign(request.url, request.form, auth_token), given):
            abort(403)

    def find_patient() -> str:
        """Whose appointment it is: who is called with a reminder, or calls the clinic."""
        numbers = request.form["Called"], request.form["Caller"]
        return next((number for number in numbers if number in book), "")

    @app.post("/remind")
    def remind() -> Answer:
        if request.form["CallStatus"] != "in-progress":
            return answer("")  # the API tells of the end of the call
        if not find_patient():
            return answer(UNKNOWN)
        return answer(
            '<Gather action="/choice" numDigits="1"><Say>Your appointment is tomorrow. '
            "Press 1 to confirm, 2 to cancel, 0 for the desk.</Say></Gather>"
            "<Say>Goodbye.</Say>"
        )

    @app.post("/choice")
    def choice() -> Answer:
        key, patient = request.form["Digits"], find_patient()
        if not patient:
            return answer(UNKNOWN)
        if key == "0":
            return answer(f'<Dial action="/desk"><Number>{DESK}</Number></Dial>')
        if key not in ("1", "2"):
            return answer("<Redirect>/remind</Redirect>")
        book[patient] = "confirmed" if key == "1" else "cancelled"
        return answer(f"<Say>Your appointment is {book[patient]}.</Say>")

    @app.post("/desk")
    def desk() -> Answer:
        if request.form["DialStatus"] == "answered":
            return answer("")
        return answer(
            '<Say>Nobody is there. Leave a message.</Say><Record action="/message" maxLength="60"/>'
        )

    @app.post("/message")
    def message() -> Answer:
        if request.form["RecordingUrl"] not in mailbox:
            mailbox.append(request.form["RecordingUrl"])
        return answer("<Say>We will call you back.</Say>")

    @app.post("/sms")
    def sms() -> Answer:
        if (patient := request.form["From"]) not in book:
            return answer("")
        if request.form["Body"].strip().upper() == "YES":
            book[patient] = "confirmed"
        return answer(f"<Sms>Your appointment is {book[patient]}.</Sms>")

    @app.post("/sorry")
    def sorry() -> Answer:
        return answer(f"<Say>Please wait.</Say><Dial><Number>{DESK}</Number></Dial>")

    return app


def answer(verbs: str) -> Answer:
    return f"<Response>{verbs}</Response>", 200, {"Content-Type": "text/xml"}


def sign(url: str, form: Mapping[str, str], auth_token: str) -> str:
    """The signature that the API gives a request: HMAC-SHA1 of the URL and the sorted fields."""
    text = url + "".join(name + form[name] for name in sorted(form))
    return b64encode(hmac.digest(auth_token.encode(), text.encode(), "sha1")).decode()
