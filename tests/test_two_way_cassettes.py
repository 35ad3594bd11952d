"""Cassettes of both directions: what the API requests is kept, and delivered when replayed."""

from __future__ import annotations

import asyncio
import json
import threading

import httpx
import pytest
import requests
import vcr
import yaml
from recorder import handler_of
from two_way import (
    CALLS,
    FORM,
    SID,
    TOKEN,
    VOICE,
    Api,
    Clinic,
    answer_from_api,
    list_calls,
    params,
    post_call,
    record_call,
)
from werkzeug.test import Client

import twreplay
from twreplay import errors


@pytest.fixture
def path(tmp_path):
    return tmp_path / "call.yaml"


def replay(path, clinic, **options):
    """Replay the call, and return what the application was asked for."""
    with twreplay.use_cassette(path, app=clinic.app, **options) as cassette:
        post_call()
    assert cassette.all_played
    return [(method, where) for method, where, _ in clinic.seen]


# --- recording --------------------------------------------------------------------------------


def test_what_the_api_requests_is_kept_under_the_key_of_the_cassette(path):
    record_call(path, Clinic())
    data = yaml.safe_load(path.read_text())
    assert [(one["after"], one["request"]["uri"]) for one in data["twreplay"]["webhooks"]] == [
        (1, VOICE),
        (1, "https://clinic.example/key"),
    ]
    assert len(data["interactions"]) == 1
    assert "Hello." in data["twreplay"]["webhooks"][0]["response"]["body"]["string"]


def test_webhooks_are_kept_in_json_too(tmp_path):
    path = tmp_path / "call.json"
    record_call(path, Clinic())
    assert len(json.loads(path.read_text())["twreplay"]["webhooks"]) == 2
    assert replay(path, Clinic()) == [("POST", "/voice"), ("POST", "/key")]


def test_the_place_of_a_webhook_among_the_interactions_is_kept(path):
    clinic = Clinic(checks=False)
    with twreplay.use_cassette(path, record_mode="once") as cassette:
        api = Api(cassette.wrap(clinic.app))
        api.request(CallSid=f"CA{1:032x}")
        answer_from_api(cassette, "POST", data=FORM)
        api.request()
        answer_from_api(cassette, "GET")
        api.request("/key", Digits="1")
        assert [one.after for one in cassette.webhooks] == [0, 1, 2]
    with twreplay.use_cassette(path) as cassette:
        assert [one.after for one in cassette.webhooks] == [0, 1, 2]
        post_call()
        list_calls()


def test_requests_that_are_not_of_the_api_are_passed_on_and_not_kept(path):
    clinic = Clinic(checks=False)
    with twreplay.use_cassette(path, record_mode="once") as cassette:
        client = Client(cassette.wrap(clinic.app))
        assert client.get("/health").text == "fine"
        answer_from_api(cassette, "GET")
        assert cassette.webhooks == ()


def test_an_unsigned_request_with_the_parameters_of_the_api_is_kept(path):
    with twreplay.use_cassette(path, record_mode="once") as cassette:
        Client(cassette.wrap(Clinic(checks=False).app)).post("/voice", data=params())
        assert len(cassette.webhooks) == 1


def test_after_the_session_nothing_is_kept(path):
    clinic = Clinic(checks=False)
    with twreplay.use_cassette(path, record_mode="once") as cassette:
        wrapped = cassette.wrap(clinic.app)
        answer_from_api(cassette, "GET")
    assert Api(wrapped).request().status_code == 200
    assert cassette.webhooks == ()


def test_an_answered_webhook_is_kept_though_one_before_it_is_not_answered(path):
    is_asked, may_end = threading.Event(), threading.Event()

    def answer(environ, start_response):
        if environ["PATH_INFO"] == "/slow":
            is_asked.set()
            may_end.wait(60)
        start_response("200 OK", [("Content-Type", "text/xml")])
        return [b"<Response/>"]

    with twreplay.use_cassette(path, record_mode="once") as cassette:
        api = Api(cassette.wrap(answer))
        answer_from_api(cassette, "GET")
        slow = threading.Thread(target=lambda: api.request("/slow"))
        slow.start()
        assert is_asked.wait(60)
        Api(cassette.wrap(answer)).request()
    may_end.set()
    slow.join()

    with twreplay.use_cassette(path, allow_unused=True) as cassette:
        assert [each.request.path for each in cassette.webhooks] == ["/voice"]


