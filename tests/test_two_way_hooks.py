"""Cassettes of both directions: what hooks see of webhooks, audio, and passwords of the URL."""

from __future__ import annotations

import hashlib
import re

import pytest
import requests
import yaml
from two_way import CALLS, FORM, SID, TOKEN, Api, Clinic, answer_from_api, params, post_call
from werkzeug.test import Client

import twreplay
from twreplay import Request, Response, errors

PASSWORD = "hunter2secret"
URL = f"https://clinic:{PASSWORD}@clinic.example/voice"
AUDIO = bytes(range(256)) * 40


@pytest.fixture
def path(tmp_path):
    return tmp_path / "call.yaml"


def record(path, app, requests_of_api, **options):
    """Record a POST and what *requests_of_api* does with the served application."""
    with twreplay.use_cassette(path, app=app, record_mode="once", **options) as cassette:
        answer_from_api(cassette, "POST", data=FORM)
        requests_of_api(cassette.wrap())
    return cassette


def ask_twice(app):
    api = Api(app)
    api.request()
    api.request("/key", Digits="1")


def list_kept(path):
    return yaml.safe_load(path.read_text())["twreplay"].get("webhooks", [])


class TestHooks:
    def test_see_each_webhook_and_change_what_is_recorded_of_it(self, path):
        def shorten(request):
            seen.append(request.path)
            if request.host == "api.twilio.com":
                return request
            body = request.body.replace(b"4155551212", b"4155550100")
            return Request(request.method, request.url, request.headers, body)

        def without_greeting(response, request):
            body = response.body.replace(b"Hello.", b"Hi.")
            return Response(response.status, response.headers, body)

        seen = []
        hooks = {"before_record_request": shorten, "before_record_response": without_greeting}
        record(path, Clinic(checks=False).app, ask_twice, **hooks)
        first, second = list_kept(path)

        assert seen[-2:] == ["/voice", "/key"]
        assert "4155551212" not in first["request"]["body"]
        assert "Called=4155550100" in first["request"]["body"]
        assert "Hi." in first["response"]["body"]["string"]
        assert "Digits=1" in second["request"]["body"]

    def test_of_responses_change_what_the_application_answers_before_it_is_compared(self, path):
        def without_time(response):
            body = re.sub(rb"It is \d+", b"It is some time", response.body)
            return Response(response.status, response.headers, body)

        record(
            path,
            Clinic("It is 12", checks=False).app,
            ask_twice,
            before_record_response=without_time,
        )
        clinic = Clinic("It is 17")
        with twreplay.use_cassette(path, app=clinic.app, before_record_response=without_time):
            post_call()

        assert "It is 12" not in path.read_text()
        assert len(clinic.seen) == 2
        with (
            pytest.raises(errors.WebhookDrift),
            twreplay.use_cassette(path, app=Clinic("It is 17").app),
        ):
            post_call()

    @pytest.mark.parametrize("which", ["request", "response"])
    def test_that_return_nothing_leave_the_webhook_out(self, path, which):
        def drop_request(request):
            return None if request.path == "/key" else request

        def drop_response(response, request):
            return None if request.path == "/key" else response

        hook = drop_request if which == "request" else drop_response
        hooks = {f"before_record_{which}": hook}
        cassette = record(path, Clinic(checks=False).app, ask_twice, **hooks)

        assert [one.request.path for one in cassette.webhooks] == ["/voice"]
        assert len(list_kept(path)) == 1

    def test_that_raise_fail_the_session_and_not_the_application(self, path):
        def fail(request):
            if request.path == "/key":
                raise LookupError("not this one")
            return request

        clinic = Clinic(checks=False)
        with pytest.raises(LookupError, match="not this one"):
            record(path, clinic.app, ask_twice, before_record_request=fail)

        assert [where for _, where, _ in clinic.seen] == ["/voice", "/key"]
        assert not path.exists()  # nothing that the hook did not pass
        assert path.with_name("call.failed.yaml").exists()

    def test_of_another_type_are_named(self, path):
        with pytest.raises(errors.UsageError, match="returned str"):
            record(
                path,
                Clinic(checks=False).app,
                ask_twice,
                before_record_response=lambda response, request: (
                    response if request.host == "api.twilio.com" else "text"
                ),
            )

    def test_patterns_of_requests_that_pass_are_for_the_api_alone(self, path):
        record(path, Clinic(checks=False).app, ask_twice, passes="*key*")

        assert len(list_kept(path)) == 2

    def test_of_webhooks_from_a_simulator_are_called_too(self, path):
        seen = []

        def note(request):
            seen.append(request.host)
            return request

        with twreplay.use_cassette(
            path,
            app=Clinic(checks=False).app,
            record_mode="once",
            source="simulator",
            before_record_request=note,
        ) as cassette:
            post_call()
            cassette.wait_for_webhooks(1)

        assert "clinic.example" in seen


