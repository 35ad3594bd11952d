"""Every client has an exception of its own for every fault."""

from __future__ import annotations

import asyncio

import httpx
import httpx_curl_cffi
import pytest
import requests
import responses
from pyreqwest.compatibility.httpx import SyncHttpxTransport
from scenario import CLIENTS
from tornado.curl_httpclient import CurlAsyncHTTPClient

import twreplay
from twreplay import faults

URL = "https://api.twilio.com/2008-08-01/Accounts"
FAULTS = [getattr(faults, name) for name in faults.__all__ if name != "NetworkFault"]


def ask_by(client):
    return lambda: CLIENTS[client]("GET", URL, {}, b"")


def ask_by_transport(transport):
    def ask():
        with httpx.Client(transport=transport()) as client:
            client.get(URL)

    return ask


def ask_by_libcurl():
    async def ask():
        client = CurlAsyncHTTPClient(force_instance=True)
        try:
            await client.fetch(URL)
        finally:
            client.close()

    asyncio.run(ask())


# With the packages whose exceptions a client raises, beside Python's own.
ASKING = {
    "requests": (ask_by("requests"), "requests"),
    "urllib3": (ask_by("urllib3"), "urllib3"),
    "http.client": (ask_by("http.client"), "http"),
    "urllib.request": (ask_by("urllib.request"), "urllib"),
    "httpx": (ask_by("httpx"), "httpx"),
    "httpx async": (ask_by("httpx async"), "httpx"),
    "httpx2": (ask_by("httpx2"), "httpx2"),
    "httpx2 async": (ask_by("httpx2 async"), "httpx2"),
    "aiohttp": (ask_by("aiohttp"), "aiohttp"),
    "httplib2": (ask_by("httplib2"), "httplib2"),
    "tornado": (ask_by("tornado"), "tornado"),
    "tornado on libcurl": (ask_by_libcurl, "tornado"),
    "curl_cffi for httpx": (ask_by_transport(httpx_curl_cffi.CurlTransport), "httpx"),
    "pyreqwest for httpx": (ask_by_transport(SyncHttpxTransport), "httpx"),
}
OF_PYTHON = {"builtins", "http", "socket", "ssl"}


def raised(ask, fault):
    with twreplay.simulate() as twilio, pytest.raises(Exception) as caught:  # noqa: PT011
        twilio.when().raises(fault)
        ask()
    return caught.value


def test_each_client_is_asked():
    assert {*CLIENTS} <= {*ASKING}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("client", ASKING)
def test_each_client_raises_its_own_exception_for_each_fault(client, fault):
    ask, package = ASKING[client]

    error = raised(ask, fault)

    assert type(error).__module__.partition(".")[0] in {package, *OF_PYTHON}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_what_responses_is_given_raises_what_requests_does(fault):
    with responses.mock as mock:
        simulator = twreplay.Simulator()
        simulator.when().raises(fault)
        twreplay.add_to_responses(simulator, mock)

        with pytest.raises(requests.RequestException):
            requests.get(URL, timeout=5)


def test_a_fault_of_the_users_own_is_built_as_the_one_that_it_derives_from():
    class Slow(faults.ReadTimeout):
        pass

    assert isinstance(raised(ask_by("http.client"), Slow), TimeoutError)


def test_another_exception_stays_the_same():
    error = ZeroDivisionError()

    def fail(request):
        raise error

    with twreplay.simulate() as twilio, pytest.raises(ZeroDivisionError) as caught:
        twilio.when()(fail)
        ask_by("http.client")()

    assert caught.value is error
