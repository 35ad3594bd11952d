"""What a client sees while it is recorded is what it sees without us, however odd the answer."""

from __future__ import annotations

import asyncio
import gzip
import http.client
from contextlib import closing
from typing import Any

import aiohttp
import httplib2
import httpx
import httpx2
import pytest
import requests
import urllib3
from raw_server import HOST, PATIENCE, Ending, Look, RawServer
from tornado.simple_httpclient import SimpleAsyncHTTPClient

import twreplay
from twreplay import errors

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n"
CHUNKS = b"\r\n\r\n3\r\nabc\r\n0\r\n"
ANSWERS = {
    "zero": Ending(OK + b"Content-Length: 03\r\n\r\nabc", "keep"),
    "folded": Ending(OK + b"X-Own: one\r\n two\r\nContent-Length: 3\r\n\r\nabc", "keep"),
    "chunks": Ending(OK + b"Transfer-Encoding: chunked\r\nX-Own: 1" + CHUNKS + b"\r\n", "keep"),
    "trailer": Ending(
        OK + b"Trailer: X-Own\r\nTransfer-Encoding: chunked" + CHUNKS + b"X-Own: 1\r\n\r\n", "keep"
    ),
    "closes": Ending(OK + b"Connection: close\r\n\r\nabc"),
    "closes_at_length": Ending(OK + b"Connection: close\r\nContent-Length: 3\r\n\r\nabc"),
    "no_length": Ending(OK + b"\r\nabc"),
    "two_lengths": Ending(OK + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", "keep"),
    "http_1_0": Ending(b"HTTP/1.0 200 OK\r\nX-Own: 1\r\n\r\nabc"),
    "nothing": Ending(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "keep"),
    "early": Ending(b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" + OK + b"\r\nabc"),
    "switch": Ending(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", "keep"
    ),
    "no_http": Ending(b"\0\1\2\r\n\r\n"),
    "gzip": Ending(
        OK + b"Content-Encoding: gzip\r\nContent-Length: 23\r\n\r\n" + gzip.compress(b"abc"),
        "keep",
    ),
    "no_gzip": Ending(OK + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", "keep"),
    "no_deflate": Ending(OK + b"Content-Encoding: deflate\r\nContent-Length: 3\r\n\r\nabc", "keep"),
    "binary_no_gzip": Ending(
        OK + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\0\xff\1\2", "keep"
    ),
}
# Tornado waits for what was switched to.
WAITS = ("by_tornado", "switch")


class Patience:
    """How long a client waits: not long where nothing comes."""

    seconds = PATIENCE


def by_http_client(url: str) -> Any:
    host = url.partition("//")[2].partition("/")[0]
    with closing(http.client.HTTPConnection(host, timeout=Patience.seconds)) as connection:
        connection.request("GET", url.partition(host)[2])
        answer = connection.getresponse()
        known = (answer.status, answer.reason, answer.version, answer.getheaders(), answer.length)
        return *known, answer.chunked, answer.will_close, answer.read(), connection.sock is None


def by_urllib3(url: str) -> Any:
    with urllib3.PoolManager() as pool:
        answer = pool.request("GET", url, retries=False, timeout=Patience.seconds)
        return answer.status, answer.reason, answer.version, [*answer.headers.items()], answer.data


def by_requests(url: str) -> Any:
    answer = requests.get(url, timeout=Patience.seconds)
    return answer.status_code, answer.reason, [*answer.headers.items()], answer.content


def by_httplib2(url: str) -> Any:
    client = httplib2.Http(timeout=Patience.seconds)
    try:
        return [dict(given) if isinstance(given, dict) else given for given in client.request(url)]
    finally:
        client.close()


def by_httpx(url: str, kin: Any = httpx) -> Any:
    with kin.Client(timeout=Patience.seconds) as client:
        answer = client.get(url)
        known = (answer.status_code, answer.reason_phrase, answer.http_version, answer.headers.raw)
        return *known, answer.content, answer.num_bytes_downloaded


def by_httpx2(url: str) -> Any:
    return by_httpx(url, httpx2)


def by_aiohttp(url: str) -> Any:
    async def ask() -> Any:
        limits = aiohttp.ClientTimeout(total=Patience.seconds)
        async with aiohttp.ClientSession(timeout=limits) as session, session.get(url) as answer:
            known = (answer.status, answer.reason, answer.version, answer.raw_headers)
            return *known, answer.content_length, await answer.read()

    return asyncio.run(ask())


def by_tornado(url: str) -> Any:
    async def ask() -> Any:
        client = SimpleAsyncHTTPClient(force_instance=True)
        try:
            answer = await client.fetch(url, request_timeout=Patience.seconds)
            return answer.code, answer.reason, [*answer.headers.get_all()], answer.body
        finally:
            client.close()

    return asyncio.run(ask())


CLIENTS = [
    by_http_client,
    by_urllib3,
    by_requests,
    by_httplib2,
    by_httpx,
    by_httpx2,
    by_aiohttp,
    by_tornado,
]


def observe(ask: Any, url: str, seconds: float = PATIENCE) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Patience, "seconds", seconds)
        try:
            return "returned", ask(url)
        except Exception as error:
            return "raised", type(error).__qualname__


@pytest.fixture(scope="module")
def server():
    with RawServer(**ANSWERS) as server:
        yield server


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("ask", CLIENTS, ids=lambda ask: ask.__name__)
def test_recording_changes_nothing_and_replay_ends_alike(ask, name, server, tmp_path):
    def see(look: Look, seconds: float) -> Any:
        path, asked = tmp_path / f"{seconds}.yaml", []

        def observe_it(url: str, seconds: float) -> Any:
            asked.append(url)
            return observe(ask, url, seconds)

        live = look(observe_it)
        inside, replayed = None, None
        try:
            with twreplay.use_cassette(path, record_mode="once", hosts=(HOST,)):
                inside = look(observe_it)
        except (errors.RecordingInterrupted, errors.SecretInCassette):  # what it refuses to repeat
            assert not path.exists()
        if path.exists():
            with twreplay.use_cassette(path, hosts=(HOST,)):
                replayed = observe(ask, asked[-1], seconds)
        return live, inside, replayed

    waits = (ask.__name__, name) == WAITS
    live, inside, replayed = server.see_end(see, name, waits=waits)

    assert inside == live
    if replayed:
        # Headers of one connection are not stored, and the others are sorted; bodies are plain.
        assert replayed[0] == live[0]
        assert live[0] == "returned" or replayed == live


@pytest.mark.parametrize("ask", [by_http_client, by_urllib3])
@pytest.mark.parametrize("name", ["chunks", "no_length", "closes", "http_1_0"])
def test_an_answer_without_a_length_gets_none_in_replay(ask, name, server, tmp_path):
    path = tmp_path / "calls.yaml"
    with twreplay.use_cassette(path, record_mode="once", hosts=(HOST,)):
        ask(server.url(name))

    with twreplay.use_cassette(path, hosts=(HOST,)):
        replayed = ask(server.url(name))

    assert ("Transfer-Encoding", "chunked") in replayed[3]
    assert "Content-Length" not in dict(replayed[3])


@pytest.mark.parametrize("ask", CLIENTS[:6], ids=lambda ask: ask.__name__)
def test_a_folded_field_is_replayed_as_it_was_read(ask, server, tmp_path):
    path, url = tmp_path / "calls.yaml", server.url("folded")
    with twreplay.use_cassette(path, record_mode="once", hosts=(HOST,)):
        by_http_client(url)  # which alone leaves it on two lines
    live = ask(url)

    with twreplay.use_cassette(path, hosts=(HOST,)):
        replayed = ask(url)

    assert ("two" in str(live), "\\n two" in str(live)) == (True, "\\n two" in str(replayed))
