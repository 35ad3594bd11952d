"""Mistakes that are told by name, whatever framework the response comes from."""

from __future__ import annotations

import pytest
from delivery.webhooks import BASE, Recorder, ok, redirect

pytest_plugins = ["delivery.deliveries"]

HTML = {"Content-Type": "text/html"}


def answer(status, body):
    return status, HTML, body.encode()


@pytest.mark.parametrize(
    ("response", "told"),
    [
        (answer(403, "<h1>Forbidden</h1><p>CSRF verification failed."), "403 from CSRF protection"),
        (answer(400, "The CSRF token is missing."), "400 from CSRF protection"),
        (answer(400, "Invalid host header"), "400: the application does not take the host"),
        (answer(405, "Method Not Allowed"), "405: the view does not take POST"),
        (redirect(301, f"{BASE}/voice/"), "301 to the same path with a slash"),
        (answer(200, "<!DOCTYPE html><title>Log in</title>"), "HTML page with the title 'Log in'"),
        (answer(200, "\n<html><body>Hello"), "the response is an HTML page, not TwiML"),
    ],
)
def test_is_told_in_one_sentence(deliver, response, told):
    deliver.attach(Recorder(response, ok()))

    [hint] = deliver().hints

    assert told in hint


def test_djangos_bare_page_is_about_the_host_where_the_host_is_not_listed(deliver):
    deliver.attach(Recorder(answer(400, "<h1>Bad Request (400)</h1>")))

    [hint] = deliver("voice", "https://unlisted.example/voice").hints

    assert "does not take the host unlisted.example" in hint


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_tls_that_ended_before_the_application_is_told(deliver, status):
    deliver.attach(Recorder(redirect(status, f"{BASE}/voice")), BASE, seen_as="elb")

    [hint] = deliver().hints

    assert hint.startswith(f"{status} to https: the application does not know that TLS ended")
    assert hint.endswith("a GET without parameters") == (status in (301, 302))


@pytest.mark.parametrize(
    "response",
    [
        ok(),
        answer(200, "<Response><Say>A page about CSRF tokens</Say></Response>"),
        answer(404, "Not Found"),
        answer(400, "No such patient"),
        answer(403, "Forbidden"),
        answer(500, "Internal Server Error"),
        redirect(302, "https://clinic.example/other"),
    ],
)
def test_what_is_no_mistake_of_these_is_not_told(deliver, response):
    deliver.attach(Recorder(response, ok()))

    assert deliver().hints == ()


def test_a_page_to_a_callback_is_no_mistake(deliver):
    deliver.attach(Recorder(answer(200, "<html>thanks</html>")))

    assert deliver("sms-status").hints == ()


def test_what_a_page_is_called_is_shown_without_secrets_and_escapes(deliver):
    title = "\x1b[31m Authorization: Bearer hunter2hunter2"
    deliver.attach(Recorder(answer(200, f"<html><title>{title}</title>")))

    [hint] = deliver().hints

    assert "hunter2" not in hint
    assert "\x1b" not in hint


def test_a_type_is_shown_without_escapes(deliver):
    deliver.attach(Recorder((200, {"Content-Type": "x/\x1b[31m"}, b"x")))

    assert deliver().detail == "the Content-Type is x/\\x1b[31m"