def test_a_session_whose_application_cannot_be_ended_is_set_aside_and_over(path, monkeypatch):
    def interrupt(deliverer):
        raise KeyboardInterrupt

    monkeypatch.setattr("twreplay._delivery.Deliverer.close", interrupt)
    session = twreplay.use_cassette(path, record_mode="once", app=Clinic().app)
    cassette = session.__enter__()
    answer_from_api(cassette, "GET")

    with pytest.raises(KeyboardInterrupt):
        session.__exit__(None, None, None)

    assert [each.name for each in path.parent.iterdir()] == [f"{path.stem}.failed.yaml"]
    assert handler_of(cassette) is None


def test_a_cassette_that_is_replayed_wraps_nothing_in(path):
    record_call(path, Clinic())
    with twreplay.use_cassette(path, allow_unused=True) as cassette:
        assert Api(cassette.wrap(Clinic(checks=False).app)).request().status_code == 200
    assert len(cassette.webhooks) == 2


def test_an_application_that_raises_is_kept_as_the_500_of_its_server(path):
    def fail(environ, start_response):
        raise ValueError

    with twreplay.use_cassette(path, record_mode="once") as cassette:
        api = Api(cassette.wrap(fail))
        with pytest.raises(ValueError):  # noqa: PT011
            api.request()
        assert cassette.webhooks[0].response.status == 500


def test_the_url_that_was_signed_is_kept_though_the_proxy_does_not_tell(path):
    clinic = Clinic(checks=False)
    with twreplay.use_cassette(path, record_mode="once", app=clinic.app) as cassette:
        answer_from_api(cassette, "POST", data=FORM)
        form = params()
        headers = {"X-Twilio-Signature": twreplay.sign(VOICE, form, TOKEN)}
        client = Client(cassette.wrap())
        client.post("/voice", base_url="http://clinic.example", data=form, headers=headers)
        assert cassette.webhooks[0].request.url == VOICE


def test_an_asgi_application_is_wrapped_as_one(path):
    bodies = []

    async def app(scope, receive, send):
        bodies.append((await receive())["body"])
        headers = [(b"content-type", b"text/xml")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"<Response/>"})

    async def ask(wrapped):
        transport = httpx.ASGITransport(wrapped)
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.post(VOICE, data=params())

    with twreplay.use_cassette(path, record_mode="once") as cassette:
        assert asyncio.run(ask(cassette.wrap(app))).content == b"<Response/>"
        (kept,) = cassette.webhooks
    assert bodies == [kept.request.body]
    assert (kept.request.url, kept.response.body) == (VOICE, b"<Response/>")


def test_waiting_goes_on_until_the_webhooks_came_from_another_thread(path):
    with twreplay.use_cassette(path, record_mode="once") as cassette:
        api = Api(cassette.wrap(Clinic(checks=False).app))
        thread = threading.Thread(target=api.request)
        thread.start()
        cassette.wait_for_webhooks(1, timeout=60)
        assert len(cassette.webhooks) == 1
        thread.join()


def test_webhooks_are_kept_in_the_order_in_which_they_came(path):
    second_is_done = threading.Event()

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/voice":
            assert second_is_done.wait(60)
        start_response("200 OK", [("Content-Type", "text/xml")])
        return [b"<Response/>"]

    with twreplay.use_cassette(path, record_mode="once") as cassette:
        came = threading.Event()

        def tell_arrival(environ, start_response):
            came.set()
            return app(environ, start_response)

        api = Api(cassette.wrap(tell_arrival))
        slow = threading.Thread(target=api.request)
        slow.start()
        assert came.wait(60)
        api.request("/key", Digits="1")
        assert cassette.webhooks == ()  # the first is not answered yet
        second_is_done.set()
        cassette.wait_for_webhooks(2, timeout=60)
        slow.join()
        assert [one.request.path for one in cassette.webhooks] == ["/voice", "/key"]


