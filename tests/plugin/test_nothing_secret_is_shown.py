"""No token is in what pytest shows of a failing test, whatever the client or the style."""

from __future__ import annotations

import base64
import json
from itertools import chain
from urllib.parse import quote

import pytest
from extent import mark_slow_but
from inner_runs import run_inner

SID = "AC0123456789abcdef0123456789abcdef"

CONFTEST = """
import asyncio, json, logging, os
import aiohttp, http.client, httplib2, httpx, pytest, requests, urllib.request, urllib3

__tracebackhide__ = True  # what is called with the token is not what is tried
logging.getLogger("twreplay").setLevel(logging.DEBUG)
SID = os.environ["PLANTED_SID"]

class Planted:  # as a local it shows nothing: it is the test's own
    def __init__(self, token, basic):
        self.token, self.basic = token, basic

PLANTED = [Planted(*each) for each in json.loads(os.environ["PLANTED"])]

def with_http_client(url, headers):
    connection = http.client.HTTPSConnection("api.twilio.com")
    connection.request("GET", url.partition("api.twilio.com")[2], headers=headers)
    return connection.getresponse().read()

def with_urllib(url, headers):
    return urllib.request.urlopen(urllib.request.Request(url, headers=headers)).read()

def with_async_httpx(url, headers):
    async def get():
        async with httpx.AsyncClient() as client:
            return await client.get(url, headers=headers)
    return asyncio.run(get(), debug=True)

def with_aiohttp(url, headers):
    async def get():
        async with aiohttp.ClientSession() as client, client.get(url, headers=headers) as got:
            return await got.read()
    return asyncio.run(get(), debug=True)

CLIENTS = {
    "requests": lambda url, headers: requests.get(url, headers=headers),
    "urllib3": lambda url, headers: urllib3.PoolManager().request("GET", url, headers=headers),
    "httplib2": lambda url, headers: httplib2.Http().request(url, headers=headers),
    "httpx": lambda url, headers: httpx.get(url, headers=headers),
    "http.client": with_http_client,
    "urllib": with_urllib,
    "async httpx": with_async_httpx,
    "aiohttp": with_aiohttp,
}

@pytest.fixture(params=range(len(PLANTED)))
def planted(request):
    return PLANTED[request.param]

@pytest.fixture(params=CLIENTS)
def ask(request, planted):
    client = CLIENTS[request.param]
    def asked(url):
        __tracebackhide__ = True
        client(url.format(token=planted.token), {"Authorization": "Basic " + planted.basic})
    return asked
"""

TESTS = """
import pytest, twreplay
from urllib.parse import unquote
from conftest import SID

API = "https://api.twilio.com/2008-08-01/Accounts/" + SID

def test_unmatched(ask):
    with twreplay.use_cassette("empty.yaml"):
        ask(API + "/Calls?AuthToken={token}")

def test_not_simulated(ask):
    with twreplay.simulate():
        ask("https://api.twilio.com/2010-04-01/{token}?AuthToken={token}&b={token}")

def test_simulated(ask, twilio):
    twilio.when("GET").respond(200)
    ask(API + "/Calls?AuthToken={token}")
    twilio.explain()
    entry = twilio.requests[-1]
    headers, pairs, request = entry.request.headers, entry.request.headers.pairs, entry.request
    print(request, headers, entry, twilio.requests)
    assert headers == {"Authorization": "Basic wrong"}

def test_rule_that_raises(ask, planted, twilio):
    @twilio.when("GET", AuthToken=unquote(planted.token))
    def rule(request):
        raise LookupError("of the user's own")
    ask(API + "/Calls?AuthToken={token}")

def test_body_and_credentials(planted, twilio):
    field = "AuthToken=" + planted.token
    request = twreplay.Request("POST", API, {"X-Api-Key": planted.token}, field)
    del field
    body = f"<AuthToken>{planted.token}</AuthToken>"
    answer = twreplay.Response(200, {"Set-Cookie": planted.token}, body)
    del body
    interaction = twreplay.Interaction(request, answer)
    print(interaction, repr(request.body), answer.headers)
    with pytest.raises(TypeError) as caught:
        twreplay.Request("GET", ("https://u:" + planted.token + "@x").encode())
    print(caught.value)
    start = "https://u:" + planted.token
    for broken in (start + "@[", start + "@", "u:" + planted.token):
        with pytest.raises(ValueError) as caught:
            twreplay.Request("GET", broken)
        print(caught.value)
        with pytest.raises(twreplay.errors.UsageError) as caught:
            twilio.handle(broken)
        print(caught.value)
    del start, broken  # the test's own
    with pytest.raises(AssertionError) as caught:
        assert request.body == b"x"
    print(caught.value)
    with pytest.raises(AssertionError) as caught:
        assert answer.headers["Set-Cookie"] == "x"
    print(caught.value)
    with pytest.raises(AssertionError) as caught:
        assert interaction == twreplay.Interaction(request, twreplay.Response(200))
    print(caught.value)
    with pytest.raises(AssertionError) as caught:
        field = "AuthToken=" + planted.token
        assert request == twreplay.Request("POST", API + "?" + field, body=field)
    print(caught.value)
    del field
    assert twreplay.Credentials(SID, planted.token) == twreplay.Credentials(SID, "x")
"""

