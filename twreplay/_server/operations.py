"""The operations of the control API on the world, as a table."""

from __future__ import annotations

import inspect
import json
import os
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from types import MappingProxyType
from typing import Any

from twreplay import faults
from twreplay._api import RESOURCES, VALIDATION_REQUEST
from twreplay._server.backend import Backend
from twreplay._server.operation import (
    COUNT,
    FLAG,
    NUMBER,
    OBJECT,
    SECONDS,
    TEXT,
    WAIT,
    Call,
    Operation,
)
from twreplay._server.phones import PHONE_OPERATIONS, wait_for
from twreplay._server.timeline import TO_API, TO_APPLICATION, Event
from twreplay._simulator import Instance
from twreplay._simulator.state.snapshot import pack_instance
from twreplay._suggestion import check_choice
from twreplay.errors import UsageError

_KINDS = ("call", "sms", "validation", "numbers", "transcription", "prices")
_NAMES = tuple(resource.name for resource in RESOURCES)
_FAULTS = tuple(name for name in faults.__all__ if name != "NetworkFault")


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
        packed = map(pack_instance, call.simulator.list_resource(name))
        world[name] = [_hide_token(each)["values"] for each in packed]
    return world


def _list(call: Call) -> Any:
    check_choice("the world", "resource", call.name, (*_NAMES, VALIDATION_REQUEST.name))
    packed = [pack_instance(each) for each in call.simulator.list_resource(call.name)]
    for each in packed:
        _hide_token(each)
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
    return await _list_events(call, TO_API, "requests")


async def _webhooks(call: Call) -> Any:
    return await _list_events(call, TO_APPLICATION, "webhooks")


async def _list_events(call: Call, direction: str, name: str) -> Any:
    timeline = call.backend.timeline
    after = call.query.get("after", 0)

    def find() -> list[Event]:
        newer = (event for event in timeline.events if event.number > after)
        return [e for e in newer if e.direction == direction and _fits(e, call.query)]

    shown = await wait_for(timeline, find, call.query.get("wait", 0))
    return {name: [event.summarize() for event in shown], "dropped": timeline.dropped}


def _fits(event: Event, query: Mapping[str, Any]) -> bool:
    if query.get("method", event.request.effective_method) != event.request.effective_method:
        return False
    if query.get("path", "") not in event.request.path:
        return False
    if not (match := query.get("match", "").casefold()):
        return True
    values = (value for _, value in (*event.request.form, *event.request.query))
    return any(match in value.casefold() for value in values)


def _request(call: Call) -> Any:
    for event in call.backend.timeline.events:
        if str(event.number) == call.name:
            return event.describe()
    msg = f"there is no request {call.name} among those that are kept."
    raise UsageError(msg)


def _clock(call: Call) -> Any:
    return {"now": call.simulator.clock.now.isoformat(timespec="seconds")}


async def _advance(call: Call) -> Any:
    await call.world.advance(call.body["seconds"])
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


_ANSWERS = ("respond", "fail", "raises", "redirect", "delay")


def _check_answer(given: Mapping[str, Any]) -> None:
    """
    Check that a rule does something.

    Raises:
        UsageError: It does not, and would fail each request that it matches.
    """
    if not any(name in given for name in _ANSWERS):
        msg = f"the rule has no answer: give it one of {', '.join(_ANSWERS)}"
        raise UsageError(msg)


@contextmanager
def _whole(rule: Any) -> Iterator[None]:
    """Take *rule* back if its answer is refused: one without an answer fails every request."""
    try:
        yield
    except Exception:
        rule.remove()
        raise


def _read_fields(given: Mapping[str, Any], verb: Callable[..., Any]) -> dict[str, Any]:
    """Return the fields of a request in *given*; none of them is called as a keyword of *verb*."""
    fields: dict[str, Any] = given.get("fields", {})
    for name in inspect.signature(verb).parameters:
        if name in fields and name != "fields":
            msg = f"fields are those that a request of the API has; {name} stands beside them."
            raise UsageError(msg)
    return fields


