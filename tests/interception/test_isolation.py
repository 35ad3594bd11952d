"""Sessions side by side: each request is answered by the session that it was sent in."""

from __future__ import annotations

import asyncio
import contextvars
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import aiohttp
import httpx
import pytest
import requests
from basic_auth import encode_basic
from inner_runs import run_inner
from scenario import CLIENTS

import twreplay

URL = "https://api.twilio.com/2008-08-01/Accounts"


def headers(twilio):
    return {"Authorization": encode_basic(*twilio.auth)}


async def with_httpx(twilio):
    async with httpx.AsyncClient() as client:
        return (await client.get(URL, headers=headers(twilio))).text


async def with_aiohttp(twilio):
    async with aiohttp.ClientSession() as session:
        async with session.get(URL, headers=headers(twilio)) as response:
            return await response.text()


@pytest.mark.parametrize("get", [with_httpx, with_aiohttp], ids=["httpx", "aiohttp"])
def test_50_tasks_with_a_session_each(get):
    async def one(number, everybody_is_in):
        async with twreplay.simulate(seed=number) as twilio:
            # All sessions are open before the first request is sent.
            everybody_is_in.release()
            while everybody_is_in._value < 50:
                await asyncio.sleep(0)
            answers = [await get(twilio) for _ in range(3)]
            return [twilio.account_sid in answer for answer in answers], len(twilio.requests)

    async def run():
        everybody_is_in = asyncio.Semaphore(0)
        return await asyncio.gather(*(one(n, everybody_is_in) for n in range(50)))

    assert asyncio.run(run()) == [([True] * 3, 3)] * 50


@pytest.mark.parametrize("client", CLIENTS)
def test_8_threads_with_a_session_each(client):
    everybody_is_in = Barrier(8)

    def one(number):
        with twreplay.simulate(seed=number) as twilio:
            everybody_is_in.wait()
            answers = [CLIENTS[client]("GET", URL, headers(twilio), b"") for _ in range(5)]
            everybody_is_in.wait()
            return [twilio.account_sid.encode() in a.body for a in answers], len(twilio.requests)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(8))) == [([True] * 5, 5)] * 8


@pytest.mark.parametrize("client", CLIENTS)
def test_a_simulator_inside_a_cassette_inside_a_simulator_answers_innermost_first(
    client, cassette_path
):
    get = CLIENTS[client]
    account = "https://api.twilio.com/2008-08-01/Accounts/AC0123456789abcdef0123456789abcdef"
    recorded = {"Authorization": encode_basic("AC0123456789abcdef0123456789abcdef", "x")}

    with twreplay.simulate(seed=1) as outer:
        with twreplay.use_cassette(cassette_path, allow_unused=True) as cassette:
            with twreplay.simulate(seed=2) as inner:
                assert inner.account_sid.encode() in get("GET", URL, headers(inner), b"").body
            assert get("GET", f"{account}/Calls?page=0&num=2", recorded, b"").status == 200
        assert outer.account_sid.encode() in get("GET", URL, headers(outer), b"").body

    assert (len(inner.requests), cassette.play_count, len(outer.requests)) == (1, 1, 1)


def test_a_worker_thread_sees_the_one_session_that_is_open():
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()  # the thread is older than the session
        with twreplay.simulate() as twilio:
            answer = pool.submit(requests.get, URL, auth=twilio.auth, timeout=5).result()

    assert answer.status_code == 200


def test_a_worker_thread_takes_the_context_it_is_given():
    with ThreadPoolExecutor(2) as pool:

        def one(number):
            with twreplay.simulate(seed=number) as twilio, ThreadPoolExecutor(1) as inner:
                run = contextvars.copy_context().run
                sent = inner.submit(run, requests.get, URL, auth=twilio.auth, timeout=5)
                return twilio.account_sid in sent.result().text

        assert list(pool.map(one, range(6))) == [True] * 6


FIXTURES = """
import pytest, requests, twreplay

@pytest.fixture(scope="session", autouse=True)
def outer():
    with twreplay.simulate(seed=1) as simulator:
        yield simulator

@pytest.fixture(scope="module")
def middle():
    with twreplay.simulate(seed=2) as simulator:
        yield simulator

def ask(simulator):
    response = requests.get(simulator.account_url, auth=simulator.auth, timeout=5)
    return response.status_code

def test_outer(outer):
    assert ask(outer) == 200

def test_inner(outer, twilio):
    assert (ask(twilio), len(outer.requests)) == (200, 1)

def test_outer_again(outer):
    assert ask(outer) == 200

def test_middle(middle, outer, twilio):
    assert ask(twilio) == 200
    assert ask(middle) == 401, "the innermost session answers, which knows no other account"

def test_middle_again(middle):
    assert ask(middle) == 200
"""


def test_fixtures_of_different_scope(pytester):
    pytester.makepyfile(FIXTURES)

    result = run_inner(pytester)

    result.assert_outcomes(passed=5)
