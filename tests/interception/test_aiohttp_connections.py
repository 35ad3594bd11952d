"""While aiohttp's requests are recorded, its real connections end as they do without us."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import aiohttp
import pytest
from raw_server import HOST, PATIENCE, Ending, Look, RawServer

import twreplay
from twreplay import errors

Ask = Callable[[aiohttp.ClientSession, RawServer], Awaitable[Any]]
Wait = Callable[[aiohttp.ClientSession, str, float], Awaitable[Any]]


async def wait_for_it(session: aiohttp.ClientSession, url: str, seconds: float) -> None:
    await asyncio.wait_for(session.get(url), seconds)


async def limit_it(session: aiohttp.ClientSession, url: str, seconds: float) -> None:
    await session.get(url, timeout=aiohttp.ClientTimeout(total=seconds))


async def limit_the_reading(session: aiohttp.ClientSession, url: str, seconds: float) -> None:
    await session.get(url, timeout=aiohttp.ClientTimeout(sock_read=seconds))


async def cancel_it(session: aiohttp.ClientSession, server: RawServer) -> None:
    task = asyncio.create_task(session.get(server.url("silent")))
    await asyncio.to_thread(server.wait_until_asked)
    task.cancel()
    await task


async def cancel_the_body(session: aiohttp.ClientSession, server: RawServer) -> None:
    async def read() -> bytes:
        async with session.get(server.url("stalled")) as answer:
            return await answer.read()

    task = asyncio.create_task(read())
    await asyncio.to_thread(server.wait_until_asked)
    task.cancel()
    await task


async def close_the_session(session: aiohttp.ClientSession, server: RawServer) -> None:
    task = asyncio.create_task(session.get(server.url("silent")))
    await asyncio.to_thread(server.wait_until_asked)
    await session.close()
    await task


async def close_the_connector(session: aiohttp.ClientSession, server: RawServer) -> None:
    task = asyncio.create_task(session.get(server.url("silent")))
    await asyncio.to_thread(server.wait_until_asked)
    await session.connector.close()
    await task


async def close_the_session_after_cancelling(
    session: aiohttp.ClientSession, server: RawServer
) -> None:
    task = asyncio.create_task(session.get(server.url("silent")))
    await asyncio.to_thread(server.wait_until_asked)
    task.cancel()
    await session.close()
    await task


async def cancel_while_the_session_closes(
    session: aiohttp.ClientSession, server: RawServer
) -> None:
    task = asyncio.create_task(session.get(server.url("silent")))
    await asyncio.to_thread(server.wait_until_asked)
    closing = asyncio.create_task(session.close())
    task.cancel()
    await closing
    await task


TIME_IS_OVER: list[Wait] = [wait_for_it, limit_it, limit_the_reading]
GIVEN_UP: list[Ask] = [
    cancel_it,
    cancel_the_body,
    close_the_session,
    close_the_connector,
    close_the_session_after_cancelling,
    cancel_while_the_session_closes,
]


def observe(ask: Callable[[aiohttp.ClientSession], Awaitable[Any]]) -> str:
    """Return what *ask* ends with; fail if it, or closing its session, does not end."""

    async def run() -> str:
        found = "nothing"
        session = aiohttp.ClientSession()
        try:
            await ask(session)
        except BaseException as error:
            found = type(error).__name__
        await session.close()
        return found

    async def run_in_time() -> str:
        return await asyncio.wait_for(run(), PATIENCE)

    return asyncio.run(run_in_time())


@pytest.fixture
def server():
    stalled = Ending(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<a", "wait")
    with RawServer(silent=Ending(b"", "wait"), stalled=stalled) as server:
        yield server


MODES = ["once", "new_episodes", "all", "rewrite"]


def see(observe_it: Callable[[], str], mode: Any, path: Any) -> Any:
    """Return what is observed recorded and live, whether that was told of, and kept."""
    live, is_told = observe_it(), False
    try:
        with twreplay.use_cassette(path, record_mode=mode, hosts=(HOST,)):
            inside = observe_it()
    except errors.RecordingInterrupted:
        is_told = True
    return inside, live, is_told, path.exists()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("ask", GIVEN_UP, ids=lambda ask: ask.__name__)
def test_a_request_that_is_given_up_ends_as_without_us(ask, mode, server, tmp_path):
    path = tmp_path / "calls.yaml"

    def observe_it() -> str:
        return observe(lambda session: ask(session, server))

    inside, live, is_told, is_kept = see(observe_it, mode, path)

    assert inside == live
    assert (is_told, is_kept) == (True, False)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("wait", TIME_IS_OVER, ids=lambda wait: wait.__name__)
def test_a_request_whose_time_is_over_ends_as_without_us(wait, mode, server, tmp_path):
    def observe_it(url: str, seconds: float) -> str:
        return observe(lambda session: wait(session, url, seconds))

    def observe_both(look: Look, seconds: float) -> Any:
        return see(lambda: look(observe_it), mode, tmp_path / f"{seconds}.yaml")

    inside, live, is_told, is_kept = server.see_end(observe_both, "silent")

    assert inside == live
    assert (is_told, is_kept) == (True, False)


def test_a_connector_that_may_have_one_connection_has_one_again(server, tmp_path):
    async def run(url: str, seconds: float) -> int:
        connector = aiohttp.TCPConnector(limit=1)
        async with aiohttp.ClientSession(connector=connector) as session:
            with suppress(TimeoutError):
                await session.get(url, timeout=aiohttp.ClientTimeout(total=seconds))
            async with session.get(server.url()) as answer:
                return answer.status

    def run_in_time(url: str, seconds: float) -> int:
        return asyncio.run(asyncio.wait_for(run(url, seconds), 2 * PATIENCE))

    def see_again(look: Look, seconds: float) -> Any:
        path, status, is_told = tmp_path / f"{seconds}.yaml", None, False
        try:
            with twreplay.use_cassette(path, record_mode="once", hosts=(HOST,)):
                status = look(run_in_time)
        except errors.RecordingInterrupted:
            is_told = True
        return status, is_told

    assert server.see_end(see_again, "silent") == (200, True)
