"""Delta debugging: the smallest part of a list that still fails. Runs nothing by itself."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import pairwise
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def reduce_failing(
    items: Sequence[T], still_fails: Callable[[tuple[T, ...]], bool]
) -> tuple[T, ...]:
    """
    Return a part of *items* that still fails, and of which no single item can be left out.

    It is the ddmin of Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input"
    (2002), with the empty part tried first.

    Args:
        items: Distinct items that fail together.

        still_fails: Asked once at most for each part; the order in it is that of *items*.
    """
    known: dict[tuple[T, ...], bool] = {tuple(items): True}

    def ask(part: tuple[T, ...]) -> bool:
        if part not in known:
            known[part] = still_fails(part)
        return known[part]

    current, pieces = tuple(items), 2
    if ask(()):
        return ()
    while len(current) > 1:
        pieces = min(pieces, len(current))
        chunks = _split(current, pieces)
        if (chunk := next((each for each in chunks if ask(each)), None)) is not None:
            current, pieces = chunk, 2
            continue
        rests = (_leave_out(current, each) for each in chunks)
        if (rest := next((each for each in rests if ask(each)), None)) is not None:
            current, pieces = rest, max(pieces - 1, 2)
        elif pieces == len(current):
            break
        else:
            pieces *= 2
    return current


def _split(items: tuple[T, ...], pieces: int) -> list[tuple[T, ...]]:
    """Split *items* into *pieces* of nearly one size; none is empty."""
    size = len(items)
    bounds = [size * number // pieces for number in range(pieces + 1)]
    return [items[start:end] for start, end in pairwise(bounds)]


def _leave_out(items: tuple[T, ...], chunk: tuple[T, ...]) -> tuple[T, ...]:
    start = items.index(chunk[0])
    return items[:start] + items[start + len(chunk) :]
