"""What messages say about a cassette's file. Decides nothing."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from twreplay._cassette.age import format_age
from twreplay._cassette.files.codec import FORMAT
from twreplay._cassette.files.damage import (
    DecodeError,
    TooNew,
    replace_unprintable,
)
from twreplay._cassette.files.paths import HASH, SUFFIXES, build_failed_path, format_path
from twreplay._cassette.files.remains import Tool, is_remains
from twreplay._cassette.remedies import CommandHints
from twreplay._cassette.secrets import Finding, hide_secrets
from twreplay._explanation import Explanation, Remedy
from twreplay._suggestion import find_similar
from twreplay.errors import (
    CassetteCorrupt,
    CassetteExpired,
    CassetteNotFound,
    CassetteNotSaved,
    CassetteTooNew,
    SecretInCassette,
)

_EXCERPT_WIDTH = 80
_EXCERPT_CONTEXT = 12


def build_not_found_error(path: Path, how_to: CommandHints) -> CassetteNotFound:
    remedies = [
        Remedy("Record it.", how_to.record("once")),
        Remedy("Without an account: record what the simulator answers.", how_to.simulate("once")),
    ]
    near = None
    with suppress(OSError):
        near = _find_near(path)
    if near is not None:
        there = Path(os.path.normpath(path.parent / near))
        advice = f"There is {format_path(there)}: rename it, or use it by its name."
        remedies.insert(0, Remedy(advice, how_to.use(near)))
    facts = [("looked in", path.parent.absolute().as_posix())]
    aside = build_failed_path(path)
    with suppress(OSError):
        if aside.is_file():
            facts.append(
                ("failed recording", f"{format_path(aside)}, of a block that raised; not used")
            )
    error = CassetteNotFound(
        Explanation(
            headline=f"there is no cassette {format_path(path)}.",
            facts=(("record mode", "none (nothing new is recorded)"), *facts),
            remedies=tuple(remedies),
            anchor="cassette-not-found",
        )
    )
    error.path = path
    return error


def build_shared_not_found_error(
    path: Path, own: str, given: Path, how_to: CommandHints
) -> CassetteNotFound:
    """
    Build the error for a shared cassette that is not there.

    Args:
        own: The cassette that it is read beside, as messages name it.

        given: The path as it was given.
    """
    whole = Path(os.path.normpath(path))
    remedies = [
        Remedy(
            "Record it by itself: a session that shares it never writes it.", how_to.record("once")
        ),
        Remedy("Without an account: record what the simulator answers.", how_to.simulate("once")),
    ]
    with suppress(OSError):
        near = _find_near(path)
        there = format_path(Path(os.path.normpath(path.parent / near))) if near else own
        if near is not None and there != own:
            other = Path(os.path.normpath(given.parent / near)).as_posix()
            advice = f"There is {there}: share that one."
            remedies.insert(0, Remedy(advice, how_to.set(f'shared=["{other}"]')))
    error = CassetteNotFound(
        Explanation(
            headline=f"there is no cassette {format_path(whole)}, which {own} is to share.",
            facts=(("given as", given.as_posix()), ("looked in", whole.parent.as_posix())),
            remedies=tuple(remedies),
            anchor="cassette-not-found",
        )
    )
    error.path = path
    return error


def _find_near(path: Path) -> str | None:
    """
    A cassette whose name is nearly that of *path*, relative to its folder.

    pytest-recording names files as we do, but for the hash, and pytest-vcr a folder higher.
    """
    for folder, prefix in ((path.parent, ""), (path.parent.parent, "../")):
        entries = sorted(folder.iterdir()) if folder.is_dir() else []
        names = [
            entry.name
            for entry in entries
            if entry.suffix in SUFFIXES and not entry.stem.endswith(".failed") and entry.is_file()
        ]
        plain = HASH.sub("", path.stem)
        same = [name for name in names if name.rpartition(".")[0] in (path.stem, plain)]
        close = same or find_similar(path.name, names, limit=1, cutoff=0.75)
        if close:
            return prefix + close[0]
    return None


_ENCODINGS = (
    (b"\x1f\x8b", "like a gzip file"),
    (b"PK\x03\x04", "like a zip file"),
    (b"\xff\xfe", "like UTF-16 text"),
    (b"\xfe\xff", "like UTF-16 text"),
)


def build_utf8_error(content: bytes, error: UnicodeDecodeError) -> DecodeError:
    kind = next((kind for start, kind in _ENCODINGS if content.startswith(start)), "")
    if kind:
        return DecodeError(
            headline=f"is not UTF-8 text: it starts with bytes {content[:2].hex(' ')}, {kind}"
        )
    line = content.count(b"\n", 0, error.start) + 1
    column = len(content[content.rfind(b"\n", 0, error.start) + 1 : error.start].decode()) + 1
    return DecodeError(
        headline="is not UTF-8 text",
        line=line,
        column=column,
        expected="UTF-8",
        found=f"the byte {content[error.start]:02x}",
    )


def build_corrupt_error(
    path: Path, flaw: DecodeError, text: str | None, how_to: CommandHints
) -> CassetteCorrupt:
    place = ""
    if flaw.line:
        place = f"line {flaw.line}, column {flaw.column}"
        place += f": expected {flaw.expected}, found {flaw.found}" if flaw.expected else ""
    name = format_path(path)
    remedies = list(map(_for(name), flaw.remedies))
    is_replaceable = text is not None and is_remains(text)
    if is_replaceable:
        advice = "Or record it again. That replaces the file, once the recording is complete."
        remedies.append(Remedy(advice, how_to.record("rewrite")))
    elif text is not None and remedies == list(map(_for(name), _USUAL)):
        remedies = [Remedy("This is no cassette, and is left alone. Is the path right?")]
    detail = [*_build_excerpt(flaw, text), f"  {_describe_rest(flaw)}"] if text is not None else []
    error = CassetteCorrupt(
        Explanation(
            headline=f"{name} {flaw.headline}.",
            place=(place,) if place else (),
            detail="\n".join(detail),
            remedies=tuple(remedies),
            anchor="cassette-corrupt",
        )
    )
    error.path = path
    error.line = flaw.line
    error.is_replaceable = is_replaceable
    return error


_USUAL = DecodeError(headline="").remedies


def _for(name: str) -> Callable[[Remedy], Remedy]:
    """Return what puts *name* into a remedy where it has ``{path}``."""
    quoted = shlex.quote(name)
    return lambda remedy: Remedy(remedy.advice, remedy.command.replace("{path}", quoted))


def _build_excerpt(flaw: DecodeError, text: str) -> list[str]:
    """The lines around the flaw, without credentials; the place is marked."""
    lines = text.removesuffix("\n").split("\n")
    if not 0 < flaw.line <= len(lines):
        return []
    first = max(0, flaw.line - 3)
    width = len(str(flaw.line + 1))
    # What stands in a line may be named in one above: a header, and its values below it.
    above = lines[max(0, first - _EXCERPT_CONTEXT) : flaw.line - 1]
    before = [*above, lines[flaw.line - 1][: flaw.column - 1]]
    at = len(_safe_lines(before)[-1])
    safe_lines = _safe_lines([*above, *lines[flaw.line - 1 : flaw.line + 1]])
    shown_lines = safe_lines[len(above) - (flaw.line - 1 - first) :]
    # A file that is one long line is shown from shortly before the place.
    start = max(0, at - 40) if at > _EXCERPT_WIDTH - 10 else 0
    excerpt = []
    for number, safe in enumerate(shown_lines, first + 1):
        excerpt.append(f"    {number:>{width}} | {safe[start : start + _EXCERPT_WIDTH]}".rstrip())
        if number == flaw.line:
            excerpt.append(f"    {'':>{width}} | {' ' * (at - start)}^")
    return [*excerpt, ""]


def _safe_lines(lines: list[str]) -> list[str]:
    """*lines* for showing: each in its place, without what looks like a secret."""
    whole = "\n".join(replace_unprintable(line.rstrip("\r")) for line in lines)
    return hide_secrets(whole).split("\n")


def _describe_rest(flaw: DecodeError) -> str:
    left = "The file was not changed."
    if not flaw.interaction or flaw.readable is None:
        return left
    if not flaw.readable:
        return f"{left} Reading stops in the first interaction."
    these = "Interaction 1 is" if flaw.readable == 1 else f"Interactions 1 to {flaw.readable} are"
    return f"{left} {these} readable; number {flaw.interaction} is where it stops."


def build_too_new_error(path: Path, found: TooNew, how_to: CommandHints) -> CassetteTooNew:
    error = CassetteTooNew(
        Explanation(
            headline=f"{format_path(path)} is written in format {found.format}; "
            f"this twreplay reads up to {FORMAT}.",
            detail="  The file was not changed.",
            remedies=(
                Remedy("Upgrade twreplay.", "pip install --upgrade twreplay"),
                Remedy(
                    "Or record it again in the older format. That replaces the file, once the "
                    "recording is complete.",
                    how_to.record("rewrite"),
                ),
            ),
            anchor="cassette-too-new",
        )
    )
    error.path = path
    return error


def build_secret_error(path: Path, where: str) -> SecretInCassette:
    error = SecretInCassette(
        Explanation(
            headline="the recording still has a secret in it after redaction; it was not written.",
            place=(f"{format_path(path)}, at {where} of what was to be written",),
            detail="  What was there before is as it was.",
            remedies=(Remedy("Please report the shape of what stood there, never the value."),),
            anchor="secret-in-cassette",
        )
    )
    error.path = path
    return error


def build_credential_error(path: Path, found: Finding) -> SecretInCassette:
    name = found.name or found.where
    owner = f"webhook {found.webhook}" if found.webhook else f"interaction {found.interaction}"
    place = f"the {found.part} of {owner}: {found.where}"
    if not found.interaction and not found.webhook:
        place = "a part of the file that no cassette has"
    if found.name and found.name != found.where:
        place += f", {found.name}"
    remedies = found.remedies or (
        Remedy("If it is a secret, keep it out of what is sent, and make a new one."),
    )
    error = SecretInCassette(
        Explanation(
            headline="the recording has something in it that looks like a credential; "
            "it was not written."
            if not found.remedies
            else "the recording has something in it that nobody can look into; it was not written.",
            place=(f"{format_path(path)}, line {found.line} of what was to be written",),
            facts=(
                ("looks like" if not found.remedies else "it is", found.kind),
                ("stands in", place),
            ),
            detail="  What was there before is as it was.",
            remedies=(
                *remedies,
                Remedy(
                    "If it is none, say so: the name of its header or field, or the value."
                    if not found.remedies
                    else "If there is no secret in it, say so.",
                    f'not_secret=["{name}"]',
                ),
            ),
            anchor="secret-in-cassette",
        )
    )
    error.path = path
    return error


def build_expired_error(
    path: Path, age: timedelta, limit: timedelta, how_to: CommandHints
) -> CassetteExpired:
    """Build the error for a cassette that is older than *limit*."""
    error = CassetteExpired(
        Explanation(
            headline=f"{format_path(path)} was recorded {format_age(age)} ago, "
            f"and may be {format_age(limit)} old.",
            remedies=(
                Remedy("Record it again.", how_to.record("rewrite")),
                Remedy("Or let it get older.", how_to.set('max_age="52w"')),
            ),
            anchor="cassette-expired",
        )
    )
    error.path = path
    return error


def build_locked_error(path: Path, seconds: float) -> CassetteNotSaved:
    error = CassetteNotSaved(
        Explanation(
            headline=f"another process has been writing {format_path(path)} "
            f"for {seconds:.0f} seconds.",
            detail="  What was there before is as it was.",
            remedies=(
                Remedy("One that hangs or is being debugged while it saves: end it, record again."),
            ),
            anchor="cassette-not-saved",
        )
    )
    error.path = path
    return error


def build_no_cassette_error(path: Path, tool: Tool | None) -> CassetteNotSaved:
    what = f"a recording of {tool.name}" if tool is not None else "no cassette"
    error = CassetteNotSaved(
        Explanation(
            headline=f"{format_path(path)} is {what}, so it was not overwritten.",
            detail="  What was there before is as it was.",
            remedies=(Remedy("If the path is right, move that file away, and record again."),),
            anchor="cassette-not-saved",
        )
    )
    error.path = path
    return error


def not_understood(path: Path, places: Sequence[str]) -> CassetteNotSaved:
    """Return the message about a cassette that would lose something if it was written again."""
    error = CassetteNotSaved(
        Explanation(
            headline=f"{format_path(path)} has something in it that twreplay does not understand "
            "and would lose; it was not written.",
            facts=(("not understood", ", ".join(f"`{place}`" for place in places)),),
            detail="  It can be replayed all the same. What was there before is as it was.",
            remedies=(
                Remedy("Take that out of the file if nobody needs it."),
                Remedy("Or record under another name."),
            ),
            anchor="cassette-not-saved",
        )
    )
    error.path = path
    return error


def build_not_saved_error(path: Path, cause: OSError | UnicodeEncodeError) -> CassetteNotSaved:
    why = cause.strerror if isinstance(cause, OSError) else "half a character is no text"
    error = CassetteNotSaved(
        Explanation(
            headline=f"{format_path(path)} could not be written: {why}.",
            detail="  What was there before is as it was.",
            remedies=(Remedy("Make room, or the file and its folder writable, and record again."),),
            anchor="cassette-not-saved",
        )
    )
    error.path = path
    return error
