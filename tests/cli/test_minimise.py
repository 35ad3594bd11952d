"""A failing session is cut to what its failure needs; the whole cassette stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from itertools import combinations

import pytest
import yaml
from cassette_files import read, render
from command_line import run
from hypothesis import given
from hypothesis import strategies as st

import twreplay
from twreplay._cli.delta_debugging import reduce_failing

URL = "https://api.twilio.com/2008-08-01/Accounts/AC0123456789abcdef0123456789abcdef/Calls"

# Fails with 3 if each of its words stands in the cassette.
PROGRAM = """
import sys, pathlib
text = pathlib.Path("long.yaml").read_text()
sys.exit(3 if all(word in text for word in sys.argv[1:]) else 0)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fails_with.py").write_text(PROGRAM)
    return tmp_path


@pytest.fixture
def long(folder):
    """A cassette of 200 interactions, each with a word of its own: w0w to w199w."""
    path = folder / "long.yaml"
    path.write_text(render(map(_build, range(200))))
    return path


def _build(number):
    request = twreplay.Request("GET", f"{URL}?page={number}", {})
    answer = f"<TwilioResponse>w{number}w</TwilioResponse>".encode()
    return twreplay.Interaction(
        request, twreplay.Response(200, {"Content-Type": "application/xml"}, answer)
    )


def minimise(*arguments, program=("-S", "fails_with.py")):
    options = [each for each in arguments if str(each).startswith("--")]
    words = [each for each in arguments if each not in options]
    return run("minimise", "long.yaml", *options, "--", sys.executable, *program, *words)


def words_of(path):
    return [i.response.body.decode().split(">")[1].split("<")[0] for i in read(path).interactions]


# Each trial is a process: requests took a third of its time.
REMINDERS = """
import base64, urllib.error, urllib.request, twreplay

def ask(twilio):
    token = base64.b64encode(":".join(twilio.auth).encode()).decode()
    asked = urllib.request.Request(f"{twilio.account_url}/Calls")
    asked.add_header("Authorization", f"Basic {token}")
    try:
        with urllib.request.urlopen(asked) as response: return response.status
    except urllib.error.HTTPError as error:
        with error: return error.code

def answer(environ, start):
    start("200 OK", [("Content-Type", "text/xml")])
    return [b"<Response/>"]

with twreplay.simulate(allow_unused=True) as twilio:
    twilio.attach(answer)
    twilio.when("GET", "/Calls").fail(500).then.fail(502)
    twilio.when_calling("/voice").fail(503)
    number = twilio.incoming_phone_numbers[0]
    twilio.change(number, Url="https://clinic.example/voice")
    seen = []
    for minute in (1, 4):
        seen.append(ask(twilio))
        twilio.clock.advance(minutes=minute)
    twilio.receive_call(Called=number.PhoneNumber, Caller="4155550101")
    twilio.clock.run_until_idle()
    assert not (502 in seen and twilio.clock.now.minute >= 4), "502 that late"
"""


def minimise_steps(folder, source, *options):
    (folder / "remind.py").write_text(source)
    return run("minimise", "--steps", *options, "--", sys.executable, "remind.py")


@pytest.mark.slow
def test_the_steps_that_a_failure_needs_are_listed_with_their_lines(folder):
    result = minimise_steps(folder, REMINDERS)

    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines() == [
        "remind.py:19  when('GET', '/Calls')  #2",
        "remind.py:26  clock.advance(minutes=4)",
    ]
    assert "2 of " in result.stderr
    assert list(folder.glob("*")) == [folder / "fails_with.py", folder / "remind.py"]


@pytest.mark.slow
def test_a_failure_that_needs_no_step_says_so(folder):
    result = minimise_steps(folder, f"{REMINDERS}\nraise SystemExit(3)".replace("502 in", "0 and"))

    assert (result.exit_code, result.stdout) == (0, "")
    assert "0 of 7 steps are needed for the failure, after 1 trial." in result.stderr


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("raise SystemExit(3)", "no rule of its own answered, and no clock moved"),
        ("pass", "does not fail with all of its steps"),
    ],
)
def test_a_command_without_steps_or_failure_is_told(source, told, folder):
    result = minimise_steps(folder, source)

    assert result.exit_code == 2
    assert told in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--steps"], "name a command"),
        (["--steps", "--force", "--", "true"], "--steps writes no cassette"),
        ([], "name a cassette and a command"),
        (["long.yaml"], "name a cassette and a command"),
        (["--steps", "--", "no-such-program"], "no-such-program cannot be run"),
    ],
)
def test_arguments_that_do_not_go_together_are_told(arguments, told, folder):
    result = run("minimise", *arguments)

    assert result.exit_code == 2
    assert told in result.stderr


