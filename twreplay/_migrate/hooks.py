"""Functions of vcrpy's requests and responses that are handed over: do they work with ours?"""

from __future__ import annotations

import libcst as cst

from twreplay._migrate.plan import Change
from twreplay._migrate.source import SourceFile
from twreplay._migrate.values import Escape, Kind, Values
from twreplay._migrate.vcrpy_values import REQUEST, REQUEST_HEADERS, RESPONSE, TABLES


class HookRefused(Exception):
    """
    A function does what cannot be done with a request or response of ours.

    Attributes:
        place: Where; None for the function as a whole.

        may_go: Replaying does without the function: it changes headers, which are not compared.
    """

    def __init__(self, why: str, place: cst.CSTNode | None = None, *, may_go: bool = False) -> None:
        super().__init__(why)
        self.place = place
        self.may_go = may_go


def adapt_hook(
    file: SourceFile, function: cst.BaseExpression, *, count: int, of_response: bool
) -> list[tuple[cst.CSTNode, Change]]:
    """
    Return the edits that make *function* one of our requests or responses.

    Args:
        function: A lambda, or the name of a function in the same file.

        count: How many requests it takes: one for a hook, two for a matcher.

    Raises:
        HookRefused: It is elsewhere, or does more than looking at them.
    """
    found = _find_function(file, function)
    if found is None:
        raise HookRefused("the function is not in this file, so it was not read")
    parameters = [each.name for each in found.params.params]
    if len(parameters) != count:
        raise HookRefused(f"the function takes {len(parameters)} arguments, not {count}", found)
    kind = RESPONSE if of_response else REQUEST
    inside = set(file.list_inside(found))
    sources: dict[str, Kind] = {}
    for parameter in parameters:
        reference = next(
            (n for n in inside if isinstance(n, cst.Name) and n.value == parameter.value), parameter
        )
        if name := file.resolve_local(reference):
            sources[name] = kind
    values = Values(file, TABLES, sources, (found,))
    values.follow()
    used = [(node, use) for node, use in values.uses() if node in inside]
    escapes = [use for _, use in used if isinstance(use, Escape)]
    if escapes:
        may_go = all(escape.kind == REQUEST_HEADERS for escape in escapes)
        raise HookRefused(escapes[0].why, escapes[0].node, may_go=may_go)
    return [
        (node, use.rewrite)
        for node, use in used
        if not isinstance(use, Escape) and use.rewrite is not None
    ]


def _find_function(
    file: SourceFile, function: cst.BaseExpression
) -> cst.FunctionDef | cst.Lambda | None:
    if isinstance(function, cst.Lambda):
        return function
    name = file.resolve_local(function)
    found = [each for each in file.find(cst.FunctionDef) if file.resolve_local(each) == name]
    return found[0] if name and len(found) == 1 else None
