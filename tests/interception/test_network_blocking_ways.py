"""However the network is asked for, it is not reached while it is blocked."""

from __future__ import annotations

import _socket
import asyncio
import email.utils
import http.server
import importlib.util
import json
import os
import socket
import ssl
import subprocess
import sys
import types
from pathlib import Path

import pytest
from inner_runs import run_inner

import twreplay
from twreplay.errors import NetworkBlocked

ROOT = Path(__file__).parents[2]
ANYWHERE = ("127.0.0.1", 9)

# Bound before any block begins, as code under test may have them.
early_getaddrinfo, early_gethostbyname = socket.getaddrinfo, socket.gethostbyname


def over_udp(send):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        return send(sender)


def over_tcp(connect, kind=socket.socket):
    made = kind(socket.AF_INET, socket.SOCK_STREAM)
    try:
        return connect(made)
    finally:
        made.close()


def over_duplicate(duplicate):
    def connect(made):
        other = duplicate(made)
        try:
            other.connect(ANYWHERE)
        finally:
            other.close()

    return over_tcp(connect)


async def by_sock_connect():
    with socket.socket() as made:
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, ANYWHERE)


async def by_datagrams(remote):
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0), remote_addr=remote
    )
    try:
        transport.sendto(b"x", None if remote else ANYWHERE)
    finally:
        transport.close()


async def by_streams():
    await asyncio.open_connection(*ANYWHERE)


async def by_a_unix_stream():
    await asyncio.open_unix_connection("/nowhere.sock")


async def by_getaddrinfo():
    await asyncio.get_running_loop().getaddrinfo("localhost", 80)


async def by_getnameinfo():
    await asyncio.get_running_loop().getnameinfo(ANYWHERE)


COROUTINES = {
    "sock_connect": by_sock_connect,
    "datagrams": lambda: by_datagrams(None),
    "connected datagrams": lambda: by_datagrams(ANYWHERE),
    "streams": by_streams,
    "Unix streams": by_a_unix_stream,
    "getaddrinfo": by_getaddrinfo,
    "getnameinfo": by_getnameinfo,
}

WAYS = {
    "create_connection": lambda: socket.create_connection(ANYWHERE),
    "connect_ex": lambda: over_tcp(lambda made: made.connect_ex(ANYWHERE)),
    "_socket": lambda: over_tcp(lambda made: made.connect(ANYWHERE), _socket.socket),
    "dup": lambda: over_duplicate(lambda made: made.dup()),
    "fromfd": lambda: over_duplicate(lambda made: socket.fromfd(made.fileno(), 2, 1)),
    "detached": lambda: over_duplicate(lambda made: socket.socket(fileno=made.detach())),
    "TLS": lambda: over_duplicate(
        lambda made: ssl.create_default_context().wrap_socket(made, server_hostname="x")
    ),
    "the own host": lambda: over_tcp(lambda made: made.connect(("", 9))),
    "mapped to IPv6": lambda: over_tcp(
        lambda made: made.connect(("::ffff:127.0.0.1", 9)),
        lambda *_: socket.socket(socket.AF_INET6),
    ),
    "sendto": lambda: over_udp(lambda sender: sender.sendto(b"x", ANYWHERE)),
    "sendto with flags": lambda: over_udp(lambda sender: sender.sendto(b"x", 0, ANYWHERE)),
    "sendto of the class below": lambda: over_udp(
        lambda sender: _socket.socket.sendto(sender, b"x", ANYWHERE)
    ),
    "sendmsg": lambda: over_udp(lambda sender: sender.sendmsg([b"x"], [], 0, ANYWHERE)),
    "connected datagrams": lambda: over_udp(lambda sender: sender.connect(ANYWHERE)),
    "gethostbyaddr": lambda: socket.gethostbyaddr("127.0.0.1"),
    "gethostbyname_ex": lambda: socket.gethostbyname_ex("localhost"),
    "getnameinfo": lambda: socket.getnameinfo(ANYWHERE, 0),
    "getfqdn": lambda: socket.getfqdn("127.0.0.1"),
    "getaddrinfo bound early": lambda: early_getaddrinfo("localhost", 80),
    "gethostbyname bound early": lambda: early_gethostbyname("localhost"),
    "_socket.getaddrinfo": lambda: _socket.getaddrinfo("localhost", 80),
} | {f"asyncio {name}": lambda way=way: asyncio.run(way()) for name, way in COROUTINES.items()}

if importlib.util.find_spec("uvloop"):
    import uvloop

    WAYS |= {
        f"uvloop {name}": lambda way=way: uvloop.run(way()) for name, way in COROUTINES.items()
    }


@pytest.mark.parametrize("way", WAYS)
def test_no_way_is_open(way):
    with twreplay.block_network(), pytest.raises(NetworkBlocked):
        WAYS[way]()


def test_an_allowed_name_may_be_looked_up_by_a_function_bound_early():
    with socket.create_server(("127.0.0.1", 0)) as server, twreplay.block_network("localhost"):
        address = early_getaddrinfo("localhost", server.getsockname()[1], socket.AF_INET)[0][4]
        socket.create_connection(address).close()