STYLES = {
    "long, with locals, logs and JUnit": [
        *("--tb=long", "-l", "-vv", "-o", "log_level=DEBUG"),
        *("--junitxml=report.xml", "-o", "junit_logging=all"),
    ],
    "native": ["--tb=native", "-vv"],
    "auto, by xdist": ["--tb=auto", "-n1", "-l", "-vv", "-p", "xdist"],
}


TOKENS = ("0a1b2c3d4e5f60718293a4b5c6d7e8f9", "hunter2/pass+word=%1")
CLIENTS = 8


@pytest.mark.parametrize("style", mark_slow_but("long, with locals, logs and JUnit", of=STYLES))
def test_no_token_is_shown(pytester, monkeypatch, style):
    planted = [
        (quote(token, safe=""), base64.b64encode(f"{SID}:{token}".encode()).decode())
        for token in TOKENS
    ]
    monkeypatch.setenv("PLANTED_SID", SID)
    monkeypatch.setenv("PLANTED", json.dumps(planted))
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(TESTS)
    pytester.path.joinpath("empty.yaml").write_text("version: 1\ninteractions: []\n", "utf-8")
    result = run_inner(pytester, *STYLES[style], "-p", "no:cacheprovider")

    result.assert_outcomes(failed=len(TOKENS) * (4 * CLIENTS + 1))
    written = "\n".join([*result.outlines, *result.errlines])
    report = pytester.path / "report.xml"
    if report.exists():
        written += report.read_text("utf-8")
    for shown in {*TOKENS, *chain.from_iterable(planted)}:
        assert shown not in written, written[max(0, written.index(shown) - 1500) :][:2000]


def test_the_message_is_not_buried(pytester):
    pytester.makepyfile(
        """
        import requests, twreplay

        def code_under_test():
            requests.get("https://api.twilio.com/2010-04-01/Accounts")

        def test_it(twilio):
            code_under_test()
        """
    )
    result = run_inner(pytester, "-q")

    text = result.stdout.str()
    assert "code_under_test()" in text
    assert "def send(" not in text
    assert "site-packages" not in text
    assert len(result.outlines) < 40


def test_all_of_it_is_there_when_asked_for(pytester):
    pytester.makepyfile(
        """
        import requests

        def test_it(twilio):
            requests.get("https://api.twilio.com/2010-04-01/Accounts")
        """
    )
    text = run_inner(pytester, "--full-trace").stdout.str()

    assert "check_version" in text


def test_a_fault_of_our_own_is_not_folded(pytester):
    pytester.makepyfile(
        """
        import requests, twreplay._simulator.simulator as ours

        def test_it(twilio, monkeypatch):
            monkeypatch.setattr(ours, "render", None)
            requests.get(twilio.account_url)
        """
    )
    text = run_inner(pytester).stdout.str()

    assert "simulator.py" in text
