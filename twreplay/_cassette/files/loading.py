"""Loading: the text of a cassette's file to its recording. Writes nothing."""

from __future__ import annotations

import os
import shlex
import stat
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import Lock

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
from twreplay.errors import TwreplayError


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
        raise build_corrupt_error(path, build_utf8_error(content, error), text, how_to) from None
    decoded = decoder(text) if decoder else _decode_once(text, as_json=path.suffix == ".json")
    if isinstance(decoded, Recording):
        return decoded
    tool = tool_of(text)
    if tool is not None and not (decoder and tool.converts):
        raise build_corrupt_error(path, _of_another_tool(path, tool), text, how_to)
    if isinstance(decoded, DecodeError):
        raise build_corrupt_error(path, decoded, text, how_to)
    raise build_too_new_error(path, decoded, how_to)


# The key is the text: size and time of a file can be equal after it was rewritten. Sessions share a
# recording, as nothing in it changes.
_decoded: OrderedDict[tuple[str, bool], Recording] = OrderedDict()
_lock = Lock()
_MOST_KEPT = 8
_MOST_LETTERS = 1 << 25


def _decode_once(text: str, *, as_json: bool) -> Recording | DecodeError | TooNew:
    """Read *text*, or return the recording that was read from the same text before."""
    key = (text, as_json)
    with _lock:
        if (known := _decoded.get(key)) is not None:
            _decoded.move_to_end(key)
            return known
    decoded = decode(text, as_json=as_json)
    if isinstance(decoded, Recording) and len(text) <= _MOST_LETTERS and _MOST_KEPT:
        with _lock:
            _decoded[key] = decoded
            while len(_decoded) > _MOST_KEPT or _count_letters() > _MOST_LETTERS:
                _decoded.popitem(last=False)
    return decoded


def _count_letters() -> int:
    return sum(len(text) for text, _ in _decoded)


def _renew_lock() -> None:
    global _lock  # another thread may have held it when the process was copied
    _lock = Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


def _content_of(path: Path, how_to: CommandHints) -> bytes:
    """
    The bytes of *path*, which must be a file: to read a pipe could wait for ever.

    Raises:
        CassetteNotFound, CassetteCorrupt: There is no file, or it cannot be read.
    """
    try:
        kind = describe_special_file(path.stat().st_mode)
        if not kind:
            return path.read_bytes()
        flaw = DecodeError(headline=f"is {kind}, not a file", remedies=(Remedy("Name a file."),))
    except FileNotFoundError:
        raise build_not_found_error(path, how_to) from None
    except OSError as error:
        look = Remedy("Look at who may read it, and every folder above it.", "ls -ld {path}")
        flaw = DecodeError(headline=f"cannot be read: {error.strerror}", remedies=(look,))
    except ValueError:
        flaw = DecodeError(
            headline="has a name that no file can have", remedies=(Remedy("Rename it."),)
        )
    raise build_corrupt_error(path, flaw, None, how_to)


def describe_special_file(mode: int) -> str:
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


def is_simulated(path: Path) -> bool:
    """Return whether *path* is a cassette whose responses a simulator gave."""
    try:
        return load(path).simulated_by is not None
    except TwreplayError:
        return False