def test_a_block_that_fails_while_recording_keeps_webhooks_beside_the_cassette(path):
    with (
        pytest.raises(ZeroDivisionError),
        twreplay.use_cassette(path, record_mode="once") as cassette,
    ):
        answer_from_api(cassette, "POST", data=FORM)
        Api(cassette.wrap(Clinic(checks=False).app)).request()
        raise ZeroDivisionError
    beside = yaml.safe_load(path.with_name("call.failed.yaml").read_text())
    assert len(beside["twreplay"]["webhooks"]) == 1
    assert not path.exists()


def test_waiting_for_what_does_not_come_says_what_to_serve(path):
    with (
        pytest.raises(errors.UsageError, match=r"cassette\.wrap"),
        twreplay.use_cassette(path, record_mode="once") as cassette,
    ):
        cassette.wait_for_webhooks(1, timeout=0.01)


def test_what_is_no_application_is_refused(path):
    with twreplay.use_cassette(path, record_mode="once") as cassette:
        with pytest.raises(errors.UsageError, match="WSGI or ASGI"):
            cassette.wrap(5)
        with pytest.raises(errors.UsageError, match="needs the application"):
            cassette.wrap()
    with pytest.raises(errors.UsageError, match="app is a WSGI"):
        twreplay.use_cassette(path, app=5)


def test_recording_again_replaces_the_webhooks_of_what_was_recorded_again(path):
    record_call(path, Clinic("Old."))
    path.rename(path.with_name("old.yaml"))
    old = path.with_name("old.yaml")
    clinic = Clinic("New.", checks=False)
    for mode in ("all", "rewrite"):
        with twreplay.use_cassette(old, record_mode=mode) as cassette:
            answer_from_api(cassette, "POST", data=FORM)
            Api(cassette.wrap(clinic.app)).request()
        (webhook,) = yaml.safe_load(old.read_text())["twreplay"]["webhooks"]
        assert "New." in webhook["response"]["body"]["string"]


def test_new_episodes_keep_the_webhooks_of_the_old_ones(path):
    record_call(path, Clinic())
    with twreplay.use_cassette(path, record_mode="new_episodes") as cassette:
        post_call()
        answer_from_api(cassette, "GET")
        Api(cassette.wrap(Clinic(checks=False).app)).request("/key", Digits="2")
    data = yaml.safe_load(path.read_text())
    assert [one["after"] for one in data["twreplay"]["webhooks"]] == [1, 1, 2]


# --- replaying --------------------------------------------------------------------------------


def test_webhooks_are_delivered_to_an_application_that_checks_signatures(path):
    record_call(path, Clinic())
    assert replay(path, Clinic()) == [("POST", "/voice"), ("POST", "/key")]


def test_parameters_arrive_as_recorded(path):
    record_call(path, clinic := Clinic())
    replay(path, clinic)
    assert clinic.seen[1][2] == params(Digits="1")


def test_a_get_is_signed_with_its_query(path):
    clinic = Clinic(checks=False)
    with twreplay.use_cassette(path, record_mode="once") as cassette:
        answer_from_api(cassette, "POST", data=FORM)
        Api(cassette.wrap(clinic.app)).request(method="GET")
    assert replay(path, Clinic()) == [("GET", "/voice")]


def test_cookies_of_the_application_come_back_to_it(path):
    record_call(path, Clinic())
    assert "Greeted: yes" in path.read_text()
    replay(path, Clinic())  # a drift if they did not


def test_nothing_is_delivered_before_the_code_has_its_answer(path):
    record_call(path, clinic := Clinic())
    with twreplay.use_cassette(path, app=clinic.app) as cassette:
        post_call()
        assert clinic.seen == []
        cassette.wait_for_webhooks(1)
        assert [where for _, where, _ in clinic.seen] == ["/voice"]
        assert len(cassette.delivered) == 1
    assert [where for _, where, _ in clinic.seen] == ["/voice", "/key"]


def test_what_is_due_is_delivered_before_the_next_request_is_answered(path):
    clinic = Clinic(checks=False)
    with twreplay.use_cassette(path, record_mode="once") as cassette:
        answer_from_api(cassette, "POST", data=FORM)
        Api(cassette.wrap(clinic.app)).request()
        answer_from_api(cassette, "GET")
    clinic.seen.clear()
    with twreplay.use_cassette(path, app=clinic.app):
        post_call()
        assert clinic.seen == []
        list_calls()
        assert len(clinic.seen) == 1


