"""A server on loopback, without TLS, that answers each request with the bytes of an *Ending*."""

from __future__ import annotations

import itertools
import math
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import twreplay

HOST = "127.0.0.1"
PATH = "/2008-08-01/Accounts/AC0123456789abcdef0123456789abcdef/Calls"
GOOD = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 4\r\n\r\n<a/>"


PATIENCE = 60.0
"""Seconds for a client to wait for what does come: a busy machine paused for 5 of them once."""

SHORT_PATIENCE = (0.04, 0.4, 4.0, 40.0)
"""Seconds for a client to wait for what never comes: the first, unless the server was late."""

Ask = Callable[[str, float], Any]
Look = Callable[[Ask], Any]

_turns = itertools.count(1)


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
        self._said: dict[str, float] = {}
        self._is_let_go = False
        self._listening = socket.create_server((HOST, 0))
        self._waiting: list[socket.socket] = []
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._acceptor = threading.Thread(target=self._serve, daemon=True)
        self._acceptor.start()

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
        self._acceptor.join()  # before the number of the socket is given to another
        self._listening.close()
        # Threads of a session's time that live longer than it keep its patches in; the next session
        # takes them out. A connection that its client leaves open would hold one for ever.
        _shut(self._connections)
        for thread in self._threads:
            thread.join()
        with twreplay.simulate():
            pass

    def let_go(self) -> None:
        """Close the connections on which the server waits."""
        self._is_let_go = True
        _shut(self._waiting)

    def see_end(self, see: Callable[[Look, float], Any], name: str, *, waits: bool = True) -> Any:
        """
        Return what *see* returns, which asks for *name* through the function it gets.

        That function calls another with a URL and the seconds to wait for what never comes. They
        were enough if, each time, all that comes was sent in their first half; if not, the machine
        was busy, and *see* is called again with more of them. Without *waits* all comes, and soon.
        """
        if not waits:
            return see(lambda ask: ask(self.url(name), PATIENCE), PATIENCE)
        for seconds in SHORT_PATIENCE:
            late = []

            def look(ask: Ask, seconds: float = seconds, late: list[bool] = late) -> Any:
                turn, began = str(next(_turns)), time.monotonic()
                try:
                    return ask(f"{self.url(name)}&Turn={turn}", seconds)
                finally:
                    late.append(self._said.get(turn, math.inf) - began > seconds / 2)

            found = see(look, seconds)
            if not any(late):
                break
        return found

    def wait_until_asked(self) -> None:
        """Wait until one more request has come that is not answered well."""
        assert self.asked.acquire(timeout=PATIENCE)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self._connections.append(connection)
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
                name, _, turn = line.partition("Page=")[2].partition(" ")[0].partition("&Turn=")
                ending = self._endings.get(name, Ending(GOOD, "keep"))
                connection.sendall(ending.said)
                self._said.setdefault(turn, time.monotonic())
                if ending.then == "wait":
                    self._waiting.append(connection)
                if name in self._endings:
                    self.asked.release()
                if ending.then == "wait":
                    # Until the client goes, or is let go.
                    while not self._is_let_go and file.read1():
                        pass
                if ending.then == "reset":
                    linger = struct.pack("ii", 1, 0)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                if ending.then != "keep":
                    return


def _shut(connections: list[socket.socket]) -> None:
    for connection in list(connections):
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
