"""Nothing reaches the network while it is blocked, whatever the client."""

from __future__ import annotations

import asyncio
import http.server
import socket
import tempfile
import threading
import urllib.request
from pathlib import Path

import aiohttp
import httplib2
import httpx
import pytest
import requests
import urllib3

import twreplay
from twreplay.errors import NetworkBlocked, UsageError


class _Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def port():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hello)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def with_aiohttp(url):
    async def get():
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return await response.read()

    return asyncio.run(get())


def with_async_httpx(url):
    async def get():
        async with httpx.AsyncClient() as client:
            return (await client.get(url)).content

    return asyncio.run(get())


CLIENTS = {
    "requests": lambda url: requests.get(url, timeout=60).content,
    "urllib": lambda url: urllib.request.urlopen(url, timeout=60).read(),
    "urllib3": lambda url: urllib3.PoolManager().request("GET", url, retries=False).data,
    "httplib2": lambda url: httplib2.Http().request(url)[1],
    "httpx": lambda url: httpx.get(url).content,
    "httpx-async": with_async_httpx,
    "aiohttp": with_aiohttp,
}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("client", CLIENTS)
def test_what_is_not_allowed_is_refused(client, host, port):
    with twreplay.block_network(), pytest.raises(NetworkBlocked) as caught:
        CLIENTS[client](f"http://{host}:{port}/")

    assert caught.value.host == host
    if client not in ("aiohttp", "httpx-async"):  # those connect in a task or thread of their own
        assert "test_network_blocking.py" in str(caught.value)


@pytest.mark.parametrize(
    "allowed",
    ["localhost", "re:local.*", "127.0.0.0/8,::1,re:localhost"],
)
@pytest.mark.parametrize("client", CLIENTS)
def test_what_is_allowed_is_reached(client, allowed, port):
    with twreplay.block_network(allowed):
        assert CLIENTS[client](f"http://localhost:{port}/") == b"hello"


def test_address_is_not_reached_by_allowing_a_name_that_was_not_resolved(port):
    with twreplay.block_network(["localhost"]), pytest.raises(NetworkBlocked):
        CLIENTS["requests"](f"http://127.0.0.1:{port}/")


def test_names_are_not_even_looked_up():
    with twreplay.block_network(), pytest.raises(NetworkBlocked, match=r"host api\.example"):
        socket.getaddrinfo("api.example", 443)


@pytest.mark.parametrize("call", ["gethostbyname", "gethostbyname_ex"])
def test_old_ways_to_look_up_are_closed_too(call):
    with twreplay.block_network(), pytest.raises(NetworkBlocked):
        getattr(socket, call)("localhost")


def test_datagrams_are_refused():
    with (
        twreplay.block_network(),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
        pytest.raises(NetworkBlocked),
    ):
        sender.sendto(b"x", ("127.0.0.1", 9))


class TestUnixSockets:
    @pytest.fixture
    def path(self):
        # Not tmp_path: the path of a Unix socket has to be short.
        with tempfile.TemporaryDirectory() as directory:
            path = str(Path(directory) / "s")
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(path)
                server.listen()
                yield path

    @pytest.mark.parametrize("allowed", ["unix", "unix:{}"])
    def test_are_reached_if_allowed(self, path, allowed):
        with twreplay.block_network([allowed.format(path)]), socket.socket(socket.AF_UNIX) as s:
            s.connect(path)

    @pytest.mark.parametrize("allowed", [[], ["unix:/other"], ["127.0.0.1"]])
    def test_are_refused_otherwise(self, path, allowed):
        with (
            twreplay.block_network(allowed),
            socket.socket(socket.AF_UNIX) as s,
            pytest.raises(NetworkBlocked, match="Unix socket"),
        ):
            s.connect(path)


def test_the_simulator_needs_no_network():
    with twreplay.block_network(), twreplay.simulate() as twilio:
        response = requests.get(twilio.account_url, auth=twilio.auth, timeout=60)

    assert response.status_code == 200


def test_inner_block_cannot_allow_what_an_outer_one_forbids(port):
    with (
        twreplay.block_network(),
        twreplay.block_network(["127.0.0.1"]),
        pytest.raises(NetworkBlocked),
    ):
        CLIENTS["requests"](f"http://127.0.0.1:{port}/")


def test_nothing_is_left_behind(port):
    before = [socket.getaddrinfo, socket.gethostbyname, dict(socket.socket.__dict__)]

    with twreplay.block_network():
        assert socket.getaddrinfo is not before[0]

    assert [socket.getaddrinfo, socket.gethostbyname, dict(socket.socket.__dict__)] == before
    assert CLIENTS["requests"](f"http://127.0.0.1:{port}/") == b"hello"


@pytest.mark.parametrize("wrong", [["http://example.com"], ["re:("], [""], [5], ["10.0.0.0/99"]])
def test_what_is_no_host_is_an_error(wrong):
    with pytest.raises(UsageError, match="allowed_hosts"):
        twreplay.block_network(wrong)


def test_a_decorated_function_is_blocked():
    @twreplay.block_network()
    def look_up():
        socket.getaddrinfo("localhost", 80)

    with pytest.raises(NetworkBlocked):
        look_up()
