"""Flask, Django, Starlette: what they answer, what they raise, and what their test clients hide."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import sys
import threading
import types

import django
import flask
import pytest
import starlette.applications
import starlette.middleware
import starlette.middleware.trustedhost
import starlette.responses
import starlette.routing
from delivery.webhooks import BASE, TOKEN, webhook
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

import twreplay

pytest_plugins = ["delivery.deliveries"]

XML = "<Response><Say>Hello</Say></Response>"


@pytest.fixture(scope="module")
def django_project():
    """Django with one table in memory, configured once for the process."""
    urls = types.ModuleType("twreplay_test_urls")

    @csrf_exempt
    def voice(request):
        return HttpResponse(XML, content_type="text/xml")

    def guarded(request):
        return HttpResponse(XML, content_type="text/xml")

    @csrf_exempt
    def count(request):
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM patient")
            rows = cursor.fetchone()[0]
        return HttpResponse(f"{rows} in {threading.get_ident()}", content_type="text/plain")

    async def count_async(request):
        from asgiref.sync import sync_to_async

        return await sync_to_async(count)(request)

    count_async.csrf_exempt = True  # the decorator takes no coroutine before Django 5.0

    @csrf_exempt
    def fail(request):
        raise ZeroDivisionError("a view")

    @csrf_exempt
    def late(request):
        transaction.on_commit(lambda: None)
        return HttpResponse(XML, content_type="text/xml")

    @csrf_exempt
    def signed(request):
        url = request.build_absolute_uri()
        given = request.headers["X-Twilio-Signature"]
        is_valid = twreplay.is_signed(url, request.POST, TOKEN, given)
        return HttpResponse(XML if is_valid else "", "text/xml", 200 if is_valid else 403)

    views = (voice, guarded, count, count_async, fail, late, signed)
    urls.urlpatterns = [path(view.__name__, view) for view in views]
    urls.urlpatterns.append(path("slash/", voice))
    sys.modules[urls.__name__] = urls
    # Once for the process: the tests of calls that live use it, too.
    if not settings.configured:
        configure_django(urls.__name__)
    yield
    del sys.modules[urls.__name__]


def configure_django(urls):
    settings.configure(
        ALLOWED_HOSTS=["clinic.example"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
        ],
        ROOT_URLCONF=urls,
        SECRET_KEY="invented",
        LOGGING_CONFIG=None,
    )
    django.setup()


def wsgi_app():
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def asgi_app():
    from django.core.asgi import get_asgi_application

    return get_asgi_application()


@pytest.fixture
def open_transaction(django_project):
    """A transaction as Django's TestCase keeps it open, with a row that nobody else sees."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE patient (name TEXT)")
            cursor.execute("INSERT INTO patient VALUES ('Ann')")
        yield
        transaction.set_rollback(True)
    connection.close()


def wrapped(app):
    async def middleware(scope, receive, send):
        await app(scope, receive, send)

    return starlette.applications.Starlette(routes=[starlette.routing.Mount("/", middleware)])