def test_a_webhook_waits_for_what_the_application_asked_before_it(path):
    clinic = Clinic(checks=False)
    with twreplay.use_cassette(path, record_mode="once") as cassette:
        api = Api(cassette.wrap(clinic.app))
        answer_from_api(cassette, "POST", data=FORM)
        api.request()
        answer_from_api(cassette, "GET")  # as if from inside of the webhook
        api.request("/key", Digits="1")
    asking = Clinic(calls_api=True)
    assert replay(path, asking) == [("POST", "/voice"), ("POST", "/key")]


def test_a_password_of_the_url_is_taken_from_what_the_code_gives_the_api(path):
    url = "https://clinic:hunter2secret@clinic.example/voice"
    asked = []

    def app(environ, start_response):
        asked.append(environ.get("HTTP_AUTHORIZATION"))
        start_response("200 OK", [("Content-Type", "text/xml")])
        return [b"<Response/>"]

    login = requests.auth._basic_auth_str("clinic", "hunter2secret")
    with twreplay.use_cassette(path, record_mode="once") as cassette:
        answer_from_api(cassette, "POST", data=FORM | {"Url": url})
        headers = {"Authorization": login, "X-Forwarded-Proto": "https"}
        client = Client(cassette.wrap(app))
        client.post("/voice", base_url="http://clinic.example", data=params(), headers=headers)
    assert "hunter2secret" not in path.read_text()
    asked.clear()
    with twreplay.use_cassette(path, app=app):
        requests.post(CALLS, data=FORM | {"Url": url}, auth=(SID, TOKEN), timeout=5)
    assert asked == [login]


def test_a_cassette_that_is_recorded_again_delivers_nothing_of_the_old(path):
    record_call(path, clinic := Clinic())
    for mode in ("all", "rewrite"):
        with twreplay.use_cassette(path, app=clinic.app, record_mode=mode) as cassette:
            answer_from_api(cassette, "POST", data=FORM)
    assert clinic.seen == []


def test_a_webhook_before_all_requests_is_signed_with_a_token_that_is_given(path, monkeypatch):
    monkeypatch.delenv("TWILIO_AUTH_TOKEN", raising=False)
    with twreplay.use_cassette(path, record_mode="once") as cassette:
        Api(cassette.wrap(Clinic(checks=False).app)).request()
    with twreplay.use_cassette(path, app=Clinic().app, sign_with=TOKEN) as cassette:
        cassette.wait_for_webhooks()
    with (
        pytest.raises(errors.WebhookDrift, match="invented token"),
        twreplay.use_cassette(path, app=Clinic().app),
    ):
        pass
    with twreplay.use_cassette(path, app=Clinic(checks=False).app):
        pass
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)
    with twreplay.use_cassette(path, app=Clinic().app):
        pass


def test_without_an_application_only_the_api_is_replayed(path):
    record_call(path, Clinic())
    with twreplay.use_cassette(path) as cassette:
        post_call()
        with pytest.raises(errors.UsageError, match="app=app"):
            cassette.wait_for_webhooks()


def test_waiting_for_more_than_the_cassette_has_is_refused(path):
    record_call(path, Clinic())
    with twreplay.use_cassette(path, app=Clinic().app) as cassette:
        post_call()
        with pytest.raises(errors.UsageError, match="has 2"):
            cassette.wait_for_webhooks(3)
        with pytest.raises(errors.UsageError, match="a number from 1"):
            cassette.wait_for_webhooks(0)


def test_a_failed_block_delivers_nothing_more(path):
    record_call(path, clinic := Clinic())
    with pytest.raises(ZeroDivisionError), twreplay.use_cassette(path, app=clinic.app):
        post_call()
        raise ZeroDivisionError
    assert clinic.seen == []


