"""``twreplay serve`` and ``twreplay run`` with cassettes that answer beside their own."""

from __future__ import annotations

import re
import sys

import pytest
from cassette_files import write
from click.testing import CliRunner
from command_line import main
from conftest import ACCOUNT, BASE

from twreplay import Headers, Interaction, Request, Response, Server

ASK = """
import base64, os, sys, urllib.request
login = base64.b64encode(f"{os.environ['TWILIO_ACCOUNT_SID']}:x".encode()).decode()
for path in sys.argv[1:]:
    request = urllib.request.Request(
        "https://api.twilio.com/2008-08-01" + path, headers={"Authorization": f"Basic {login}"}
    )
    print(urllib.request.urlopen(request).read().decode())
"""
OWN, LOGIN = BASE.partition("2008-08-01")[2] + "/Calls", BASE.partition("2008-08-01")[2]


def build(url, body):
    headers = {"Authorization": f"Basic {ACCOUNT}:REDACTED"}
    response = Response(200, Headers([("Content-Type", "text/plain")]), body.encode(), "OK")
    return Interaction(Request("GET", url, headers=headers), response)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Two cassettes in the current directory: the own one, and a login."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "system.pem").write_text("")  # to load the system's takes most of a second
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "system.pem"))
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", ACCOUNT)
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "calls.yaml", build(f"{BASE}/Calls", "own"))
    write(tmp_path / "login.yaml", build(BASE, "login"))
    return tmp_path


@pytest.fixture
def run(capfd):
    """Run a program that asks for *paths*; return its status, its output, and the command's own."""

    def run(*arguments, paths=(LOGIN, OWN, LOGIN)):
        capfd.readouterr()
        program = ("--", sys.executable, "-c", ASK, *paths)
        result = CliRunner().invoke(main, ["run", *arguments, *program])
        return result.exit_code, capfd.readouterr().out.split(), result.output

    return run


def test_shared_cassettes_answer_beside_the_own_one(run, folder):
    before = (folder / "login.yaml").read_bytes()

    status, out, err = run("--cassette", "calls.yaml", "--shared", "login.yaml", "--events")

    assert (status, out) == (0, ["login", "own", "login"])
    assert "replayed, interaction 1 of login.yaml, which is shared" in err
    assert "replayed, cassette calls.yaml" in err
    assert (folder / "login.yaml").read_bytes() == before


def test_several_are_asked_in_their_order(run, folder):
    write(folder / "more.yaml", build(BASE, "more"), build(f"{BASE}/SMS/Messages", "texts"))

    status, out, _ = run(
        *("--cassette", "calls.yaml", "--shared", "login.yaml", "--shared", "more.yaml"),
        paths=(LOGIN, f"{LOGIN}/SMS/Messages"),
    )

    assert (status, out) == (0, ["login", "texts"])


def test_what_they_answer_is_not_recorded(run, folder):
    with Server(account_sid=ACCOUNT, auth_token="x") as upstream:
        status, out, _ = run(
            *("--cassette", "new.yaml", "--shared", "login.yaml"),
            *("--record", "once", "--upstream", upstream.url),
        )

    assert status == 0
    assert out[0] == "login"
    text = (folder / "new.yaml").read_text()
    assert re.findall(r"uri: .*/2008-08-01(/.*)", text) == [OWN]


def test_own_cassette_may_be_missing_as_long_as_they_answer(run):
    arguments = ("--cassette", "none.yaml", "--shared", "login.yaml")

    status, out, _ = run(*arguments, paths=(LOGIN,))
    assert (status, out) == (0, ["login"])

    status, _, err = run(*arguments, paths=(OWN,))
    assert status == 1
    assert "1 unmatched" in err
    assert "there is no cassette none.yaml" in err


def test_missing_one_is_told_with_the_command_that_records_it(run):
    status, _, err = run("--cassette", "calls.yaml", "--shared", "logon.yaml")

    assert status == 2
    assert "there is no cassette logon.yaml, which calls.yaml is to share" in err
    assert "twreplay run --cassette logon.yaml --record once -- COMMAND" in err
    assert "twreplay run --cassette calls.yaml --shared login.yaml -- COMMAND" in err


@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["run", "--", "true"]])
@pytest.mark.parametrize("option", ["shared", "record", "upstream"])
def test_they_need_a_cassette_to_stand_beside(command, option):
    result = CliRunner().invoke(main, [command[0], f"--{option}", "login.yaml", *command[1:]])

    assert result.exit_code == 2
    assert f"--{option} is about a cassette: --cassette FILE --{option}" in result.output


def test_remedy_that_the_command_has_no_option_for_is_code(run, capfd):
    program = ASK.replace("print(urllib", "import urllib.error\n    try: urllib").replace(
        ".read().decode())", "\n    except urllib.error.HTTPError as e: print(e.read().decode())"
    )
    CliRunner().invoke(
        main,
        ["run", "--cassette", "calls.yaml", "--", sys.executable, "-c", program, f"{OWN}?page=1"],
    )

    told = capfd.readouterr().out
    assert 'use_cassette("calls.yaml", ignore=("query.page",))' in told
