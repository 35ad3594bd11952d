"""Cassette files: the only module that opens one."""

from __future__ import annotations

import errno
import glob
import os
import re
import shlex
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from getpass import getuser
from hashlib import sha256
from pathlib import Path
from threading import get_ident

from twreplay._cassette.age import format_age
from twreplay._cassette.files.codec import FORMAT, Recording, decode, encode
from twreplay._cassette.files.damage import (
    DecodeError,
    TooNew,
    find_interaction_starts,
    replace_unprintable,
)
from twreplay._cassette.files.remains import Tool, is_remains, tool_of
from twreplay._cassette.remedies import CommandHints, build_code_hints
from twreplay._cassette.secrets import Finding, hide_secrets, scan, scan_unread, with_lines
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

SUFFIXES = frozenset({".yaml", ".yml", ".json"})

_EXCERPT_WIDTH = 80
_EXCERPT_CONTEXT = 12

# Writing takes milliseconds. Whoever takes that long has stopped, or is being debugged.
_PATIENCE_SECONDS = 60.0

# A draft that is so much older than one that is being written was left by a killed process.
_ABANDONED_SECONDS = 600.0

# What file_name() adds to a name that cannot stay as it is.
_HASH = re.compile(r"-[0-9a-f]{10}\Z")


def load(
    path: Path,
    how_to: CommandHints | None = None,
    decoder: Callable[[str], Recording | DecodeError | TooNew] | None = None,
) -> Recording:
    """
    Read the cassette in *path*.

    Args:
        how_to: What the remedies tell the reader to type; by default what stands in code.

        decoder: Reads its text; by default as a cassette, YAML or JSON as *path* says.

    Raises:
        CassetteNotFound: There is no such file.

        CassetteCorrupt: The file is not a cassette. It is left unchanged.

        CassetteTooNew: Only a later twreplay reads it.
    """
    how_to = how_to or build_code_hints(path)
    content = _content_of(path, how_to)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = content.decode("utf-8", "replace")
        raise _build_corrupt_error(path, _build_utf8_error(content, error), text, how_to) from None
    decoded = decoder(text) if decoder else decode(text, as_json=path.suffix == ".json")
    if isinstance(decoded, Recording):
        return decoded
    tool = tool_of(text)
    if tool is not None and not (decoder and tool.converts):
        raise _build_corrupt_error(path, _of_another_tool(path, tool), text, how_to)
    if isinstance(decoded, DecodeError):
        raise _build_corrupt_error(path, decoded, text, how_to)
    raise _build_too_new_error(path, decoded, how_to)


def _content_of(path: Path, how_to: CommandHints) -> bytes:
    """
    The bytes of *path*, which must be a file: whoever reads a pipe waits for ever.

    Raises:
        CassetteNotFound, CassetteCorrupt: There is none, or none that can be read.
    """
    try:
        kind = _special(path.stat().st_mode)
        if not kind:
            return path.read_bytes()
        flaw = DecodeError(headline=f"is {kind}, not a file", remedies=(Remedy("Name a file."),))
    except FileNotFoundError:
        raise _build_not_found_error(path, how_to) from None
    except OSError as error:
        look = Remedy("Look at who may read it, and every folder above it.", "ls -ld {path}")
        flaw = DecodeError(headline=f"cannot be read: {error.strerror}", remedies=(look,))
    except ValueError:
        flaw = DecodeError(
            headline="has a name that no file can have", remedies=(Remedy("Rename it."),)
        )
    raise _build_corrupt_error(path, flaw, None, how_to)


def _special(mode: int) -> str:
    """Return what there is in place of a file; empty if it is one."""
    kinds = {
        stat.S_IFREG: "",
        stat.S_IFDIR: "a directory",
        stat.S_IFIFO: "a named pipe",
        stat.S_IFSOCK: "a socket",
    }
    return kinds.get(stat.S_IFMT(mode), "a device")


def _of_another_tool(path: Path, tool: Tool) -> DecodeError:
    if not tool.converts:
        advice = f"twreplay does not read what {tool.name} writes. Record under another name."
        remedies: tuple[Remedy, ...] = (Remedy(advice),)
    else:
        target = shlex.quote(format_path(path.with_name(f"{path.stem}.cassette.yaml")))
        command = f"twreplay convert --from={tool.converts} {{path}} {target}"
        remedies = (Remedy("Make a cassette of it.", command),)
    return DecodeError(headline=f"is a recording of {tool.name}, not a cassette", remedies=remedies)


@contextmanager
def lock_cassette(path: Path) -> Iterator[None]:
    """
    Lock *path* against other processes, and wait for one that holds the lock.

    Where the system has no locks, nobody is kept out. Then the last one to save wins; the file is
    whole all the same.

    Raises:
        CassetteNotSaved: Another process has been at it for a minute.
    """
    from filelock import FileLock, Timeout  # late: who replays needs none

    with ExitStack() as held:
        try:
            # Cassettes share locks, or the folder would hold one for each that there ever was.
            name = sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:3]
            lock = FileLock(_lock_folder() / f"{name}.lock", timeout=_PATIENCE_SECONDS)
            held.enter_context(lock.acquire(poll_interval=0.01))
        except Timeout:
            raise _build_locked_error(path) from None
        except (OSError, KeyError, RuntimeError):
            pass  # no user, no folder, no locks
        yield


def _lock_folder() -> Path:
    """
    Return where the locks of this user are: a folder that nobody else can put a lock into.

    Not beside the cassettes, where a lock would be one more file to ignore or to commit. The system
    lets go of a lock when its process ends, however that is.

    Raises:
        OSError: There is none.
    """
    user = os.getuid() if hasattr(os, "getuid") else getuser()
    # What another user has made first is his: he could hold every lock in it.
    for folder in (
        Path(tempfile.gettempdir()) / f"twreplay-{user}",
        Path.home() / ".cache" / "twreplay-locks",
    ):
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _is_own(folder):
                return folder
    raise FileNotFoundError(errno.ENOENT, "no folder for locks")


