"""Edits that several libraries need: of values that are read, parameters, and what is left over."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from twreplay._migrate.plan import Plan, Unit
from twreplay._migrate.source import SourceFile
from twreplay._migrate.values import Escape, Values


def plan_values(plan: Plan, file: SourceFile, values: Values, units: set[Unit]) -> None:
    """Plan the edits of what *units* read of another library's values."""
    for node, use in values.uses():
        unit = file.unit(node)
        if unit not in units:
            continue
        if isinstance(use, Escape):
            plan.refuse(unit, file.note(use.node, use.why, use.to_do))
        elif use.rewrite is not None:
            plan.edit(unit, node, use.rewrite)


def list_references(file: SourceFile, function: cst.FunctionDef, name: str) -> Iterator[cst.Name]:
    """Yield the places in *function* that read its parameter *name*."""
    for node in file.find_in(function, cst.Name):
        if node.value != name:
            continue
        parent = file.parent(node)
        is_other = (isinstance(parent, cst.Attribute) and parent.attr is node) or (
            isinstance(parent, cst.Arg) and parent.keyword is node
        )
        if not is_other and not isinstance(parent, cst.Param):
            yield node


def rename_parameter(
    plan: Plan, file: SourceFile, function: cst.FunctionDef, parameter: cst.Param, name: str
) -> None:
    """Plan another name for a parameter, and for it in the function's body."""
    old = parameter.name.value
    if old == name:
        return
    unit = file.unit(function)
    plan.edit(unit, parameter, lambda updated: updated.with_changes(name=cst.Name(name)))
    for node in list_references(file, function, old):
        plan.edit(unit, node, lambda updated: cst.Name(name))


def refuse_leftovers(
    plan: Plan,
    file: SourceFile,
    units: set[Unit],
    handled: set[cst.CSTNode],
    library: str,
) -> None:
    """Refuse units that use something else of a library than what was handled."""
    for node in file.find(cst.Name):
        full = file.resolve(node)
        if full.split(".")[0] != library or file.unit(node) not in units:
            continue
        longest: cst.CSTNode = node
        chain = [node, *file.chain(node)]
        if any(isinstance(each, cst.Import | cst.ImportFrom) for each in chain):
            continue
        if any(each in handled for each in chain):
            continue
        for each in chain[1:]:
            if isinstance(each, cst.Attribute) and file.resolve(each).startswith(full):
                longest, full = each, file.resolve(each)
        why = f"twreplay has nothing that is called {full}"
        plan.refuse(file.unit(node), file.note(longest, why, _INSTEAD.get(full, "")))


_INSTEAD = {
    "vcr.errors.CannotOverwriteExistingCassetteException": (
        "twreplay.errors.UnmatchedRequest, around the whole session: it is raised again at its end"
    ),
    "vcr.errors.UnhandledHTTPRequestError": "twreplay.errors.UnmatchedRequest",
    "responses.start": "twreplay.simulate() as a block, or self.enterContext(twreplay.simulate())",
    "responses.stop": "nothing: the block ends it",
    "responses.reset": "nothing: each session begins anew",
    "responses.registries.OrderedRegistry": "rules with times=1, which are asked in their order",
}
