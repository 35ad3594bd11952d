"""User code runs outside the simulator's lock; the journal is bounded; a form costs its length."""

from __future__ import annotations

import os
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
from basic_auth import encode_basic

import twreplay
from twreplay.errors import UsageError

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def send(simulator, method="GET", path="/Calls", body=""):
    headers = {"Authorization": encode_basic(*simulator.auth), **(FORM if body else {})}
    return simulator.handle(twreplay.Request(method, simulator.account_url + path, headers, body))


@pytest.fixture
def simulator():
    return twreplay.Simulator(undocumented="ignore")


@pytest.fixture
def pool():
    with ThreadPoolExecutor(8) as pool:
        yield pool


def test_a_rule_may_wait_for_another_threads_request(simulator, pool):
    @simulator.when("POST", "/Calls")
    def rule(request):
        assert pool.submit(lambda: simulator.calls).result(timeout=10) == ()
        return twreplay.Response(pool.submit(send, simulator).result(timeout=10).status + 1)

    assert send(simulator, "POST", "/Calls", "Called=1").status == 201
    assert [entry.number for entry in simulator.requests] == [1, 2]
    assert [entry.method for entry in simulator.requests] == ["GET", "POST"]


def test_a_handler_of_warnings_may_wait_too(pool):
    simulator = twreplay.Simulator()
    seen = []

    def handler(*args, **kwargs):
        seen.append(pool.submit(lambda: len(simulator.requests)).result(timeout=10))

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = handler
        send(simulator, "POST", "/Calls", "To=4155551212")

    assert seen[0] == 1


def test_times_holds_whoever_asks_meanwhile(simulator, pool):
    ready = threading.Barrier(8)
    simulator.when("GET", "/Calls", times=5).fail(503)

    def ask(_):
        ready.wait(60)
        return send(simulator).status

    statuses = [status for _ in range(5) for status in pool.map(ask, range(8))]

    assert statuses.count(503) == 5
    assert [entry.number for entry in simulator.requests] == list(range(1, 41))


def test_a_rule_that_raises_leaves_all_as_it_is(simulator):
    rule = simulator.when("POST", "/Calls", times=1)

    @rule
    def raises(request):
        raise LookupError

    body = "Caller=4158675309&Called=4155551212&Url=http://app.example/"
    with pytest.raises(LookupError):
        send(simulator, "POST", "/Calls", body)

    assert (simulator.calls, simulator.requests, rule.used) == ((), (), 1)
    assert send(simulator, "POST", "/Calls", body).status == 200


def test_a_rule_may_begin_the_world_anew(simulator):
    @simulator.when("GET", "/Calls", times=1)
    def rule(request):
        simulator.reset()

    assert send(simulator).status == 200
    assert len(simulator.requests) == 1


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_forked_while_others_ask_can_ask(simulator):
    stop = threading.Event()

    def ask():
        while not stop.is_set():
            send(simulator)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            child = os.fork()
            if not child:
                os._exit(0 if send(simulator).status == 200 else 1)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()


class TestJournalLimit:
    def test_keeps_the_newest_and_says_how_many_went(self):
        simulator = twreplay.Simulator(undocumented="ignore", journal_limit=3)
        for _ in range(10):
            send(simulator)

        assert [entry.number for entry in simulator.requests] == [8, 9, 10]
        assert simulator.requests.dropped == 7
        assert "7 requests before these were not kept" in simulator.explain()
        simulator.reset()
        assert (simulator.requests, simulator.requests.dropped) == ((), 0)

    def test_a_session_counts_what_was_asked_in_it(self):
        with twreplay.simulate(journal_limit=1) as simulator:
            send(simulator)
            send(simulator)
        assert simulator.requests.dropped == 1

    def test_none_keeps_all(self):
        assert twreplay.Simulator(journal_limit=None).requests == ()

    @pytest.mark.parametrize("limit", [-1, True, "3", 1.5])
    def test_anything_else_is_no_limit(self, limit):
        with pytest.raises(UsageError, match="journal_limit is a number"):
            twreplay.Simulator(journal_limit=limit)


def test_what_nobody_knows_of_a_form_is_kept_once(simulator):
    unknown = "&".join(f"k{number}=1" for number in range(300))

    send(simulator, "POST", "/SMS/Messages", f"From=4158675309&To=4155551212&Body=x&{unknown}")

    texts = {id(notification.RequestVariables) for notification in simulator.notifications}
    assert len(simulator.notifications) == 300
    assert len(texts) == 1
