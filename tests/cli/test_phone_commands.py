"""``twreplay call`` and ``twreplay text`` against an application on loopback."""

from __future__ import annotations

import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from click.testing import CliRunner
from command_line import main

import twreplay

TOKEN = "5ecre75ecre75ecre75ecre75ecre75e"
ANSWERS = {
    "/voice": '<Gather action="/key" numDigits="1"><Say>Press 1.</Say></Gather><Say>Bye.</Say>',
    "/key": "<Say>Thank you.</Say>",
    "/sms": "<Sms>Noted.</Sms>",
    "/broken": "<Say>",
}


class Silent(WSGIRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def served():
    requests = []

    def app(environ, start_response):
        size = int(environ.get("CONTENT_LENGTH") or 0)
        form = environ["wsgi.input"].read(size)
        requests.append((environ["PATH_INFO"], form, environ.get("HTTP_X_TWILIO_SIGNATURE")))
        start_response("200 OK", [("Content-Type", "text/xml")])
        return [f"<Response>{ANSWERS[environ['PATH_INFO']]}</Response>".encode()]

    with make_server("127.0.0.1", 0, app, handler_class=Silent) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", requests
        server.shutdown()


def run(*arguments, **options):
    return CliRunner(env={"TWILIO_AUTH_TOKEN": TOKEN}).invoke(main, arguments, **options)


def test_a_call_by_script_prints_what_is_heard_and_signs_its_requests(served):
    base, requests = served

    result = run("call", f"{base}/voice", "--script", "1,w3")

    assert result.exit_code == 0, result.output
    assert [word in result.stdout for word in ("says: Press 1.", "presses 1", "says: Thank you.")]
    assert "says: Bye." not in result.stdout
    path, form, signature = requests[1]
    assert path == "/key"
    assert twreplay.is_signed(f"{base}/key", form, TOKEN, signature)


def test_a_call_by_hand_takes_keys_from_the_terminal(served):
    base, _ = served

    result = run("call", f"{base}/voice", input="oh\n1\nh\n")

    assert "keys 0-9 * #" in result.stderr
    assert "says: Thank you." in result.stdout


def test_a_message_prints_the_reply(served):
    base, _ = served

    result = run("text", f"{base}/sms", "STOP")

    assert (result.exit_code, result.stdout) == (0, "Noted.\n")


def test_a_user_and_password_in_the_url_are_for_the_application(served):
    base, requests = served

    result = run("text", f"{base.replace('//', '//clinic:door@')}/sms", "Hi")

    assert result.stdout == "Noted.\n", result.output
    assert twreplay.is_signed(f"{base}/sms", requests[0][1], TOKEN, requests[0][2])


def test_what_goes_wrong_is_named_and_fails(served):
    base, _ = served

    result = run("call", f"{base}/broken", "--script", "h")

    assert result.exit_code == 1
    assert "error 12100" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("call", "clinic.example"), "URL is the address of an application that runs"),
        (("call", "http://[::1"), "URL is the address of an application that runs"),
        (("call", "http://clinic:door@h:x/"), "URL is the address of an application that runs"),
        (("text", "http://127.0.0.1:99999/sms", "Hi"), "URL is the address of an application"),
        (("call", "http://127.0.0.1:1/", "--script", "1,x"), "a script has keys"),
    ],
)
def test_what_is_no_url_or_no_script_is_refused(arguments, message):
    result = run(*arguments)

    assert result.exit_code == 2
    assert message in result.stderr
    assert "door" not in result.stderr
