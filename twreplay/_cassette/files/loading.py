"""Loading: the text of a cassette's file to its recording. Writes nothing."""

from __future__ import annotations

import gc
import os
import shlex
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from twreplay._cassette.files.codec import Recording, decode
from twreplay._cassette.files.damage import (
    DecodeError,
    TooNew,
    find_interaction_starts,
)
from twreplay._cassette.files.errors import (
    build_corrupt_error,
    build_not_found_error,
    build_too_new_error,
    build_utf8_error,
)
from twreplay._cassette.files.paths import format_path
from twreplay._cassette.files.remains import Tool, tool_of
from twreplay._cassette.remedies import CommandHints, build_code_hints
from twreplay._explanation import Remedy
from twreplay._files import NotAFile, read_file
from twreplay._locking import ProcessLock
from twreplay.errors import CassetteNotFound, TwreplayError


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
    as_json = path.suffix == ".json"
    status = None if decoder else _read_status(path)
    if status is not None and (kept := _settled.get((status, as_json))) is not None:
        return kept
    content = _content_of(path, how_to)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = content.decode("utf-8", "replace")
        raise build_corrupt_error(path, build_utf8_error(content, error), text, how_to) from None
    decoded = decoder(text) if decoder else _decode_once(text, as_json=as_json)
    if isinstance(decoded, Recording):
        if status is not None and status == _read_status(path):
            _keep_settled(status, decoded, as_json=as_json)
        return decoded
    tool = tool_of(text)
    if tool is not None and not (decoder and tool.converts):
        raise build_corrupt_error(path, _of_another_tool(path, tool), text, how_to)
    if isinstance(decoded, DecodeError):
        raise build_corrupt_error(path, decoded, text, how_to)
    raise build_too_new_error(path, decoded, how_to)


def load_if_there(path: Path, how_to: CommandHints | None = None) -> Recording | None:
    """
    Read the cassette in *path* as *load* does; None if there is no such file.

    The error for a missing file, for which the folder is searched, is not built.
    """
    try:
        path.stat()
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        pass  # which *load* explains
    try:
        return load(path, how_to)
    except CassetteNotFound:  # it went just now
        return None


