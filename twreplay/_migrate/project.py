"""The files of a migration, and what they know of each other."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import libcst as cst

from twreplay._files import read_file
from twreplay._migrate.cassettes import Cassettes
from twreplay._migrate.paths import PathReader
from twreplay._migrate.source import SourceFile, Text, Unparsable, read_text

LIBRARIES = ("vcrpy", "pytest-recording", "responses")

# Not a project's own.
_PASSED_OVER = frozenset({"node_modules", "__pycache__", "site-packages", "build", "dist"})
_WORDS = (b"vcr", b"responses", b"block_network")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """
    How to migrate.

    Attributes:
        libraries: Which of `LIBRARIES` to migrate from.

        everything: What no cassette tells to be about this API counts as being about it.

        as_before: Keep what the other library compares, and that nothing unused is an error.
    """

    libraries: tuple[str, ...] = LIBRARIES
    everything: bool = False
    as_before: bool = False


class Project:
    """
    The files below some paths.

    Attributes:
        files: Those of Python that name one of the libraries, parsed.

        others: Paths of Python files that do not; they are not parsed.

        problems: What could not be read, a line each.

        cassettes: Its cassettes.
    """

    def __init__(self, paths: Iterable[Path], options: Options) -> None:
        self.options = options
        self.files: list[SourceFile] = []
        self.others: list[Path] = []
        self.problems: list[str] = []
        given = tuple(paths)
        for path in find_python(given):
            self._read(path)
        folders = [path if path.is_dir() else path.parent for path in given]
        self.cassettes = Cassettes([Path(), *folders, *(f.parent for f in folders)])
        self._modules: dict[str, SourceFile | Path | None] = {
            name: path for path in self.others for name in _list_module_names(path)
        }
        for file in self.files:
            self._modules.update(dict.fromkeys(_list_module_names(file.path), file))
        self._folders = [Path(), Path("src"), *folders, *(each.parent for each in folders)]

    def _read(self, path: Path) -> None:
        try:
            source = read_file(path)
        except OSError as error:
            self.problems.append(f"{path.as_posix()}: cannot be read: {error.strerror}")
            return
        if not any(word in source for word in _WORDS):
            self.others.append(path)
            return
        try:
            self.files.append(SourceFile(path, source))
        except Unparsable as error:
            self.problems.append(str(error))

    def include(self, names: Iterable[str]) -> None:
        """Parse the files that name none of the libraries, and one of *names* that stand for it."""
        wanted = [name.encode() for name in names]
        for path in list(self.others):
            source = read_file(path) if wanted else b""
            if any(word in source for word in wanted):
                file = _parse_or_none(path)
                if file is not None:
                    self.others.remove(path)
                    self.files.append(file)
                    self._modules.update(dict.fromkeys(_list_module_names(path), file))

    def find_module(self, name: str) -> SourceFile | None:
        """
        Return the file that an import of *name* means, if it is one of the project's.

        The code under test need not be in the paths: it is read, and not rewritten.
        """
        name = name.lstrip(".")
        if name not in self._modules:
            self._modules[name] = self._search(name)
        found = self._modules[name]
        if isinstance(found, Path):
            found = self._modules[name] = _parse_or_none(found)
        return found

    def _search(self, name: str) -> Path | None:
        inner = Path(*name.split(".")) if name else Path()
        for folder in self._folders:
            for path in (folder / inner.with_suffix(".py"), folder / inner / "__init__.py"):
                if name and path.is_file():
                    return path
        return None

    def lookup(self, name: str) -> tuple[SourceFile, cst.BaseExpression] | None:
        """Return the file of what was imported as *name*, and the expression it stands for."""
        module, _, last = name.rpartition(".")
        file = self.find_module(module)
        if file is None:
            return None
        values = file.assigned.get(last, [])
        return (file, values[0]) if len(values) == 1 else None

    def read_text(self, file: SourceFile, node: cst.BaseExpression) -> Text | None:
        """Return the text that *node* stands for, as far as it can be read off."""
        return read_text(file, node, self.lookup)

    def read_path(
        self, file: SourceFile, node: cst.BaseExpression, test: Path | None = None
    ) -> str:
        """
        Return the path that *node* stands for, with ``*`` for what cannot be read off.

        Args:
            test: The file of the test that asks for it, in a fixture.
        """
        return PathReader(self.read_text, self.lookup, test).read(file, node)


def _parse_or_none(path: Path) -> SourceFile | None:
    try:
        return SourceFile(path, read_file(path))
    except (OSError, Unparsable):
        return None


def find_python(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the Python files in *paths*, files or folders, but for hidden ones and environments."""
    seen: set[Path] = set()
    for given in paths:
        for path in [given] if given.is_file() else sorted(walk(given)):
            if path not in seen and (path.suffix == ".py" or path == given):
                seen.add(path)
                yield path


def walk(folder: Path) -> Iterator[Path]:
    """Yield all files below *folder*, but for hidden folders and environments."""
    for root, folders, files in os.walk(folder):
        if "pyvenv.cfg" in files:
            folders.clear()
            continue
        folders[:] = [name for name in folders if name not in _PASSED_OVER and name[0] != "."]
        yield from (Path(root, name) for name in files)


def _list_module_names(path: Path) -> Iterator[str]:
    """Yield the names by which *path* may be imported, the longest first."""
    parts = list(path.with_suffix("").parts)
    if parts and parts[-1] == "__init__":
        parts.pop()
    for start in range(len(parts)):
        yield ".".join(parts[start:])
