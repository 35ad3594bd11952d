"""
A local stand-in for ``https://api.twilio.com/2008-08-01``, to record from without an account.

    with local_api() as api, names_point_home(api):
        requests.get(f"https://api.twilio.com/2008-08-01/Accounts/{api.account_sid}/Calls", ...)

It speaks HTTPS on loopback, keeps what it is told for as long as it runs, and writes XML the way
the old API wrote it. It knows a few resources, not the whole API, and where nobody knows what the
API did it does something plausible. Times and SIDs are the same in each run; the auth token is not,
so that a test can look for it in everything that was written.

Query switches make the answer awkward: ``gzip=1`` compresses it (for clients that accept that),
``chunked=1`` sends it in chunks, ``drop=1`` breaks the connection in the middle of it.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import json
import os
import re
import secrets
import socket
import ssl
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode
from xml.sax.saxutils import escape, quoteattr

import trustme
from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["API_HOST", "LocalApi", "SeenRequest", "local_api", "names_point_home"]

API_HOST = "api.twilio.com"
VERSION = "/2008-08-01"
ACCOUNT_SID = "AC0123456789abcdef0123456789abcdef"
PACIFIC = timezone(timedelta(hours=-8))
BEGINNING = datetime(2010, 3, 1, 9, 0, 0, tzinfo=PACIFIC)

CONTAINERS = {
    "Accounts": ("Accounts", "Account"),
    "Calls": ("Calls", "Call"),
    "IncomingPhoneNumbers": ("IncomingPhoneNumbers", "IncomingPhoneNumber"),
    "Recordings": ("Recordings", "Recording"),
    "SMS/Messages": ("SMSMessages", "SMSMessage"),
}
DELETABLE = {"IncomingPhoneNumbers", "Recordings"}
FILTERS = {
    "Calls": ("Called", "Caller", "Status"),
    "IncomingPhoneNumbers": ("PhoneNumber", "FriendlyName"),
    "Recordings": ("CallSid",),
    "SMS/Messages": ("To", "From"),
}
WRITABLE_NUMBER = (
    "FriendlyName",
    "Url",
    "Method",
    "SmsUrl",
    "SmsMethod",
    "VoiceFallbackUrl",
    "VoiceFallbackMethod",
    "SmsFallbackUrl",
    "SmsFallbackMethod",
    "VoiceCallerIdLookup",
)


@dataclass(frozen=True)
class SeenRequest:
    """A request as it arrived."""

    method: str
    target: str
    """Path and query, undecoded."""
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


@dataclass
class LocalApi:
    """The running stand-in."""

    account_sid: str
    auth_token: str
    ca_file: str
    """PEM file of the authority that signed the certificate for api.twilio.com."""
    port: int
    requests_seen: list[SeenRequest] = field(default_factory=list)


@contextmanager
def local_api() -> Iterator[LocalApi]:
    """Runs the stand-in on loopback, on a port of the system's choice, for the block."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(API_HOST).configure_cert(context)
    with tempfile.TemporaryDirectory(prefix="local-api-") as directory:
        ca_file = Path(directory) / "ca.pem"
        authority.cert_pem.write_to_path(str(ca_file))
        api = LocalApi(
            account_sid=ACCOUNT_SID,
            auth_token=secrets.token_hex(16),
            ca_file=str(ca_file),
            port=0,
        )
        server = make_server(
            "127.0.0.1",
            0,
            _Application(api),
            threaded=True,
            request_handler=_QuietHandler,
            ssl_context=context,
        )
        api.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


@contextmanager
def names_point_home(api: LocalApi) -> Iterator[None]:
    """
    Sends what is meant for api.twilio.com:443 to *api* for the block, in this process.

    Clients resolve and connect as usual and check the certificate as usual; requests and httpx find
    the authority through the environment. A configured proxy is passed by.
    """
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if isinstance(name, str) and name.rstrip(".").lower() == API_HOST:
            host = "127.0.0.1"
        return resolve(host, *args, **kwargs)

    def detour(name: str) -> Callable[[socket.socket, Any], Any]:
        original = getattr(socket.socket, name)

        def connect(self: socket.socket, address: Any) -> Any:
            if isinstance(address, tuple) and address[:2] in (("127.0.0.1", 443), (API_HOST, 443)):
                address = ("127.0.0.1", api.port)
            return original(self, address)

        return connect

    changes: list[tuple[Any, str, Any]] = [
        (socket, "getaddrinfo", getaddrinfo),
        (socket.socket, "connect", detour("connect")),
        (socket.socket, "connect_ex", detour("connect_ex")),
    ]
    environment = {
        "REQUESTS_CA_BUNDLE": api.ca_file,
        "SSL_CERT_FILE": api.ca_file,
        "NO_PROXY": API_HOST,
        "no_proxy": API_HOST,
    }
    missing = object()
    own = [vars(owner).get(name, missing) for owner, name, _ in changes]
    variables = {name: os.environ.get(name) for name in environment}
    try:
        for owner, name, value in changes:
            setattr(owner, name, value)
        os.environ.update(environment)
        yield
    finally:
        for (owner, name, _), value in zip(changes, own, strict=True):
            if value is missing:  # connect is inherited, so there was nothing to put back
                if name in vars(owner):
                    delattr(owner, name)
            else:
                setattr(owner, name, value)
        for name, text in variables.items():
            if text is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = text


