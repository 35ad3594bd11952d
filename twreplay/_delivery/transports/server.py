"""
HTTP to a server that runs.

Over its own socket and h11, which no mock library replaces: a delivery is neither recorded by
a user's vcrpy nor answered by ``responses``, nor taken by a session of this library.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from ipaddress import ip_address
from urllib.parse import urlsplit

import h11

from twreplay import faults
from twreplay._api import WEBHOOK_TIMEOUT_SECONDS
from twreplay._delivery.transports.protocol import MOST_READ
from twreplay._http import Headers, Request, Response

_CHUNK = 65536


class ServerTransport:
    """
    Sends requests to the server at *base*, real time passing.

    Args:
        base: Scheme, host and port of the server; what comes after them is not used.
    """

    needs_no_loop = False
    is_in_process = False

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        self._host = parts.hostname or ""
        self._port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        self._is_tls = parts.scheme == "https"

    def send(self, request: Request) -> Response:
        """
        Return the response of the server.

        Raises:
            NetworkFault: There is none, or not all of it.
        """
        try:
            with self._connect() as connection:
                return _talk(connection, request)
        except TimeoutError as error:
            raise faults.ReadTimeout(str(error)) from error
        except ConnectionError as error:
            raise faults.ConnectionReset(str(error)) from error

    async def send_async(self, request: Request) -> Response:
        """As *send*, in another thread: the server may be in this very loop."""
        return await asyncio.to_thread(self.send, request)

    def close(self) -> None:
        """Do nothing: each request has its own connection."""

    async def close_async(self) -> None:
        """Do nothing: each request has its own connection."""

    def _connect(self) -> socket.socket:
        try:
            connection = _open(self._host, self._port)
        except socket.gaierror as error:
            raise faults.NameResolutionFailed(str(error)) from error
        except TimeoutError as error:
            raise faults.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise faults.ConnectionRefused(str(error)) from error
        if not self._is_tls:
            return connection
        # A developer's certificate says nothing about the one that the API would see.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        try:
            return context.wrap_socket(connection, server_hostname=self._host)
        except (ssl.SSLError, OSError) as error:
            connection.close()
            raise faults.TLSFailure(str(error)) from error


def _open(host: str, port: int) -> socket.socket:
    """Return a connection. An address is not looked up: a session that takes it would refuse."""
    try:
        family = socket.AF_INET6 if ip_address(host).version == 6 else socket.AF_INET
    except ValueError:
        return socket.create_connection((host, port), timeout=WEBHOOK_TIMEOUT_SECONDS.value)
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(WEBHOOK_TIMEOUT_SECONDS.value)
        connection.connect((host, port))
    except BaseException:
        connection.close()
        raise
    return connection


def _talk(connection: socket.socket, request: Request) -> Response:
    parts = urlsplit(request.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    client = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
    fields = [(name, str(value)) for name, value in request.headers.pairs]
    head = h11.Request(
        method=request.method, target=target.encode(), headers=[*fields, ("Connection", "close")]
    )
    data = client.send(head) or b""
    if request.body:
        data += client.send(h11.Data(bytes(request.body))) or b""
    data += client.send(h11.EndOfMessage()) or b""
    connection.sendall(data)
    return _read(client, connection)


def _read(client: h11.Connection, connection: socket.socket) -> Response:
    head: h11.Response | None = None
    body: list[bytes] = []
    received = 0
    deadline = time.monotonic() + WEBHOOK_TIMEOUT_SECONDS.value
    try:
        while True:
            event = client.next_event()
            if event is h11.NEED_DATA:
                # One byte now and then is no response within the time.
                connection.settimeout(max(deadline - time.monotonic(), 0.001))
                data = connection.recv(_CHUNK)
                received += len(data)
                client.receive_data(data)
            elif isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
                break
            if received > MOST_READ:
                break
    except h11.RemoteProtocolError as error:
        if head is not None:
            raise faults.TruncatedBody(str(error)) from error
        kind = faults.MalformedResponse if received else faults.ConnectionReset
        raise kind(str(error)) from error
    if head is None:
        raise faults.ConnectionReset
    pairs = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in head.headers.raw_items()]
    reason = head.reason.decode("latin-1")
    return Response(head.status_code, Headers(pairs), b"".join(body), reason)
