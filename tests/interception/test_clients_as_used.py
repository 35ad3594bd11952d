"""Clients as programs use them: adapters and transports of their own, streams, uploads."""

from __future__ import annotations

import asyncio
import http.client
import io

import aiohttp
import httpx
import pytest
import requests
import responses
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util import Retry, make_headers

import twreplay
from twreplay import errors

MESSAGE = b"From=4158675309&To=4155551212&Body=Hi"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Adapter(HTTPAdapter):
    def send(self, request, **kwargs):
        request.headers["X-Adapter"] = "mine"
        return super().send(request, **kwargs)


class Transport(httpx.BaseTransport):
    def __init__(self):
        self._inner = httpx.HTTPTransport(retries=2)

    def handle_request(self, request):
        request.headers["X-Transport"] = "mine"
        return self._inner.handle_request(request)


def pieces():
    yield MESSAGE[:10]
    yield MESSAGE[10:]


async def async_pieces():
    for piece in pieces():
        yield piece


class TestRequests:
    def test_adapter_of_ones_own(self, twilio):
        with requests.Session() as session:
            session.mount("https://", Adapter(max_retries=3))
            assert session.get(twilio.account_url, auth=twilio.auth, timeout=5).ok

        assert twilio.requests[-1].request.headers["X-Adapter"] == "mine"

    @pytest.mark.parametrize("way", [{}, {"verify": ""}, {"timeout": (5, 5)}])
    def test_what_an_adapter_adds_on_the_way_arrives_and_is_added_once(self, twilio, way):
        class Signing(HTTPAdapter):
            signed = 0

            def add_headers(self, request, **kwargs):
                self.signed += 1
                request.headers["X-Signature"] = f"{self.signed}"

            def request_url(self, request, proxies):
                return super().request_url(request, proxies) + "?num=50"

        with requests.Session() as session:
            session.mount("https://", signing := Signing())
            url = f"{twilio.account_url}/Calls"
            assert session.get(url, auth=twilio.auth, **{"timeout": 5, **way}).ok

        (entry,) = twilio.requests
        assert entry.request.headers["X-Signature"] == "1"
        assert entry.request.query == (("num", "50"),)
        assert signing.signed == 1

    def test_headers_in_bytes_arrive_as_they_are_sent(self, twilio):
        basic = make_headers(basic_auth=":".join(twilio.auth))["authorization"].encode()

        answer = requests.get(
            twilio.account_url, headers={b"Authorization": basic, "X-Job": b"7"}, timeout=5
        )

        assert answer.status_code == 200
        assert twilio.requests[-1].request.headers["X-Job"] == "7"

    def test_authentication_and_headers_of_a_session_arrive(self, twilio):
        with requests.Session() as session:
            session.auth = twilio.auth
            session.headers["X-Job"] = "7"
            assert session.get(twilio.account_url, timeout=5).ok

        assert twilio.requests[-1].request.headers["X-Job"] == "7"

    def test_a_stream_comes_in_pieces(self, twilio):
        recording = twilio.add_recording(Duration=2)
        url = f"{twilio.account_url}/Recordings/{recording.Sid}"

        with requests.get(url, stream=True, timeout=5) as response:
            chunks = list(response.iter_content(5000))
        with requests.get(url, stream=True, timeout=5) as response:
            raw = response.raw.read(4)

        assert [len(chunk) for chunk in chunks] == [5000, 5000, 5000, 1044]
        assert raw == b"RIFF"

    @pytest.mark.parametrize("method", ["GET", "DELETE"])
    def test_a_body_read_at_once_leaves_what_reading_it_later_leaves(self, twilio, method):
        def list_state(**given):
            caller_id = twilio.add_outgoing_caller_id()
            url = f"{twilio.account_url}/OutgoingCallerIds/{caller_id.Sid}"
            response = requests.request(method, url, auth=twilio.auth, timeout=5, **given)
            assert response.content or method != "GET"
            below = response.raw._original_response
            assert response.raw._fp is below
            return [
                {name: value for name, value in vars(each).items() if is_plain(value)}
                for each in (response, response.raw, below)
            ]

        def is_plain(value):
            return value is None or isinstance(value, bool | int)

        assert list_state(stream=False) == list_state(stream=True)

    def test_a_hook_reads_the_body_before_the_session_does(self, twilio):
        read = []
        with requests.Session() as session:
            session.hooks["response"].append(
                lambda response, **given: read.append(response.raw.read(5))
            )
            session.get(f"{twilio.account_url}/Calls", auth=twilio.auth, timeout=5)

        assert read == [b"<?xml"]

    def test_an_adapter_reads_the_body_before_the_session_does(self, twilio):
        class Reading(HTTPAdapter):
            def send(self, request, **kwargs):
                response = super().send(request, **kwargs)
                self.read = response.raw.read(5)
                return response

        with requests.Session() as session:
            session.mount("https://", reading := Reading())
            session.get(f"{twilio.account_url}/Calls", auth=twilio.auth, timeout=5)

        assert reading.read == b"<?xml"

    def test_an_adapter_that_is_called_by_hand_leaves_the_body_unread(self, twilio):
        with requests.Session() as session:
            url, auth = f"{twilio.account_url}/Calls", twilio.auth
            prepared = session.prepare_request(requests.Request("GET", url, auth=auth))
            response = session.get_adapter(url).send(prepared, timeout=5)

            assert response.raw.read(5) == b"<?xml"

    @pytest.mark.parametrize("body", [pieces, lambda: io.BytesIO(MESSAGE)], ids=["parts", "file"])
    def test_an_upload_in_pieces_arrives(self, twilio, body):
        response = requests.post(
            f"{twilio.account_url}/SMS/Messages",
            data=body(),
            headers=FORM,
            auth=twilio.auth,
            timeout=5,
        )

        assert response.status_code == 200
        assert twilio.sms_messages[-1].Body == "Hi"

    def test_redirects_are_followed_by_the_client(self, twilio):
        twilio.when("GET", "/Calls", times=1).redirect(twilio.account_url)

        response = requests.get(f"{twilio.account_url}/Calls", auth=twilio.auth, timeout=5)

        assert response.url == twilio.account_url
        assert [r.status_code for r in response.history] == [302]

    def test_retry_after_is_heeded_by_the_client(self, twilio):
        twilio.when("GET", times=1).respond(503, headers={"Retry-After": "0"})
        with requests.Session() as session:
            session.mount("https://", HTTPAdapter(max_retries=Retry(total=1)))
            response = session.get(f"{twilio.account_url}/Calls", auth=twilio.auth, timeout=5)

        assert response.status_code == 200

    def test_cookies_are_kept(self, twilio):
        twilio.when(times=1).respond(200, headers={"Set-Cookie": "a=b; Path=/"})
        with requests.Session() as session:
            session.get(twilio.account_url, timeout=5)
            session.get(twilio.account_url, timeout=5)

        assert twilio.requests[-1].request.headers["Cookie"] == "a=b"


