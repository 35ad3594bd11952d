"""The list of a migration for people: places, each with what to do there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

LEFT = "left"
"""The kind of a note about a place that is left for a person."""

STAYS = "stays"
"""The kind of a note about what was not changed and works as before: nothing is to do."""

CHECK = "check"
"""The kind of a note about a place that was changed, and behaves otherwise."""


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """
    One entry of the list for people.

    Attributes:
        path: The file.

        line: Counted from 1.

        what: The text at the place that this is about, in short.

        why: Why it was left, or what is different now. One sentence.

        to_do: What to write instead. Empty if there is nothing to do.

        kind: `LEFT`, `STAYS` or `CHECK`.
    """

    path: Path
    line: int
    what: str
    why: str
    to_do: str = ""
    kind: str = LEFT


@dataclass(frozen=True, slots=True)
class FileChange:
    """
    One file, before and after.

    Attributes:
        path: The file, as it was found.

        before: Its bytes.

        after: The bytes that take their place; equal to *before* if nothing changes.
    """

    path: Path
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class Migration:
    """
    The result for a project.

    Attributes:
        changes: The files that change, in order of their paths.

        notes: The list for people, in the order of files and lines.

        problems: What could not be read, as lines that name the file.

        files: How many files were looked at.

        units: How many tests, fixtures and helpers were rewritten.
    """

    changes: tuple[FileChange, ...]
    notes: tuple[Note, ...]
    problems: tuple[str, ...] = ()
    files: int = 0
    units: int = 0

    @property
    def left(self) -> tuple[Note, ...]:
        """The notes about places that are left for a person."""
        return tuple(note for note in self.notes if note.kind == LEFT)


def merge_notes(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Return *notes* in order, each once; several lines of one cause are one note."""
    grouped: dict[tuple[object, ...], list[Note]] = {}
    for note in sorted(set(notes)):
        key = (note.path, note.what, note.why, note.to_do, note.kind)
        grouped.setdefault(key, []).append(note)
    merged = []
    for first, *others in grouped.values():
        if not others:
            merged.append(first)
            continue
        lines = ", ".join(str(note.line) for note in others[:8])
        more = f" and {len(others) - 8} more" if len(others) > 8 else ""
        what = f"{first.what} (also in lines {lines}{more})"
        merged.append(Note(first.path, first.line, what, first.why, first.to_do, first.kind))
    return tuple(sorted(merged))