def test_an_asgi_application_runs_in_the_loop_of_an_async_block(path):
    record_call(path, Clinic(checks=False))
    loops = []

    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        loops.append(asyncio.get_running_loop())
        say = "<Gather action='/key'><Say>Hello.</Say></Gather>"
        if scope["path"] == "/key":
            say = "<Say>Greeted: yes</Say>"
        headers = [(b"content-type", b"text/xml")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": f"<Response>{say}</Response>".encode()})

    async def run():
        async with twreplay.use_cassette(path, app=app) as cassette, httpx.AsyncClient() as client:
            await client.post(CALLS, data=FORM, auth=(SID, TOKEN))
            await cassette.wait_for_webhooks_async(1)
            assert len(loops) == 1
        assert loops == [asyncio.get_running_loop()] * 2

        with pytest.raises(errors.UsageError, match="async with"):
            with twreplay.use_cassette(path, app=app):
                async with httpx.AsyncClient() as client:
                    await client.post(CALLS, data=FORM, auth=(SID, TOKEN))

    asyncio.run(run())
    with twreplay.use_cassette(path, app=app):  # in a loop of its own where none runs
        post_call()
    assert len(loops) == 4


# --- drift ------------------------------------------------------------------------------------


def test_another_answer_is_a_drift_with_a_diff(path):
    record_call(path, Clinic())
    with pytest.raises(errors.WebhookDrift) as caught:
        replay(path, Clinic("Good evening."))
    drift = caught.value
    assert "-    <Say>Hello.</Say>\n+    <Say>Good evening.</Say>" in drift.diff
    assert (drift.request.url, drift.recorded.status, drift.answered.status) == (VOICE, 200, 200)
    assert "record_mode=" in str(drift)


def test_another_status_is_a_drift(path):
    record_call(path, Clinic())
    with pytest.raises(errors.WebhookDrift, match="with 404, not 200"):
        replay(path, _Nothing())


class _Nothing:
    def __init__(self):
        self.seen = []

    def app(self, environ, start_response):
        start_response("404 Not Found", [])
        return []


def test_an_exception_in_the_application_is_the_cause_of_the_drift(path):
    record_call(path, Clinic())

    def fail(environ, start_response):
        raise KeyError("Digits")

    with pytest.raises(errors.WebhookDrift, match="with 500, not 200") as caught:
        with twreplay.use_cassette(path, app=fail):
            post_call()
    assert isinstance(caught.value.__cause__, KeyError)


@pytest.mark.parametrize(
    "answer",
    [
        "<Response>\n  <Gather action='/key'>\n    <Say>\n Hello.\n</Say></Gather>\n</Response>",
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Response><!-- a comment --><Gather action="/key"><Say>Hello.</Say></Gather></Response>',
    ],
)
def test_whitespace_and_comments_that_say_nothing_are_no_drift(path, answer):
    clinic = Clinic(checks=False)
    with twreplay.use_cassette(path, record_mode="once") as cassette:
        answer_from_api(cassette, "POST", data=FORM)
        Api(cassette.wrap(clinic.app)).request()

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/xml; charset=utf-8")])
        return [answer.encode()]

    with twreplay.use_cassette(path, app=app):
        post_call()


def test_a_drift_is_raised_once_where_the_test_waits(path):
    record_call(path, Clinic())
    with twreplay.use_cassette(path, app=_Nothing().app) as cassette:
        post_call()
        with pytest.raises(errors.WebhookDrift) as caught:
            cassette.wait_for_webhooks(2)
    assert caught.value.__notes__ == ["1 more of its answers differ from the recorded ones."]


# --- secrets ----------------------------------------------------------------------------------


def test_signatures_cookies_and_tokens_of_webhooks_never_reach_the_file(path):
    clinic = Clinic(greeting=f"Your token is {TOKEN}")
    record_call(path, clinic)
    text = path.read_text()
    assert TOKEN not in text
    assert twreplay.sign(VOICE, params(), TOKEN) not in text
    assert "session=ey" not in text
    assert text.count("X-Twilio-Signature") == 2
    replay(path, Clinic(greeting=f"Your token is {TOKEN}"))  # compared as redacted, too


def test_what_looks_like_a_secret_in_an_answer_is_not_written(path):
    clinic = Clinic(greeting="password: hunter2hunter2", checks=False)
    with twreplay.use_cassette(path, record_mode="once") as cassette:
        answer_from_api(cassette, "POST", data=FORM)
        Api(cassette.wrap(clinic.app)).request()
    assert "hunter2hunter2" not in path.read_text()


def test_an_answer_that_nobody_can_look_into_is_refused_and_named(path):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/xml"), ("Content-Encoding", "rot13")])
        return [b"\x00\xff\x13\x37" * 10]

    with (
        pytest.raises(errors.SecretInCassette, match="the response of webhook 1: body"),
        twreplay.use_cassette(path, record_mode="once") as cassette,
    ):
        answer_from_api(cassette, "POST", data=FORM)
        Api(cassette.wrap(app)).request()
    assert not path.exists()


def test_pseudonyms_hold_for_webhooks_and_the_application_may_have_real_numbers(path):
    clinic = Clinic(greeting="Call 4158675309")
    record_call(path, clinic, redact="identifiers")
    text = path.read_text()
    assert "4158675309" not in text
    assert SID not in text
    replay(path, Clinic(greeting="Call 4158675309"))


# --- other tools and files --------------------------------------------------------------------


def test_vcrpy_reads_the_file(path):
    record_call(path, Clinic())
    with vcr.use_cassette(str(path), record_mode="none", match_on=["method", "uri"]) as cassette:
        assert post_call() == 200
    assert cassette.play_count == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda hook: hook.update(after=7), "the number of an interaction, of 1"),
        (lambda hook: hook.update(after="x"), "a whole number"),
        (lambda hook: hook.pop("response"), "response"),
        (lambda hook: hook["request"].update(uri="nothing"), "an absolute URL"),
    ],
)
def test_a_damaged_webhook_is_named_and_never_replayed(path, change, told):
    record_call(path, Clinic())
    data = yaml.safe_load(path.read_text())
    change(data["twreplay"]["webhooks"][0])
    path.write_text(yaml.safe_dump(data))
    with pytest.raises(errors.CassetteCorrupt, match=r"twreplay\.webhooks\.0") as caught:
        twreplay.use_cassette(path).__enter__()
    assert told in str(caught.value)


