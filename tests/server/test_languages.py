"""Programs in other languages, by base URL, by TLS and by the proxy, recorded and replayed."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from extent import mark_slow
from ports import kept_port

import twreplay

SESSIONS = Path(__file__).with_name("sessions")
EXPECTED = """\
list 200
page 200
create 200
put 200
_method=put 200
delete 204
_method=delete 204
bad 400
unauthorized 401
missing 404
media 200 audio/x-wav
"""

# The program, what shows that it has the library it needs, and its session.
LANGUAGES = {
    "curl": ("sh", ("curl", "--version"), "session.sh"),
    "java": ("java", ("java", "--list-modules"), "Session.java"),
    "node": ("node", ("node", "--version"), "session.js"),
    "perl": ("perl", ("perl", "-MLWP::Protocol::https", "-e", "1"), "session.pl"),
    "php": ("php", ("php", "-r", "exit(function_exists('curl_init') ? 0 : 1);"), "session.php"),
    "python": (sys.executable, (sys.executable, "-V"), "session.py"),
    "ruby": ("ruby", ("ruby", "-rnet/http", "-ropenssl", "-e", "1"), "session.rb"),
}

# Each language by the proxy, which has TLS in it; the other ways once.
TRIED = [
    *[(language, "proxy") for language in ("curl", "node", "php", "python")],
    *[mark_slow(name, "proxy") for name in ("java", "perl", "ruby")],
    *[("python", "plain"), ("python", "TLS")],
]


@cache
def find_lack(language: str) -> str:
    """What this machine lacks to run programs in *language*; empty if nothing."""
    _, shown_by, _ = LANGUAGES[language]
    if shutil.which(shown_by[0]) is None:
        return f"{shown_by[0]} is not installed"
    ran = subprocess.run(shown_by, capture_output=True)
    # A Java without compiler runs no source.
    works = ran.returncode == 0 and (language != "java" or b"jdk.compiler" in ran.stdout)
    return "" if works else f"{language} lacks its HTTP library"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """
    A data folder of its own, so that no authority is made for whoever runs the tests.

    And no authorities of the system: to load them takes a program most of a second.
    """
    folder = tmp_path_factory.mktemp("data")
    (folder / "system.pem").write_text("")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder))
        patch.setenv("SSL_CERT_FILE", str(folder / "system.pem"))
        yield


@pytest.fixture(scope="module")
def started(home):
    with twreplay.Server(only_twilio=True) as server:
        yield server


@pytest.fixture
def server(started):
    started.reset()
    return started


def find_base(server, way):
    return {
        "plain": server.url,
        "TLS": server.url.replace("http", "https", 1),
        "proxy": "https://api.twilio.com",
    }[way]


def drop_java_notice(text):
    return "".join(line for line in text.splitlines(True) if "Picked up JAVA" not in line)


def run_session(language, base, environment, recordings):
    command, _, name = LANGUAGES[language]
    return subprocess.run(
        [command, SESSIONS / name, base, *recordings],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.parametrize(("language", "way"), TRIED)
def test_whole_session_is_answered(server, language, way):
    if lack := find_lack(language):
        pytest.skip(lack)
    recordings = [server.add_recording().Sid for _ in range(3)]
    environment = server.proxy_environment

    ran = run_session(language, find_base(server, way), environment, recordings)

    assert (ran.stdout, drop_java_notice(ran.stderr)) == (EXPECTED, "")
    assert [each.Sid for each in server.recordings] == recordings[2:]
    assert server.sms_messages[-1].Body == "Hi"


APPLICATIONS = {
    "node": ["node", "{folder}/application.js", "{port}"],
    "perl": ["perl", "{folder}/application.pl", "{port}"],
    "php": ["php", "-S", "127.0.0.1:{port}", "{folder}/application.php"],
    "ruby": ["ruby", "{folder}/application.rb", "{port}"],
}


@pytest.fixture
def application(server, request):
    """The address of an application in the language of the test."""
    if lack := find_lack(request.param):
        pytest.skip(lack)
    with kept_port() as port:
        folder = SESSIONS.with_name("applications")
        command = [part.format(folder=folder, port=port) for part in APPLICATIONS[request.param]]
        process = subprocess.Popen(command, env=server.environment, stderr=subprocess.DEVNULL)
        try:
            while process.poll() is None:
                with contextlib.suppress(OSError):
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()
            process.wait()


@pytest.mark.parametrize("application", APPLICATIONS, indirect=True)
def test_application_takes_signed_webhooks(server, application):
    server.attach(application, "https://clinic.example")
    (number,) = server.incoming_phone_numbers
    server.change(number, Url="https://clinic.example/voice")

    call = server.phone("4155551212").dial("4158675309")
    call.press("7").expect("you pressed 7")

    assert [webhook["outcome"] for webhook in server.webhooks][:2] == ["200", "200"]
