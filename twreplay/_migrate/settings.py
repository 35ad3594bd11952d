"""Flags and requirements outside of Python: ini files, pyproject.toml, and what runs pytest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from twreplay._files import read_file
from twreplay._migrate.notes import CHECK, LEFT, FileChange, Note
from twreplay._migrate.project import walk

_INI_FILES = ("pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml")
_RUNNERS = ("Makefile", "justfile", "noxfile.py", "tasks.py", ".gitlab-ci.yml", ".travis.yml")

_FLAGS = {
    "--record-mode": "--twreplay-record",
    "--vcr-record": "--twreplay-record",
    "--disable-recording": "--twreplay-disable",
    "--disable-vcr": "--twreplay-disable",
    "--block-network": "--twreplay-block-network",
    "--allowed-hosts": "--twreplay-allowed-hosts",
}
_FLAG = re.compile(rf"(?<![\w-])(?:{'|'.join(_FLAGS)})(?![\w-])")
_REQUIREMENT = re.compile(
    r"(?i)(?<![\w.-])(pytest[-_]recording|pytest[-_]vcr|vcrpy|responses)"
    r"(?=\s*(?:[\"'\[<>=!~;,\]]|$))"
)


def migrate_settings(
    paths: Iterable[Path], gone: frozenset[str], kept: frozenset[str]
) -> tuple[list[FileChange], list[Note]]:
    """
    Rewrite the flags in the files of settings, and tell of requirements.

    Args:
        paths: The folders and files that are migrated; files beside and above them are only told
            of.

        gone: Libraries from which something was rewritten, and that no test uses any more.

        kept: Libraries from which something was rewritten, and that other tests use still.

    Returns:
        The files that change, and notes.
    """
    changes: list[FileChange] = []
    notes: list[Note] = []
    given = list(paths)
    inside = {path.resolve(): path for path in _find_inside(given)}
    for path in [*inside.values(), *_find_above(given, set(inside))]:
        try:
            before = read_file(path)
            text = before.decode("utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        if "pytest-recording" in gone:
            may_write = path.resolve() in inside and path.name in _INI_FILES
            if may_write and _FLAG.search(text):
                after = _FLAG.sub(lambda found: _FLAGS[found[0]], text)
                changes.append(FileChange(path, before, after.encode("utf-8")))
            elif not may_write:
                notes += _tell_flags(path, text)
        notes += _tell_requirements(path, text, gone, kept)
    return changes, notes


def _find_inside(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        for file in walk(path) if path.is_dir() else [path]:
            if file.name in _INI_FILES or _is_told_of(file):
                yield file


def _is_told_of(path: Path) -> bool:
    is_list = path.name.startswith("requirements") and path.suffix in (".txt", ".in")
    return path.name in _RUNNERS or is_list


def _find_above(paths: Iterable[Path], known: set[Path]) -> Iterator[Path]:
    """Yield the files above *paths*, up to the folder of the project."""
    seen = set(known)
    for path in paths:
        folder = path if path.is_dir() else path.parent
        for above in (folder, *folder.resolve().parents):
            workflows = above / ".github" / "workflows"
            candidates = [above / name for name in (*_INI_FILES, *_RUNNERS)]
            candidates += sorted(above.glob("requirements*.txt"))
            candidates += sorted(workflows.glob("*.y*ml"))
            for candidate in candidates:
                if candidate.is_file() and candidate.resolve() not in seen:
                    seen.add(candidate.resolve())
                    yield _shorten(candidate)
            if (above / ".git").exists() or (above / "pyproject.toml").exists():
                break


def _shorten(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _tell_flags(path: Path, text: str) -> Iterator[Note]:
    for number, line in enumerate(text.splitlines(), 1):
        for found in _FLAG.finditer(line):
            to_do = _FLAGS[found[0]]
            yield Note(path, number, found[0], "a flag of pytest-recording", to_do, LEFT)


def _tell_requirements(
    path: Path, text: str, gone: frozenset[str], kept: frozenset[str]
) -> Iterator[Note]:
    if path.suffix not in (".txt", ".in", ".toml", ".cfg", ".ini"):
        return
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith(("#", "[")) and "=" not in line:
            continue
        for found in _REQUIREMENT.finditer(line):
            name = found[1].lower().replace("_", "-")
            library = "pytest-recording" if name == "pytest-vcr" else name
            if library in gone:
                yield Note(path, number, name, "no test uses it any more", "twreplay", CHECK)
            elif library in kept:
                why = "other tests use it still"
                yield Note(path, number, name, why, "twreplay, in addition", CHECK)
