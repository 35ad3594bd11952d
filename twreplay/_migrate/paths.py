"""Paths as they are written in tests: texts, ``os.path``, ``pathlib``, and where the test is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import TypeAlias

import libcst as cst

from twreplay._migrate.code import write_code
from twreplay._migrate.source import Lookup, SourceFile, Text

ReadText: TypeAlias = Callable[[SourceFile, cst.BaseExpression], "Text | None"]

_DEEPEST = 8
_UNKNOWN = "*"
_SAME = frozenset({"abspath", "realpath", "fspath", "normpath", "Path", "str", "PurePath"})
_SAME_METHODS = frozenset({"resolve", "absolute", "as_posix", "strpath"})
# What a fixture knows of the test that asks for it.
_OF_TEST = frozenset(
    {
        *("request.path", "request.fspath", "request.node.path", "request.node.fspath"),
        *("request.module.__file__", "request.fspath.strpath"),
    }
)
_PARTS: dict[str, Callable[[PurePosixPath], str]] = {
    "parent": lambda path: path.parent.as_posix(),
    "dirname": lambda path: path.parent.as_posix(),
    "stem": lambda path: path.stem,
    "purebasename": lambda path: path.stem,
    "name": lambda path: path.name,
    "basename": lambda path: path.name,
}


class PathReader:
    """
    Reads expressions as paths, with ``*`` for what cannot be read off.

    Args:
        test: The file of the test that a fixture is asked by; None outside of fixtures.
    """

    def __init__(self, read_text: ReadText, lookup: Lookup, test: Path | None = None) -> None:
        self._read_text = read_text
        self._lookup = lookup
        self._test = test

    def read(self, file: SourceFile, node: cst.BaseExpression, depth: int = 0) -> str:
        """Return the path that *node*, an expression in *file*, stands for."""
        if depth > _DEEPEST:
            return _UNKNOWN
        if isinstance(node, cst.Name) and node.value == "__file__":
            return file.path.absolute().as_posix()
        if self._test is not None and write_code(node) in _OF_TEST:
            return self._test.absolute().as_posix()
        if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Divide):
            left = self.read(file, node.left, depth + 1)
            return f"{left}/{self.read(file, node.right, depth + 1)}"
        if isinstance(node, cst.Attribute) and node.attr.value in _PARTS:
            path = self.read(file, node.value, depth + 1)
            return _PARTS[node.attr.value](PurePosixPath(path)) if path != _UNKNOWN else _UNKNOWN
        if isinstance(node, cst.Call):
            return self._read_call(file, node, depth)
        if isinstance(node, cst.Name | cst.Attribute):
            if (value := file.value_of(node)) is not None:
                return self.read(file, value, depth + 1)
            if name := file.resolve(node):
                found = self._lookup(name)
                return self.read(*found, depth + 1) if found is not None else _UNKNOWN
        text = self._read_text(file, node) or (None,)
        return "".join(piece if isinstance(piece, str) else _UNKNOWN for piece in text)

    def _read_call(self, file: SourceFile, node: cst.Call, depth: int) -> str:
        called = file.resolve(node.func)
        if isinstance(node.func, cst.Name) and not called:
            called = node.func.value
        name = called.rpartition(".")[2]
        arguments = [self.read(file, arg.value, depth + 1) for arg in node.args]
        if called.endswith("path.join") or (name == "Path" and len(arguments) > 1):
            return PurePosixPath(*arguments).as_posix()
        if name in _PARTS and called.startswith("os.path") and len(arguments) == 1:
            return _PARTS[name](PurePosixPath(arguments[0]))
        if name in _SAME and len(arguments) == 1:
            return arguments[0]
        if not isinstance(node.func, cst.Attribute):
            return _UNKNOWN
        inner, method = node.func.value, node.func.attr.value
        if method in _SAME_METHODS:
            return self.read(file, inner, depth + 1)
        if method in ("joinpath", "join", "dirpath"):
            path = self.read(file, inner, depth + 1)
            path = PurePosixPath(path).parent.as_posix() if method == "dirpath" else path
            return "/".join([path, *arguments])
        if method == "with_suffix" and len(arguments) == 1:
            stem, dot, _ = self.read(file, inner, depth + 1).rpartition(".")
            return (stem if dot else _UNKNOWN) + arguments[0]
        text = self._read_text(file, node) or (None,)
        return "".join(piece if isinstance(piece, str) else _UNKNOWN for piece in text)
