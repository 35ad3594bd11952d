"""Counts answers by operation and status, and compares them with what is documented."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from twreplay._api import RESOURCES, VERSION, Profile
from twreplay._api.status_matrix import statuses
from twreplay._simulator.checks.routing import Route, route

FORMAT = 1

Seen: TypeAlias = tuple[str, str, int]
"""Method, path with its variables in braces, and status."""


class Unreadable(Exception):
    """Text that is no coverage; the message says what it is instead."""


@dataclass(frozen=True, slots=True)
class Row:
    """
    One operation of the API, and which of its answers were seen.

    Attributes:
        seen: How often each documented status was seen; 0 for never.

        besides: Statuses that were seen and that the profile does not document.
    """

    resource: str
    method: str
    path: str
    seen: dict[int, int]
    besides: dict[int, int]

    @property
    def was_used(self) -> bool:
        """Whether the suite asked for it at all."""
        return any(self.seen.values()) or bool(self.besides)


@dataclass(frozen=True, slots=True)
class Summary:
    """
    The figures.

    Attributes:
        used, operations: Operations that were asked for, and all there are.

        seen, documented: Of the operations that were asked for, the documented answers that
            were seen, and all there are.
    """

    used: int
    operations: int
    seen: int
    documented: int

    @property
    def percent(self) -> float:
        """The share of *documented* that was seen; 0 if nothing was asked for."""
        return 100 * self.seen / self.documented if self.documented else 0.0


@dataclass(slots=True)
class Coverage:
    """
    What a suite has exercised; may be added to, and merged with that of another run.

    Attributes:
        profile: Whose documented statuses count.
    """

    profile: str = "documented"
    counts: Counter[Seen] = field(default_factory=Counter)

    def note(self, method: str, path: str, status: int, count: int = 1) -> None:
        """
        Count *count* answers of one kind.

        Args:
            method: The effective one.

            path: The decoded path, from ``/2008-08-01`` on. One that leads nowhere is not counted:
                it is no operation's.
        """
        found = route(path.removeprefix(f"/{VERSION}").lstrip("/").split("/"))
        if isinstance(found, Route):
            asked = "GET" if method == "HEAD" else method
            self.counts[asked, found.endpoint.path, status] += count

    def merge(self, other: Coverage) -> None:
        """Add what another run has seen."""
        self.counts.update(other.counts)

    def rows(self) -> list[Row]:
        """Every operation of the API, in the order of the reference."""
        profile = Profile(self.profile)
        rows = []
        for resource in RESOURCES:
            for endpoint in resource.endpoints:
                for operation in endpoint.operations:
                    place = (operation.method, endpoint.path)
                    documented = statuses(endpoint, operation, profile)
                    rows.append(
                        Row(
                            resource.name,
                            *place,
                            {status: self.counts[*place, status] for status in documented},
                            {
                                status: count
                                for (*where, status), count in sorted(self.counts.items())
                                if tuple(where) == place and status not in documented
                            },
                        )
                    )
        return rows

    def summary(self) -> Summary:
        """The figures."""
        rows = self.rows()
        used = [row for row in rows if row.was_used]
        return Summary(
            used=len(used),
            operations=len(rows),
            seen=sum(bool(count) for row in used for count in row.seen.values()),
            documented=sum(len(row.seen) for row in used),
        )


def written(coverage: Coverage) -> str:
    """*coverage* as JSON: ``cells`` has what was seen, ``summary`` the figures."""
    summary = coverage.summary()
    data = {
        "twreplay_coverage": FORMAT,
        "profile": coverage.profile,
        "summary": {
            "operations_used": summary.used,
            "operations": summary.operations,
            "answers_seen": summary.seen,
            "answers_documented": summary.documented,
            "percent": round(summary.percent, 1),
        },
        "cells": [
            {"method": method, "path": path, "status": status, "count": count}
            for (method, path, status), count in sorted(coverage.counts.items())
        ],
    }
    return json.dumps(data, indent=1) + "\n"


def read(text: str) -> Coverage:
    """
    The coverage that *written* made text of.

    Raises:
        Unreadable: It is something else.
    """
    try:
        data = json.loads(text)
    except ValueError as error:
        msg = f"is not JSON: {error}"
        raise Unreadable(msg) from None
    if not isinstance(data, dict) or "twreplay_coverage" not in data:
        msg = "is JSON, but no coverage of twreplay's"
        raise Unreadable(msg)
    if data["twreplay_coverage"] != FORMAT:
        msg = f"is in format {data['twreplay_coverage']!r}; this twreplay reads {FORMAT}"
        raise Unreadable(msg)
    try:
        return Coverage(str(data["profile"]), Counter(dict(_cells(data["cells"]))))
    except (KeyError, TypeError, ValueError) as error:
        msg = f"has something wrong in it: {error!r}"
        raise Unreadable(msg) from None


def _cells(cells: Iterable[dict[str, Any]]) -> Iterable[tuple[Seen, int]]:
    for cell in cells:
        yield (str(cell["method"]), str(cell["path"]), int(cell["status"])), int(cell["count"])