def test_one_culprit_of_200_is_all_that_is_left(long, folder):
    before = long.read_bytes()

    result = minimise("w137w")

    assert result.exit_code == 0, result.stderr
    assert words_of(folder / "long.minimised.yaml") == ["w137w"]
    assert "long.minimised.yaml: 1 of 200 interactions, after " in result.stderr
    assert int(result.stderr.rsplit("after ", 1)[1].split()[0]) < 25
    assert long.read_bytes() == before
    assert sorted(path.name for path in folder.glob("*.y*ml")) == ["long.minimised.yaml", long.name]


@pytest.mark.slow
def test_culprits_far_apart_are_kept_in_their_order(folder):
    (folder / "long.yaml").write_text(render(map(_build, range(20))))

    minimise("w18w", "w3w", "--output=small.yaml")

    assert words_of(folder / "small.yaml") == ["w3w", "w18w"]


def test_a_webhook_is_left_with_the_interaction_that_it_followed(folder):
    plain = {"Content-Type": ["text/plain"]}
    webhooks = [
        {
            "after": after,
            "request": {
                "body": None,
                "headers": {},
                "method": "GET",
                "uri": f"https://a.example/{after}",
            },
            "response": {
                "body": {"string": f"hook{after}."},
                "headers": plain,
                "status": {"code": 200, "message": "OK"},
            },
        }
        for after in (0, 2, 4)
    ]
    (folder / "long.yaml").write_text(render(map(_build, range(5)), webhooks=webhooks))

    result = minimise("hook4.")

    assert "1 of 5 interactions, 1 of 3 webhooks" in result.stderr
    assert words_of(folder / "long.minimised.yaml") == ["w3w"]
    (webhook,) = yaml.safe_load((folder / "long.minimised.yaml").read_text())["twreplay"][
        "webhooks"
    ]
    assert (webhook["after"], webhook["response"]["body"]["string"]) == (1, "hook4.")


def test_an_existing_result_is_replaced_only_by_force(long, folder):
    (folder / "long.minimised.yaml").write_text(render())

    assert minimise("w7w").exit_code == 2
    assert minimise("w7w", "--force").exit_code == 0
    assert words_of(folder / "long.minimised.yaml") == ["w7w"]


class TestRefused:
    def test_is_a_command_that_does_not_fail(self, long, folder):
        result = minimise("w200w")

        assert result.exit_code == 2
        assert "does not fail with the whole cassette; there is nothing" in result.stderr
        assert not (folder / "long.minimised.yaml").exists()

    def test_is_another_failure_than_the_expected(self, long):
        result = minimise("w7w", "--expect=boom")

        assert result.exit_code == 2
        assert "fails with exit status 3, and its output has no 'boom'" in result.stderr

    def test_is_a_failure_that_needs_no_interaction(self, long):
        result = minimise()

        assert result.exit_code == 2
        assert "fails in the same way without any interaction" in result.stderr

    def test_is_what_an_earlier_run_has_left(self, long, folder):
        long.rename(folder / "long.original.yaml")

        result = minimise("w7w")

        assert result.exit_code == 2
        assert "mv long.original.yaml long.yaml" in " ".join(result.stderr.split())

    def test_is_a_result_in_the_place_of_the_cassette(self, long):
        assert "the cassette stays whole" in minimise("w7w", "--output=long.yaml").stderr

    def test_is_a_program_that_is_not_there(self, long):
        result = run("minimise", "long.yaml", "--", "./no-such-program")

        assert result.exit_code == 2
        assert "no-such-program" in result.stderr


