"""What can be wrong with a cassette's text, and where. Reads no files."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from twreplay._display import visible
from twreplay._explanation import Remedy

# At the start of a line: the content of a cassette is always indented.
_CONFLICT = re.compile(r"(?m)^(?:(?:<{7}|>{7}|\|{7})(?: .*)?|={7})\r?$")

LFS_POINTER = "version https://git-lfs.github.com/spec/"

# What YAML does not allow in a file, not even in quotes.
_NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


_LONGEST_NAME = 40

# A truth is a number, too, so it comes first.
_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (bytes, "binary"),
    (dict, "a mapping"),
    (float, "a number"),
    (int, "a number"),
    (list, "a list"),
    (str, "text"),
    (type(None), "empty"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeError:
    """
    Description of what makes a cassette's text unreadable.

    Attributes:
        headline: What comes after the file's name: ``has a merge conflict in it``.

        line, column: Where reading stopped, from 1; 0 if the file as a whole is at fault.

        expected, found: What should stand there, and what does; empty if there is no more
            to say than the headline does.

        interaction: The interaction where it stopped, from 1; 0 if it was in none.

        readable: How many interactions before the damage can be read; None if unknown.

        remedies: What helps here; ``{path}`` stands for the file.
    """

    headline: str
    line: int = 0
    column: int = 0
    expected: str = ""
    found: str = ""
    interaction: int = 0
    readable: int | None = None
    remedies: tuple[Remedy, ...] = (
        Remedy("Take the last good one back.", "git checkout -- {path}"),
    )


@dataclass(frozen=True, slots=True)
class TooNew:
    """The text is in a format of the future."""

    format: int


class SchemaError(Exception):  # a verdict on a value, never seen outside this package
    """
    A value that is not what a cassette has in its place.

    Attributes:
        keys: Where it is, from the value that was looked at.

        found: What is there; empty if nothing is.
    """

    def __init__(self, expected: str, found: str, *keys: str | int) -> None:
        super().__init__(expected, found)
        self.expected = expected
        self.found = found
        self.keys = keys


def find_position(text: str, index: int) -> tuple[int, int]:
    """Return the line and column of *index*, from 1, as editors count them."""
    line = text.count("\n", 0, index) + 1
    return line, index - (text.rfind("\n", 0, index) + 1) + 1


def is_in_last_line(text: str, index: int) -> bool:
    """Return whether *index* is in an unterminated last line, as in a truncated file."""
    return "\n" not in text[index:] or not text[index:].strip()


def find_whole_flaw(text: str) -> tuple[DecodeError, int] | None:
    """Return a flaw of *text* that does not depend on its syntax, and its index, or None."""
    if not text.strip("\x00 \t\r\n"):
        kind = "NUL bytes" if "\x00" in text else "blanks"
        return DecodeError(headline=f"holds nothing but {kind}" if text else "is empty"), 0
    if text.startswith(LFS_POINTER):
        headline = "is a Git LFS pointer, not the cassette itself"
        fetch = Remedy("Fetch the file it points to.", "git lfs pull --include={path}")
        return DecodeError(headline=headline, line=1, column=1, remedies=(fetch,)), 0
    conflict = _CONFLICT.search(text)
    if conflict is None:
        return None
    line, column = find_position(text, conflict.start())
    flaw = DecodeError(
        headline="has a merge conflict in it",
        line=line,
        column=column,
        expected="one version of the cassette",
        found=conflict[0].strip(),
        remedies=(
            Remedy("Finish the merge, or take one side of it.", "git checkout --theirs {path}"),
        ),
    )
    return flaw, conflict.start()


def replace_unprintable(text: str) -> str:
    r"""Escape what a terminal would obey: ``\x1b`` for ESC."""
    return visible(text)


def named(key: object) -> str:
    """*key* of a file, short enough for a sentence, and harmless in it."""
    shown = replace_unprintable(" ".join(key.split())) if isinstance(key, str) else kind_of(key)
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[: _LONGEST_NAME - 1]}…"


def kind_of(value: object) -> str:
    """Return what *value* is, as a reader of YAML or JSON calls it."""
    for kind, name in _KINDS:
        if isinstance(value, kind):
            return name
    return type(value).__name__


def find_unprintable(text: str) -> DecodeError | None:
    """Return the flaw of the first character that YAML does not allow, or None."""
    bad = _NOT_TEXT.search(text)
    if bad is None:
        return None
    line, column = find_position(text, bad.start())
    return DecodeError(
        headline="has a control character in it",
        line=line,
        column=column,
        expected="text",
        found=f"U+{ord(bad[0]):04X}",
    )


def locate_interaction(
    flaw: DecodeError,
    text: str,
    index: int,
    *,
    as_json: bool,
    at_end: bool,
    count: Callable[[str], int | None],
) -> DecodeError:
    """
    Add to *flaw* the interaction it lies in, and the number of complete ones before it.

    Args:
        index: Where in *text* reading stopped.

        at_end: There is no more text after that.

        count: How many interactions a shorter text has; None if it cannot be read.
    """
    starts = [start for start in find_interaction_starts(text, as_json=as_json) if start <= index]
    if not starts:
        return flaw
    number = len(starts)
    before = text[: starts[-1]]
    shorter = before.rstrip().removesuffix(",") + "]}" if as_json else before
    readable = number - 1 and count(shorter)
    headline = f"ends in the middle of interaction {number}" if at_end else flaw.headline
    return DecodeError(
        headline=headline,
        line=flaw.line,
        column=flaw.column,
        expected=flaw.expected,
        found=flaw.found,
        interaction=number,
        readable=number - 1 if readable == number - 1 else None,
        remedies=flaw.remedies,
    )


def find_interaction_starts(
    text: str, *, as_json: bool, listed_as: str = "interactions"
) -> list[int]:
    """
    Return the indexes at which interactions begin, as far as lines show it.

    Args:
        listed_as: The key of their list; ``webhooks`` for those of the API's requests.
    """
    head, opener = (rf'"{listed_as}"\s*:\s*\[', r"\{") if as_json else (f"{listed_as}:", "-")
    listed = re.search(rf"(?m)^\s*{head}[ \t]*\r?\n([ \t]*)(?={opener}(?:\s|$))", text)
    if listed is None:
        return []
    same_depth = re.compile(rf"(?m)^{listed[1]}{opener}(?=\s|$)")
    return [item.start() for item in same_depth.finditer(text, listed.start(1))]
