"""The control API below ``/_twreplay``: a table of operations, from which OpenAPI follows."""

from __future__ import annotations

import asyncio
import json
import os
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, TypeAlias

from starlette.requests import Request as WebRequest
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from twreplay import faults
from twreplay._api import RESOURCES, VALIDATION_REQUEST
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
from twreplay._server.guard import find_refusal
from twreplay._server.page import STATIC, render_page
from twreplay._server.timeline import Event
from twreplay._simulator import Simulator
from twreplay._simulator.state.snapshot import pack_instance
from twreplay._suggestion import check_choice
from twreplay.errors import TwreplayError, UsageError

MOST_STREAMS = 32
"""How many pages may listen at once."""

_MOST_QUEUED = 1000
_MOST_WAIT = 60.0
_KINDS = {"call": "Called", "sms": "To", "validation": "PhoneNumber", "numbers": "AreaCode"}
_NAMES = tuple(resource.name for resource in RESOURCES)
_FAULTS = tuple(name for name in faults.__all__ if name != "NetworkFault")
_RULE_KEYS = (
    *("method", "path", "times", "fields"),
    *("respond", "fail", "redirect", "raises", "delay"),
)
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the control API: the backend, the parts of the path, the query, the JSON."""

    backend: Backend
    name: str
    query: dict[str, str]
    body: dict[str, Any]

    @property
    def simulator(self) -> Simulator:
        """The simulator; an error if a cassette answers."""
        if self.backend.simulator is None:
            msg = "this server replays a cassette, so there is no simulated world."
            raise UsageError(msg)
        if isinstance(self.backend, SimulatorBackend):
            self.backend.pass_time()
        return self.backend.simulator


Run: TypeAlias = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the table. *path* may end in ``{name}``; *query* and *body* name what it takes."""

    method: str
    path: str
    summary: str
    run: Run
    query: tuple[str, ...] = ()
    body: tuple[str, ...] = ()


def _health(call: Call) -> Any:
    world = call.backend.simulator
    return {
        "status": "ok",
        "version": version("twreplay"),
        "pid": os.getpid(),
        "account_sid": world.account_sid if world is not None else None,
        "requests": call.backend.timeline.count,
    }


def _credentials(call: Call) -> Any:
    simulator = call.simulator
    return {"account_sid": simulator.account_sid, "auth_token": simulator.auth_token}


def _world(call: Call) -> Any:
    world: dict[str, list[dict[str, Any]]] = {}
    for name in _NAMES:
        world[name] = [pack_instance(i)["values"] for i in call.simulator.list_resource(name)]
        for values in world[name]:
            if "AuthToken" in values:
                values["AuthToken"] = "REDACTED"
    return world


def _list(call: Call) -> Any:
    check_choice("the world", "resource", call.name, (*_NAMES, VALIDATION_REQUEST.name))
    packed = [pack_instance(each) for each in call.simulator.list_resource(call.name)]
    for each in packed:
        if "AuthToken" in each["values"]:
            each["values"]["AuthToken"] = "REDACTED"
    return {"instances": packed}


def _add(call: Call) -> Any:
    check_choice("the world", "resource", call.name, _NAMES)
    options = dict(call.body.get("options", {}))
    for name in ("wav", "mp3"):
        if isinstance(options.get(name), str):
            options[name] = b64decode(options[name])
    instance = call.simulator.add_resource(call.name, call.body.get("properties", {}), options)
    packed = pack_instance(instance)
    packed["values"].pop("AuthToken", None)
    return packed


async def _requests(call: Call) -> Any:
    timeline = call.backend.timeline
    after, match = int(call.query.get("after", "0")), call.query.get("match", "")
    seconds = min(float(call.query.get("wait", "0")), _MOST_WAIT)
    end = asyncio.get_running_loop().time() + seconds
    while True:
        shown = [e for e in timeline.events if e.number > after and _fits(e, call.query, match)]
        left = end - asyncio.get_running_loop().time()
        if shown or left <= 0:
            break
        await timeline.wait(left)
    return {"requests": [event.summarize() for event in shown], "dropped": timeline.dropped}


