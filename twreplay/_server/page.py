"""The pages of a server: the whole of it, and one phone alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from twreplay import _pages
from twreplay._api import RESOURCES
from twreplay._server.backend import Backend, SimulatorBackend
from twreplay._simulator import Simulator
from twreplay._simulator.state.snapshot import pack_instance

_SHOWN = 200
_SHOWN_INSTANCES = 50
_SHOWN_PEOPLE = 30
_SOMEBODY = "4155551212"
_PHONE = re.compile(r"/phones/([^/]+)\Z")
_BLANK = {
    **dict.fromkeys(("number", "at", "direction", "how", "method", "url", "outcome"), ""),
    **dict.fromkeys(("rule", "source", "grade"), ""),
    "hints": (),
}

STATIC: Mapping[str, Callable[[], tuple[bytes, str]]] = {
    "/page.css": lambda: (_pages.read_static("page.css"), "text/css"),
    "/live.js": lambda: (_pages.read_static("live.js"), "text/javascript"),
    "/icon.svg": lambda: (_pages.read_static("icon.svg"), "image/svg+xml"),
}


def find_page(backend: Backend, path: str, accept: str) -> str | None:
    """
    Render the page at *path*, below the root of the control API; None if there is no page.

    Args:
        path: Decoded.

        accept: What the client takes: a program that asks for a phone gets no page.
    """
    if path in ("", "/"):
        return _render_whole(backend)
    found = _PHONE.match(path)
    if found is None or "text/html" not in accept:
        return None
    return _pages.render_page("phone", number=found[1], **_describe_simulator(backend))


def _render_whole(backend: Backend) -> str:
    events = [event.summarize() for event in backend.timeline.events[-_SHOWN:]]
    people: list[dict[str, Any]] = []
    described = _describe_simulator(backend)
    if (simulator := backend.simulator) is not None:
        people = _list_people(simulator)
        described |= {
            "due": [
                {"at": f"{due.at:%d %b %H:%M:%S}", "kind": str(due.kind), "subject": due.subject}
                for due in simulator.clock.due[:_SHOWN_PEOPLE]
            ],
            "rules": _list_rules(backend, simulator),
            "world": list(_list_world(simulator)),
        }
    return _pages.render_page(
        "live",
        events=events[::-1],
        blank=_BLANK,
        people=people,
        number=people[-1]["number"] if people else _SOMEBODY,
        **_describe_coverage(backend),
        **described,
    )


def _describe_simulator(backend: Backend) -> dict[str, Any]:
    simulator = backend.simulator
    if simulator is None:
        return {"account_sid": ""}
    if isinstance(backend, SimulatorBackend):
        backend.pass_time()
    own = simulator.incoming_phone_numbers
    return {
        "account_sid": simulator.account_sid,
        "now": f"{simulator.clock.now:%a %d %b %Y %H:%M:%S %z}",
        "clock_is_real": getattr(backend, "has_real_clock", False),
        "sender": own[0].PhoneNumber if own else "",
    }


def _list_rules(backend: Backend, simulator: Simulator) -> list[dict[str, Any]]:
    """List the rules for requests, then those for webhooks."""
    rules = [{"text": r.text, "used": r.used, "times": r.times} for r in simulator.rules]
    if isinstance(backend, SimulatorBackend):
        rules += [
            {"text": rule.text, "used": rule.used, "times": None}
            for rule in backend.verbs.webhook_rules
        ]
    return rules


def _list_people(simulator: Simulator) -> list[dict[str, Any]]:
    """List who called, wrote, or was called or written to, the newest last."""
    own = {number.PhoneNumber for number in simulator.incoming_phone_numbers}
    own |= {caller.PhoneNumber for caller in simulator.outgoing_caller_ids}
    calls, messages = simulator.calls, simulator.sms_messages
    numbers = [(each.Called, each.Caller) for each in calls[-_SHOWN:]]
    numbers += [(each.To, each.From) for each in messages[-_SHOWN:]]
    validated = [each.PhoneNumber for each in simulator.validation_requests[-_SHOWN:]]
    numbers += [(number, "") for number in validated]
    seen = dict.fromkeys(n for pair in numbers for n in pair if n and n not in own)
    ringing = {each.Called for each in calls if each.Status == "0"}
    ringing |= {n for n in set(validated) - own if simulator.phone(n).ringing is not None}
    shown = list(seen)[-_SHOWN_PEOPLE:]
    return [{"number": number, "is_ringing": number in ringing} for number in shown]


def _list_world(simulator: Simulator) -> Iterator[dict[str, Any]]:
    for resource in RESOURCES:
        instances = simulator.list_resource(resource.name)
        if instances:
            values = [pack_instance(each)["values"] for each in instances[-_SHOWN_INSTANCES:]]
            for each in values:
                each.pop("AuthToken", None)
            yield {
                "name": resource.name,
                "instances": [_Values(each) for each in reversed(values)],
                "count": len(instances),
            }


class _Values(dict[str, Any]):
    """The properties of an instance; one that it has not is empty."""

    def __missing__(self, name: str) -> str:
        return ""


def _describe_coverage(backend: Backend) -> dict[str, Any]:
    from twreplay._server.operations import build_server_coverage

    coverage = build_server_coverage(backend)
    missing = [
        {"method": row.method, "path": row.path, "statuses": unseen}
        for row in coverage.list_rows()
        if row.was_used and (unseen := [status for status, n in row.seen.items() if not n])
    ]
    return {"missing": missing, "summary": coverage.compute_summary()}
