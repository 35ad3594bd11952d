"""
A server on loopback that answers, request by request, what a script says, and a session that does.

With what each of them makes of a script the same client can be seen over a connection and in a
session.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import trustme
from local_api import names_point_home
from ports import bind_port

import twreplay
from twreplay import faults

HOST = "api.twilio.com"
URL = f"https://{HOST}/2008-08-01/Accounts/AC0123456789abcdef0123456789abcdef/Calls"
NOT_CONNECTED = (faults.ConnectionRefused, faults.NameResolutionFailed)

Step = twreplay.Response | type[faults.NetworkFault]


class Seen(NamedTuple):
    """What came with one request."""

    method: str
    target: str
    body: bytes
    expect: str | None


def respond(body: bytes = b"<a/>", status: int = 200, *fields: tuple[str, str]) -> Step:
    """Make a step that answers."""
    pairs = [("Content-Type", "application/xml"), *fields]
    if status != 204:
        pairs.append(("Content-Length", str(len(body))))
    return twreplay.Response(status, pairs, body)


class ScriptedServer:
    """Takes one step of the script for each request, or for each attempt to connect."""

    def __init__(self, folder: Path, script: list[Step]) -> None:
        self.seen: list[Seen] = []
        self._script = list(script)
        self._context, authority = _identity()
        (folder / "ca.pem").write_bytes(authority)
        self.ca_file = str(folder / "ca.pem")
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._refusing = bind_port()
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._serve, daemon=True)]
        self._threads[0].start()

    @property
    def port(self) -> int:
        """Where the next connection goes: nowhere, if the script says so."""
        if self._script and self._script[0] is faults.ConnectionRefused:
            self._script.pop(0)
            return self._refusing.getsockname()[1]
        return self._listening.getsockname()[1]

    def close(self) -> None:
        """Stop."""
        self._is_over.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # closing alone wakes no thread in accept()
        # Before the number of the socket is given to another: this thread took the connections of
        # the next test's server then, once in some hundred runs.
        self._threads[0].join()
        self._listening.close()
        self._refusing.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._speak, args=(connection,), daemon=True).start()

    def _speak(self, connection: socket.socket) -> None:
        try:
            tls = self._context.wrap_socket(connection, server_side=True)
            # The file holds the connection open: left to the garbage collector, the end of a body
            # that is cut off once came after the client's 20 s.
            with tls, tls.makefile("rb") as file:
                tls.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while self._answer(tls, file):
                    pass
        except (OSError, EOFError):
            pass

    def _answer(self, tls: Any, file: Any) -> bool:
        line = file.readline()
        if not line:
            return False
        if not line.endswith(b" HTTP/1.1\r\n"):
            return False
        parts = line.decode("latin-1").split()
        if len(parts) != 3:
            return False  # as servers close a connection on which no HTTP is spoken
        method, target, _ = parts
        headers: dict[str, str] = {}
        while field := file.readline().decode("latin-1").strip():
            name, _, value = field.partition(":")
            headers[name.lower()] = value.strip()
        if headers.get("expect") == "100-continue":
            tls.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = _body(file, headers)
        self.seen.append(Seen(method, target, body, headers.get("expect")))
        if not self._script:
            return False
        step = self._script.pop(0)
        if isinstance(step, twreplay.Response):
            tls.sendall(_rendered(step, method))
            return "close" not in step.headers.get("connection", "")
        if step is faults.ReadTimeout:
            self._is_over.wait()
        elif step is faults.TruncatedBody:
            tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n")
            tls.sendall(b'Content-Length: 33\r\n\r\n<?xml version="1.0"?>\n<TwilioRe')
        elif step is faults.MalformedResponse:
            tls.sendall(b"this is not HTTP\r\n\r\n")
        return False


@cache
def _identity() -> tuple[ssl.SSLContext, bytes]:
    """The server's side of TLS, and who signed its certificate."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    return context, authority.cert_pem.bytes()


def _body(file: Any, headers: dict[str, str]) -> bytes:
    if "chunked" not in headers.get("transfer-encoding", ""):
        length = int(headers.get("content-length", 0))
        return _whole(file.read(length), length)
    parts = []
    while size := int(_whole(file.readline(), 1), 16):
        parts.append(file.read(size))
        file.readline()
    file.readline()
    return b"".join(parts)


def _whole(data: bytes, length: int) -> bytes:
    if len(data) < length:
        raise EOFError
    return data


def _rendered(answer: twreplay.Response, method: str) -> bytes:
    head = f"HTTP/1.1 {answer.status} {answer.reason}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in answer.headers.pairs)
    bodiless = method == "HEAD" or answer.status in (204, 304)
    return head.encode() + b"\r\n" + (b"" if bodiless else answer.body)


@contextmanager
def over_a_connection(folder: Path, script: list[Step]) -> Iterator[list[Seen]]:
    """Answer *script* on loopback, under the name of the API."""
    server = ScriptedServer(folder, script)
    _running.append(server)
    with names_point_home(server):  # type: ignore[arg-type]  # it has a port and a file
        try:
            yield server.seen
        finally:
            _running.clear()
            server.close()


_running: list[ScriptedServer] = []


def port_for_libcurl() -> int | None:
    """Where libcurl, which connects by itself, has to be sent; None in a session."""
    return _running[0].port if _running else None


@contextmanager
def in_a_session(script: list[Step]) -> Iterator[list[Seen]]:
    """Answer *script* in a session."""
    seen: list[Seen] = []
    # What is left of a script is no matter: clients differ in how often they try.
    with suppress(twreplay.errors.UnusedRules), twreplay.simulate() as twilio:
        for step in script:
            if isinstance(step, twreplay.Response):
                twilio.when(times=1)(lambda request, step=step: step)
            else:
                twilio.when(times=1).raises(step)
        yield seen
        for number, entry in enumerate(twilio.requests):
            asked = entry.request
            if number < len(script) and script[number] in NOT_CONNECTED:
                continue
            parts = asked.url.removeprefix(f"https://{HOST}")
            seen.append(Seen(asked.method, parts, asked.body, asked.headers.get("expect")))