def _fits(event: Event, query: dict[str, str], match: str) -> bool:
    if query.get("method", event.request.effective_method) != event.request.effective_method:
        return False
    if query.get("path", "") not in event.request.path:
        return False
    if not match:
        return True
    return any(match in value for _, value in (*event.request.form, *event.request.query))


def _request(call: Call) -> Any:
    for event in call.backend.timeline.events:
        if str(event.number) == call.name:
            return event.describe()
    msg = f"there is no request {call.name} among those that are kept."
    raise UsageError(msg)


def _clock(call: Call) -> Any:
    return {"now": call.simulator.clock.now.isoformat(timespec="seconds")}


def _advance(call: Call) -> Any:
    call.simulator.clock.advance(seconds=call.body.get("seconds", ""))
    call.backend.timeline.wake()
    return _clock(call)


def _due(call: Call) -> Any:
    return {
        "due": [
            {
                "at": due.at.isoformat(),
                "kind": str(due.kind),
                "account_sid": due.account_sid,
                "subject": due.subject,
            }
            for due in call.simulator.clock.due
        ]
    }


def _rules(call: Call) -> Any:
    return {
        "rules": [
            {"rule": rule.text, "used": rule.used, "times": rule.times}
            for rule in call.simulator.rules
        ]
    }


def _add_rule(call: Call) -> Any:
    given = call.body
    for name in given:
        check_choice("a rule", "key", name, _RULE_KEYS)
    if "raises" in given:
        check_choice("twreplay", "fault", given["raises"], _FAULTS)
    rule = call.simulator.when(
        given.get("method"), given.get("path"), times=given.get("times"), **given.get("fields", {})
    )
    if "delay" in given:
        rule.delay(seconds=given["delay"])
    if "respond" in given:
        rule.respond(**given["respond"])
    if "fail" in given:
        rule.fail(given["fail"])
    if "redirect" in given:
        rule.redirect(given["redirect"])
    if "raises" in given:
        rule.raises(getattr(faults, given["raises"]))
    return {"rule": rule.text}


def _arrange(call: Call) -> Any:
    check_choice("arrange", "kind", call.name, tuple(_KINDS))
    getattr(call.simulator, f"arrange_{call.name}")(**call.body)
    return {}


def _key_in(call: Call) -> Any:
    call.simulator.key_in_code(str(call.body.get("PhoneNumber", "")))
    return {}


def _reset(call: Call) -> Any:
    if call.backend.simulator is not None:
        call.backend.simulator.reset()
    call.backend.timeline.clear()
    return {}


def _snapshot(call: Call) -> Any:
    return call.simulator.snapshot()


def _restore(call: Call) -> Any:
    call.simulator.restore(call.body)
    call.backend.timeline.wake()
    return {}


def _coverage(call: Call) -> Any:
    from twreplay._reports import dump_coverage

    return json.loads(dump_coverage(build_server_coverage(call.backend)))


def build_server_coverage(backend: Backend) -> Any:
    """Build the coverage of the answers that *backend* gave."""
    from twreplay._reports import build_coverage
    from twreplay._stats import RunStats

    profile = backend.simulator.profile if backend.simulator is not None else "documented"
    return build_coverage(RunStats(answers=backend.timeline.answers), profile)


OPERATIONS = (
    Operation("GET", "/health", "Whether the server is ready, and which it is.", _health),
    Operation("GET", "/credentials", "Account Sid and auth token.", _credentials),
    Operation("GET", "/world", "All resources, by name, without tokens.", _world),
    Operation("GET", "/world/{name}", "The instances of one resource.", _list),
    Operation("POST", "/world/{name}", "Add an instance.", _add, body=("properties", "options")),
    Operation(
        "GET",
        "/requests",
        "Requests and answers; wait=SECONDS waits until one is there.",
        _requests,
        query=("after", "method", "path", "match", "wait"),
    ),
    Operation("GET", "/requests/{name}", "One request whole, without secrets.", _request),
    Operation("GET", "/clock", "The simulated time.", _clock),
    Operation("POST", "/clock/advance", "Let time pass.", _advance, body=("seconds",)),
    Operation("GET", "/due", "What is scheduled.", _due),
    Operation("GET", "/rules", "Rules of your own.", _rules),
    Operation("POST", "/rules", "Add a rule of your own.", _add_rule, body=_RULE_KEYS),
    Operation("POST", "/arrange/{name}", "Script outcomes: call, sms, validation.", _arrange),
    Operation("POST", "/key-in-code", "Complete a validation.", _key_in, body=("PhoneNumber",)),
    Operation("POST", "/reset", "Restore the initial state.", _reset),
    Operation("GET", "/snapshot", "The whole world, tokens included.", _snapshot),
    Operation("POST", "/restore", "Restore the world of a snapshot.", _restore),
    Operation("GET", "/coverage", "Which documented answers were seen.", _coverage),
)
"""Phones and webhooks are not simulated yet, so no row is about them."""