@pytest.mark.parametrize(
    "body",
    [
        lambda: MESSAGE,
        lambda: MESSAGE.decode(),
        lambda: bytearray(MESSAGE),
        lambda: memoryview(MESSAGE),
        lambda: io.BytesIO(MESSAGE),
        lambda: io.StringIO(MESSAGE.decode()),
        pieces,
    ],
    ids=["bytes", "text", "bytearray", "memoryview", "file", "text file", "parts"],
)
def test_a_suite_of_responses_takes_every_body(body):
    simulator = twreplay.Simulator()
    with responses.RequestsMock() as mock:
        twreplay.add_to_responses(simulator, mock)
        url = f"{simulator.account_url}/SMS/Messages"
        response = requests.post(url, data=body(), headers=FORM, auth=simulator.auth, timeout=5)

    assert response.status_code == 200
    assert simulator.sms_messages[-1].Body == "Hi"


class TestHttpClient:
    @pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
    @pytest.mark.parametrize(
        "answer",
        [
            {"body": b"<a/>"},
            {"status": 204},
            {"status": 304, "headers": {"Content-Length": "7"}},
            {"body": b"x" * 9000, "headers": {"Connection": "Close", "Set-Cookie": "a=b; Path=/"}},
            {"body": b"1", "headers": {"X-Odd": " \u00e9 ", "Transfer-Encoding": "chunked"}},
            {"status": 599, "body": b""},
        ],
        ids=["body", "204", "304", "closing", "odd", "unknown"],
    )
    def test_a_response_that_is_not_parsed_is_as_one_that_is(self, twilio, method, answer):
        class Parsed(http.client.HTTPResponse):
            pass

        def ask(kind):
            connection = http.client.HTTPSConnection("api.twilio.com")
            if kind is not None:
                connection.response_class = kind
            connection.request(method, "/2008-08-01/Accounts", headers={"X": "y"})
            response = connection.getresponse()
            state = {
                name: value
                for name, value in vars(response).items()
                if value is None or isinstance(value, bool | int | str)
            }
            message = response.headers
            parts = message.items(), message.get_payload(), message.defects, response.msg is message
            return state, parts, response.peek(1)[:1], response.read(), response.isclosed()

        twilio.when().respond(**answer)

        assert ask(None) == ask(Parsed)

    def test_a_response_is_of_the_class_of_the_standard_library(self, twilio):
        connection = http.client.HTTPSConnection("api.twilio.com")
        connection.request("GET", "/2008-08-01/Accounts")

        assert type(connection.getresponse()) is http.client.HTTPResponse
        assert connection.response_class is http.client.HTTPResponse

    def test_a_request_without_a_host_is_refused_with_what_is_missing(self, twilio):
        connection = http.client.HTTPSConnection("api.twilio.com")
        connection.putrequest("GET", "/2008-08-01/Accounts", skip_host=True)

        with pytest.raises(errors.UsageError, match="Host"):
            connection.endheaders()

    def test_a_socket_that_outlives_its_session_says_that_it_is_over(self):
        with twreplay.simulate():
            connection = http.client.HTTPSConnection("api.twilio.com")
            connection.request("GET", "/2008-08-01/Accounts")
            assert connection.getresponse().status == 401
            kept = connection.sock

        with pytest.raises(BrokenPipeError, match="session is over"):
            kept.sendall(b"GET / HTTP/1.1\r\n")
        assert connection.sock is None