class _Status(NamedTuple):
    """What differs if a file has another content, but for one that was just written."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int


# A clock of the system moves every few milliseconds, one of a file system every two seconds. What
# is written twice between looks the same, so a status counts only if it is older than that.
_SETTLED_NS = 3_000_000_000

# Only where it is changed by each write, whatever time the writer sets.
_HAS_CHANGE_TIME = os.name == "posix"

_settled: OrderedDict[tuple[_Status, bool], Recording] = OrderedDict()


def _read_status(path: Path) -> _Status | None:
    """Return the status of the file in *path*; None if it cannot be gone by."""
    if not _HAS_CHANGE_TIME:
        return None
    try:
        found = os.stat(path)  # noqa: PTH116 - path.stat() takes a third longer
    except (OSError, ValueError):
        return None
    return _Status(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _keep_settled(status: _Status, recording: Recording, *, as_json: bool) -> None:
    # The clock that tests do not stop: a file of the past would pass for settled.
    now = time.clock_gettime_ns(time.CLOCK_REALTIME)
    if now - max(status.modified_ns, status.changed_ns) < _SETTLED_NS or not _MOST_KEPT:
        return
    _lock.call(lambda: _note_settled((status, as_json), recording))


def _note_settled(key: tuple[_Status, bool], recording: Recording) -> None:
    if any(recording is one for one in _decoded.values()):
        _settled[key] = recording
        while len(_settled) > _MOST_KEPT:
            _settled.popitem(last=False)


# The key is the text: size and time of a file can be equal after it was rewritten. Sessions share a
# recording, as nothing in it changes.
_decoded: OrderedDict[tuple[str, bool], Recording] = OrderedDict()
_lock = ProcessLock()
_MOST_KEPT = 8
_MOST_LETTERS = 1 << 25


def _decode_once(text: str, *, as_json: bool) -> Recording | DecodeError | TooNew:
    """Read *text*, or return the recording that was read from the same text before."""
    key = (text, as_json)
    if (known := _lock.call(lambda: _find_decoded(key))) is not None:
        return known
    with _pause_collecting(len(text)):
        decoded = decode(text, as_json=as_json)
    if isinstance(decoded, Recording) and len(text) <= _MOST_LETTERS and _MOST_KEPT:
        kept = decoded
        _lock.call(lambda: _keep_decoded(key, kept))
    return decoded


def _find_decoded(key: tuple[str, bool]) -> Recording | None:
    if (known := _decoded.get(key)) is not None:
        _decoded.move_to_end(key)
    return known


def _keep_decoded(key: tuple[str, bool], decoded: Recording) -> None:
    _decoded[key] = decoded
    while len(_decoded) > _MOST_KEPT or _count_letters() > _MOST_LETTERS:
        _, dropped = _decoded.popitem(last=False)
        for place, kept in list(_settled.items()):
            if kept is dropped:
                del _settled[place]


def was_read_before(text: str, *, as_json: bool) -> bool:
    """Return whether *text* is known to be a cassette, as this process has read it as one."""
    return (text, as_json) in _decoded


@contextmanager
def _pause_collecting(letters: int) -> Iterator[None]:
    """
    Collect no garbage while a large file is read.

    Nearly all that is made is kept, and to look through it again and again took a quarter of the
    time: 85 ms became 60 for 10,000 interactions (2026-11).
    """
    if letters < _FEW_LETTERS or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


_FEW_LETTERS = 1 << 18


def _count_letters() -> int:
    return sum(len(text) for text, _ in _decoded)


def _content_of(path: Path, how_to: CommandHints) -> bytes:
    """
    The bytes of *path*, which must be a file.

    Raises:
        CassetteNotFound, CassetteCorrupt: There is no file, or it cannot be read.
    """
    try:
        return read_file(path)
    except FileNotFoundError:
        raise build_not_found_error(path, how_to) from None
    except NotAFile as error:
        name = Remedy("Name a file.")
        flaw = DecodeError(headline=f"is {error.kind}, not a file", remedies=(name,))
    except OSError as error:
        look = Remedy("Look at who may read it, and every folder above it.", "ls -ld {path}")
        flaw = DecodeError(headline=f"cannot be read: {error.strerror}", remedies=(look,))
    except ValueError:
        flaw = DecodeError(
            headline="has a name that no file can have", remedies=(Remedy("Rename it."),)
        )
    raise build_corrupt_error(path, flaw, None, how_to)


def _of_another_tool(path: Path, tool: Tool) -> DecodeError:
    if not tool.converts:
        advice = f"twreplay does not read what {tool.name} writes. Record under another name."
        remedies: tuple[Remedy, ...] = (Remedy(advice),)
    else:
        target = shlex.quote(format_path(path.with_name(f"{path.stem}.cassette.yaml")))
        command = f"twreplay convert --from={tool.converts} {{path}} {target}"
        remedies = (Remedy("Make a cassette of it.", command),)
    return DecodeError(headline=f"is a recording of {tool.name}, not a cassette", remedies=remedies)


def read_text(path: Path) -> str:
    """Return the text in *path*; empty if it cannot be read."""
    try:
        return _decode(read_file(path))
    except (OSError, UnicodeDecodeError):
        return ""


def _decode(content: bytes) -> str:
    """Decode *content* with line ends as a file has them that is read as text."""
    return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


def find_lines(path: Path, listed_as: str = "interactions") -> list[int]:
    """
    Return the lines on which the interactions in *path* begin, as far as known.

    Args:
        listed_as: The key of their list; ``webhooks`` for those of the API's requests.
    """
    try:
        text = _decode(read_file(path))
    except (OSError, UnicodeDecodeError):
        return []
    as_json = path.suffix == ".json"
    begins = find_interaction_starts(text, as_json=as_json, listed_as=listed_as)
    return [text.count("\n", 0, start) + 1 for start in begins]


def is_simulated(path: Path) -> bool:
    """Return whether *path* is a cassette whose responses a simulator gave."""
    try:
        return load(path).simulated_by is not None
    except TwreplayError:
        return False
