"""
What a client does in a session is what it does over a connection.

The same function runs against a server on loopback and in a session, which answer the same; what it
returns or raises, and what the server was asked, must be equal. What is not is listed, with why.
"""

from __future__ import annotations

import array
import asyncio
import gzip
import http.client
import io
import mmap
import os
import ssl
import urllib.request
from collections.abc import Callable
from contextlib import closing
from functools import cache
from typing import Any

import aiohttp
import httplib2
import httpx
import httpx2
import pycurl
import pytest
import requests
import urllib3
from extent import mark_slow_but
from raw_server import PATIENCE, SHORT_PATIENCE
from requests.adapters import HTTPAdapter
from scripted_server import (
    HOST,
    URL,
    Step,
    in_a_session,
    over_a_connection,
    port_for_libcurl,
    respond,
)
from tornado.curl_httpclient import CurlAsyncHTTPClient
from tornado.simple_httpclient import SimpleAsyncHTTPClient
from urllib3.util import Retry

import twreplay
from twreplay import faults

PATH = URL.removeprefix(f"https://{HOST}")
FORM = b"Caller=4158675309&Called=4155551212"
FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}
OK = respond()
THERE = ("Location", f"{URL}/there")


class Patience:
    """How long a client waits for an answer."""

    seconds = PATIENCE


@cache
def trusting(ca_file: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file)


def context() -> ssl.SSLContext:
    # In a session nothing is encrypted, and no file names the authority.
    return trusting(os.environ["SSL_CERT_FILE"]) if "SSL_CERT_FILE" in os.environ else default()


@cache
def default() -> ssl.SSLContext:
    return ssl.create_default_context()


def kind_of(error: Any) -> Any:
    """The types of an exception and of what it was made of."""
    if isinstance(error, BaseException):
        reason = getattr(error, "reason", None)
        kinds = [kind_of(each) for each in error.args]
        return type(error).__qualname__, kinds, type(reason).__qualname__
    return type(error).__name__


def observe(function: Callable[[], Any]) -> Any:
    try:
        return "returned", function()
    except Exception as error:
        return "raised", kind_of(error)


def compare(
    tmp_path: Any, script: list[Step], function: Callable[[], Any], *, waits: bool = False
) -> tuple[Any, Any]:
    """
    What is seen in either place.

    Where no answer comes the client waits in vain: as short as an idle machine needs for all other
    answers, and longer if one was late. What differs each time differs.
    """
    for Patience.seconds in (
        SHORT_PATIENCE if waits or faults.ReadTimeout in script else (PATIENCE,)
    ):
        with over_a_connection(tmp_path, script) as arrived:
            live = observe(function)
        with in_a_session(script) as asked:
            inside = observe(function)
        if (inside, asked) == (live, arrived):
            break
    return (inside, asked), (live, arrived)


# ---- Every client, every kind of answer. A client gives all that it knows of a response.


def with_requests(method: str, body: Any = None, **options: Any) -> Any:
    with requests.Session() as session:
        answer = session.request(
            method,
            URL,
            data=body,
            headers=FORM_TYPE,
            timeout=(PATIENCE, Patience.seconds),
            **options,
        )
        return (
            answer.status_code,
            answer.reason,
            answer.content,
            list(answer.headers.items()),
            list(answer.raw.headers.items()),
            answer.raw.version,
            answer.raw.version_string,
            [(each.status_code, each.url, each.content) for each in answer.history],
            answer.cookies.get_dict(),
            session.cookies.get_dict(),
            answer.raw.closed,
            answer.raw._fp.fp is None,
            answer.raw.connection is None,
            answer.raw.tell(),
            answer.elapsed.total_seconds() > 0,
            answer.url,
            answer.ok,
        )


def with_urllib3(method: str, body: Any = None, **options: Any) -> Any:
    with urllib3.PoolManager(ssl_context=context()) as pool:
        answer = pool.request(
            method,
            URL,
            body=body,
            headers=FORM_TYPE,
            timeout=Patience.seconds,
            **{"retries": 1, **options},
        )
        return (
            answer.status,
            answer.reason,
            answer.data,
            list(answer.headers.items()),
            answer.version,
            answer.version_string,
            answer.closed,
            answer.geturl(),
            repr(answer.retries),
            [(each.method, kind_of(each.error), each.status) for each in answer.retries.history],
            answer.connection is None,
        )