def _add_rule(call: Call) -> Any:
    given = call.body
    _check_answer(given)
    when = call.simulator.when
    fields = _read_fields(given, when)
    rule = when(given.get("method"), given.get("path"), times=given.get("times"), **fields)
    with _whole(rule):
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


def _add_magic_numbers(call: Call) -> Any:
    return {"rules": [rule.text for rule in call.simulator.add_magic_numbers()]}


def _add_webhook_rule(call: Call) -> Any:
    given = call.body
    _check_answer(given)
    when = call.simulator.when_calling
    rule = when(given["path"], times=given.get("times"), **_read_fields(given, when))
    with _whole(rule):
        if "respond" in given:
            rule.respond(**given["respond"])
        if "fail" in given:
            rule.fail(given["fail"])
        if "raises" in given:
            rule.raises(getattr(faults, given["raises"]))
        if "delay" in given:
            rule.delay(given["delay"])
    return {}


def _attach(call: Call) -> Any:
    call.world.attach(
        call.body["url"],
        call.body.get("base_url"),
        call.body.get("seen_as"),
        fetch_audio=call.body.get("fetch_audio", False),
    )
    return {}


def _change(call: Call) -> Any:
    instance = _find(call)
    return _hide_token(pack_instance(call.simulator.change(instance, **call.body["properties"])))


def _remove(call: Call) -> Any:
    call.simulator.remove(_find(call))
    return {}


def _find(call: Call) -> Instance:
    check_choice("the world", "resource", call.name, _NAMES)
    sid = call.names["sid"]
    for instance in call.simulator.list_resource(call.name):
        values = pack_instance(instance)["values"]
        if sid == (values.get("Sid") or values.get("CallSid")):
            return instance
    msg = f"there is no {call.name} {sid}."
    raise UsageError(msg)


def _hide_token(packed: dict[str, Any]) -> dict[str, Any]:
    if "AuthToken" in packed["values"]:
        packed["values"]["AuthToken"] = "REDACTED"
    return packed


def _receive_call(call: Call) -> Any:
    return pack_instance(call.simulator.receive_call(**call.body))


def _receive_sms(call: Call) -> Any:
    return pack_instance(call.simulator.receive_sms(**call.body))


def _act(call: Call) -> Any:
    action = call.names["action"]
    check_choice("an instance", "action", action, _ACTIONS)
    verb = getattr(call.simulator, action.replace("-", "_"))
    return _hide_token(pack_instance(verb(_find(call), **call.body)))


def _assert(call: Call) -> Any:
    check_choice("assert", "kind", call.name, _ASSERTIONS)
    verb = getattr(call.simulator, f"assert_{call.name.replace('-', '_')}")
    given = {name: value for name, value in call.body.items() if name != "fields"}
    found = verb(**given, **_read_fields(call.body, verb))
    return {"count": len(found or ())}


def _explain(call: Call) -> Any:
    return {"text": str(call.simulator.explain())}


def _transcripts(call: Call) -> Any:
    return {"transcripts": call.simulator.transcripts()}


def _expect_nothing_more(call: Call) -> Any:
    call.simulator.expect_nothing_more()
    return {}


def _arrange(call: Call) -> Any:
    check_choice("arrange", "kind", call.name, _KINDS)
    getattr(call.simulator, f"arrange_{call.name}")(**call.body)
    return {}


def _key_in(call: Call) -> Any:
    call.simulator.key_in_code(str(call.body.get("PhoneNumber", "")))
    return {}


async def _reset(call: Call) -> Any:
    if call.backend.simulator is not None:
        # A call of the next world may have the Sid of one in this.
        await call.world.stop_deliveries()
        call.simulator.reset()
    call.backend.timeline.clear()
    return {}


def _snapshot(call: Call) -> Any:
    return call.simulator.snapshot()


async def _restore(call: Call) -> Any:
    await call.world.stop_deliveries()
    call.simulator.restore(dict(call.body))
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


_ACTIONS = ("answer", "hang-up", "complete", "suspend", "activate", "close")
_ASSERTIONS = ("sent", "not-sent", "called", "not-called", "requested", "not-requested")

