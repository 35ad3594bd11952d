"""Cassette files: the only module that opens one."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path

from twreplay._cassette._codec import Flaw, Recording, TooNew, decode, encode
from twreplay._explanation import Explanation, Remedy
from twreplay.errors import CassetteCorrupt, CassetteNotFound, CassetteNotSaved, CassetteTooNew


def load(path: Path) -> Recording:
    """
    Read the cassette in *path*.

    Raises:
        CassetteNotFound: There is no such file.

        CassetteCorrupt: The file is not a cassette. It is left as it was.

        CassetteTooNew: Only a later twreplay reads it.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise _not_found(path) from None
    except OSError as error:
        raise _corrupt(path, Flaw(f"cannot be read: {error.strerror}"), "") from error
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        kind = ", like a gzip file" if content.startswith(b"\x1f\x8b") else ""
        start = content[:2].hex(" ")
        flaw = Flaw(f"is not UTF-8 text: it starts with bytes {start}{kind}")
        raise _corrupt(path, flaw, "") from error
    decoded = decode(text, as_json=path.suffix == ".json")
    if isinstance(decoded, Flaw):
        raise _corrupt(path, decoded, text)
    if isinstance(decoded, TooNew):
        raise _too_new(path, decoded)
    return decoded


def save(path: Path, recording: Recording, check: Callable[[str], None]) -> None:
    """
    Put *recording* into *path*, whole or not at all.

    Args:
        check: Looks at the final text, and may raise before anything is written.

    Raises:
        CassetteNotSaved: The file system refused. What was there before is as it was.
    """
    text = encode(recording, as_json=path.suffix == ".json")
    check(text)
    # Beside the cassette, not in the temporary folder: a rename across file systems is a
    # copy, and a copy can be interrupted.
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise _not_saved(path, error) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    with suppress(OSError):  # not every system can sync a folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def failed_path(path: Path) -> Path:
    """Where the recording of a block that failed is kept: ``x.failed.yaml``."""
    return path.with_name(f"{path.stem}.failed{path.suffix}")


def _not_found(path: Path) -> CassetteNotFound:
    folder = path.parent
    names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    close = get_close_matches(path.name, names, n=1)
    remedies = [
        Remedy("Record it.", 'use_cassette(..., record_mode="once")\npytest --twreplay-record=once')
    ]
    if close:
        remedies.insert(0, Remedy(f"Did you mean {(folder / close[0]).as_posix()}?"))
    error = CassetteNotFound(
        Explanation(
            headline=f"there is no cassette {path.as_posix()}.",
            remedies=tuple(remedies),
            anchor="cassette-not-found",
        )
    )
    error.path = path
    return error


def _corrupt(path: Path, flaw: Flaw, text: str) -> CassetteCorrupt:
    lines = text.splitlines()
    detail = []
    if 0 < flaw.line <= len(lines):
        first = max(0, flaw.line - 3)
        width = len(str(flaw.line + 1))
        detail.append(f"  line {flaw.line}, column {flaw.column}\n")
        for number, line in enumerate(lines[first : flaw.line + 1], first + 1):
            detail.append(f"    {number:>{width}} | {line[:80]}")
            if number == flaw.line:
                detail.append(f"    {'':>{width}} | {' ' * (min(flaw.column, 80) - 1)}^")
        detail.append("")
    detail.append("  The file was not changed.")
    error = CassetteCorrupt(
        Explanation(
            headline=f"{path.as_posix()} {flaw.headline}.",
            detail="\n".join(detail),
            remedies=(
                Remedy("Take the last good one back.", f"git checkout -- {path.as_posix()}"),
                Remedy(
                    "Or record it again, which replaces the file: delete it first.",
                    f"rm {path.as_posix()}",
                ),
            ),
            anchor="cassette-corrupt",
        )
    )
    error.path = path
    error.line = flaw.line
    return error


def _too_new(path: Path, found: TooNew) -> CassetteTooNew:
    error = CassetteTooNew(
        Explanation(
            headline=f"{path.as_posix()} is written in format {found.format}; "
            "this twreplay reads up to 1.",
            remedies=(Remedy("Upgrade twreplay.", "pip install --upgrade twreplay"),),
            anchor="cassette-too-new",
        )
    )
    error.path = path
    return error


def _not_saved(path: Path, cause: OSError) -> CassetteNotSaved:
    error = CassetteNotSaved(
        Explanation(
            headline=f"{path.as_posix()} could not be written: {cause.strerror}.",
            detail="  What was there before is as it was.",
            anchor="cassette-not-saved",
        )
    )
    error.path = path
    return error
