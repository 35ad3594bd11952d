"""The deliveries that are in progress: what an application may tell about its own time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from twreplay._explanation import Explanation, Remedy
from twreplay._http import Response
from twreplay._numbers import is_finite
from twreplay._suggestion import explain_misuse
from twreplay.errors import UsageError


@dataclass(slots=True, eq=False)
class Running:
    """
    One request that an application is working on.

    Attributes:
        seconds: The virtual time that the application took so far.

        exceptions: What was raised inside the application, and reported by its framework.

        response: What the application answered before it raised; None if nothing.
    """

    seconds: float = 0.0
    exceptions: list[Exception] = field(default_factory=list)
    response: Response | None = None


_here: ContextVar[Running | None] = ContextVar("twreplay_running_delivery", default=None)

# Without a lock: to append and to remove are one step each.
_everywhere: list[Running] = []


@contextmanager
def running() -> Iterator[Running]:
    """Run a block in which an application works on one request."""
    one = Running()
    token = _here.set(one)
    _everywhere.append(one)
    try:
        yield one
    finally:
        _everywhere.remove(one)
        _here.reset(token)


def find_running() -> Running | None:
    """Return the request that this context works on; None if it works on none, or it is unclear."""
    here = _here.get()
    if here is not None:
        return here
    # A worker of a pool has no context of the request that it works for.
    others = list(_everywhere)
    return others[0] if len(others) == 1 else None


@explain_misuse
def take(seconds: float) -> None:
    """
    Take virtual time to answer a webhook; nothing waits.

    An application that is called by a simulator calls it, or something that the test puts in the
    place of slow work. After 15 seconds in all the API gives up: the application goes on, and its
    response is not read.

    Args:
        seconds: The time, at least 0.

    Raises:
        UsageError: The time is no such number; no webhook is being delivered; or several are, and
            this thread has the context of none.
    """
    if not is_finite(seconds) or seconds < 0:
        msg = f"take takes a number of seconds that is not negative, not {seconds!r}."
        raise UsageError(msg)
    one = find_running()
    if one is None:
        raise UsageError(_explain_absence(len(_everywhere)))
    one.seconds += seconds


def _explain_absence(count: int) -> Explanation:
    if count:
        return Explanation(
            headline=f"twreplay.take was called in a thread that belongs to none of the {count} "
            "webhooks that are being delivered.",
            remedies=(
                Remedy(
                    "Hand the context to the thread.",
                    "executor.submit(contextvars.copy_context().run, function)",
                ),
            ),
            anchor="usage-error",
        )
    return Explanation(
        headline="twreplay.take was called while no webhook is being delivered.",
        remedies=(
            Remedy("Call it in an application that a simulator sends webhooks to."),
            Remedy("To let time go on in a test, move the clock.", "twilio.clock.advance(3)"),
        ),
        anchor="usage-error",
    )