def with_http_client(method: str, body: Any = None, **options: Any) -> Any:
    connection = http.client.HTTPSConnection(HOST, timeout=Patience.seconds, context=context())
    try:
        connection.request(method, PATH, body=body, headers=FORM_TYPE, **options)
        answer = connection.getresponse()
        return (
            answer.status,
            answer.reason,
            answer.getheaders(),
            answer.version,
            answer.length,
            answer.will_close,
            answer.read(),
            answer.isclosed(),
            connection.sock is None,
        )
    finally:
        connection.close()


def with_urllib(method: str, body: Any = None) -> Any:
    request = urllib.request.Request(URL, data=body, headers=FORM_TYPE, method=method)
    with urllib.request.urlopen(request, timeout=Patience.seconds, context=context()) as answer:
        return answer.status, answer.reason, answer.getheaders(), answer.url, answer.read()


def with_httplib2(method: str, body: Any = None) -> Any:
    http = httplib2.Http(timeout=Patience.seconds, ca_certs=os.environ.get("SSL_CERT_FILE"))
    try:
        answer, content = http.request(URL, method, body=body, headers=dict(FORM_TYPE))
        return answer.status, answer.reason, answer.version, dict(answer), content
    finally:
        http.close()


def facts(answer: Any) -> Any:
    return (
        answer.status_code,
        answer.reason_phrase,
        answer.http_version,
        answer.content,
        answer.headers.raw,
        [(each.status_code, str(each.url)) for each in answer.history],
        dict(answer.cookies),
        answer.is_closed,
        answer.is_stream_consumed,
        sorted(answer.extensions),
        str(answer.url),
        answer.num_bytes_downloaded,
    )


def with_httpx(method: str, body: Any = None, kin: Any = httpx, **options: Any) -> Any:
    transport = kin.HTTPTransport(verify=context(), **options)
    with kin.Client(transport=transport, timeout=Patience.seconds, follow_redirects=True) as client:
        return facts(client.request(method, URL, content=body, headers=FORM_TYPE))


def with_async_httpx(method: str, body: Any = None, kin: Any = httpx, **options: Any) -> Any:
    async def ask() -> Any:
        transport = kin.AsyncHTTPTransport(verify=context(), **options)
        async with kin.AsyncClient(
            transport=transport, timeout=Patience.seconds, follow_redirects=True
        ) as client:
            return facts(await client.request(method, URL, content=body, headers=FORM_TYPE))

    return asyncio.run(ask())


def with_httpx2(method: str, body: Any = None, **options: Any) -> Any:
    return with_httpx(method, body, kin=httpx2, **options)


def with_async_httpx2(method: str, body: Any = None, **options: Any) -> Any:
    return with_async_httpx(method, body, kin=httpx2, **options)


def with_aiohttp(method: str, body: Any = None, trace: Any = None, **options: Any) -> Any:
    async def ask() -> Any:
        connector = aiohttp.TCPConnector(ssl=context(), resolver=aiohttp.ThreadedResolver())
        limits = aiohttp.ClientTimeout(sock_read=Patience.seconds)
        async with (
            aiohttp.ClientSession(
                connector=connector, timeout=limits, trace_configs=[trace] if trace else None
            ) as session,
            session.request(method, URL, data=body, headers=FORM_TYPE, **options) as answer,
        ):
            return (
                answer.status,
                answer.reason,
                answer.version,
                answer.raw_headers,
                {name: each.value for name, each in answer.cookies.items()},
                [(each.status, str(each.url)) for each in answer.history],
                answer.connection is None,
                await answer.read(),
                answer.closed,
                str(answer.url),
                answer.content.at_eof(),
            )

    return asyncio.run(ask())


def with_tornado_curl(method: str, body: Any = None) -> Any:
    def prepare(curl: Any) -> None:
        if port := port_for_libcurl():
            curl.setopt(pycurl.CONNECT_TO, [f"{HOST}:443:127.0.0.1:{port}"])

    return with_tornado(method, body, kind=CurlAsyncHTTPClient, prepare_curl_callback=prepare)


