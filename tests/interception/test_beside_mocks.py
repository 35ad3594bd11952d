"""What others put in a client's place, in any order of coming and going, lets nothing out."""

from __future__ import annotations

import http.client
import importlib
import itertools
import socket
import sys
from contextlib import ExitStack, contextmanager
from unittest import mock

import aiohttp.connector
import httpx
import pytest
import requests.adapters
import urllib3.connection
import vcr
from basic_auth import encode_basic
from extent import mark_slow_but
from scenario import CLIENTS

import twreplay

URL = "https://api.twilio.com/2008-08-01/Accounts"

ATTRIBUTES = [
    (http.client.HTTPConnection, "connect"),
    (http.client.HTTPSConnection, "connect"),
    (urllib3.connection.HTTPSConnection, "connect"),
    (requests.adapters.HTTPAdapter, "send"),
    (httpx.HTTPTransport, "handle_request"),
    (httpx.AsyncHTTPTransport, "handle_async_request"),
    (aiohttp.connector.BaseConnector, "connect"),
    (aiohttp.ClientSession, "_request"),
]


@pytest.fixture(autouse=True)
def nothing_is_resolved(monkeypatch):
    def refuse(host, *args, **kwargs):
        raise AssertionError(f"escaped to {host}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(autouse=True)
def everything_is_put_back():
    before = [vars(owner)[name] for owner, name in ATTRIBUTES]
    yield
    assert [vars(owner)[name] for owner, name in ATTRIBUTES] == before


def ask(client, twilio):
    return CLIENTS[client]("GET", URL, {"Authorization": encode_basic(*twilio.auth)}, b"").status


@contextmanager
def closing(session):
    try:
        yield
    finally:
        session.__exit__(None, None, None)


def orders():
    """Every order in which two things come and go."""
    moves = ("theirs", "ours")
    for first in itertools.permutations(moves):
        yield from ((*first, *last) for last in itertools.permutations(moves))


@pytest.mark.parametrize("order", list(orders()), ids="-".join)
@pytest.mark.parametrize("client", CLIENTS)
def test_vcrpy_and_ours_open_and_close_in_any_order(client, order, tmp_path):
    path = tmp_path / "theirs.yaml"
    asked = 0
    with ExitStack() as stack:
        doors = {
            "theirs": vcr.use_cassette(str(path), record_mode="all"),
            "ours": twreplay.simulate(),
        }
        open_ = {}
        for move in order:
            if move in open_:
                del open_[move]
                doors[move].__exit__(None, None, None)
            else:
                open_[move] = doors[move].__enter__()
            if "ours" in open_:
                asked += 1
                assert ask(client, open_["ours"]) == 200
                assert len(open_["ours"].requests) == asked
        stack.close()
    assert not path.exists() or "api.twilio.com" not in path.read_text()


@pytest.mark.parametrize("mode", ["none", "once", "new_episodes", "all"])
@pytest.mark.parametrize("hosts", [[], ["api.twilio.com"]], ids=["all", "ignored"])
@pytest.mark.parametrize("client", mark_slow_but("requests", "httpx async", of=CLIENTS))
def test_vcrpy_inside_whatever_its_options(client, mode, hosts, tmp_path):
    path = tmp_path / "theirs.yaml"
    with twreplay.simulate() as twilio:
        with vcr.use_cassette(str(path), record_mode=mode, ignore_hosts=hosts):
            assert ask(client, twilio) == 200
    assert len(twilio.requests) == 1
    assert not path.exists()


OWNERS = [
    "requests.adapters.HTTPAdapter",
    "httpx.HTTPTransport",
    "httpx.AsyncHTTPTransport",
    "aiohttp.connector.BaseConnector",
    "http.client.HTTPConnection",
    "http.client.HTTPSConnection",
    "urllib3.connection.HTTPSConnection",
]


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("autospec", [False, True], ids=["plain", "autospec"])
def test_a_session_inside_a_mock_of_a_class_takes_the_real_one(owner, autospec):
    with mock.patch(owner, **({"autospec": True} if autospec else {})):
        session = twreplay.simulate()
        twilio = session.__enter__()
    try:
        assert [ask(client, twilio) for client in CLIENTS] == [200] * len(CLIENTS)
    finally:
        session.__exit__(None, None, None)
    with twreplay.simulate() as twilio:
        assert [ask(client, twilio) for client in CLIENTS] == [200] * len(CLIENTS)


@pytest.mark.parametrize(("owner", "name"), ATTRIBUTES)
def test_a_mock_of_a_method_that_goes_while_a_session_is_open(owner, name):
    session = twreplay.simulate()
    with mock.patch.object(owner, name):
        twilio = session.__enter__()
    with closing(session):
        assert [ask(client, twilio) for client in CLIENTS] == [200] * len(CLIENTS)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(("owner", "name"), ATTRIBUTES)
def test_a_method_that_is_put_back_by_hand_lets_nothing_out(owner, name, client):
    original = vars(owner)[name]
    with twreplay.simulate() as twilio:
        setattr(owner, name, original)
        try:
            assert ask(client, twilio) == 200
        except twreplay.errors.UsageError as stopped:
            assert "got past the session" in str(stopped)
        assert ask(client, twilio) == 200


def test_a_mock_of_a_method_inside_a_session_answers_itself():
    with twreplay.simulate() as twilio, mock.patch.object(requests.adapters.HTTPAdapter, "send"):
        with mock.patch("os.getpid"):
            pass
        requests.adapters.HTTPAdapter().send("anything")
    assert twilio.requests == ()


def test_a_client_imported_anew_is_caught_and_so_is_the_old_one():
    old = requests.adapters
    with twreplay.simulate() as twilio:
        del sys.modules["requests.adapters"]
        new = importlib.import_module("requests.adapters")
        try:
            for adapters in (old, new):
                with requests.Session() as session:
                    session.mount("https://", adapters.HTTPAdapter())
                    assert session.get(URL, auth=twilio.auth).status_code == 200
        finally:
            sys.modules["requests.adapters"] = old
            requests.adapters = old
    assert new.HTTPAdapter.send.__module__ == "requests.adapters"


@pytest.mark.parametrize("reloaded", [http.client, urllib3.connection, httpx])
def test_a_client_that_is_reloaded_inside_is_caught(reloaded):
    kept = dict(vars(reloaded))
    with twreplay.simulate() as twilio:
        importlib.reload(reloaded)
        try:
            assert ask("http.client" if reloaded is http.client else "urllib3", twilio) == 200
            assert ask("httpx", twilio) == 200
        finally:
            vars(reloaded).update(kept)


def test_what_covers_ours_and_stays_does_not_grow(monkeypatch):
    adapter = requests.adapters.HTTPAdapter
    original = adapter.send
    calls = []

    with twreplay.simulate():
        below = adapter.send

        def foreign(self, *args, **kwargs):
            calls.append(1)
            return below(self, *args, **kwargs)

        adapter.send = foreign
    depths = []
    for _ in range(5):
        with twreplay.simulate() as twilio:
            assert requests.get(URL, auth=twilio.auth).status_code == 200
            assert adapter.send is not foreign
        depths.append(adapter.send is foreign)
    adapter.send = original
    assert depths == [True] * 5
