"""Which rehearsals a test gets, from the requests that it made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from twreplay._api import Endpoint, Operation
from twreplay._http import Request
from twreplay._interception import Asked, Watch
from twreplay._reports.rehearsal.failures import Failure, Selection
from twreplay._simulator import UserRule
from twreplay._simulator.checks.routing import operation_at


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """
    One request of a test, and how it is to fail.

    Attributes:
        nth: Which request for the operation it is, from 1: the same in each run, also where
            requests for different operations are sent side by side.
    """

    endpoint: Endpoint
    operation: Operation
    nth: int
    failure: Failure

    @property
    def request(self) -> str:
        """The request, as the report has it."""
        path = self.endpoint.path.removeprefix("/Accounts/{AccountSid}") or self.endpoint.path
        return f"{self.operation.method} {path}"

    def striker(self) -> Callable[[Request], UserRule | None]:
        """What, told of each request of one run, has the rule that lets the right one fail."""
        before = 0

        def strike(request: Request) -> UserRule | None:
            nonlocal before
            found = operation_at(request.effective_method, request.path)
            if found is None or found[1:] != (self.endpoint, self.operation):
                return None
            before += 1
            return self.failure.rule(request) if before == self.nth else None

        return strike

    def is_repeated(self, watch: Watch) -> bool:
        """Whether what failed in *watch* was asked again afterwards."""
        if watch.struck is None:
            return False
        failed = watch.asked[watch.struck]
        return any(
            (asked.method, asked.path) == (failed.method, failed.path)
            for asked in watch.asked[watch.struck + 1 :]
        )


def plan(
    asked: Sequence[Asked], selection: Selection, limit: int
) -> tuple[tuple[Rehearsal, ...], int]:
    """
    What to rehearse.

    The first request for each operation comes before the second for any, so that a limit
    takes away what is most alike. A request that was refused anyway is not let fail otherwise.

    Args:
        asked: What the test asked for when nothing went wrong.

        limit: How many rehearsals there may be.

    Returns:
        The rehearsals, and how many more there would be without *limit*.
    """
    found: list[Rehearsal] = []
    seen: Counter[tuple[str, str]] = Counter()
    for request in asked:
        operation = operation_at(request.method, request.path)
        if operation is None:
            continue
        _, endpoint, what = operation
        seen[what.method, endpoint.path] += 1
        if 0 < request.status < 400:
            nth = seen[what.method, endpoint.path]
            found += [
                Rehearsal(endpoint, what, nth, failure)
                for failure in selection.of_operation(endpoint, what)
            ]
    found.sort(key=lambda rehearsal: rehearsal.nth)
    return tuple(found[:limit]), max(0, len(found) - limit)