class TestDjango:
    @pytest.mark.parametrize("make", [wsgi_app, asgi_app, lambda: wrapped(asgi_app())])
    @pytest.mark.parametrize("view", ["count", "count_async"])
    def test_sees_the_open_transaction_of_the_test(self, deliver, open_transaction, make, view):
        deliver.attach(make())

        said = deliver("voice", f"{BASE}/{view}").response.body.decode()

        assert said == f"1 in {threading.get_ident()}"

    @pytest.mark.parametrize("make", [wsgi_app, asgi_app])
    def test_lets_exceptions_of_views_out(self, deliver, django_project, make):
        deliver.attach(make())

        delivery = deliver("voice", f"{BASE}/fail")

        assert repr(delivery.exception) == "ZeroDivisionError('a view')"
        assert delivery.error.code == 11200

    def test_csrf_is_told_by_name(self, deliver, django_project):
        deliver.attach(wsgi_app())

        [hint] = deliver("voice", f"{BASE}/guarded").hints

        assert hint.startswith("403 from CSRF protection: exempt this view")

    @pytest.mark.parametrize("debug", [True, False])
    def test_allowed_hosts_are_told_by_name(self, deliver, django_project, debug):
        deliver.attach(wsgi_app())

        with override_settings(DEBUG=debug, ALLOWED_HOSTS=["other.example"]):
            [hint] = deliver("voice", f"{BASE}/voice").hints

        assert "does not take the host clinic.example: add it to ALLOWED_HOSTS" in hint

    def test_tls_that_ended_before_it_is_told_by_name(self, deliver, django_project):
        with override_settings(SECURE_SSL_REDIRECT=True):
            deliver.attach(wsgi_app(), BASE, seen_as="ngrok")
            delivery = deliver("voice", f"{BASE}/voice")

        assert delivery.error.code == 11215
        assert delivery.hints[0].startswith("301 to https: the application does not know")
        assert delivery.hints[0].endswith("the POST becomes a GET without parameters")

    def test_a_proxy_that_is_trusted_makes_the_signature_valid(self, deliver, django_project):
        deliver.attach(wsgi_app(), BASE, seen_as="ngrok")

        refused = deliver("voice", f"{BASE}/signed")
        with override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
            accepted = deliver("voice", f"{BASE}/signed")

        assert (refused.error.code, accepted.error) == (11200, None)
        assert "the application sees http://clinic.example/signed" in refused.hints[0]

    def test_on_commit_that_never_runs_is_told_by_name(self, deliver, open_transaction):
        deliver.attach(wsgi_app())

        [hint] = deliver("voice", f"{BASE}/late").hints

        assert hint.startswith("1 on_commit callback(s) of this request wait for a commit")

    def test_on_commit_that_runs_is_no_mistake(self, deliver, django_project):
        deliver.attach(wsgi_app())

        assert deliver("voice", f"{BASE}/late").hints == ()

    def test_a_slash_that_is_missing_is_told_by_name(self, deliver, django_project):
        deliver.attach(wsgi_app())

        delivery = deliver("voice", f"{BASE}/slash", method="GET")

        assert delivery.hints == ("301 to the same path with a slash: give the API that URL",)


class TestFlask:
    def make(self, **config):
        app = flask.Flask("clinic")
        app.config.update(config)

        @app.post("/voice")
        def voice():
            number = flask.request.form["Caller"]
            return f"<Response><Say>{number}</Say></Response>", {"Content-Type": "text/xml"}

        @app.post("/fail")
        def fail():
            raise ZeroDivisionError("a view")

        @app.post("/page")
        def page():
            return "<!doctype html><title>Log in &amp; out</title>"

        @app.errorhandler(500)
        def sorry(error):
            return "sorry", 500

        return app

    def test_answers(self, deliver):
        deliver.attach(self.make())

        assert deliver().response.body == b"<Response><Say>4155551212</Say></Response>"

    @pytest.mark.parametrize("config", [{}, {"TESTING": True}])
    def test_lets_exceptions_of_views_out(self, deliver, config):
        deliver.attach(self.make(**config))

        error = deliver("voice", f"{BASE}/fail").exception

        assert repr(error) == "ZeroDivisionError('a view')"
        assert "POST https://clinic.example/fail" in error.__notes__[0]

    def test_keeps_them_in_if_a_test_asks_for_it(self, deliver):
        deliver.attach(self.make(), raise_errors=False)

        delivery = deliver("voice", f"{BASE}/fail")

        assert (delivery.exception, delivery.exchanges[0].response.body) == (None, b"sorry")

    def test_lets_them_out_though_its_error_page_is_a_document(self, deliver):
        app = flask.Flask("clinic")
        app.register_error_handler(500, lambda error: ("<Response/>", 200))
        app.add_url_rule("/voice", "voice", lambda: 1 / 0, methods=["POST"])
        deliver.attach(app)

        delivery = deliver()

        assert isinstance(delivery.exception, ZeroDivisionError)
        assert delivery.content == "twiml"

    def test_is_left_without_our_listener(self, deliver):
        gc.collect()  # others that were never closed
        before = set(flask.got_request_exception.receivers)
        deliver.attach(self.make())
        deliver()
        during = set(flask.got_request_exception.receivers)
        deliver.deliverer.close()

        assert len(during - before) == 1
        assert set(flask.got_request_exception.receivers) == before

    def test_a_page_is_told_from_twiml(self, deliver):
        deliver.attach(self.make())

        delivery = deliver("voice", f"{BASE}/page")

        assert delivery.hints == (
            "the response is an HTML page with the title 'Log in & out', not TwiML",
        )
        assert delivery.content == "twiml"

    def test_a_view_that_takes_another_method_is_told_by_name(self, deliver):
        deliver.attach(self.make())

        [hint] = deliver(method="GET").hints

        assert hint == "405: the view does not take GET, the method of this webhook"


