"""Errors for unknown names, with a suggestion."""

from __future__ import annotations

from difflib import get_close_matches

from twreplay._explanation import Explanation, Remedy
from twreplay.errors import UsageError


def check_choice(owner: str, kind: str, given: object, known: tuple[str, ...]) -> None:
    """
    Check that *given* is one of *known*.

    Raises:
        UsageError: It is not; the message names the nearest one, or all.
    """
    if given in known:
        return
    close = get_close_matches(str(given), known, n=1)
    guess = f"; did you mean {str(close[0])!r}?" if close else "."
    raise UsageError(
        Explanation(
            headline=f"{owner} has no {kind} {given!r}{guess}",
            remedies=(Remedy(f"There is: {', '.join(known)}."),),
            anchor="usage-error",
        )
    )
