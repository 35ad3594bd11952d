"""Matchers of the user's own: a key of one request, or a comparison of two."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from typing import Any

from twreplay._http import Request
from twreplay.errors import UsageError


@dataclass(frozen=True, slots=True)
class OwnMatcher:
    """
    One matcher of the user's own; one of *key* and *compare* is set.

    Attributes:
        name: How messages and ``ignore`` call it.

        key: Gives what must be equal. Interactions are found by it, without a search.

        compare: Compares the request sent with a recorded one.
    """

    name: str
    key: Callable[[Request], Hashable] | None = None
    compare: Callable[[Request, Request], object] | None = None

    def accepts(self, sent: Request, recorded: Request) -> bool:
        """Return whether the comparison holds; True without one."""
        if self.compare is None:
            return True
        try:
            result = self.compare(sent, recorded)
        except AssertionError:  # as vcrpy's matchers may say it
            return False
        _refuse_lazy(self.name, result)
        return result is None or bool(result)


def build_own_matcher(given: object) -> OwnMatcher:
    """
    Build the matcher for what stands in ``match_on``.

    Args:
        given: A function of one request, which gives a key; a function of two, the sent and the
            recorded one; or an object with a method ``key``.

    Raises:
        UsageError: It takes another number of arguments, or is an async function.
    """
    name = getattr(given, "__name__", type(given).__name__)
    key: Any = getattr(given, "key", None)
    if is_coroutine_function(key if callable(key) else given):
        raise UsageError(_ASYNC.format(name))
    if callable(key):
        return OwnMatcher(name, key=_check_key(name, key))
    assert callable(given)
    count = count_arguments(given)
    if count == 1:
        return OwnMatcher(name, key=_check_key(name, given))
    if count == 2:
        return OwnMatcher(name, compare=given)
    msg = (
        f"the matcher {name} takes {count} arguments; one of your own takes a request and "
        "returns what must be equal, or takes the request sent and a recorded one and returns True "
        "or False."
    )
    raise UsageError(msg)


_LAZY = "the matcher {} returned a {}, whose answer nothing asks for; return the answer itself."
_ASYNC = "the matcher {} is an async function, whose answer nothing awaits; write it with def."


def is_coroutine_function(given: object) -> bool:
    """Return whether a call of *given*, a function or another callable, has to be awaited."""
    while isinstance(given, partial):
        given = given.func
    kinds = (inspect.iscoroutinefunction, inspect.isasyncgenfunction)
    functions = (given, getattr(type(given), "__call__", None))  # noqa: B004
    return any(kind(function) for kind in kinds for function in functions)


def is_lazy(result: object) -> bool:
    """
    Return whether *result* would have to be awaited, or iterated over: it is true whatever it says.

    A coroutine is closed, as Python warns of one that is never awaited.
    """
    if result is None or isinstance(result, bool | str | bytes | int | tuple):
        return False
    if inspect.iscoroutine(result):
        result.close()
        return True
    return inspect.isawaitable(result) or inspect.isgenerator(result) or inspect.isasyncgen(result)


def _refuse_lazy(name: str, result: object) -> None:
    """
    Refuse what is true, and equal to nothing else.

    Raises:
        UsageError: *result* is such.
    """
    if is_lazy(result):
        msg = _LAZY.format(name, type(result).__name__)
        raise UsageError(msg)


def count_arguments(function: Callable[..., object]) -> int:
    """Count the positional arguments that *function* needs; 1 if it cannot be told."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # written in C
        return 1
    return sum(
        p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty
        for p in parameters
    )


def _check_key(name: str, function: Callable[[Request], Hashable]) -> Callable[[Request], Hashable]:
    def key(request: Request) -> Hashable:
        value = function(request)
        _refuse_lazy(name, value)
        try:
            hash(value)
        except TypeError:
            msg = (
                f"the matcher {name} returned {type(value).__name__}, which is not hashable; "
                "return text, bytes, a number or a tuple of them."
            )
            raise UsageError(msg) from None
        return value

    return key