# The culprit is a wrong total; without the first interaction, another error comes before it.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("fails", "left"),
    [
        ("raise KeyError(1)", ["w0w", "w5w"]),
        ("print('E   KeyError: 1\\nE     w5w\\n'); sys.exit(1)", ["w0w", "w5w"]),
        ("print('FAILED a.py::b - w5w'); sys.exit(1)", ["w0w", "w5w"]),
        ("raise LookupError", ["w5w"]),
    ],
)
def test_another_failure_does_not_count(fails, left, long, folder):
    (folder / "other.py").write_text(
        "import sys, pathlib\n"
        "text = pathlib.Path('long.yaml').read_text()\n"
        "if 'w5w' in text and 'w0w' not in text: raise LookupError('not recorded')\n"
        f"if 'w5w' in text: {fails}\n"
    )

    result = minimise(program=("-S", "other.py"))

    assert words_of(folder / "long.minimised.yaml") == left, result.stderr


def test_with_a_text_to_expect_only_status_and_text_count(long, folder):
    (folder / "other.py").write_text(
        "import pathlib\n"
        "text = pathlib.Path('long.yaml').read_text()\n"
        "if 'w5w' in text: raise (KeyError if 'w0w' in text else ValueError)('boom')\n"
    )

    minimise("--expect=boom", program=("-S", "other.py"))

    assert words_of(folder / "long.minimised.yaml") == ["w5w"]


def test_a_run_that_hangs_does_not_count(folder, monkeypatch):
    """The time is over as soon as the run hangs: one of a busy machine may take longer."""
    wait, hangs = subprocess.Popen.wait, folder / "hangs"

    def wait_or_hang(child, timeout=None):
        if timeout is None:
            return wait(child)
        assert timeout == 1
        while child.poll() is None:
            if hangs.exists():
                hangs.unlink()
                raise subprocess.TimeoutExpired(child.args, timeout)
            time.sleep(0.001)
        return child.returncode

    monkeypatch.setattr(subprocess.Popen, "wait", wait_or_hang)
    (folder / "long.yaml").write_text(render(map(_build, (4, 5, 6))))
    (folder / "other.py").write_text(
        "import pathlib, sys, threading\n"
        "text = pathlib.Path('long.yaml').read_text()\n"
        "if 'w5w' in text and 'w6w' in text: sys.exit(1)\n"
        "if 'w5w' not in text: sys.exit()\n"
        "pathlib.Path('hangs').touch()\n"
        "threading.Event().wait()\n"
    )

    minimise("--timeout=1", program=("-S", "other.py"))

    assert words_of(folder / "long.minimised.yaml") == ["w5w", "w6w"]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "killpg"), reason="signals of POSIX")
def test_a_stopped_run_puts_the_cassette_back_and_keeps_what_it_found(long, folder):
    before = long.read_bytes()
    (folder / "stops.py").write_text(
        "import os, pathlib, signal, sys, threading\n"
        "text = pathlib.Path('long.yaml').read_text()\n"
        "if 'w199w' not in text and 'w3w' in text:\n"
        "    if 'w60w' not in text:\n"
        f"        os.kill(os.getppid(), {int(signal.SIGTERM)})\n"
        "        threading.Event().wait()\n"
        "if 'w3w' in text: sys.exit(1)\n"
    )
    command = [sys.executable, "-m", "twreplay", "minimise", "long.yaml", "--"]

    result = subprocess.run(
        [*command, sys.executable, "-S", "stops.py"], stderr=subprocess.PIPE, text=True, check=False
    )

    assert result.returncode == 128 + signal.SIGTERM, result.stderr
    assert long.read_bytes() == before
    assert len(read(folder / "long.minimised.yaml").interactions) == 100
    assert not (folder / "long.original.yaml").exists()


@given(st.integers(1, 24).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)))))
def test_of_a_monotone_failure_exactly_its_causes_are_left(case):
    size, causes = case

    assert set(reduce_failing(range(size), causes.issubset)) == causes


@given(st.lists(st.frozensets(st.integers(0, 9), min_size=1), min_size=1, max_size=4), st.data())
def test_no_single_item_of_the_result_can_be_left_out(reasons, data):
    passing = data.draw(st.frozensets(st.frozensets(st.integers(0, 9))))
    asked = []

    def still_fails(part):
        asked.append(part)
        return frozenset(part) not in passing and any(map(frozenset(part).issuperset, reasons))

    result = reduce_failing(range(10), still_fails)

    assert result == tuple(sorted(result))
    assert len(asked) == len(set(asked))
    fewer = list(combinations(result, len(result) - 1)) if result else []
    assert len(result) == 10 or still_fails(result)
    assert not any(map(still_fails, fewer))
