"""Suites of responses: stubs of the API's addresses become rules of a simulator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import libcst as cst
import libcst.matchers as m

from twreplay._migrate.code import is_none, is_true, read_arguments
from twreplay._migrate.edits import list_references, refuse_leftovers
from twreplay._migrate.marks import Fixture, find_fixtures
from twreplay._migrate.mocks import (
    Owner,
    answers_in_threes,
    check_added_attributes,
    check_refused_connections,
)
from twreplay._migrate.notes import STAYS
from twreplay._migrate.plan import Change, Plan, Unit
from twreplay._migrate.project import Project
from twreplay._migrate.repeats import RepeatChecker, check_sequences
from twreplay._migrate.responses_values import (
    CONSTANTS,
    MOCK,
    OF_MOCK,
    REQUEST,
    SENT,
    STUB,
    TABLES,
)
from twreplay._migrate.source import SourceFile
from twreplay._migrate.stubs import Stub, StubReader
from twreplay._migrate.subjects import ONLY_HERE
from twreplay._migrate.values import Escape, Kind, Values

_ACTIVATE = ("responses.activate", "responses.mock.activate")
_MOCKS = ("responses", "responses.mock")


class ResponsesPlanner:
    """Plans the edits of all files of a project for responses."""

    def __init__(self, project: Project, plan: Plan) -> None:
        self._project = project
        self._plan = plan
        self.owners: dict[tuple[SourceFile, cst.FunctionDef], Owner] = {}
        self._fixtures: list[Fixture] = []
        self._sources: dict[SourceFile, dict[str, Kind]] = {}
        self._handled: set[cst.CSTNode] = set()
        self._values: dict[SourceFile, Values] = {}

    def plan(self) -> None:
        """Plan all edits."""
        files = [file for file in self._project.files if b"responses" in file.source]
        for file in files:
            self._find_owners(file)
        self._find_mock_fixtures()
        for file in self._project.files:
            self._follow(file)
        for file in self._project.files:
            self._find_stubs(file)
        for owner in list(self.owners.values()):
            self._plan_owner(owner)
        files = self._project.files
        RepeatChecker(self._plan, self.owners.values(), files, self._find_callers).check()
        for file in self._project.files:
            units = {o.unit for o in self.owners.values() if o.file is file}
            if units:
                self._plan_values(file, units)
                refuse_leftovers(self._plan, file, units, self._handled, "responses")

    # --- what there is -------------------------------------------------------------------------

    def _owner(self, file: SourceFile, node: cst.CSTNode) -> Owner | None:
        """Return the function that activates the mock around *node*, else the outermost one."""
        functions = [e for e in (node, *file.chain(node)) if isinstance(e, cst.FunctionDef)]
        if not functions:
            return None
        activated = (each for each in functions if self._is_activated(file, each))
        function = next(activated, functions[-1])
        key = (file, function)
        if key not in self.owners:
            self.owners[key] = Owner(file, function)
        return self.owners[key]

    def _is_activated(self, file: SourceFile, function: cst.FunctionDef) -> bool:
        return any(_names_activation(file, each) for each in function.decorators)

    def _find_owners(self, file: SourceFile) -> None:
        for decorator in file.find(cst.Decorator):
            owner = self._owner(file, decorator)
            is_own = owner is not None and file.parent(decorator) is owner.function
            if owner is not None and is_own and _names_activation(file, decorator):
                owner.decorators.append(decorator)
        for item in file.find(cst.WithItem):
            call, owner = item.item, self._owner(file, item)
            if owner is None or not isinstance(call, cst.Call):
                continue
            if file.resolve(call.func) == "responses.RequestsMock":
                owner.blocks.append(call)
                if item.asname is not None and (name := file.resolve_local(item.asname.name)):
                    self._add_source(file, name, MOCK)
        for attribute in file.find(cst.Attribute):
            root = attribute.value
            if file.resolve(root) not in _MOCKS or attribute.attr.value in _NO_MEMBERS:
                continue
            if file.resolve(attribute) in _MOCKS or attribute.attr.value in CONSTANTS:
                continue
            if (owner := self._owner(file, attribute)) is not None:
                owner.roots.append(root)

    def _add_source(self, file: SourceFile, name: str, kind: Kind) -> None:
        self._sources.setdefault(file, {})[name] = kind

    def _find_mock_fixtures(self) -> None:
        """Find fixtures that yield a mock, and the functions that take them."""
        for file in self._project.files:
            for fixture in find_fixtures(file):
                owner = self.owners.get((file, fixture.function))
                if owner is not None and self._yields_mock(file, fixture):
                    self._fixtures.append(fixture)
        self._project.include({fixture.name for fixture in self._fixtures})
        for fixture in self._fixtures:
            for file in self._project.files:
                for function in file.find(cst.FunctionDef):
                    if file.owner(function) is function and fixture.is_for(file, function):
                        self._take_fixture(file, function, fixture)

    def _yields_mock(self, file: SourceFile, fixture: Fixture) -> bool:
        sources = self._sources.get(file, {})
        given: list[cst.CSTNode | None]
        given = [each.value for each in file.find_in(fixture.function, cst.Yield)]
        given += [each.value for each in file.find_in(fixture.function, cst.Return)]
        return any(
            isinstance(value, cst.Name) and sources.get(file.resolve_local(value)) == MOCK
            for value in given
        )

    def _take_fixture(self, file: SourceFile, function: cst.FunctionDef, fixture: Fixture) -> None:
        for parameter in function.params.params:
            if parameter.name.value != fixture.name:
                continue
            owner = self._owner(file, function.body)
            if owner is None:
                continue
            self._plan.join(owner.unit, fixture.file.unit(fixture.function))
            for node in list_references(file, function, fixture.name):
                if name := file.resolve_local(node):
                    self._add_source(file, name, MOCK)

    def _follow(self, file: SourceFile) -> None:
        returning = [each.function for each in self._fixtures if each.file is file]
        values = Values(file, TABLES, self._sources.get(file, {}), returning)
        for owner in self.owners.values():
            if owner.file is file:
                for root in owner.roots:
                    values.add_root(root, MOCK)
        reader = StubReader(self._project, file)
        for call in file.find(cst.Call):
            if self._is_stub_call(values, call):
                values.add_root(call, STUB)
                if (named := reader.find_named(call)) is not None:
                    values.add_source(file.resolve_local(named[1]), STUB)
                    self._handled.add(named[0])
        values.follow()
        # Names that stand for a mock may have come in meanwhile.
        for call in file.find(cst.Call):
            if self._is_stub_call(values, call):
                values.add_root(call, STUB)
        values.follow()
        self._values[file] = values

    def _is_stub_call(self, values: Values, call: cst.Call) -> bool:
        func = call.func
        return (
            isinstance(func, cst.Attribute)
            and func.attr.value in OF_MOCK
            and func.attr.value not in ("assert_call_count", "add_passthru", "add_callback")
            and values.kind(func.value) == MOCK
        )

    def _find_stubs(self, file: SourceFile) -> None:
        values = self._values[file]
        reader = StubReader(self._project, file, values)
        for call in file.find(cst.Call):
            func = call.func
            if not isinstance(func, cst.Attribute) or values.kind(func.value) != MOCK:
                continue
            if func.attr.value in OF_MOCK and (owner := self._owner(file, call)) is not None:
                owner.stubs.append(reader.read(call))
                self._handled.add(call)
        for node in file.find(cst.Attribute):
            is_read = node.attr.value == "calls" and values.kind(node.value) == MOCK
            if is_read and (owner := self._owner(file, node)) is not None:
                owner.reads_calls = True

    # --- one function --------------------------------------------------------------------------

    def _plan_owner(self, owner: Owner) -> None:
        file, plan, unit = owner.file, self._plan, owner.unit
        ours = [stub for stub in owner.stubs if stub.target.path]
        others = [stub for stub in owner.stubs if stub.target.host]
        for stub in owner.stubs:
            if stub.target.problem or (stub.problem and not stub.target.host):
                plan.refuse(unit, stub.problem or file.note(stub.call, stub.target.problem, ""))
            elif not stub.target.is_known:
                to_do = "a rule: twilio.when(method, path).respond(...)"
                why = "its address cannot be read off"
                plan.doubt(unit, file.note(stub.call, why, to_do))
        if ours:
            plan.want(unit)
        elif others:
            named = ", ".join(dict.fromkeys(stub.target.host for stub in others))
            note = file.note(
                others[0].call,
                f"its stubs are of {named}; {ONLY_HERE}",
                what="stubs of other hosts",
            )
            plan.refuse(unit, replace(note, kind=STAYS))
            return
        is_mixed = bool(ours and others)
        if is_mixed and (owner.reads_calls or owner.blocks or not owner.decorators):
            why = f"it has stubs of {others[0].target.host} as well; {ONLY_HERE}"
            to_do = "responses for those, twreplay.simulate for the API, each with its own calls"
            plan.refuse(unit, file.note(others[0].call, why, to_do))
        if not (owner.stubs or owner.decorators or owner.blocks or owner.roots):
            return
        check_sequences(plan, owner, ours)
        check_refused_connections(plan, owner)
        check_added_attributes(plan, owner, self._values[file])
        for stub in owner.stubs if not is_mixed else ours:
            for change in stub.changes():
                plan.edit(unit, *change)
            for remark in stub.remarks:
                plan.remark(unit, remark)
            self._plan_callback(owner, stub)
        self._plan_activation(owner, is_mixed=is_mixed)

    def _plan_callback(self, owner: Owner, stub: Stub) -> None:
        """Let the function that answers read our requests."""
        if stub.callback is None:
            return
        file = owner.file
        name = file.resolve_local(stub.callback)
        functions: list[cst.FunctionDef | cst.Lambda] = [
            each for each in file.find(cst.FunctionDef) if name and file.resolve_local(each) == name
        ]
        if isinstance(stub.callback, cst.Lambda):
            functions = [stub.callback]
        if len(functions) != 1 or len(functions[0].params.params) != 1:
            why = "the function that answers is not in this file, so it was not read"
            to_do = "twilio.when(method, path) as a decorator of a function of a twreplay.Request"
            self._plan.refuse(owner.unit, file.note(stub.call, why, to_do))
            return
        function = functions[0]
        if not answers_in_threes(file, function):
            why = "what it returns is not status, headers and body, one by one"
            to_do = "twilio.when(method, path) as a decorator of a function of a twreplay.Request"
            self._plan.refuse(owner.unit, file.note(stub.call, why, to_do))
            return
        parameter = function.params.params[0].name.value
        self._plan.join(owner.unit, file.unit(function))
        values = Values(file, TABLES, {}, (function,))
        for node in file.find_in(function, cst.Name):
            parent = file.parent(node)
            is_read = not (isinstance(parent, cst.Attribute) and parent.attr is node)
            if node.value == parameter and is_read and not isinstance(parent, cst.Param):
                values.add_root(node, REQUEST)
        self._plan_uses(file, values, {file.unit(function), owner.unit})

    # --- how it is activated -------------------------------------------------------------------

    def _plan_activation(self, owner: Owner, *, is_mixed: bool) -> None:
        file, unit = owner.file, owner.unit
        for block in owner.blocks:
            self._handled.add(block)
            arguments = self._read_activation(owner, block)
            code = f"twreplay.simulate({arguments})"
            self._plan.edit(unit, block, _put(cst.parse_expression(code)))
        for decorator in owner.decorators:
            self._handled.add(decorator)
            made = decorator.decorator
            given = self._read_activation(owner, made) if isinstance(made, cst.Call) else ""
            arguments = given if isinstance(made, cst.Call) and given else "allow_unused=True"
            if isinstance(made, cst.Call) and "assert_all" in file.module.code_for_node(made):
                arguments = given
            expression = cst.parse_expression(f"twreplay.simulate({arguments})")
            self._plan.edit(unit, decorator, _replace_decorator(expression, keeps=is_mixed))
        if owner.roots or owner.decorators:
            self._give_simulator(owner)

    def _read_activation(self, owner: Owner, call: cst.Call) -> str:
        """Return our keywords for those of ``activate`` or ``RequestsMock``."""
        _, named = read_arguments(call)
        arguments = ""
        for name, arg in named.items():
            if name == "assert_all_requests_are_fired":
                if is_true(arg.value):
                    continue
                arguments = "allow_unused=True"
            elif name == "passthru_prefixes" or is_none(arg.value):
                continue
            else:
                why = f"twreplay.simulate has nothing like {name}"
                self._plan.refuse(owner.unit, owner.file.note(arg, why, ""))
        return arguments

    def _give_simulator(self, owner: Owner) -> None:
        """Let a function that speaks of the module's mock have the simulator as ``twilio``."""
        file, unit, function = owner.file, owner.unit, owner.function
        roots = [root for root in owner.roots if self._is_rewritten(owner, root)]
        for root in roots:
            self._handled.add(root)
            self._plan.edit(unit, root, lambda old: cst.Name("twilio"))
        if not roots:
            return
        for node in file.find_in(function, cst.Name):
            if node.value == "twilio":
                parent = file.parent(node)
                if not (isinstance(parent, cst.Attribute) and parent.attr is node):
                    why = "the simulator comes as a parameter twilio, and that name is taken"
                    self._plan.refuse(unit, file.note(node, why, "another name for the other one"))
                    return
        if owner.decorators:
            self._plan.edit(unit, function, _add_parameter(last=True))
        elif not owner.blocks:
            self._plan_helper(owner)

    def _is_rewritten(self, owner: Owner, root: cst.BaseExpression) -> bool:
        """Return whether *root* is of what is rewritten: not of a stub of another host."""
        chain = set(owner.file.chain(root))
        stub = next((each for each in owner.stubs if each.call in chain), None)
        return stub is None or not stub.target.host

    def _plan_helper(self, owner: Owner) -> None:
        """Hand the simulator to a function that registers stubs for the tests that call it."""
        file, function = owner.file, owner.function
        to_do = "a parameter twilio, which the tests hand over"
        callers = list(self._find_callers(owner))
        if not callers or any(each.function is function for each in find_fixtures(file)):
            why = "it registers stubs outside of an activated test, where there is no simulator yet"
            self._plan.refuse(owner.unit, file.note(function.name, why, to_do))
            return
        self._plan.edit(owner.unit, function, _add_parameter(last=False))
        for call in callers:
            caller = self._owner(file, call)
            if caller is None or caller.blocks or not (caller.decorators or caller.roots):
                why = f"it calls {function.name.value}, which needs the simulator"
                self._plan.refuse(owner.unit, file.note(call, why, to_do))
                continue
            self._plan.join(owner.unit, caller.unit)
            self._plan.edit(caller.unit, call, _hand_over)
            if caller.decorators and not caller.roots:
                self._plan.edit(caller.unit, caller.function, _add_parameter(last=True))

    def _find_callers(self, owner: Owner) -> Iterator[cst.Call]:
        file, function = owner.file, owner.function
        name, klass = file.resolve_local(function), file.klass(function)
        for call in file.find(cst.Call):
            if klass is None and file.resolve_local(call.func) == name:
                yield call
            elif klass is not None and file.klass(call) is klass:
                own = m.Attribute(value=m.Name("self"), attr=m.Name(function.name.value))
                if m.matches(call.func, own):
                    yield call

    # --- what is read --------------------------------------------------------------------------

    def _plan_values(self, file: SourceFile, units: set[Unit]) -> None:
        self._plan_uses(file, self._values[file], units)
        for node in file.find(cst.Attribute):
            if node.attr.value not in CONSTANTS:
                continue
            is_constant = file.resolve(node) in {f"responses.{name}" for name in CONSTANTS}
            if is_constant or self._values[file].kind(node.value) == MOCK:
                literal = cst.SimpleString(f'"{node.attr.value}"')
                if file.unit(node) in units:
                    self._handled.add(node)
                    self._plan.edit(file.unit(node), node, _put(literal))

    def _plan_uses(self, file: SourceFile, values: Values, units: set[Unit]) -> None:
        for node, use in values.uses():
            unit = file.unit(node)
            if unit not in units or node in self._handled:
                continue
            if isinstance(use, Escape):
                if use.kind == SENT and _is_rewritten_comparison(file, node):
                    continue
                if not any(each in self._handled for each in file.chain(use.node)):
                    self._plan.refuse(unit, file.note(use.node, use.why, use.to_do))
            elif use.rewrite is not None and not self._reads_bytes(file, node):
                self._plan.edit(unit, node, use.rewrite)

    def _reads_bytes(self, file: SourceFile, node: cst.CSTNode) -> bool:
        """Return whether a body is compared with bytes, or with None, which is none here."""
        if not isinstance(node, cst.Attribute) or node.attr.value not in ("body", "text"):
            return False
        parent = file.parent(node)
        comparison = file.parent(parent) if isinstance(parent, cst.ComparisonTarget) else parent
        if not isinstance(comparison, cst.Comparison):
            return False
        sides = [comparison.left, *(each.comparator for each in comparison.comparisons)]
        if any(is_none(side) for side in sides):
            self._plan.edit(file.unit(node), comparison, _compare_with_nothing)
            return True
        return any(isinstance(s, cst.SimpleString) and "b" in s.prefix.lower() for s in sides)


