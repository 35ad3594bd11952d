"""
Secrets in every place where one can be, a server that hands them back, and a search for them.

The search knows nothing of the redaction that it judges: it takes a cassette apart as a thief
would, undoing percent-encoding, base64 and gzip wherever they may be.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import gzip
import json
import re
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import scenario
import trustme
import yaml
from basic_auth import encode_basic
from cassette_files import Loader
from local_api import names_point_home

from twreplay import Interaction, Request, Response

HOST = "api.twilio.com"
ACCOUNT = "AC0123456789abcdef0123456789abcdef"
OTHER_ACCOUNT = "ACfedcba9876543210fedcba9876543210"
TOKEN = "5ecbe75ecbe75ecbe75ecbe75ecbe75e"
OTHER_TOKEN = "0dd5ecbe70dd5ecbe70dd5ecbe70dd5e"
PATH = f"/2008-08-01/Accounts/{ACCOUNT}"
FORM = "application/x-www-form-urlencoded"

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Answer:
    """What the server answers."""

    body: bytes = b"<TwilioResponse/>"
    headers: Pairs = ()
    status: int = 200
    kind: str = "application/xml"


@dataclass(frozen=True)
class Plant:
    """A place for a secret."""

    target: str = f"{PATH}/Calls"
    headers: Pairs = ()
    body: str = ""
    kind: str = FORM
    answer: Answer = Answer()
    auth: str = "header"
    """How the request authenticates: ``header``, ``url``, ``client`` or not at all."""


def _escaped(text: str) -> str:
    return "".join(f"%{ord(char):02X}" for char in text)


def _twice(text: str) -> str:
    return quote(_escaped(text), safe="")


def _in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _json(**fields: object) -> Answer:
    return Answer(json.dumps({"TwilioResponse": fields}).encode(), kind="application/json")


_XML = f"<TwilioResponse><Account><AuthToken>{TOKEN}</AuthToken></Account></TwilioResponse>"
_HTML = f'<html><body><div class="auth-token">{TOKEN}</div></body></html>'
_OTHER = f"<Account><Sid>{OTHER_ACCOUNT}</Sid><AuthToken>{OTHER_TOKEN}</AuthToken></Account>"
_PACKED = gzip.compress(f"<TwilioResponse><Echo>{TOKEN}</Echo></TwilioResponse>".encode(), mtime=0)
_LANDED = f"https://{HOST}{PATH}/Landed?AuthToken={TOKEN}&key={TOKEN}"

PLANTS: dict[str, Plant] = {
    "Authorization: Basic": Plant(),
    "Authorization: Bearer": Plant(headers=(("Authorization", f"Bearer {TOKEN}"),), auth=""),
    "authentication of the client itself": Plant(auth="client"),
    "userinfo of the URL": Plant(auth="url"),
    "query": Plant(f"{PATH}/Calls?key={TOKEN}"),
    "query, as AuthToken, unauthenticated": Plant(f"{PATH}/Calls?AuthToken={TOKEN}", auth=""),
    "query, percent-encoded": Plant(f"{PATH}/Calls?key={_escaped(TOKEN)}"),
    "form field": Plant(body=f"Note={TOKEN}"),
    "form field AuthToken, unauthenticated": Plant(body=f"AuthToken={TOKEN}&A=b", auth=""),
    "form field, percent-encoded": Plant(body=f"Note={_escaped(TOKEN)}"),
    "form field, percent-encoded twice": Plant(body=f"Note={_twice(TOKEN)}"),
    "userinfo of a URL in a form field, unauthenticated": Plant(
        body=f"Url={quote(f'https://me:{TOKEN}@app.example/', safe='')}", auth=""
    ),
    "JSON body of a request": Plant(body=json.dumps({"deep": [TOKEN]}), kind="application/json"),
    "text of a request": Plant(body=f"so it is {TOKEN}, you see", kind="text/plain"),
    "X-Auth-Token, unauthenticated": Plant(headers=(("X-Auth-Token", TOKEN),), auth=""),
    "X-Echo": Plant(headers=(("X-Echo", f"at={TOKEN};"),)),
    "Cookie, unauthenticated": Plant(headers=(("Cookie", f"session={TOKEN}"),), auth=""),
    "base64 in a request": Plant(
        body=json.dumps({"blob": _in_base64(f"{ACCOUNT}:{TOKEN}")}), kind="application/json"
    ),
    "text of a response": Plant(answer=Answer(f"echo: {TOKEN}".encode(), kind="text/plain")),
    "XML AuthToken, unauthenticated": Plant(answer=Answer(_XML.encode()), auth=""),
    "JSON AuthToken, unauthenticated": Plant(answer=_json(AuthToken=TOKEN), auth=""),
    "JSON auth_token, unauthenticated": Plant(answer=_json(auth_token=TOKEN), auth=""),
    "CSV AuthToken, unauthenticated": Plant(
        answer=Answer(f"Sid,AuthToken\r\n{ACCOUNT},{TOKEN}\r\n".encode(), kind="text/csv"), auth=""
    ),
    "HTML auth-token, unauthenticated": Plant(
        answer=Answer(_HTML.encode(), kind="text/html"), auth=""
    ),
    "token of a second account": Plant(answer=Answer(_OTHER.encode())),
    "base64 in a response": Plant(answer=_json(blob=_in_base64(f"{ACCOUNT}:{TOKEN}"))),
    "percent-encoded in a response": Plant(answer=_json(next=f"/x?k={_escaped(TOKEN)}")),
    "gzipped response": Plant(answer=Answer(_PACKED, (("Content-Encoding", "gzip"),))),
    "Set-Cookie, unauthenticated": Plant(
        answer=Answer(headers=(("Set-Cookie", f"session={TOKEN}; Path=/"),)), auth=""
    ),
    "X-Echo of a response": Plant(answer=Answer(headers=(("X-Echo", f"at={TOKEN};"),))),
    "Location of a redirect": Plant(answer=Answer(b"", (("Location", _LANDED),), 302)),
}


# --- and many more, which one client sends -------------------------------------------------------

_NO_SCHEME = {
    "no scheme": TOKEN,
    "scheme:value": f"ApiKey:{TOKEN}",
    "Basic without a blank": "Basic" + _in_base64(f"{ACCOUNT}:{TOKEN}"),
    "Basic:": "Basic:" + _in_base64(f"{ACCOUNT}:{TOKEN}"),
    "key=": f"key={TOKEN};x=1",
    "Digest": f'Digest username="me", realm="r", response="{TOKEN}"',
    "AWS4": f"AWS4-HMAC-SHA256 Credential=AK/20080801, Signature={TOKEN}",
    "JSON": json.dumps({"token": TOKEN}),
    "two blanks": f"Token  {TOKEN}",
}

SAMPLE: dict[str, Plant] = {
    "api_key in a callback, unauthenticated": Plant(
        body=f"Url={quote(f'https://app.example/cb?api_key={TOKEN}', safe='')}", auth=""
    ),
    "password in JSON, unauthenticated": Plant(
        body=json.dumps({"password": TOKEN}), kind="application/json", auth=""
    ),
    "client_secret in a query, unauthenticated": Plant(
        f"{PATH}/Calls?client_secret={TOKEN}", auth=""
    ),
    "attribute in XML, unauthenticated": Plant(
        answer=Answer(f'<R><App secretKey="{TOKEN}"/></R>'.encode()), auth=""
    ),
    "entities in a response": Plant(
        answer=Answer("".join(f"&#{ord(char)};" for char in TOKEN).encode())
    ),
    "Authorization without a scheme": Plant(headers=(("Authorization", TOKEN),), auth=""),
}
"""What every client sends too, beside the places in the documentation's table."""