class TestUrllib3:
    def test_retries_are_its_own(self, twilio):
        twilio.when("GET", times=2).fail(503)
        retry = Retry(total=3, status_forcelist=[503], backoff_factor=0)

        with urllib3.PoolManager(retries=retry) as pool:
            response = pool.request("GET", twilio.account_url)

        assert response.status == 401
        assert len(twilio.requests) == 3

    def test_retries_of_an_adapter_of_requests_are_obeyed(self, twilio):
        twilio.when("GET", times=1).fail(503)
        with requests.Session() as session:
            retry = Retry(total=3, status_forcelist=[503], backoff_factor=0)
            session.mount("https://", HTTPAdapter(max_retries=retry))
            status = session.get(twilio.account_url, auth=twilio.auth, timeout=5).status_code

        assert (status, len(twilio.requests)) == (200, 2)

    def test_a_stream_comes_in_pieces(self, twilio):
        recording = twilio.add_recording(Duration=2)
        with urllib3.PoolManager() as pool:
            response = pool.request(
                "GET", f"{twilio.account_url}/Recordings/{recording.Sid}", preload_content=False
            )
            chunks = list(response.stream(8000))

        assert sum(map(len, chunks)) == 16044


class TestHttpx:
    def test_transport_of_ones_own(self, twilio):
        with httpx.Client(transport=Transport(), auth=twilio.auth) as client:
            assert client.get(twilio.account_url).status_code == 200

        assert twilio.requests[-1].request.headers["X-Transport"] == "mine"

    def test_transport_that_sends_nothing_is_left_alone(self, twilio):
        mock = httpx.MockTransport(lambda request: httpx.Response(418))
        with httpx.Client(transport=mock) as client:
            assert client.get(twilio.account_url).status_code == 418

        assert twilio.requests == ()

    def test_mounts_base_url_and_event_hooks(self, twilio):
        seen = []
        with httpx.Client(
            base_url=twilio.account_url,
            auth=twilio.auth,
            mounts={"https://": httpx.HTTPTransport()},
            event_hooks={"response": [lambda response: seen.append(response.status_code)]},
        ) as client:
            client.get("/Calls")

        assert seen == [200]

    def test_a_stream_comes_and_an_upload_arrives_in_pieces(self, twilio):
        recording = twilio.add_recording(Duration=1)
        with httpx.Client(auth=twilio.auth) as client:
            with client.stream("GET", f"{twilio.account_url}/Recordings/{recording.Sid}") as got:
                assert sum(map(len, got.iter_bytes(1000))) == 8044
            url = f"{twilio.account_url}/SMS/Messages"
            assert client.post(url, content=pieces(), headers=FORM).status_code == 200

        assert twilio.sms_messages[-1].Body == "Hi"

    def test_asynchronous_stream_and_upload(self, twilio):
        recording = twilio.add_recording(Duration=1)

        async def run():
            async with httpx.AsyncClient(auth=twilio.auth) as client:
                url = f"{twilio.account_url}/Recordings/{recording.Sid}"
                async with client.stream("GET", url) as got:
                    size = sum([len(part) async for part in got.aiter_bytes()])
                url = f"{twilio.account_url}/SMS/Messages"
                sent = await client.post(url, content=async_pieces(), headers=FORM)
                return size, sent.status_code

        assert asyncio.run(run()) == (8044, 200)


