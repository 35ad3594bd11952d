"""While aiohttp's requests are recorded, its real connections end as they do without us."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import aiohttp
import pytest
from raw_server import HOST, Ending, RawServer

import twreplay
from twreplay import errors

# Longer than any of these takes, and shorter than a test may hang.
PATIENCE = 10
Ask = Callable[[aiohttp.ClientSession, RawServer], Awaitable[Any]]


async def wait_for_it(session: aiohttp.ClientSession, server: RawServer) -> None:
    await asyncio.wait_for(session.get(server.url("silent")), 0.05)


async def limit_it(session: aiohttp.ClientSession, server: RawServer) -> None:
    await session.get(server.url("silent"), timeout=aiohttp.ClientTimeout(total=0.05))


async def limit_the_reading(session: aiohttp.ClientSession, server: RawServer) -> None:
    await session.get(server.url("silent"), timeout=aiohttp.ClientTimeout(sock_read=0.05))


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


WAYS: list[Ask] = [
    wait_for_it,
    limit_it,
    limit_the_reading,
    cancel_it,
    cancel_the_body,
    close_the_session,
    close_the_connector,
    close_the_session_after_cancelling,
    cancel_while_the_session_closes,
]


def observe(ask: Ask, server: RawServer) -> str:
    """Return what *ask* ends with; fail if it, or closing its session, does not end."""

    async def run() -> str:
        found = "nothing"
        session = aiohttp.ClientSession()
        try:
            await ask(session, server)
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


@pytest.mark.parametrize("mode", ["once", "new_episodes", "all", "rewrite"])
@pytest.mark.parametrize("ask", WAYS, ids=lambda ask: ask.__name__)
def test_a_request_that_is_given_up_ends_as_without_us(ask, mode, server, tmp_path):
    path = tmp_path / "calls.yaml"
    live = observe(ask, server)

    with (
        pytest.raises(errors.RecordingInterrupted),
        twreplay.use_cassette(path, record_mode=mode, hosts=(HOST,)),
    ):
        inside = observe(ask, server)

    assert inside == live
    assert not path.exists()


async def ask_again(session: aiohttp.ClientSession, server: RawServer) -> Any:
    with suppress(TimeoutError):
        await session.get(server.url("silent"), timeout=aiohttp.ClientTimeout(total=0.05))
    async with session.get(server.url()) as answer:
        return answer.status


def test_a_connector_that_may_have_one_connection_has_one_again(server, tmp_path):
    async def run() -> int:
        connector = aiohttp.TCPConnector(limit=1)
        async with aiohttp.ClientSession(connector=connector) as session:
            return await asyncio.wait_for(ask_again(session, server), PATIENCE)

    with (
        pytest.raises(errors.RecordingInterrupted),
        twreplay.use_cassette(tmp_path / "calls.yaml", record_mode="once", hosts=(HOST,)),
    ):
        status = asyncio.run(run())

    assert status == 200