SECRETS = (TOKEN, "Zx81Kq0Lp3Vn7Tr5Wm2Yb9Hd4Gf6Js8C", "sk_live_4eC39HqLyjWDarjtT1zdp7dc")

NAMES = """
    password passwd pwd secret token key credentials passphrase sig signature
    client_secret clientSecret app_secret appSecret webhook_secret my_secret_value trace_secret
    build_secret consumer_secret oauth_consumer_secret request_secret oauth_token_secret
    api_key apiKey api-key apikey X-Api-Key private_key secretKey aws_secret_access_key server_key
    signing_key encryption_key accountKey subscription_key master_key shared_key stripe_key
    hmac_key conversion_api_key getAgentKey assumed_role_key spanish_key guided_key
    access_token accessToken auth_token AuthToken refresh_token id_token request_token
    x_auth_token bearer_token sessionToken csrf_token twilio_token TWILIO_AUTH_TOKEN oauth_token
    security_token user_password db_passwd smtp_password cache_password digest_password
    userPassword newPassword password2 PHPSESSID JSESSIONID session_id
"""


def _got(body: str, kind: str) -> Plant:
    return Plant(answer=Answer(body.encode(), kind=kind), auth="")


def _url(name: str, secret: str) -> str:
    return quote(f"https://app.example/cb?a=1&{name}={secret}", safe="")


