"""
Values of another library that are followed through a file, and what reads the same of ours.

A value has a kind: it is a cassette, a list of requests, a request. The tables say what each
attribute of a kind is here. What is not in a table is refused, so that no test is rewritten that
uses something twreplay does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import libcst as cst
import libcst.matchers as m

from twreplay._migrate.code import parse, write_code
from twreplay._migrate.source import SourceFile

Kind: TypeAlias = str

PLAIN: Final[Kind] = "plain"
"""The kind of what is the same value in both libraries."""

Rewrite: TypeAlias = Callable[[Any], cst.BaseExpression]


@dataclass(frozen=True, slots=True)
class Member:
    """
    What an attribute, an item or a method of a value is.

    Attributes:
        kind: The kind of the result.

        rewrite: Makes our expression of theirs; None if it reads the same.
    """

    kind: Kind = PLAIN
    rewrite: Rewrite | None = None


@dataclass(frozen=True)
class Table:
    """
    What can be done with a value of one kind.

    Attributes:
        name: For messages: ``a cassette of vcrpy``.

        attributes: By name.

        methods: By name, called with or without arguments.

        items: By key, for dictionaries.

        item: Any other item of a dictionary; None if there is none.

        is_part: It is a dictionary inside of a dictionary: only both keys together say something.

        is_never_none: It is a plain value here, and may be None there: all may be done with it but
            to compare it with None.

        element: The kind of each element of a sequence.

        instead: What to write instead of members that are not here, by name.
    """

    name: str
    attributes: Mapping[str, Member] = field(default_factory=dict)
    methods: Mapping[str, Member] = field(default_factory=dict)
    items: Mapping[str, Member] = field(default_factory=dict)
    item: Member | None = None
    is_part: bool = False
    is_never_none: bool = False
    element: Kind = ""
    instead: Mapping[str, str] = field(default_factory=dict)


def rename(name: str) -> Rewrite:
    """Return what gives an attribute another name."""
    return lambda node: node.with_changes(attr=cst.Name(name))


def wrap(before: str, name: str, after: str) -> Rewrite:
    """Return what reads another attribute, with text around it: ``dict(`` … ``.query)``."""
    return lambda node: parse(f"{before}{write_code(node.value)}.{name}{after}")


def wrap_call(before: str, name: str, after: str) -> Rewrite:
    """Return what reads an attribute in place of a method call, with text around it."""
    return lambda node: parse(f"{before}{write_code(node.func.value)}.{name}{after}")


def flatten(name: str) -> Rewrite:
    """Return what reads ``value.name`` in place of ``value["x"]["y"]``."""
    return lambda node: cst.Attribute(node.value.value, cst.Name(name))


@dataclass(frozen=True, slots=True)
class Escape:
    """A use of a value of a *kind* that twreplay has nothing for."""

    node: cst.CSTNode
    why: str
    to_do: str
    kind: Kind = ""


class Values:
    """
    The values of another library in one file.

    Args:
        tables: What can be done with each kind.

        sources: Kinds of names that are known from the beginning, by the full name.

        may_return: Functions whose callers are known, so that they may return a value.
    """

    def __init__(
        self,
        file: SourceFile,
        tables: Mapping[Kind, Table],
        sources: Mapping[str, Kind],
        may_return: Collection[cst.CSTNode] = (),
    ) -> None:
        self._file = file
        self._may_return = may_return
        self._tables = tables
        self._kinds = dict(sources)
        self._roots: dict[cst.CSTNode, Kind] = {}

    def add_root(self, node: cst.BaseExpression, kind: Kind) -> None:
        """Note that the expression *node* is of a *kind*."""
        self._roots[node] = kind

    def add_source(self, name: str, kind: Kind) -> None:
        """Note that what is assigned to *name*, its full name, is of a *kind*."""
        self._kinds[name] = kind

    def kind(self, node: cst.CSTNode) -> Kind:
        """Return the kind of *node*; empty if it is none of the library's values."""
        if node in self._roots:
            return self._roots[node]
        name = self._name(node)
        if name and name in self._kinds:
            return self._kinds[name]
        member = self.member(node)
        return member.kind if member is not None else ""

    def _name(self, node: cst.CSTNode) -> str:
        if isinstance(node, cst.Name):
            return self._file.resolve_local(node)
        if m.matches(node, m.Attribute(value=m.Name("self") | m.Name("cls"))):
            assert isinstance(node, cst.Attribute)
            klass = self._file.klass(node)
            return f"{self._file.resolve_local(klass)}.{node.attr.value}" if klass else ""
        return ""

    def member(self, node: cst.CSTNode) -> Member | None:
        """Return what *node* reads of a value; None if it reads of none, or what there is not."""
        if isinstance(node, cst.Attribute):
            table = self._tables.get(self.kind(node.value))
            return table.attributes.get(node.attr.value) if table is not None else None
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
            table = self._tables.get(self.kind(node.func.value))
            return table.methods.get(node.func.attr.value) if table is not None else None
        if isinstance(node, cst.Subscript) and len(node.slice) == 1:
            kind = self.kind(node.value)
            table = self._tables.get(kind)
            index = node.slice[0].slice
            if table is None:
                return None
            if table.element:
                return Member(kind if isinstance(index, cst.Slice) else table.element)
            if isinstance(index, cst.Index) and isinstance(index.value, cst.SimpleString):
                return table.items.get(str(index.value.evaluated_value), table.item)
            return table.item
        return None

    def follow(self) -> None:
        """Find the kinds of all names that values are assigned to."""
        before = -1
        while before != len(self._kinds):
            before = len(self._kinds)
            for target, value in self._bindings():
                name = self._name(target)
                if name and name not in self._kinds and (kind := self._kind_bound(value)):
                    self._kinds[name] = kind

    def _bindings(self) -> Iterator[tuple[cst.CSTNode, tuple[cst.BaseExpression, bool]]]:
        """Yield names and what they are bound to, and whether to an element of it."""
        for node in self._file.find(cst.Assign):
            for target in node.targets:
                yield target.target, (node.value, False)
        for named in self._file.find(cst.NamedExpr):
            yield named.target, (named.value, False)
        for loop in self._file.find(cst.For):
            yield loop.target, (loop.iter, True)
        for inner in self._file.find(cst.CompFor):
            yield inner.target, (inner.iter, True)

    def _kind_bound(self, value: tuple[cst.BaseExpression, bool]) -> Kind:
        kind = self.kind(value[0])
        if kind == PLAIN or not value[1]:
            return "" if kind == PLAIN else kind
        table = self._tables.get(kind)
        return table.element if table is not None else ""

    def uses(self) -> Iterator[tuple[cst.CSTNode, Member | Escape]]:
        """Yield each use of a value, with what it is here, or that it is nothing."""
        for node in self._file.nodes:
            kind = self.kind(node) if isinstance(node, cst.BaseExpression) else ""
            if kind in ("", PLAIN) or self._is_target(node):
                continue
            parent = self._file.parent(node)
            table = self._tables[kind]
            if table.is_never_none:
                if _is_asked_for_none(self._file, node):
                    yield node, Escape(node, _NEVER_NONE.format(table.name), _NOT_IT, kind)
            elif isinstance(parent, cst.Attribute) and parent.value is node:
                yield self._read_attribute(parent, kind)
            elif isinstance(parent, cst.Subscript) and parent.value is node:
                yield self._read_item(parent, kind)
            elif not self._is_harmless(node, parent, table):
                why = f"{table.name} is handed on, and what becomes of it cannot be followed"
                yield node, Escape(node, why, table.instead.get("", ""), kind)

    def _read_attribute(
        self, node: cst.Attribute, kind: Kind
    ) -> tuple[cst.CSTNode, Member | Escape]:
        name, table = node.attr.value, self._tables[kind]
        call = self._file.parent(node)
        if isinstance(call, cst.Call) and call.func is node and name in table.methods:
            return call, table.methods[name]
        if name in table.attributes and not self._is_changed(node):
            return node, table.attributes[name]
        why = f"of {table.name}, twreplay has no {name}"
        if name in table.attributes:
            why = f"{table.name} does not change here, and {name} of it is assigned to"
        return node, Escape(node, why, table.instead.get(name, ""), kind)

    def _read_item(self, node: cst.Subscript, kind: Kind) -> tuple[cst.CSTNode, Member | Escape]:
        member, table = self.member(node), self._tables[kind]
        if self._is_changed(node):
            return node, Escape(node, f"{table.name} does not change here", "", kind)
        if member is None:
            shown = self._file.show(node)
            return node, Escape(node, f"of {table.name}, twreplay has no {shown}", "", kind)
        if member.kind in self._tables and self._tables[member.kind].is_part:
            parent = self._file.parent(node)
            if not (isinstance(parent, cst.Subscript) and parent.value is node):
                why = f"a part of {table.name} is handed on as a dictionary"
                return node, Escape(node, why, "", kind)
        return node, member

    def _is_changed(self, node: cst.CSTNode) -> bool:
        parent = self._file.parent(node)
        if isinstance(parent, cst.Subscript) and parent.value is node:
            # headers["X"] = "y" changes the headers
            return self._is_changed(parent)
        return isinstance(parent, cst.AssignTarget | cst.AugAssign | cst.Del | cst.AnnAssign)

    def _is_target(self, node: cst.CSTNode) -> bool:
        parent = self._file.parent(node)
        if isinstance(parent, cst.AssignTarget | cst.AsName | cst.Param):
            return True
        if isinstance(parent, cst.For | cst.CompFor):
            return parent.target is node
        if isinstance(parent, cst.NamedExpr):
            return parent.target is node
        # `x.requests`: the name of the attribute is a node, too
        return isinstance(parent, cst.Attribute) and parent.attr is node

    def _is_harmless(self, node: cst.CSTNode, parent: cst.CSTNode | None, table: Table) -> bool:
        """Return whether *node* is only counted, tested, gone through, or given a name."""
        if isinstance(parent, cst.Assign | cst.NamedExpr | cst.Expr):
            return True
        if isinstance(parent, cst.For | cst.CompFor):
            return bool(table.element)
        if isinstance(parent, cst.If | cst.Assert | cst.UnaryOperation | cst.BooleanOperation):
            return True
        if isinstance(parent, cst.Comparison | cst.ComparisonTarget):
            is_looked_into = isinstance(parent, cst.ComparisonTarget) and isinstance(
                parent.operator, cst.In | cst.NotIn
            )
            is_mapping = table.item is not None and not table.is_part
            return (is_mapping and is_looked_into) or self._is_compared_with_none(node, parent)
        if isinstance(parent, cst.Arg):
            call = self._file.parent(parent)
            return isinstance(call, cst.Call) and m.matches(call.func, m.Name("len"))
        if isinstance(parent, cst.IfExp):
            is_test = parent.test is node
            return is_test or self._is_harmless(parent, self._file.parent(parent), table)
        if isinstance(parent, cst.Return | cst.Yield | cst.Lambda):
            around = (parent, *self._file.chain(parent))
            return any(each in self._may_return for each in around)
        return False

    def _is_compared_with_none(self, node: cst.CSTNode, parent: cst.CSTNode) -> bool:
        comparison = parent if isinstance(parent, cst.Comparison) else self._file.parent(parent)
        return isinstance(comparison, cst.Comparison) and all(
            m.matches(target.comparator, m.Name("None")) for target in comparison.comparisons
        )


_NOT_IT: Final = "not request.body"
_NEVER_NONE: Final = "{} is empty here where it is None there"
_ASSERTED: Final = ("assertIsNone", "assertIsNotNone", "assertIs", "assertIsNot", "assertEqual")


def _is_asked_for_none(file: SourceFile, node: cst.CSTNode) -> bool:
    """Return whether *node* is compared with None, or asserted to be it, or not to be it."""
    parent = file.parent(node)
    around = file.parent(parent) if parent is not None else None
    if isinstance(parent, cst.ComparisonTarget):
        parent = around
    if isinstance(parent, cst.Comparison):
        sides = [parent.left, *(each.comparator for each in parent.comparisons)]
        return any(m.matches(side, m.Name("None")) for side in sides)
    if not isinstance(parent, cst.Arg) or not isinstance(around, cst.Call):
        return False
    name = around.func.attr.value if isinstance(around.func, cst.Attribute) else ""
    others = [each.value for each in around.args if each is not parent]
    return name in _ASSERTED and (
        name.endswith("None") or any(m.matches(each, m.Name("None")) for each in others)
    )
