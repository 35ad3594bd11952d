"""Marks and fixtures of pytest in a file: where they stand, and which tests they are about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import libcst as cst

from twreplay._migrate.code import has_stars, read_arguments
from twreplay._migrate.source import SourceFile


@dataclass(eq=False)
class Mark:
    """
    One mark, written as a decorator or in ``pytestmark``.

    Attributes:
        node: ``pytest.mark.vcr``, or the call of it.

        holder: The function or class that it is on; None for the module.

        arguments: What it was called with, by position.

        keywords: What it was called with, by name.

        is_readable: Its arguments stand there one by one.

        statement: The assignment to ``pytestmark``; None for a decorator.
    """

    file: SourceFile
    node: cst.BaseExpression
    holder: cst.FunctionDef | cst.ClassDef | None
    arguments: list[cst.BaseExpression] = field(default_factory=list)
    keywords: dict[str, cst.BaseExpression] = field(default_factory=dict)
    is_readable: bool = True
    statement: cst.Assign | None = None

    @property
    def unit(self) -> str:
        """The unit of a function's mark, or of the mark itself."""
        return self.file.unit(self.holder if self.holder is not None else self.node)


def find_marks(file: SourceFile, name: str) -> Iterator[Mark]:
    """Yield each mark ``pytest.mark.name``, and each place where it stands as something else."""
    for node in file.nodes:
        if not isinstance(node, cst.Attribute) or file.resolve(node) != f"pytest.mark.{name}":
            continue
        around = file.parent(node)
        if isinstance(around, cst.Call) and around.func is node:
            yield _build_mark(file, around)
        else:
            yield _build_mark(file, node)


def _build_mark(file: SourceFile, node: cst.Call | cst.Attribute) -> Mark:
    positional, named = read_arguments(node) if isinstance(node, cst.Call) else ([], {})
    mark = Mark(
        file,
        node,
        None,
        [arg.value for arg in positional],
        {name: arg.value for name, arg in named.items()},
        not (isinstance(node, cst.Call) and has_stars(node.args)),
    )
    around = file.parent(node)
    if isinstance(around, cst.Decorator):
        holder = file.parent(around)
        if isinstance(holder, cst.FunctionDef | cst.ClassDef):
            mark.holder = holder
            return mark
    if isinstance(around, cst.Element):
        around = file.parent(file.parent(around) or around)
    if isinstance(around, cst.Assign):
        target = around.targets[0].target
        if isinstance(target, cst.Name) and target.value == "pytestmark":
            mark.statement = around
            mark.holder = file.klass(around)
            return mark
    mark.is_readable = False
    return mark


def list_tests(
    file: SourceFile, holder: cst.FunctionDef | cst.ClassDef | None
) -> list[cst.FunctionDef]:
    """Return the tests in *holder*, which is a test itself, a class, or the module."""
    if isinstance(holder, cst.FunctionDef):
        return [holder]
    found = []
    for function in file.find(cst.FunctionDef):
        if not function.name.value.startswith("test") or file.owner(function) is not function:
            continue
        if holder is None or holder in file.chain(function):
            found.append(function)
    return found


def name_test(file: SourceFile, function: cst.FunctionDef) -> str:
    """Return the name of a test as cassettes are called after it: ``Class.test``."""
    klass = file.klass(function)
    return f"{klass.name.value}.{function.name.value}" if klass is not None else function.name.value


@dataclass(eq=False)
class Fixture:
    """
    A fixture of pytest.

    Attributes:
        name: What tests call it.

        function: Its definition.

        klass: The class that it is in, if it is in one.
    """

    file: SourceFile
    name: str
    function: cst.FunctionDef
    klass: cst.ClassDef | None

    def is_for(self, file: SourceFile, function: cst.FunctionDef) -> bool:
        """Return whether a test may be given it."""
        if self.klass is not None:
            return file is self.file and self.klass in file.chain(function)
        if file is self.file:
            return True
        folder = self.file.path.absolute().parent
        return self.file.path.name == "conftest.py" and file.path.absolute().is_relative_to(folder)

    @property
    def nearness(self) -> tuple[int, int, int]:
        """What makes one of several of the same name be taken: the greatest."""
        is_near = self.file.path.name != "conftest.py"
        return (self.klass is not None, is_near, len(self.file.path.absolute().parts))


def find_fixtures(file: SourceFile) -> Iterator[Fixture]:
    """Yield the fixtures that *file* defines."""
    for function in file.find(cst.FunctionDef):
        for decorator in function.decorators:
            made = decorator.decorator
            call = made if isinstance(made, cst.Call) else None
            name = file.resolve(call.func if call is not None else made)
            if name not in ("pytest.fixture", "pytest.yield_fixture", "pytest_asyncio.fixture"):
                continue
            _, named = read_arguments(call) if call is not None else ([], {})
            given = named.get("name")
            literal = given.value if given is not None else None
            text = literal.evaluated_value if isinstance(literal, cst.SimpleString) else None
            yield Fixture(file, str(text or function.name.value), function, file.klass(function))


def choose_fixture(
    fixtures: list[Fixture], name: str, file: SourceFile, function: cst.FunctionDef
) -> Fixture | None:
    """Return the fixture that a test gets under *name*, if the project defines it."""
    found = [each for each in fixtures if each.name == name and each.is_for(file, function)]
    return max(found, key=lambda each: each.nearness, default=None)