NOTATIONS: dict[str, Callable[[str, str], Plant]] = {
    "query": lambda n, s: Plant(f"{PATH}/Calls?{n}={s}", auth=""),
    "form": lambda n, s: Plant(body=f"{n}={s}&To=1", auth=""),
    "JSON of a request": lambda n, s: Plant(
        body=json.dumps({"a": [{n: s}]}), kind="application/json", auth=""
    ),
    "JSON": lambda n, s: _got(json.dumps({"a": {n: s}}), "application/json"),
    "JSON in JSON": lambda n, s: _got(json.dumps({"body": json.dumps({n: s})}), "application/json"),
    "JSON, escaped": lambda n, s: _got(
        json.dumps({n: s}).replace(n[0], f"\\u{ord(n[0]):04x}", 1), "application/json"
    ),
    "XML": lambda n, s: _got(f"<R><{n}>{s}</{n}></R>", "application/xml"),
    "CDATA": lambda n, s: _got(f"<R><{n}><![CDATA[{s}]]></{n}></R>", "application/xml"),
    "attribute": lambda n, s: _got(f"<R><a {n}='{s}'/></R>", "application/xml"),
    "URL in XML": lambda n, s: _got(
        f"<R><Url>https://app.example/cb?a=1&amp;{n}={s}</Url></R>", "application/xml"
    ),
    "callback": lambda n, s: Plant(body=f"Url={_url(n, s)}", auth=""),
    "callback in a callback": lambda n, s: Plant(
        body=f"Url={quote(f'https://x.example/?next={_url(n, s)}', safe='')}", auth=""
    ),
    "header": lambda n, s: Plant(headers=((n, s),), auth=""),
    "header of a response": lambda n, s: Plant(answer=Answer(headers=((n, s),)), auth=""),
    "Location": lambda n, s: Plant(
        answer=Answer(headers=(("Location", f"https://x.example/?{n}={s}"),)), auth=""
    ),
    "CSV": lambda n, s: _got(f"Sid,{n}\r\nAC1,{s}\r\n", "text/csv"),
    "hidden input": lambda n, s: _got(f'<input type="hidden" value="{s}" name="{n}">', "text/html"),
    "input": lambda n, s: _got(f'<input name="{n}" type="text" value="{s}">', "text/html"),
    "multipart": lambda n, s: Plant(
        body=f'--z\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{s}\r\n--z--\r\n',
        kind="multipart/form-data; boundary=z",
        auth="",
    ),
    "base64": lambda n, s: _got(json.dumps({"blob": _in_base64(json.dumps({n: s}))}), "text/x"),
    "JSON, a blank line after it": lambda n, s: _got(
        f'{{"{n}": "{s}",\r\n\r\n "user": "bob"}}\n\n', "application/json"
    ),
    "events": lambda n, s: _got(f'data: {{"{n}":"{s}"}}\n\ndata: {{}}\n\n', "text/event-stream"),
    "script": lambda n, s: _got(f'var {n} = "{s}"; f = () => 1; a > b', "text/javascript"),
    "text, a quotation after it": lambda n, s: _got(f"{n} = {s}\n> as you said\n", "text/plain"),
    "second of a list": lambda n, s: _got(
        json.dumps({n: ["aB3dE6gH9jK2", s]}, indent=1), "application/json"
    ),
    "second of a list in YAML": lambda n, s: _got(
        f"{n}:\n  - aB3dE6gH9jK2\n  - {s}\n", "text/yaml"
    ),
    "object": lambda n, s: _got(json.dumps({n: {"value": s, "id": 1}}), "application/json"),
    "list of objects": lambda n, s: _got(json.dumps({n: [{"value": s}]}), "application/json"),
    "objects in JSON in JSON": lambda n, s: _got(
        json.dumps({"body": json.dumps({n: [{"value": s}, {"value": s}]})}), "application/json"
    ),
    "objects, escaped": lambda n, s: _got(
        json.dumps({n: [{"value": s}]}).replace(n[0], f"\\u{ord(n[0]):04x}", 1), "application/json"
    ),
    "name and value, others between": lambda n, s: _got(
        json.dumps([{"name": n, "in": "header", "value": s}]), "application/json"
    ),
    "value before its name": lambda n, s: _got(
        json.dumps([{"value": s, "in": "header", "name": n}]), "application/json"
    ),
    "attribute, blanks around": lambda n, s: _got(f'<R {n} = "{s}" id="1">x</R>', "text/xml"),
    "XML-RPC": lambda n, s: _got(
        f"<member><name>{n}</name><value><string>{s}</string></value></member>", "text/xml"
    ),
    "element in an element": lambda n, s: _got(f"<{n}><!-- x --><b>{s}</b></{n}>", "text/xml"),
    "ampersand in an element": lambda n, s: _got(f"<R><{n}>&amp;{s}</{n}></R>", "text/xml"),
    "multipart, no quotes": lambda n, s: Plant(
        body=f"--z\r\nContent-Disposition: form-data; name={n}\r\n\r\n{s}\r\n--z--\r\n",
        kind="multipart/form-data; boundary=z",
        auth="",
    ),
    "CSV without its type": lambda n, s: _got(f"Sid,{n}\r\nAC1,{s}\r\n", "text/plain"),
    "CSV below a title": lambda n, s: _got(f"Accounts\r\n\r\nSid;{n}\r\nAC1;{s}\r\n", "text/csv"),
}


