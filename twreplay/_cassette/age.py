"""How old a cassette may get. Reads no clock."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from twreplay._explanation import Explanation, Remedy
from twreplay.errors import UsageError

_UNITS = {"h": "hours", "d": "days", "w": "weeks"}
_TEXT = re.compile(r"([1-9][0-9]{0,5})\s*([hdw])\Z")


def parse_age(given: object) -> timedelta:
    """
    Parse ``max_age``.

    Args:
        given: A ``timedelta``, or text: ``12h``, ``30d``, ``8w``.

    Raises:
        UsageError: It is neither.
    """
    if isinstance(given, timedelta) and given > timedelta():
        return given
    found = _TEXT.match(given.strip()) if isinstance(given, str) else None
    if found is None:
        raise UsageError(
            Explanation(
                headline=f"max_age is a time, not {given!r}.",
                remedies=(Remedy("Give hours, days or weeks, or a timedelta.", 'max_age="30d"'),),
                anchor="usage-error",
            )
        )
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def parse_date(recorded_at: str) -> datetime | None:
    """Parse *recorded_at*, to UTC; None if it is not a date, as in files of other tools."""
    try:
        then = datetime.fromisoformat(recorded_at)
    except ValueError:
        return None
    return then.astimezone(UTC) if then.tzinfo else then.replace(tzinfo=UTC)


def compute_age(now: datetime, recorded_at: str) -> timedelta | None:
    """Return the age of *recorded_at*; None if it is not a date."""
    then = parse_date(recorded_at)
    return None if then is None else now - then


def format_age(age: timedelta) -> str:
    """Format *age* for a person: ``5 hours``, ``41 days``."""
    if age < timedelta(days=2):
        hours = int(age / timedelta(hours=1))
        return f"{hours} hour{'' if hours == 1 else 's'}"
    return f"{age.days} days"
