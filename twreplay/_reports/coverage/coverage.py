"""Counts answers by operation and status, and compares them with the documented ones."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from twreplay._api import RESOURCES, WEBHOOK_VALUES, WEBHOOKS, Profile, list_statuses
from twreplay._simulator import find_route
from twreplay._stats import WebhookTrait
from twreplay._twiml import VERBS

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

        tests: By status, the tests that have seen it, as far as they are known.
    """

    resource: str
    method: str
    path: str
    seen: dict[int, int]
    besides: dict[int, int]
    tests: dict[int, tuple[str, ...]]

    @property
    def was_used(self) -> bool:
        """True if the suite requested the operation."""
        return any(self.seen.values()) or bool(self.besides)


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """
    One aspect of webhooks, and how often each of its values was seen.

    Attributes:
        what: ``callback``, ``verb``, or the name of a parameter.

        seen: How often each value was seen; 0 for never.
    """

    what: str
    seen: dict[str, int]

    @property
    def never(self) -> tuple[str, ...]:
        """The values that were never seen."""
        return tuple(value for value, count in self.seen.items() if not count)


def _list_aspects() -> dict[str, tuple[str, ...]]:
    """Return what there is of webhooks: callbacks, values of the statuses, verbs and nouns."""
    # Spelled otherwise on one page (question 23): to have seen one of the two is enough.
    dialed = tuple(value for value in WEBHOOK_VALUES["DialStatus"] if value != "fail")
    return {
        "callback": tuple(WEBHOOKS),
        "CallStatus": WEBHOOK_VALUES["CallStatus"],
        "DialStatus": dialed,
        "SmsStatus": WEBHOOK_VALUES["SmsStatus"],
        "verb": tuple(name for name in VERBS if name != "Response"),
    }


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

        webhooks: What was seen of webhooks: callbacks, statuses, verbs; and how often.

        tests: The tests that have seen an answer; none for what was seen outside of any.
    """

    profile: str = "documented"
    counts: Counter[Seen] = field(default_factory=Counter)
    webhooks: Counter[WebhookTrait] = field(default_factory=Counter)
    tests: dict[Seen, set[str]] = field(default_factory=dict)

    def add(
        self, method: str, path: str, status: int, count: int = 1, tests: Collection[str] = ()
    ) -> None:
        """
        Count *count* answers of one kind, which *tests* have seen.

        Args:
            method: The effective one.

            path: The decoded path, from ``/2008-08-01`` on. Unknown paths are not counted:
                they belong to no operation.
        """
        found = find_route(path)
        if found is not None:
            asked = "GET" if method == "HEAD" else method
            seen = (asked, found.endpoint.path, status)
            self.counts[seen] += count
            self._add_tests(seen, tests)

    def _add_tests(self, seen: Seen, tests: Collection[str]) -> None:
        if tests:
            self.tests.setdefault(seen, set()).update(tests)

    def merge(self, other: Coverage) -> None:
        """Add the counts of another run."""
        self.counts.update(other.counts)
        self.webhooks.update(other.webhooks)
        for seen, tests in other.tests.items():
            self._add_tests(seen, tests)

    def list_webhook_rows(self) -> list[WebhookRow]:
        """Return what was seen of webhooks, a row for each aspect; none if there were none."""
        if not self.webhooks:
            return []
        return [
            WebhookRow(what, {value: self.webhooks[what, value] for value in values})
            for what, values in _list_aspects().items()
        ]

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
                            {
                                status: tuple(sorted(tests))
                                for (*where, status), tests in sorted(self.tests.items())
                                if tuple(where) == place
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
    """Format *coverage* as JSON: ``cells`` has counts and tests, ``summary`` the totals."""
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
            {
                "method": method,
                "path": path,
                "status": status,
                "count": count,
                "tests": sorted(coverage.tests.get((method, path, status), ())),
            }
            for (method, path, status), count in sorted(coverage.counts.items())
        ],
        "webhooks": [
            {"what": what, "value": value, "count": count}
            for (what, value), count in sorted(coverage.webhooks.items())
        ],
        "webhooks_never_seen": {row.what: row.never for row in coverage.list_webhook_rows()},
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
        return Coverage(
            str(data["profile"]),
            Counter(dict(_read_cells(data["cells"]))),
            Counter(dict(_read_webhooks(data.get("webhooks", ())))),
            dict(_read_tests(data["cells"])),
        )
    except (KeyError, TypeError, ValueError) as error:
        what = f"there is no {error}" if isinstance(error, KeyError) else str(error)
        msg = f"has something wrong in it: {what}"
        raise UnreadableCoverage(msg) from None


def _read_cells(cells: Iterable[dict[str, Any]]) -> Iterable[tuple[Seen, int]]:
    for cell in cells:
        yield _read_place(cell), int(cell["count"])


def _read_tests(cells: Iterable[dict[str, Any]]) -> Iterable[tuple[Seen, set[str]]]:
    for cell in cells:
        if tests := set(map(str, cell.get("tests", ()))):  # not in files of 0.1
            yield _read_place(cell), tests


def _read_place(cell: dict[str, Any]) -> Seen:
    return str(cell["method"]), str(cell["path"]), int(cell["status"])


def _read_webhooks(cells: Iterable[dict[str, Any]]) -> Iterable[tuple[WebhookTrait, int]]:
    for cell in cells:
        yield (str(cell["what"]), str(cell["value"])), int(cell["count"])