def with_tornado(
    method: str, body: Any = None, kind: Any = SimpleAsyncHTTPClient, **options: Any
) -> Any:
    async def ask() -> Any:
        client = kind(force_instance=True)
        try:
            answer = await client.fetch(
                URL,
                method=method,
                body=body,
                headers=FORM_TYPE,
                request_timeout=Patience.seconds,
                ca_certs=os.environ.get("SSL_CERT_FILE"),
                **options,
            )
            return (
                answer.code,
                answer.reason,
                answer.body,
                list(answer.headers.get_all()),
                answer.effective_url,
                answer.error,
            )
        finally:
            client.close()

    return asyncio.run(ask())


CLIENTS = {
    "requests": with_requests,
    "urllib3": with_urllib3,
    "http.client": with_http_client,
    "urllib.request": with_urllib,
    "httplib2": with_httplib2,
    "httpx": with_httpx,
    "httpx async": with_async_httpx,
    "httpx2": with_httpx2,
    "httpx2 async": with_async_httpx2,
    "aiohttp": with_aiohttp,
    "tornado": with_tornado,
    "tornado curl": with_tornado_curl,
}
MOST_USED = ("requests", "urllib3", "http.client", "httpx", "httpx async", "aiohttp")

COOKIES = respond(
    b"<a/>", 200, ("Set-Cookie", "a=1; Path=/"), ("X-Between", "b"), ("Set-Cookie", "c=2")
)
GZIPPED = respond(gzip.compress(b"<a/>", mtime=0), 200, ("Content-Encoding", "gzip"))
SCRIPTS: dict[str, tuple[str, list[Step]]] = {
    "a list": ("GET", [OK]),
    "a head": ("HEAD", [OK]),
    "a form": ("POST", [OK]),
    "nothing deleted": ("DELETE", [respond(b"", 204)]),
    "not modified": ("GET", [respond(b"", 304)]),
    "nothing in it": ("GET", [respond(b"")]),
    "an error": ("GET", [respond(b"<no/>", 404)]),
    "a reason of its own": ("GET", [respond(b"<no/>", 499)]),
    "cookies apart": ("GET", [COOKIES]),
    "compressed": ("GET", [GZIPPED]),
    "closed by the server": ("GET", [respond(b"<a/>", 200, ("Connection", "close"))]),
    "a redirect": ("GET", [respond(b"", 302, THERE), OK]),
    "a redirect with cookies": (
        "GET",
        [respond(b"", 302, THERE, ("Set-Cookie", "a=1; Path=/")), OK],
    ),
    "a form elsewhere": ("POST", [respond(b"", 303, THERE), OK]),
    "a form sent on": ("POST", [respond(b"", 307, THERE), OK]),
    "later": ("GET", [respond(b"", 503, ("Retry-After", "0")), OK]),
    "reset": ("GET", [faults.ConnectionReset] * 4),
    "reset once": ("GET", [faults.ConnectionReset, OK]),
    "a form reset once": ("POST", [faults.ConnectionReset, OK]),
    "refused": ("GET", [faults.ConnectionRefused] * 4),
    "refused once": ("GET", [faults.ConnectionRefused, OK]),
    "silent": ("GET", [faults.ReadTimeout] * 4),
    "cut off": ("GET", [faults.TruncatedBody] * 4),
    "not HTTP": ("GET", [faults.MalformedResponse] * 4),
}


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("client", mark_slow_but(*MOST_USED, of=CLIENTS))
def test_each_client_sees_each_answer_alike(client, script, tmp_path):
    method, steps = SCRIPTS[script]
    body = FORM if method == "POST" else None

    inside, live = compare(tmp_path, steps, lambda: CLIENTS[client](method, body))

    assert inside == live


# ---- Bodies of every kind, retries, streams, expectations, traces: what each client has of them.

Case = Callable[[], Any]
CASES: dict[str, tuple[list[Step], Case]] = {}


