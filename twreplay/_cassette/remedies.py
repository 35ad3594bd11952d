"""What the reader of a message types, at the door they came through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class HowTo:
    """
    How the reader tells twreplay something.

    Attributes:
        record: The command or line that opens the cassette in a given record mode.

        set: The line that sets a keyword, given as source text: ``allow_unused=True``.

        use: The line that opens another cassette, given relative to the folder of this one.
    """

    record: Callable[[str], str]
    set: Callable[[str], str]
    use: Callable[[str], str]


def in_code(path: Path) -> HowTo:
    """How somebody who wrote ``use_cassette(...)`` changes what it does."""
    name = path.as_posix()

    def use(other: str) -> str:
        return f'use_cassette("{(path.parent / other).as_posix()}")'

    return HowTo(
        record=lambda mode: f'use_cassette("{name}", record_mode="{mode}")',
        set=lambda keyword: f'use_cassette("{name}", {keyword})',
        use=use,
    )