def test_the_hook_does_nothing_once_the_block_has_ended():
    with twreplay.block_network():
        pass

    assert early_gethostbyname("localhost") == "127.0.0.1"
    assert over_udp(lambda sender: sender.sendto(b"x", ANYWHERE)) == 1


def test_servers_and_mails_that_ask_for_the_own_name_go_on():
    with twreplay.block_network():
        http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler).server_close()
        assert socket.getfqdn() == socket.gethostname()
        assert socket.gethostname() in email.utils.make_msgid()


class TestALoopOutsideOfCPythonsSockets:
    """As uvloop's: what it does is announced to no audit hook."""

    @pytest.fixture
    def loop(self, monkeypatch):
        class Loop:
            def __init__(self):
                self.sent = []

            async def getaddrinfo(self, host, port):
                return [(2, 1, 6, "", ("192.0.2.1", port))]

            async def getnameinfo(self, sockaddr, flags=0):
                return "host", "port"

            async def create_connection(self, factory, host=None, port=None, **kwargs):
                return "connected"

            async def create_unix_connection(self, factory, path=None, **kwargs):
                return "connected"

            async def create_datagram_endpoint(self, factory, **kwargs):
                protocol = factory()
                transport = types.SimpleNamespace(
                    sendto=lambda data, addr=None: self.sent.append(addr)
                )
                protocol.connection_made(transport)
                return transport, protocol

        module = types.ModuleType("uvloop")
        module.Loop = Loop
        monkeypatch.setitem(sys.modules, "uvloop", module)
        return Loop()

    @pytest.mark.parametrize(
        ("method", "arguments"),
        [
            ("getaddrinfo", ("api.example", 80)),
            ("getnameinfo", (("192.0.2.1", 80),)),
            ("create_connection", (None, "api.example", 80)),
            ("create_unix_connection", (None, "/nowhere.sock")),
            ("create_datagram_endpoint", (None, None, ("192.0.2.1", 9))),
        ],
    )
    def test_is_blocked(self, loop, method, arguments):
        with twreplay.block_network(), pytest.raises(NetworkBlocked):
            asyncio.run(getattr(loop, method)(*arguments))

    def test_sends_no_datagram_elsewhere(self, loop):
        async def send(to):
            transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol)
            transport.sendto(b"x", to)

        with twreplay.block_network("192.0.2.1"):
            asyncio.run(send(("192.0.2.1", 9)))
            with pytest.raises(NetworkBlocked):
                asyncio.run(send(("192.0.2.2", 9)))
        assert loop.sent == [("192.0.2.1", 9)]

    def test_reaches_what_is_allowed(self, loop):
        with twreplay.block_network("api.example"):
            asyncio.run(loop.getaddrinfo("api.example", 80))
            assert asyncio.run(loop.create_connection(None, "192.0.2.1", 80)) == "connected"

    def test_is_as_it_was_afterwards(self, loop):
        before = dict(vars(type(loop)))
        with twreplay.block_network():
            pass
        assert dict(vars(type(loop))) == before


class TestChildren:
    """A Python process that is started while the plugin blocks the network blocks it, too."""

    ASKS = "import socket\nsocket.getaddrinfo('localhost', 80)\nprint('asked')\n"

    def run(self, **environment):
        # As Python does with a .pth file when it starts.
        line = (ROOT / "zz_twreplay_block.pth").read_text("utf-8")
        assert line.startswith("import ")
        assert line.count("\n") == 1
        return subprocess.run(
            [sys.executable, "-W", "error", "-c", line + self.ASKS],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=300,
        )

    @pytest.mark.parametrize("value", ["", "0", "no"])
    def test_are_free_unless_asked(self, value):
        assert self.run(TWREPLAY_BLOCK_NETWORK=value).stdout == "asked\n"

    @pytest.mark.parametrize("hosts", ["", "example.com", '["example.com"]', "re:("])
    def test_are_blocked(self, hosts):
        ended = self.run(TWREPLAY_BLOCK_NETWORK="1", TWREPLAY_ALLOWED_HOSTS=hosts)

        assert "NetworkBlocked" in ended.stderr
        assert ended.stdout == ""

    @pytest.mark.parametrize("hosts", ["localhost", json.dumps(["re:a{1,2}", "localhost"])])
    def test_reach_what_is_allowed(self, hosts):
        assert self.run(TWREPLAY_BLOCK_NETWORK="1", TWREPLAY_ALLOWED_HOSTS=hosts).stdout == (
            "asked\n"
        )

    def test_the_plugin_tells_them(self, pytester):
        pytester.makepyfile(
            """
            import json, os

            def test_is_told():
                assert os.environ["TWREPLAY_BLOCK_NETWORK"] == "1"
                assert json.loads(os.environ["TWREPLAY_ALLOWED_HOSTS"]) == ["a.test"]
            """
        )
        run_inner(
            pytester, "--twreplay-block-network", "--twreplay-allowed-hosts=a.test"
        ).assert_outcomes(passed=1)
        assert "TWREPLAY_BLOCK_NETWORK" not in os.environ
