"""``twreplay run``: the environment, the exit status, signals, the summary, cassettes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from command_line import main

import twreplay

SESSION = Path(__file__).with_name("sessions") / "session.py"
ASK = """
import base64, os, urllib.request
login = f"{os.environ['TWILIO_ACCOUNT_SID']}:{os.environ['TWILIO_AUTH_TOKEN']}"
request = urllib.request.Request(
    "https://api.twilio.com/2008-08-01/Accounts",
    headers={"Authorization": "Basic " + base64.b64encode(login.encode()).decode()},
)
print(urllib.request.urlopen(request).status)
"""


@pytest.fixture(autouse=True)
def data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "system.pem").write_text("")  # to load the system's takes most of a second
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "system.pem"))


@pytest.fixture
def run(capfd):
    """Run the command in this process; return its status, the program's output, and its own."""

    def run(*arguments, env=None):
        capfd.readouterr()
        result = CliRunner().invoke(main, ["run", *map(str, arguments)], env=env)
        return result.exit_code, capfd.readouterr().out, result.output

    return run


def test_program_that_knows_nothing_is_answered_and_summed_up(run):
    status, out, err = run("--events", "--only-twilio", "--", sys.executable, "-c", ASK)

    assert (status, out) == (0, "200\n")
    assert err.splitlines() == [
        "→ GET /2008-08-01/Accounts  200  List the account that the credentials belong to.",
        "twreplay: 1 simulated (1 × 200)",
    ]


@pytest.mark.parametrize(
    ("command", "status", "told"),
    [
        (["sh", "-c", "exit 7"], 7, "no request came"),
        (["sh", "-c", "kill -9 $$"], 137, "no request came"),
        (["no-such-program"], 127, "no program no-such-program"),
        (["/"], 126, "cannot be run"),
    ],
)
def test_status_is_that_of_the_program(run, command, status, told):
    ended, _, err = run("--", *command)

    assert ended == status
    assert told in err


def test_signal_is_passed_on_and_the_programs_own_end_counts(run):
    # The program asks for the signal itself: its parent is the command.
    script = "trap 'exit 9' TERM; kill -TERM $PPID; while :; do sleep 0.01; done"

    assert run("--", "sh", "-c", script)[0] == 9


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals to ignore")
def test_signals_after_the_program_has_ended_do_not_lose_the_recording(tmp_path):
    cassette = tmp_path / "session.yaml"
    # They come as fast as they can, until the command is gone; the program ignores them.
    script = """
        trap '' TERM
        (while kill -TERM $PPID; do sleep 0.001; done) >/dev/null 2>&1 &
        exec "$@"
    """
    with twreplay.Server() as upstream:
        where = ("--cassette", str(cassette), "--record", "once", "--upstream", upstream.url)
        command = ("sh", "-c", script, "sh", sys.executable, "-c", ASK)
        subprocess.run(
            [sys.executable, "-m", "twreplay", "run", *where, "--", *command],
            env=os.environ | upstream.environment,
            capture_output=True,
            timeout=300,
        )

    assert "/2008-08-01/Accounts" in cassette.read_text("utf-8")


@pytest.mark.slow
def test_session_that_was_recorded_is_replayed_without_the_upstream(run, tmp_path):
    cassette = str(tmp_path / "session.yaml")
    with twreplay.Server() as upstream:
        recordings = [upstream.add_recording().Sid for _ in range(3)]
        environment = upstream.environment
        command = [sys.executable, SESSION, "", *recordings]
        where = ("--record", "once", "--upstream", upstream.url)
        recorded = run("--cassette", cassette, *where, "--", *command, env=environment)
    replayed = run("--cassette", cassette, "--", *command, env=environment)

    assert replayed[:2] == recorded[:2]
    assert recorded[0] == 0
    assert recorded[2].startswith("twreplay: 12 recorded")
    assert replayed[2].startswith("twreplay: 12 replayed")
    assert environment["TWILIO_AUTH_TOKEN"] not in Path(cassette).read_text("utf-8")


def test_request_that_nothing_answers_is_in_the_summary(run, tmp_path):
    (tmp_path / "empty.yaml").write_text("version: 1\ninteractions: []\n")
    environment = {"TWILIO_ACCOUNT_SID": "AC" + "1" * 32, "TWILIO_AUTH_TOKEN": "x"}

    status, _, err = run(
        "--cassette", str(tmp_path / "empty.yaml"), "--", sys.executable, "-c", ASK, env=environment
    )

    assert status == 1
    assert "twreplay: 1 unmatched" in err
    assert "unmatched: GET https://api.twilio.com/2008-08-01/Accounts" in err


class TestEnvironment:
    def test_what_is_there_is_kept(self, run):
        inherited = {
            "NODE_OPTIONS": "--max-old-space-size=64",
            "PHP_INI_SCAN_DIR": "/etc/php",
            "no_proxy": "intranet.example, .twilio.com, *",
        }
        show = "import json, os; print(json.dumps(dict(os.environ)))"

        _, out, _ = run("--", sys.executable, "-c", show, env=inherited)

        environment = json.loads(out)
        assert environment["NODE_OPTIONS"].startswith("--max-old-space-size=64 --require ")
        assert environment["PHP_INI_SCAN_DIR"].startswith(f"/etc/php{os.pathsep}")
        assert environment["no_proxy"] == "localhost,127.0.0.1,::1,intranet.example"


def test_a_cassette_that_is_not_there_is_recorded_by_the_same_command(run, tmp_path):
    status, _, err = run("--cassette", tmp_path / "no.yaml", "--", sys.executable, "-c", ASK)

    assert status == 2
    assert f"twreplay run --cassette {tmp_path}/no.yaml --record once -- COMMAND" in err
