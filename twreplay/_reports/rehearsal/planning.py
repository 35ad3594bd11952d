"""The rehearsals of a test, derived from the requests that it made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from twreplay._api import Endpoint, Operation
from twreplay._http import Request
from twreplay._interception import LoggedRequest, RequestLog
from twreplay._reports.rehearsal.failures import Failure, Selection
from twreplay._simulator import UserRule, find_operation


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """
    One request of a test, and the failure to inject.

    Attributes:
        nth: The number of the request for its operation, from 1: the same in each run, also where
            requests for different operations are sent side by side.
    """

    endpoint: Endpoint
    operation: Operation
    nth: int
    failure: Failure

    @property
    def request(self) -> str:
        """The request, formatted for the report."""
        path = self.endpoint.path.removeprefix("/Accounts/{AccountSid}") or self.endpoint.path
        return f"{self.operation.method} {path}"

    def injector(self) -> Callable[[Request], UserRule | None]:
        """Return a function that gives the failing rule for the right request of a run."""
        before = 0

        def strike(request: Request) -> UserRule | None:
            nonlocal before
            found = find_operation(request.effective_method, request.path)
            if found is None or found[1:] != (self.endpoint, self.operation):
                return None
            before += 1
            return self.failure.build_rule(request) if before == self.nth else None

        return strike

    def is_repeated(self, watch: RequestLog) -> bool:
        """Return whether the failed request in *watch* was sent again afterwards."""
        if watch.failed_index is None:
            return False
        failed = watch.requests[watch.failed_index]
        return any(
            (asked.method, asked.path) == (failed.method, failed.path)
            for asked in watch.requests[watch.failed_index + 1 :]
        )


def plan_rehearsals(
    asked: Sequence[LoggedRequest], selection: Selection, limit: int
) -> tuple[tuple[Rehearsal, ...], int]:
    """
    Select the rehearsals of a test.

    The first request for each operation comes before the second for any, so that a limit
    drops the most similar ones. No failure is injected into a request that was refused anyway.

    Args:
        asked: The requests of the test in a normal run.

        limit: The largest number of rehearsals.

    Returns:
        The rehearsals, and how many more there would be without *limit*.
    """
    found: list[Rehearsal] = []
    seen: Counter[tuple[str, str]] = Counter()
    for request in asked:
        operation = find_operation(request.method, request.path)
        if operation is None:
            continue
        _, endpoint, what = operation
        seen[what.method, endpoint.path] += 1
        if 0 < request.status < 400:
            nth = seen[what.method, endpoint.path]
            found += [
                Rehearsal(endpoint, what, nth, failure)
                for failure in selection.select(endpoint, what)
            ]
    found.sort(key=lambda rehearsal: rehearsal.nth)
    return tuple(found[:limit]), max(0, len(found) - limit)