def named_plants(notation: str) -> dict[str, Plant]:
    """A secret in a field of each name, in this notation."""
    write = NOTATIONS[notation]
    names = NAMES.split()
    return {name: write(name, SECRETS[index % 3]) for index, name in enumerate(names)}


def authorization_plants() -> dict[str, Plant]:
    """Headers of credentials in every shape."""
    return {
        f"{header}, {shape}": Plant(headers=((header, value),), auth="")
        for header in ("Authorization", "Proxy-Authorization", "X-Authorization")
        for shape, value in _NO_SCHEME.items()
    }


def interaction_of(plant: Plant) -> Interaction:
    """What a client that sends *plant* and its answer leave behind."""
    headers = [*plant.headers, *([("Content-Type", plant.kind)] if plant.body else [])]
    request = Request(
        "POST" if plant.body else "GET", f"https://{HOST}{plant.target}", headers, plant.body
    )
    answer = plant.answer
    named = (("Content-Type", answer.kind), *answer.headers)
    return Interaction(request, Response(answer.status, named, answer.body))


@dataclass
class Server:
    """One that answers what it was told to, under the name of the API."""

    ca_file: str
    port: int = 0
    answer: Answer = Answer()
    passed: list[bytes] = field(default_factory=list)
    """What has come and gone: the secrets must have, or nothing is shown."""


