"""One file of Python: its syntax tree, and what the names in it stand for."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

import libcst as cst
from libcst.metadata import (
    CodeRange,
    MetadataWrapper,
    ParentNodeProvider,
    PositionProvider,
    QualifiedNameProvider,
    QualifiedNameSource,
)

from twreplay._explanation import shorten
from twreplay._migrate.notes import CHECK, LEFT, Note
from twreplay._migrate.plan import Unit

Node = TypeVar("Node", bound=cst.CSTNode)

Text: TypeAlias = tuple[str | cst.BaseExpression | None, ...]
"""
A text that is known in part.

Its pieces are texts, expressions for what is not known, and None for what cannot even be named at
this place, as it comes from another file.
"""

_SHOWN = 72
_DEEPEST = 8
_DEEPEST_SYNTAX = 1000


class Unparsable(Exception):
    """A file is no Python that can be read."""


def _check_syntax(path: Path, source: bytes) -> None:
    """
    Refuse what is no Python before libcst sees it.

    libcst's parser ends the process where brackets are 3,000 deep, or a chain of ``and`` is 20,000
    long; Python's own says what is wrong, and where.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes that are none; they stay as they are
            tree = ast.parse(source)
    except (RecursionError, MemoryError):
        raise Unparsable(_explain_depth(path)) from None
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        reason = getattr(error, "msg", None) or str(error)
        msg = f"{path}:{line}: is no Python that can be read: {reason}"
        raise Unparsable(msg) from None
    level: list[ast.AST] = [tree]
    for _ in range(_DEEPEST_SYNTAX):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if any(
            isinstance(node, ast.BoolOp) and len(node.values) > _DEEPEST_SYNTAX for node in level
        ):
            break
        if not level:
            return
    raise Unparsable(_explain_depth(path))


def _explain_depth(path: Path) -> str:
    return f"{path}:1: cannot be read: it is nested too deeply. Migrate it by hand"


