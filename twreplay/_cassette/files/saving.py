"""Saving: a cassette is replaced as a whole, or left unchanged."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from threading import get_ident

from twreplay._cassette.files.codec import Recording, encode
from twreplay._cassette.files.errors import (
    build_credential_error,
    build_no_cassette_error,
    build_not_saved_error,
    build_secret_error,
    not_understood,
)
from twreplay._cassette.files.loading import was_read_before
from twreplay._cassette.files.remains import is_remains, tool_of
from twreplay._cassette.secrets import scan_recording, scan_unread, with_lines
from twreplay._files import read_file

# A draft that is so much older than one that is being written was left by a killed process.
_ABANDONED_SECONDS = 600.0


def save(
    path: Path,
    recording: Recording,
    leak: Callable[[str], str | None],
    not_secret: Iterable[str] | None = (),
    encoder: Callable[[Recording], str] | None = None,
) -> None:
    """
    Put *recording* into *path*, whole or not at all.

    Args:
        leak: Says where in the final text a known secret still stands, or None.

        not_secret: What only looks like one: names of headers and fields, or values. None if all
            of it was searched when it was recorded.

        encoder: Makes its text; by default as a cassette, YAML or JSON as *path* says.

    Raises:
        SecretInCassette: There is one. Nothing was written.

        CassetteNotSaved: The file system refused. What was there before is unchanged.
    """
    # What is set aside beside the cassette takes nothing from it.
    if recording.unknown and not path.stem.endswith(".failed"):
        raise not_understood(path, recording.unknown)
    try:
        as_json = path.suffix == ".json"
        text = encoder(recording) if encoder else encode(recording, as_json=as_json)
        content = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise build_not_saved_error(path, error) from error
    where = leak(text)
    if where is not None:
        raise build_secret_error(path, where)
    if not_secret is not None:
        refuse_secrets(path, recording, text, not_secret)
    try:
        target = Path(os.path.realpath(path))  # a link stays one
        refuse_to_overwrite(path, or_other_formats=encoder is not None)
        replace_file(target, content)
    except OSError as error:
        raise build_not_saved_error(path, error) from error
    except ValueError as error:  # a NUL in the name
        raise build_not_saved_error(path, OSError(errno.EINVAL, str(error))) from error


def refuse_to_overwrite(path: Path, *, or_other_formats: bool = False) -> None:
    """
    See to it that what is in *path* may be replaced by a recording.

    Args:
        or_other_formats: So may a file in one of the formats that ``twreplay convert`` writes.

    Raises:
        CassetteNotSaved: It is something else: a page, a configuration, a file of another tool.

        OSError: It cannot be read.
    """
    try:
        content = read_file(path)
    except FileNotFoundError:
        return
    text = content.decode("utf-8-sig", "replace")
    # As nearly always; to look for the marks of all tools took 17 ms with 10,000 interactions.
    if was_read_before(text, as_json=path.suffix == ".json"):
        return
    if not is_remains(text, or_other_formats=or_other_formats):
        raise build_no_cassette_error(path, tool_of(text))


def replace_file(target: Path, content: bytes) -> None:
    """
    Put *content* into *target*, whole or not at all.

    Raises:
        OSError: The file system refused.
    """
    # Beside the cassette, not in the temporary folder: a rename across file systems is a
    # copy, and a copy can be interrupted.
    # The name is cut so that it fits where the cassette's own fits.
    draft = target.with_name(f".{target.name[:50]}.{os.getpid()}.{get_ident()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        before = _replaceable(target)
        with draft.open("wb") as file:
            if before is not None:
                _make_alike(draft, target, before)
            file.write(content)
            file.flush()
            _sync(file.fileno())
        _sweep(draft)
        draft.replace(target)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    with suppress(OSError):  # not every system can sync a folder
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def refuse_secrets(
    path: Path, recording: Recording, text: str, not_secret: Iterable[str] = ()
) -> None:
    """
    See to it that nothing in *recording*, of which *text* is made, looks like a credential.

    Raises:
        SecretInCassette: Something does.
    """
    if found := scan_recording(recording, not_secret):
        raise build_credential_error(
            path, with_lines(found[:1], text, as_json=path.suffix == ".json")[0]
        )


def refuse_unread(
    path: Path, recording: Recording, text: str, not_secret: Iterable[str] = ()
) -> None:
    """
    See to it that nothing in *text* beside what was read of it looks like a credential.

    Raises:
        SecretInCassette: Something does.
    """
    if unread := scan_unread(text, recording.all_interactions, allowed=not_secret):
        raise build_credential_error(path, unread[0])


# What file systems say that have no such thing: some on networks and in user space.
_NOT_OFFERED = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})


def _sync(descriptor: int) -> None:
    """
    Flush what was written to the disk, where the file system offers that.

    Raises:
        OSError: It was not put there.
    """
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NOT_OFFERED:
            raise


def _make_alike(draft: Path, target: Path, before: os.stat_result) -> None:
    """
    Give *draft* the owner, the permissions and the extended attributes of *target*.

    As far as the system lets this user: that is no reason not to save.
    """
    mine = draft.stat()
    if (mine.st_uid, mine.st_gid) != (before.st_uid, before.st_gid) and hasattr(os, "chown"):
        with suppress(OSError):
            os.chown(draft, before.st_uid, before.st_gid)
    with suppress(OSError):
        draft.chmod(stat.S_IMODE(before.st_mode))
    if hasattr(os, "listxattr"):
        with suppress(OSError):
            for name in os.listxattr(target):
                with suppress(OSError):
                    os.setxattr(draft, name, os.getxattr(target, name))


def _replaceable(target: Path) -> os.stat_result | None:
    """
    Return what the system knows of the file that is to be replaced; None if there is none.

    Raises:
        PermissionError: It may not be written. A rename would not ask, but its owner did
            not mean this way of writing to be allowed. Nor would root be stopped.
    """
    try:
        known = target.stat()
    except FileNotFoundError:
        return None
    if not known.st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(errno.EACCES, "the file is read-only")
    return known


def _sweep(draft: Path) -> None:
    """Remove drafts beside *draft* that killed processes have left."""
    now = draft.stat().st_mtime
    of_the_same = draft.name.rsplit(".", 3)[0]
    found: list[os.DirEntry[str]] = []
    # Not by a pattern, which is compiled for each name: half a millisecond.
    with suppress(OSError), os.scandir(draft.parent) as entries:  # it need not be readable
        found += [each for each in entries if each.name.endswith(".part")]
    for other in found:
        parts = other.name.rsplit(".", 3)
        if len(parts) < 4 or parts[0] != of_the_same:
            continue
        with suppress(OSError):
            if now - other.stat().st_mtime > _ABANDONED_SECONDS:
                os.unlink(other.path)  # noqa: PTH108


def remove(path: Path) -> None:
    """
    Remove the cassette in *path*.

    Raises:
        CassetteNotSaved: The file system refused.
    """
    try:
        path.unlink()
    except OSError as error:
        raise build_not_saved_error(path, error) from error