def case(*script: Step, times: int = 1) -> Callable[[Case], Case]:
    """Add a function, to be run where *script* is what is answered."""

    def register(function: Case) -> Case:
        CASES[function.__name__] = (list(script or (OK,) * times), function)
        return function

    return register


class Pipe:
    """A reader that gives what it has, as sockets and decoders do."""

    def __init__(self) -> None:
        self._file = io.BytesIO(FORM)

    def __len__(self) -> int:
        return len(FORM)

    def read(self, size: int = -1) -> bytes:
        return self._file.read(4)

    def __iter__(self) -> Any:
        return iter(self.read, b"")


def mapped() -> mmap.mmap:
    area = mmap.mmap(-1, len(FORM))
    area[:] = FORM
    return area


def pieces() -> Any:
    yield FORM[:10]
    yield FORM[10:]


async def async_pieces() -> Any:
    for piece in pieces():
        yield piece


def advanced() -> io.BytesIO:
    file = io.BytesIO(b"not this" + FORM)
    file.seek(8)
    return file


BODIES: dict[str, Callable[[], Any]] = {
    "bytes": lambda: FORM,
    "text": FORM.decode,
    "text beyond ASCII": lambda: "Body=Grüße",
    "nothing": lambda: b"",
    "bytearray": lambda: bytearray(FORM),
    "memoryview": lambda: memoryview(FORM),
    "array": lambda: array.array("B", FORM),
    "array of longer items": lambda: array.array("H", FORM + b"1"),
    "mmap": mapped,
    "mapping": lambda: {"Body": "a b", "To": ["1", "2"]},
    "pairs": lambda: [("To", "1"), ("To", "2")],
    "file": lambda: io.BytesIO(FORM),
    "file in its middle": advanced,
    "text file": lambda: io.StringIO(FORM.decode()),
    "pipe": Pipe,
    "generator": pieces,
    "list of bytes": lambda: [FORM[:3], FORM[3:]],
    "iterator": lambda: iter([FORM[:3], b"", FORM[3:]]),
    "async generator": async_pieces,
    "number": lambda: 7,
}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("client", mark_slow_but(*MOST_USED, of=CLIENTS))
def test_each_client_sends_each_body_alike(client, body, tmp_path):
    inside, live = compare(tmp_path, [OK], lambda: CLIENTS[client]("POST", BODIES[body]()))

    assert inside == live


@pytest.mark.parametrize("body", ["bytes", "file", "file in its middle", "pipe", "generator"])
@pytest.mark.parametrize("client", ["requests", "urllib3", "httpx", "httpx async", "aiohttp"])
@pytest.mark.parametrize("status", [307, 308])
def test_each_client_sends_each_body_on_alike(client, body, status, tmp_path):
    def ask() -> Any:
        sent = BODIES[body]()
        found = observe(lambda: CLIENTS[client]("POST", sent))
        return found, sent.tell() if hasattr(sent, "tell") and not sent.closed else None

    # A pipe has nothing more to give, and the server waits for it.
    inside, live = compare(tmp_path, [respond(b"", status, THERE), OK], ask, waits=body == "pipe")

    assert inside == live


RETRIES: dict[str, Any] = {
    "none": lambda: 0,
    "three": lambda: 3,
    "of connecting": lambda: Retry(total=3, connect=2, read=0, backoff_factor=0),
    "of reading": lambda: Retry(total=3, connect=0, read=2, backoff_factor=0),
    "of statuses": lambda: Retry(total=2, status_forcelist=[503, 500], backoff_factor=0),
    "of statuses, quietly": lambda: Retry(
        total=1, status_forcelist=[503], raise_on_status=False, backoff_factor=0
    ),
    "of statuses, at once": lambda: Retry(
        total=2, status_forcelist=[503], respect_retry_after_header=False, backoff_factor=0
    ),
    "of forms": lambda: Retry(total=2, status=1, status_forcelist=[503], allowed_methods=None),
    "without a limit": lambda: Retry(total=None, connect=1, read=1, status=1, other=1),
}
UNAVAILABLE = respond(b"<no/>", 503, ("Retry-After", "0"))
BEHAVIORS: dict[str, list[Step]] = {
    "refused once": [faults.ConnectionRefused, OK],
    "refused": [faults.ConnectionRefused] * 6,
    "reset once": [faults.ConnectionReset, OK],
    "reset": [faults.ConnectionReset] * 6,
    "silent once": [faults.ReadTimeout, OK],
    "not HTTP once": [faults.MalformedResponse, OK],
    "unavailable once": [UNAVAILABLE, OK],
    "unavailable": [UNAVAILABLE] * 6,
    "unavailable without a time": [respond(b"<no/>", 503)] * 6,
    "one after the other": [faults.ConnectionRefused, faults.ConnectionReset, UNAVAILABLE, OK],
}


