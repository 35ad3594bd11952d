"""Pieces of source code, made and looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import libcst as cst

_EMPTY = cst.Module([])

_WIDEST = 88
"""The width from which a new call is written on several lines, as common formatters do it."""


def write_code(node: cst.CSTNode) -> str:
    """Return *node* as source code."""
    return _EMPTY.code_for_node(node)


def quote(text: str) -> str:
    """Return *text* as a literal in double quotes, as most formatters like it."""
    literal = repr(text)
    if literal[0] == "'" and '"' not in literal:
        return '"' + literal[1:-1].replace("\\'", "'") + '"'
    return literal


def parse(code: str) -> cst.BaseExpression:
    """Return *code* as an expression."""
    return cst.parse_expression(code)


def format_call(function: str, arguments: Sequence[str], *, column: int = 0) -> str:
    """
    Return the source code of a call, on several lines if it is long.

    Continued lines are indented as at the beginning of a line: libcst adds what is around them.

    Args:
        arguments: Each as source code: ``record_mode="once"``.

        column: Where the call begins on its line.
    """
    line = f"{function}({', '.join(arguments)})"
    is_short = column + len(line) <= _WIDEST
    if not arguments or (is_short and "\n" not in line):
        return line
    if len(arguments) == 1 and "\n" in arguments[0]:
        return line
    return f"{function}(" + "".join(f"\n    {each}," for each in arguments) + "\n)"


def read_literal_texts(node: cst.BaseExpression) -> list[str] | None:
    """
    Return the texts of a literal list, tuple or set; None if it is something else.

    Of a pair, a name and what takes its place, it is the name.
    """
    if isinstance(node, cst.SimpleString):
        return [str(node.evaluated_value)]
    if not isinstance(node, cst.List | cst.Tuple | cst.Set):
        return None
    found = []
    for element in node.elements:
        value = element.value
        if isinstance(value, cst.Tuple) and value.elements:
            value = value.elements[0].value
        if not isinstance(value, cst.SimpleString | cst.ConcatenatedString):
            return None
        found.append(str(value.evaluated_value))
    return found


def read_arguments(call: cst.Call) -> tuple[list[cst.Arg], dict[str, cst.Arg]]:
    """Return the arguments of *call* by position and those by name."""
    positional = [arg for arg in call.args if arg.keyword is None]
    named = {arg.keyword.value: arg for arg in call.args if arg.keyword is not None}
    return positional, named


def has_stars(arguments: Iterable[cst.Arg]) -> bool:
    """Return whether some arguments stand for several: ``*args``, ``**options``."""
    return any(argument.star for argument in arguments)


def is_true(node: cst.BaseExpression) -> bool:
    """Return whether *node* is the literal True."""
    return isinstance(node, cst.Name) and node.value == "True"


def is_none(node: cst.BaseExpression) -> bool:
    """Return whether *node* is the literal None."""
    return isinstance(node, cst.Name) and node.value == "None"
