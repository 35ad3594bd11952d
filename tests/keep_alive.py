"""A server on loopback that keeps its connections, under the name of the API or under its own."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme


@dataclass
class KeepAlive:
    port: int
    ca_file: str
    connections: int = 0
    seen: list[str] = field(default_factory=list)
    """Method and path of each request. Complete once the server is closed."""


@contextmanager
def keep_alive_server(folder: Path, *names: str) -> Iterator[KeepAlive]:
    """
    Runs a server which answers ``live 1``, ``live 2``…

    With a certificate for *names*, or without encryption if there are none.
    """
    context = None
    if names:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(context)
    server = KeepAlive(0, str(folder / "ca.pem"))
    accepted: list[socket.socket] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            server.connections += 1
            accepted.append(self.connection)

        def do_GET(self) -> None:
            server.seen.append(f"{self.command} {self.path}")
            body = f"live {len(server.seen)}".encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = False  # so that closing waits for what is still being answered

        def handle_error(self, *_: object) -> None:
            pass  # a client that is gone is no news

    with Server(("127.0.0.1", 0), Handler) as listening:
        server.port = listening.server_port
        if context is not None:
            listening.socket = context.wrap_socket(listening.socket, server_side=True)
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()
            for connection in accepted:
                # What has arrived can still be read and is seen; a client that never closes its
                # end does not hold this one up.
                with suppress(OSError):
                    socket.socket.shutdown(connection, socket.SHUT_RD)
