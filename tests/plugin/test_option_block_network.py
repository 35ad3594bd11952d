"""--twreplay-block-network and --twreplay-allowed-hosts, and their ini keys."""

from __future__ import annotations

import pytest
from inner_runs import run_inner

TEST = """
import socket

def test_looks_up():
    socket.getaddrinfo("localhost", 80)

def test_simulates(twilio):
    import requests
    assert requests.get(twilio.account_url, auth=twilio.auth, timeout=5).status_code == 200
"""


@pytest.fixture(autouse=True)
def _suite(pytester):
    pytester.makepyfile(TEST)


def test_nothing_is_blocked_unless_asked_for(pytester):
    run_inner(pytester).assert_outcomes(passed=2)


@pytest.mark.parametrize("way", ["flag", "ini"])
def test_a_test_that_asks_elsewhere_fails(pytester, way):
    if way == "ini":
        pytester.makeini("[pytest]\ntwreplay_block_network = true")
    arguments = ["--twreplay-block-network"] if way == "flag" else []

    result = run_inner(pytester, *arguments)

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*NetworkBlocked: the network is blocked, and the host localhost is not allowed.",
            "*--twreplay-allowed-hosts=localhost*",
        ]
    )


@pytest.mark.parametrize("way", ["flag", "ini"])
def test_a_host_that_is_allowed_can_be_asked(pytester, way):
    arguments = ["--twreplay-block-network"]
    if way == "ini":
        pytester.makeini("[pytest]\ntwreplay_allowed_hosts = example.com, localhost")
    else:
        arguments.append("--twreplay-allowed-hosts=localhost")

    run_inner(pytester, *arguments).assert_outcomes(passed=2)


def test_command_line_beats_ini(pytester):
    pytester.makeini("[pytest]\ntwreplay_allowed_hosts = localhost")

    result = run_inner(pytester, "--twreplay-block-network", "--twreplay-allowed-hosts=example.com")

    result.assert_outcomes(passed=1, failed=1)
