"""The page of a server: templates and styles of the package, and no file from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape

from twreplay._server.backend import Backend, SimulatorBackend
from twreplay._simulator.state.snapshot import pack_instance

_SHOWN = 200


def _read(name: str) -> bytes:
    return files("twreplay._server").joinpath("static", name).read_bytes()


STATIC: Mapping[str, Callable[[], tuple[bytes, str]]] = {
    "/page.css": lambda: (_read("page.css"), "text/css"),
    "/page.js": lambda: (_read("page.js"), "text/javascript"),
}


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("twreplay._server"),
        autoescape=select_autoescape(default=True, default_for_string=True),
    )


def render_page(backend: Backend) -> str:
    """Render the page: what happened, the world, what is due, rules, coverage."""
    events = [event.summarize() for event in backend.timeline.events[-_SHOWN:]]
    template = _environment().get_template("page.html")
    return template.render(events=events[::-1], **_describe_world(backend))


def _describe_world(backend: Backend) -> dict[str, Any]:
    from twreplay._api import RESOURCES
    from twreplay._server.control import build_server_coverage

    coverage = build_server_coverage(backend)
    missing = [
        {"operation": f"{row.method} {row.path}", "statuses": unseen}
        for row in coverage.list_rows()
        if row.was_used and (unseen := [status for status, n in row.seen.items() if not n])
    ]
    described: dict[str, Any] = {"missing": missing, "summary": coverage.compute_summary()}
    simulator = backend.simulator
    if simulator is None:
        return described
    if isinstance(backend, SimulatorBackend):
        backend.pass_time()
    world = []
    for resource in RESOURCES:
        values = [pack_instance(each)["values"] for each in simulator.list_resource(resource.name)]
        for each in values:
            each.pop("AuthToken", None)
        if values:
            world.append({"name": resource.name, "instances": values[-50:], "count": len(values)})
    return described | {
        "account_sid": simulator.account_sid,
        "now": f"{simulator.clock.now:%a, %d %b %Y %H:%M:%S %z}",
        "due": simulator.clock.due[:50],
        "rules": simulator.rules,
        "world": world,
    }
