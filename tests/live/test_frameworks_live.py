"""One application in four frameworks: a call, a message, and calls made inside of webhooks."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from urllib.parse import parse_qs

import flask
import httpx
import pytest
import requests
import starlette.applications
import starlette.responses
import starlette.routing
from delivery.test_frameworks import django_project  # noqa: F401  # a fixture
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

import twreplay

BASE, OURS, PERSON, OTHER = "https://clinic.example", "4158675309", "4155551212", "4155550100"
PAGES = {
    "/voice": '<Response><Gather action="/key" numDigits="1"><Say>Press 1.</Say></Gather>'
    "</Response>",
    "/key": "<Response><Say>Thank you.</Say></Response>",
    "/sms": "<Response><Sms>You wrote {Body}.</Sms></Response>",
    "/quiet": "<Response><Hangup/></Response>",
}


class Office:
    """What the four applications have in common: it checks signatures, and calls a colleague."""

    def __init__(self, twilio):
        self.twilio = twilio
        self.asked = []

    def answer(self, path, url, form, signature):
        """Return status and document for one request."""
        assert twreplay.is_signed(url, form, self.twilio.auth_token, signature)
        self.asked.append((path, dict(form)))
        if path == "/key" and form.get("Digits") == "1":
            call = {"Caller": OURS, "Called": OTHER, "Url": f"{BASE}/quiet"}
            url = f"{self.twilio.account_url}/Calls"
            made = requests.post(url, call, auth=self.twilio.auth, timeout=30)
            assert made.status_code == 200
        return PAGES[path].format(**form)

    def make_flask(self):
        app = flask.Flask("office")

        @app.post("/<name>")
        def answer(name):
            given = flask.request
            signature = given.headers["X-Twilio-Signature"]
            text = self.answer(given.path, given.url, given.form, signature)
            return text, 200, {"Content-Type": "text/xml"}

        return app

    def make_wsgi(self):
        def app(environ, start_response):
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
            form = {k: v[0] for k, v in parse_qs(body, keep_blank_values=True).items()}
            path, signature = environ["PATH_INFO"], environ["HTTP_X_TWILIO_SIGNATURE"]
            url = f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}{path}"
            text = self.answer(path, url, form, signature)
            start_response("200 OK", [("Content-Type", "text/xml")])
            return [text.encode()]

        return app

    def make_starlette(self):
        def answer(request, form):
            signature = request.headers["X-Twilio-Signature"]
            text = self.answer(request.url.path, str(request.url), form, signature)
            return starlette.responses.Response(text, media_type="text/xml")

        async def view(request):
            body = (await request.body()).decode()
            form = {k: v[0] for k, v in parse_qs(body, keep_blank_values=True).items()}
            return await asyncio.to_thread(answer, request, form)

        route = starlette.routing.Route("/{name}", view, methods=["POST"])
        return starlette.applications.Starlette(routes=[route])

    def make_django(self):
        @csrf_exempt
        def view(request, name):
            signature = request.headers["X-Twilio-Signature"]
            url = request.build_absolute_uri()
            text = self.answer(request.path, url, request.POST.dict(), signature)
            return HttpResponse(text, content_type="text/xml")

        self.urls = type("Urls", (), {"urlpatterns": [path("<str:name>", view)]})
        return get_wsgi_application()


@pytest.fixture
def twilio():
    with twreplay.simulate(undocumented="ignore") as simulator:
        number = simulator.incoming_phone_numbers[0]
        simulator.change(number, Url=f"{BASE}/voice", SmsUrl=f"{BASE}/sms")
        yield simulator


@pytest.fixture
def office(twilio):
    return Office(twilio)


@pytest.fixture(params=["flask", "wsgi", "starlette", "django"])
def attached(request, twilio, office):
    """Attach the application in each framework."""
    if request.param == "django":
        request.getfixturevalue("django_project")
        app = office.make_django()
        with override_settings(ROOT_URLCONF=office.urls):
            twilio.attach(app, BASE)
            yield office
        return
    twilio.attach(getattr(office, f"make_{request.param}")(), BASE)
    yield office


def test_a_call_is_lived_through_and_the_webhook_calls_a_colleague(twilio, attached):
    call = twilio.phone(PERSON).dial(OURS).expect("press 1").press("1").expect("thank you").wait()
    colleague = twilio.phone(OTHER).pick_up()
    twilio.clock.run_until_idle()

    assert call.is_over
    assert colleague.is_over
    asked = [path for path, _ in attached.asked]
    assert asked == ["/voice", "/key", "/voice", "/quiet", "/quiet"]
    assert {one.Called: one.Status for one in twilio.calls} == {OURS: "2", OTHER: "2"}


def test_a_message_is_answered(twilio, attached):
    twilio.phone(PERSON).text(OURS, "STOP").expect_text("you wrote stop")


@pytest.fixture
def lifespan():
    """Return a Starlette application, and what its lifespan has seen."""
    seen = []

    @contextlib.asynccontextmanager
    async def live(app):
        seen.append("begins")
        yield
        seen.append("ends")

    async def view(request):
        return starlette.responses.Response(PAGES["/quiet"], media_type="text/xml")

    route = starlette.routing.Route("/{name}", view, methods=["POST"])
    return starlette.applications.Starlette(routes=[route], lifespan=live), seen


def threads():
    return {one for one in threading.enumerate() if one.name == "twreplay-application"}


def test_the_lifespan_of_an_application_ends_with_the_session(lifespan):
    app, seen = lifespan
    before = threads()
    with twreplay.simulate(undocumented="ignore") as twilio:
        twilio.attach(app)
        twilio.change(twilio.incoming_phone_numbers[0], Url=f"{BASE}/voice")
        for _ in range(2):
            twilio.phone(PERSON).dial(OURS)
        assert seen == ["begins"]

    assert seen == ["begins", "ends"]
    assert threads() == before


def test_an_application_that_is_asked_after_its_session_begins_again(lifespan):
    app, seen = lifespan
    with twreplay.simulate(undocumented="ignore") as twilio:
        twilio.attach(app)
        twilio.change(twilio.incoming_phone_numbers[0], Url=f"{BASE}/voice")
    twilio.phone(PERSON).dial(OURS)
    twilio._live.deliverer.applications.rest()

    assert seen == ["begins", "ends"]


def test_the_lifespan_in_the_loop_of_the_test_ends_with_an_async_block(lifespan):
    app, seen = lifespan

    async def story():
        async with twreplay.simulate(undocumented="ignore") as twilio:
            twilio.attach(app)
            twilio.change(twilio.incoming_phone_numbers[0], Url=f"{BASE}/voice")
            await twilio.aio.phone(PERSON).dial(OURS)
        return list(seen)

    assert asyncio.run(story()) == ["begins", "ends"]


@pytest.mark.parametrize("fails", [True, False])
def test_a_lifespan_that_fails_at_its_end_fails_a_block_that_succeeded(fails):
    @contextlib.asynccontextmanager
    async def live(app):
        yield
        raise LookupError("the pool was closed already")

    async def view(request):
        return starlette.responses.Response(PAGES["/quiet"], media_type="text/xml")

    route = starlette.routing.Route("/{name}", view, methods=["POST"])
    app = starlette.applications.Starlette(routes=[route], lifespan=live)
    with (
        pytest.raises(ZeroDivisionError if fails else LookupError),
        twreplay.simulate(undocumented="ignore") as twilio,
    ):
        twilio.attach(app)
        twilio.change(twilio.incoming_phone_numbers[0], Url=f"{BASE}/voice")
        twilio.phone(PERSON).dial(OURS)
        if fails:
            raise ZeroDivisionError


def test_an_asgi_application_uses_its_pool_in_the_loop_of_the_test(twilio):
    """A pool belongs to the loop that made it: webhooks wait for its connections there."""

    async def story():
        pool = asyncio.Queue()
        for number in range(2):
            pool.put_nowait(f"connection {number}")
        loop, used = asyncio.get_running_loop(), []

        async def view(request):
            assert asyncio.get_running_loop() is loop
            connection = await pool.get()
            try:
                used.append(connection)
                if request.url.path == "/key":
                    form = {"Caller": OURS, "Called": OTHER, "Url": f"{BASE}/quiet"}
                    async with httpx.AsyncClient(auth=twilio.auth) as client:
                        url = f"{twilio.account_url}/Calls"
                        assert (await client.post(url, data=form)).status_code == 200
            finally:
                pool.put_nowait(connection)
            return starlette.responses.Response(PAGES[request.url.path], media_type="text/xml")

        route = starlette.routing.Route("/{name}", view, methods=["POST"])
        twilio.attach(starlette.applications.Starlette(routes=[route]), BASE)

        phones = [twilio.aio.phone(f"415555{number:04}") for number in range(16)]
        calls = await asyncio.gather(*(phone.dial(OURS) for phone in phones))
        await asyncio.gather(*(call.press("1") for call in calls))
        while await twilio.aio.step():
            pass
        return calls, used

    calls, used = asyncio.run(asyncio.wait_for(story(), 60))

    assert all(call.is_over for call in calls)
    assert [one.Status for one in twilio.calls] == ["2"] * 32
    assert set(used) == {"connection 0", "connection 1"}
