"""The virtual clock. Time passes when a test says so, and at no other moment."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from io import BytesIO
from pkgutil import get_data
from typing import Any
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
"""The time at which a simulator starts by default."""

# The calendar of datetime ends at year 9999; a day is left for every time zone.
_LAST = datetime(9999, 12, 30, tzinfo=UTC)


def check_time(now: object) -> None:
    """
    Check that a clock can start at *now*.

    Raises:
        UsageError: *now* is not a datetime, or has no time zone.
    """
    if not isinstance(now, datetime):
        msg = f"now takes a datetime with a time zone, not {now!r}."
        raise UsageError(msg)
    if now.tzinfo is None:
        msg = f"now={now!r} has no time zone; add one, such as now.replace(tzinfo=datetime.UTC)."
        raise UsageError(msg)


@dataclass(frozen=True, slots=True)
class Due:
    """
    One scheduled event, as a value: it can be listed, compared and saved.

    Attributes:
        at: The time, in UTC.

        number: Its place among those of the same moment: the order of being scheduled.

        kind: What happens, such as ``call answered``; ``_lifecycle`` has the handlers by kind.

        account_sid: The account that it happens in.

        subject: The Sid, or the telephone number, that it happens to.

        details: What else the handler needs, by name.
    """

    at: datetime
    number: int
    kind: str
    account_sid: str
    subject: str
    details: Mapping[str, str]


class Clock:
    """
    The time in a simulated world, and the events that are due in it.

    Attributes:
        on_due: Called with each event when it is due.
    """

    def __init__(self, now: datetime) -> None:
        # In UTC, over which an hour of waiting is an hour, also when summer time begins in it.
        self._now = now.astimezone(UTC)
        self._seconds = int(now.timestamp())
        # A heap; the time and the number stand outside, as tuples compare three times as fast.
        self._due: list[tuple[datetime, int, Due]] = []
        self._count = 0
        self.on_due: Callable[[Due], None] | None = None

    def __repr__(self) -> str:
        return f"<Clock {self.now:%Y-%m-%d %H:%M:%S %z}, {len(self._due)} due>"

    @property
    def now(self) -> datetime:
        """The current time, US Pacific."""
        return self._now.astimezone(PACIFIC)

    @property
    def seconds(self) -> int:
        """The current time in whole Unix seconds."""
        return self._seconds

    @property
    def due(self) -> tuple[Due, ...]:
        """The scheduled events, the first to come first."""
        return tuple(due for _, _, due in sorted(self._due, key=lambda entry: entry[:2]))

    def advance(self, *, seconds: float) -> None:
        """
        Move time forward and run the events that are due, in order.

        Args:
            seconds: How far to move, in seconds. Not negative: time has one direction.

        Raises:
            UsageError: *seconds* is negative or not a number. Nothing has happened.
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
            moment, _, due = heapq.heappop(self._due)
            self._set(moment)
            if self.on_due is not None:
                self.on_due(due)
        self._set(end)

    def schedule(
        self, seconds: float, kind: str, account_sid: str, subject: str, **details: str
    ) -> None:
        """Schedule the event *kind* for *subject*, *seconds* from now."""
        self._count += 1
        at = self._now + timedelta(seconds=seconds)
        due = Due(at, self._count, kind, account_sid, subject, details)
        heapq.heappush(self._due, (at, self._count, due))

    def mark(self) -> tuple[Any, ...]:
        """Return the state of the clock, for *rewind*; cheaper than *save*."""
        return self._now, self._count, list(self._due)

    def rewind(self, mark: tuple[Any, ...]) -> None:
        """Restore the state that *mark* returned."""
        now, self._count, self._due = mark
        self._set(now)

    def save(self) -> dict[str, Any]:
        """Return the time and the scheduled events, as values that JSON has."""
        due = [
            [d.at.isoformat(), d.number, d.kind, d.account_sid, d.subject, dict(d.details)]
            for d in self.due
        ]
        return {"now": self._now.isoformat(), "count": self._count, "due": due}

    def load(self, saved: Mapping[str, Any]) -> None:
        """Restore the state that *save* returned."""
        self._set(datetime.fromisoformat(saved["now"]))
        self._count = saved["count"]
        # Sorted, and so a heap.
        due = [Due(datetime.fromisoformat(at), *rest) for at, *rest in saved["due"]]
        self._due = [(d.at, d.number, d) for d in due]

    def forget(self) -> None:
        """Drop all scheduled events."""
        self._due.clear()

    def _set(self, now: datetime) -> None:
        self._now = now
        self._seconds = int(now.timestamp())


@lru_cache(maxsize=4096)
def format_wire_date(seconds: int) -> str:
    """Format *seconds* as in representations: ``Mon, 31 Jan 2011 12:45:54 -0800``."""
    return format_datetime(datetime.fromtimestamp(seconds, PACIFIC))


@lru_cache(maxsize=1024)
def format_gmt_date(seconds: int) -> str:
    """Format *seconds* as short codes show them: ``Mon, 31 Jan 2011 20:45:54 +0000``."""
    return format_datetime(datetime.fromtimestamp(seconds, UTC))


@lru_cache(maxsize=1024)
def format_header_date(seconds: int) -> str:
    """Format *seconds* as in HTTP headers: ``Mon, 31 Jan 2011 20:45:54 GMT``."""
    return format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)


def read_date(text: str) -> int | None:
    """Return the Unix seconds of an RFC 2822 date; None if *text* is not a date."""
    try:
        return int(parsedate_to_datetime(text).timestamp())
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def find_midnight(day: str) -> int | None:
    """Return the Unix seconds at which *day* begins; None if *day* is not YYYY-MM-DD."""
    if len(day) != 10 or not day.isascii():
        return None
    try:
        return int(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=PACIFIC).timestamp())
    except (ValueError, OverflowError, OSError):
        return None


def find_next_midnight(start: int) -> int:
    """Return the Unix seconds of the midnight after the one at *start*."""
    day = datetime.fromtimestamp(start, PACIFIC).replace(tzinfo=None) + timedelta(days=1)
    return int(day.replace(tzinfo=PACIFIC).timestamp())
