"""A server that runs: its socket, its life from start to end, and who has the port."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import signal
import socket
import ssl
import threading
import urllib.request
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, TypeAlias

import uvicorn

from twreplay._server.asgi import MOST_HEAD, build_application, limit_and_date
from twreplay._server.backend import Backend, SimulatorBackend
from twreplay._server.control import Control, build_control
from twreplay._server.guard import LOOPBACK
from twreplay._server.protocol import HEAD_SECONDS, Protocol
from twreplay._server.proxy import Proxy
from twreplay.errors import UsageError

MOST_CONNECTIONS = 1024
_GRACE_SECONDS = 5
_TLS_HANDSHAKE = b"\x16"

_log = logging.getLogger("twreplay.server")

BuildContext: TypeAlias = Callable[[], ssl.SSLContext]


class _Server(uvicorn.Server):
    """
    uvicorn's server, which ends as soon as no client waits for an answer.

    uvicorn looks ten times a second whether it shall end, and then waits 0.1 s: a server for each
    test took 0.2 s to end, and takes 4 ms. A second signal of either kind waits for no client,
    and a third kills.

    Args:
        end_streams: Ends what lasts as long as the server.
    """

    def __init__(
        self, config: uvicorn.Config, end_streams: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        super().__init__(config)
        self._end_streams = end_streams
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End soon; from any thread."""
        self.should_exit = True
        with suppress(RuntimeError):  # its loop has ended
            self._loop.call_soon_threadsafe(self._stopping.set)

    async def pause(self, seconds: float) -> None:
        """Wait *seconds*, or until it shall end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    async def main_loop(self) -> None:
        """Wait until it shall end; no header needs a tick, as it sends neither date nor name."""
        while not self.should_exit:
            await self.pause(0.1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, end those that wait for nothing, and wait for the others."""
        await self._end_streams()
        # A connection that has just been accepted is the server's only a moment later. Where that
        # was closed in between, Python 3.13.0 prints a traceback.
        for sock in sockets or []:
            self._loop.remove_reader(sock)
        await asyncio.sleep(0)
        for server in self.servers:
            server.close()
        for sock in sockets or []:
            sock.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        for _ in range(20):
            if not self.server_state.connections and not self.server_state.tasks:
                for server in self.servers:
                    await server.wait_closed()
                return
            await asyncio.sleep(0.002)
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End at the first signal; at the second without the requests that do not end."""
        if self.force_exit:
            signal.signal(sig, signal.SIG_DFL)
            signal.raise_signal(sig)
        self.force_exit = self.should_exit
        self.stop()

    async def cancel_requests(self) -> None:
        """Cancel the requests that have not ended."""
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


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
    # By its number: for any other, asyncio leaves Nagle's delay on, and each answer took 44 ms.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
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

        build_context: Returns a certificate, to take TLS as well, on the same port.

        proxy: Be a proxy as well.
    """

    def __init__(
        self,
        backend: Backend,
        sock: socket.socket,
        key: str = "",
        *,
        build_context: BuildContext | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        self.backend = backend
        self.proxy = proxy
        self._build_context = build_context
        self._beginning: set[asyncio.Task[None]] = set()
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
        # On Windows the default loop cannot look at a connection before it reads from it.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(self._serve(on_ready))

    async def _serve(self, on_ready: Callable[[], Any]) -> None:
        self.control = build_control(self.backend, self._key)
        await self.backend.open()
        config = uvicorn.Config(
            limit_and_date(build_application(self.backend, self.control, self.proxy)),
            http=Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            h11_max_incomplete_event_size=MOST_HEAD,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        # Requests that are no HTTP are not worth a line; failures are logged in asgi.py.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        self._server = server = _Server(config, self._end_streams)
        watching = asyncio.create_task(self._watch(server, on_ready))
        accepting = None
        if self._build_context is not None:
            accepting = asyncio.create_task(self._accept(server, self._build_context))
        try:
            # Until the cassette is saved: a second signal comes soon from the impatient.
            with server.capture_signals():
                try:
                    await server._serve([] if accepting else [self._sock])
                finally:
                    self._sock.close()
                    await server.cancel_requests()
                    await self.backend.close()
            if watching.done():
                watching.result()  # raises what *on_ready* did
        finally:
            watching.cancel()
            for task in (accepting, *self._beginning):
                if task is not None:
                    task.cancel()

    async def _accept(self, server: _Server, build_context: BuildContext) -> None:
        """Accept connections, and tell TLS from HTTP by the first byte."""
        loop = asyncio.get_running_loop()
        self._sock.setblocking(False)
        while not server.should_exit:
            try:
                connection, _ = await loop.sock_accept(self._sock)
            except OSError:  # no file descriptor is left, or the client has gone
                await asyncio.sleep(0.05)
                continue
            if len(self._beginning) >= MOST_CONNECTIONS:
                connection.close()
                continue
            task = asyncio.create_task(self._begin(server, connection, build_context))
            self._beginning.add(task)
            task.add_done_callback(self._beginning.discard)

    async def _begin(
        self, server: _Server, connection: socket.socket, build_context: BuildContext
    ) -> None:
        loop = asyncio.get_running_loop()
        create = partial(Protocol, server.config, server.server_state, {})
        try:
            async with asyncio.timeout(HEAD_SECONDS):
                first = await _peek(connection)
            is_tls = first == _TLS_HANDSHAKE
            await loop.connect_accepted_socket(
                create,
                connection,
                ssl=build_context() if is_tls else None,
                ssl_handshake_timeout=HEAD_SECONDS if is_tls else None,
            )
        except UsageError as error:  # there is no certificate to show
            _log.warning("%s", error)
            connection.close()
        except OSError:  # gone, too slow, or it does not trust us
            connection.close()
        except asyncio.CancelledError:
            connection.close()
            raise

    async def _watch(self, server: _Server, on_ready: Callable[[], Any]) -> None:
        """Tell when it is ready, let a real clock go on, and abort if forced to end."""
        while not server.started:
            await asyncio.sleep(0.005)
        try:
            on_ready()
        except BaseException:
            server.stop()
            raise
        while not server.should_exit:
            if isinstance(self.backend, SimulatorBackend):
                self.backend.pass_time()
            await server.pause(0.05)
        while not server.force_exit:
            await asyncio.sleep(0.05)
        # From Python 3.12 on a server that is closed waits for its connections, and uvicorn for it.
        for connection in list(server.server_state.connections):
            connection.transport.abort()

    async def _end_streams(self) -> None:
        assert self.control is not None
        self.control.ending.set()
        self.backend.timeline.wake()
        if self.proxy is not None:
            await self.proxy.close()

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
            self._server.stop()
        if self._thread is not None:
            self._thread.join()
        if self._failure is not None:
            raise self._failure


async def _peek(connection: socket.socket) -> bytes:
    """Return the first byte that comes, and leave it there; empty if none will."""
    loop = asyncio.get_running_loop()
    connection.setblocking(False)
    while True:
        with suppress(BlockingIOError):
            return connection.recv(1, socket.MSG_PEEK)
        readable = loop.create_future()
        loop.add_reader(connection, _resolve, readable)
        try:
            await readable
        finally:
            loop.remove_reader(connection)


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


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
