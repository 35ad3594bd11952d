"""The end of a run that records lists the cassettes: new, changed, the same."""

from __future__ import annotations

import pytest
from inner_runs import run_inner

SID, TOKEN = f"AC{7:032x}", f"{0xABCDEF0123456789:032x}"

TESTS = f"""
import pytest, requests
CALLED = ["4155551212"]
def call(called):
    form = {{"Caller": "4158675309", "Called": called, "Url": "http://app.example/"}}
    url = "https://api.twilio.com/2008-08-01/Accounts/{SID}/Calls"
    requests.post(url, data=form, auth=("{SID}", "{TOKEN}"), timeout=5)

@pytest.mark.twreplay
@pytest.mark.parametrize("n", [1, 2])
def test_calls(n):
    for called in CALLED:
        call(called)
"""


@pytest.mark.slow
def test_files_of_all_workers_are_listed(pytester):
    path = pytester.makepyfile(TESTS)
    arguments = "--twreplay-record=once", "--twreplay-record-from=simulator"
    result = run_inner(pytester, *arguments, "-p", "xdist", "-n2")
    result.stdout.fnmatch_lines(
        [f"twreplay: cassettes/{path.stem}/test_calls[[]{n}].yaml: new (+1)" for n in (1, 2)]
    )


def test_new_files_then_the_same_then_changed(pytester):
    path = pytester.makepyfile(TESTS)
    arguments = "--twreplay-record=rewrite", "--twreplay-record-from=simulator"
    file = f"twreplay: cassettes/{path.stem}/test_calls[[]%d].yaml: %s"
    for told in ("new (+1)", "the same"):
        result = run_inner(pytester, *arguments)
        result.stdout.fnmatch_lines([file % (1, told), file % (2, told)])
    more = TESTS.replace('["4155551212"]', '["4155551213", "4155551214"]')
    path.write_text(more, "utf-8")
    result = run_inner(pytester, *arguments)
    result.stdout.fnmatch_lines([file % (1, "changed (+2 −1)")])


def test_replaying_lists_nothing(pytester):
    pytester.makepyfile(TESTS)
    run_inner(pytester, "--twreplay-record=once", "--twreplay-record-from=simulator")
    result = run_inner(pytester)
    result.assert_outcomes(passed=2)
    result.stdout.no_fnmatch_line("*.yaml: *")


@pytest.mark.slow
def test_cassette_that_a_killed_worker_made_is_set_aside(pytester):
    """
    A worker that is killed hands over nothing, so it names what it makes when it makes it.
    """
    pytester.makepyfile(
        "import os, pytest, signal, requests\n"
        "@pytest.fixture(scope='module', autouse=True)\n"
        "def world():\n"
        "    import twreplay\n"
        "    with twreplay.simulate() as twilio:\n"
        "        yield twilio\n"
        "@pytest.mark.twreplay('shared.yaml', record_mode='once', source='simulator')\n"
        "@pytest.mark.parametrize('page', [1, 2])\n"
        "def test_it(world, page):\n"
        "    url = f'{world.account_url}/Calls?page={page}'\n"
        "    requests.get(url, auth=world.auth)\n"
        "    if page == 2:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
    )

    result = run_inner(pytester, "-n", "1", "--max-worker-restart=0")

    folder = pytester.path / "cassettes" / "test_cassette_that_a_killed_worker_made_is_set_aside"
    assert not (folder / "shared.yaml").exists(), result.stdout.str()
    assert [path.name for path in folder.glob("*.failed.yaml")] == ["shared.failed.yaml"]