@contextmanager
def server(folder: Path) -> Iterator[Server]:
    """Runs one on loopback; what is meant for the API goes to it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    running = Server(str(folder / "ca.pem"))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        timeout = 10  # so that no thread waits for ever for a client that keeps its connection

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = Answer() if "/Landed" in self.path else running.answer
            headers = (("Content-Type", answer.kind), *answer.headers)
            lines = [self.path, *(f"{n}: {v}" for n, v in (*self.headers.items(), *headers))]
            running.passed += [line.encode("latin-1") for line in lines] + [body, answer.body]
            self.send_response(answer.status)
            for name, value in (*headers, ("Content-Length", str(len(answer.body)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    class Listening(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            pass  # a client that is gone is no news

    with Listening(("127.0.0.1", 0), Handler) as listening:
        running.port = listening.server_port
        listening.socket = context.wrap_socket(listening.socket, server_side=True)
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            with names_point_home(running):  # type: ignore[arg-type]
                yield running
        finally:
            listening.shutdown()
            thread.join()


# What cannot be said with a client: it takes no credentials, or no URL with any in it.
CANNOT = {
    ("http.client", "client"),
    ("http.client", "url"),
    ("urllib3", "url"),  # takes it, and sends nothing of it
    ("urllib.request", "url"),
    ("httplib2", "url"),
}


def can(client: str, plant: Plant) -> bool:
    """Whether *client* is able to send a secret there."""
    return (client, plant.auth) not in CANNOT


def send(client: str, plant: Plant, running: Server) -> None:
    """Send it, and have it answered."""
    running.answer, running.passed = plant.answer, []
    headers = dict(plant.headers)
    if plant.auth == "header":
        headers["Authorization"] = encode_basic(ACCOUNT, TOKEN)
    if plant.body:
        headers["Content-Type"] = plant.kind
    method = "POST" if plant.body else "GET"
    at = f"{ACCOUNT}:{TOKEN}@" if plant.auth == "url" else ""
    url = f"https://{at}{HOST}{plant.target}"
    if plant.auth == "client":
        _WITH_CREDENTIALS[client](url)
    else:
        scenario.CLIENTS[client](method, url, headers, plant.body.encode())


def _requests(url: str) -> None:
    import requests

    with requests.Session() as session:
        session.auth = (ACCOUNT, TOKEN)
        session.get(url, timeout=60)


def _urllib3(url: str) -> None:
    import os

    import urllib3

    own = urllib3.make_headers(basic_auth=f"{ACCOUNT}:{TOKEN}")
    with urllib3.PoolManager(ca_certs=os.environ["SSL_CERT_FILE"], headers=own) as pool:
        pool.request("GET", url, retries=False)


def _urllib(url: str) -> None:
    import urllib.request

    passwords = urllib.request.HTTPPasswordMgrWithPriorAuth()
    passwords.add_password(None, url, ACCOUNT, TOKEN, is_authenticated=True)
    opener = urllib.request.build_opener(
        urllib.request.HTTPBasicAuthHandler(passwords),
        urllib.request.HTTPSHandler(context=scenario._context()),
    )
    opener.open(url, timeout=60).close()


def _httplib2(url: str) -> None:
    import os

    import httplib2

    http = httplib2.Http(ca_certs=os.environ["SSL_CERT_FILE"], timeout=60)
    http.add_credentials(ACCOUNT, TOKEN)
    # It sends them once it has been refused, so it is told that it was.
    http.authorizations.append(
        httplib2.BasicAuthentication((ACCOUNT, TOKEN), HOST, url, {}, None, None, http)
    )
    http.request(url)
    http.close()


def _httpx(module: Any) -> Callable[[str], None]:
    def get(url: str) -> None:
        with module().Client(auth=(ACCOUNT, TOKEN), verify=scenario._context()) as client:
            client.get(url)

    return get


def _httpx_async(module: Any) -> Callable[[str], None]:
    def get(url: str) -> None:
        async def run() -> None:
            own = {"auth": (ACCOUNT, TOKEN), "verify": scenario._context()}
            async with module().AsyncClient(**own) as client:
                await client.get(url)

        asyncio.run(run())

    return get


def _aiohttp(url: str) -> None:
    import aiohttp

    async def run() -> None:
        resolver = aiohttp.ThreadedResolver()
        connector = aiohttp.TCPConnector(ssl=scenario._context(), resolver=resolver)
        own = {"Authorization": encode_basic(ACCOUNT, TOKEN)}
        async with aiohttp.ClientSession(connector=connector, headers=own) as session:
            async with session.get(url) as response:
                await response.read()

    asyncio.run(run())


def _tornado(url: str) -> None:
    import os

    from tornado.httpclient import AsyncHTTPClient

    async def run() -> None:
        own = {"auth_username": ACCOUNT, "auth_password": TOKEN}
        client = AsyncHTTPClient(force_instance=True, defaults=own)
        try:
            await client.fetch(url, ca_certs=os.environ["SSL_CERT_FILE"])
        finally:
            client.close()

    asyncio.run(run())


def _one_httpx() -> Any:
    import httpx

    return httpx


def _the_other() -> Any:
    import httpx2

    return httpx2


_WITH_CREDENTIALS: dict[str, Callable[[str], None]] = {
    "requests": _requests,
    "urllib3": _urllib3,
    "urllib.request": _urllib,
    "httpx": _httpx(_one_httpx),
    "httpx async": _httpx_async(_one_httpx),
    "aiohttp": _aiohttp,
    "httplib2": _httplib2,
    "tornado": _tornado,
    "httpx2": _httpx(_the_other),
    "httpx2 async": _httpx_async(_the_other),
}


# --- the search -------------------------------------------------------------------------------

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
_DEPTH = 4


def found_in(content: bytes) -> bool:
    """Whether one of the tokens is in *content*, or in what can be made of it."""
    return any(_holds(layer) for layer in _layers(content, _DEPTH))


def _holds(content: bytes) -> bool:
    lower = content.lower()
    return any(token.lower().encode() in lower for token in (*SECRETS, OTHER_TOKEN))


def _layers(content: bytes, depth: int) -> Iterator[bytes]:
    yield content
    if not depth:
        return
    inner: list[bytes] = []
    if b"%" in content:
        inner.append(unquote_to_bytes(content))
    if content.startswith(b"\x1f\x8b"):
        with suppress(OSError, EOFError, zlib.error):
            inner.append(gzip.decompress(content))
    for word in _BASE64.findall(content):
        for start in range(4):  # it may begin in the middle of what looks like one
            run = word[start:].rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
            run = run[: len(run) - (len(run) % 4 == 1)]
            try:
                decoded = base64.b64decode(run + b"=" * (-len(run) % 4))
            except binascii.Error:
                continue
            if start == 0 or _holds(decoded):
                inner.append(decoded)
    for layer in inner:
        yield from _layers(layer, depth - 1)


def places(path: Path) -> int:
    """In how many values of the cassette *path* a token can be found; in its text at least."""
    content = path.read_bytes()
    values = [value for value in _values(yaml.compose(content, Loader)) if found_in(value)]
    return len(values) or int(found_in(content))


def _values(node: yaml.Node | None) -> Iterator[bytes]:
    # Nodes, as not everybody writes what can be loaded safely.
    if isinstance(node, yaml.ScalarNode):
        is_binary = node.tag.endswith(":binary")
        yield base64.b64decode(node.value) if is_binary else node.value.encode("utf-8", "replace")
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _values(value)
    elif isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            yield from _values(name)
            yield from _values(value)