_LISTED = {"after": COUNT, "method": TEXT, "path": TEXT, "match": TEXT, "wait": WAIT}
_RULE = {
    "path": TEXT,
    "times": COUNT,
    "fields": OBJECT,
    "respond": OBJECT,
    "fail": COUNT,
    "raises": MappingProxyType({"type": "string", "enum": list(_FAULTS)}),
    "delay": SECONDS,
}

OPERATIONS = (
    Operation("GET", "/health", "Whether the server is ready, and which it is.", _health),
    Operation("GET", "/credentials", "Account Sid and auth token.", _credentials),
    Operation("GET", "/world", "All resources, by name, without tokens.", _world),
    Operation("GET", "/world/{resource}", "The instances of one resource.", _list),
    Operation(
        "POST",
        "/world/{resource}",
        "Add an instance.",
        _add,
        body={"properties": OBJECT, "options": OBJECT},
    ),
    Operation(
        "POST",
        "/world/{resource}/{sid}",
        "Set properties of an instance.",
        _change,
        body={"properties": OBJECT},
        required=("properties",),
    ),
    Operation("DELETE", "/world/{resource}/{sid}", "Take an instance out.", _remove),
    Operation(
        "POST",
        "/world/{resource}/{sid}/{action}",
        f"Let something happen to an instance: {', '.join(_ACTIONS)}.",
        _act,
        is_open=True,
    ),
    Operation(
        "GET",
        "/requests",
        "Requests and answers; wait=SECONDS waits until one is there.",
        _requests,
        query=_LISTED,
    ),
    Operation("GET", "/requests/{number}", "One request or webhook whole.", _request),
    Operation(
        "POST",
        "/assert/{kind}",
        f"400 unless it was so: {', '.join(_ASSERTIONS)}.",
        _assert,
        body={"method": TEXT, "path": TEXT, "times": COUNT, "status": COUNT, "fields": OBJECT},
    ),
    Operation("GET", "/explain", "The requests as a table of text.", _explain),
    Operation("GET", "/webhooks", "Requests to applications; wait as above.", _webhooks, _LISTED),
    Operation("GET", "/clock", "The simulated time.", _clock),
    Operation(
        "POST",
        "/clock/advance",
        "Let time pass.",
        _advance,
        body={"seconds": NUMBER},
        required=("seconds",),
    ),
    Operation("GET", "/due", "What is scheduled.", _due),
    Operation("GET", "/rules", "Rules of your own.", _rules),
    Operation(
        "POST",
        "/rules",
        "Add a rule of your own.",
        _add_rule,
        body={**_RULE, "method": TEXT, "redirect": TEXT},
    ),
    Operation(
        "POST", "/rules/magic-numbers", "Refuse the later magic numbers.", _add_magic_numbers
    ),
    Operation(
        "POST",
        "/rules/webhooks",
        "Add a rule for webhooks.",
        _add_webhook_rule,
        body=_RULE,
        required=("path",),
    ),
    Operation(
        "POST",
        "/applications",
        "Attach an application that runs at a URL.",
        _attach,
        body={"url": TEXT, "base_url": TEXT, "seen_as": TEXT, "fetch_audio": FLAG},
        required=("url",),
    ),
    Operation("POST", "/receive/call", "Let a call come in.", _receive_call, is_open=True),
    Operation("POST", "/receive/sms", "Let a message come in.", _receive_sms, is_open=True),
    Operation(
        "POST", "/arrange/{kind}", f"Script outcomes: {', '.join(_KINDS)}.", _arrange, is_open=True
    ),
    Operation(
        "POST",
        "/key-in-code",
        "Complete a validation.",
        _key_in,
        body={"PhoneNumber": TEXT},
    ),
    *PHONE_OPERATIONS,
    Operation("GET", "/transcripts", "The transcript of each call.", _transcripts),
    Operation("GET", "/nothing-more", "400 if a call is going on.", _expect_nothing_more),
    Operation("POST", "/reset", "Restore the initial state.", _reset),
    Operation("GET", "/snapshot", "The whole world, tokens included.", _snapshot),
    Operation("POST", "/restore", "Restore the world of a snapshot.", _restore, is_open=True),
    Operation("GET", "/coverage", "Which documented answers were seen.", _coverage),
)
