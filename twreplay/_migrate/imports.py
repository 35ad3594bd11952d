"""The imports of a file after its migration: what it needs, and what it needs no more."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence

import libcst as cst


def mend_imports(module: cst.Module, before: cst.Module) -> cst.Module:
    """
    Return *module* with the imports that its new code needs, and without those left over.

    Args:
        before: The file before the migration. What was not used in it is not taken out.
    """
    old, new = _Names(before.code), _Names(module.code)
    unused = {name for name in new.imported if name not in new.used and name in old.used}
    drop = {name for name in unused if new.imported[name].split(".")[0] in _LIBRARIES}
    wanted = [name for name in _ADDED if name in new.owners and name not in new.bound]
    result = _drop(module, drop, takes_place=_OURS if _OURS in wanted else "") if drop else module
    for name in wanted:
        if name != _OURS or _OURS not in _Names(result.code).bound:
            result = _add(result, name)
    return result


def _drop(module: cst.Module, names: set[str], *, takes_place: str) -> cst.Module:
    """
    Take *names* out of the imports at the top of a module.

    Args:
        takes_place: What is imported in the place of the first statement that goes; empty for
            nothing.
    """
    dropping = _Dropping(names)
    body: list[cst.BaseCompoundStatement | cst.SimpleStatementLine] = []
    above: Sequence[cst.EmptyLine] = ()
    for line in module.body:
        new = line.visit(dropping)
        if isinstance(new, cst.SimpleStatementLine) and not new.body:
            new = cst.RemovalSentinel.REMOVE
        if isinstance(new, cst.RemovalSentinel) and takes_place:
            new = line.with_changes(body=[cst.Import([cst.ImportAlias(cst.Name(takes_place))])])
            takes_place = ""
        if isinstance(new, cst.RemovalSentinel):
            above = (*above, *line.leading_lines)
            continue
        assert isinstance(new, cst.BaseCompoundStatement | cst.SimpleStatementLine)
        if above and not new.leading_lines:
            new = new.with_changes(leading_lines=above)
        above = ()
        body.append(new)
    return module.with_changes(body=body)


_OURS = "twreplay"
_LIBRARIES = frozenset({"vcr", "responses", "pytest"})
_ADDED = ("twreplay", "os", "json", "pytest", "unittest")
"""What new code may need."""


class _Names:
    """
    The names in a module.

    Attributes:
        imported: What imports bind, and the module that it comes from.

        bound: All names that the top of the module binds.

        used: The names that are read.

        owners: Those of them whose attributes are read.
    """

    def __init__(self, code: str) -> None:
        tree = ast.parse(code)
        self.imported: dict[str, str] = {}
        self.used: set[str] = set()
        self.owners: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    bound = alias.asname or alias.name.split(".")[0]
                    self.imported[bound] = alias.name
            elif isinstance(node, ast.ImportFrom) and not node.level:
                for alias in node.names:
                    self.imported[alias.asname or alias.name] = node.module or ""
            elif isinstance(node, ast.Name):
                self.used.add(node.id)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                self.used.add(node.value)  # in __all__, or an annotation
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                self.owners.add(node.value.id)
        self.bound = {
            *self.imported,
            *(
                node.id
                for node in ast.walk(tree)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            ),
        }


class _Dropping(cst.CSTTransformer):
    """Takes names out of imports."""

    def __init__(self, drop: set[str]) -> None:
        super().__init__()
        self._drop = drop

    def leave_Import(
        self, original_node: cst.Import, updated_node: cst.Import
    ) -> cst.Import | cst.RemovalSentinel:
        """Take out what is dropped."""
        kept = self._select(updated_node.names)
        if len(kept) == len(updated_node.names):
            return updated_node
        return updated_node.with_changes(names=kept) if kept else cst.RemoveFromParent()

    def leave_ImportFrom(
        self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom
    ) -> cst.ImportFrom | cst.RemovalSentinel:
        """Take out what is dropped, unless it comes from another file of the project."""
        names = updated_node.names
        if isinstance(names, cst.ImportStar) or updated_node.relative:
            return updated_node
        kept = self._select(names)
        if len(kept) == len(names):
            return updated_node
        return updated_node.with_changes(names=kept) if kept else cst.RemoveFromParent()

    def _select(self, names: Sequence[cst.ImportAlias]) -> list[cst.ImportAlias]:
        kept = [each for each in names if _name_bound(each) not in self._drop]
        if kept and len(kept) < len(names):
            kept[-1] = kept[-1].with_changes(comma=names[-1].comma)
        return kept


def _name_bound(alias: cst.ImportAlias) -> str:
    if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
        return alias.asname.name.value
    return alias.evaluated_name.split(".")[0]


def _add(module: cst.Module, name: str) -> cst.Module:
    """Add ``import name``: behind the last import that sorts before it, in a block of its kind."""
    body = list(module.body)
    statement = cst.parse_statement(f"import {name}\n")
    places = [n for n, each in enumerate(body) if _import_name(each)]
    if not places:
        place = 1 if module.get_docstring() is not None else 0
        return module.with_changes(body=[*body[:place], statement, *body[place:]])
    place = _choose_place(body, places, name)
    if place < len(body) and place == places[0] and body[place].leading_lines:
        statement = statement.with_changes(leading_lines=body[place].leading_lines)
        body[place] = body[place].with_changes(leading_lines=[])
    return module.with_changes(body=[*body[:place], statement, *body[place:]])


def _is_standard(module: str) -> bool:
    return module.split(".")[0] in sys.stdlib_module_names


def _choose_place(body: Sequence[cst.CSTNode], places: Sequence[int], name: str) -> int:
    names = {place: _import_name(body[place]) for place in places}
    plain = [p for p in places if _is_plain(body[p]) and names[p] != "__future__"]
    if _is_standard(name):
        before = [p for p in plain if _is_standard(names[p]) and names[p] < name]
        first = next((p for p in places if names[p] != "__future__"), places[-1] + 1)
        return before[-1] + 1 if before else first
    before = [p for p in plain if names[p] < name and not _is_standard(names[p])]
    if before:
        return before[-1] + 1
    return places[-1] + 1


def _is_plain(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.SimpleStatementLine) and isinstance(node.body[0], cst.Import)


def _import_name(node: cst.CSTNode) -> str:
    """Return the module that a statement imports; empty if it is no import."""
    if not isinstance(node, cst.SimpleStatementLine) or not node.body:
        return ""
    small = node.body[0]
    if isinstance(small, cst.Import):
        return small.names[0].evaluated_name
    if isinstance(small, cst.ImportFrom):
        module = cst.Module([]).code_for_node(small.module) if small.module is not None else ""
        return module or "."
    return ""
