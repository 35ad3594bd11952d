"""Functions below a decorator, of every kind: what they ask is answered, however late they run."""

from __future__ import annotations

import asyncio
import gc
import types
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial, wraps
from typing import Any
from unittest import mock

import pytest
import requests
from asgiref.sync import sync_to_async
from conftest import ACCOUNT, TOKEN
from hypothesis import given, settings
from hypothesis import strategies as st

import twreplay
from twreplay.errors import UsageError

URL = f"https://api.twilio.com/2008-08-01/Accounts/{ACCOUNT}/Calls"

simulate = partial(twreplay.simulate, account_sid=ACCOUNT, auth_token=TOKEN)


def ask(*_: object) -> int:
    return requests.get(URL, auth=(ACCOUNT, TOKEN), timeout=5).status_code


async def ask_later(*_: object) -> int:
    return ask()


def ask_twice() -> Iterator[int]:
    yield ask()
    yield ask()


async def ask_twice_later() -> AsyncIterator[int]:
    yield ask()
    yield ask()


def noted(function: Callable[..., Any]) -> Callable[..., Any]:
    """As most decorators do: hand on what the function returns, and know nothing of its kind."""

    @wraps(function)
    def noting(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return noting


async def collect(asked: AsyncIterator[int]) -> list[int]:
    return [each async for each in asked]


@pytest.fixture(autouse=True)
def _nothing_is_sent():
    with twreplay.block_network():
        yield


@pytest.mark.parametrize("function", [noted(ask_later), partial(ask_later), partial(ask_later, 1)])
def test_a_coroutine_that_a_plain_function_returns_runs_in_the_session(function):
    assert asyncio.run(simulate()(function)()) == 200


def test_a_coroutine_of_a_function_that_is_only_known_when_it_is_called_runs_in_the_session():
    assert asyncio.run(simulate()(sync_to_async(ask))()) == 200


def test_generators_that_a_plain_function_returns_run_in_the_session():
    assert [*simulate()(noted(ask_twice))()] == [200, 200]
    assert asyncio.run(collect(simulate()(noted(ask_twice_later))())) == [200, 200]


def test_a_context_manager_below_a_decorator_runs_in_the_session():
    @simulate()
    @contextmanager
    def asking(twilio: twreplay.Simulator) -> Iterator[twreplay.Simulator]:
        ask()
        yield twilio
        ask()

    with asking() as twilio:
        assert ask() == 200

    @asking()
    def asks() -> int:
        return ask()

    assert len(twilio.requests) == 3
    assert asks() == 200


def test_an_async_context_manager_below_a_decorator_runs_in_the_session():
    @simulate()
    @asynccontextmanager
    async def asking(twilio: twreplay.Simulator) -> AsyncIterator[twreplay.Simulator]:
        ask()
        yield twilio
        ask()

    async def use() -> twreplay.Simulator:
        async with asking() as twilio:
            ask()
        return twilio

    assert len(asyncio.run(use()).requests) == 3


def test_a_callable_object_and_a_partial_are_decorated_as_a_function_is():
    class Asks:
        def __call__(self) -> int:
            return ask()

    class AsksLater:
        async def __call__(self) -> int:
            return ask()

    assert simulate()(Asks())() == 200
    assert simulate()(partial(ask, 1))() == 200
    assert asyncio.run(simulate()(AsksLater())()) == 200


def test_a_generator_that_is_never_run_leaves_no_session_open():
    simulate()(noted(ask_twice))()
    gc.collect()

    with pytest.raises(twreplay.errors.NetworkBlocked):
        ask()


def test_what_a_coroutine_records_is_saved_when_it_has_run(tmp_path):
    path = tmp_path / "calls.yaml"
    options = {"record_mode": "once", "source": "simulator"}
    recorded = twreplay.use_cassette(path, **options)(noted(ask_later))()

    assert not path.exists()
    asyncio.run(recorded)
    with twreplay.use_cassette(path) as cassette:
        ask()
    assert cassette.play_count == 1


def test_a_cassette_cannot_be_named_after_a_function_without_a_file():
    with pytest.raises(UsageError, match="print has no file to name a cassette after"):
        twreplay.use_cassette(print)()


class TestParameter:
    """The simulator is passed wherever its parameter stands, however the others are given."""

    def test_between_arguments_that_are_given_by_position(self):
        @simulate()
        def test(first, twilio, last):
            return first, last, twilio

        assert test(1, 2)[:2] == test(1, last=2)[:2] == test(first=1, last=2)[:2] == (1, 2)
        assert test(1, 2)[2].requests == ()

    @pytest.mark.parametrize("is_outside", [True, False])
    def test_beside_those_of_mock_patch(self, is_outside):
        def test(twilio, patched):
            return ask(), patched, len(twilio.requests)

        patch = mock.patch(f"{__name__}.URL", new_callable=lambda: URL)
        wrapped = simulate()(patch(test)) if is_outside else patch(simulate()(test))

        assert wrapped() == (200, URL, 1)

    def test_below_a_strategy_of_hypothesis(self):
        seen = []

        @settings(max_examples=3, deadline=None, database=None)
        @given(st.integers())
        @simulate()
        def test(twilio, number):
            seen.append((type(number), len(twilio.requests)))

        test()

        assert set(seen) == {(int, 0)}

    def test_that_takes_positions_only(self):
        @simulate()
        def test(twilio, /, *, last):
            return ask(), last, len(twilio.requests)

        assert test(last=2) == (200, 2, 1)


def test_coroutines_that_run_at_once_are_each_in_the_session_of_their_own_call():
    counts = []

    async def ask_in_turns(twilio: twreplay.Simulator) -> None:
        ask()
        await asyncio.sleep(0)
        ask()
        counts.append(len(twilio.requests))

    asks = simulate()(noted(ask_in_turns))

    async def run() -> None:
        await asyncio.gather(asks(), asks(), asks())

    asyncio.run(run())

    assert counts == [2, 2, 2]


def test_nothing_of_a_session_is_left_where_a_coroutine_was_made():
    assert asyncio.run(simulate()(noted(ask_later))()) == 200

    with pytest.raises(twreplay.errors.NetworkBlocked):
        ask()


def test_a_session_around_goes_on_when_a_coroutine_that_was_made_before_it_has_run():
    async def run() -> list[int]:
        running = simulate()(noted(ask_later))()
        with simulate() as around:
            await running
            ask()
        return [len(around.requests)]

    assert asyncio.run(run()) == [1]


class Awaited:
    """As a request of aiohttp: it is awaited, or entered."""

    name = "a request"

    def __await__(self) -> Iterator[Any]:
        yield from asyncio.sleep(0).__await__()
        return ask()

    async def __aenter__(self) -> int:
        return ask()

    async def __aexit__(self, *_: object) -> None:
        ask()


def test_what_can_be_awaited_runs_in_the_session():
    asks = simulate()(lambda: Awaited())

    async def use() -> list[int]:
        async with asks() as entered:
            within = ask()
        return [await asks(), entered, within]

    assert asyncio.run(use()) == [200, 200, 200]
    assert asks().name == "a request"


def test_a_task_that_a_plain_function_starts_runs_in_the_session():
    async def use() -> list[Any]:
        started = simulate()(lambda: asyncio.ensure_future(ask_later()))()
        both = simulate()(lambda: asyncio.gather(ask_later(), ask_later()))()
        return [await started, await both]

    assert asyncio.run(use()) == [200, [200, 200]]


def test_a_coroutine_of_a_generator_stays_one():
    @simulate()
    @types.coroutine
    def asks() -> Iterator[Any]:
        yield from asyncio.sleep(0).__await__()
        return ask()

    async def use() -> int:
        return await asks()

    assert asyncio.run(use()) == 200


def test_what_python_maps_later_is_asked_in_the_session():
    assert [*simulate()(lambda: map(ask, "ab"))()] == [200, 200]


def test_a_context_manager_that_a_plain_function_returns_runs_in_the_session():
    counts = []

    @simulate()
    @noted
    @contextmanager
    def asking(twilio: twreplay.Simulator) -> Iterator[None]:
        ask()
        yield
        ask()
        counts.append(len(twilio.requests))

    @asking()
    def asks() -> int:
        return ask()

    with asking():
        ask()
    asks()

    assert counts == [3, 3]


def test_static_and_class_methods_are_decorated_as_functions_are():
    class Asks:
        @simulate()
        @staticmethod
        def plainly(twilio: twreplay.Simulator) -> int:
            return ask() + len(twilio.requests)

        @simulate()
        @classmethod
        def of_the_class(cls, twilio: twreplay.Simulator) -> tuple[type, int]:
            return cls, ask() + len(twilio.requests)

    assert Asks().plainly() == Asks.plainly() == 201
    assert Asks().of_the_class() == (Asks, 201)
