"""How old a recording is, and what to say of one that is too old. Reads no clock."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

from twreplay._cassette._codec import Recording
from twreplay._cassette._how_to import HowTo
from twreplay._explanation import Explanation, Remedy
from twreplay.errors import CassetteExpired, UsageError

ON_EXPIRY = ("warn", "fail", "record")

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_AGE = re.compile(r"\s*(\d{1,6})\s*([wdhms])\s*", re.ASCII)


def max_age_of(value: object) -> timedelta | None:
    """
    The time that *value* means; None if it is None.

    Raises:
        UsageError: It means none, or none that passes.
    """
    if value is None:
        return None
    age = value
    if isinstance(value, str) and (written := _AGE.fullmatch(value)) is not None:
        age = timedelta(**{_UNITS[written[2]]: int(written[1])})
    if isinstance(age, timedelta) and age > timedelta():
        return age
    raise UsageError(
        Explanation(
            headline=f"max_age is a time, not {value!r}.",
            remedies=(
                Remedy("A number and a unit: w, d, h, m or s.", 'max_age="30d"'),
                Remedy("Or a timedelta that is more than nothing.", "max_age=timedelta(days=30)"),
            ),
            anchor="usage-error",
        )
    )


def recorded_on(recording: Recording) -> datetime | None:
    """
    When the oldest part of *recording* was recorded; None if nobody knows.

    Other tools write no date into their files. There, the date is that of the oldest answer.
    """
    if recording.origin != "recorded":
        return None
    if recording.recorded_at:
        return _in_utc(recording.recorded_at)
    dates = [_dated(i.response.headers.get("date", "")) for i in recording.interactions]
    return min((date for date in dates if date is not None), default=None)


def expired(
    name: str, path: Path, recorded: datetime, now: datetime, max_age: timedelta, how_to: HowTo
) -> CassetteExpired:
    """What to say of a cassette that is older than *max_age*."""
    error = CassetteExpired(
        Explanation(
            headline=f"{name} was recorded {_days(now - recorded)} ago, and max_age is "
            f"{_days(max_age)}.",
            facts=(("recorded", recorded.strftime("%Y-%m-%d %H:%M UTC")),),
            remedies=(
                Remedy("Record it again.", how_to.record("rewrite")),
                Remedy(
                    "Or let that happen by itself when the time is over.",
                    how_to.set('on_expiry="record"'),
                ),
                Remedy("It is right as it is: allow it more time, or any.", "max_age=None"),
            ),
            anchor="cassette-expired",
        )
    )
    error.path = path
    return error


def _in_utc(text: str) -> datetime | None:
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)


def _dated(header: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(header)
    except ValueError:
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)


def _days(time: timedelta) -> str:
    for seconds, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if (number := int(time.total_seconds() // seconds)) > 0:
            return f"{number} {unit}{'s' if number > 1 else ''}"
    return f"{int(time.total_seconds())} seconds"
