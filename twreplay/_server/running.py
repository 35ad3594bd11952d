"""A server that runs: its socket, its life from start to end, and who has the port."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import signal
import socket
import threading
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn

from twreplay._server.asgi import build_application
from twreplay._server.backend import Backend, SimulatorBackend
from twreplay._server.control import Control, build_control
from twreplay._server.guard import LOOPBACK
from twreplay._server.protocol import Protocol
from twreplay.errors import UsageError

MOST_CONNECTIONS = 1024
MOST_HEAD = 64 * 1024
_GRACE_SECONDS = 5


class _Server(uvicorn.Server):
    """uvicorn's server. A second signal of either kind kills."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End at the first signal, and at once at the second."""
        if self.should_exit:
            signal.signal(sig, signal.SIG_DFL)
            signal.raise_signal(sig)
        self.should_exit = True


def open_socket(host: str, port: int, *, allow_remote: bool = False) -> socket.socket:
    """
    Bind the socket of a server.

    Args:
        port: 0 to have a free one chosen.

    Raises:
        UsageError: *host* is not on loopback, without *allow_remote*; or the port is in use, and
            by whom.
    """
    if host not in LOOPBACK and not allow_remote:
        msg = f"{host} can be reached from other machines; say --allow-remote if that is meant."
        raise UsageError(msg)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(MOST_CONNECTIONS)  # so that a second server is refused here, and not later
    except (OSError, OverflowError) as error:
        sock.close()
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            msg = f"port {port} is in use by {_find_owner(host, port)}; --port 0 takes a free one."
            raise UsageError(msg) from None
        msg = f"{host}:{port} cannot be listened on: {error}."
        raise UsageError(msg) from None
    return sock


class RunningServer:
    """
    One server on one socket.

    Args:
        key: The control key; empty on loopback.
    """

    def __init__(self, backend: Backend, sock: socket.socket, key: str = "") -> None:
        self.backend = backend
        self.control: Control | None = None
        self._sock = sock
        self._key = key
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None
        host, port = sock.getsockname()[:2]
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def run(self, on_ready: Callable[[], Any] = lambda: None) -> None:
        """Serve until a signal comes, or *stop*; then save what was recorded."""
        asyncio.run(self._serve(on_ready))

    async def _serve(self, on_ready: Callable[[], Any]) -> None:
        self.control = build_control(self.backend, self._key)
        config = uvicorn.Config(
            build_application(self.backend, self.control),
            http=Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            h11_max_incomplete_event_size=MOST_HEAD,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        # Requests that are no HTTP are not worth a line; failures are logged in asgi.py.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        self._server = server = _Server(config)
        watching = asyncio.create_task(self._watch(server, on_ready))
        try:
            with server.capture_signals():
                await server._serve([self._sock])
        finally:
            watching.cancel()
            self._sock.close()
            await self.backend.close()

    async def _watch(self, server: _Server, on_ready: Callable[[], Any]) -> None:
        """Tell when it is ready, let a real clock go on, and end streams when it stops."""
        while not server.started:
            await asyncio.sleep(0.005)
        on_ready()
        while not server.should_exit:
            if isinstance(self.backend, SimulatorBackend):
                self.backend.pass_time()
            await asyncio.sleep(0.05)
        assert self.control is not None
        self.control.ending.set()
        self.backend.timeline.wake()

    def start(self) -> None:
        """Serve in a thread, and return when it is ready."""
        ready = threading.Event()

        def run() -> None:
            try:
                self.run(ready.set)
            except BaseException as error:
                self._failure = error
            finally:
                ready.set()

        self._thread = threading.Thread(target=run, name="twreplay server", daemon=True)
        self._thread.start()
        ready.wait()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """
        End the thread that *start* began.

        Raises:
            Exception: What the server ended with, such as a cassette that was not saved.
        """
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join()
        if self._failure is not None:
            raise self._failure


def _find_owner(host: str, port: int) -> str:
    """Name the program that listens on *port*, as far as the system shows it."""
    with suppress(OSError, ValueError):
        url = f"http://{host}:{port}/_twreplay/health"
        with urllib.request.urlopen(url, timeout=1) as answer:
            told = json.loads(answer.read(10_000))
        return f"another twreplay server, process {int(told['pid'])}"
    with suppress(OSError):
        inodes = _find_inodes(port)
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                links = {str(link.readlink()) for link in (process / "fd").iterdir()}
                if links & inodes:
                    name = (process / "comm").read_text().strip()
                    return f"process {process.name} ({name})"
    return "another program"


def _find_inodes(port: int) -> set[str]:
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                    found.add(f"socket:[{fields[9]}]")
    return found
