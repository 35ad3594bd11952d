"""The configuration of a suite of pytest-recording: fixtures, marks of the network, hooks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import libcst as cst

from twreplay._migrate.code import parse, quote, read_literal_texts, write_code
from twreplay._migrate.keywords import Converted, KeywordConverter
from twreplay._migrate.marks import Fixture, Mark, choose_fixture, find_marks
from twreplay._migrate.notes import LEFT, Note
from twreplay._migrate.plan import Plan, Unit
from twreplay._migrate.project import Project
from twreplay._migrate.recording import MarkedTest, RecordingPlanner
from twreplay._migrate.source import SourceFile

_NAMES = {"vcr_config": "twreplay_config", "vcr_cassette_dir": "twreplay_cassette_dir"}
_LEFT_FIXTURES = {
    "default_cassette_name": 'a name in the mark: pytest.mark.twreplay("name.yaml")',
    "vcr_cassette_name": 'a name in the mark: pytest.mark.twreplay("name.yaml")',
    "record_mode": "record_mode in twreplay_config, or --twreplay-record",
    "disable_recording": "--twreplay-disable",
}
_FLAT_FOLDER = """\
@pytest.fixture(scope="module")
def twreplay_cassette_dir(request):
    return request.path.parent / "cassettes"
"""
_PLAIN_HOST = re.compile(r"[A-Za-z0-9.:_-]+")


class ConfigurationPlanner:
    """Plans the edits of what configures tests, knowing which of them are rewritten."""

    def __init__(
        self,
        project: Project,
        plan: Plan,
        recording: RecordingPlanner,
        is_left: Callable[[Unit], bool],
    ) -> None:
        self._project = project
        self._plan = plan
        self._recording = recording
        self._is_left = is_left
        self._done = [t for t in recording.tests if t.is_wanted and not is_left(t.unit)]
        self._kept = [t for t in recording.tests if t not in self._done and not t.is_bare]

    def plan(self) -> None:
        """Plan them."""
        if not self._done:
            return
        for fixture in self._recording.fixtures:
            self._plan.want(_unit(fixture))
            if fixture.name in _NAMES:
                self._plan_fixture(fixture)
            elif fixture.name in _LEFT_FIXTURES and self._find_governed(fixture, self._done):
                why = f"twreplay has no fixture {fixture.name}"
                note = fixture.file.note(
                    fixture.function.name, why, _LEFT_FIXTURES[fixture.name], what=fixture.name
                )
                self._plan.remark(_unit(fixture), note)
        for file in self._project.files:
            self._plan_network_marks(file)
            self._plan_flat_folder(file)
            self._tell_of_hooks(file)

    def _find_governed(self, fixture: Fixture, tests: Iterable[MarkedTest]) -> list[MarkedTest]:
        """Return the tests that get *fixture* or build on it."""
        return [test for test in tests if fixture.is_for(test.file, test.function)]

    # --- fixtures ------------------------------------------------------------------------------

    def _plan_fixture(self, fixture: Fixture) -> None:
        if not self._find_governed(fixture, self._done):
            return
        is_shared = bool(self._find_governed(fixture, self._kept))
        name = _NAMES[fixture.name]
        if is_shared and self._is_there(fixture, name):
            return
        change: Callable[[cst.CSTNode], cst.CSTNode | None] = _keep
        if fixture.name == "vcr_config":
            converted, dictionary = self._convert_config(fixture)
            if converted is None:
                return
            change = _build_config_change(converted, dictionary)
        self._replace(fixture, name, change, is_shared=is_shared)

    def _is_there(self, fixture: Fixture, name: str) -> bool:
        return any(
            each.name == name and each.file is fixture.file and each.klass is fixture.klass
            for each in self._recording.fixtures
        )

    def _convert_config(
        self, fixture: Fixture
    ) -> tuple[Converted | None, cst.Dict | cst.Call | None]:
        file, unit = fixture.file, _unit(fixture)
        dictionary = _find_dictionary(fixture)
        items = _read_items(dictionary) if dictionary is not None else None
        if items is None:
            why = "what it returns cannot be read off"
            to_do = "a fixture twreplay_config with a dictionary of our keywords"
            note = file.note(fixture.function.name, why, to_do, what="vcr_config")
            self._plan.remark(unit, note)
            return None, None
        converter = KeywordConverter(file, as_before=self._project.options.as_before)
        converted = converter.convert(items)
        for note in converted.refusals:
            why = f"left out: {note.why}"
            kept = Note(note.path, note.line, note.what, why, note.to_do, LEFT)
            self._plan.remark(unit, kept)
        if converted.folder is not None:
            to_do = "a fixture twreplay_cassette_dir that returns it"
            note = file.note(converted.folder, "pytest-recording overrides it", to_do)
            self._plan.remark(unit, note)
        for remark in converted.remarks:
            self._plan.remark(unit, remark)
        for node, edit in converted.edits:
            self._plan.edit(unit, node, edit)
        return converted, dictionary

    def _replace(
        self,
        fixture: Fixture,
        name: str,
        change: Callable[[cst.CSTNode], cst.CSTNode | None],
        *,
        is_shared: bool,
    ) -> None:
        def rename(updated: cst.FunctionDef) -> cst.CSTNode:
            changed = change(updated)
            if changed is None:
                removed = cst.RemoveFromParent()
                return updated if is_shared else removed  # type: ignore[return-value]
            renamed = changed.visit(_Renaming(fixture.name, name))
            assert isinstance(renamed, cst.FunctionDef)
            if not is_shared:
                return renamed
            blank = cst.EmptyLine(indent=False)
            spaced = renamed.with_changes(leading_lines=[blank, blank])
            return cst.FlattenSentinel([updated, spaced])  # type: ignore[return-value]

        self._plan.edit(_unit(fixture), fixture.function, rename)

    def _plan_flat_folder(self, file: SourceFile) -> None:
        """Tell where the cassettes of pytest-vcr are, which have no folder for each module."""
        if not any(test.file is file and test.is_flat for test in self._done):
            return
        tests = [test for test in self._done if test.file is file and test.is_flat]
        name = "twreplay_cassette_dir"
        if choose_fixture(self._recording.fixtures, name, file, tests[0].function) is not None:
            return
        addition = cst.parse_statement(_FLAT_FOLDER)

        def change(module: cst.Module) -> cst.Module:
            body = list(module.body)
            places = [n for n, each in enumerate(body) if _is_import(each)]
            place = places[-1] + 1 if places else 0
            blank = cst.EmptyLine(indent=False)
            spaced = addition.with_changes(leading_lines=[blank, blank])
            return module.with_changes(body=[*body[:place], spaced, *body[place:]])

        unit = f"{file.path.as_posix()}:flat"
        self._plan.want(unit)
        self._plan.edit(unit, file.module, change)

    # --- the network ---------------------------------------------------------------------------

    def _plan_network_marks(self, file: SourceFile) -> None:
        """Rewrite ``block_network``: of rewritten tests, and of all if none stays behind."""
        rewritten = {test.function for test in self._done}
        for mark in find_marks(file, "block_network"):
            holder = mark.holder
            is_done = holder in rewritten
            if self._kept and not is_done:
                continue
            unit = mark.unit if is_done else f"{mark.unit}:network"
            self._plan.want(unit)
            hosts = self._read_hosts(mark)
            if hosts is None or not mark.is_readable:
                to_do = 'pytest.mark.twreplay_network("127.0.0.1", "re:.*[.]test")'
                note = file.note(mark.node, "its hosts cannot be read off", to_do)
                self._plan.remark(unit, note)
                continue
            self._plan.edit(unit, mark.node, _build_network_change(hosts))

    def _read_hosts(self, mark: Mark) -> list[str] | None:
        given = mark.keywords.get("allowed_hosts")
        if given is None:
            return []
        hosts = read_literal_texts(given)
        if hosts is None:
            return None
        if isinstance(given, cst.SimpleString):
            hosts = hosts[0].split(",")
        return [_convert_host(host.strip()) for host in hosts if host.strip()]

    # --- the rest ------------------------------------------------------------------------------

    def _tell_of_hooks(self, file: SourceFile) -> None:
        unit = f"{file.path.as_posix()}:hooks"
        self._plan.want(unit)
        for function in file.find(cst.FunctionDef):
            if function.name.value == "pytest_recording_configure":
                to_do = "match_on=(...) with functions, in the fixture twreplay_config"
                why = "twreplay has no such hook"
                self._plan.remark(unit, file.note(function.name, why, to_do))
        for call in file.find(cst.Call):
            if file.resolve(call.func) == "pytest.mark.usefixtures":
                names = [
                    str(arg.value.evaluated_value)
                    for arg in call.args
                    if isinstance(arg.value, cst.SimpleString)
                ]
                if "vcr" in names or "vcr_cassette" in names:
                    self._plan.remark(unit, file.note(call, "the fixture is twilio_cassette", ""))


def _keep(node: cst.CSTNode) -> cst.CSTNode | None:
    return node


def _unit(fixture: Fixture) -> Unit:
    return f"{fixture.file.unit(fixture.function)}:fixture"


def _is_import(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.SimpleStatementLine) and isinstance(
        node.body[0], cst.Import | cst.ImportFrom
    )


def _find_dictionary(fixture: Fixture) -> cst.Dict | cst.Call | None:
    """Return the dictionary that a fixture returns or yields, if it does nothing else."""
    file = fixture.file
    found: list[cst.BaseExpression] = []
    function = fixture.function
    for returned in file.find_in(function, cst.Return):
        if returned.value is not None:
            found.append(returned.value)
    for yielded in file.find_in(function, cst.Yield):
        if isinstance(yielded.value, cst.BaseExpression):
            found.append(yielded.value)
    if len(found) != 1:
        return None
    value = found[0]
    if isinstance(value, cst.Name):
        inside = file.value_of(value)
        is_local = inside is not None and fixture.function in file.chain(inside)
        value = inside if inside is not None and is_local else value
    if isinstance(value, cst.Dict):
        return value
    if isinstance(value, cst.Call) and isinstance(value.func, cst.Name):
        return value if value.func.value == "dict" else None
    return None


def _read_items(
    dictionary: cst.Dict | cst.Call,
) -> list[tuple[str, cst.BaseExpression]] | None:
    if isinstance(dictionary, cst.Call):
        if any(arg.keyword is None for arg in dictionary.args):
            return None
        return [(arg.keyword.value, arg.value) for arg in dictionary.args if arg.keyword]
    items = []
    for element in dictionary.elements:
        if not isinstance(element, cst.DictElement) or not isinstance(
            element.key, cst.SimpleString
        ):
            return None
        items.append((str(element.key.evaluated_value), element.value))
    return items


def _build_config_change(
    converted: Converted, dictionary: cst.Dict | cst.Call | None
) -> Callable[[cst.CSTNode], cst.CSTNode | None]:
    """Return what puts our keywords into a fixture; it returns None if there are none."""

    def change(function: cst.CSTNode) -> cst.CSTNode | None:
        if not converted.kept:
            return None
        visitor = _Dictionary(dictionary, converted)
        return function.visit(visitor)  # type: ignore[return-value]

    return change


class _Dictionary(cst.CSTTransformer):
    """Replaces the one dictionary that a fixture returns."""

    def __init__(self, wanted: cst.Dict | cst.Call | None, converted: Converted) -> None:
        super().__init__()
        self._wanted = write_code(wanted) if wanted is not None else ""
        self._kept = dict(converted.kept)

    def leave_Dict(self, original_node: cst.Dict, updated_node: cst.Dict) -> cst.BaseExpression:
        if write_code(original_node) != self._wanted:
            return updated_node
        kept = []
        for element in updated_node.elements:
            if isinstance(element, cst.DictElement) and isinstance(element.key, cst.SimpleString):
                name = str(element.key.evaluated_value)
                if name in self._kept:
                    kept.append(element.with_changes(value=self._kept.pop(name)))
        kept += [
            cst.DictElement(cst.SimpleString(quote(name)), value)
            for name, value in self._kept.items()
        ]
        return updated_node.with_changes(elements=_close(updated_node.elements, kept))

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        if write_code(original_node) != self._wanted:
            return updated_node
        names = [f"{name}={write_code(value)}" for name, value in self._kept.items()]
        return parse(f"dict({', '.join(names)})")


def _close(
    before: Iterable[cst.BaseDictElement], after: list[cst.DictElement]
) -> list[cst.DictElement]:
    """Return *after* laid out as *before* is: a comma behind the last one, or none."""
    old = list(before)
    if not old or not after:
        return after
    middle = old[0].comma if len(old) > 1 else cst.MaybeSentinel.DEFAULT
    laid = [element.with_changes(comma=middle) for element in after[:-1]]
    return [*laid, after[-1].with_changes(comma=old[-1].comma)]


class _Renaming(cst.CSTTransformer):
    """Gives a fixture another name, and the parameter by which it gets the one it overrides."""

    def __init__(self, old: str, new: str) -> None:
        super().__init__()
        self._old, self._new = old, new

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:
        if updated_node.value == self._old:
            return updated_node.with_changes(value=self._new)
        return updated_node

    def leave_SimpleString(
        self, original_node: cst.SimpleString, updated_node: cst.SimpleString
    ) -> cst.SimpleString:
        if updated_node.evaluated_value == self._old:
            return updated_node.with_changes(value=quote(self._new))
        return updated_node


def _convert_host(host: str) -> str:
    """Return a pattern of pytest-recording, which holds from the beginning of a host, as ours."""
    if _PLAIN_HOST.fullmatch(host):
        return host
    return f"re:{host}" if host.endswith((".*", "$")) else f"re:{host}.*"


def _build_network_change(hosts: list[str]) -> Callable[[cst.BaseExpression], cst.BaseExpression]:
    def build(updated: cst.BaseExpression) -> cst.BaseExpression:
        inner = updated.func if isinstance(updated, cst.Call) else updated
        prefix = write_code(inner).removesuffix("block_network")
        given = ", ".join(map(quote, hosts))
        return parse(f"{prefix}twreplay_network({given})")

    return build