_NO_MEMBERS = frozenset(
    {"matchers", "registries", "activate", "RequestsMock", "Response", "CallbackResponse"}
)


def _names_activation(file: SourceFile, decorator: cst.Decorator) -> bool:
    made = decorator.decorator
    return file.resolve(made.func if isinstance(made, cst.Call) else made) in _ACTIVATE


def _compare_with_nothing(updated: cst.Comparison) -> cst.BaseExpression:
    is_not = isinstance(updated.comparisons[0].operator, cst.IsNot | cst.NotEqual)
    if is_not:
        return updated.left
    return cst.UnaryOperation(cst.Not(), updated.left)


def _is_rewritten_comparison(file: SourceFile, node: cst.CSTNode) -> bool:
    """Return whether a body that is read at this place becomes ``not request.body`` there."""
    around = isinstance(file.parent(node), cst.Comparison | cst.ComparisonTarget)
    return around and isinstance(node, cst.Attribute)


def _put(new: cst.CSTNode) -> Change:
    return lambda old: new


def _replace_decorator(expression: cst.BaseExpression, *, keeps: bool) -> Change:
    def change(updated: cst.Decorator) -> Any:
        if keeps:
            return cst.FlattenSentinel([updated, cst.Decorator(expression)])
        return updated.with_changes(decorator=expression)

    return change


def _add_parameter(*, last: bool) -> Change:
    """Return what gives a function the parameter ``twilio``: behind the others, or before them."""

    def change(function: cst.FunctionDef) -> cst.FunctionDef:
        parameters = list(function.params.params)
        if any(each.name.value == "twilio" for each in parameters):
            return function
        is_method = bool(parameters) and parameters[0].name.value in ("self", "cls")
        place = int(is_method)
        if last:
            place = next(
                (n for n, each in enumerate(parameters) if each.default is not None),
                len(parameters),
            )
        added = cst.Param(cst.Name("twilio"))
        if parameters and place == len(parameters):
            added = added.with_changes(comma=parameters[-1].comma)
            parameters[-1] = parameters[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
        parameters.insert(place, added)
        return function.with_changes(params=function.params.with_changes(params=parameters))

    return change


def _hand_over(updated: cst.Call) -> cst.Call:
    return updated.with_changes(args=[cst.Arg(cst.Name("twilio")), *updated.args])
