"""A server on loopback, without TLS, that answers each request with the bytes of an *Ending*."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from typing import NamedTuple

import twreplay

HOST = "127.0.0.1"
PATH = "/2008-08-01/Accounts/AC0123456789abcdef0123456789abcdef/Calls"
GOOD = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 4\r\n\r\n<a/>"


class Ending(NamedTuple):
    """What is answered to a request, and what the server does then: close, reset, keep or wait."""

    said: bytes
    then: str = "close"


class RawServer:
    """Answers each path with an ending of its own; the rest is answered well."""

    def __init__(self, **endings: Ending) -> None:
        self.asked = threading.Semaphore(0)
        self.seen: list[str] = []
        self._endings = endings
        self._is_over = threading.Event()
        self._listening = socket.create_server((HOST, 0))
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listening.getsockname()[1])

    def url(self, name: str = "good") -> str:
        """Return the URL that is answered with the ending of this *name*."""
        return f"http://{HOST}:{self.port}{PATH}?Page={name}"

    def __enter__(self) -> RawServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.let_go()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        # Threads of a session's time that live longer than it keep its patches in; the next session
        # takes them out.
        for thread in self._threads:
            thread.join(5)
        with twreplay.simulate():
            pass

    def let_go(self) -> None:
        """Close the connections on which the server waits."""
        self._is_over.set()

    def wait_until_asked(self) -> None:
        """Wait until one more request has come that is not answered well."""
        assert self.asked.acquire(timeout=20)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._speak, args=(connection,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _speak(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, connection.makefile("rb") as file, suppress(OSError):
            while line := file.readline().decode("latin-1"):
                length = 0
                while field := file.readline().decode("latin-1").strip():
                    name, _, value = field.partition(":")
                    length = int(value) if name.lower() == "content-length" else length
                file.read(length)
                self.seen.append(line.strip())
                name = line.partition("Page=")[2].partition(" ")[0]
                ending = self._endings.get(name, Ending(GOOD, "keep"))
                connection.sendall(ending.said)
                if name in self._endings:
                    self.asked.release()
                if ending.then == "wait":
                    self._is_over.wait(20)
                if ending.then == "reset":
                    linger = struct.pack("ii", 1, 0)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                if ending.then != "keep":
                    return
