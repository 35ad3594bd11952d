"""The fixtures ``twilio_module`` and ``twilio_session``: a simulator for several tests."""

from __future__ import annotations

import pytest
from inner_runs import run_inner

SEND = """
import pytest, requests

def send(twilio, body="Hi"):
    form = {"From": "4158675309", "To": "4155551212", "Body": body}
    url = f"{twilio.account_url}/SMS/Messages"
    return requests.post(url, form, auth=twilio.auth)
"""


@pytest.mark.parametrize("scope", ["module", "session"])
def test_what_one_test_changes_the_next_one_finds(pytester, scope):
    pytester.makepyfile(
        f"{SEND}\n"
        f"def test_one(twilio_{scope}):\n"
        f"    assert send(twilio_{scope}).ok\n"
        f"def test_two(twilio_{scope}):\n"
        f"    assert [m.Body for m in twilio_{scope}.sms_messages] == ['Hi']\n"
    )

    run_inner(pytester).assert_outcomes(passed=2)


def test_module_has_one_of_its_own_and_the_session_one_for_all(pytester):
    test = (
        f"{SEND}\n"
        "def test_it(twilio_session, twilio_module):\n"
        "    send(twilio_module)\n"
        "    assert len(twilio_module.sms_messages) == 1\n"
        "    twilio_session.add_sms_message()\n"
        "    print('shared', len(twilio_session.sms_messages))\n"
    )
    pytester.makepyfile(test_a=test, test_b=test)

    result = run_inner(pytester, "-s")

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*shared 1*", "*shared 2*"])


def test_fork_gives_each_test_the_state_of_the_set_up(pytester):
    pytester.makepyfile(
        f"{SEND}\n"
        "@pytest.fixture\n"
        "def twilio(twilio_module):\n"
        "    with twilio_module.fork():\n"
        "        yield twilio_module\n"
        "@pytest.mark.parametrize('n', range(3))\n"
        "def test_it(twilio, n):\n"
        "    send(twilio)\n"
        "    assert len(twilio.sms_messages) == 1\n"
    )

    run_inner(pytester).assert_outcomes(passed=3)


def test_takes_twreplay_config_and_options(pytester):
    pytester.makepyfile(
        "import pytest\n"
        "@pytest.fixture(scope='session')\n"
        "def twreplay_config():\n"
        "    return {'account_sid': 'AC' + '7' * 32, 'redact': 'names'}\n"
        "def test_it(twilio_module):\n"
        "    assert twilio_module.account_sid == 'AC' + '7' * 32\n"
        "    assert 'observed' in repr(twilio_module)\n"
    )

    run_inner(pytester, "--twreplay-profile=observed").assert_outcomes(passed=1)


def test_failure_shows_what_it_simulated(pytester):
    pytester.makepyfile(
        f"{SEND}\ndef test_it(twilio_module):\n    send(twilio_module)\n    assert False\n"
    )

    result = run_inner(pytester)

    result.stdout.fnmatch_lines(["*what twreplay simulated*", "*SMS/Messages*"])


def test_rule_that_no_test_used_fails_the_last_one(pytester):
    pytester.makepyfile(
        "def test_one(twilio_module):\n"
        "    twilio_module.when('GET', '/Calls').fail()\n"
        "def test_two(twilio_module):\n"
        "    pass\n"
    )

    result = run_inner(pytester)

    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_two*"])
