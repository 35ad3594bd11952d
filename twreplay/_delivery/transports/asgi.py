"""
ASGI, from code that is synchronous and from code that is not.

Synchronously: by asgiref's ``async_to_sync`` where the application is Django's, wrapped or not,
since that alone runs its thread-sensitive work in the calling thread, where the open test
transaction is. All others get one loop that is kept, with their lifespan run once:
``async_to_sync`` makes a loop for each call, and a pool of connections made in one cannot be used
in the next.

Asynchronously: in the running loop, where the test's own pools are.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from importlib import import_module
from typing import Any, TypeAlias
from urllib.parse import unquote_to_bytes, urlsplit
from weakref import WeakKeyDictionary

from twreplay._delivery.running import find_running
from twreplay._delivery.transports.protocol import CLIENT_ADDRESS, finish_response
from twreplay._http import Request, Response

Message: TypeAlias = MutableMapping[str, Any]
ASGIApplication: TypeAlias = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]

_SPEC = {"version": "3.0", "spec_version": "2.3"}

# A lifespan that neither starts nor fails would hold up the test for good.
_LIFESPAN_SECONDS = 10.0

# Objects in which an application that wraps Django's is looked for.
_MOST_LOOKED_AT = 500


class ASGITransport:
    """Calls an ASGI application."""

    needs_no_loop = True
    is_in_process = True

    def __init__(self, app: ASGIApplication) -> None:
        self._app = app
        self._is_django: bool | None = None
        self._kept: _KeptLoop | None = None
        self._making = threading.Lock()
        self._lifespans: WeakKeyDictionary[asyncio.AbstractEventLoop, _Lifespan]
        self._lifespans = WeakKeyDictionary()

    def send(self, request: Request) -> Response:
        """Return the response of the application, waiting in the calling thread."""
        if self._is_django is None:
            self._is_django = _holds_django(self._app)
        if self._is_django:
            # Django brings asgiref, and has no lifespan.
            async_to_sync = import_module("asgiref.sync").async_to_sync
            response: Response = async_to_sync(self._call)(request, {})
            return response
        with self._making:
            # A forked process has the object, and not the thread.
            if self._kept is None or self._kept.process != os.getpid():
                self._kept = _KeptLoop()
            kept = self._kept
        answered: Response = kept.run(self.send_async(request))
        return answered

    async def send_async(self, request: Request) -> Response:
        """Return the response of the application, which runs in the running loop."""
        loop = asyncio.get_running_loop()
        lifespan = self._lifespans.get(loop)
        if lifespan is None:
            lifespan = self._lifespans[loop] = _Lifespan(self._app)
        await lifespan.start()
        return await self._call(request, lifespan.state)

    def close(self) -> None:
        """Shut the application down in the loop that was kept, and end the loop."""
        kept, self._kept = self._kept, None
        if kept is not None and kept.process == os.getpid():
            try:
                kept.run(self.close_async())
            finally:
                kept.close()

    async def close_async(self) -> None:
        """Shut the application down in the running loop."""
        lifespan = self._lifespans.pop(asyncio.get_running_loop(), None)
        if lifespan is not None:
            await lifespan.stop()

    async def _call(self, request: Request, state: dict[str, Any]) -> Response:
        answering = _Answering(request)
        try:
            await self._app(build_scope(request, state), answering.receive, answering.send)
        except Exception:
            # Starlette answers 500 first and raises then: what was answered counts.
            if (one := find_running()) is not None:
                one.response = answering.find_response()
            raise
        finally:
            answering.is_complete.set()
        response = answering.find_response()
        if response is None:
            msg = "the application returned without a whole response"
            raise AssertionError(msg)
        return response


class _Answering:
    """The two callables of one request."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._is_read = False
        self._start: Message | None = None
        self._body: list[bytes] = []
        self.is_complete = asyncio.Event()

    async def receive(self) -> Message:
        """Hand out the body, and then wait: the API stays until it has the response."""
        if not self._is_read:
            self._is_read = True
            return {"type": "http.request", "body": bytes(self._request.body), "more_body": False}
        await self.is_complete.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take a part of the response."""
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] == "http.response.body":
            self._body.append(bytes(message.get("body", b"")))
            if not message.get("more_body", False):
                self.is_complete.set()

    def find_response(self) -> Response | None:
        """Return the response, if the whole of it was sent."""
        if self._start is None or not self.is_complete.is_set():
            return None
        headers = [
            (bytes(name).decode("latin-1"), bytes(value).decode("latin-1"))
            for name, value in self._start.get("headers", ())
        ]
        body = b"".join(self._body)
        status = self._start["status"]
        return finish_response(status, headers, body, None, self._request.method)


class _Lifespan:
    """The lifespan of an application in one loop."""

    def __init__(self, app: ASGIApplication) -> None:
        self._app = app
        self.state: dict[str, Any] = {}
        self._task: asyncio.Task[None] | None = None
        self._is_stopping = asyncio.Event()
        self._has_started = asyncio.Event()
        self._failure: str | None = None
        self._error: Exception | None = None
        self._is_asked = False

    async def start(self) -> None:
        """
        Start the application, if it was not; an application without lifespan starts at once.

        Raises:
            RuntimeError: Its start failed.
        """
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())
        if not self._has_started.is_set():
            await asyncio.wait_for(self._has_started.wait(), _LIFESPAN_SECONDS)
        if self._failure is not None:
            msg = f"the application's lifespan failed to start: {self._failure}"
            raise RuntimeError(msg)

    async def stop(self) -> None:
        """
        Shut the application down.

        Raises:
            Exception: What its lifespan raised after it had started.
        """
        self._is_stopping.set()
        if self._task is not None and not self._task.done():
            await asyncio.wait({self._task}, timeout=_LIFESPAN_SECONDS)
            self._task.cancel()
        if self._error is not None:
            raise self._error

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": _SPEC, "state": self.state}
        try:
            await self._app(scope, self._receive, self._send)
        except Exception as error:
            # Before it has started, it knows no lifespan, or has said that it failed. So does
            # uvicorn: a bare application takes the scope for that of a request.
            if self._has_started.is_set() and self._failure is None:
                self._error = error
        finally:
            self._has_started.set()

    async def _receive(self) -> Message:
        if not self._is_asked:
            self._is_asked = True
            return {"type": "lifespan.startup"}
        await self._is_stopping.wait()
        return {"type": "lifespan.shutdown"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "lifespan.startup.failed":
            self._failure = str(message.get("message", "")).strip() or "it did not say why"
        if message["type"].startswith("lifespan.startup."):
            self._has_started.set()


class _KeptLoop:
    """One event loop in its own thread."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._serve, name="twreplay-application", daemon=True
        )
        self._thread.start()

    def _serve(self) -> None:
        """Run the loop until it is stopped: ``sys.exit()`` in an application comes out of it."""
        while True:
            try:
                return self._loop.run_forever()
            except (KeyboardInterrupt, SystemExit):
                continue  # its future has it, and who waits for that gets it

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run *coroutine* there, in a copy of this context, and wait for its result."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result()
        except KeyboardInterrupt:
            future.cancel()
            raise

    def close(self) -> None:
        """Cancel what is left, and end the thread."""
        self.run(_cancel_others())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def _holds_django(app: object) -> bool:
    """Return whether *app* is Django's ASGI handler, or something around it."""
    module = sys.modules.get("django.core.handlers.asgi")
    if module is None:
        return False
    seen: set[int] = set()
    left = [app]
    while left and len(seen) < _MOST_LOOKED_AT:
        here = left.pop(0)
        if id(here) in seen:
            continue
        seen.add(id(here))
        if isinstance(here, module.ASGIHandler):
            return True
        if isinstance(here, list | tuple):
            left += here
        elif isinstance(here, dict):
            left += here.values()
        elif callable(here) or type(here).__name__ in ("Mount", "Route"):
            left += getattr(here, "__dict__", {}).values()
            left += [cell.cell_contents for cell in getattr(here, "__closure__", None) or ()]
    return False


async def _cancel_others() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()
    await asyncio.get_running_loop().shutdown_default_executor()


def build_scope(request: Request, state: dict[str, Any]) -> dict[str, Any]:
    """Return the ASGI scope of *request*; the lifespan's *state* is copied, as servers do."""
    parts = urlsplit(request.url)
    path = parts.path or "/"
    return {
        "type": "http",
        "asgi": _SPEC,
        "http_version": "1.1",
        "method": request.method,
        "scheme": parts.scheme,
        "path": unquote_to_bytes(path).decode("utf-8", "replace") if "%" in path else path,
        "raw_path": path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": [
            (name.lower().encode("latin-1"), value.encode("latin-1", "replace"))
            for name, value in request.headers.pairs
        ],
        "client": (CLIENT_ADDRESS, 40080),
        "server": (parts.hostname, parts.port or {"http": 80, "https": 443}[parts.scheme]),
        "state": dict(state),
    }