def test_what_is_not_understood_of_a_webhook_is_never_written_away(path):
    record_call(path, Clinic())
    data = yaml.safe_load(path.read_text())
    data["twreplay"]["webhooks"][0]["mood"] = "good"
    path.write_text(yaml.safe_dump(data))
    with pytest.raises(errors.CassetteNotSaved, match=r"webhooks\.0\.mood"):
        twreplay.use_cassette(path, record_mode="new_episodes").__enter__()


# --- from the simulator -----------------------------------------------------------------------


def test_webhooks_of_a_simulator_are_recorded_from_it(path):
    clinic = Clinic(checks=False)
    options = {"app": clinic.app, "record_mode": "once", "source": "simulator"}
    with twreplay.use_cassette(path, **options) as cassette:
        post_call()
        cassette.wait_for_webhooks(2)
    assert [one.after for one in cassette.webhooks] == [1, 1]
    seen = [where for _, where, _ in clinic.seen]
    assert replay(path, again := Clinic(checks=False)) == [("POST", where) for where in seen]
    assert len(again.seen) == 2


def test_a_simulation_around_the_cassette_drives_the_phones_while_recording(path):
    clinic = Clinic()
    with twreplay.simulate(undocumented="ignore", account_sid=SID, auth_token=TOKEN) as twilio:
        twilio.attach(clinic.app)
        with twreplay.use_cassette(path, record_mode="once", source="simulator") as cassette:
            post_call()
            twilio.phone("4155551212").pick_up().press("1#").hang_up()
        assert [one.request.path for one in cassette.webhooks] == ["/voice", "/key", "/voice"]
    replay(path, Clinic())


def test_recording_from_a_simulator_again_changes_no_byte(path):
    texts = []
    for _ in range(2):
        path.unlink(missing_ok=True)
        options = {"app": Clinic(checks=False).app, "record_mode": "once", "source": "simulator"}
        with twreplay.use_cassette(path, **options) as cassette:
            post_call()
            cassette.wait_for_webhooks(1)
        texts.append(path.read_text())
    assert texts[0].replace("session=", "") == texts[1].replace("session=", "")


def test_a_cassette_in_memory_keeps_webhooks_for_the_next_block():
    clinic = Clinic(checks=False)
    with twreplay.use_cassette(None, record_mode="once") as tape:
        answer_from_api(tape, "POST", data=FORM)
        Api(tape.wrap(clinic.app)).request()
    clinic.seen.clear()
    with twreplay.use_cassette(tape, app=clinic.app):
        post_call()
    assert len(clinic.seen) == 1
