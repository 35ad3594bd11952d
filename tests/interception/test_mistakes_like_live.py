"""What a client refuses over a connection it refuses in a session, and then nothing is asked."""

from __future__ import annotations

import asyncio
import http.client
import os
import re
import urllib.request
from contextlib import closing
from typing import Any

import aiohttp
import certifi
import httplib2
import httpx
import httpx2
import pytest
import requests
import urllib3
from interception.test_like_over_a_connection import OK, PATH, compare, context
from scripted_server import HOST, URL

MISSING = "/nope.pem"
GARBAGE = __file__

HEADERS: dict[str, dict[str, str]] = {
    "a value beyond Latin-1": {"X": "日本"},
    "a value of Latin-1": {"X": "Café"},
    "a value with a line break": {"X": "a\r\nInjected: b"},
    "a value with a line feed": {"X": "a\nb"},
    "a value that is folded": {"X": "a\r\n b"},
    "a value with a zero byte": {"X": "a\0b"},
    "a value with a space behind it": {"X": "a "},
    "a value that is empty": {"X": ""},
    "a name with a space": {"A B": "c"},
    "a name with a colon": {"A:B": "c"},
    "a name with a line break": {"A\r\nB": "c"},
    "a name beyond ASCII": {"Ä": "c"},
    "a name that is empty": {"": "c"},
}
METHODS = ["FO O", "GET\r\nX: y", "FÖÖ", "FOO", ""]
TIMEOUTS: dict[str, Any] = {
    "0": 0,
    "0.0": 0.0,
    "below 0": -1,
    "text": "x",
    "a number as text": "5",
    "true": True,
    "not a number": float("nan"),
    "without end": float("inf"),
    "too long": 1e12,
    "a list": [1, 2],
    "three": (1, 2, 3),
    "two": (60, 60),
    "two, the first 0": (0, 60),
}


def with_requests(method: str = "GET", **options: Any) -> Any:
    with requests.Session() as session:
        return session.request(method, URL, **{"timeout": 60, **options}).status_code


def with_requests_by_hand(headers: Any = (), method: str = "GET") -> Any:
    """Send a request that is changed after it was prepared, past the checks of requests."""
    with requests.Session() as session:
        request = session.prepare_request(requests.Request("GET", URL))
        request.headers.update(headers)
        request.method = method
        return session.send(request, timeout=60, verify=_find_authority()).status_code


def _find_authority() -> Any:
    settings = requests.Session().merge_environment_settings(URL, {}, None, None, None)
    return settings["verify"]


def with_urllib3(
    method: str = "GET", headers: Any = None, timeout: Any = 60, **of_pool: Any
) -> Any:
    with urllib3.PoolManager(**(of_pool or {"ssl_context": context()})) as pool:
        return pool.request(method, URL, headers=headers, timeout=timeout, retries=False).status


def with_http_client(method: str = "GET", headers: Any = None, timeout: Any = 60) -> Any:
    connection = http.client.HTTPSConnection(HOST, timeout=timeout, context=context())
    with closing(connection):
        connection.request(method, PATH, headers=headers or {})
        return connection.getresponse().status


def with_urllib(method: str = "GET", headers: Any = None, timeout: Any = 60) -> Any:
    request = urllib.request.Request(URL, headers=headers or {}, method=method)
    with urllib.request.urlopen(request, timeout=timeout, context=context()) as answer:
        return answer.status


def with_httplib2(
    method: str = "GET", headers: Any = None, timeout: Any = 60, **options: Any
) -> Any:
    authority = {"ca_certs": os.environ.get("SSL_CERT_FILE")} | options
    with closing(httplib2.Http(timeout=timeout, **authority)) as client:
        return client.request(URL, method, headers=headers)[0].status


def with_httpx(
    method: str = "GET", headers: Any = None, timeout: Any = 60, kin: Any = httpx
) -> Any:
    with kin.Client(verify=context(), timeout=timeout) as client:
        return client.request(method, URL, headers=headers).status_code


def with_async_httpx(
    method: str = "GET", headers: Any = None, timeout: Any = 60, kin: Any = httpx
) -> Any:
    async def ask() -> Any:
        async with kin.AsyncClient(verify=context(), timeout=timeout) as client:
            return (await client.request(method, URL, headers=headers)).status_code

    return asyncio.run(ask())


def with_httpx2(**options: Any) -> Any:
    return with_httpx(kin=httpx2, **options)


def with_async_httpx2(**options: Any) -> Any:
    return with_async_httpx(kin=httpx2, **options)


def with_aiohttp(method: str = "GET", headers: Any = None, timeout: Any = 60) -> Any:
    async def ask() -> Any:
        connector = aiohttp.TCPConnector(ssl=context(), resolver=aiohttp.ThreadedResolver())
        limit = aiohttp.ClientTimeout(total=timeout)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=limit) as session,
            session.request(method, URL, headers=headers) as answer,
        ):
            return answer.status

    return asyncio.run(ask())


