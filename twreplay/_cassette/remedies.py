"""Hints for messages: what to type, in code or on the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath


@dataclass(frozen=True, slots=True)
class CommandHints:
    """
    Commands and lines of code for remedies.

    Attributes:
        record: The command or line that opens the cassette in a given record mode.

        simulate: The same, with the simulator in the place of the API.

        set: The line that sets a keyword, given as source text: ``allow_unused=True``.

        use: The line that opens another cassette, given relative to the folder of this one.

        alone: The hints for another cassette, opened by itself.
    """

    record: Callable[[str], str]
    simulate: Callable[[str], str]
    set: Callable[[str], str]
    use: Callable[[str], str]
    alone: Callable[[Path], CommandHints] = lambda path: build_code_hints(path)


def build_code_hints(path: Path) -> CommandHints:
    """Build the hints for a cassette that ``use_cassette(...)`` opened."""
    return _build_code_hints(path.as_posix())


@lru_cache(maxsize=64)  # sessions open by the thousand, and most need no hint
def _build_code_hints(name: str) -> CommandHints:
    def use(other: str) -> str:
        return f'use_cassette("{(PurePath(name).parent / other).as_posix()}")'

    return CommandHints(
        record=lambda mode: f'use_cassette("{name}", record_mode="{mode}")',
        simulate=lambda mode: f'use_cassette("{name}", record_mode="{mode}", source="simulator")',
        set=lambda keyword: f'use_cassette("{name}", {keyword})',
        use=use,
    )


def build_memory_hints() -> CommandHints:
    """Build the hints for a cassette in memory."""
    return CommandHints(
        record=lambda mode: f'use_cassette(None, record_mode="{mode}")',
        simulate=lambda mode: f'use_cassette(None, record_mode="{mode}", source="simulator")',
        set=lambda keyword: f"use_cassette(cassette, {keyword})",
        use=lambda other: f'use_cassette("{other}")',
    )
