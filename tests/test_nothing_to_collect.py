"""A session that has ended is gone at once: it leaves no cycles to the collector of garbage."""

import gc
from collections.abc import Callable, Iterator

import pytest
import requests

import twreplay

BASE = "https://api.twilio.com/2008-08-01"
AUTH = ("AC0123456789abcdef0123456789abcdef", "2" * 32)
ACCOUNT = f"{BASE}/Accounts/{AUTH[0]}"


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    yield
    gc.set_debug(0)
    gc.garbage.clear()
    gc.enable()


def simulate(**options: object):
    return twreplay.simulate(account_sid=AUTH[0], auth_token=AUTH[1], **options)


def get_three_pages() -> None:
    with simulate():
        for _ in range(3):
            requests.get(f"{ACCOUNT}/Calls", auth=AUTH)


def send_a_message() -> None:
    with simulate():
        form = {"From": "4158675309", "To": "4155551212", "Body": "Hi"}
        requests.post(f"{ACCOUNT}/SMS/Messages", form, auth=AUTH)


def be_refused() -> None:
    with simulate():
        requests.get(f"{ACCOUNT}/Calls", auth=(AUTH[0], "wrong"))
        requests.get(f"{ACCOUNT}/Calls/CA1", auth=AUTH)


def be_answered_by_a_rule() -> None:
    with simulate() as twilio:
        twilio.when("GET", "/Calls").respond(400).delay(0)
        requests.get(f"{ACCOUNT}/Calls", auth=AUTH)


def nest_two() -> None:
    with simulate(), simulate():
        requests.get(f"{ACCOUNT}/Calls", auth=AUTH)


def decorate() -> None:
    @simulate()
    def ask(twilio: twreplay.Simulator) -> None:
        requests.get(twilio.account_url, auth=twilio.auth)

    ask()


def leave(run: Callable[[], None]) -> list[str]:
    """Return what of ours *run* leaves that only the collector of garbage can find."""
    run()
    gc.collect()
    kinds = [type(each) for each in gc.garbage]
    return [kind.__name__ for kind in kinds if kind.__module__.startswith("twreplay")]


@pytest.mark.parametrize(
    "run",
    [get_three_pages, send_a_message, be_refused, be_answered_by_a_rule, nest_two, decorate],
)
def test_a_simulation_is_gone_when_it_ends(no_collector, run):
    assert leave(run) == []


@pytest.mark.parametrize("options", [{}, {"shared": True}, {"fallback": "simulate"}])
def test_a_replay_is_gone_when_it_ends(no_collector, cassette_path, options):
    given = {"shared": [str(cassette_path)]} if "shared" in options else options

    def replay() -> None:
        with twreplay.use_cassette(str(cassette_path), allow_unused=True, **given) as cassette:
            sent = cassette.requests[0]
            headers = dict(sent.headers)
            requests.request(sent.method, sent.url, headers=headers, data=sent.body)

    assert leave(replay) == []


def test_a_clock_that_a_test_keeps_moves_its_world():
    simulator = twreplay.Simulator()
    clock, call = simulator.clock, simulator.add_call(Called="4155551212", Status=0, goes_on=True)
    del simulator
    gc.collect()
    clock.run_until(call, "2")
    assert call.Status == "2"


def test_a_rule_that_a_test_keeps_may_be_removed_when_its_simulator_is_gone():
    rule = twreplay.Simulator().when("GET", "/Calls").respond(400)
    rule.remove()
    assert rule.used == 0
