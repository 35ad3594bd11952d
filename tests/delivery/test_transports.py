"""Bare WSGI and ASGI applications, and servers that run."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.validate import validator

import pytest
import requests
import responses
import trustme
import vcr
from delivery.webhooks import BASE, TOKEN, TWIML, Recorder, ok, webhook
from hypothesis import given
from hypothesis import strategies as st
from ports import kept_port

import twreplay
from twreplay._api import webhooks
from twreplay._delivery import Content
from twreplay._delivery.applications import is_asgi
from twreplay._delivery.transports import server as server_transport
from twreplay.errors import UsageError

pytest_plugins = ["delivery.deliveries"]


class Bare:
    """A bare ASGI application that keeps what it was asked."""

    def __init__(self, body=TWIML, lifespan="none"):
        self.body = body
        self.lifespan = lifespan
        self.events = []
        self.scopes = []
        self.loops = []

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            await self.live(scope, receive, send)
            return
        self.scopes.append(scope)
        self.loops.append(asyncio.get_running_loop())
        body = await self.read(receive)
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-type", b"text/xml"), (b"x-length", b"%d" % len(body))],
            }
        )
        await send({"type": "http.response.body", "body": self.body[:5], "more_body": True})
        await send({"type": "http.response.body", "body": self.body[5:]})
        self.events.append((await receive())["type"])

    async def read(self, receive):
        return (await receive())["body"]

    async def live(self, scope, receive, send):
        if self.lifespan == "none":
            raise AssertionError(scope["type"])
        self.events.append((await receive())["type"])
        if self.lifespan == "failing":
            await send({"type": "lifespan.startup.failed", "message": "no database"})
            return
        scope["state"]["pool"] = asyncio.get_running_loop()
        await send({"type": "lifespan.startup.complete"})
        self.events.append((await receive())["type"])
        await send({"type": "lifespan.shutdown.complete"})


class TestWSGI:
    def test_is_served_as_the_specification_asks(self, deliver):
        deliver.attach(validator(Recorder(ok())))

        assert deliver().content is Content.TWIML
        assert deliver(method="GET").content is Content.TWIML

    def test_runs_in_the_calling_thread(self, deliver):
        threads = []
        deliver.attach(Recorder(lambda environ: threads.append(threading.get_ident()) or ok()))

        deliver()

        assert threads == [threading.get_ident()]

    def test_may_write_and_begin_anew(self, deliver):
        closed = []

        class Body(list):
            def close(self):
                closed.append(True)

        def app(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/xml")])
            try:
                raise KeyError
            except KeyError as error:
                write = start_response(
                    "201 Made", [("Content-Type", "text/xml")], (KeyError, error, None)
                )
            write(b"<Resp")
            return Body([b"onse/>"])

        deliver.attach(app)
        response = deliver().response

        assert (response.status, response.reason, response.body) == (201, "Made", b"<Response/>")
        assert closed == [True]

    def test_that_never_ends_its_response_is_left(self, deliver):
        def app(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/xml")])
            while True:
                yield b" " * (1 << 20)

        deliver.attach(app)

        assert len(deliver().response.body) == 17 << 20

    def test_that_never_starts_a_response_is_told_so(self, deliver):
        deliver.attach(lambda environ, start_response: [b""])

        assert "without calling start_response" in str(deliver().exception)

    def test_status_without_a_number_is_an_error_of_the_application(self, deliver):
        def app(environ, start_response):
            start_response("OK", [])
            return [b"<Response/>"]

        deliver.attach(app)

        assert "status has no number: 'OK'" in str(deliver().exception)

    @pytest.mark.parametrize(
        ("status", "name", "value", "told"),
        [
            ("200 OK", "X-Name", "Ada\r\nSet-Cookie: a=b", "header 'X-Name'"),
            ("200 OK", "X-Name", "Ada\n", "header 'X-Name'"),
            ("200 OK", "X-Name", "A\0da", "header 'X-Name'"),
            ("200 OK", "X\nName", "Ada", r"header 'X\nName'"),
            ("200 OK\r\nX-Name: Ada", "X", "y", "status line"),
        ],
    )
    def test_with_a_line_break_in_a_header_is_refused_as_by_a_server(
        self, deliver, status, name, value, told
    ):
        def app(environ, start_response):
            start_response(status, [("Content-Type", "text/xml"), (name, value)])
            return [b"<Response/>"]

        deliver.attach(app)
        delivery = deliver()

        assert f"the application's {told} has a line break" in str(delivery.exception)
        assert delivery.exchanges[0].response.status == 500
        assert delivery.error.code == 11200

    @given(path=st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
    def test_gets_the_path_decoded_and_as_it_was_written(self, path):
        from urllib.parse import quote

        from delivery.webhooks import Deliveries

        app, deliver = Recorder(ok()), Deliveries()
        deliver.attach(app)

        deliver("voice", f"{BASE}/{quote(path)}")

        environ = app.environs[0]
        assert environ["PATH_INFO"].encode("latin-1").decode() == f"/{path}"
        assert environ["REQUEST_URI"] == f"/{quote(path)}"


class TestASGI:
    def test_is_called_from_code_that_is_not_asynchronous(self, deliver):
        app = Bare()
        deliver.attach(app)

        delivery = deliver("gather", f"{BASE}/a%20b?x=%C3%BC")

        assert delivery.response.body == TWIML
        assert app.events == ["http.disconnect"]
        scope = app.scopes[0]
        assert (scope["path"], scope["raw_path"], scope["query_string"]) == (
            "/a b",
            b"/a%20b",
            b"x=%C3%BC",
        )
        assert (b"host", b"clinic.example") in scope["headers"]

    def test_keeps_one_loop_and_one_lifespan(self, deliver):
        app = Bare(lifespan="good")
        deliver.attach(app)

        deliver()
        deliver()
        deliver.deliverer.close()

        assert app.loops[0] is app.loops[1] is app.scopes[0]["state"]["pool"]
        assert [e for e in app.events if e.startswith("lifespan")] == [
            "lifespan.startup",
            "lifespan.shutdown",
        ]
        assert app.loops[0].is_closed()
        assert not [t for t in threading.enumerate() if t.name == "twreplay-application"]

    def test_whose_lifespan_fails_is_told_so(self, deliver):
        deliver.attach(Bare(lifespan="failing"))

        assert "failed to start: no database" in str(deliver().exception)

    def test_whose_lifespan_fails_at_its_end_is_told_so(self, deliver):
        class App(Bare):
            async def live(self, scope, receive, send):
                await super().live(scope, receive, send)
                raise ZeroDivisionError("shutdown")

        closed = Bare(lifespan="good")
        deliver.attach(App(lifespan="good"), BASE)
        deliver.attach(closed)
        deliver()
        deliver("voice", "https://other.example/")

        with pytest.raises(ZeroDivisionError, match="shutdown"):
            deliver.deliverer.close()
        assert closed.events[-1] == "lifespan.shutdown"

    def test_that_takes_a_lifespan_for_a_request_is_served(self, deliver):
        async def app(scope, receive, send):
            assert (await receive())["body"].startswith(b"CallSid=")
            await Bare()({"type": "http"}, receive_nothing, send)

        async def receive_nothing():
            return {"type": "http.request", "body": b""}

        deliver.attach(app)

        assert deliver().content is Content.TWIML

    def test_sees_the_context_of_the_caller(self, deliver):
        variable = contextvars.ContextVar("variable", default="outside")
        seen = []

        async def app(scope, receive, send):
            seen.append(variable.get())
            await Bare()(scope, receive, send)

        deliver.attach(app)
        variable.set("inside")
        deliver()

        assert seen[-1] == "inside"

    def test_runs_in_the_running_loop_with_its_pools(self, deliver):
        async def story():
            lock = asyncio.Lock()  # belongs to this loop once somebody waited for it
            app = Bare(lifespan="good")

            async def pooled(scope, receive, send):
                async with lock:
                    await app(scope, receive, send)

            pooled_app = pooled if app.lifespan == "none" else app
            deliver.attach(pooled_app)
            first, second = await asyncio.gather(deliver.later(key="CA1"), deliver.later(key="CA2"))
            await deliver.deliverer.close_async()
            return app, first, second, asyncio.get_running_loop()

        app, first, second, loop = asyncio.run(story())

        assert first.content is second.content is Content.TWIML
        assert app.loops == [loop, loop]
        assert app.events.count("lifespan.shutdown") == 1

    def test_is_refused_where_a_loop_runs_and_the_verb_is_none_of_aio(self, deliver):
        deliver.attach(Bare())

        async def story():
            deliver()

        with pytest.raises(UsageError, match="ASGI application 'Bare' is attached") as caught:
            asyncio.run(story())
        assert "await twilio.aio" in str(caught.value)

    def test_does_not_hinder_wsgi_in_a_running_loop(self, deliver):
        deliver.attach(Recorder(ok()))

        async def story():
            return deliver(), await deliver.later()

        one, other = asyncio.run(story())

        assert one.content is other.content is Content.TWIML

    @pytest.mark.parametrize("sort", ["class", "function", "partial", "wrapper"])
    def test_is_known_from_wsgi(self, sort):
        async def function(scope, receive, send): ...

        def wrapper(scope, receive, send):
            return function(scope, receive, send)

        class WSGI:
            def __call__(self, environ, start_response): ...

        app = {
            "class": Bare(),
            "function": function,
            "partial": functools.partial(function),
            "wrapper": wrapper,
        }[sort]
        assert is_asgi(app)
        assert not is_asgi(WSGI())
        assert not is_asgi(Recorder(ok()))


class TestExceptions:
    @pytest.mark.parametrize("kind", ["wsgi", "asgi"])
    def test_inside_the_application_come_out_with_its_traceback(self, deliver, kind):
        def fail_here(*_):
            raise ZeroDivisionError("mine")

        async def asgi(scope, receive, send):
            fail_here()

        deliver.attach(asgi if kind == "asgi" else fail_here)

        delivery = deliver(fallback_url=f"{BASE}/sorry")

        error = delivery.exception
        names = []
        trace = error.__traceback__
        while trace is not None:
            names.append(trace.tb_frame.f_code.co_name)
            trace = trace.tb_next
        assert (str(error), names[-1]) == ("mine", "fail_here")
        assert error.__notes__[0] == (
            "Raised inside the application, by POST https://clinic.example/voice "
            "(the call's Url, at its beginning)."
        )
        assert delivery.after_failure.error.code == 11200

    def test_are_a_500_if_a_test_asks_for_it(self, deliver):
        deliver.attach(lambda environ, start_response: 1 / 0, raise_errors=False)

        delivery = deliver()

        assert (delivery.exception, delivery.error.code) == (None, 11200)
        assert delivery.exchanges[0].response.status == 500

    def test_that_are_no_exceptions_stop_everything(self, deliver):
        def app(environ, start_response):
            pytest.fail("an assertion in the application")

        deliver.attach(app)

        with pytest.raises(pytest.fail.Exception, match="an assertion"):
            deliver()

    @pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, pytest.fail.Exception])
    def test_that_are_no_exceptions_leave_the_loop_of_an_asgi_application(self, deliver, kind):
        stops = iter([True, False])

        async def app(scope, receive, send):
            if scope["type"] == "http" and next(stops):
                raise kind("enough")
            await Bare()(scope, receive, send)

        deliver.attach(app)

        with pytest.raises(kind, match="enough"):
            deliver()
        assert deliver().response.body == TWIML

    def test_of_a_task_that_ends_the_program_leave_the_loop_as_well(self, deliver):
        async def leave():
            raise SystemExit

        async def app(scope, receive, send):
            if scope["type"] == "http":
                task = asyncio.create_task(leave())
                await asyncio.wait([task])
                assert isinstance(task.exception(), SystemExit)
            await Bare()(scope, receive, send)

        deliver.attach(app)

        assert deliver().response.body == TWIML


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    """A server on loopback, and the application behind it."""
    app = Recorder(ok())
    with make_server("127.0.0.1", 0, app, handler_class=_Quiet) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield app, f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


class TestServers:
    def test_get_what_a_tunnel_would_pass_on(self, deliver, server):
        app, base = server
        deliver.attach(base, BASE)

        delivery = deliver("gather", f"{BASE}/menu?a=1")

        environ, body = app.asked[0]
        assert delivery.response.body == TWIML
        assert environ["HTTP_HOST"] == "clinic.example"
        assert environ["HTTP_X_FORWARDED_PROTO"] == "https"
        assert twreplay.is_signed(
            f"{BASE}/menu?a=1", body, TOKEN, environ["HTTP_X_TWILIO_SIGNATURE"]
        )

    def test_are_reached_in_a_running_loop(self, deliver, server):
        deliver.attach(server[1])

        async def story():
            return await deliver.later()

        assert asyncio.run(story()).content is Content.TWIML

    def test_that_are_too_slow_are_left_after_the_time_limit(self, deliver, monkeypatch):
        limit = webhooks.WebhookLimit(0.05, webhooks.WEBHOOK_TIMEOUT_SECONDS.evidence)
        monkeypatch.setattr(server_transport, "WEBHOOK_TIMEOUT_SECONDS", limit)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            deliver.attach(f"http://127.0.0.1:{listening.getsockname()[1]}")

            async def story():
                return deliver()

            delivery = asyncio.run(story())

        assert (delivery.error.code, delivery.elapsed_seconds) == (11205, 15)
        assert "use the verbs of twilio.aio" in delivery.hints[0]

    def test_are_not_reached_past_a_block(self, deliver, server):
        deliver.attach(server[1], raise_errors=False)

        with (
            twreplay.block_network(allowed_hosts=()),
            pytest.raises(twreplay.errors.NetworkBlocked),
        ):
            deliver()

    def test_are_reached_past_every_interceptor(self, deliver, server, tmp_path):
        app, base = server
        deliver.attach(base)
        with (
            twreplay.simulate(hosts=["127.0.0.1"]),
            vcr.use_cassette(str(tmp_path / "b.yaml"), record_mode="none") as theirs,
            responses.RequestsMock(),
        ):
            delivery = deliver()

        assert delivery.exception is None
        assert delivery.content is Content.TWIML

        assert (len(app.asked), len(theirs)) == (1, 0)

    def test_may_speak_tls_with_a_certificate_of_their_own(self, deliver):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
        app = Recorder(ok())
        with make_server("127.0.0.1", 0, app, handler_class=_Quiet) as running:
            running.socket = context.wrap_socket(running.socket, server_side=True)
            thread = threading.Thread(target=running.handle_request)
            thread.start()
            base = f"https://127.0.0.1:{running.server_port}"
            deliver.attach(base)
            delivery = deliver("voice", f"{base}/voice")
            thread.join()

        assert delivery.content is Content.TWIML
        assert "HTTP_X_FORWARDED_PROTO" not in app.environs[0]

    def test_that_do_not_speak_tls_are_a_failed_connection(self, deliver, server):
        deliver.attach(server[1].replace("http:", "https:"))

        assert deliver().error.code == 11205

    def test_that_do_not_run_are_a_refused_connection(self, deliver):
        with kept_port() as port:
            deliver.attach(f"http://127.0.0.1:{port}")

            assert deliver().error.code == 11205

    @pytest.mark.parametrize(
        ("sent", "code"),
        [
            (b"", 11205),
            (b"this is not HTTP\r\n\r\n", 11206),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<Resp", 11206),
            (b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<Response/>", None),
        ],
    )
    def test_that_speak_badly_have_a_code(self, deliver, sent, code):
        with socket.create_server(("127.0.0.1", 0)) as listening:

            def serve():
                connection, _ = listening.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(sent)
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(65536):
                        pass

            thread = threading.Thread(target=serve)
            thread.start()
            deliver.attach(f"http://127.0.0.1:{listening.getsockname()[1]}")
            delivery = deliver()
            thread.join()

        assert (delivery.error and delivery.error.code) == code


class TestInProcess:
    def test_opens_no_socket_and_passes_no_client(self, deliver, monkeypatch, tmp_path):
        def refuse(*_, **__):
            raise AssertionError("a socket")

        deliver.attach(Recorder(ok()))
        monkeypatch.setattr(socket, "socket", refuse)
        with vcr.use_cassette(str(tmp_path / "b.yaml"), record_mode="none") as theirs:
            assert deliver().content is Content.TWIML

        assert len(theirs) == 0

    @pytest.mark.parametrize("way", ["same", "pool", "gather"])
    def test_an_application_may_send_requests_to_the_api(self, deliver, way):
        with twreplay.simulate() as twilio:

            def post(_=None):
                return requests.post(
                    f"{twilio.account_url}/SMS/Messages",
                    auth=twilio.auth,
                    data={"From": "4158675309", "To": "4155551212", "Body": "Hi"},
                ).status_code

            def sync(environ):
                if way == "pool":
                    with ThreadPoolExecutor(2) as pool:
                        statuses = list(pool.map(post, range(2)))
                else:
                    statuses = [post()]
                return ok(str(statuses).encode(), "text/plain")

            async def asgi(scope, receive, send):
                if scope["type"] != "http":
                    raise ValueError
                statuses = await asyncio.gather(asyncio.to_thread(post), asyncio.to_thread(post))
                await Bare(str(statuses).encode())(scope, receive, send)

            twilio.add_incoming_phone_number(PhoneNumber="4158675309")
            deliver.attach(asgi if way == "gather" else Recorder(sync))

            assert set(deliver().response.body.decode()) <= set("[20, 1]")
            assert len(twilio.requests) == (1 if way == "same" else 2)

    def test_time_is_taken_in_an_asgi_application(self, deliver):
        async def app(scope, receive, send):
            if scope["type"] == "http":
                await asyncio.to_thread(twreplay.take, 4)
            await Bare()(scope, receive, send)

        deliver.attach(app)

        assert deliver().elapsed_seconds == 4

    def test_time_is_taken_in_a_worker_that_has_no_context(self, deliver):
        def slow(environ):
            thread = threading.Thread(target=twreplay.take, args=(4,))
            thread.start()
            thread.join()
            return ok()

        deliver.attach(Recorder(slow))

        assert deliver().elapsed_seconds == 4


def test_a_webhook_is_a_value():
    assert webhook() == webhook()
    assert webhook() != webhook("gather")