@pytest.mark.parametrize("behavior", BEHAVIORS)
@pytest.mark.parametrize("retries", RETRIES)
@pytest.mark.parametrize("method", mark_slow_but("GET", of=["GET", "POST"]))
class TestRetries:
    def test_requests_tries_again_alike(self, method, retries, behavior, tmp_path):
        def ask() -> Any:
            body = io.BytesIO(FORM) if method == "POST" else None
            with requests.Session() as session:
                session.mount("https://", HTTPAdapter(max_retries=RETRIES[retries]()))
                answer = session.request(
                    method, URL, data=body, timeout=(PATIENCE, Patience.seconds)
                )
                return answer.status_code, answer.content, repr(answer.raw.retries)

        inside, live = compare(tmp_path, BEHAVIORS[behavior], ask)

        assert inside == live

    @pytest.mark.slow
    def test_urllib3_tries_again_alike(self, method, retries, behavior, tmp_path):
        def ask() -> Any:
            with urllib3.PoolManager(ssl_context=context(), retries=RETRIES[retries]()) as pool:
                body = FORM if method == "POST" else None
                limits = urllib3.Timeout(connect=PATIENCE, read=Patience.seconds)
                answer = pool.request(method, URL, body=body, timeout=limits)
                return answer.status, answer.data, repr(answer.retries)

        inside, live = compare(tmp_path, BEHAVIORS[behavior], ask)

        assert inside == live


@pytest.mark.parametrize("behavior", ["refused once", "refused", "reset once", "silent once"])
@pytest.mark.parametrize("client", ["httpx", "httpx async", "httpx2", "httpx2 async"])
def test_httpx_tries_again_alike(client, behavior, tmp_path):
    ask = lambda: CLIENTS[client]("GET", retries=1)  # noqa: E731

    inside, live = compare(tmp_path, BEHAVIORS[behavior], ask)

    assert inside == live


def streamed(read: Callable[[requests.Response], Any], **options: Any) -> Any:
    with requests.Session() as session:
        answer = session.get(URL, stream=True, timeout=Patience.seconds, **options)
        before = answer.raw.closed, answer.raw._fp.isclosed(), answer.raw.connection is None
        found = observe(lambda: read(answer))
        after = answer.raw.closed, answer.raw._fp.isclosed(), answer.raw.connection is None
        answer.close()
        return before, found, after, answer.raw.closed, answer.raw.tell()


LONG = respond(b"<a>" + b"b" * 40_000 + b"</a>")
LINES = respond(b"one\ntwo\nthree")
READS: dict[str, Callable[[requests.Response], Any]] = {
    "chunks as they come": lambda answer: b"".join(answer.iter_content(None)),
    "chunks": lambda answer: [len(part) for part in answer.iter_content(10_000)],
    "chunks of text": lambda answer: list(answer.iter_content(20_000, decode_unicode=True)),
    "lines": lambda answer: list(answer.iter_lines()),
    "raw stream": lambda answer: b"".join(answer.raw.stream(None)),
    "raw stream of parts": lambda answer: [len(part) for part in answer.raw.stream(7_000)],
    "raw parts, decoded": lambda answer: [answer.raw.read(5, decode_content=True) for _ in "ab"],
    "raw, once it is there": lambda answer: answer.raw.read1(6),
    "raw into": lambda answer: (answer.raw.readinto(buffer := bytearray(9)), bytes(buffer)),
    "raw to its end and on": lambda answer: [answer.raw.read() for _ in "ab"],
    "raw text": lambda answer: list(io.TextIOWrapper(answer.raw)),
    "raw drained": lambda answer: answer.raw.drain_conn(),
    "raw chunked": lambda answer: list(answer.raw.read_chunked()),
    "file of http.client": lambda answer: answer.raw._fp.read(3),
    "closed early": lambda answer: (answer.raw.read(2), answer.close()),
    "content twice": lambda answer: (answer.content, answer.content),
    "content after a part": lambda answer: (answer.raw.read(2), answer.content),
    "content, then chunks": lambda answer: (answer.content, list(answer.iter_content(90_000))),
    "the certificate": lambda answer: answer.raw.connection.sock.getpeercert()["subjectAltName"],
    "the other side": lambda answer: answer.raw.connection.sock.getpeername()[1] > 0,
    "the kind of socket": lambda answer: answer.raw.connection.sock.type,
    "the head": lambda answer: answer.raw._original_response.getheaders(),
}


