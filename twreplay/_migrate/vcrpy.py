"""Suites of vcrpy: ``use_cassette`` as a block or decorator, and ``VCR`` objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import libcst as cst
import libcst.matchers as m

from twreplay._explanation import SITE
from twreplay._migrate.code import (
    format_call,
    has_stars,
    parse,
    quote,
    read_arguments,
    read_literal_texts,
    write_code,
)
from twreplay._migrate.edits import (
    list_references,
    plan_values,
    refuse_leftovers,
    rename_parameter,
)
from twreplay._migrate.keywords import Converted, KeywordConverter
from twreplay._migrate.plan import Change, Plan, Unit
from twreplay._migrate.project import Project
from twreplay._migrate.source import SourceFile, Text, known_text
from twreplay._migrate.subjects import judge_subject
from twreplay._migrate.values import Kind, Values
from twreplay._migrate.vcrpy_unittest import UnittestPlanner, find_cassette_classes
from twreplay._migrate.vcrpy_values import CASSETTE, TABLES

_ENTERING = ("enterContext", "enter_context", "enterAsyncContext", "enter_async_context")


@dataclass(eq=False)
class VcrObject:
    """
    A name that stands for a ``VCR(...)``.

    Attributes:
        name: Its full name in *file*.

        statement: The assignment.

        registrations: Statements that register matchers, and the functions called there.

        matchers: What they register, by name.

        users: The units that use it, each with the node that names it.
    """

    file: SourceFile
    name: str
    statement: cst.Assign
    call: cst.Call
    converted: Converted
    registrations: list[cst.CSTNode] = field(default_factory=list)
    matchers: dict[str, cst.BaseExpression] = field(default_factory=dict)
    users: list[tuple[Unit, SourceFile, cst.Name | cst.Attribute]] = field(default_factory=list)


class VcrpyPlanner:
    """Plans the edits of all files of a project for vcrpy."""

    def __init__(self, project: Project, plan: Plan) -> None:
        self._project = project
        self._plan = plan
        self.objects: dict[tuple[SourceFile, str], VcrObject] = {}
        self.touched: dict[SourceFile, set[Unit]] = {}
        self._handled: set[cst.CSTNode] = set()
        self._sources: dict[SourceFile, dict[str, Kind]] = {}
        self._roots: dict[SourceFile, list[cst.BaseExpression]] = {}

    def plan(self) -> None:
        """Plan all edits but those of ``VCR`` objects, which depend on who is rewritten."""
        for file in self._project.files:
            self._find_objects(file)
        self._project.include({name.rpartition(".")[2] for _, name in self.objects})
        for file in self._project.files:
            self._plan_uses(file)
            self._plan_classes(file)
        for found in self.objects.values():
            for unit, _, _ in found.users:
                for refusal in found.converted.refusals:
                    self._plan.refuse(unit, refusal)
        for file, units in self.touched.items():
            self._plan_values(file, units)
        for file, units in self.touched.items():
            refuse_leftovers(self._plan, file, units, self._handled, "vcr")

    # --- objects -------------------------------------------------------------------------------

    def _find_objects(self, file: SourceFile) -> None:
        for statement in file.find(cst.Assign):
            call = statement.value
            if not isinstance(call, cst.Call) or not is_vcr_class(file.resolve(call.func)):
                continue
            name = file.resolve_local(statement.targets[0].target)
            if len(statement.targets) > 1 or not name:
                continue
            registrations, matchers = self._find_matchers(file, name)
            converter = KeywordConverter(file, matchers, as_before=self._project.options.as_before)
            positional, named = read_arguments(call)
            converted = converter.convert([(key, arg.value) for key, arg in named.items()])
            if positional or has_stars(call.args):
                note = file.note(call, "its configuration cannot be read off", _WRITE_KEYWORDS)
                converted.refusals.append(note)
            found = VcrObject(file, name, statement, call, converted, registrations, matchers)
            self.objects[file, name] = found
            self._handled.update((call, *registrations))

    def _find_matchers(
        self, file: SourceFile, name: str
    ) -> tuple[list[cst.CSTNode], dict[str, cst.BaseExpression]]:
        """Find ``vcr.register_matcher("name", function)`` of the object *name*."""
        statements: list[cst.CSTNode] = []
        matchers: dict[str, cst.BaseExpression] = {}
        for call in file.find(cst.Call):
            if file.resolve_local(call.func) != f"{name}.register_matcher" or len(call.args) != 2:
                continue
            texts = read_literal_texts(call.args[0].value)
            statement = file.parent(call)
            if texts and isinstance(statement, cst.Expr):
                matchers[texts[0]] = call.args[1].value
                line = file.parent(statement)
                if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1:
                    statements += [line, call.func]
        return statements, matchers

    def _plan_classes(self, file: SourceFile) -> None:
        """Plan the classes that are derived from one of ``vcr.unittest``."""
        for klass in find_cassette_classes(file):
            units = UnittestPlanner(self._project, self._plan, klass).plan()
            self.touched.setdefault(file, set()).update(units)
            self._handled.add(klass.base)
            name = f"{file.resolve_local(klass.node)}.cassette"
            self._sources.setdefault(file, {})[name] = CASSETTE

    def find_object(self, file: SourceFile, node: cst.CSTNode) -> VcrObject | None:
        """Return the object that *node*, a name, stands for."""
        local = file.resolve_local(node)
        if local and (file, local) in self.objects:
            return self.objects[file, local]
        module, _, last = file.resolve(node).rpartition(".")
        other = self._project.find_module(module) if module else None
        return self.objects.get((other, last)) if other is not None else None

    # --- uses ----------------------------------------------------------------------------------

    def _plan_uses(self, file: SourceFile) -> None:
        for node in file.nodes:
            if not isinstance(node, cst.Name | cst.Attribute):
                continue
            parent = file.parent(node)
            if isinstance(parent, cst.Attribute) and parent.attr is node:
                continue
            if file.resolve(node) in ("vcr.use_cassette", "vcr.default_vcr.use_cassette"):
                self._plan_use(file, node, None)
            elif (found := self.find_object(file, node)) is not None:
                self._plan_object_use(file, node, found)

    def _plan_object_use(
        self, file: SourceFile, node: cst.Name | cst.Attribute, found: VcrObject
    ) -> None:
        parent = file.parent(node)
        if isinstance(parent, cst.AssignTarget | cst.ImportAlias) or node in self._handled:
            return
        if isinstance(parent, cst.Attribute):
            if parent in self._handled:
                return  # it registers a matcher
            if parent.attr.value == "use_cassette":
                self._plan_use(file, parent, found)
                found.users.append((file.unit(node), file, node))
                return
        note = file.note(node, "this use of the VCR object cannot be followed", _WRITE_RECORDER)
        found.converted.refusals.append(note)

    def _plan_use(
        self, file: SourceFile, function: cst.Name | cst.Attribute, found: VcrObject | None
    ) -> None:
        unit = file.unit(function)
        self.touched.setdefault(file, set()).add(unit)
        around = file.parent(function)
        is_called = isinstance(around, cst.Call) and around.func is function
        use = around if is_called else function
        assert isinstance(use, cst.Call | cst.Name | cst.Attribute)
        self._handled.update((function, use))
        call = use if isinstance(use, cst.Call) else None
        positional, named = read_arguments(call) if call is not None else ([], {})
        path = named.pop("path").value if "path" in named else None
        if call is not None and (has_stars(call.args) or len(positional) > 1):
            self._plan.refuse(
                unit, file.note(call, "its keywords cannot be read off", _WRITE_KEYWORDS)
            )
            return
        if positional:
            path = positional[0].value
        matchers = found.matchers if found is not None and found.file is file else {}
        as_before = self._project.options.as_before
        converter = KeywordConverter(file, matchers, as_before=as_before)
        given = [(name, arg.value) for name, arg in named.items()]
        converted = converter.convert(given, is_whole=found is None)
        self._add(unit, converted)
        if converted.folder is not None and path is not None:
            folder = write_code(converted.folder)
            path = parse(f"os.path.join({folder}, {write_code(path)})")
        base = found.converted if found is not None else Converted()
        suffix = converted.suffix or base.suffix
        if path is None or suffix:
            path = self._complete_path(file, use, path, suffix, base)
        if path is None:
            return
        folder_node = base.folder if found is not None else None
        is_there = self._judge(file, use, path, folder_node, found)
        if not is_there and "record_mode" not in {**base.kept, **converted.kept}:
            # vcrpy records what is not there; by default twreplay sends nothing.
            converted.kept = {"record_mode": parse('"once"'), **converted.kept}
        self._plan_context(file, use, converted.injects or base.injects)
        self._edit_call(file, use, path, converted, is_object=found is not None)

    def _add(self, unit: Unit, converted: Converted) -> None:
        for refusal in converted.refusals:
            self._plan.refuse(unit, refusal)
        for remark in converted.remarks:
            self._plan.remark(unit, remark)
        for node, change in converted.edits:
            self._plan.edit(unit, node, change)

    def _complete_path(
        self,
        file: SourceFile,
        use: cst.BaseExpression,
        path: cst.BaseExpression | None,
        suffix: str,
        base: Converted,
    ) -> cst.BaseExpression | None:
        """Return the path with what vcrpy adds to it; None if that cannot be said."""
        unit = file.unit(use)
        if path is None:
            around = file.parent(use)
            function = file.parent(around) if isinstance(around, cst.Decorator) else None
            if not isinstance(function, cst.FunctionDef):
                why = "without a path it must decorate a function"
                self._plan.refuse(unit, file.note(use, why, 'use_cassette("name.yaml")'))
                return None
            name = function.name.value
            path = parse(quote(name))
            if base.folder is None:
                path = parse(f"os.path.join(os.path.dirname(__file__), {quote(name)})")
            text: Text | None = (name,)
        else:
            text = self._project.read_text(file, path)
        if not suffix or (whole := known_text(text)) is None:
            if suffix:
                to_do = f"the whole path, with its {suffix}"
                why = "the path_transformer changes it, and what it is cannot be read off"
                self._plan.refuse(unit, file.note(use, why, to_do))
            return path
        if whole.endswith(suffix):
            return path
        code = write_code(path)
        bare = quote(whole)
        return parse(
            code.replace(bare, quote(whole + suffix)) if bare in code else quote(whole + suffix)
        )

    def _edit_call(
        self,
        file: SourceFile,
        use: cst.BaseExpression,
        path: cst.BaseExpression,
        converted: Converted,
        *,
        is_object: bool,
    ) -> None:
        column = file.column(use)

        def change(updated: cst.BaseExpression) -> cst.BaseExpression:
            function = updated.func if isinstance(updated, cst.Call) else updated
            name = write_code(function) if is_object else "twreplay.use_cassette"
            arguments = [write_code(path), *converted.write()]
            return parse(format_call(name, arguments, column=column))

        self._plan.edit(file.unit(use), use, change)

    # --- whose requests ------------------------------------------------------------------------

    def _judge(
        self,
        file: SourceFile,
        use: cst.BaseExpression,
        path: cst.BaseExpression,
        folder: cst.BaseExpression | None,
        found: VcrObject | None,
    ) -> bool:
        """Decide whether the cassette is of this API; return whether there is one."""
        name = self._project.read_path(file, path)
        folders = [file.path.parent]
        if folder is not None and found is not None:
            base = self._project.read_path(found.file, folder)
            if not name.startswith(base):
                name = f"{base}/{name}"
            folders.append(found.file.path.parent)
        files = self._project.cassettes.find(name, *folders)
        subject = self._project.cassettes.read_all(files)
        judge_subject(self._plan, self._project, file, use, subject, name)
        return bool(files)

    # --- what is around it ---------------------------------------------------------------------

    def _plan_context(self, file: SourceFile, use: cst.BaseExpression, injects: bool) -> None:
        unit = file.unit(use)
        around = file.parent(use)
        if isinstance(around, cst.WithItem):
            if around.asname is not None and (name := file.resolve_local(around.asname.name)):
                self._sources.setdefault(file, {})[name] = CASSETTE
            return
        if isinstance(around, cst.Decorator):
            function = file.parent(around)
            if isinstance(function, cst.FunctionDef):
                if injects:
                    self._plan_injection(file, function)
                return
            why = "on a class, vcrpy opens the cassette only while an instance is made"
            self._plan.refuse(unit, file.note(use, why, "twreplay.use_cassette on the class"))
            return
        call = file.parent(around) if isinstance(around, cst.Arg) else None
        entering = m.Call(m.Attribute(attr=m.MatchIfTrue(lambda name: name.value in _ENTERING)))
        if isinstance(call, cst.Call) and m.matches(call, entering):
            self._roots.setdefault(file, []).append(call)
            return
        to_do = "with twreplay.use_cassette(...), or as a decorator"
        self._plan.refuse(unit, file.note(use, "it is neither a block nor a decorator", to_do))

    def _plan_injection(self, file: SourceFile, function: cst.FunctionDef) -> None:
        """Rename the parameter that the cassette comes in."""
        unit = file.unit(function)
        parameters = [
            each
            for each in (*function.params.posonly_params, *function.params.params)
            if each.name.value not in ("self", "cls")
        ]
        if not parameters:
            why = "with inject_cassette the function takes a cassette, and it has no parameter"
            self._plan.refuse(unit, file.note(function.name, why, "a parameter twilio_cassette"))
            return
        rename_parameter(self._plan, file, function, parameters[0], "twilio_cassette")
        for node in list_references(file, function, parameters[0].name.value):
            if name := file.resolve_local(node):
                self._sources.setdefault(file, {})[name] = CASSETTE

    def _plan_values(self, file: SourceFile, units: set[Unit]) -> None:
        values = Values(file, TABLES, self._sources.get(file, {}))
        for root in self._roots.get(file, []):
            values.add_root(root, CASSETTE)
        values.follow()
        plan_values(self._plan, file, values, units)

    # --- the end -------------------------------------------------------------------------------

    def plan_objects(self, is_left: Callable[[Unit], bool]) -> None:
        """Plan the edits of the objects, knowing which units are left as they are."""
        for found in self.objects.values():
            rewritten = [user for user in found.users if not is_left(user[0])]
            kept = [user for user in found.users if is_left(user[0])]
            if rewritten:
                self._plan_object(found, rewritten, is_shared=bool(kept))

    def _plan_object(
        self,
        found: VcrObject,
        rewritten: list[tuple[Unit, SourceFile, cst.Name | cst.Attribute]],
        *,
        is_shared: bool,
    ) -> None:
        file, unit = found.file, f"{found.file.unit(found.statement)}:object"
        converted = found.converted
        self._plan.want(unit)
        arguments = converted.write()
        if converted.folder is not None:
            arguments.insert(0, f"cassette_dir={write_code(converted.folder)}")
        for node, change in converted.edits:
            self._plan.edit(unit, node, change)
        for remark in converted.remarks:
            self._plan.remark(unit, remark)
        target = write_code(found.statement.targets[0].target)
        name = f"{target}_twilio" if is_shared else target
        column = file.column(found.statement) + len(name) + 3
        code = format_call("twreplay.Recorder", arguments, column=column)
        if not is_shared:
            self._plan.edit(unit, found.call, lambda updated: parse(code))
            for node in found.registrations:
                if isinstance(node, cst.SimpleStatementLine):
                    self._plan.edit(unit, node, lambda updated: cst.RemoveFromParent())
            return
        line = file.parent(found.statement)
        addition = cst.parse_statement(f"{name} = {code}\n")
        self._plan.edit(unit, line or file.module, lambda old: cst.FlattenSentinel([old, addition]))
        for user_unit, _, node in rewritten:
            self._plan.edit(user_unit, node, lambda old: parse(f"{write_code(old)}_twilio"))
        kept = {(user[1], user[2]) for user in found.users} - {(u[1], u[2]) for u in rewritten}
        for importing in {user_file for _, user_file, _ in rewritten} - {file}:
            names = {
                node.value
                for _, each, node in rewritten
                if each is importing and isinstance(node, cst.Name)
            }
            stays = {
                node.value
                for each, node in kept
                if each is importing and isinstance(node, cst.Name)
            }
            for statement in importing.find(cst.ImportFrom):
                self._plan.edit(unit, statement, _import_ours(names, stays))


def _import_ours(names: set[str], stays: set[str]) -> Change:
    """
    Return what imports the recorder beside a ``VCR`` object, or in its place.

    Args:
        names: What the object is called where ours takes its place.

        stays: What it is called where it is used still.
    """

    def change(updated: cst.ImportFrom) -> cst.ImportFrom:
        if isinstance(updated.names, cst.ImportStar):
            return updated
        aliases: list[cst.ImportAlias] = []
        for alias in updated.names:
            bound = alias.evaluated_alias or alias.evaluated_name
            if bound not in names:
                aliases.append(alias)
                continue
            own = alias.with_changes(name=cst.Name(f"{alias.evaluated_name}_twilio"))
            if alias.asname is not None:
                own = own.with_changes(asname=cst.AsName(cst.Name(f"{bound}_twilio")))
            if bound in stays:
                aliases.append(alias.with_changes(comma=cst.MaybeSentinel.DEFAULT))
            aliases.append(own)
        return updated.with_changes(names=aliases)

    return change


_WRITE_KEYWORDS = f"each keyword by its name, as in {SITE}/coming-from/#vcrpy"
_WRITE_RECORDER = "twreplay.Recorder(...), whose use_cassette takes its place"


def is_vcr_class(name: str) -> bool:
    """Return whether *name* is the class ``VCR``."""
    return name in ("vcr.VCR", "vcr.config.VCR")
