"""The virtual clock. Time passes when a test says so, and at no other moment."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from io import BytesIO
from pkgutil import get_data
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from twreplay.errors import UsageError


def _pacific() -> ZoneInfo:
    """The zone; from the package tzdata if the file system is a fake one (pyfakefs)."""
    try:
        return ZoneInfo("America/Los_Angeles")
    except ZoneInfoNotFoundError:
        data = get_data("tzdata.zoneinfo.America", "Los_Angeles")
        if data is None:
            raise
        return ZoneInfo.from_file(BytesIO(data), key="America/Los_Angeles")


# Question 17. Both bodies of this version that are known carry this zone.
PACIFIC = _pacific()

BEGINNING = datetime(2010, 3, 1, 9, 0, 0, tzinfo=PACIFIC)
"""When a simulator starts that is not told otherwise."""

# The calendar of datetime ends at year 9999; a day is left for every time zone.
_LAST = datetime(9999, 12, 30, tzinfo=UTC)


def check_time(now: object) -> None:
    """
    See to it that a clock can start at *now*.

    Raises:
        UsageError: It is no datetime, or has no time zone.
    """
    if not isinstance(now, datetime):
        msg = f"now takes a datetime with a time zone, not {now!r}."
        raise UsageError(msg)
    if now.tzinfo is None:
        msg = f"now={now!r} has no time zone; add one, such as now.replace(tzinfo=datetime.UTC)."
        raise UsageError(msg)


class Clock:
    """What time it is in a simulated world."""

    def __init__(self, now: datetime) -> None:
        # In UTC, over which an hour of waiting is an hour, also when summer time begins in it.
        self._now = now.astimezone(UTC)
        self._seconds = int(now.timestamp())
        self._due: list[tuple[datetime, int, Callable[[], None]]] = []
        self._count = 0

    @property
    def now(self) -> datetime:
        """The current time, US Pacific."""
        return self._now.astimezone(PACIFIC)

    @property
    def seconds(self) -> int:
        """The current time in whole Unix seconds."""
        return self._seconds

    def advance(self, *, seconds: float) -> None:
        """
        Let time pass, and what is due happen, in order.

        Args:
            seconds: How far to move, in seconds. Not negative: time has one direction.

        Raises:
            UsageError: *seconds* is negative or no number. Nothing has happened.
        """
        if (
            isinstance(seconds, bool)
            or not isinstance(seconds, int | float)
            or not math.isfinite(seconds)
            or seconds < 0
        ):
            msg = f"advance takes a number of seconds from 0, not {seconds!r}."
            raise UsageError(msg)
        if seconds > (_LAST - self._now).total_seconds():
            msg = f"advance(seconds={seconds!r}) goes past the year 9999."
            raise UsageError(msg)
        end = self._now + timedelta(seconds=seconds)
        while self._due and self._due[0][0] <= end:
            moment, _, happen = heapq.heappop(self._due)
            self._set(moment)
            happen()
        self._set(end)

    def after(self, seconds: float, happen: Callable[[], None]) -> None:
        """Let *happen* be called once *seconds* have passed."""
        moment = self._now + timedelta(seconds=seconds)
        self._count += 1
        heapq.heappush(self._due, (moment, self._count, happen))

    def forget(self) -> None:
        """Drop everything that is still to happen."""
        self._due.clear()

    def _set(self, now: datetime) -> None:
        self._now = now
        self._seconds = int(now.timestamp())


@lru_cache(maxsize=4096)
def wire_date(seconds: int) -> str:
    """*seconds* as representations show it: ``Mon, 31 Jan 2011 12:45:54 -0800``."""
    return format_datetime(datetime.fromtimestamp(seconds, PACIFIC))


@lru_cache(maxsize=1024)
def header_date(seconds: int) -> str:
    """*seconds* as HTTP headers show it: ``Mon, 31 Jan 2011 20:45:54 GMT``."""
    return format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)


def read_date(text: str) -> int | None:
    """The Unix seconds of an RFC 2822 date; None if *text* is none."""
    try:
        return int(parsedate_to_datetime(text).timestamp())
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def midnight(day: str) -> int | None:
    """The Unix seconds at which *day*, ``YYYY-MM-DD``, begins; None if it is no day."""
    if len(day) != 10 or not day.isascii():
        return None
    try:
        return int(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=PACIFIC).timestamp())
    except (ValueError, OverflowError, OSError):
        return None


def next_midnight(start: int) -> int:
    """The Unix seconds at which the day after the one that begins at *start* begins."""
    day = datetime.fromtimestamp(start, PACIFIC).replace(tzinfo=None) + timedelta(days=1)
    return int(day.replace(tzinfo=PACIFIC).timestamp())
