"""Recording behind a forwarding proxy, and replaying with the proxy and the API gone."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from conftest import ACCOUNT, BASE, TOKEN
from extent import mark_slow_but
from keep_alive import keep_alive_server
from local_api import local_api
from loopback_proxy import PASSWORD, USER, WANTED, LoopbackProxy, loopback_proxy
from ports import kept_port
from scenario import CLIENTS, STATUSES, Answer, Send, play

import twreplay


def requests_through(proxy: str) -> Send:
    import requests

    def send(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        response = requests.request(
            method,
            url,
            headers=headers,
            data=body or None,
            proxies={"http": proxy, "https": proxy},
            timeout=60,
        )
        return Answer(response.status_code, response.content)

    return send


def urllib3_through(proxy: str) -> Send:
    import urllib3

    parts = urlsplit(proxy)
    password = {}
    if parts.username:
        password = urllib3.make_headers(proxy_basic_auth=f"{parts.username}:{parts.password}")

    def send(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        with urllib3.ProxyManager(
            f"http://127.0.0.1:{parts.port}",
            proxy_headers=password,
            ca_certs=os.environ["SSL_CERT_FILE"],
        ) as pool:
            asked = {"Accept-Encoding": "gzip"} | headers
            response = pool.request(method, url, headers=asked, body=body or None, retries=False)
            return Answer(response.status, response.data)

    return send


def http_client_through(proxy: str) -> Send:
    from http.client import HTTPSConnection

    parts = urlsplit(proxy)

    def send(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        to = urlsplit(url)
        connection = HTTPSConnection("127.0.0.1", parts.port, timeout=60)
        password = {"Proxy-Authorization": WANTED} if parts.username else {}
        connection.set_tunnel(to.hostname or "", headers=password)
        target = to.path + (f"?{to.query}" if to.query else "")
        connection.request(method, target, body=body or None, headers=headers)
        response = connection.getresponse()
        answer = Answer(response.status, response.read())
        connection.close()
        return answer

    return send


def urllib_request_through(proxy: str) -> Send:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler(both(proxy)))

    def send(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        request = urllib.request.Request(url, data=body or None, headers=headers, method=method)
        try:
            with opener.open(request, timeout=60) as response:
                return Answer(response.status, response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read())

    return send


def httpx_through(proxy: str) -> Send:
    import httpx

    def send(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        with httpx.Client(verify=trusting(), proxy=proxy, timeout=60) as client:
            response = client.request(method, url, headers=headers, content=body or None)
        return Answer(response.status_code, response.content)

    return send


def httpx_async_through(proxy: str) -> Send:
    import httpx

    def send(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        async def ask() -> Answer:
            async with httpx.AsyncClient(verify=trusting(), proxy=proxy, timeout=60) as client:
                response = await client.request(method, url, headers=headers, content=body or None)
                return Answer(response.status_code, response.content)

        return asyncio.run(ask())

    return send


def aiohttp_through(proxy: str) -> Send:
    import aiohttp

    def send(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        async def ask() -> Answer:
            connector = aiohttp.TCPConnector(ssl=trusting(), resolver=aiohttp.ThreadedResolver())
            async with (
                aiohttp.ClientSession(connector=connector) as session,
                session.request(
                    method, url, headers=headers, data=body or None, proxy=proxy
                ) as response,
            ):
                return Answer(response.status, await response.read())

        return asyncio.run(ask())

    return send


def httplib2_through(proxy: str) -> Send:
    import httplib2

    def send(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        http = httplib2.Http(
            ca_certs=os.environ["SSL_CERT_FILE"],
            proxy_info=httplib2.proxy_info_from_url(proxy, "http", None),
            timeout=60,
        )
        response, content = http.request(url, method, body=body or None, headers=headers)
        http.close()
        return Answer(response.status, content)

    return send


def both(proxy: str) -> dict[str, str]:
    return {"http": proxy, "https": proxy}


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])


THROUGH: dict[str, Callable[[str], Send]] = {
    "requests": requests_through,
    "urllib3": urllib3_through,
    "http.client": http_client_through,
    "urllib.request": urllib_request_through,
    "httpx": httpx_through,
    "httpx async": httpx_async_through,
    "aiohttp": aiohttp_through,
    "httplib2": httplib2_through,
}
READ_THE_ENVIRONMENT = ["requests", "urllib.request", "httpx", "httpx async", "httplib2"]


@pytest.fixture
def api(monkeypatch):
    """An endpoint whose name nobody here can resolve: only the proxy knows the way."""
    resolve = socket.getaddrinfo

    def only_loopback(host, *args, **kwargs):
        if host not in ("127.0.0.1", b"127.0.0.1"):
            pytest.fail(f"passed the proxy by: {host!r}")
        return resolve(host, *args, **kwargs)

    with local_api() as api:
        monkeypatch.setattr(socket, "getaddrinfo", only_loopback)
        monkeypatch.setenv("SSL_CERT_FILE", api.ca_file)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", api.ca_file)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        yield api


@pytest.fixture
def no_sockets(monkeypatch):
    """Makes any attempt to resolve or connect a failure."""

    def refuse(*args: object, **kwargs: object) -> None:
        pytest.fail(f"went to the network: {args[1:]!r}")

    def arm() -> None:
        monkeypatch.setattr(socket.socket, "connect", refuse, raising=False)
        monkeypatch.setattr(socket, "getaddrinfo", refuse)

    return arm


@pytest.fixture
def environment(monkeypatch):
    def name(proxy: LoopbackProxy) -> None:
        for variable in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(variable, proxy.url)
        # urlopen looks at the environment once in a process.
        monkeypatch.setattr(urllib.request, "_opener", None)

    return name


def recorded_and_replayed(send: Callable[[LoopbackProxy], Send], path, api, no_sockets):
    """The answers of a recording through a proxy, and of its replay once both ends are gone."""
    with loopback_proxy(api.port) as proxy:
        with twreplay.use_cassette(path, record_mode="once"):
            recorded = play(send(proxy), api.account_sid, api.auth_token)
        assert len(proxy.seen) == len(api.requests_seen)
        assert set(proxy.seen) == {"CONNECT api.twilio.com:443"}
    no_sockets()
    with twreplay.use_cassette(path) as cassette:
        replayed = play(send(proxy), api.account_sid, "another token of the same account")
    assert cassette.play_count == len(cassette)
    hidden = [
        Answer(a.status, a.body.replace(api.auth_token.encode(), b"REDACTED")) for a in recorded
    ]
    return hidden, replayed


@pytest.mark.parametrize("client", mark_slow_but("requests", of=THROUGH))
def test_what_was_recorded_through_a_proxy_replays_without_it(client, api, tmp_path, no_sockets):
    recorded, replayed = recorded_and_replayed(
        lambda proxy: THROUGH[client](proxy.url), tmp_path / "x.yaml", api, no_sockets
    )

    assert [answer.status for answer in recorded] == STATUSES
    assert recorded == replayed


@pytest.mark.slow
@pytest.mark.parametrize("client", READ_THE_ENVIRONMENT)
def test_a_proxy_may_be_named_in_the_environment(client, api, tmp_path, environment, no_sockets):
    def send(proxy: LoopbackProxy) -> Send:
        environment(proxy)
        return CLIENTS[client]

    recorded, replayed = recorded_and_replayed(send, tmp_path / "x.yaml", api, no_sockets)

    assert recorded == replayed


@pytest.mark.parametrize("client", THROUGH)
def test_the_password_of_the_proxy_is_not_in_the_cassette(client, api, tmp_path):
    path = tmp_path / "x.yaml"
    with loopback_proxy(api.port) as proxy, twreplay.use_cassette(path, record_mode="once"):
        THROUGH[client](proxy.url)("GET", "https://api.twilio.com/2008-08-01/x", {}, b"")

    written = path.read_text()
    assert not [secret for secret in (USER, PASSWORD, WANTED, "127.0.0.1") if secret in written]


# Not http.client: whoever uses it writes the proxy's request line by hand.
@pytest.mark.parametrize("client", [name for name in THROUGH if name != "http.client"])
def test_what_was_recorded_without_encryption_replays_without_the_proxy(
    client, api, tmp_path, no_sockets
):
    path = tmp_path / "x.yaml"
    url = "http://api.twilio.com/2008-08-01/Accounts"
    with keep_alive_server(tmp_path) as server, loopback_proxy(server.port) as proxy:
        with twreplay.use_cassette(path, record_mode="once"):
            recorded = THROUGH[client](proxy.url)("GET", url, {}, b"")
    assert (len(proxy.seen), len(server.seen)) == (1, 1)
    no_sockets()
    with twreplay.use_cassette(path) as cassette:
        replayed = THROUGH[client](proxy.url)("GET", url, {}, b"")

    assert recorded == replayed == Answer(200, b"live 1")
    assert [request.url for request in cassette.requests] == [url]
    assert not [secret for secret in (USER, PASSWORD, WANTED) if secret in path.read_text()]


@pytest.mark.parametrize("client", ["requests", "urllib3"])
def test_a_socks_proxy_is_not_needed_to_replay(client, cassette_path, no_sockets):
    pytest.importorskip("socks")
    proxy = "socks5h://127.0.0.1:9"

    def with_requests(url: str) -> bytes:
        import requests

        return requests.get(url, auth=(ACCOUNT, TOKEN), proxies=both(proxy), timeout=60).content

    def with_urllib3(url: str) -> bytes:
        from urllib3 import make_headers
        from urllib3.contrib.socks import SOCKSProxyManager

        password = make_headers(basic_auth=f"{ACCOUNT}:{TOKEN}")
        with SOCKSProxyManager(proxy) as pool:
            return pool.request("GET", url, headers=password, retries=False).data

    no_sockets()
    with twreplay.use_cassette(cassette_path, allow_unused=True):
        ask = with_requests if client == "requests" else with_urllib3
        body = ask(f"{BASE}/Calls?page=0&num=2")

    assert b"<Calls" in body


class TestAProxyThatDoesNotLetThrough:
    """The client says what it would have said without a session, and nothing is recorded."""

    @pytest.fixture
    def outcomes(self, api, tmp_path):
        def of(client: str, proxy: str) -> list[type[BaseException]]:
            def ask() -> type[BaseException]:
                with pytest.raises(Exception) as caught:  # noqa: PT011 - the client's own
                    THROUGH[client](proxy)(
                        "GET", "https://api.twilio.com/2008-08-01/Accounts", {}, b""
                    )
                return caught.type

            without = ask()
            path = tmp_path / "x.yaml"
            try:
                with twreplay.use_cassette(path, record_mode="once"):
                    during = ask()
            except twreplay.errors.RecordingInterrupted:
                pass
            assert not path.exists() or "uri:" not in path.read_text()
            return [without, during]

        return of

    @pytest.mark.parametrize("client", THROUGH)
    def test_it_wants_a_password(self, client, api, outcomes):
        with loopback_proxy(api.port) as proxy:
            without, during = outcomes(client, proxy.url_without_password)

        assert during is without

    @pytest.mark.parametrize("client", THROUGH)
    def test_it_is_not_there(self, client, api, outcomes):
        with kept_port() as port:
            without, during = outcomes(client, f"http://{USER}:{PASSWORD}@127.0.0.1:{port}")

        assert during is without