class SourceFile:
    """
    One file, parsed once.

    Attributes:
        path: Where it is.

        source: Its bytes.

        module: Its tree, which notes, edits and metadata speak of.

    Raises:
        Unparsable: It is no Python.
    """

    def __init__(self, path: Path, source: bytes) -> None:
        self.path = path
        self.source = source
        _check_syntax(path, source)
        try:
            self.module = cst.parse_module(source)
            wrapper = MetadataWrapper(self.module, unsafe_skip_copy=True)
            # Asked for at once: libcst visits the tree for those together that need no other.
            known = wrapper.resolve_many(
                (PositionProvider, ParentNodeProvider, QualifiedNameProvider)
            )
        except cst.ParserSyntaxError as error:
            last = str(error).partition("error: ")[2].partition("\n")[0]
            msg = f"{path}:{error.raw_line}: is no Python that libcst reads: {last or 'syntax'}"
            raise Unparsable(msg) from None
        except UnicodeDecodeError as error:
            msg = f"{path}:1: cannot be read: {error.reason}"
            raise Unparsable(msg) from None
        except RecursionError:
            raise Unparsable(_explain_depth(path)) from None
        self._positions = cast("Mapping[cst.CSTNode, CodeRange]", known[PositionProvider])
        self._parents = cast("Mapping[cst.CSTNode, cst.CSTNode]", known[ParentNodeProvider])
        self._names = cast("Any", known[QualifiedNameProvider])
        self._found: dict[type, list[Any]] = {}
        self._units: dict[cst.CSTNode, Unit] = {}

    # --- names ---------------------------------------------------------------------------------

    def _qualified(self, node: cst.CSTNode) -> Iterator[Any]:
        found = self._names.get(node, ())
        yield from found() if callable(found) else found

    def resolve(self, node: cst.CSTNode) -> str:
        """Return the full name of what was imported and *node* stands for; empty if it is not."""
        for each in self._qualified(node):
            if each.source is QualifiedNameSource.IMPORT:
                return cast("str", each.name)
        return ""

    def resolve_local(self, node: cst.CSTNode) -> str:
        """Return the full name of what is assigned in this file; empty if it is not."""
        for each in self._qualified(node):
            if each.source is QualifiedNameSource.LOCAL:
                return cast("str", each.name)
        return ""

    # --- places --------------------------------------------------------------------------------

    def line(self, node: cst.CSTNode) -> int:
        """Return the line of *node*."""
        return self._positions[node].start.line

    def column(self, node: cst.CSTNode) -> int:
        """Return how many characters are before *node* on its line."""
        return self._positions[node].start.column

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """Return the node around *node*."""
        return self._parents.get(node)

    def find_around(self, node: cst.CSTNode, *kinds: type[Node]) -> Node | None:
        """Return the nearest node around *node* that is of one of *kinds*."""
        above = self.parent(node)
        while above is not None and not isinstance(above, kinds):
            above = self.parent(above)
        return above

    def chain(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """Yield the nodes around *node*, the nearest first."""
        above = self.parent(node)
        while above is not None:
            yield above
            above = self.parent(above)

    def owner(self, node: cst.CSTNode) -> cst.CSTNode:
        """Return what is rewritten as a whole: the outermost function, else the statement."""
        chain = [node, *self.chain(node)]
        functions = [each for each in chain if isinstance(each, cst.FunctionDef)]
        if functions:
            return functions[-1]
        kinds = (cst.SimpleStatementLine, cst.BaseCompoundStatement)
        return next((each for each in chain if isinstance(each, kinds)), self.module)

    def unit(self, node: cst.CSTNode) -> Unit:
        """Return the unit that *node* is in."""
        if node not in self._units:
            owner = self.owner(node)
            number = 0 if owner is self.module else self.line(owner)
            self._units[node] = f"{self.path.as_posix()}:{number}"
        return self._units[node]

    def function(self, node: cst.CSTNode) -> cst.FunctionDef | None:
        """Return the function or method that *node* is in, the outermost."""
        owner = self.owner(node)
        return owner if isinstance(owner, cst.FunctionDef) else None

    def klass(self, node: cst.CSTNode) -> cst.ClassDef | None:
        """Return the class that *node* is in."""
        return self.find_around(node, cst.ClassDef)

    def show(self, node: cst.CSTNode) -> str:
        """Return *node* as source code on one line, shortened."""
        return shorten(" ".join(self.module.code_for_node(node).split()), _SHOWN)

    def note(self, node: cst.CSTNode, why: str, to_do: str = "", *, what: str = "") -> Note:
        """Build a note about *node*, which is left."""
        return Note(self.path, self.line(node), what or self.show(node), why, to_do, LEFT)

    def remark(self, node: cst.CSTNode, why: str, to_do: str = "", *, what: str = "") -> Note:
        """Build a note about *node*, which is changed."""
        return Note(self.path, self.line(node), what or self.show(node), why, to_do, CHECK)

    # --- values --------------------------------------------------------------------------------

    @cached_property
    def nodes(self) -> tuple[cst.CSTNode, ...]:
        """All nodes, in the order of the source."""
        collector = _Collector()
        self.module.visit(collector)
        return tuple(collector.nodes)

    def find(self, kind: type[Node]) -> list[Node]:
        """Return all nodes of a *kind*, in the order of the source."""
        if kind not in self._found:
            self._found[kind] = [node for node in self.nodes if isinstance(node, kind)]
        return self._found[kind]

    def list_inside(self, around: cst.CSTNode) -> tuple[cst.CSTNode, ...]:
        """Return all nodes in *around*, in the order of the source."""
        collector = _Collector()
        around.visit(collector)
        return tuple(collector.nodes)

    def find_in(self, around: cst.CSTNode, kind: type[Node]) -> list[Node]:
        """Return the nodes of a *kind* in *around*, in the order of the source."""
        return [node for node in self.list_inside(around) if isinstance(node, kind)]

    @cached_property
    def assigned(self) -> dict[str, list[cst.BaseExpression]]:
        """The expressions that are assigned to each name, by the name's full name."""
        found: dict[str, list[cst.BaseExpression]] = {}
        for node in self.find(cst.Assign):
            for target in node.targets:
                if name := self.resolve_local(target.target):
                    found.setdefault(name, []).append(node.value)
        for annotated in self.find(cst.AnnAssign):
            if annotated.value is not None and (name := self.resolve_local(annotated.target)):
                found.setdefault(name, []).append(annotated.value)
        return found

    def value_of(self, node: cst.BaseExpression) -> cst.BaseExpression | None:
        """Return what a name stands for, if it is assigned once in this file."""
        name = self.resolve_local(node)
        if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name):
            klass = self.klass(node)
            if node.value.value in ("self", "cls") and klass is not None:
                name = f"{self.resolve_local(klass)}.{node.attr.value}"
        values = self.assigned.get(name, [])
        return values[0] if len(values) == 1 else None