@pytest.mark.parametrize("body", ["long", "lines", "compressed", "nothing"])
@pytest.mark.parametrize("read", READS)
def test_a_stream_of_requests_is_read_alike(read, body, tmp_path):
    answer = {"long": LONG, "lines": LINES, "compressed": GZIPPED, "nothing": respond(b"")}[body]

    inside, live = compare(tmp_path, [answer], lambda: streamed(READS[read]))

    assert inside == live


def connected() -> Any:
    return closing(http.client.HTTPSConnection(HOST, timeout=Patience.seconds, context=context()))


@case(times=2)
def http_client_one_connection() -> Any:
    with connected() as connection:
        found = []
        for _ in "ab":
            connection.request("GET", PATH)
            answer = connection.getresponse()
            certificate = connection.sock.getpeercert()["subjectAltName"]
            found.append((certificate, connection.sock.gettimeout(), answer.read()))
            found.append((connection.sock.type, connection.sock.family, connection.sock.proto))
            found.append(connection.sock.getsockname()[1] > 0)
            found.append(connection.sock.selected_alpn_protocol() in (None, "http/1.1"))
        return found


@case(times=2)
def http_client_that_may_not_connect_by_itself() -> Any:
    with connected() as connection:
        connection.auto_open = 0
        refused = observe(lambda: connection.request("GET", PATH))
        connection.connect()
        connection.request("GET", PATH)
        return refused, connection.getresponse().read()


@case(respond(b"<a/>", 200, ("Connection", "close")), OK)
def http_client_connects_again_after_the_server_has_closed() -> Any:
    with connected() as connection:
        found = []
        for _ in "ab":
            connection.request("GET", PATH)
            answer = connection.getresponse()
            found.append((answer.will_close, connection.sock is None, answer.read()))
        return found


@case(respond(b"<a/>", 200, ("Connection", "close")), OK)
def http_client_may_not_connect_again() -> Any:
    with connected() as connection:
        connection.request("GET", PATH)
        connection.auto_open = 0
        read = connection.getresponse().read()
        return read, observe(lambda: connection.request("GET", PATH))


@case(respond(b"", 204, ("Content-Length", "0"), ("X-Own", "1")))
def http_client_nothing_with_a_length() -> Any:
    return with_http_client("GET")


@case(twreplay.Response(200, {"Content-Type": "application/xml", "Content-Length": "04"}, b"<a/>"))
def http_client_a_length_with_a_zero_before_it() -> Any:
    return with_http_client("GET")


@case()
def http_client_chunks_by_hand() -> Any:
    with connected() as connection:
        connection.request("POST", PATH, pieces(), FORM_TYPE, encode_chunked=True)
        return connection.getresponse().read()


@case()
def http_client_expects() -> Any:
    with connected() as connection:
        connection.putrequest("POST", PATH)
        connection.putheader("Content-Length", str(len(FORM)))
        connection.putheader("Expect", "100-continue")
        connection.endheaders()
        said = connection.sock.recv(4096)
        connection.send(FORM)
        answer = connection.getresponse()
        return said, answer.status, answer.read()


