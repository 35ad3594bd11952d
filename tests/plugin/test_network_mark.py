"""The mark ``twreplay_network``: the network of one test."""

from __future__ import annotations

import pytest
from inner_runs import run_inner


@pytest.mark.parametrize(
    ("mark", "arguments", "ini", "blocked"),
    [
        ("", (), "", [True, True]),
        ("()", (), "", [True, True]),
        ('("127.0.0.1")', (), "", [False, True]),
        ('("127.0.0.1")', (), "twreplay_allowed_hosts = ::1", [False, False]),
        ('("127.0.0.1")', ("--twreplay-allowed-hosts=::1",), "", [True, False]),
        ("(block=False)", (), "twreplay_block_network = true", [False, False]),
        ("(block=False)", ("--twreplay-block-network",), "", [True, True]),
    ],
)
def test_blocks_what_it_does_not_allow(pytester, mark, arguments, ini, blocked):
    pytester.makeini(f"[pytest]\n{ini}")
    pytester.makepyfile(
        "import socket, pytest\n"
        f"@pytest.mark.twreplay_network{mark}\n"
        "@pytest.mark.parametrize('host', ['127.0.0.1', '::1'])\n"
        "def test_it(host):\n"
        "    socket.getaddrinfo(host, 80)\n"
    )

    outcomes = run_inner(pytester, *arguments).parseoutcomes()

    assert outcomes.get("failed", 0) == sum(blocked)
    assert outcomes.get("passed", 0) == 2 - sum(blocked)


def test_other_tests_reach_the_network(pytester):
    pytester.makepyfile(
        "import socket, pytest\n"
        "@pytest.mark.twreplay_network\n"
        "def test_one():\n    pass\n"
        "def test_two():\n    socket.getaddrinfo('127.0.0.1', 80)\n"
    )

    run_inner(pytester).assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("blok=True", "the mark twreplay_network has no keyword 'blok'; there is: block"),
        ("block='no'", "block of the mark twreplay_network is True or False, not 'no'"),
        ("'127.0.0.1', block=False", "*has block=False, and so allows every host*"),
        ("'re:('", "the mark twreplay_network: *"),
        ("7", "the mark twreplay_network: allowed_hosts takes text, not 7*"),
    ],
)
def test_mistake_in_it_fails_the_test(pytester, arguments, message):
    pytester.makepyfile(
        f"import pytest\n@pytest.mark.twreplay_network({arguments})\ndef test_one():\n    pass\n"
    )

    result = run_inner(pytester)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{message}"])