class _Collector(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.nodes: list[cst.CSTNode] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        self.nodes.append(node)
        return True


Lookup: TypeAlias = Callable[[str], "tuple[SourceFile, cst.BaseExpression] | None"]
"""Finds what a name that was imported from a file of the project stands for."""


def read_text(
    file: SourceFile, node: cst.BaseExpression, lookup: Lookup, depth: int = 0
) -> Text | None:
    """
    Return the text that *node* stands for, as far as it can be read off; None if it is no text.

    Names that are assigned once are followed, into other files of the project as well.
    """
    if depth > _DEEPEST:
        return (node,)
    if isinstance(node, cst.SimpleString):
        value = node.evaluated_value
        return (value,) if isinstance(value, str) else None
    if isinstance(node, cst.ConcatenatedString):
        left = read_text(file, node.left, lookup, depth + 1)
        right = read_text(file, node.right, lookup, depth + 1)
        return None if left is None or right is None else _join(left + right)
    if isinstance(node, cst.FormattedString):
        return _read_formatted(file, node, lookup, depth)
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add):
        left = read_text(file, node.left, lookup, depth + 1)
        right = read_text(file, node.right, lookup, depth + 1)
        return None if left is None or right is None else _join(left + right)
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        return _read_format_call(file, node, lookup, depth)
    if isinstance(node, cst.Name | cst.Attribute):
        assigned = file.value_of(node)
        if assigned is not None:
            text = read_text(file, assigned, lookup, depth + 1)
            return (node,) if text == (assigned,) else text
        if (name := file.resolve(node)) and (found := lookup(name)) is not None:
            text = read_text(*found, lookup, depth + 1)
            if text is None or text == (found[1],):
                return (node,)
            return tuple(piece if isinstance(piece, str) else None for piece in text)
    return (node,)


def _read_formatted(
    file: SourceFile, node: cst.FormattedString, lookup: Lookup, depth: int
) -> Text | None:
    pieces: list[str | cst.BaseExpression | None] = []
    for part in node.parts:
        if isinstance(part, cst.FormattedStringText):
            pieces.append(part.value.replace("{{", "{").replace("}}", "}"))
        elif isinstance(part, cst.FormattedStringExpression):
            is_plain = part.format_spec is None and part.conversion is None
            inner = read_text(file, part.expression, lookup, depth + 1) if is_plain else None
            pieces += (part.expression,) if inner is None else inner
    return _join(tuple(pieces))


def _read_format_call(file: SourceFile, node: cst.Call, lookup: Lookup, depth: int) -> Text | None:
    """Read ``"...{}...".format(a)``, with places in order and nothing else."""
    assert isinstance(node.func, cst.Attribute)
    if node.func.attr.value != "format":
        return (node,)
    text = read_text(file, node.func.value, lookup, depth + 1)
    if text is None or len(text) != 1 or not isinstance(text[0], str):
        return (node,)
    pieces = text[0].split("{}")
    if len(pieces) != len(node.args) + 1 or any(arg.keyword or arg.star for arg in node.args):
        return (node,)
    result: list[str | cst.BaseExpression | None] = [pieces[0]]
    for piece, arg in zip(pieces[1:], node.args, strict=True):
        inner = read_text(file, arg.value, lookup, depth + 1)
        result += (arg.value,) if inner is None else inner
        result.append(piece)
    return _join(tuple(result))


def _join(pieces: Text) -> Text:
    """Return *pieces* with neighbouring texts in one."""
    joined: list[str | cst.BaseExpression | None] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if isinstance(piece, str) and isinstance(last, str):
            joined[-1] = last + piece
        elif piece != "":
            joined.append(piece)
    return tuple(joined)


def known_text(text: Text | None) -> str | None:
    """Return *text* if all of it is known."""
    if text is None or not all(isinstance(piece, str) for piece in text):
        return None
    return "".join(cast("tuple[str, ...]", text))
