"""A forwarding proxy on loopback that wants a password, for clients that are told to use one."""

from __future__ import annotations

import base64
import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

USER, PASSWORD = "proxy-user", "proxy-password"
WANTED = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@dataclass
class LoopbackProxy:
    port: int = 0
    seen: list[str] = field(default_factory=list)
    """The request lines of those that gave the password, without the version."""

    @property
    def url(self) -> str:
        return f"http://{USER}:{PASSWORD}@127.0.0.1:{self.port}"

    @property
    def url_without_password(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def loopback_proxy(target_port: int) -> Iterator[LoopbackProxy]:
    """Runs a proxy that connects whatever it is asked for to *target_port* on loopback."""
    proxy = LoopbackProxy()

    class Handler(socketserver.StreamRequestHandler):
        rbufsize = 0  # nothing is read ahead of what is to be passed on
        disable_nagle_algorithm = True

        def handle(self) -> None:
            line = self.rfile.readline().decode("latin-1").rpartition(" ")[0]
            head = b""
            password = ""
            while (raw := self.rfile.readline()) not in (b"\r\n", b""):
                name, _, value = raw.decode("latin-1").partition(":")
                if name.lower() == "proxy-authorization":
                    password = value.strip().replace("basic ", "Basic ")  # as PySocks spells it
                else:
                    head += raw
            if not line:
                return
            if password != WANTED:
                self.wfile.write(
                    b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                    b"Proxy-Authenticate: Basic\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                )
                return
            proxy.seen.append(line)
            with socket.create_connection(("127.0.0.1", target_port)) as onward:
                onward.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if line.startswith("CONNECT "):
                    self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                else:
                    onward.sendall(line.encode("latin-1") + b" HTTP/1.1\r\n" + head + b"\r\n")
                self.pass_on(onward)

        def pass_on(self, onward: socket.socket) -> None:
            other = {self.connection: onward, onward: self.connection}
            try:
                while True:
                    for side in select.select(list(other), [], [])[0]:
                        data = side.recv(65536)
                        if not data:
                            return
                        other[side].sendall(data)
            except OSError:
                return  # one side is gone, and with it what was to pass

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        proxy.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()
