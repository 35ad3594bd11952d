"""A fault of a rule gives each client the exception that a real server like that gives it."""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
import threading
import time
import urllib.request
from contextlib import suppress
from functools import partial
from urllib.parse import urlsplit

import aiohttp
import httplib2
import httpx
import pytest
import requests
import trustme
import urllib3
from basic_auth import encode_basic
from ports import kept_port
from raw_server import PATIENCE, Ending, RawServer

import twreplay
from twreplay import faults


def with_http_client(url, timeout):
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=timeout)
    try:
        connection.request("GET", url.partition(parts.netloc)[2])
        connection.getresponse().read()
    finally:
        connection.close()


def with_urllib(url, timeout):
    with urllib.request.urlopen(url, timeout=timeout) as response:
        response.read()


def with_urllib3(url, timeout):
    with urllib3.PoolManager(timeout=timeout) as pool:
        pool.request("GET", url, retries=False)


def with_httplib2(url, timeout):
    http = httplib2.Http(timeout=timeout)
    try:
        http.request(url)
    finally:
        http.close()


def with_async_httpx(url, timeout):
    async def get():
        async with httpx.AsyncClient(timeout=timeout) as client:
            await client.get(url)

    asyncio.run(get())


def with_aiohttp(url, timeout):
    limits = aiohttp.ClientTimeout(sock_connect=timeout, sock_read=timeout)

    async def get():
        async with aiohttp.ClientSession(timeout=limits) as session, session.get(url) as response:
            await response.read()

    asyncio.run(get())


CLIENTS = {
    "requests": lambda url, timeout: requests.get(url, timeout=timeout),
    "urllib3": with_urllib3,
    "http.client": with_http_client,
    "urllib.request": with_urllib,
    "httplib2": with_httplib2,
    "httpx": lambda url, timeout: httpx.get(url, timeout=timeout),
    "httpx async": with_async_httpx,
    "aiohttp": with_aiohttp,
}

URL = "https://api.twilio.com/2008-08-01/Accounts"
MISBEHAVIOR = {
    faults.ConnectionReset: Ending(b""),
    faults.MalformedResponse: Ending(b"this is not HTTP\r\n\r\n"),
    faults.TruncatedBody: Ending(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabc"),
    faults.ReadTimeout: Ending(b"", "wait"),
}


@pytest.fixture(scope="module")
def server():
    with RawServer(**{fault.__name__: ending for fault, ending in MISBEHAVIOR.items()}) as server:
        yield server


@pytest.fixture
def untrusted():
    """The port of a server with a certificate of an unknown authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)

    def serve():
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                context.wrap_socket(connection, server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()  # before the number of the socket is given to another


def raised(client, url, timeout=PATIENCE):
    with pytest.raises(Exception) as caught:  # noqa: PT011  # which one is the question
        CLIENTS[client](url, timeout)
    return caught.value


def simulated(client, fault, timeout=PATIENCE):
    with twreplay.simulate() as twilio:
        # httplib2 tries once more by itself, as it does with a real server.
        twilio.when().raises(fault)
        return raised(client, URL, timeout)


@pytest.mark.parametrize("client", CLIENTS)
class TestEachClient:
    @pytest.mark.parametrize("fault", MISBEHAVIOR, ids=lambda f: f.__name__)
    def test_a_server_that_misbehaves_is_the_same_exception(self, client, fault, server):
        if fault is faults.ReadTimeout:
            real = server.see_end(lambda look, _: look(partial(raised, client)), fault.__name__)
        else:
            real = raised(client, server.url(fault.__name__))

        assert type(simulated(client, fault)) is type(real)

    def test_a_refused_connection_is_the_same_exception(self, client):
        with kept_port() as port:
            real = raised(client, f"http://127.0.0.1:{port}/x")

        assert type(simulated(client, faults.ConnectionRefused)) is type(real)

    def test_an_untrusted_certificate_is_the_same_exception(self, client, untrusted):
        real = raised(client, f"https://localhost:{untrusted}/x")

        assert type(simulated(client, faults.TLSFailure)) is type(real)

    def test_name_without_address(self, client, monkeypatch):
        def unknown(*args, **kwargs):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        with monkeypatch.context() as patched:
            patched.setattr(socket, "getaddrinfo", unknown)
            real = raised(client, "http://nothing.invalid/x")

        assert type(simulated(client, faults.NameResolutionFailed)) is type(real)

    def test_connection_that_is_never_made(self, client, monkeypatch):
        def late(self, address):
            raise TimeoutError("timed out")

        with monkeypatch.context() as patched:
            patched.setattr(socket.socket, "connect", late, raising=False)
            real = raised(client, "http://127.0.0.1:9/x")

        if client == "aiohttp":
            # It limits the time itself, so its socket never says so.
            real = aiohttp.ConnectionTimeoutError()
        elif client == "httpx async":
            real = httpx.ConnectTimeout("")
        assert type(simulated(client, faults.ConnectTimeout)) is type(real)

    def test_a_delay_beyond_the_clients_patience_is_the_same_exception_at_once(
        self, client, server
    ):
        real = server.see_end(lambda look, _: look(partial(raised, client)), "ReadTimeout")

        with twreplay.simulate() as twilio:
            twilio.when().delay(seconds=60)
            start = time.monotonic()
            late = raised(client, URL, 0.02)

        assert type(late) is type(real)
        assert time.monotonic() - start < 50

    def test_any_other_exception_arrives_as_it_is(self, client):
        assert type(simulated(client, ZeroDivisionError)) is ZeroDivisionError


@pytest.mark.parametrize("fault", [faults.ReadTimeout, faults.TruncatedBody])
def test_httpx_names_the_request(fault):
    error = simulated("httpx", fault)

    assert str(error.request.url) == URL


def test_name_without_address_of_an_aiohttp_that_has_no_class_for_it(monkeypatch):
    """3.10.0 has none."""
    monkeypatch.delattr(aiohttp, "ClientConnectorDNSError")

    failure = simulated("aiohttp", faults.NameResolutionFailed)

    assert type(failure) is aiohttp.ClientConnectorError


@pytest.mark.parametrize("client", ["httpx async", "aiohttp"])
def test_a_delay_does_not_block_an_event_loop(client):
    """One request waits for a minute; another one is answered meanwhile."""

    async def with_httpx(twilio):
        async with httpx.AsyncClient(auth=twilio.auth) as client:
            return await ask_twice(client.get)

    async def with_aiohttp(twilio):
        headers = {"Authorization": encode_basic(*twilio.auth)}
        async with aiohttp.ClientSession(headers=headers) as session:
            return await ask_twice(session.get)

    async def ask_twice(get):
        waiting = asyncio.ensure_future(get(URL))
        while not twilio.requests:
            await asyncio.sleep(0)
        answered = await get(URL)
        is_waiting = not waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return is_waiting, getattr(answered, "status_code", None) or answered.status

    with twreplay.simulate() as twilio:
        twilio.when("GET", times=1).delay(seconds=60)
        ask = with_httpx if client == "httpx async" else with_aiohttp
        found = asyncio.run(ask(twilio))

    assert found == (True, 200)