class TestStarlette:
    def make(self, **given):
        async def voice(request):
            form = (await request.body()).decode()
            return starlette.responses.Response(f"<R>{len(form)}</R>", media_type="text/xml")

        def sync(request):
            return starlette.responses.Response("<R/>", media_type="text/xml")

        async def fail(request):
            raise ZeroDivisionError("a view")

        async def stream(request):
            async def parts():
                for _ in range(3):
                    await asyncio.sleep(0)
                    yield b"<R/>"

            return starlette.responses.StreamingResponse(parts(), media_type="text/xml")

        names = {"voice": voice, "sync": sync, "fail": fail, "stream": stream}
        routes = [
            starlette.routing.Route(f"/{name}", view, methods=["POST"])
            for name, view in names.items()
        ]
        return starlette.applications.Starlette(routes=routes, **given)

    @pytest.mark.parametrize("view", ["voice", "sync", "stream"])
    def test_answers(self, deliver, view):
        deliver.attach(self.make())

        assert deliver("voice", f"{BASE}/{view}").content == "twiml"

    def test_lets_exceptions_of_views_out(self, deliver):
        deliver.attach(self.make())

        delivery = deliver("voice", f"{BASE}/fail")

        assert repr(delivery.exception) == "ZeroDivisionError('a view')"
        assert delivery.exchanges[0].response.body == b"Internal Server Error"

    def test_hosts_that_it_does_not_take_are_told_by_name(self, deliver):
        middleware = starlette.middleware.Middleware(
            starlette.middleware.trustedhost.TrustedHostMiddleware, allowed_hosts=["a.example"]
        )
        deliver.attach(self.make(middleware=[middleware]))

        [hint] = deliver().hints

        assert "does not take the host clinic.example" in hint

    def test_a_connection_of_the_lifespan_serves_all_deliveries(self, deliver):
        import contextlib

        @contextlib.asynccontextmanager
        async def lifespan(app):
            database = sqlite3.connect(":memory:")
            yield {"database": database, "loop": asyncio.get_running_loop()}
            database.close()

        async def voice(request):
            assert request.state.loop is asyncio.get_running_loop()
            request.state.database.execute("SELECT 1")
            return starlette.responses.Response("<R/>", media_type="text/xml")

        route = starlette.routing.Route("/voice", voice, methods=["POST"])
        deliver.attach(starlette.applications.Starlette(routes=[route], lifespan=lifespan))

        assert [deliver().error for _ in range(3)] == [None] * 3

    def test_leaves_no_thread_behind(self, deliver):
        before = set(threading.enumerate())
        deliver.attach(self.make())

        deliver("voice", f"{BASE}/sync")
        during = set(threading.enumerate()) - before
        deliver.deliverer.close()

        assert "twreplay-application" in {thread.name for thread in during}
        for thread in during:
            thread.join(60)
        assert not any(thread.is_alive() for thread in during)

    def test_runs_in_the_loop_of_the_test(self, deliver):
        deliver.attach(self.make())

        async def story():
            deliveries = await asyncio.gather(*(deliver.later(key=f"CA{n}") for n in range(5)))
            await deliver.deliverer.close_async()
            return deliveries

        assert all(d.content == "twiml" for d in asyncio.run(story()))


def test_a_webhook_knows_what_it_is():
    assert webhook("gather").kind.title == "<Gather> action"
