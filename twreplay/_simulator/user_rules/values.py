"""What one value of a request is held against: a value, a pattern, a predicate, its absence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from twreplay._api import parse_phone_number
from twreplay._display import shown_value
from twreplay._matching import is_coroutine_function, is_lazy
from twreplay._simulator.state.instance import Instance
from twreplay._suggestion import explain_misuse
from twreplay.errors import UsageError


class ValueCondition:
    """
    A condition on one value of a request, such as a field of the form.

    Args:
        text: The condition as source code.

        holds: Called with each value that was sent under the name.

        of_absence: Whether the condition holds if nothing was sent.

        is_secret: Whether the text of the condition may be a secret.

        runs_code: Whether *holds* calls a function of the user.
    """

    __slots__ = ("_holds", "_is_secret", "_text", "of_absence", "runs_code")

    def __init__(
        self,
        text: str,
        holds: Callable[[str], bool],
        *,
        of_absence: bool = False,
        is_secret: bool = True,
        runs_code: bool = False,
    ) -> None:
        self._text = text
        self._holds = holds
        self._is_secret = is_secret
        self.of_absence = of_absence
        self.runs_code = runs_code

    def __repr__(self) -> str:
        return self._text

    def holds(self, sent: Iterable[str]) -> bool:
        """
        Return whether the condition holds for the values that were sent under one name.

        The API takes an empty value for an absent one. Source: request page, parameters.
        """
        given = tuple(sent)
        if self.of_absence and not any(given):
            return True
        return any(map(self._holds, given))

    def show(self, name: str) -> str:
        """Return the condition as source code, without a secret if *name* is the name of one."""
        return shown_value(name, self._text) if self._is_secret else self._text


ABSENT = ValueCondition("ABSENT", lambda sent: False, of_absence=True, is_secret=False)
"""Nothing was sent under the name, or an empty value, which the API takes for nothing."""

PRESENT = ValueCondition("PRESENT", bool, is_secret=False)
"""Any value was sent, but for an empty one."""


@explain_misuse
def contains(text: str) -> ValueCondition:
    """Return a condition that holds if *text* is a part of the value that was sent."""
    if not isinstance(text, str) or not text:
        msg = f"contains takes text that is not empty, not {text!r}."
        raise UsageError(msg)
    return ValueCondition(f"contains({text!r})", lambda sent: text in sent)


@explain_misuse
def any_of(*wanted: Wanted) -> ValueCondition:
    """Return a condition that holds if one of *wanted* does."""
    if not wanted:
        msg = 'any_of takes the values of which one is wanted, such as any_of("0", "1").'
        raise UsageError(msg)
    conditions = tuple(map(build_condition, wanted))
    return ValueCondition(
        f"any_of({', '.join(map(repr, conditions))})",
        lambda sent: any(condition.holds((sent,)) for condition in conditions),
        of_absence=any(condition.of_absence for condition in conditions),
        runs_code=any(condition.runs_code for condition in conditions),
    )


Wanted: TypeAlias = (
    str | int | float | re.Pattern[str] | Callable[[str], object] | ValueCondition | None
)
"""
What a value may be held against.

Text and numbers are compared whole, telephone numbers without their decoration. A pattern is
searched for, also in the number without decoration. A predicate gets the text that was sent. None
is ``ABSENT``.
"""


def build_condition(wanted: object) -> ValueCondition:
    """
    Build the condition that *wanted* stands for.

    Raises:
        UsageError: *wanted* is a pattern of bytes, a collection, or an object that is equal to
            nothing but itself.
    """
    if isinstance(wanted, ValueCondition):
        return wanted
    if wanted is None:
        return ABSENT
    if isinstance(wanted, re.Pattern):
        return _build_pattern(wanted)
    if isinstance(wanted, bool):
        text = str(wanted)
        return ValueCondition(repr(text), lambda sent: sent.lower() == text.lower())
    if isinstance(wanted, list | tuple | set | frozenset | dict | bytes):
        kind = type(wanted).__name__
        advice = " write twreplay.any_of(...) for one of several." if kind != "bytes" else ""
        msg = f"a condition is text, a number, a pattern or a predicate, not {kind}:{advice}"
        raise UsageError(msg.rstrip(":") + ("" if advice else "."))
    if callable(wanted) and not isinstance(wanted, str):
        return _build_predicate(wanted)
    if isinstance(wanted, Instance):
        return _build_equal(wanted.Sid)
    if type(wanted).__eq__ is object.__eq__:
        msg = (
            "a condition is text, a number, a pattern or a predicate, "
            f"not an object of {type(wanted).__qualname__}."
        )
        raise UsageError(msg)
    return _build_equal(wanted)


def _build_equal(wanted: object) -> ValueCondition:
    text = str(wanted)
    number = parse_phone_number(text) or text

    def is_equal(sent: str) -> bool:
        # What says itself what it is equal to, such as unittest.mock.ANY, is asked.
        return sent == text or wanted == sent or (parse_phone_number(sent) or sent) == number

    # An empty value is asked for by name, so nothing at all will do as well: the API cannot tell.
    return ValueCondition(repr(text), is_equal, of_absence=not text)


def _build_pattern(pattern: re.Pattern[str]) -> ValueCondition:
    if not isinstance(pattern.pattern, str):
        msg = f"a condition takes a pattern of text, not of bytes: {pattern.pattern!r}."
        raise UsageError(msg)

    def is_found(sent: str) -> bool:
        if pattern.search(sent):
            return True
        number = parse_phone_number(sent)
        return number is not None and pattern.search(number) is not None

    return ValueCondition(f"re.compile({pattern.pattern!r})", is_found)


def refuse_coroutine_function(name: str, given: object) -> None:
    """
    Refuse what would have to be awaited: what it returns is always true.

    Raises:
        UsageError: *given* is an async function.
    """
    if is_coroutine_function(given):
        own = getattr(given, "__qualname__", repr(given))
        msg = f"{name} takes a predicate, and {own} is an async function; write it with def."
        raise UsageError(msg)


def ask_predicate(name: str, predicate: Callable[[Any], object], subject: object) -> bool:
    """
    Return what *predicate* says of *subject*.

    Raises:
        UsageError: It returned what would have to be awaited, or iterated over: always true.
    """
    said = predicate(subject)
    if is_lazy(said):
        own = getattr(predicate, "__qualname__", repr(predicate))
        msg = (
            f"{name} takes a predicate, and {own} returned a {type(said).__name__}, which is "
            "always true; return True or False."
        )
        raise UsageError(msg)
    return bool(said)


def _build_predicate(predicate: Callable[[str], object]) -> ValueCondition:
    refuse_coroutine_function("a condition", predicate)
    name = getattr(predicate, "__qualname__", repr(predicate)).rpartition("<locals>.")[2]
    text = f"<{name.strip('<>')}>"
    return ValueCondition(
        text, lambda sent: ask_predicate("a condition", predicate, sent), runs_code=True
    )