def build_openapi() -> dict[str, Any]:
    """Build the description of the control API."""
    paths: dict[str, dict[str, Any]] = {}
    for each in OPERATIONS:
        parameters = [{"name": n, "in": "query", "schema": {"type": "string"}} for n in each.query]
        if "{name}" in each.path:
            parameters.append(
                {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}  # type: ignore[dict-item]
            )
        entry: dict[str, Any] = {
            "summary": each.summary,
            "parameters": parameters,
            "responses": {"200": {"description": "JSON"}, "400": {"description": "the mistake"}},
        }
        if each.method == "POST":
            schema = {"type": "object", "properties": {name: {} for name in each.body}}
            entry["requestBody"] = {"content": {"application/json": {"schema": schema}}}
        paths.setdefault(CONTROL_ROOT + each.path, {})[each.method.lower()] = entry
    info = {"title": "twreplay's control API", "version": version("twreplay")}
    return {"openapi": "3.1.0", "info": info, "paths": paths}


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
        path = web.url.path.removeprefix(CONTROL_ROOT)
        if web.method in ("GET", "HEAD"):
            if path in ("", "/"):
                return Response(render_page(self._backend), media_type="text/html")
            if path in STATIC:
                content, kind = STATIC[path]()
                return Response(content, media_type=kind)
            if path == "/openapi.json":
                return JSONResponse(build_openapi())
            if path == "/stream":
                return self._stream()
        found = [each for each in OPERATIONS if _match(each.path, path) is not None]
        for each in found:
            if each.method == web.method:
                return await self._run(each, web, _match(each.path, path) or "", body)
        if found:
            allowed = ", ".join(each.method for each in found)
            return PlainTextResponse("No such method.\n", 405, {"allow": allowed})
        return JSONResponse({"error": f"there is nothing at {CONTROL_ROOT}{path}"}, 404)

    async def _run(self, each: Operation, web: WebRequest, name: str, body: bytes) -> Response:
        try:
            given = json.loads(body) if body else {}
            if not isinstance(given, dict):
                msg = "the body is an object."
                raise UsageError(msg)
            result = each.run(Call(self._backend, name, dict(web.query_params), given))
            if isinstance(result, Awaitable):
                result = await result
        except TwreplayError as error:
            return JSONResponse({"error": error.explanation.headline, "text": str(error)}, 400)
        except (TypeError, ValueError, RecursionError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 400)
        return JSONResponse(result)

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
        try:
            yield ": ready\n\n"
            while not ending.done():
                getting = asyncio.ensure_future(queue.get())
                await asyncio.wait({getting, ending}, return_when=asyncio.FIRST_COMPLETED)
                if getting.done():
                    yield f"data: {json.dumps(getting.result().summarize())}\n\n"
                else:
                    getting.cancel()
        finally:
            ending.cancel()
            listeners.remove(tell)
            self._streams -= 1


def build_control(backend: Backend, key: str = "") -> Control:
    """Build the control API of *backend*."""
    return Control(backend, key)


def _match(pattern: str, path: str) -> str | None:
    """Return what ``{name}`` stands for in *path*, empty without one; None if it does not fit."""
    stem, brace, _ = pattern.partition("{name}")
    if not brace:
        return "" if path == pattern else None
    rest = path.removeprefix(stem)
    return rest if path.startswith(stem) and rest and "/" not in rest else None