class TestAudio:
    @staticmethod
    def serve(environ, start_response):
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if environ["PATH_INFO"] == "/hello.mp3":
            start_response("200 OK", [("Content-Type", "audio/mpeg")])
            return [AUDIO]
        start_response("200 OK", [("Content-Type", "text/xml")])
        return [b"<Response><Play>/hello.mp3</Play></Response>"]

    @staticmethod
    def ask(headers):
        def ask(app):
            Api(app).request()
            given = {"X-Forwarded-Proto": "https", **headers}
            Client(app).get("/hello.mp3", base_url="http://clinic.example", headers=given)

        return ask

    @pytest.mark.parametrize(
        "headers",
        [
            {"X-Twilio-Signature": twreplay.sign("https://clinic.example/hello.mp3", None, TOKEN)},
            {"User-Agent": "TwilioProxy/1.1"},
            {"X-Twilio-AccountSid": SID},
        ],
        ids=["signed", "by the API's proxy", "with the account"],
    )
    def test_that_the_api_requests_is_kept_and_requested_again(self, path, headers):
        record(path, self.serve, self.ask(headers))
        with twreplay.use_cassette(path, app=self.serve) as cassette:
            post_call()

        assert [one.request.path for one in cassette.delivered] == ["/voice", "/hello.mp3"]
        assert cassette.delivered[1].response.body == AUDIO

    def test_that_somebody_else_requests_is_not(self, path):
        record(path, self.serve, self.ask({"User-Agent": "Mozilla/5.0"}))

        assert len(list_kept(path)) == 1

    def test_that_has_changed_is_a_drift_though_it_begins_and_ends_the_same(self, path):
        record(path, self.serve, self.ask({"User-Agent": "TwilioProxy/1.1"}))

        def serve_changed(environ, start_response):
            (body,) = self.serve(environ, start_response)
            return [body.replace(AUDIO[5000:5003], b"xyz", 1) if body == AUDIO else body]

        with (
            pytest.raises(errors.WebhookDrift, match="10240 bytes"),
            twreplay.use_cassette(path, app=serve_changed),
        ):
            post_call()

    def test_is_left_out_by_a_hook(self, path):
        def without_audio(response):
            kind = response.headers.get("content-type", "")
            return None if kind.startswith("audio/") else response

        headers = {"User-Agent": "TwilioProxy/1.1"}
        record(path, self.serve, self.ask(headers), before_record_response=without_audio)

        assert [one["request"]["uri"] for one in list_kept(path)] == [
            "https://clinic.example/voice"
        ]

    def test_that_a_simulator_requests_is_kept(self, path):
        with twreplay.simulate(undocumented="ignore", account_sid=SID, auth_token=TOKEN) as twilio:
            twilio.attach(self.serve, "https://clinic.example", fetch_audio=True)
            with twreplay.use_cassette(
                path, app=self.serve, record_mode="once", source="simulator"
            ) as cassette:
                post_call()
                cassette.wait_for_webhooks(2)

        assert [one.request.path for one in cassette.webhooks][:2] == ["/voice", "/hello.mp3"]