class TestAiohttp:
    def run(self, ask, **kwargs):
        async def run():
            async with aiohttp.ClientSession(**kwargs) as session:
                return await ask(session)

        return asyncio.run(run())

    def test_a_form_arrives_with_base_url_and_headers_of_the_session(self, twilio):
        async def ask(session):
            form = {"From": "4158675309", "To": "4155551212", "Body": "Grüße"}
            async with session.post(f"{path}/SMS/Messages", data=form) as response:
                return response.status

        headers = make_headers(basic_auth=":".join(twilio.auth))
        base, path = twilio.account_url[:22], twilio.account_url[22:]
        assert base == "https://api.twilio.com"

        assert self.run(ask, base_url=base, headers=headers) == 200
        assert twilio.sms_messages[-1].Body == "Grüße"

    def test_a_stream_comes_and_an_upload_arrives_in_pieces(self, twilio):
        recording = twilio.add_recording(Duration=1)
        header = make_headers(basic_auth=":".join(twilio.auth))

        async def ask(session):
            async with session.get(f"{twilio.account_url}/Recordings/{recording.Sid}") as got:
                size = sum([len(part) async for part in got.content.iter_chunked(1000)])
            url = f"{twilio.account_url}/SMS/Messages"
            async with session.post(url, data=async_pieces(), headers=FORM | header) as sent:
                return size, sent.status

        assert self.run(ask) == (8044, 200)

    @pytest.mark.parametrize("status", [307, 308])
    def test_redirect_keeps_method_and_form(self, twilio, status):
        url = f"{twilio.account_url}/SMS/Messages"
        twilio.when("POST", times=1).redirect(url, status=status)
        header = make_headers(basic_auth=":".join(twilio.auth))

        async def ask(session):
            async with session.post(url, data=MESSAGE, headers=FORM | header) as response:
                return response.status

        assert self.run(ask) == 200
        assert twilio.sms_messages[-1].Body == "Hi"

    def test_raise_for_status_is_its_own(self, twilio):
        async def ask(session):
            async with session.get(twilio.account_url) as response:
                return response.status

        with pytest.raises(aiohttp.ClientResponseError, match="401"):
            self.run(ask, raise_for_status=True)


@pytest.mark.parametrize("status", [200, 204, 304, 404])
@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_responses_without_a_body_end(twilio, method, status):
    """Each client must know that nothing follows, or it waits for ever."""
    twilio.when(method).respond(status, body=b"" if status in (204, 304) else b"text")
    url = twilio.account_url

    async def with_aiohttp():
        async with aiohttp.ClientSession() as session, session.request(method, url) as response:
            return response.status, await response.read()

    expected = b"" if method == "HEAD" or status in (204, 304) else b"text"
    with_requests = requests.request(method, url, timeout=5)
    with_httpx = httpx.request(method, url)
    with_urllib3 = urllib3.PoolManager().request(method, url, retries=False)
    assert (with_requests.status_code, with_requests.content) == (status, expected)
    assert (with_httpx.status_code, with_httpx.content) == (status, expected)
    assert (with_urllib3.status, with_urllib3.data) == (status, expected)
    assert asyncio.run(with_aiohttp()) == (status, expected)


def test_modules_of_the_library_are_all_there():
    """The clients are optional, and what is exported is not."""
    for name in twreplay.__all__:
        assert getattr(twreplay, name) is not None