CLIENTS = [
    with_requests,
    with_urllib3,
    with_http_client,
    with_urllib,
    with_httplib2,
    with_httpx,
    with_async_httpx,
    with_httpx2,
    with_async_httpx2,
    with_aiohttp,
]


def check(tmp_path: Any, function: Any, **options: Any) -> None:
    inside, live = compare(tmp_path, [OK], lambda: function(**options))
    if "UsageError" in str(inside):
        # The client did not refuse it: what a server makes of it is the server's.
        assert live[0][0] == "returned" or re.search("Disconnected|RemoteProtocolError", str(live))
        return
    assert inside == live


@pytest.mark.parametrize("function", [*CLIENTS, with_requests_by_hand])
@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
def test_a_header_is_refused_as_it_is_live(tmp_path, function, headers):
    check(tmp_path, function, headers=headers)


@pytest.mark.parametrize("function", [*CLIENTS, with_requests_by_hand])
@pytest.mark.parametrize("method", METHODS)
def test_a_method_is_refused_as_it_is_live(tmp_path, function, method):
    check(tmp_path, function, method=method)


@pytest.mark.parametrize("function", CLIENTS)
@pytest.mark.parametrize("timeout", TIMEOUTS.values(), ids=TIMEOUTS)
def test_a_timeout_is_refused_as_it_is_live(tmp_path, function, timeout):
    check(tmp_path, function, timeout=timeout)


FILES: dict[str, dict[str, Any]] = {
    "no authority": {"verify": MISSING},
    "an authority that is none": {"verify": GARBAGE},
    "no certificate": {"cert": MISSING},
    "no key": {"cert": (GARBAGE, MISSING)},
    "a certificate that is none": {"cert": GARBAGE},
}
PROXIES = ["://", "http://", "http://[", "nothing://proxy", "http://proxy:port"]


@pytest.mark.parametrize("options", FILES.values(), ids=FILES)
def test_requests_looks_for_its_files(tmp_path, options):
    check(tmp_path, with_requests, **options)


@pytest.mark.parametrize("proxy", PROXIES)
def test_requests_reads_its_proxy(tmp_path, proxy):
    check(tmp_path, with_requests, proxies={"https": proxy})


def test_requests_takes_an_authority_that_is_there(twilio):
    answer = requests.get(twilio.account_url, auth=twilio.auth, timeout=60, verify=certifi.where())
    assert answer.ok
    assert len(twilio.requests) == 1


@pytest.mark.parametrize("timeout", [(1,), (), [60], "x", {}], ids=str)
def test_requests_reads_its_timeouts(tmp_path, timeout):
    check(tmp_path, with_requests, timeout=timeout)


@pytest.mark.parametrize(
    "part",
    ["Caller=4158675309", b"Caller=4158675309", 5, None],
    ids=["str", "bytes", "int", "None"],
)
def test_requests_reads_parts_of_a_body(tmp_path, part):
    check(tmp_path, lambda: with_requests("POST", data=iter([part])))


@pytest.mark.parametrize(
    "options",
    [
        {"ca_certs": MISSING},
        {"ca_certs": GARBAGE},
        {"cert_file": MISSING},
    ],
    ids=str,
)
def test_urllib3_loads_its_files(tmp_path, options):
    check(tmp_path, with_urllib3, **options)


def test_httplib2_loads_its_file(tmp_path):
    check(tmp_path, with_httplib2, ca_certs=MISSING)


@pytest.mark.parametrize("function", [with_httpx, with_async_httpx])
@pytest.mark.parametrize("name", ["connect", "read", "write", "pool"])
@pytest.mark.parametrize("seconds", [0, -1, "x"])
def test_httpx_refuses_each_of_its_timeouts(tmp_path, function, name, seconds):
    if name != "read":
        check(tmp_path, function, timeout=httpx.Timeout(60, **{name: seconds}))
    elif (function, seconds) != (with_httpx, 0):  # a race with the answer
        limits = httpx.Timeout(60, read=seconds)
        inside, live = compare(tmp_path, [OK], lambda: function(timeout=limits))
        assert inside[0] == live[0]  # whether the server has read the request by then is a race


def test_httpx_reads_nothing_at_once(twilio):
    with httpx.Client(timeout=httpx.Timeout(60, read=0)) as client, pytest.raises(httpx.ReadError):
        client.get(twilio.account_url, auth=twilio.auth)


def test_nothing_is_asked_for_a_request_that_is_refused(twilio):
    with pytest.raises(OSError, match="CA certificate"):
        requests.post(f"{twilio.account_url}/Calls", auth=twilio.auth, timeout=60, verify=MISSING)
    with pytest.raises(httpx.ConnectError):
        httpx.post(f"{twilio.account_url}/Calls", auth=twilio.auth, timeout=0)
    assert twilio.requests == ()


def test_the_socket_of_a_connection_without_a_timeout_has_none(twilio):
    with closing(http.client.HTTPSConnection(HOST)) as connection:
        connection.request("GET", PATH)
        assert connection.sock.gettimeout() is None
        connection.getresponse().read()
