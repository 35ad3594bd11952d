"""The virtual clock. Time passes when a test says so, and at no other moment."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from io import BytesIO
from pkgutil import get_data
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from twreplay._api import find_value_type
from twreplay._call_site import find_file_and_line
from twreplay._explanation import shorten
from twreplay._numbers import is_finite, is_number
from twreplay._simulator.state.following import Follower
from twreplay._simulator.state.instance import Instance, get_resource, get_values
from twreplay._simulator.steps import TRIAL
from twreplay._suggestion import check_choice, explain_misuse
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


# Shared: of most events nothing else is known.
_NO_DETAILS: Mapping[str, str] = MappingProxyType({})


class Due(NamedTuple):
    """
    One scheduled event, as a value: it can be listed, compared and saved.

    It sorts by time and number, which no two share.

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

        on_follow: Called with whether it follows another clock, when that changes.

        settle: Called after each event, and at the end: delivers what is due to applications.

        world: The world that the events change, once a test has asked for the clock: a test may
            keep nothing else. Until then the clock holds no world, as the world holds the clock:
            a cycle is garbage that Python looks for through all that a run of tests has.
    """

    def __init__(self, now: datetime) -> None:
        # In UTC, over which an hour of waiting is an hour, also when summer time begins in it.
        self._now = now.astimezone(UTC)
        self._start = self._now
        self._seconds = int(now.timestamp())
        # A heap.
        self._due: list[Due] = []
        self._count = 0
        self._is_held = False
        self._follower: Follower | None = None
        self.on_due: Callable[[Due], None] | None = None
        self.on_follow: Callable[[bool], None] | None = None
        self.settle: Callable[[], None] | None = None
        self.world: object = None

    def __repr__(self) -> str:
        parts = [f"{self.now:%Y-%m-%d %H:%M:%S %z}", self.moved, f"{len(self._due)} due"]
        if self._due:
            due = self._due[0]
            after = _format_seconds(due.at - self._now)
            parts.append(f"next {due.kind} ({due.subject}) in {after} s")
        return f"<Clock {', '.join(parts)}>"

    @property
    def now(self) -> datetime:
        """The current time, US Pacific."""
        self.sync()
        return self._now.astimezone(PACIFIC)

    @property
    def moved(self) -> str:
        """The time since its start, for people: ``0:05:00 after the start``, or ``not moved``."""
        moved = self._now - self._start
        return f"{moved} after the start" if moved else "not moved"

    @property
    def seconds(self) -> int:
        """The current time in whole Unix seconds."""
        return self._seconds

    @property
    def due(self) -> tuple[Due, ...]:
        """The scheduled events, the first to come first."""
        self.sync()
        return tuple(sorted(self._due))

    def advance(self, by: timedelta | float | None = None, /, **units: float) -> None:
        """
        Move time forward and run the events that are due, in order.

        Args:
            by: How far to move: seconds, or a ``timedelta``.

            units: The same by the keywords of ``timedelta``: ``seconds``, ``minutes``, ``hours``,
                ``days``, ``weeks``, ``milliseconds``, ``microseconds``. They add up.

        Raises:
            UsageError: The time is negative, past the year 9999, not a number, or left out.
                Nothing has happened.
        """
        if TRIAL is not None and _is_left_out("advance", by, **units):
            return
        seconds = units.get("seconds") if by is None and len(units) == 1 else by
        # What tests do most often takes half as long without the checks.
        if type(seconds) is int and (not units or by is None) and 0 <= seconds < 10**9:
            span = timedelta(seconds=seconds)
            if span <= _LAST - self._now:
                self._run_to(self._now + span)
                return
        self._run_to(self._now + self._read_span("advance", by, units))

    def check_span(self, seconds: float) -> None:
        """
        Check that time can move by *seconds*.

        Raises:
            UsageError: As *advance*.
        """
        self._read_span("advance", None, {"seconds": seconds})

    @explain_misuse
    def travel_to(self, moment: datetime) -> None:
        """
        Move time forward to *moment*, which has a time zone, and run the events that are due.

        Raises:
            UsageError: *moment* is in the past of this clock, or not a datetime with a time zone.
                Nothing has happened.
        """
        if not isinstance(moment, datetime) or moment.tzinfo is None:
            msg = f"travel_to takes a datetime with a time zone, not {moment!r}."
            raise UsageError(msg)
        self.sync()
        if moment < self._now:
            msg = (
                f"travel_to({moment.isoformat()}) is in the past: it is {self.now.isoformat()}, "
                "and time has one direction. twilio.restore(snapshot) goes back."
            )
            raise UsageError(msg)
        if moment > _LAST:
            msg = f"travel_to({moment.isoformat()}) goes past the year 9999."
            raise UsageError(msg)
        if TRIAL is not None and _is_left_out("travel_to", moment.isoformat()):
            return
        self._run_to(moment.astimezone(UTC))

    @explain_misuse
    def run_until(
        self,
        condition: Callable[[], object] | Instance,
        status: str = "",
        *,
        limit: timedelta | float = 86400,
    ) -> None:
        """
        Advance time, from event to event, until *condition* holds.

        Args:
            condition: A function that returns whether it holds; or an instance, such as a call,
                that is to have this *status*.

            status: The ``Status`` that the instance is to have.

            limit: How much time may pass, in seconds or as a ``timedelta``; a day by default.

        Raises:
            UsageError: The condition does not hold when *limit* has passed, or when nothing more
                is due. Time stands at the last event; the message says what happened.
        """
        holds, described = _read_condition(condition, status)
        self.sync()
        end = self._now + self._read_span("run_until", limit, {}, name="limit")
        begun, passed = self._now, 0
        if TRIAL is not None and _is_left_out("run_until", described):
            return
        while not holds():
            if not self._due or self._due[0].at > end:
                raise UsageError(self._explain_waiting(described, begun, passed, end))
            self._run_to(self._due[0].at, events=1)
            passed += 1

    @explain_misuse
    def run_until_idle(self, *, limit: timedelta | float = 86400) -> None:
        """
        Advance time until nothing is due.

        Args:
            limit: How much time may pass, in seconds or as a ``timedelta``; a day by default.

        Raises:
            UsageError: Something is still due after *limit*. Time stands at the last event.
        """
        self.sync()
        end = self._now + self._read_span("run_until_idle", limit, {}, name="limit")
        begun, passed = self._now, 0
        if TRIAL is not None and _is_left_out("run_until_idle"):
            return
        while self._due:
            if self._due[0].at > end:
                raise UsageError(self._explain_waiting("nothing is due", begun, passed, end))
            self._run_to(self._due[0].at, events=1)
            passed += 1

    def step_until(self, holds: Callable[[], bool], limit: float) -> None:
        """Advance time, from event to event, until *holds*, nothing is due, or *limit*."""
        self.sync()
        end = self._now + timedelta(seconds=limit)
        while not holds() and self._due and self._due[0].at <= end:
            self._run_to(self._due[0].at, events=1)

    def step(self, limit: float) -> bool:
        """Process the next event, if it is within *limit* seconds; return whether it is."""
        if not self._due or self._due[0].at > self._now + timedelta(seconds=limit):
            return False
        self._run_to(self._due[0].at, events=1)
        return True

    @explain_misuse
    def follow(self, source: object) -> None:
        """
        Move with another clock from here on: when that one moves, this one does.

        Args:
            source: ``"freezegun"`` or ``"time-machine"``, for the time that is frozen by them,
                while it is; what ``freeze_time`` or ``travel`` returned; a function that returns a
                datetime with a time zone; None to stand still again.

        Raises:
            UsageError: It is none of these, or its time is in the past of this clock: then begin
                with ``simulate(clock=...)``, which starts at its time.
        """
        if source is None:
            self._set_follower(None)
            return
        follower = Follower(source)
        moment = follower.read()
        if moment is not None:
            if moment < self._now:
                msg = (
                    f"the clock to follow shows {moment.isoformat()}, and here it is "
                    f"{self.now.isoformat()} already: simulate(clock=...) starts at its time, and "
                    "so does simulate(now=...)."
                )
                raise UsageError(msg)
            self._run_to(moment)
        self._set_follower(follower)

    @property
    def follows(self) -> bool:
        """True if it follows another clock."""
        return self._follower is not None

    def take_over(self, other: Clock) -> None:
        """Follow what *other* followed, from its present time on."""
        self._set_follower(other._follower)
        if self._follower is not None:
            self._follower.read()

    def _set_follower(self, follower: Follower | None) -> None:
        self._follower = follower
        if self.on_follow is not None:
            self.on_follow(follower is not None)

    def sync(self) -> None:
        """Catch up with the clock that this one follows; do nothing if it follows none."""
        if self._follower is None or self._is_held:
            return
        with self.hold():
            elapsed = self._follower.read_elapsed(self._now)
        if elapsed < timedelta(0):
            msg = (
                f"the clock that is followed went back by {_format_seconds(-elapsed)} seconds, and "
                "time has one direction here: twilio.clock.follow(None) lets it go."
            )
            raise UsageError(msg)
        if elapsed:
            self._run_to(self._now + elapsed)

    def hold(self) -> AbstractContextManager[None]:
        """Let no time pass by itself inside a block, so that a request sees one moment."""
        return _NO_HOLD if self._follower is None else self._hold()

    @contextmanager
    def _hold(self) -> Iterator[None]:
        before, self._is_held = self._is_held, True
        try:
            yield
        finally:
            self._is_held = before

    def _run_to(self, end: datetime, events: int | None = None) -> None:
        with self.hold():
            if self.settle is not None:
                self.settle()
            while self._due and self._due[0].at <= end and events != 0:
                due = heapq.heappop(self._due)
                self._set(max(due.at, self._now))
                events = None if events is None else events - 1
                if self.on_due is not None:
                    self.on_due(due)
                if self.settle is not None:
                    self.settle()
            self._set(max(end, self._now))

    def _read_span(
        self, verb: str, by: object, units: Mapping[str, float], name: str = ""
    ) -> timedelta:
        """
        Return how far to move; no further than the calendar goes if it is a limit.

        Args:
            name: The name of the limit in messages; empty if it is none.

        Raises:
            UsageError: It is not a time, or too long.
        """
        for unit in units:
            check_choice(verb, "keyword", unit, _UNITS)
        given: list[object] = list(units.values())
        if not isinstance(by, timedelta) and (by is not None or not units):
            given.append(by)
        for value in given:
            if not is_finite(value):
                takes = "a number of seconds, a timedelta, or keywords such as minutes=5"
                takes = f"{name}: a number of seconds or a timedelta" if name else takes
                msg = f"{verb} takes {takes}, not {shorten(repr(value), 60)}."
                raise UsageError(msg)
        left = _LAST - self._now
        try:
            span = (
                by if isinstance(by, timedelta) else timedelta(seconds=by if is_number(by) else 0)
            )
            span += timedelta(**units)
        except OverflowError:
            span = timedelta.max
        if span < timedelta(0):
            msg = f"{verb} takes a number of seconds from 0, not {_format_seconds(span)}."
            raise UsageError(msg)
        if span > left and not name:
            shown = [] if by is None else [str(by)]
            shown += [f"{unit}={value!r}" for unit, value in units.items()]
            msg = f"{verb}({', '.join(shown)}) goes past the year 9999."
            raise UsageError(msg)
        return min(span, left)

    def _explain_waiting(self, wanted: str, begun: datetime, passed: int, end: datetime) -> str:
        waited = _format_seconds(self._now - begun)
        told = f"{wanted} did not come true: {passed} events in {waited} seconds"
        if not self._due:
            return f"{told}, and nothing more is due."
        due = self._due[0]
        after = _format_seconds(due.at - begun)
        limit = _format_seconds(end - begun)
        return (
            f"{told}; the next, {due.kind} ({due.subject}), is after {after} seconds, beyond "
            f"limit={limit}."
        )

    def schedule(
        self, seconds: float, kind: str, account_sid: str, subject: str, **details: str
    ) -> None:
        """Schedule the event *kind* for *subject*, *seconds* from now."""
        self._count += 1
        at = self._now + timedelta(0, seconds)
        kept = details or _NO_DETAILS
        heapq.heappush(self._due, Due(at, self._count, kind, account_sid, subject, kept))

    def find_due(self, subject: str, kinds: Set[str]) -> list[Due]:
        """Find the events of these *kinds* that are due for *subject*, the first to come first."""
        return sorted(due for due in self._due if due.subject == subject and due.kind in kinds)

    def drop(self, due: Due) -> None:
        """Drop the event *due*."""
        self._due = [entry for entry in self._due if entry.number != due.number]
        heapq.heapify(self._due)

    def cancel(self, account_sid: str, subject: str, kinds: Set[str]) -> None:
        """Drop the events of these *kinds* that are due for *subject*."""
        kept = [
            entry
            for entry in self._due
            if not (
                entry.subject == subject
                and entry.account_sid == account_sid
                and entry.kind in kinds
            )
        ]
        if len(kept) != len(self._due):
            heapq.heapify(kept)
            self._due = kept

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
        self._due = [Due(datetime.fromisoformat(at), *rest) for at, *rest in saved["due"]]

    def forget(self) -> None:
        """Drop all scheduled events."""
        self._due.clear()

    def _set(self, now: datetime) -> None:
        self._now = now
        self._seconds = int(now.timestamp())


_NO_HOLD = nullcontext()
_UNITS = ("seconds", "minutes", "hours", "days", "weeks", "milliseconds", "microseconds")


def _format_seconds(span: timedelta) -> str:
    return f"{span.total_seconds():.6f}".rstrip("0").rstrip(".")


def _is_left_out(verb: str, *by: object, **units: object) -> bool:
    """Return whether a move of the clock is left out by ``twreplay minimise --steps``."""
    assert TRIAL is not None
    shown = [str(each) for each in by if each is not None]
    shown += [f"{name}={value!r}" for name, value in units.items()]
    return TRIAL.leaves_out(find_file_and_line(), f"clock.{verb}({', '.join(shown)})")


def _read_condition(condition: object, status: str) -> tuple[Callable[[], object], str]:
    """
    Return a function that reports whether *condition* holds, and how it is called in messages.

    Raises:
        UsageError: It is neither a function nor an instance with a status.
    """
    if isinstance(condition, Instance):
        name = get_resource(condition).name
        values = get_values(condition)
        if "Status" not in values:
            msg = f"run_until takes an instance with a Status, and {name} has none; or a function."
            raise UsageError(msg)
        kind = find_value_type(get_resource(condition), "Status")
        wanted = str(status)
        if kind.read(wanted) is None:
            nearest = kind.find_nearest(wanted)
            guess = f"; the nearest is {nearest!r}." if nearest else "."
            msg = f"{name}.Status is {kind.title}, not {status!r}{guess}"
            raise UsageError(msg)
        sid = values.get("Sid", "")
        return lambda: values["Status"] == wanted, f"Status {wanted!r} of {name} {sid}"
    if not callable(condition) or status:
        msg = (
            "run_until takes a function, such as lambda: call.Status == '2', or an instance and "
            f"its Status, such as run_until(call, '2'); not {condition!r}."
        )
        raise UsageError(msg)
    return condition, "the condition"


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
    # A cassette has each date several times, and is read in several passes.
    return _read_short_date(text) if len(text) < 64 else None


@lru_cache(maxsize=4096)
def _read_short_date(text: str) -> int | None:
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
    day = datetime.fromtimestamp(start, PACIFIC).replace(tzinfo=None)
    try:
        return int((day + timedelta(days=1)).replace(tzinfo=PACIFIC).timestamp())
    except OverflowError:  # there is no day after the last one of the calendar
        return start + 86400
