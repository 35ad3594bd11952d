"""No request to the API leaves the process, and nothing is left behind."""

from __future__ import annotations

import gc
import http.client
import socket
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import httpx
import pytest
import requests
import urllib3.connection
from extent import mark_slow_but
from scenario import CLIENTS

import twreplay
from twreplay import Request, Response, errors

URL = "https://api.twilio.com/2008-08-01/Accounts/AC1/Calls"


class Echo:
    """A session that answers each request with what it was."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        self._session = twreplay.simulate(allow_unused=True)

    def open(self) -> None:
        self._session.__enter__().when()(self.answer)

    def close(self) -> None:
        self._session.__exit__(None, None, None)

    def answer(self, request: Request) -> Response:
        if request.query == (("refuse", "1"),):
            raise errors.UsageError("refused")
        body = f"{self.name}{request.effective_method} {request.form!r}"
        return Response(204 if request.method == "DELETE" else 200, {}, body)


@pytest.fixture
def no_network(monkeypatch):
    """Where a real connection is a failure. What was tried, even if the failure was swallowed."""
    tried: list[object] = []

    def refuse(*args: object, **kwargs: object) -> None:
        tried.append(args)
        raise AssertionError(f"went to the network: {args!r}")

    monkeypatch.setattr(socket.socket, "connect", refuse, raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return tried


@pytest.fixture
def echo(no_network):
    """A session that answers everything, where a real connection is a failure."""
    session = Echo()
    session.open()
    yield session
    session.close()


INTERACTION = """\
- request: {{method: GET, uri: '{url}?page={page}', headers: {{}}, body: null}}
  response:
    status: {{code: 200, message: OK}}
    headers: {{Content-Type: [text/plain]}}
    body: {{string: 'page {page}'}}
"""


@pytest.mark.parametrize("client", mark_slow_but("http.client", "aiohttp", of=CLIENTS))
def test_400_requests_from_16_threads_are_replayed(client, no_network, tmp_path):
    pages = [INTERACTION.format(url=URL, page=page) for page in range(400)]
    path = tmp_path / "pages.yaml"
    path.write_text("version: 1\ninteractions:\n" + "".join(pages))

    def get(page):
        return CLIENTS[client]("GET", f"{URL}?page={page}", {}, b"").body

    with twreplay.use_cassette(path) as cassette, ThreadPoolExecutor(16) as pool:
        bodies = list(pool.map(get, range(400)))

    assert bodies == [b"page %d" % page for page in range(400)]
    assert cassette.play_count == 400
    assert no_network == []


@pytest.mark.parametrize("client", CLIENTS)
class TestEachClient:
    def test_form_arrives(self, client, echo):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}

        answer = CLIENTS[client]("POST", URL, headers, b"To=1+2")

        assert answer.body == b"POST (('To', '1 2'),)"

    def test_head_and_204_have_no_body(self, client, echo):
        bodies = [CLIENTS[client](method, URL, {}, b"").body for method in ("HEAD", "DELETE")]

        assert bodies == [b"", b""]

    def test_our_errors_arrive_unwrapped(self, client, echo):
        with pytest.raises(errors.UsageError, match="refused"):
            CLIENTS[client]("GET", URL + "?refuse=1", {}, b"")


def test_every_patched_attribute_is_the_original_again():
    patched = [
        (http.client.HTTPConnection, "putrequest"),
        (http.client.HTTPConnection, "connect"),
        (http.client.HTTPConnection, "getresponse"),
        (http.client.HTTPSConnection, "connect"),
        (urllib3.connection.HTTPSConnection, "connect"),
        (requests.adapters.HTTPAdapter, "send"),
        (httpx.HTTPTransport, "handle_request"),
        (aiohttp.connector.BaseConnector, "connect"),
    ]
    gc.collect()  # failed tasks of other tests, with the contexts of their sessions
    before = [getattr(owner, name) for owner, name in patched]
    one, two = Echo(), Echo()
    one.open()
    two.open()
    during = [getattr(owner, name) for owner, name in patched]
    one.close()
    two.close()

    assert all(a is b for a, b in zip(before, [getattr(o, n) for o, n in patched], strict=True))
    assert not any(a is b for a, b in zip(before, during, strict=True))


def test_the_innermost_session_answers(echo):
    inner = Echo("inner ")
    inner.open()
    during = requests.get(URL, timeout=5).text
    inner.close()

    assert (during, requests.get(URL, timeout=5).text) == ("inner GET ()", "GET ()")


def test_a_thread_that_belongs_to_no_session_is_told_if_there_are_several(echo):
    other = Echo()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(other.open).result()
    with ThreadPoolExecutor(1) as pool, pytest.raises(errors.UsageError, match="2 sessions"):
        pool.submit(requests.get, URL, timeout=5).result()
    other.close()


def test_a_connection_made_before_and_kept_after_does_not_answer_from_memory(no_network):
    connection = http.client.HTTPSConnection("api.twilio.com")
    session = Echo()
    session.open()
    connection.request("GET", "/2008-08-01/x")
    assert connection.getresponse().read() == b"GET ()"
    session.close()

    with pytest.raises(AssertionError, match="went to the network"):
        connection.request("GET", "/2008-08-01/x")
    assert len(no_network) == 1