class Guarded:
    """An application behind Digest: a nonce of its own, and what it was asked with."""

    def __init__(self, nonce, password=PASSWORD):
        self.nonce, self.password = nonce, password
        self.asked = []

    def __call__(self, environ, start_response):
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        given = environ.get("HTTP_AUTHORIZATION", "")
        self.asked.append(given.partition(" ")[0])
        if not self._is_right(given, environ):
            challenge = f'Digest realm="clinic", nonce="{self.nonce}", qop="auth"'
            start_response("401 Unauthorized", [("WWW-Authenticate", challenge)])
            return [b""]
        start_response("200 OK", [("Content-Type", "text/xml")])
        return [b"<Response/>"]

    def _is_right(self, given, environ):
        said = dict(re.findall(r'(\w+)="?([^",]+)', given))
        if said.get("nonce") != self.nonce:
            return False
        secret = self._hash(f"{said['username']}:clinic:{self.password}")
        asked = self._hash(f"{environ['REQUEST_METHOD']}:{said['uri']}")
        parts = (secret, said["nonce"], said["nc"], said["cnonce"], said["qop"], asked)
        return said["response"] == self._hash(":".join(parts))

    @staticmethod
    def _hash(text):
        return hashlib.md5(text.encode()).hexdigest()


class TestDigest:
    @pytest.fixture
    def recorded(self, path):
        """Record a call whose application asks for a Digest: 401, then 200."""
        with twreplay.simulate(undocumented="ignore", account_sid=SID, auth_token=TOKEN) as twilio:
            guarded = Guarded("the first nonce")
            twilio.attach(guarded, "https://clinic.example")
            with twreplay.use_cassette(
                path, app=guarded, record_mode="once", source="simulator"
            ) as cassette:
                requests.post(CALLS, data=FORM | {"Url": URL}, auth=(SID, TOKEN), timeout=5)
                cassette.wait_for_webhooks(2)
        assert [one.response.status for one in cassette.webhooks][:2] == [401, 200]
        return path

    def replay(self, path, guarded, url=URL):
        with twreplay.use_cassette(path, app=guarded, record_mode="none"):
            requests.post(CALLS, data=FORM | {"Url": url}, auth=(SID, TOKEN), timeout=5)

    def test_password_never_reaches_the_cassette_nor_what_is_made_of_it(self, recorded):
        text = recorded.read_text()
        statuses = [one["response"]["status"]["code"] for one in list_kept(recorded)]

        assert PASSWORD not in text
        assert Guarded._hash(f"clinic:clinic:{PASSWORD}") not in text
        assert "cnonce" not in text
        assert statuses[:2] == [401, 200]
        assert "Digest REDACTED" in text

    def test_is_answered_with_the_nonce_of_the_day_when_it_is_replayed(self, recorded):
        guarded = Guarded("another nonce")

        self.replay(recorded, guarded)

        assert guarded.asked[:2] == ["", "Digest"]

    def test_is_answered_again_where_the_application_asks_once_more(self, recorded):
        class Forgetful(Guarded):
            def __call__(self, environ, start_response):
                if len(self.asked) == 1:
                    self.nonce = "a third nonce"
                return super().__call__(environ, start_response)

        forgetful = Forgetful("another nonce")
        self.replay(recorded, forgetful)

        assert forgetful.asked[:3] == ["", "Digest", "Digest"]

    def test_with_another_password_is_a_drift_that_tells_none(self, recorded):
        with pytest.raises(errors.WebhookDrift) as caught:
            self.replay(recorded, Guarded("a nonce", password="another-secret"))

        assert PASSWORD not in str(caught.value)


def test_basic_is_sent_at_once_as_it_was_recorded(path):
    login = requests.auth._basic_auth_str("clinic", PASSWORD)
    asked = []

    def app(environ, start_response):
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        asked.append(environ.get("HTTP_AUTHORIZATION"))
        start_response("200 OK", [("Content-Type", "text/xml")])
        return [b"<Response/>"]

    def ask(served):
        headers = {"Authorization": login, "X-Forwarded-Proto": "https"}
        Client(served).post(
            "/voice", base_url="http://clinic.example", data=params(), headers=headers
        )

    with twreplay.use_cassette(path, app=app, record_mode="once") as cassette:
        answer_from_api(cassette, "POST", data=FORM | {"Url": URL})
        ask(cassette.wrap())
    asked.clear()
    with twreplay.use_cassette(path, app=app):
        requests.post(CALLS, data=FORM | {"Url": URL}, auth=(SID, TOKEN), timeout=5)

    assert asked == [login]
    assert PASSWORD not in path.read_text()