@case()
def http_client_expects_and_reads_a_file() -> Any:
    with connected() as connection:
        connection.putrequest("POST", PATH)
        connection.putheader("Content-Length", str(len(FORM)))
        connection.putheader("Expect", "100-continue")
        connection.endheaders()
        said = [connection.sock.makefile("rb", 0).readline() for _ in "ab"]
        connection.send(FORM)
        answer = connection.getresponse()
        return said, answer.status, answer.read()


@case()
def http_client_expects_and_does_not_wait() -> Any:
    with connected() as connection:
        connection.request("POST", PATH, FORM, {"Expect": "100-continue"})
        return connection.getresponse().read()


@case()
def requests_expects() -> Any:
    return requests.post(
        URL, FORM, headers={"Expect": "100-continue"}, timeout=Patience.seconds
    ).content


@case()
def requests_files() -> Any:
    files = {"file": ("a.txt", io.BytesIO(b"content"), "text/plain")}
    request = requests.Request("POST", URL, files=files).prepare()
    request.body = request.body.replace(request.headers["Content-Type"][-32:].encode(), b"edge")
    request.headers["Content-Length"] = str(len(request.body))
    with requests.Session() as session:
        verify = os.environ.get("SSL_CERT_FILE", True)
        return session.send(request, timeout=Patience.seconds, verify=verify).content


@case()
def requests_hooks() -> Any:
    called = []
    hooks = {"response": lambda answer, **given: called.append((answer.status_code, sorted(given)))}
    requests.get(URL, hooks=hooks, timeout=Patience.seconds)
    return called


def expecting() -> Any:
    return with_aiohttp("POST", FORM, expect100=True)


case()(expecting)


@case()
def aiohttp_expects_with_nothing_to_send() -> Any:
    return with_aiohttp("GET", None, expect100=True)


@case(respond(b"", 307, THERE), OK)
def aiohttp_expects_and_is_sent_on() -> Any:
    return with_aiohttp("POST", FORM, expect100=True)


def traced() -> tuple[aiohttp.TraceConfig, list[str]]:
    config, events = aiohttp.TraceConfig(), []
    for name in dir(config):
        if not name.startswith("on_"):
            continue

        async def note(session: Any, told: Any, values: Any, name: str = name) -> None:
            events.append(name)

        getattr(config, name).append(note)
    return config, events


@case()
def aiohttp_traces() -> Any:
    config, events = traced()
    return with_aiohttp("POST", FORM, trace=config), events


@case(respond(b"", 302, THERE), OK)
def aiohttp_traces_of_a_redirect() -> Any:
    config, events = traced()
    return with_aiohttp("GET", trace=config), events


@case(respond(b"<a/>", 302, THERE, ("Connection", "close")), OK)
def aiohttp_traces_of_a_redirect_that_closes() -> Any:
    config, events = traced()
    return with_aiohttp("GET", trace=config), events


@case()
def aiohttp_knows_its_connection() -> Any:
    async def ask() -> Any:
        connector = aiohttp.TCPConnector(ssl=context(), resolver=aiohttp.ThreadedResolver())
        seen = []

        async def note(session: Any, told: Any, values: Any) -> None:
            seen.append(str(values.response.url))

        config = aiohttp.TraceConfig()
        config.on_request_end.append(note)
        async with aiohttp.ClientSession(connector=connector, trace_configs=[config]) as session:
            answer = await session.get(URL)
            await answer.read()
            return seen, answer.connection, answer.closed

    return asyncio.run(ask())


@case(respond(b"<no/>", 500))
def aiohttp_raises_for_status() -> Any:
    return with_aiohttp("GET", raise_for_status=True)


@case(UNAVAILABLE, faults.ConnectionRefused, OK)
def aiohttp_tries_again_by_hand() -> Any:
    async def ask() -> Any:
        found = []
        connector = aiohttp.TCPConnector(
            ssl=context(), resolver=aiohttp.ThreadedResolver(), force_close=True
        )
        async with aiohttp.ClientSession(connector=connector) as session:
            for _ in "abc":
                try:
                    async with session.get(URL) as answer:
                        found.append(answer.status)
                except aiohttp.ClientError as error:
                    found.append(kind_of(error))
        return found

    return asyncio.run(ask())


