"""The API as an HTTP client, on the virtual clock."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import timedelta
from traceback import TracebackException

import pytest
from delivery.webhooks import (
    BASE,
    NOW,
    TOKEN,
    TWIML,
    Deliveries,
    Recorder,
    ok,
    redirect,
    webhook,
)
from hypothesis import given
from hypothesis import strategies as st

import twreplay
from twreplay import faults
from twreplay._delivery import Content, Conversation, Deliverer, Outcome

pytest_plugins = ["delivery.deliveries"]

NUMBERS = Conversation.of_numbers("4155551212", "4158675309")


def send(deliver, *answers, **given):
    app = Recorder(*answers)
    deliver.attach(app)
    return app, deliver(**given)


def test_the_headers_are_those_that_were_seen(deliver):
    app, _ = send(deliver, ok())

    environ = app.environs[0]
    assert environ["HTTP_HOST"] == "clinic.example"
    assert environ["HTTP_USER_AGENT"] == "TwilioProxy/1.1"
    assert environ["HTTP_X_TWILIO_ACCOUNTSID"].startswith("AC")
    assert twreplay.is_signed(
        f"{BASE}/voice", app.asked[0][1], TOKEN, environ["HTTP_X_TWILIO_SIGNATURE"]
    )


@pytest.mark.parametrize(
    ("given", "requested"),
    [
        (f"{BASE}/voice#menu", f"{BASE}/voice"),
        (" https://clinic.example/voice\n", f"{BASE}/voice"),
        (
            f"{BASE}/grüß gott?name=Ann Lee&x=%C3%BC",
            f"{BASE}/gr%C3%BC%C3%9F%20gott?name=Ann%20Lee&x=%C3%BC",
        ),
        (f"{BASE}/100%?a={{b}}", f"{BASE}/100%25?a=%7Bb%7D"),
        ("https://klinik-grün.example/voice", "https://xn--klinik-grn-ieb.example/voice"),
        ("https://clinic.example?a=1", "https://clinic.example?a=1"),
        ("HTTPS://clinic.example/voice", f"{BASE}/voice"),
        ("https://clinic.example:8443/voice", "https://clinic.example:8443/voice"),
        ("https://[::1]:8443/voice", "https://[::1]:8443/voice"),
    ],
)
def test_the_url_is_signed_as_it_is_requested(deliver, given, requested):
    app, delivery = send(deliver, ok(), url=given)

    environ, body = app.asked[0]
    seen = f"https://{environ['HTTP_HOST']}{environ['REQUEST_URI']}"
    assert seen.replace("/?", "?") == delivery.url.replace("/?", "?") == requested
    assert twreplay.is_signed(requested, body, TOKEN, environ["HTTP_X_TWILIO_SIGNATURE"])


class TestRedirects:
    @pytest.mark.parametrize("status", [301, 302, 303])
    def test_are_followed_by_get_without_parameters(self, deliver, status):
        app, delivery = send(deliver, redirect(status, "/next?a=1"), ok())

        assert app.paths == ["POST /voice", "GET /next?a=1"]
        assert delivery.url == f"{BASE}/next?a=1"
        assert twreplay.is_signed(
            delivery.url, None, TOKEN, app.environs[1]["HTTP_X_TWILIO_SIGNATURE"]
        )

    def test_by_307_keep_method_and_form(self, deliver):
        app, delivery = send(deliver, redirect(307, "next"), ok())

        assert app.paths == ["POST /voice", "POST /next"]
        assert app.asked[0][1] == app.asked[1][1]
        assert delivery.content is Content.TWIML

    def test_of_a_get_do_not_carry_the_parameters_on(self, deliver):
        app, _ = send(deliver, redirect(307, "/next"), ok(), method="GET")

        assert app.paths[1] == "GET /next"

    def test_are_ten_at_most(self, deliver):
        app, delivery = send(deliver, redirect(302, "/again"))

        assert (len(app.asked), delivery.error.code) == (11, 11215)
        assert delivery.response is None

    @pytest.mark.parametrize("status", [300, 304, 305, 308])
    def test_of_other_kinds_are_failures(self, deliver, status):
        _, delivery = send(deliver, redirect(status, "/next"))

        assert delivery.error.code == 11200

    def test_to_what_is_no_url_are_failures(self, deliver):
        _, delivery = send(deliver, redirect(302, "ftp://clinic.example/"))

        assert delivery.error.code == 11100


class TestCookies:
    def test_come_back_in_the_same_call_and_in_no_other(self, deliver):
        app, _ = send(deliver, ok(Set_Cookie="session=abc; Path=/"))
        deliver(key="CA1")
        deliver()

        assert [e.get("HTTP_COOKIE") for e in app.environs] == [None, None, "session=abc"]

    def test_of_a_pair_of_numbers_live_for_four_idle_hours(self, deliver):
        app, _ = send(deliver, ok(Set_Cookie="n=1"), conversation=NUMBERS, kind="sms")
        for hours in (3.9, 3.9, 4):
            deliver.now += timedelta(hours=hours)
            deliver("sms", conversation=NUMBERS)

        assert [e.get("HTTP_COOKIE") for e in app.environs] == [None, "n=1", "n=1", None]

    def test_are_the_same_whichever_of_two_numbers_writes(self):
        assert Conversation.of_numbers("4158675309", "4155551212") == NUMBERS

    def test_are_gone_with_the_call(self, deliver):
        app, _ = send(deliver, ok(Set_Cookie="n=1"))
        deliver.deliverer.forget(webhook().conversation)
        deliver()

        assert app.environs[1].get("HTTP_COOKIE") is None

    @pytest.mark.parametrize(
        ("set_cookie", "later", "path", "expected"),
        [
            ("a=1; Max-Age=60", 59, "/voice", "a=1"),
            ("a=1; Max-Age=60", 60, "/voice", None),
            ("a=1; Expires=Mon, 01-Mar-2010 17:01:00 GMT", 61, "/voice", None),
            ("a=1; Expires=Mon, 01 Mar 2010 17:01:00 GMT", 59, "/voice", "a=1"),
            ("a=1; Expires=never", 10**6, "/voice", "a=1"),
            ("a=1; Max-Age=0", 0, "/voice", None),
            ("a=1; Path=/voice", 0, "/voice/next", "a=1"),
            ("a=1; Path=/voice", 0, "/voices", None),
            ("a=1; Path=/other", 0, "/voice", None),
            ("a=1; Domain=example.com", 0, "/voice", None),
            ("a=1; Domain=.clinic.example", 0, "/voice", "a=1"),
            ("a=1; Domain=example", 0, "/voice", None),
            ("a=1; Secure; HttpOnly; SameSite=Lax", 0, "/voice", "a=1"),
            ('a="x, $Version=0"', 0, "/voice", 'a="x, $Version=0"'),
            ("no cookie", 0, "/voice", None),
        ],
    )
    def test_are_matched_as_browsers_do(self, deliver, set_cookie, later, path, expected):
        app, _ = send(deliver, ok(Set_Cookie=set_cookie))
        deliver.now += timedelta(seconds=later)
        deliver("gather", f"{BASE}{path}")

        assert app.environs[1].get("HTTP_COOKIE") == expected

    def test_that_are_secure_do_not_go_over_plain_http(self, deliver):
        app, _ = send(deliver, ok(Set_Cookie="a=1; Secure"))
        deliver("gather", "http://clinic.example/voice")

        assert app.environs[1].get("HTTP_COOKIE") is None


URL = "https://ann:p%40ss@clinic.example/voice"
BASIC = "Basic " + base64.b64encode(b"ann:p@ss").decode()


def guarded(challenge, accepted):
    def answer(environ):
        if accepted(environ.get("HTTP_AUTHORIZATION", ""), environ):
            return ok()
        return 401, {"WWW-Authenticate": challenge}, b"who are you?"

    return answer


def digest_of(authorization, environ, **more):
    """RFC 2617, by hand."""
    found = dict(re.findall(r'(\w+)="?([^",]*)"?', authorization))

    def md5(*parts):
        return hashlib.md5(":".join(parts).encode()).hexdigest()

    one = md5("ann", found.get("realm", ""), "p@ss")
    two = md5(environ["REQUEST_METHOD"], environ["REQUEST_URI"])
    if found.get("qop"):
        middle = [found[k] for k in ("nonce", "nc", "cnonce", "qop")]
    else:
        middle = [found.get("nonce", "")]
    return found.get("response") == md5(one, *middle, two)


class TestLogins:
    def test_are_sent_after_a_401_and_then_for_the_rest_of_the_call(self, deliver):
        app, delivery = send(deliver, guarded('Basic realm="x"', lambda a, _: a == BASIC), url=URL)
        deliver("gather", f"{BASE}/next")
        deliver("gather", f"{BASE}/next", key="CA2")

        seen = [e.get("HTTP_AUTHORIZATION") for e in app.environs]
        assert seen == [None, BASIC, BASIC, None]
        assert delivery.content is Content.TWIML
        assert app.environs[0]["HTTP_HOST"] == "clinic.example"

    def test_are_in_no_url_that_is_signed_or_shown(self, deliver):
        app, delivery = send(deliver, ok(), url=URL)

        signature = app.environs[0]["HTTP_X_TWILIO_SIGNATURE"]
        assert twreplay.is_signed(f"{BASE}/voice", app.asked[0][1], TOKEN, signature)
        assert delivery.url == f"{BASE}/voice"
        assert "p@ss" not in repr(delivery) + repr(delivery.exchanges) + repr(delivery.webhook)

    def test_that_are_refused_are_not_tried_again(self, deliver):
        app, delivery = send(deliver, guarded("Basic", lambda *_: False), url=URL)

        assert (len(app.asked), delivery.error.code) == (2, 11200)

    def test_are_asked_for_once_where_the_url_has_none(self, deliver):
        app, delivery = send(deliver, guarded("Basic", lambda *_: False))

        assert (len(app.asked), delivery.error.code) == (1, 11200)

    @pytest.mark.parametrize(
        "challenge",
        [
            'Digest realm="clinic", nonce="abc", qop="auth", opaque="q"',
            'Digest realm="clinic", nonce="abc"',
            'Basic realm="x", Digest realm="clinic", nonce="abc", qop="auth", algorithm=MD5',
        ],
    )
    @pytest.mark.parametrize("method", ["POST", "GET"])
    def test_by_digest_do_not_send_the_password(self, deliver, challenge, method):
        app, delivery = send(deliver, guarded(challenge, digest_of), url=URL, method=method)
        second = deliver("gather", f"{BASE}/next")

        assert delivery.content is second.content is Content.TWIML
        assert len(app.asked) == 3
        assert all("p@ss" not in e.get("HTTP_AUTHORIZATION", "") for e in app.environs)

    def test_by_digest_take_a_nonce_that_went_stale(self, deliver):
        fresh = ["abc"]

        def answer(environ):
            given = environ.get("HTTP_AUTHORIZATION", "")
            if f'nonce="{fresh[0]}"' in given and digest_of(given, environ):
                return ok()
            stale = ", stale=true" if given else ""
            challenge = f'Digest realm="c", nonce="{fresh[0]}", qop="auth"{stale}'
            return 401, {"WWW-Authenticate": challenge}, b""

        _, first = send(deliver, answer, url=URL)
        fresh[0] = "def"
        second = deliver("gather", f"{BASE}/next")

        assert (first.error, second.error) == (None, None)

    @pytest.mark.parametrize("challenge", ['Digest nonce="x", qop="other", realm="r"', "Negotiate"])
    def test_by_what_is_not_known_fail(self, deliver, challenge):
        _, delivery = send(deliver, guarded(challenge, lambda *_: False), url=URL)

        assert delivery.error.code == 11200

    def test_are_the_same_bytes_in_each_run(self):
        def run():
            deliverer = Deliverer()
            app = Recorder(guarded('Digest realm="c", nonce="n", qop="auth"', digest_of))
            deliverer.applications.attach(app)
            deliverer.deliver(webhook(url=URL), auth_token=TOKEN, now=NOW)
            return app.environs[-1]["HTTP_AUTHORIZATION"]

        assert run() == run()


class TestCache:
    def test_asks_with_the_validators_and_uses_what_it_kept(self, deliver):
        date = "Mon, 01 Mar 2010 16:00:00 GMT"
        app, _ = send(deliver, ok(ETag='"1"', Last_Modified=date), (304, {}, b""), method="GET")
        again = deliver(method="GET")

        assert app.environs[1]["HTTP_IF_NONE_MATCH"] == '"1"'
        assert app.environs[1]["HTTP_IF_MODIFIED_SINCE"] == date
        assert (again.response.body, again.content) == (TWIML, Content.TWIML)

    def test_asks_nothing_while_it_is_fresh(self, deliver):
        app, _ = send(deliver, ok(Cache_Control="public, max-age=60"), method="GET")
        deliver.now += timedelta(seconds=59)
        kept = deliver(method="GET")
        deliver.now += timedelta(seconds=1)
        deliver(method="GET")

        assert kept.exchanges[0].is_from_cache
        assert len(app.asked) == 2

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"ETag": '"1"', "Cache_Control": "no-store"},
            {"Cache_Control": "no-cache, max-age=9"},
        ],
    )
    def test_keeps_nothing_else(self, deliver, headers):
        app, _ = send(deliver, ok(**headers), method="GET")
        deliver(method="GET")

        assert len(app.asked) == 2
        assert "HTTP_IF_NONE_MATCH" not in app.environs[1]

    def test_never_keeps_a_post(self, deliver):
        app, _ = send(deliver, ok(ETag='"1"', Cache_Control="max-age=60"))
        deliver()

        assert len(app.asked) == 2
        assert "HTTP_IF_NONE_MATCH" not in app.environs[1]


class TestAnswers:
    @pytest.mark.parametrize(
        ("kind", "media_type", "body", "expected"),
        [
            ("voice", "text/xml", TWIML, Content.TWIML),
            ("voice", "application/xml; charset=utf-8", TWIML, Content.TWIML),
            ("voice", "Text/HTML", TWIML, Content.TWIML),
            ("voice", "audio/mpeg", b"ID3", Content.AUDIO),
            ("voice", "audio/x-gsm", b"", Content.AUDIO),
            ("voice", "text/plain", b"Hello", Content.TEXT),
            ("voice", "application/json", b"{}", 12300),
            ("voice", "", TWIML, Content.TWIML),
            ("voice", "text/xml", b"", Content.TWIML),
            ("sms", "text/plain", b"Hello", Content.TEXT),
            ("sms", "", b" \n", Content.NOTHING),
            ("sms", "audio/mpeg", b"ID3", 12300),
            ("sms-status", "application/json", b"{}", Content.NOTHING),
            ("end-of-call", "", b"x", Content.NOTHING),
            ("media", "audio/x-wav", b"RIFF", Content.AUDIO),
            ("media", "text/xml", TWIML, 12300),
        ],
    )
    def test_are_told_apart_by_type(self, deliver, kind, media_type, body, expected):
        headers = {"Content-Type": media_type} if media_type else {}
        _, delivery = send(deliver, (200, headers, body), kind=kind)

        assert (delivery.error.code if delivery.error else delivery.content) == expected

    @pytest.mark.parametrize("status", [400, 403, 404, 410, 500, 503])
    def test_of_other_statuses_are_11200(self, deliver, status):
        _, delivery = send(deliver, (status, {"Content-Type": "text/xml"}, TWIML))

        assert (delivery.error.code, delivery.detail) == (
            11200,
            f"the application answered {status}",
        )

    @pytest.mark.parametrize(
        ("fault", "code"),
        [
            (faults.ConnectionRefused, 11205),
            (faults.ConnectionReset, 11205),
            (faults.ConnectTimeout, 11205),
            (faults.MalformedResponse, 11206),
            (faults.NameResolutionFailed, 11210),
            (faults.ReadTimeout, 11205),
            (faults.TLSFailure, 11205),
            (faults.TruncatedBody, 11206),
        ],
    )
    def test_that_never_come_have_a_code_each(self, deliver, fault, code):
        def fail(environ):
            raise fault

        _, delivery = send(deliver, fail)

        assert (delivery.error.code, delivery.response) == (code, None)
        assert delivery.exception is None
        is_late = fault in (faults.ReadTimeout, faults.ConnectTimeout)
        assert delivery.elapsed_seconds == (15 if is_late else 0)

    def test_with_less_than_they_announce_are_cut_off(self, deliver):
        _, delivery = send(deliver, ok(Content_Length="9999"))

        assert delivery.error.code == 11206

    @pytest.mark.parametrize("url", ["/voice", "ftp://a.example/", "https://", "http://[x/", ""])
    def test_of_no_url_are_11100_and_nothing_is_sent(self, deliver, url):
        app, delivery = send(deliver, ok(), url=url)

        assert (delivery.error.code, app.asked) == (11100, [])


class TestTime:
    def test_is_what_the_application_takes(self, deliver):
        def slow(environ):
            twreplay.take(seconds=3)
            twreplay.take(1.5)
            return ok()

        _, delivery = send(deliver, slow)

        assert (delivery.elapsed_seconds, delivery.content) == (4.5, Content.TWIML)

    def test_is_over_after_fifteen_seconds_and_the_answer_is_not_read(self, deliver):
        def slow(environ):
            twreplay.take(seconds=40)
            return ok(Set_Cookie="a=1")

        app, delivery = send(deliver, slow)
        deliver()

        assert (delivery.error.code, delivery.elapsed_seconds) == (11205, 15)
        assert app.environs[1].get("HTTP_COOKIE") is None

    def test_of_a_rule_is_added(self):
        deliverer = Deliverer(lambda due, request: Outcome(seconds=2))
        deliverer.applications.attach(Recorder(ok()))

        assert deliverer.deliver(webhook(), auth_token=TOKEN, now=NOW).elapsed_seconds == 2

    @pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), "3", True, None])
    def test_is_a_number(self, seconds):
        with pytest.raises(twreplay.errors.UsageError, match="take takes a number of seconds"):
            twreplay.take(seconds=seconds)

    def test_passes_for_applications_only(self):
        with pytest.raises(twreplay.errors.UsageError, match="no webhook is being delivered"):
            twreplay.take(seconds=1)


FALLBACK = {"fallback_url": f"{BASE}/sorry?x=1", "fallback_method": "GET"}


class TestFallback:
    def test_is_asked_with_code_and_url_after_a_failure(self, deliver):
        app, delivery = send(deliver, (500, {}, b""), ok(), url=URL, **FALLBACK)

        asked = app.asked[1][0]["QUERY_STRING"]
        assert app.paths[1].startswith("GET /sorry?x=1&CallSid=CA")
        assert asked.endswith("&ErrorCode=11200&ErrorUrl=https%3A%2F%2Fclinic.example%2Fvoice")
        assert (delivery.error, delivery.after_failure.error.code) == (None, 11200)

    def test_that_fails_as_well_is_the_end(self, deliver):
        app, delivery = send(deliver, (500, {}, b""), **FALLBACK)

        assert (len(app.asked), delivery.error.code) == (2, 11200)
        assert delivery.webhook.is_fallback

    def test_waits_for_the_time_that_the_failure_took(self, deliver):
        def slow(environ):
            twreplay.take(seconds=20)
            return ok()

        _, delivery = send(deliver, slow, ok(), **FALLBACK)

        assert delivery.total_seconds == 15

    def test_is_not_for_callbacks(self, deliver):
        app, _ = send(deliver, (500, {}, b""), kind="sms-status", **FALLBACK)

        assert len(app.asked) == 1

    def test_is_asked_for_what_goes_wrong_later_too(self):
        due = webhook(**FALLBACK).to_fallback(12100, f"{BASE}/voice")

        assert due.params[-2:] == (("ErrorCode", "12100"), ("ErrorUrl", f"{BASE}/voice"))
        assert due.to_fallback(12100, f"{BASE}/sorry") is None


VALUE = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=12)
KNOWN_CHALLENGES = [
    "Basic",
    'Digest realm="r", nonce="n"',
    "Digest",
    'Digest nonce=",',
    "Digest a=b,,c",
]
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Location": VALUE | st.sampled_from(["/", "//", "https://a.example", "http://[", "?", "#"]),
        "WWW-Authenticate": VALUE
        | st.sampled_from(KNOWN_CHALLENGES).flatmap(lambda a: VALUE.map(lambda b: a + b)),
        "Set-Cookie": VALUE
        | VALUE.map(lambda text: f"a=1; Max-Age={text}")
        | VALUE.map(lambda text: f"a=1; Expires={text}")
        | VALUE.map(lambda text: f"a=1; Domain={text}; Path={text}"),
        "Cache-Control": VALUE | st.integers(0).map(lambda age: f"max-age={age}"),
        "Expires": VALUE | st.just("Fri, 31 Dec 9999 23:59:59 GMT"),
        "ETag": VALUE,
        "Content-Type": VALUE | st.sampled_from(["text/xml", "audio/wav", ";"]),
        "Content-Length": VALUE | st.integers().map(str),
    },
)
STATUS = st.sampled_from([200, 200, 204, 301, 302, 303, 304, 307, 308, 401, 401, 404, 500])


@given(
    responses=st.lists(st.tuples(STATUS, HEADERS, st.binary(max_size=9)), min_size=1, max_size=6),
    url=st.sampled_from([f"{BASE}/voice", URL, "http://u:@a.example:80?x"]) | VALUE,
    method=st.sampled_from(["GET", "POST"]),
)
def test_whatever_is_answered_a_delivery_ends_and_says_how(responses, url, method):
    deliver = Deliveries()
    app = Recorder(*responses)
    deliver.attach(app)

    for _ in range(2):
        delivery = deliver("voice", url, method=method, fallback_url=f"{BASE}/sorry")

        assert (delivery.error is None) == (delivery.content is not None)
        assert (delivery.error is None) == (delivery.response is not None)
        assert delivery.exception is None
        assert repr(delivery)
    assert len(app.asked) <= 4 * (11 + 3 * 11)


def test_a_rule_answers_in_the_place_of_the_application():
    broken = Outcome(failure=faults.ConnectionRefused())
    deliverer = Deliverer(lambda due, request: broken if "/voice" in request.url else None)
    app = Recorder(ok())
    deliverer.applications.attach(app)

    def deliver(url):
        return deliverer.deliver(webhook(url=url), auth_token=TOKEN, now=NOW)

    assert deliver(f"{BASE}/voice").error.code == 11205
    assert deliver(f"{BASE}/other").error is None
    assert app.paths == ["POST /other"]


def test_a_rehearsal_may_send_without_a_signature(deliver):
    app = Recorder(ok())
    deliver.attach(app)

    delivery = deliver.deliverer.deliver(
        webhook(),
        auth_token=TOKEN,
        now=NOW,
        alter=lambda request: twreplay.Request(
            request.method,
            request.url,
            request.headers.without("X-Twilio-Signature"),
            request.body,
        ),
    )

    assert "HTTP_X_TWILIO_SIGNATURE" not in app.environs[0]
    assert "X-Twilio-Signature" in delivery.exchanges[0].request.headers
    assert "X-Twilio-Signature" not in delivery.exchanges[0].outcome.arrived.headers


def test_a_rule_raises_in_the_place_of_the_application():
    error = ZeroDivisionError()
    deliverer = Deliverer(lambda due, request: Outcome(exception=error))

    delivery = deliverer.deliver(webhook(), auth_token=TOKEN, now=NOW)

    assert (delivery.exception, delivery.error.code) == (error, 11200)


def test_no_token_is_in_a_traceback_that_shows_locals(deliver):
    deliver.attach(lambda environ, start_response: 1 / 0)
    error = deliver().exception
    shown = "".join(TracebackException.from_exception(error, capture_locals=True).format())

    with pytest.raises(twreplay.errors.UsageError) as caught:
        twreplay.is_signed("https://a.example/", {"a": 1}, TOKEN, "x")
    frames = traceback_locals(caught.value.__traceback__.tb_next)

    assert "transport.send" in shown
    assert TOKEN not in shown + frames


def traceback_locals(trace):
    texts = []
    while trace is not None:
        texts.append(repr(trace.tb_frame.f_locals))
        trace = trace.tb_next
    return "".join(texts)


def test_no_token_is_in_any_repr(deliver):
    app, delivery = send(deliver, ok(Set_Cookie="session=hunter2hunter2"))
    delivery = deliver()

    shown = repr(delivery) + repr(delivery.exchanges) + repr(delivery.exchanges[0].request.headers)
    assert TOKEN not in shown
    assert app.environs[1]["HTTP_X_TWILIO_SIGNATURE"] not in shown
    assert "hunter2" not in shown
