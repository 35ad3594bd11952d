"""Errors for unknown names, with a suggestion. The one place that compares spellings."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from twreplay._explanation import Explanation, Remedy
from twreplay.errors import UsageError


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
        UsageError: It is not; the message names the nearest one, or all.
    """
    if given not in known:
        raise build_unknown_error(f"{owner} has no {kind}", known, given, "There is")