@case()
def tornado_expects() -> Any:
    return with_tornado("POST", FORM, expect_100_continue=True)


@case()
def tornado_wants_a_body() -> Any:
    return with_tornado("POST", None)


@case()
def tornado_wants_no_body() -> Any:
    return with_tornado("GET", FORM)


@case()
def httpx_files() -> Any:
    with httpx.Client(verify=context()) as client:
        headers = {"Content-Type": "multipart/form-data; boundary=edge"}
        return client.post(URL, files={"file": io.BytesIO(b"content")}, headers=headers).content


def httpx_traces_of(*options: Any, retries: int = 0) -> Any:
    events: list[str] = []
    transport = httpx.HTTPTransport(verify=context(), retries=retries)
    with httpx.Client(transport=transport) as client:
        extensions = {"trace": lambda name, info: events.append(name)}
        status = client.get(URL, extensions=extensions).status_code
    return status, events


case()(httpx_traces_of)


@case(faults.ConnectionRefused, OK)
def httpx_traces_of_a_retry() -> Any:
    return httpx_traces_of(retries=1)


@case()
def httpx_knows_its_connection() -> Any:
    with httpx.Client(verify=context()) as client, client.stream("GET", URL) as answer:
        stream = answer.extensions["network_stream"]
        secured = stream.get_extra_info("ssl_object")
        return (
            secured.getpeercert()["subjectAltName"],
            secured.version(),
            len(stream.get_extra_info("server_addr")),
            stream.get_extra_info("is_readable"),
            stream.get_extra_info("nothing"),
            [len(part) for part in answer.iter_raw()],
            answer.num_bytes_downloaded,
            observe(lambda: list(answer.iter_bytes())),
        )


@case()
def httpx_sent_body_is_not_kept() -> Any:
    with httpx.Client(verify=context()) as client:
        request = client.build_request("POST", URL, content=pieces())
        client.send(request)
        return observe(lambda: request.content), observe(lambda: client.send(request))


@case(OK, OK)
def urllib3_connections_of_a_pool() -> Any:
    with urllib3.HTTPSConnectionPool(HOST, ssl_context=context()) as pool:
        return [
            (pool.request("GET", PATH).status, pool.num_connections, pool.num_requests)
            for _ in "ab"
        ]


@pytest.mark.parametrize("name", [*CASES])
def test_each_case_is_seen_alike(name, tmp_path):
    script, function = CASES[name]

    inside, live = compare(tmp_path, script, function)

    assert inside == live


# ---- What differs, and why; each of these fails when it no longer does.

DIFFERENCES: dict[str, str] = {}


def differs(why: str, *script: Step) -> Callable[[Case], Case]:
    """Add a function that does not find the same in a session."""

    def register(function: Case) -> Case:
        DIFFERENCES[function.__name__] = why
        return case(*script)(function)

    return register


@differs(
    "Which rule decides is known only when the request is complete: aiohttp has told of a "
    "connection, and of headers sent, before it is refused.",
    faults.ConnectionRefused,
)
def aiohttp_traces_of_a_refused_connection() -> Any:
    config, events = traced()
    return observe(lambda: with_aiohttp("GET", trace=config)), events


@differs("No connection of a pool outlives its request, so that none outlives its session.", OK, OK)
def httpx_traces_of_two_requests() -> Any:
    events: list[str] = []
    with httpx.Client(verify=context()) as client:
        for _ in "ab":
            client.get(URL, extensions={"trace": lambda name, info: events.append(name)})
    return events


@differs("Nothing was encrypted, so there is no certificate whose bytes could be pinned.")
def http_client_bytes_of_the_certificate() -> Any:
    with connected() as connection:
        connection.request("GET", PATH)
        certificate = connection.sock.getpeercert(binary_form=True)
        return connection.getresponse().read(), certificate is None


@pytest.mark.parametrize("name", DIFFERENCES)
def test_what_is_listed_as_different_is(name, tmp_path):
    script, function = CASES[name]

    inside, live = compare(tmp_path, script, function)

    assert inside != live
