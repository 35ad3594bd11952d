"""Counts answers by operation and status, and compares them with the documented ones."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from twreplay._api import RESOURCES, VERSION, Profile, list_statuses
from twreplay._simulator import Route, match_path

FORMAT = 1

Seen: TypeAlias = tuple[str, str, int]
"""Method, path with its variables in braces, and status."""


class UnreadableCoverage(Exception):
    """The text is not a coverage file; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Row:
    """
    One operation of the API, and the answers that were seen.

    Attributes:
        seen: How often each documented status was seen; 0 for never.

        besides: Statuses that were seen although the profile does not document them.
    """

    resource: str
    method: str
    path: str
    seen: dict[int, int]
    besides: dict[int, int]

    @property
    def was_used(self) -> bool:
        """True if the suite requested the operation."""
        return any(self.seen.values()) or bool(self.besides)


@dataclass(frozen=True, slots=True)
class Summary:
    """
    The figures.

    Attributes:
        used, operations: The number of operations used, and of all operations.

        seen, documented: For the operations that were used, the documented answers that
            were seen, and all documented answers.
    """

    used: int
    operations: int
    seen: int
    documented: int

    @property
    def percent(self) -> float:
        """The share of *documented* that was seen; 0 if no operation was used."""
        return 100 * self.seen / self.documented if self.documented else 0.0


@dataclass(slots=True)
class Coverage:
    """
    The answers that a suite has seen; can be merged with those of another run.

    Attributes:
        profile: The profile whose documented statuses count.
    """

    profile: str = "documented"
    counts: Counter[Seen] = field(default_factory=Counter)

    def add(self, method: str, path: str, status: int, count: int = 1) -> None:
        """
        Count *count* answers of one kind.

        Args:
            method: The effective one.

            path: The decoded path, from ``/2008-08-01`` on. Unknown paths are not counted:
                they belong to no operation.
        """
        found = match_path(path.removeprefix(f"/{VERSION}").lstrip("/").split("/"))
        if isinstance(found, Route):
            asked = "GET" if method == "HEAD" else method
            self.counts[asked, found.endpoint.path, status] += count

    def merge(self, other: Coverage) -> None:
        """Add the counts of another run."""
        self.counts.update(other.counts)

    def list_rows(self) -> list[Row]:
        """Return a row for every operation of the API, in the order of the reference."""
        profile = Profile(self.profile)
        rows = []
        for resource in RESOURCES:
            for endpoint in resource.endpoints:
                for operation in endpoint.operations:
                    place = (operation.method, endpoint.path)
                    documented = list_statuses(endpoint, operation, profile)
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

    def compute_summary(self) -> Summary:
        """The figures."""
        rows = self.list_rows()
        used = [row for row in rows if row.was_used]
        return Summary(
            used=len(used),
            operations=len(rows),
            seen=sum(bool(count) for row in used for count in row.seen.values()),
            documented=sum(len(row.seen) for row in used),
        )


def dump_coverage(coverage: Coverage) -> str:
    """Format *coverage* as JSON: ``cells`` has the counts, ``summary`` the totals."""
    summary = coverage.compute_summary()
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


def read_coverage(text: str) -> Coverage:
    """
    Read coverage from text that *dump_coverage* made.

    Raises:
        UnreadableCoverage: The text is something else.
    """
    try:
        data = json.loads(text)
    except ValueError as error:
        msg = f"is not JSON: {error}"
        raise UnreadableCoverage(msg) from None
    if not isinstance(data, dict) or "twreplay_coverage" not in data:
        msg = "is JSON, but no coverage of twreplay's"
        raise UnreadableCoverage(msg)
    if data["twreplay_coverage"] != FORMAT:
        msg = f"is in format {data['twreplay_coverage']!r}; this twreplay reads {FORMAT}"
        raise UnreadableCoverage(msg)
    try:
        return Coverage(str(data["profile"]), Counter(dict(_read_cells(data["cells"]))))
    except (KeyError, TypeError, ValueError) as error:
        msg = f"has something wrong in it: {error!r}"
        raise UnreadableCoverage(msg) from None


def _read_cells(cells: Iterable[dict[str, Any]]) -> Iterable[tuple[Seen, int]]:
    for cell in cells:
        yield (str(cell["method"]), str(cell["path"]), int(cell["status"])), int(cell["count"])
