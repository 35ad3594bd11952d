"""Cassettes as HTML pages that need nothing else, and fit a telephone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from twreplay._cassette import Recording, compute_age, format_age
from twreplay._cli.output import count, order_by_path
from twreplay._cli.reading import Reading, build_readings, build_webhook_readings
from twreplay._display import shown_url
from twreplay._http import Request
from twreplay._pages import render_page
from twreplay._simulator import find_route


@dataclass(slots=True)
class Listed:
    """
    One cassette of a folder.

    Attributes:
        name: Its path below the folder.

        recording: Its content without secrets; None if it cannot be read.

        problem: The reason for that.
    """

    name: str
    recording: Recording | None
    problem: str = ""
    operations: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        if self.recording is not None:
            self.operations.update(_name_operation(i.request) for i in self.recording.interactions)


def render_cassette_page(
    title: str,
    recording: Recording,
    wanted: Sequence[Reading],
    first: Sequence[Reading] = (),
    *,
    index: str = "",
) -> str:
    """
    Render the page of *wanted*, interactions of *recording*.

    Args:
        first: The webhooks that came before all.

        index: The address of the page of the folder; empty if there is none.
    """
    about = [count(len(recording.interactions), "interaction"), _name_origin(recording)]
    if recording.webhooks:
        about.insert(1, count(len(recording.webhooks), "webhook"))
    if recording.recorded_at:
        about.append(recording.recorded_at)
    return render_page(
        "cassette", title=title, about=about, first=first, interactions=wanted, index=index
    )


def render_folder_page(title: str, listed: Sequence[Listed], now: datetime) -> str:
    """Render one page for all cassettes of a folder: the list, and a section for each."""
    rows = [_build_row(n, each, now) for n, each in enumerate(listed, 1)]
    for row in rows:
        row["href"] = f"#{row['id']}"
    return _render_folder(title, listed, rows, now, is_whole=True)


def render_folder_pages(title: str, listed: Sequence[Listed], now: datetime) -> dict[Path, str]:
    """Render the pages of a folder: ``index.html``, and one for each cassette."""
    rows = [_build_row(n, each, now) for n, each in enumerate(listed, 1)]
    pages = {}
    for row, each in zip(rows, listed, strict=True):
        if each.recording is not None:
            row["href"] = f"{row['id']}.html"
            pages[Path(row["href"])] = render_cassette_page(
                each.name,
                each.recording,
                row["interactions"],
                row["first"],
                index="index.html",
            )
    pages[Path("index.html")] = _render_folder(title, listed, rows, now, is_whole=False)
    return pages


def _render_folder(
    title: str,
    listed: Sequence[Listed],
    rows: Sequence[dict[str, Any]],
    now: datetime,
    *,
    is_whole: bool,
) -> str:
    ages = [age for each in listed if (age := _compute_age(each, now)) is not None]
    names = sorted({name for each in listed for name in each.operations}, key=order_by_path)
    operations = {
        name: {
            "count": sum(each.operations[name] for each in listed),
            "cassettes": sum(name in each.operations for each in listed),
        }
        for name in names
    }
    return render_page(
        "folder",
        title=title,
        cassettes=rows,
        total=sum(operation["count"] for operation in operations.values()),
        oldest=format_age(max(ages)) if ages else "",
        operations=operations,
        is_whole=is_whole,
    )


def _build_row(number: int, each: Listed, now: datetime) -> dict[str, Any]:
    # Numbered: a name may have anything in it, and two may differ by case alone.
    row: dict[str, Any] = {
        "id": f"cassette-{number}",
        "href": "",
        "name": each.name,
        "problem": each.problem,
    }
    recording = each.recording
    if recording is None:
        return row
    age = _compute_age(each, now)
    statuses = Counter(i.response.status for i in recording.interactions)
    return row | {
        "first": build_webhook_readings(recording).get(0, ()),
        "interactions": build_readings(recording),
        "statuses": dict(sorted(statuses.items())),
        "age": format_age(age) if age is not None else "",
        "recorded_at": recording.recorded_at,
        "origin": _name_origin(recording),
        "operations": {name: each.operations[name] for name in sorted(each.operations)},
    }


def _compute_age(each: Listed, now: datetime) -> timedelta | None:
    recording = each.recording
    return compute_age(now, recording.recorded_at) if recording is not None else None


def _name_origin(recording: Recording) -> str:
    return "written by another tool" if recording.foreign else recording.origin


def _name_operation(request: Request) -> str:
    """Name the operation of the API that *request* is, with the variables of its path in braces."""
    found = find_route(request.path)
    path = found.endpoint.path if found is not None else shown_url(request.path)
    return f"{request.effective_method} {path}"