class _QuietHandler(WSGIRequestHandler):
    server_version = "local-api"

    def version_string(self) -> str:
        return self.server_version

    def log(self, type: str, message: str, *args: Any) -> None:
        """Says nothing: the terminal belongs to whoever records."""


Resource = dict[str, str]


class _Refusal(Exception):
    def __init__(self, status: int, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code


@dataclass
class _Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class _Application:
    """The API as a WSGI application. One request at a time changes it."""

    def __init__(self, api: LocalApi) -> None:
        self.api = api
        self.lock = threading.Lock()
        self.minutes = 0
        self.numbers = 0
        self.account: Resource = {
            "Sid": api.account_sid,
            "FriendlyName": "Local",
            "Status": "2",
            "StatusText": "Active",
            "DateCreated": _date(0),
            "DateUpdated": _date(0),
            "AuthToken": api.auth_token,
        }
        self.resources: dict[str, dict[str, Resource]] = {
            "Calls": {},
            "IncomingPhoneNumbers": {},
            "Recordings": {},
            "SMS/Messages": {},
        }
        for number in ("4155550100", "4155550109"):
            self._keep("IncomingPhoneNumbers", _number(self._sid("PN"), api, number, _date(0)))
        for called in ("4155550101", "4155550102", "4155550103"):
            call = self._call(called, "4155550100")
            call |= {
                "Status": "2",
                "StartTime": call["DateCreated"],
                "EndTime": _date(self.minutes, seconds=8),
                "Duration": "8",
                "Price": "-0.03000",
            }
        self._keep(
            "Recordings",
            {
                "Sid": self._sid("RE"),
                "AccountSid": api.account_sid,
                "CallSid": next(iter(self.resources["Calls"])),
                "Duration": "1",
                "DateCreated": _date(1),
                "DateUpdated": _date(1),
            },
        )

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        seen = _seen(environ)
        query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        with self.lock:
            self.api.requests_seen.append(seen)
            answer = self._answer(seen, environ["PATH_INFO"], query)
        tag = f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
        if seen.method == "GET" and answer.status == HTTPStatus.OK:
            answer.headers["ETag"] = tag
            if seen.headers.get("if-none-match") == tag:
                answer = _Answer(304, headers={"ETag": tag})
        bare = answer.status in (204, 304)
        body = b"" if bare else answer.body
        if query.get("gzip") and body and "gzip" in seen.headers.get("accept-encoding", ""):
            body = gzip.compress(body, mtime=0)
            answer.headers["Content-Encoding"] = "gzip"
        chunks = [body]
        if query.get("drop") and body:
            answer.headers["Content-Length"] = str(len(body))
            chunks = [body[: len(body) // 2]]
        elif query.get("chunked") and body:  # without a length, the server sends chunks
            chunks = [body[at : at + 64] for at in range(0, len(body), 64)]
        elif not bare:
            answer.headers["Content-Length"] = str(len(body))
        phrase = HTTPStatus(answer.status).phrase
        start_response(f"{answer.status} {phrase}", list(answer.headers.items()))
        return chunks

    def _answer(self, seen: SeenRequest, path: str, query: dict[str, str]) -> _Answer:
        path, extension = _split_extension(path)
        try:
            return self._route(seen, path, extension, query)
        except _Refusal as refusal:
            error = {"Status": str(refusal.status), "Message": refusal.message}
            if refusal.code is not None:
                error["Code"] = str(refusal.code)
                error["MoreInfo"] = f"http://www.twilio.com/docs/errors/{refusal.code}"
            answer = _one("RestException", error, extension, refusal.status)
            if refusal.status == HTTPStatus.UNAUTHORIZED:
                answer.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
            return answer

    def _route(
        self, seen: SeenRequest, path: str, extension: str, query: dict[str, str]
    ) -> _Answer:
        method = seen.method
        if method == "POST" and query.get("_method") in ("PUT", "DELETE"):
            method = query["_method"]
        home = f"{VERSION}/Accounts/{self.api.account_sid}"
        media = re.fullmatch(rf"{home}/Recordings/(RE[0-9a-f]{{32}})", path)
        if media and method == "GET" and extension in ("", ".wav"):  # public, as it was
            return self._media(media[1], path, extension)
        self._authenticate(seen.headers.get("authorization", ""))
        form = dict(parse_qsl(seen.body.decode("utf-8", "replace"), keep_blank_values=True))
        if path == home:
            return self._own_account(method, form, extension)
        for kind in self.resources:
            if path == f"{home}/{kind}":
                return self._collection(kind, method, query, form, path, extension)
            if path.startswith(f"{home}/{kind}/"):
                sid = path.removeprefix(f"{home}/{kind}/")
                return self._instance(kind, sid, method, form, extension)
        raise _missing()

    def _authenticate(self, header: str) -> None:
        scheme, _, credentials = header.partition(" ")
        try:
            user, _, token = base64.b64decode(credentials, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            user = token = ""
        right = secrets.compare_digest(token.encode(), self.api.auth_token.encode())
        if scheme.lower() != "basic" or user != self.api.account_sid or not right:
            raise _Refusal(401, "Authenticate", 20003)

    def _own_account(self, method: str, form: dict[str, str], extension: str) -> _Answer:
        if method in ("POST", "PUT"):
            self.account["FriendlyName"] = form.get("FriendlyName", self.account["FriendlyName"])
            self.account["DateUpdated"] = self._now()
        elif method != "GET":
            raise _not_allowed()
        return _one("Account", self.account, extension)

    def _collection(
        self,
        kind: str,
        method: str,
        query: dict[str, str],
        form: dict[str, str],
        path: str,
        extension: str,
    ) -> _Answer:
        if method == "GET":
            return self._list(kind, query, path, extension)
        if method != "POST" or kind not in ("Calls", "SMS/Messages"):
            raise _not_allowed()
        if kind == "Calls":
            if not form.get("Called"):
                raise _Refusal(400, "No called number is specified", 21201)
            made = self._call(form["Called"], form.get("Caller", ""))
        else:
            made = self._message(form)
        answer = _one(CONTAINERS[kind][1], made, extension, 201)
        answer.headers["Location"] = f"https://{API_HOST}{path}/{made['Sid']}"
        return answer

    def _list(self, kind: str, query: dict[str, str], path: str, extension: str) -> _Answer:
        found = [
            resource
            for resource in reversed(self.resources[kind].values())
            if all(resource[name] == query.get(name, resource[name]) for name in FILTERS[kind])
        ]
        size = min(max(_integer(query.get("num"), 50), 1), 1000)
        page = max(_integer(query.get("page"), 0), 0)
        pages = -(-len(found) // size)
        shown = found[page * size : (page + 1) * size]

        def uri(number: int) -> str:
            if not 0 <= number < pages:
                return ""
            return f"{path}?{urlencode({'num': size, 'page': number})}"

        attributes = {
            "page": page,
            "numpages": pages,
            "pagesize": size,
            "total": len(found),
            "start": page * size if shown else 0,
            "end": page * size + len(shown) - 1 if shown else 0,
            "uri": f"{path}?{urlencode(query)}" if query else path,
            "firstpageuri": uri(0),
            "previouspageuri": uri(page - 1),
            "nextpageuri": uri(page + 1),
            "lastpageuri": uri(pages - 1),
        }
        container, item = CONTAINERS[kind]
        if extension == ".json":
            return _json({container: [{item: resource} for resource in shown]})
        opening = container + "".join(
            f" {name}={quoteattr(str(value))}" for name, value in attributes.items()
        )
        items = "".join(_element(item, resource) for resource in shown)
        return _xml(f"<{opening}>{items}</{container}>" if items else f"<{opening}/>")

    def _instance(
        self, kind: str, sid: str, method: str, form: dict[str, str], extension: str
    ) -> _Answer:
        resource = self.resources[kind].get(sid)
        if resource is None:
            raise _missing()
        if method == "DELETE" and kind in DELETABLE:
            del self.resources[kind][sid]
            return _Answer(204)
        if method in ("POST", "PUT") and kind == "IncomingPhoneNumbers":
            resource.update({name: form[name] for name in WRITABLE_NUMBER if name in form})
            resource["DateUpdated"] = self._now()
        elif method != "GET":
            raise _not_allowed()
        return _one(CONTAINERS[kind][1], resource, extension)

    def _media(self, sid: str, path: str, extension: str) -> _Answer:
        if sid not in self.resources["Recordings"]:
            raise _missing()
        if not extension:
            return _Answer(302, headers={"Location": f"https://{API_HOST}{path}.wav"})
        return _Answer(200, _wav(), {"Content-Type": "audio/x-wav"})

    def _call(self, called: str, caller: str) -> Resource:
        now = self._now()
        return self._keep(
            "Calls",
            {
                "Sid": self._sid("CA"),
                "DateCreated": now,
                "DateUpdated": now,
                "CallSegmentSid": "",
                "AccountSid": self.api.account_sid,
                "Called": _digits(called),
                "Caller": _digits(caller),
                "PhoneNumberSid": next(iter(self.resources["IncomingPhoneNumbers"]), ""),
                "Status": "0",
                "StartTime": "",
                "EndTime": "",
                "Duration": "",
                "Price": "",
                "Flags": "2",
                "Annotation": "",
            },
        )

    def _message(self, form: dict[str, str]) -> Resource:
        for name, code in (("From", 21603), ("To", 21604), ("Body", 21602)):
            if not form.get(name):
                raise _Refusal(400, f"No {name} is specified", code)  # wording is ours
        now = self._now()
        return self._keep(
            "SMS/Messages",
            {
                "Sid": self._sid("SM"),
                "DateCreated": now,
                "DateUpdated": now,
                "DateSent": "",
                "AccountSid": self.api.account_sid,
                "To": _digits(form["To"]),
                "From": _digits(form["From"]),
                "Body": form["Body"],
                "Status": "queued",
                "Flags": "4",
                "Price": "",
            },
        )

    def _keep(self, kind: str, resource: Resource) -> Resource:
        self.resources[kind][resource["Sid"]] = resource
        return resource

    def _sid(self, prefix: str) -> str:
        self.numbers += 1
        return f"{prefix}{self.numbers:032x}"

    def _now(self) -> str:
        self.minutes += 1
        return _date(self.minutes)


def _number(sid: str, api: LocalApi, number: str, now: str) -> Resource:
    return {
        "Sid": sid,
        "AccountSid": api.account_sid,
        "FriendlyName": f"({number[:3]}) {number[3:6]}-{number[6:]}",
        "PhoneNumber": number,
        "Url": "",
        "Method": "POST",
        "SmsUrl": "",
        "SmsMethod": "POST",
        "VoiceFallbackUrl": "",
        "VoiceFallbackMethod": "POST",
        "SmsFallbackUrl": "",
        "SmsFallbackMethod": "POST",
        "VoiceCallerIdLookup": "false",
        "DateCreated": now,
        "DateUpdated": now,
    }


def _seen(environ: dict[str, Any]) -> SeenRequest:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH")
    }
    length = environ.get("CONTENT_LENGTH")
    if environ.get("wsgi.input_terminated"):
        body = environ["wsgi.input"].read()
    else:
        body = environ["wsgi.input"].read(int(length)) if length else b""
    return SeenRequest(environ["REQUEST_METHOD"], environ["REQUEST_URI"], headers, body)


def _missing() -> _Refusal:
    return _Refusal(404, "The requested resource was not found")


def _not_allowed() -> _Refusal:
    return _Refusal(405, "The method is not allowed for this resource")  # wording is ours


def _split_extension(path: str) -> tuple[str, str]:
    for extension in (".json", ".xml", ".wav"):
        if path.endswith(extension):
            return path.removesuffix(extension), extension
    return path, ""


def _one(name: str, resource: Resource, extension: str, status: int = 200) -> _Answer:
    if extension == ".json":
        return _json({name: resource}, status)
    return _xml(_element(name, resource), status)


def _xml(content: str, status: int = 200) -> _Answer:
    text = f'<?xml version="1.0"?>\n<TwilioResponse>{content}</TwilioResponse>\n'
    return _Answer(status, text.encode(), {"Content-Type": "application/xml"})


def _json(content: dict[str, Any], status: int = 200) -> _Answer:
    text = json.dumps({"TwilioResponse": content}, separators=(",", ":"))
    return _Answer(status, text.encode(), {"Content-Type": "application/json"})


def _element(name: str, resource: Resource) -> str:
    children = (
        f"<{child}>{escape(text)}</{child}>" if text else f"<{child}/>"
        for child, text in resource.items()
    )
    return f"<{name}>{''.join(children)}</{name}>"


def _date(minutes: int, seconds: int = 0) -> str:
    return format_datetime(BEGINNING + timedelta(minutes=minutes, seconds=seconds))


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)[-10:]


def _integer(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else default


def _wav() -> bytes:
    """A tenth of a second of a square wave, 8 kHz, 8 bits: bytes that are not text."""
    samples = (b"\x00" * 10 + b"\xff" * 10) * 40
    size = len(samples).to_bytes(4, "little")
    whole = (len(samples) + 36).to_bytes(4, "little")
    return (
        b"RIFF" + whole + b"WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"
        b"\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00data" + size + samples
    )
