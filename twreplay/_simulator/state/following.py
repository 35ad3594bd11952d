"""Reading another clock: freezegun's, time-machine's, or a function of the test's."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from twreplay.errors import UsageError

_NAMES = ("freezegun", "time-machine")

Read = Callable[[], datetime | None]
"""Returns the time; None while nothing is frozen."""


class Follower:
    """
    The clock that a virtual clock follows.

    Args:
        source: As ``Clock.follow`` takes it.

    Raises:
        UsageError: *source* is nothing that can be followed.
    """

    def __init__(self, source: object) -> None:
        self._read = _find_reader(source)
        self._last: datetime | None = None

    def read(self) -> datetime | None:
        """Return the time of the clock that is followed; None while it is not frozen."""
        self._last = self._read()
        return self._last

    def read_elapsed(self, here: datetime) -> timedelta:
        """
        Return how much time passed since the last reading; none while nothing is frozen.

        Args:
            here: The time of the clock that follows; what is frozen later than that catches it up.
        """
        before, now = self._last, self.read()
        if now is None:
            return timedelta(0)
        return max(timedelta(0), now - here) if before is None else now - before


def read_moment(source: object) -> datetime | None:
    """
    Return the time that *source* shows; None while nothing is frozen.

    Raises:
        UsageError: *source* is nothing that can be followed.
    """
    return Follower(source).read()


def _find_reader(source: object) -> Read:
    if source == "freezegun":
        return _read_freezegun
    if source == "time-machine":
        return _read_time_machine
    module = type(source).__module__
    if module.startswith("time_machine"):
        nanoseconds = getattr(source, "time_ns", None)
        if nanoseconds is None:  # the fixture of its pytest plugin, or travel(...) not entered
            return _read_time_machine
        return lambda: datetime.fromtimestamp(nanoseconds() / 10**9, UTC)
    if module.startswith("freezegun") and hasattr(source, "start"):  # freeze_time(...) not entered
        return _read_freezegun
    if not callable(source) or isinstance(source, type):
        msg = (
            f"a clock follows {' or '.join(map(repr, _NAMES))}, what freeze_time or travel "
            f"returned, or a function that returns a datetime; not {source!r}."
        )
        raise UsageError(msg)
    # freezegun's own objects give the time in UTC, without saying so.
    is_naive = module.startswith("freezegun")

    def read() -> datetime:
        moment = source()
        if isinstance(moment, datetime) and is_naive:
            moment = moment.replace(tzinfo=UTC)
        if not isinstance(moment, datetime) or moment.tzinfo is None:
            msg = f"the clock that is followed returns a datetime with a time zone, not {moment!r}."
            raise UsageError(msg)
        return moment.astimezone(UTC)

    return read


def _read_freezegun() -> datetime | None:
    """Return the time that freezegun froze, without moving one that ticks by itself."""
    api = sys.modules.get("freezegun.api")
    frozen = getattr(api, "freeze_factories", None)
    moment = frozen[-1]() if frozen else None
    return moment.replace(tzinfo=UTC) if isinstance(moment, datetime) else None


def _read_time_machine() -> datetime | None:
    """Return the time that time-machine travelled to."""
    module = sys.modules.get("time_machine")
    hatch = getattr(module, "escape_hatch", None)
    if hatch is None or not hatch.is_travelling():
        return None
    return datetime.fromtimestamp(time.time(), UTC)
