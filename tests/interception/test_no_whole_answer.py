"""What goes out while recording and gets no whole answer is told of, and not saved as if it had."""

from __future__ import annotations

import asyncio
import http.client
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from typing import Any

import aiohttp
import httplib2
import httpx
import httpx2
import pytest
import requests
import urllib3
from extent import mark_slow
from httpx_curl_cffi import CurlTransport
from ports import kept_port
from pyreqwest.client import SyncClientBuilder
from pyreqwest.compatibility.httpx import SyncHttpxTransport
from raw_server import GOOD, HOST, PATH, PATIENCE, Ending, Look, RawServer
from tornado.curl_httpclient import CurlAsyncHTTPClient
from tornado.simple_httpclient import SimpleAsyncHTTPClient

import twreplay
from twreplay import errors


class Patience:
    """How long a client waits: not long where nothing comes."""

    seconds = PATIENCE


def with_requests(url: str) -> Any:
    return requests.get(url, timeout=Patience.seconds).content


def with_a_stream_of_requests(url: str) -> Any:
    with requests.get(url, timeout=Patience.seconds, stream=True) as answer:
        return b"".join(answer.iter_content(3))


def with_urllib3(url: str) -> Any:
    with urllib3.PoolManager() as pool:
        return pool.request("GET", url, timeout=Patience.seconds, retries=False).data


def with_http_client(url: str) -> Any:
    host = url.partition("//")[2].partition("/")[0]
    with closing(http.client.HTTPConnection(host, timeout=Patience.seconds)) as connection:
        connection.request("GET", url.partition(host)[2])
        return connection.getresponse().read()


def with_urllib(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=Patience.seconds) as answer:
        return answer.read()


def with_httplib2(url: str) -> Any:
    client = httplib2.Http(timeout=Patience.seconds)
    try:
        return client.request(url)[1]
    finally:
        client.close()


def with_httpx(url: str, kin: Any = httpx, transport: Any = None) -> Any:
    with kin.Client(timeout=Patience.seconds, transport=transport) as client:
        return client.get(url).content


def with_httpx2(url: str) -> Any:
    return with_httpx(url, httpx2)


def with_pyreqwest(url: str) -> Any:
    with SyncClientBuilder().build() as client, SyncHttpxTransport(client) as transport:
        return with_httpx(url, transport=transport)


def with_curl_cffi(url: str) -> Any:
    return with_httpx(url, transport=CurlTransport())


async def ask_httpx(url: str, kin: Any = httpx) -> Any:
    async with kin.AsyncClient(timeout=Patience.seconds) as client:
        return (await client.get(url)).content


async def ask_httpx2(url: str) -> Any:
    return await ask_httpx(url, httpx2)


async def ask_aiohttp(url: str) -> Any:
    limits = aiohttp.ClientTimeout(total=Patience.seconds)
    async with aiohttp.ClientSession(timeout=limits) as session, session.get(url) as answer:
        return await answer.read()


async def ask_tornado(url: str, kind: Any = SimpleAsyncHTTPClient) -> Any:
    client = kind(force_instance=True)
    try:
        return (await client.fetch(url, request_timeout=Patience.seconds)).body
    finally:
        client.close()


async def ask_curl(url: str) -> Any:
    return await ask_tornado(url, CurlAsyncHTTPClient)


Ask = Callable[[str], Any]
BLOCKING: dict[str, Ask] = {
    "requests": with_requests,
    "requests stream": with_a_stream_of_requests,
    "urllib3": with_urllib3,
    "http.client": with_http_client,
    "urllib.request": with_urllib,
    "httplib2": with_httplib2,
    "httpx": with_httpx,
    "httpx2": with_httpx2,
}
IN_A_LOOP: dict[str, Ask] = {
    "httpx async": ask_httpx,
    "httpx2 async": ask_httpx2,
    "aiohttp": ask_aiohttp,
    "tornado": ask_tornado,
    "tornado curl": ask_curl,
}


def blocking(ask: Ask) -> Ask:
    return lambda url: asyncio.run(ask(url))


