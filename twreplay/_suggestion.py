"""Errors for unknown names, with a suggestion. The one place that compares spellings."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import ParamSpec, TypeVar

from twreplay._explanation import Explanation, Remedy
from twreplay._other_libraries import answer_keyword
from twreplay.errors import UsageError

P = ParamSpec("P")
T = TypeVar("T")


def find_similar(
    given: object, known: Iterable[str], *, limit: int = 3, cutoff: float = 0.6
) -> list[str]:
    """
    Find the names out of *known* that are spelled most like *given*, the nearest first.

    Args:
        limit: The most names to return.

        cutoff: The least similarity, from 0 to 1.
    """
    return get_close_matches(str(given), list(known), n=limit, cutoff=cutoff)


def suggest(given: object, known: Iterable[str]) -> str:
    """Return the name out of *known* that is spelled most like *given*; empty without one."""
    return next(iter(find_similar(given, known, limit=1)), "")


def build_unknown_error(what: str, known: Iterable[str], given: object, offer: str) -> UsageError:
    """
    Build the error for a name that does not exist.

    Args:
        what: The beginning of the sentence: ``record_mode has no value``.

        known: The names that exist.

        offer: Introduces them: ``There is``.
    """
    names = [str(name) for name in known]
    near = suggest(given, names)
    guess = f"; did you mean {near!r}?" if near else "."
    return UsageError(
        Explanation(
            headline=f"{what} {given!r}{guess}",
            remedies=(Remedy(f"{offer}: {', '.join(names)}."),),
            anchor="usage-error",
        )
    )


def check_choice(owner: str, kind: str, given: object, known: tuple[str, ...]) -> None:
    """
    Check that *given* is one of *known*.

    Raises:
        UsageError: It is not; the message names the nearest one, or all, and what takes the place
            of a keyword that other libraries have.
    """
    if given in known:
        return
    if kind == "keyword" and (answer := answer_keyword(str(given), owner)):
        raise UsageError(
            Explanation(
                headline=f"{owner} has no keyword {given!r}, which other libraries have.",
                remedies=(Remedy(f"Here: {answer}."), Remedy(f"There is: {', '.join(known)}.")),
                anchor="usage-error",
            )
        )
    raise build_unknown_error(f"{owner} has no {kind}", known, given, "There is")


def check_keywords(owner: str, given: Iterable[str], known: tuple[str, ...]) -> None:
    """
    Check the names of keywords.

    Raises:
        UsageError: One of them does not exist.
    """
    for name in given:
        check_choice(owner, "keyword", name, known)


def explain_misuse(method: Callable[P, T]) -> Callable[P, T]:
    """Turn the TypeError of a call with wrong arguments into a UsageError that suggests."""

    @functools.wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(*args, **kwargs)
        except TypeError as error:
            # Binding before each call would double what a call costs.
            if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
                raise
            refused = error
        signature = inspect.signature(method)
        given = [each for each in signature.parameters.values() if each.name != "self"]
        known = tuple(each.name for each in given if each.kind is not each.VAR_KEYWORD)
        takes_any = len(known) < len(given)
        try:
            signature.bind(*args, **kwargs)
        except TypeError as error:
            misuse = str(error)
        else:
            raise refused
        # Outside of the block: what Python says itself would be shown above it, 150 lines long.
        for name in () if takes_any else kwargs:
            check_choice(method.__name__, "keyword", name, known)
        takes = f"It takes {', '.join(known)}." if known else "It takes nothing."
        msg = f"{method.__name__}: {misuse}. {takes}"
        raise UsageError(msg)

    return call


def explain_each_misuse(cls: type[T]) -> type[T]:
    """Apply *explain_misuse* to each public method that *cls* itself defines."""
    for name, method in list(vars(cls).items()):
        if inspect.isfunction(method) and not name.startswith("_"):
            setattr(cls, name, explain_misuse(method))
    return cls
