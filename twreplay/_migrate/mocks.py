"""A function that uses a mock of responses, and what in it a simulator does otherwise."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

import libcst as cst
import libcst.matchers as m

from twreplay._migrate.plan import Plan, Unit
from twreplay._migrate.source import SourceFile
from twreplay._migrate.stubs import Stub
from twreplay._migrate.values import Values

_FAILURE = re.compile(r"(Error|Exception|Timeout)\(")

UNREADABLE_ORDER: Final = "which stubs of this address come one after the other cannot be read off"
WITH_TIMES: Final = "times=1 for all rules of it but the last: twilio.when(..., times=1)"


@dataclass(eq=False)
class Owner:
    """
    A function that uses a mock.

    Attributes:
        decorators: Those that activate the mock of the module.

        blocks: ``RequestsMock(...)`` of ``with``.

        roots: Names that stand for the mock of the module.

        stubs: What it registers.

        reads_calls: It looks at the requests that were sent.
    """

    file: SourceFile
    function: cst.FunctionDef
    decorators: list[cst.Decorator] = field(default_factory=list)
    blocks: list[cst.Call] = field(default_factory=list)
    roots: list[cst.BaseExpression] = field(default_factory=list)
    stubs: list[Stub] = field(default_factory=list)
    reads_calls: bool = False

    @property
    def unit(self) -> Unit:
        """Its unit."""
        return self.file.unit(self.function)


def check_refused_connections(plan: Plan, owner: Owner) -> None:
    """See to tests that no stub answers: responses refuses, and the simulator answers."""
    if any(stub.raises for stub in owner.stubs):
        return
    file = owner.file
    for call in file.find_in(owner.function, cst.Call):
        if not call.args:
            continue
        is_raises = file.resolve(call.func) == "pytest.raises" or m.matches(
            call.func, m.Attribute(attr=m.Name("assertRaises"))
        )
        expected = file.show(call.args[0].value).rpartition(".")[2]
        if is_raises and expected in ("ConnectionError", "RequestException"):
            why = "where responses has no stub it refuses, and the simulator answers"
            to_do = "a rule that raises: twilio.when(...).raises(twreplay.faults.ConnectionRefused)"
            plan.refuse(owner.unit, file.note(call, why, to_do))


def check_added_attributes(plan: Plan, owner: Owner, values: Values) -> None:
    """See to what responses adds to the requests of the client."""
    file = owner.file
    for node in file.find_in(owner.function, cst.Attribute):
        is_added = node.attr.value in ("params", "req_kwargs") and m.matches(
            node.value, m.Attribute(attr=m.Name("request"))
        )
        if is_added and not values.kind(node.value):
            why = f"it is responses that adds {node.attr.value} to the request"
            to_do = "dict(twilio.requests[-1].request.query)"
            plan.refuse(owner.unit, file.note(node, why, to_do))


def answers_in_threes(file: SourceFile, function: cst.FunctionDef | cst.Lambda) -> bool:
    """Return whether *function* returns a tuple of three, and no exception in it."""
    if isinstance(function, cst.Lambda):
        returned: list[cst.BaseExpression | None] = [function.body]
    else:
        returned = [each.value for each in file.find_in(function, cst.Return)]
    for value in returned:
        if not isinstance(value, cst.Tuple) or len(value.elements) != 3:
            return False
        body = value.elements[2].value
        named = file.value_of(body) if isinstance(body, cst.Name) else None
        shown = file.show(named if named is not None else body)
        if _FAILURE.search(shown):
            return False
    return bool(returned)