def _is_own(folder: Path) -> bool:
    """Return whether *folder* is this user's alone, after taking away what others may do in it."""
    if not hasattr(os, "getuid"):
        return True
    known = folder.lstat()
    if not stat.S_ISDIR(known.st_mode) or known.st_uid != os.getuid():
        return False
    if stat.S_IMODE(known.st_mode) & 0o077:
        folder.chmod(0o700)
    return True


def read_text(path: Path) -> str:
    """Return the text in *path*; empty if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""


def find_lines(path: Path) -> list[int]:
    """Return the lines on which the interactions in *path* begin, as far as known."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return []
    begins = find_interaction_starts(text, as_json=path.suffix == ".json")
    return [text.count("\n", 0, start) + 1 for start in begins]


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

        CassetteNotSaved: The file system refused. What was there before is as it was.
    """
    # What is set aside beside the cassette takes nothing from it.
    if recording.unknown and not path.stem.endswith(".failed"):
        raise not_understood(path, recording.unknown)
    try:
        as_json = path.suffix == ".json"
        text = encoder(recording) if encoder else encode(recording, as_json=as_json)
        content = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _build_not_saved_error(path, error) from error
    where = leak(text)
    if where is not None:
        raise _build_secret_error(path, where)
    if not_secret is not None:
        refuse_secrets(path, recording, text, not_secret)
    try:
        target = Path(os.path.realpath(path))  # a link stays one
        refuse_to_overwrite(path, or_other_formats=encoder is not None)
        _replace(target, content)
    except OSError as error:
        raise _build_not_saved_error(path, error) from error
    except ValueError as error:  # a NUL in the name
        raise _build_not_saved_error(path, OSError(errno.EINVAL, str(error))) from error


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
        kind = _special(path.stat().st_mode)
    except FileNotFoundError:
        return
    if kind:
        raise OSError(errno.EINVAL, f"it is {kind}, not a file")
    text = path.read_bytes().decode("utf-8-sig", "replace")
    if not is_remains(text, or_other_formats=or_other_formats):
        raise _no_cassette(path, tool_of(text))


def _replace(target: Path, content: bytes) -> None:
    """
    Put *content* into *target*, whole or not at all.

    Raises:
        OSError: The file system refused.
    """
    # Beside the cassette, not in the temporary folder: a rename across file systems is a
    # copy, and a copy can be interrupted.
    # The name is cut so that it fits wherever the cassette's own does.
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
    if found := scan(recording.interactions, not_secret):
        raise _build_credential_error(
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
    if unread := scan_unread(text, recording.interactions, allowed=not_secret):
        raise _build_credential_error(path, unread[0])


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
        PermissionError: Nobody may write it. A rename would not ask, but whoever forbade it did
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
    for other in draft.parent.glob(f"{glob.escape(of_the_same)}.*.*.part"):
        with suppress(OSError):
            if now - other.stat().st_mtime > _ABANDONED_SECONDS:
                other.unlink()


def compute_content_hash(path: Path) -> str:
    """Return a hash of the content of *path*; empty if it cannot be read."""
    with suppress(OSError):
        return sha256(path.read_bytes()).hexdigest()
    return ""


def remove(path: Path) -> None:
    """
    Remove the cassette in *path*.

    Raises:
        CassetteNotSaved: The file system refused.
    """
    try:
        path.unlink()
    except OSError as error:
        raise _build_not_saved_error(path, error) from error


def has_changed_since(path: Path, began: float) -> bool:
    """Return whether *path* was written after *began*, in seconds since the epoch."""
    with suppress(OSError):
        return path.stat().st_mtime >= began
    return False


def build_failed_path(path: Path) -> Path:
    """Return the path for the recording of a failed block: ``x.failed.yaml``."""
    return path.with_name(f"{path.stem}.failed{path.suffix}")


def format_path(path: Path) -> str:
    """Format *path* relative to the current directory."""
    # Not resolved: that asks the file system about every folder, at each session.
    if path.is_absolute():
        with suppress(ValueError, OSError):
            return path.relative_to(Path.cwd()).as_posix()
    return path.as_posix()


def _build_not_found_error(path: Path, how_to: CommandHints) -> CassetteNotFound:
    remedies = [Remedy("Record it.", how_to.record("once"))]
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
        plain = _HASH.sub("", path.stem)
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


def _build_utf8_error(content: bytes, error: UnicodeDecodeError) -> DecodeError:
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


def _build_corrupt_error(
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


def _build_too_new_error(path: Path, found: TooNew, how_to: CommandHints) -> CassetteTooNew:
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


def _build_secret_error(path: Path, where: str) -> SecretInCassette:
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


def _build_credential_error(path: Path, found: Finding) -> SecretInCassette:
    name = found.name or found.where
    place = f"the {found.part} of interaction {found.interaction}: {found.where}"
    if not found.interaction:
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


def _build_locked_error(path: Path) -> CassetteNotSaved:
    error = CassetteNotSaved(
        Explanation(
            headline=f"another process has been writing {format_path(path)} "
            f"for {_PATIENCE_SECONDS:.0f} seconds.",
            detail="  What was there before is as it was.",
            remedies=(
                Remedy("One that hangs or is being debugged while it saves: end it, record again."),
            ),
            anchor="cassette-not-saved",
        )
    )
    error.path = path
    return error


def _no_cassette(path: Path, tool: Tool | None) -> CassetteNotSaved:
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


def _build_not_saved_error(path: Path, cause: OSError | UnicodeEncodeError) -> CassetteNotSaved:
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
