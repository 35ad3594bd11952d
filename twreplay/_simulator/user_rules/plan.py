"""When a user rule applies, and what it does then: steps, schedules and delays."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TypeAlias

from twreplay._http import Request, Response
from twreplay._numbers import is_finite, is_number
from twreplay._simulator.checks.context import Answer
from twreplay._simulator.user_rules.answers import Passing
from twreplay.errors import UsageError

Effected: TypeAlias = Answer | Response | BaseException | Passing | None
"""What a rule does with a request; None lets the next rule have its turn."""

Delay: TypeAlias = Callable[[Random], float]

Seconds: TypeAlias = float | timedelta | tuple[float, float] | Callable[[Random], float]
"""A number of seconds, a range of them, or a function that draws one."""

_LONGEST_DELAY = 10**6

Moment: TypeAlias = float | timedelta | datetime
"""Seconds or a timedelta from when the rule was made, or a datetime with a time zone."""


@dataclass(slots=True)
class Step:
    """
    One answer of a rule, in a sequence.

    Attributes:
        effect: Returns what is done with a request; None if the step has no answer of its own.

        delay: Returns the seconds until the answer.

        count: How many requests it is for; None if that was not said.

        is_endless: True if it is for all requests from there on.

        used: How many requests it was used for.
    """

    effect: Callable[[Request], Effected] | None = None
    delay: Delay | None = None
    count: int | None = None
    is_endless: bool = False
    used: int = 0

    @property
    def is_empty(self) -> bool:
        """True if it does nothing."""
        return self.effect is None and self.delay is None


@dataclass(slots=True)
class Selection:
    """
    Which of the matching requests a rule is for.

    Attributes:
        limit: The first so many.

        is_limit_of_picked: They are the first of those that the other clauses pick, as those were
            written before; otherwise the first of all that match.

        every: Each so-manieth.

        probability: A share of them, by chance.

        random: The chance.

        begin: Unix seconds before which the rule does not apply.

        end: Unix seconds from which on it does not apply.

        eligible: How many requests matched while the rule applied.
    """

    limit: int | None = None
    is_limit_of_picked: bool = False
    every: int = 1
    probability: float | None = None
    random: Random | None = None
    begin: float | None = None
    end: float | None = None
    eligible: int = 0

    @property
    def needs_time(self) -> bool:
        """True if the time decides."""
        return self.begin is not None or self.end is not None

    def is_open(self, now: float) -> bool:
        """Return whether the rule applies at *now*."""
        return (self.begin is None or now >= self.begin) and (self.end is None or now < self.end)

    def set_limit(self, limit: int) -> None:
        """Apply to the first *limit* of those that are picked so far."""
        self.limit = limit
        self.is_limit_of_picked = self.every > 1 or self.probability is not None

    def select(self, used: int) -> bool:
        """Count one matching request, and return whether the rule is for it."""
        counted = used if self.is_limit_of_picked else self.eligible
        if self.limit is not None and counted >= self.limit:
            return False
        self.eligible += 1
        if self.eligible % self.every:
            return False
        if self.probability is None:
            return True
        assert self.random is not None
        return self.random.random() < self.probability


def build_delay(
    seconds: object, median: object = None, sigma: object = None
) -> tuple[Delay, float]:
    """
    Build a delay of the keywords of ``delay``; return it with its seconds, if these are fixed.

    Raises:
        UsageError: They are no distribution.
    """
    if median is not None or sigma is not None:
        if seconds is not None:
            msg = "delay takes either seconds, or a median and a sigma."
            raise UsageError(msg)
        middle, width = _check_seconds(median), _check_seconds(0.5 if sigma is None else sigma)
        if middle == 0:
            msg = "delay takes a median above 0."
            raise UsageError(msg)
        return (lambda random: random.lognormvariate(math.log(middle), width)), 0.0
    if isinstance(seconds, tuple | list):
        if len(seconds) != 2:
            msg = f"delay takes a range of two numbers, (shortest, longest), not {seconds!r}."
            raise UsageError(msg)
        low, high = map(_check_seconds, seconds)
        if low > high:
            msg = f"delay takes a range whose first number is the smaller one, not {seconds!r}."
            raise UsageError(msg)
        return (lambda random: random.uniform(low, high)), 0.0
    if callable(seconds):
        draw = seconds
        return (lambda random: _check_seconds(draw(random))), 0.0
    fixed = _check_seconds(seconds)
    return (lambda random: fixed), fixed


def _check_seconds(seconds: object) -> float:
    if isinstance(seconds, timedelta):
        seconds = seconds.total_seconds()
    if not is_number(seconds) or not 0 <= seconds <= _LONGEST_DELAY:  # so that NaN is refused, too
        msg = f"delay takes a number of seconds from 0 to {_LONGEST_DELAY}, not {seconds!r}."
        raise UsageError(msg)
    return seconds


def check_count(owner: str, count: object) -> int:
    """
    Return *count*, a whole number from 1.

    Raises:
        UsageError: It is no such number.
    """
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        msg = f"{owner} is a whole number from 1, not {count!r}."
        raise UsageError(msg)
    return count


def find_moment(owner: str, moment: object, made_at: float) -> float:
    """
    Return *moment* in Unix seconds.

    Raises:
        UsageError: It is no moment, or has no time zone.
    """
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            msg = f"{owner} takes a datetime with a time zone, not {moment!r}."
            raise UsageError(msg)
        return moment.timestamp()
    if isinstance(moment, timedelta):
        return made_at + moment.total_seconds()
    if not is_finite(moment):
        msg = f"{owner} takes seconds, a timedelta or a datetime with a time zone, not {moment!r}."
        raise UsageError(msg)
    return made_at + moment
