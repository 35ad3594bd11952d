"""The control API and the pages below ``/_twreplay``, as an ASGI application."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import nullcontext
from typing import Any

from starlette.requests import Request as WebRequest
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from twreplay._server.asgi import (
    CONTROL_ROOT,
    Receive,
    Scope,
    Send,
    TooLarge,
    read_body,
    send_text,
)
from twreplay._server.backend import Backend, SimulatorBackend
from twreplay._server.guard import KEY_MISSING, find_refusal
from twreplay._server.openapi import build_openapi
from twreplay._server.operation import Call, Operation
from twreplay._server.operations import OPERATIONS
from twreplay._server.page import STATIC, find_page
from twreplay._server.timeline import Event
from twreplay.errors import TwreplayError

MOST_STREAMS = 32
"""How many pages may listen at once."""

_MOST_QUEUED = 1000
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}


class Json(JSONResponse):
    """Data as JSON in ASCII: text of a test may have surrogates, which UTF-8 has not."""

    def render(self, content: Any) -> bytes:
        """Return the body."""
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")


class Control:
    """The control API and the page, as an ASGI application. *key* is that of ``--allow-remote``."""

    def __init__(self, backend: Backend, key: str = "") -> None:
        self._backend = backend
        self._key = key
        self._streams = 0
        self.ending = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        web = WebRequest(scope)
        refusal = find_refusal(web.method, web.headers, key=self._key)
        if refusal == KEY_MISSING:
            asking = {"www-authenticate": 'Basic realm="twreplay control key", charset="UTF-8"'}
            asked = PlainTextResponse(f"Refused: {refusal}.\n", 401, asking)
            return await asked(scope, receive, send)
        if refusal:
            return await send_text(send, 403, f"Refused: {refusal}.\n")
        try:
            body = await read_body(scope, receive)
        except TooLarge:
            return await send_text(send, 413, "The body is too large.\n", close=True)
        response = await self._respond(web, body or b"")
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        await response(scope, receive, send)
        return None

    async def _respond(self, web: WebRequest, body: bytes) -> Response:
        scope_path: str = web.scope["path"]
        path = scope_path.removeprefix(CONTROL_ROOT)
        if web.method in ("GET", "HEAD"):
            page = find_page(self._backend, path, web.headers.get("accept", ""))
            if page is not None:
                return Response(page, media_type="text/html")
            if path in STATIC:
                content, kind = STATIC[path]()
                return Response(content, media_type=kind)
            if path == "/openapi.json":
                return Json(build_openapi())
            if path == "/stream":
                return self._stream()
        found = [(each, names) for each in OPERATIONS if (names := each.match(path)) is not None]
        for each, names in found:
            if each.method == web.method:
                return await self._run(each, web, names, body)
        if found:
            allowed = ", ".join(dict.fromkeys(each.method for each, _ in found))
            return PlainTextResponse("No such method.\n", 405, {"allow": allowed})
        return Json({"error": f"there is nothing at {CONTROL_ROOT}{path}"}, 404)

    async def _run(
        self, each: Operation, web: WebRequest, names: Mapping[str, str], body: bytes
    ) -> Response:
        backend = self._backend
        world = backend if isinstance(backend, SimulatorBackend) else None
        try:
            given = each.read_body(json.loads(body) if body else {})
            query = each.read_query(web.query_params)
            with world.hold() if world is not None else nullcontext():
                result = each.run(Call(backend, names, query, given))
                if isinstance(result, Awaitable):
                    result = await result
        except AssertionError as error:  # of what is expected
            return Json({"error": str(error), "is_expectation": True}, 400)
        except TwreplayError as error:
            return Json({"error": error.explanation.headline, "text": str(error)}, 400)
        except (TypeError, ValueError, RecursionError, OverflowError) as error:
            return Json({"error": f"{type(error).__name__}: {error}"}, 400)
        finally:
            if world is not None:
                world.deliver()
        return Json(result)

    def _stream(self) -> Response:
        if self._streams >= MOST_STREAMS:
            text = f"{MOST_STREAMS} pages listen already; close one.\n"
            return PlainTextResponse(text, 503)
        self._streams += 1
        return StreamingResponse(self._listen(), media_type="text/event-stream")

    async def _listen(self) -> AsyncIterator[str]:
        queue: asyncio.Queue[Event] = asyncio.Queue(_MOST_QUEUED)

        def tell(event: Event) -> None:
            if not queue.full():  # a slow reader loads the page again
                queue.put_nowait(event)

        listeners = self._backend.timeline.on_event
        listeners.append(tell)
        ending = asyncio.ensure_future(self.ending.wait())
        getting = None
        try:
            yield ": ready\n\n"
            while not ending.done():
                getting = asyncio.ensure_future(queue.get())
                await asyncio.wait({getting, ending}, return_when=asyncio.FIRST_COMPLETED)
                if getting.done():
                    yield f"data: {json.dumps(getting.result().summarize())}\n\n"
        finally:
            ending.cancel()
            if getting is not None:
                getting.cancel()
            listeners.remove(tell)
            self._streams -= 1


def build_control(backend: Backend, key: str = "") -> Control:
    """Build the control API of *backend*."""
    return Control(backend, key)
