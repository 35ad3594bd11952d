"""What niquests brings is answered or refused, and never sent: its halves, as it has them."""

from __future__ import annotations

import asyncio
import sys
from types import ModuleType

import pytest

import twreplay
from twreplay import errors


class Connection:
    """As urllib3-future's, which is not one of http.client's."""

    default_port = 443
    timeout = None
    _tunnel_host = None

    def __init__(self, host: str) -> None:
        self.host, self.port, self.sock = host, 443, None
        self.is_real = False

    def connect(self) -> None:
        self.sock, self.is_real = object(), True

    def putrequest(self, method: str, url: str) -> None:
        self.connect() if self.sock is None else None

    def close(self) -> None:
        self.sock, self.is_real = None, False


class AsyncConnection(Connection):
    async def connect(self) -> None:  # type: ignore[override]
        self.is_real = True


# A client's own classes are told from stand-ins by what they are called.
Connection.__module__, Connection.__qualname__ = "urllib3.connection", "HTTPConnection"
AsyncConnection.__module__ = "urllib3._async.connection"
AsyncConnection.__qualname__ = "AsyncHTTPConnection"


@pytest.fixture(autouse=True)
def installed(monkeypatch):
    """Both modules, as they are where niquests is installed."""
    sync, asynchronous = ModuleType("urllib3.connection"), ModuleType("urllib3._async.connection")
    sync.HTTPConnection = sync.HTTPSConnection = Connection
    asynchronous.AsyncHTTPConnection = asynchronous.AsyncHTTPSConnection = AsyncConnection
    monkeypatch.setitem(sys.modules, "urllib3.connection", sync)
    monkeypatch.setitem(sys.modules, "urllib3._async.connection", asynchronous)
    # What other tests made of the module that stands here usually.
    from twreplay._interception import seams

    monkeypatch.setattr(seams, "_patches", {})
    monkeypatch.setattr(seams, "_owners", {})
    monkeypatch.setattr(seams, "_standing", {})
    monkeypatch.setattr(seams, "_made", ([], []))
    for name in ("_modules_when_listed", "_standing_when_listed", "_listed", "_left_out"):
        monkeypatch.setattr(seams, name, [])


def test_an_asynchronous_request_is_refused_by_name():
    with twreplay.simulate(), pytest.raises(errors.UsageError, match="niquests' AsyncSession"):
        asyncio.run(AsyncConnection("api.twilio.com").connect())


def test_an_asynchronous_request_elsewhere_goes_out():
    connection = AsyncConnection("example.com")
    with twreplay.simulate():
        asyncio.run(connection.connect())

    assert connection.is_real


def test_a_connection_that_is_kept_is_left_for_one_that_answers():
    connection = Connection("api.twilio.com")
    connection.connect()
    with twreplay.simulate():
        connection.putrequest("GET", "/2008-08-01/Accounts")
        assert not connection.is_real
        connection.sock.sendall(
            b"GET /2008-08-01/Accounts HTTP/1.1\r\nHost: api.twilio.com\r\n\r\n"
        )
        assert connection.sock.recv(12) == b"HTTP/1.1 401"


def test_what_cannot_be_recorded_is_refused_by_name(tmp_path):
    connection = Connection("api.twilio.com")
    with (
        pytest.raises(errors.UsageError, match="urllib3-future"),
        twreplay.use_cassette(tmp_path / "new.yaml", record_mode="once"),
    ):
        connection.putrequest("GET", "/2008-08-01/Accounts")
        connection.sock.sendall(
            b"GET /2008-08-01/Accounts HTTP/1.1\r\nHost: api.twilio.com\r\n\r\n"
        )
