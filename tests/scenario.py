"""One session with the API, to be had through any client."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from basic_auth import encode_basic

_OF_THE_MACHINE = os.environ.get("SSL_CERT_FILE")
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes


# method, url, headers, body -> answer
Send = Callable[[str, str, dict[str, str], bytes], Answer]


def play(send: Send, sid: str, token: str) -> list[Answer]:
    """List, page, create, update, delete both ways, a 404, a 401, and awkward bodies."""
    base = f"https://api.twilio.com/2008-08-01/Accounts/{sid}"
    auth = {"Authorization": encode_basic(sid, token)}

    def ask(method: str, path: str, *, bare: bool = False, **fields: str) -> Answer:
        body = urlencode(fields).encode()
        headers = ({} if bare else dict(auth)) | ({"Content-Type": FORM} if body else {})
        return send(method, f"{base}{path}", headers, body)

    numbers = ask("GET", "/IncomingPhoneNumbers")
    sids = [part[:34] for part in numbers.body.decode().split("<Sid>")[1:]]
    answers = [
        numbers,
        ask("GET", "/Calls?num=2&page=0"),
        ask("GET", "/Calls?num=2&page=1"),
        ask("POST", "/Calls", Caller="4155550100", Called="4155550123", Url="http://app.example/"),
        ask("POST", "/Calls", Caller="4155550100"),
        ask("PUT", f"/IncomingPhoneNumbers/{sids[0]}", FriendlyName="Café"),
        ask("DELETE", f"/IncomingPhoneNumbers/{sids[0]}"),
        ask("POST", f"/IncomingPhoneNumbers/{sids[1]}?_method=DELETE"),
        ask("GET", f"/IncomingPhoneNumbers/{sids[1]}"),
        ask("GET", "/Calls", bare=True),
        ask("GET", "/Calls"),
        ask("GET", "/Calls?gzip=1"),
        ask("GET", "/Calls?chunked=1"),
        ask("GET", ""),
    ]
    recordings = ask("GET", "/Recordings").body.decode()
    recording = recordings.split("<Sid>")[1][:34]
    return [*answers, ask("GET", f"/Recordings/{recording}.wav", bare=True)]


STATUSES = [200, 200, 200, 201, 400, 200, 204, 204, 404, 401, 200, 200, 200, 200, 200]


def with_requests(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
    import requests

    response = requests.request(method, url, headers=headers, data=body or None, timeout=60)
    return Answer(response.status_code, response.content)


def with_urllib3(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
    import urllib3

    with urllib3.PoolManager(ca_certs=_ca_file()) as pool:
        asked = {"Accept-Encoding": "gzip"} | headers
        response = pool.request(method, url, headers=asked, body=body or None, retries=False)
        return Answer(response.status, response.data)


def with_http_client(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
    from http.client import HTTPSConnection
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    connection = HTTPSConnection(parts.hostname or "", timeout=60, context=_context())
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    connection.request(method, target, body=body or None, headers=headers)
    response = connection.getresponse()
    answer = Answer(response.status, response.read())
    connection.close()
    return answer


def with_urllib_request(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
    import urllib.error
    import urllib.request

    request = urllib.request.Request(url, data=body or None, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60, context=_context()) as response:
            return Answer(response.status, response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read())


def with_httpx(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
    import httpx

    with httpx.Client(verify=_context(), timeout=60) as client:
        response = client.request(method, url, headers=headers, content=body or None)
    return Answer(response.status_code, response.content)


def with_httpx_async(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
    import asyncio

    import httpx

    async def send() -> Answer:
        async with httpx.AsyncClient(verify=_context(), timeout=60) as client:
            response = await client.request(method, url, headers=headers, content=body or None)
            return Answer(response.status_code, response.content)

    return asyncio.run(send())


def with_aiohttp(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
    import asyncio

    import aiohttp

    async def send() -> Answer:
        connector = aiohttp.TCPConnector(ssl=_context(), resolver=aiohttp.ThreadedResolver())
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.request(method, url, headers=headers, data=body or None) as response,
        ):
            return Answer(response.status, await response.read())

    return asyncio.run(send())


def with_httplib2(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
    import httplib2

    http = httplib2.Http(ca_certs=_ca_file(), timeout=60)
    response, content = http.request(url, method, body=body or None, headers=headers)
    http.close()
    return Answer(response.status, content)


def with_tornado(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
    import asyncio

    from tornado.httpclient import AsyncHTTPClient

    async def send() -> Answer:
        client = AsyncHTTPClient(force_instance=True)
        try:
            response = await client.fetch(
                url,
                raise_error=False,
                method=method,
                headers=headers,
                body=body or (b"" if method in ("POST", "PUT") else None),
                ca_certs=_ca_file(),
                follow_redirects=False,
                request_timeout=60,
            )
        finally:
            client.close()
        return Answer(response.code, response.body)

    return asyncio.run(send())


def with_httpx2(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
    import httpx2

    with httpx2.Client(verify=_context(), timeout=60) as client:
        response = client.request(method, url, headers=headers, content=body or None)
    return Answer(response.status_code, response.content)


def with_httpx2_async(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
    import asyncio

    import httpx2

    async def send() -> Answer:
        async with httpx2.AsyncClient(verify=_context(), timeout=60) as client:
            response = await client.request(method, url, headers=headers, content=body or None)
            return Answer(response.status_code, response.content)

    return asyncio.run(send())


def _ca_file() -> str:
    """
    Return the file of the authority that *local_api* made; a file of one certificate without it.

    httplib2 reads its file for each connection: 25 ms for the 140 certificates of certifi.
    """
    given = os.environ.get("SSL_CERT_FILE")
    return _file_of_one_certificate() if given in (None, _OF_THE_MACHINE) else given


@cache
def _file_of_one_certificate() -> str:
    import tempfile

    import trustme

    with tempfile.NamedTemporaryFile(
        prefix="one-certificate-", suffix=".pem", delete=False
    ) as file:
        file.write(trustme.CA().cert_pem.bytes())
    atexit.register(Path(file.name).unlink, missing_ok=True)
    return file.name


def _context() -> Any:
    import os

    return _context_of(os.environ.get("SSL_CERT_FILE"))


@cache
def _context_of(cafile: str | None) -> Any:
    # Reading the certificates takes longer than everything else in a request from memory.
    import ssl

    return ssl.create_default_context(cafile=cafile)


CLIENTS: dict[str, Send] = {
    "requests": with_requests,
    "urllib3": with_urllib3,
    "http.client": with_http_client,
    "urllib.request": with_urllib_request,
    "httpx": with_httpx,
    "httpx async": with_httpx_async,
    "aiohttp": with_aiohttp,
    "httplib2": with_httplib2,
    "tornado": with_tornado,
    "httpx2": with_httpx2,
    "httpx2 async": with_httpx2_async,
}
