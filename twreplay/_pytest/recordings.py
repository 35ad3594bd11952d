"""What becomes of a run's recordings when it is over."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from twreplay._ledger import Ledger
from twreplay.errors import TwreplayError

Rewritten: TypeAlias = tuple[list[str], bool]
"""The digests of what was written into a cassette, and whether it still has its old part."""


def asides_of(ledger: Ledger) -> list[str]:
    """Give a line for each cassette that was left unchanged because a test did not pass."""
    return [
        str(aside)
        for _, aside in sorted(ledger.aside.items())
        # A test that passes has meant its block to fail.
        if not all(map(ledger.has_passed, aside.tests))
    ]


def rewritten_in(ledger: Ledger) -> dict[str, Rewritten]:
    """Give what was written in mode ``rewrite`` into each cassette of several tests."""
    rewrites = ledger.rewrites
    return {
        path: (sorted(rewrites.all_in(path)), path in rewrites.unfinished)
        for path in sorted(rewrites.unfinished | rewrites.named)
    }


def finish(
    rewritten: Mapping[str, tuple[Collection[str], bool]],
    spoiled: Collection[str],
    began: float,
    *,
    is_whole: bool,
) -> list[str]:
    """
    Drop the old part of cassettes that the run wrote again, unless it may still be needed.

    Args:
        rewritten: By cassette, the digests of what the run wrote, and whether it has its old part.

        spoiled: The cassettes that a test which did not pass has used.

        began: When the run began, in seconds since the epoch.

        is_whole: Every test has run and passed.

    Returns:
        What to say about it.
    """
    if not rewritten:
        return []
    from twreplay._sessions import finish_rewrite

    told = []
    for path, (digests, has_old) in rewritten.items():
        drops = has_old and is_whole and path not in spoiled
        try:
            finish_rewrite(Path(path), digests, began, drops=drops)
        except TwreplayError as error:
            told.append(str(error))
    return told


def set_aside(created: Iterable[str], began: float) -> list[str]:
    """
    Keep cassettes that the run made, and did not finish, beside their places.

    Without them the next run in mode ``once`` records all of their tests.

    Returns:
        What to say about it.
    """
    from twreplay._sessions import set_created_aside

    told = []
    for name in sorted(created):
        try:
            aside = set_created_aside(Path(name), began)
        except TwreplayError as error:
            told.append(str(error))
        else:
            if aside is not None:
                told.append(f"{aside}, as not all of its tests have passed")
    return told


def list_written(before: Mapping[str, Collection[str] | None], root: Path) -> list[str]:
    """
    Give a line for each cassette below *root* that a run recorded: new, changed or the same.

    A cassette elsewhere, such as in a test's temporary folder, is nothing to commit.

    Args:
        before: By cassette, the digests of the interactions before the run; None without a file.
    """
    from twreplay._cassette import format_path
    from twreplay._sessions import compare_recorded

    lines = []
    for name, digests in sorted(before.items()):
        if not Path(name).is_relative_to(root):
            continue
        written = compare_recorded(Path(name), digests)
        if written is not None:
            lines.append(f"{format_path(Path(name))}: {written}")
    return lines


def merge_before(ours: dict[str, list[str] | None], theirs: Mapping[str, list[str] | None]) -> None:
    """
    Add to *ours* what another process found in cassettes before it recorded them.

    What several of them recorded had the least in it before the first one.
    """
    for name, digests in theirs.items():
        known = ours.get(name, digests)
        is_first = digests is None or (known is not None and len(digests) < len(known))
        ours[name] = digests if is_first else known
