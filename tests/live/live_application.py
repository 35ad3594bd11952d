"""An application for calls that live."""

from __future__ import annotations

from contextlib import contextmanager
from urllib.parse import parse_qs

import pytest
import requests

import twreplay

BASE = "https://clinic.example"


class Application:
    """A WSGI application that answers by path, and keeps what it was asked."""

    def __init__(self, **pages):
        self.pages = {f"/{name}": page for name, page in pages.items()}
        self.asked = []

    def __call__(self, environ, start_response):
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length).decode()
        if environ["REQUEST_METHOD"] == "GET":
            body = environ["QUERY_STRING"]
        form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
        self.asked.append((environ["PATH_INFO"], form, environ.get("HTTP_X_TWILIO_SIGNATURE", "")))
        page = self.pages.get(environ["PATH_INFO"], "")
        if callable(page):
            page = page(form)
        status, kind = ("200 OK", "text/xml") if page else ("404 Not Found", "text/plain")
        start_response(status, [("Content-Type", kind)])
        return [page.encode()]

    def asked_at(self, path):
        """Return the forms of the requests for *path*, in order."""
        return [form for asked, form, _ in self.asked if asked == path]


def make_call(twilio, **more):
    """Make a call to 415-555-1212 over the API."""
    form = {"Caller": "4158675309", "Called": "4155551212", "Url": f"{BASE}/voice"} | more
    return requests.post(f"{twilio.account_url}/Calls", form, auth=twilio.auth, timeout=5)


@contextmanager
def open_office(app):
    """Simulate with *app* attached, which answers the number of the account."""
    with twreplay.simulate(undocumented="ignore") as simulator:
        simulator.attach(app, BASE)
        simulator.change(simulator.incoming_phone_numbers[0], Url=f"{BASE}/voice")
        yield simulator


# Test files name them for themselves: `app, twilio = office_app, office`.
@pytest.fixture
def office_app():
    """Return an application that has no page yet."""
    return Application()


@pytest.fixture
def office(app):
    """Simulate with *app* attached."""
    with open_office(app) as simulator:
        yield simulator