CLIENTS = {
    **BLOCKING,
    **{name: blocking(ask) for name, ask in IN_A_LOOP.items()},
    "pyreqwest": with_pyreqwest,
    "httpx-curl-cffi": with_curl_cffi,
}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n"
ENDINGS = {
    "closed": Ending(b""),
    "reset": Ending(b"", "reset"),
    "silent": Ending(b"", "wait"),
    "head_cut": Ending(HEAD[:30]),
    "head_stalls": Ending(HEAD[:30], "wait"),
    "body_cut": Ending(HEAD + b"Content-Length: 9\r\n\r\n<a/>"),
    "body_reset": Ending(HEAD + b"Content-Length: 9\r\n\r\n<a/>", "reset"),
    "body_stalls": Ending(HEAD + b"Content-Length: 9\r\n\r\n<a/>", "wait"),
    "body_missing": Ending(HEAD + b"Content-Length: 9\r\n\r\n", "wait"),
    "chunk_cut": Ending(HEAD + b"Transfer-Encoding: chunked\r\n\r\n9\r\n<a/>"),
    "chunks_end_early": Ending(HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\n<a/>\r\n"),
    "chunks_stall": Ending(HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\n<a/>\r\n", "wait"),
    "not_http": Ending(b"this is not HTTP\r\n\r\n"),
    "not_http_and_open": Ending(b"this is not HTTP\r\n\r\n", "wait"),
}
LEFT_OUT = {
    # libcurl takes a head without an end for a whole one, and shows nothing of that.
    ("tornado curl", "head_cut"),
    ("httpx-curl-cffi", "head_cut"),
    # It waits a second at least.
    *(("httpx-curl-cffi", name) for name in ENDINGS if name.endswith(("stalls", "stall", "open"))),
}
# Its own exception about a reset is lost, and it waits for its time to be over.
WAIT_AS_WELL = {("tornado", "body_reset")}
PAIRS = [(c, e) for c in CLIENTS for e in ENDINGS if (c, e) not in LEFT_OUT]


def waits(client: str, ending: str) -> bool:
    return ENDINGS[ending].then == "wait" or (client, ending) in WAIT_AS_WELL


# All of them wait for 12 s.
MATRIX = [mark_slow(*pair) if waits(*pair) and pair[0] != "requests" else pair for pair in PAIRS]


def observe(ask: Ask, url: str, seconds: float = PATIENCE) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Patience, "seconds", seconds)
        try:
            return "returned", ask(url)
        except Exception as error:
            return "raised", type(error).__qualname__


@pytest.fixture(scope="module")
def server():
    with RawServer(**ENDINGS) as server:
        yield server


@pytest.fixture
def recorded(tmp_path):
    return tmp_path / "calls.yaml"


def record(path: Any, **options: Any) -> Any:
    return twreplay.use_cassette(path, record_mode="once", hosts=(HOST,), **options)


@pytest.mark.parametrize(("client", "ending"), MATRIX)
def test_no_whole_answer_is_told_of(client, ending, server, tmp_path):
    ask = CLIENTS[client]

    def see(look: Look, seconds: float) -> Any:
        recorded, told = tmp_path / f"{seconds}.yaml", None
        live = look(partial(observe, ask))
        try:
            with record(recorded):
                assert ask(server.url()) == b"<a/>"
                inside = look(partial(observe, ask))
        except errors.RecordingInterrupted as error:
            told = error.request.url
        return inside, live, told, {path.name for path in tmp_path.glob(f"{recorded.stem}.*")}

    inside, live, told, left = server.see_end(see, ending, waits=waits(client, ending))

    assert inside == live
    assert f"Page={ending}" in told
    assert [name.endswith(".failed.yaml") for name in left] == [True]


@pytest.mark.parametrize("client", CLIENTS)
def test_what_never_went_out_is_not_missed(client, server, recorded):
    with kept_port() as port, record(recorded):
        assert CLIENTS[client](server.url()) == b"<a/>"
        kind, _ = observe(CLIENTS[client], f"http://{HOST}:{port}{PATH}")

    assert kind == "raised"
    assert recorded.exists()


@pytest.mark.parametrize("client", CLIENTS)
def test_a_second_attempt_makes_it_good(client, recorded):
    with RawServer(once=Ending(b"")) as server:
        url = server.url("once")

        with record(recorded):
            observe(CLIENTS[client], url)
            del server._endings["once"]
            assert CLIENTS[client](url) == b"<a/>"

    assert recorded.exists()


@pytest.mark.parametrize("client", BLOCKING)
def test_a_thread_still_waiting_when_its_session_closes_is_told_of(client, recorded):
    with RawServer(silent=Ending(b"", "wait")) as server:
        url = server.url("silent")
        thread = threading.Thread(target=lambda: observe(BLOCKING[client], url))

        with pytest.raises(errors.RecordingInterrupted, match="still in flight"), record(recorded):
            BLOCKING[client](server.url())
            thread.start()
            server.wait_until_asked()
        server.let_go()
        thread.join()

    assert not recorded.exists()


@pytest.mark.parametrize("client", IN_A_LOOP)
def test_a_task_still_waiting_when_its_session_closes_is_told_of(client, recorded):
    async def run(server: RawServer) -> None:
        async with asyncio.TaskGroup() as group:
            with record(recorded):
                await IN_A_LOOP[client](server.url())
                task = group.create_task(IN_A_LOOP[client](server.url("silent")))
                await asyncio.to_thread(server.wait_until_asked)
            task.cancel()

    with RawServer(silent=Ending(b"", "wait")) as server:
        with pytest.raises(ExceptionGroup) as caught:
            asyncio.run(run(server))

    assert caught.group_contains(errors.RecordingInterrupted, match="still in flight")
    assert not recorded.exists()


@pytest.mark.parametrize("ending", ["silent", "body_stalls"])
@pytest.mark.parametrize("client", IN_A_LOOP)
def test_a_cancelled_task_is_told_of(client, ending, recorded):
    async def run(server: RawServer) -> None:
        task = asyncio.create_task(IN_A_LOOP[client](server.url(ending)))
        await asyncio.to_thread(server.wait_until_asked)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    with RawServer(**ENDINGS) as server:
        with pytest.raises(errors.RecordingInterrupted), record(recorded):
            asyncio.run(run(server))

    assert not recorded.exists()


def leave_a_stream_of_requests(url: str) -> None:
    requests.get(url, timeout=PATIENCE, stream=True).close()


def leave_a_response_of_urllib3(url: str) -> None:
    with urllib3.PoolManager() as pool:
        pool.request("GET", url, preload_content=False, retries=False).close()


def leave_a_response_of_http_client(url: str) -> None:
    host = url.partition("//")[2].partition("/")[0]
    with closing(http.client.HTTPConnection(host, timeout=PATIENCE)) as connection:
        connection.request("GET", PATH)
        connection.getresponse().close()


def leave_a_stream_of_httpx(url: str) -> None:
    with httpx.Client() as client, client.stream("GET", url):
        pass


def leave_a_response_of_aiohttp(url: str) -> None:
    async def ask() -> None:
        async with aiohttp.ClientSession() as session, session.get(url):
            pass

    asyncio.run(ask())


@pytest.mark.parametrize(
    "leave",
    [
        leave_a_stream_of_requests,
        leave_a_response_of_urllib3,
        leave_a_response_of_http_client,
        leave_a_stream_of_httpx,
        leave_a_response_of_aiohttp,
    ],
)
def test_a_whole_answer_that_nobody_reads_is_recorded(leave, server, recorded):
    with record(recorded) as cassette:
        leave(server.url())

    assert [each.response.body for each in cassette.recorded] == [b"<a/>"]


def test_a_connection_closed_before_its_answer_is_asked_for_is_told_of(server, recorded):
    connection = http.client.HTTPConnection(HOST, server.port, timeout=PATIENCE)

    with pytest.raises(errors.RecordingInterrupted, match="did not wait"), record(recorded):
        connection.request("GET", PATH)
        connection.close()


def test_another_request_on_a_connection_leaves_the_first_missing(server, recorded):
    with (
        pytest.raises(errors.RecordingInterrupted, match="still in flight"),
        record(recorded),
        closing(http.client.HTTPConnection(HOST, server.port, timeout=PATIENCE)) as connection,
    ):
        connection.request("GET", f"{PATH}?Page=first")
        connection.close = lambda: None  # type: ignore[method-assign]
        connection._HTTPConnection__state = "Idle"  # type: ignore[attr-defined]
        connection.request("GET", f"{PATH}?Page=second")
        assert connection.getresponse().read() == b"<a/>"


def test_the_block_s_own_error_gets_it_as_a_note(server, recorded):
    with pytest.raises(requests.ConnectionError) as caught, record(recorded):
        with_requests(server.url("closed"))

    assert "no whole response was kept" in caught.value.__notes__[0]
    assert GOOD not in caught.value.__notes__[0].encode()
