"""Stubs that are registered more often than they stand in a file: by loops, helpers, fixtures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import libcst as cst
import libcst.matchers as m

from twreplay._migrate.code import has_stars, parse, read_arguments, write_code
from twreplay._migrate.marks import (
    Fixture,
    choose_fixture,
    find_fixtures,
    find_marks,
    list_tests,
)
from twreplay._migrate.mocks import UNREADABLE_ORDER, WITH_TIMES, Owner
from twreplay._migrate.plan import Plan
from twreplay._migrate.source import SourceFile
from twreplay._migrate.stubs import Stub

_LOOPS: Final = (cst.For, cst.While, cst.BaseComp, cst.Lambda)


@dataclass(frozen=True)
class _Source:
    """
    A place in a function by which a stub is registered: its own call, that of a helper, a fixture.

    Attributes:
        node: The place; None for the function's own stubs.

        stub: The stub.

        call: The call of the helper that has it, if there is one.
    """

    node: cst.CSTNode | None
    stub: Stub
    call: cst.Call | None = None


class RepeatChecker:
    """
    Refuses functions in which stubs of one address come from several places.

    Rules answer the newest first, and stubs the oldest: only in one function, one after the other,
    is their order known.
    """

    def __init__(
        self,
        plan: Plan,
        owners: Iterable[Owner],
        files: Iterable[SourceFile],
        find_callers: Callable[[Owner], Iterable[cst.Call]],
    ) -> None:
        self._plan = plan
        self._owners = {owner.function: owner for owner in owners}
        self._files = list(files)
        self._fixtures = [each for file in self._files for each in find_fixtures(file)]
        self._used = {
            (mark.file, test): [
                str(each.evaluated_value)
                for each in mark.arguments
                if isinstance(each, cst.SimpleString)
            ]
            for file in self._files
            for mark in find_marks(file, "usefixtures")
            for test in list_tests(file, mark.holder)
        }
        self._calls: dict[cst.FunctionDef, list[tuple[cst.Call, Owner]]] = {}
        for helper in self._owners.values():
            for call in find_callers(helper):
                caller = helper.file.function(call)
                if caller is not None and caller is not helper.function:
                    self._calls.setdefault(caller, []).append((call, helper))

    def check(self) -> None:
        """Refuse what is not known to answer in the same order."""
        for file in self._files:
            for function in file.find(cst.FunctionDef):
                if file.owner(function) is function:
                    self._check_function(file, function)

    def _check_function(self, file: SourceFile, function: cst.FunctionDef) -> None:
        by_key: dict[tuple[str, str, str], list[_Source]] = {}
        for source in self._list_sources(file, function, frozenset()):
            by_key.setdefault(source.stub.key, []).append(source)
        for sources in by_key.values():
            places = {source.node for source in sources}
            foreign = [source for source in sources if source.node is not None]
            repeated = [
                source
                for source in foreign
                if source.call is not None
                and not source.stub.has_holes
                and find_repeats(file, function, source.call)
            ]
            if repeated or (len(places) > 1 and not _have_other_holes(sources)):
                node = (repeated or foreign)[-1].node
                assert node is not None
                unit = file.unit(function)
                for source in foreign:
                    self._plan.join(unit, source.stub.file.unit(source.stub.call))
                self._plan.refuse(unit, file.note(node, UNREADABLE_ORDER, WITH_TIMES))

    def _list_sources(
        self, file: SourceFile, function: cst.FunctionDef, above: frozenset[cst.FunctionDef]
    ) -> Iterator[_Source]:
        """Yield by what *function* registers stubs; *above* are those that call it."""
        if function in above:
            return
        above |= {function}
        owner = self._owners.get(function)
        for stub in owner.stubs if owner is not None else ():
            if stub.target.path and stub.is_answer:
                yield _Source(None, stub)
        for call, helper in self._calls.get(function, ()):
            for source in self._list_sources(helper.file, helper.function, above):
                yield _Source(call, source.stub, call)
        for node, fixture in self._find_used(file, function):
            for source in self._list_sources(fixture.file, fixture.function, above):
                yield _Source(node, source.stub)

    def _find_used(
        self, file: SourceFile, function: cst.FunctionDef
    ) -> Iterator[tuple[cst.CSTNode, Fixture]]:
        """Yield the fixtures of the project that a test or a fixture is given, each once."""
        names: dict[str, cst.CSTNode] = {each.name.value: each for each in function.params.params}
        for name in self._used.get((file, function), ()):
            names.setdefault(name, function.name)
        if function.name.value.startswith("test"):
            for each in self._fixtures:
                if is_autouse(each):
                    names.setdefault(each.name, function.name)
        for name, node in names.items():
            found = choose_fixture(self._fixtures, name, file, function)
            if found is not None and found.function is not function:
                yield node, found


def check_sequences(plan: Plan, owner: Owner, stubs: list[Stub]) -> None:
    """See to stubs of one address, which answer one after the other, the last one for good."""
    file = owner.file
    groups: dict[tuple[str, str, str], list[Stub]] = {}
    for stub in stubs:
        if stub.is_answer:
            groups.setdefault(stub.key, []).append(stub)
    for found in groups.values():
        for stub in found[:-1]:
            stub.times = 1
        for stub in found:
            around: list[cst.CSTNode] = [
                each
                for each in file.chain(stub.call)
                if isinstance(each, cst.If | cst.Try | cst.Match)
                and owner.function in file.chain(each)
            ]
            repeats = find_repeats(file, owner.function, stub.call)
            around += repeats
            if len(found) > 1 and not _is_consecutive(owner, found):
                around.append(stub.call)
            is_again = not stub.has_holes or has_same_holes(file, owner.function, stub)
            if (repeats and is_again) or (around and len(found) > 1):
                plan.refuse(owner.unit, file.note(stub.call, UNREADABLE_ORDER, WITH_TIMES))


def _is_consecutive(owner: Owner, stubs: list[Stub]) -> bool:
    """Return whether nothing is sent between the stubs, as far as can be seen."""
    file = owner.file
    lines = [file.find_around(stub.call, cst.SimpleStatementLine) for stub in stubs]
    blocks = [file.parent(line) for line in lines if line is not None]
    block = blocks[0] if blocks else None
    if not isinstance(block, cst.IndentedBlock) or any(each is not block for each in blocks):
        return False
    body = list(block.body)
    places = [body.index(line) for line in lines if line is not None]
    registering = {file.find_around(s.call, cst.SimpleStatementLine) for s in owner.stubs}
    return all(
        line in registering or not file.find_in(line, cst.Call)
        for line in body[min(places) : max(places)]
    )


def is_autouse(fixture: Fixture) -> bool:
    """Return whether all tests that may be given *fixture* are."""
    return any(
        m.matches(arg, m.Arg(keyword=m.Name("autouse"), value=m.Name("True")))
        for decorator in fixture.function.decorators
        if isinstance(decorator.decorator, cst.Call)
        for arg in decorator.decorator.args
    )


def find_repeats(
    file: SourceFile, function: cst.FunctionDef, node: cst.CSTNode
) -> list[cst.CSTNode]:
    """Return what is around *node* in *function* and may run it several times."""
    found: list[cst.CSTNode] = []
    for each in file.chain(node):
        if each is function:
            break
        if isinstance(each, _LOOPS):
            found.append(each)
        elif isinstance(each, cst.FunctionDef):
            calls = _list_calls(file, function, each)
            if calls is None or len(calls) != 1 or find_repeats(file, function, calls[0]):
                found.append(each)
    return found


def has_same_holes(file: SourceFile, function: cst.FunctionDef, stub: Stub) -> bool:
    """Return whether an inner function may register *stub* twice with the same in its holes."""
    for each in file.chain(stub.call):
        if each is function:
            break
        if isinstance(each, cst.FunctionDef):
            calls = _list_calls(file, function, each)
            if calls is None or not _differ(stub, each, calls):
                return True
    return False


def _list_calls(
    file: SourceFile, function: cst.FunctionDef, inner: cst.FunctionDef
) -> list[cst.Call] | None:
    """Return the calls of *inner* in *function*; None if it is handed on."""
    name = file.resolve_local(inner)
    calls: list[cst.Call] = []
    for node in file.find_in(function, cst.Name):
        if node.value != inner.name.value or node is inner.name:
            continue
        if file.resolve_local(node) != name:
            continue
        parent = file.parent(node)
        if not isinstance(parent, cst.Call) or parent.func is not node:
            return None
        if inner in file.chain(parent):
            return None
        calls.append(parent)
    return calls


def _have_other_holes(sources: list[_Source]) -> bool:
    """Return whether all are calls of one helper, each with another value in the address."""
    first = sources[0].stub
    calls = [source.call for source in sources if source.call is not None]
    if len(calls) < len(sources) or any(each.stub is not first for each in sources):
        return False
    helper = first.file.function(first.call)
    return first.has_holes and helper is not None and _differ(first, helper, calls)


def _differ(stub: Stub, function: cst.FunctionDef, calls: list[cst.Call]) -> bool:
    """Return whether *calls* of *function* fill the holes of *stub* with different values."""
    path = parse(stub.target.path)
    named = {each.value for each in m.findall(path, m.Name()) if isinstance(each, cst.Name)}
    parameters = [each.name.value for each in function.params.params]
    if parameters[:1] in (["self"], ["cls"]):
        del parameters[0]
    seen = set()
    for call in calls:
        positional, by_name = read_arguments(call)
        given = dict(zip(parameters, (arg.value for arg in positional), strict=False))
        given |= {name: arg.value for name, arg in by_name.items()}
        filled = tuple(
            write_code(given[name]) for name in parameters if name in named and name in given
        )
        if has_stars(call.args) or not filled or filled in seen:
            return len(calls) == 1
        seen.add(filled)
    return True
