"""``twreplay ready``: what of recorded traffic the next version of the API has otherwise."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from twreplay._address import API_ROOT, VERSION
from twreplay._api import (
    NEXT_ELEMENTS,
    NEXT_FIELDS,
    NEXT_FORMATS,
    NEXT_PAGING,
    NEXT_PATHS,
    NEXT_VERSION,
    Action,
)
from twreplay._cli.output import (
    Readable,
    allow_empty_option,
    count,
    json_option,
    order_by_path,
    paths_argument,
    print_json,
    tell,
)
from twreplay._display import visible_line
from twreplay._http import Interaction
from twreplay._simulator import Route, find_route

_ELEMENT = re.compile(r"<(\w+)[ />]")


@click.command(short_help="Show what changes with 2010-04-01, the next version.")
@paths_argument
@allow_empty_option
@json_option
def ready(paths: tuple[Path, ...], allow_empty: bool, as_json: bool) -> None:
    """
    Show what 2010-04-01, the next version of the API, has otherwise than the cassettes in PATHS.

    PATHS are files or folders; by default those of the project. Each operation is listed once, with
    the fields and elements that change, and how many recorded interactions have them. What is
    listed is to be changed in the code when it moves to that version.

    Exits with 0 if nothing changes, 1 if something does, 2 if a file could not be read.

    For example: twreplay ready tests/cassettes
    """
    cassettes = Readable(paths, "check", allow_empty=allow_empty)
    found: dict[str, Counter[str]] = defaultdict(Counter)
    total = 0
    for _, recording in cassettes:
        for interaction in recording.interactions:
            if interaction.request.path.startswith(f"{API_ROOT}/"):
                total += 1
                _collect(interaction, found)
    changes = sum(map(len, found.values()))
    if as_json:
        print_json(_build_data(found))
    else:
        for operation in sorted(found, key=order_by_path):
            click.echo(visible_line(operation))
            for edit, times in found[operation].items():
                click.echo(visible_line(f"  {edit} ({count(times, 'interaction')})"))
        told = count(changes, "change")
        tell(f"{told} from {VERSION} to {NEXT_VERSION} in {count(total, 'interaction')}.")
    cassettes.end(found=bool(changes))


def _collect(interaction: Interaction, found: dict[str, Counter[str]]) -> None:
    request = interaction.request
    route = find_route(request.path)
    if route is None:
        return
    method, path = request.effective_method, route.endpoint.path
    operation = route.endpoint.find_operation(method)
    if operation is not None:
        edits = Counter(dict.fromkeys(_list_edits(interaction, route, operation.action), 1))
        if edits:
            found[f"{method} {path}"].update(edits)


def _list_edits(interaction: Interaction, route: Route, action: Action) -> Iterator[str]:
    request, resource = interaction.request, route.resource.name
    if (where := NEXT_PATHS.get(route.endpoint.path)) is not None:
        yield f"path: {where}"
    if request.overload is not None:
        yield f"_method={request.effective_method}: send that method, or POST to update"
    for name in dict.fromkeys(name for name, _ in (*request.form, *request.query)):
        later = NEXT_FIELDS.get((resource, action, name.rstrip("<>")))
        if later is None and action is Action.LIST:
            later = NEXT_PAGING.get(name)
        if later is not None:
            yield f"field {name}: {later}"
    yield from _list_changed_elements(interaction, route)


def _list_changed_elements(interaction: Interaction, route: Route) -> Iterable[str]:
    response = interaction.response
    kind = response.headers.get("content-type", "").partition(";")[0].rpartition("/")[2]
    if kind in NEXT_FORMATS:
        return [f"representation: {NEXT_FORMATS[kind]}"]
    if kind != "xml" or response.status >= 400:
        return []
    present = dict.fromkeys(_ELEMENT.findall(response.body.decode("utf-8", "replace")))
    later = NEXT_ELEMENTS.get(route.resource.name, {})
    return [f"element {name}: {later[name]}" for name in present if name in later]


def _build_data(found: dict[str, Counter[str]]) -> dict[str, Any]:
    return {
        "version": NEXT_VERSION,
        "operations": [
            {
                "operation": operation,
                "changes": [
                    {"change": edit, "interactions": times}
                    for edit, times in found[operation].items()
                ],
            }
            for operation in sorted(found, key=order_by_path)
        ],
    }
