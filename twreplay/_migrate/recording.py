"""Suites of pytest-recording, and of pytest-vcr: marks and the fixtures of tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import libcst as cst

from twreplay._migrate.cassettes import Subject
from twreplay._migrate.code import parse, quote, write_code
from twreplay._migrate.edits import list_references, plan_values, rename_parameter
from twreplay._migrate.keywords import KeywordConverter
from twreplay._migrate.marks import (
    Mark,
    choose_fixture,
    find_fixtures,
    find_marks,
    list_tests,
    name_test,
)
from twreplay._migrate.notes import STAYS
from twreplay._migrate.plan import Plan, Unit
from twreplay._migrate.project import Project
from twreplay._migrate.source import SourceFile, known_text
from twreplay._migrate.subjects import ONLY_HERE, names_the_api
from twreplay._migrate.values import Kind, Values
from twreplay._migrate.vcrpy_values import CASSETTE, TABLES

_PARAMETERS = ("vcr", "vcr_cassette")


@dataclass(eq=False)
class MarkedTest:
    """
    A test under a mark ``vcr``.

    Attributes:
        marks: The marks on it, its class and its module, the nearest first.

        name: The cassette's name without suffix, as the other plugin calls it.

        given_name: The name that a mark ``default_cassette`` gives.

        files: The cassettes that were found.

        subject: Whose requests they hold; None if none was found.

        extra: What ``vcr("shared.yaml")`` names besides.

        folder: Where its cassettes are.

        is_flat: They are in ``cassettes`` itself, as pytest-vcr has it.

        is_wanted: It is about this API.

        arguments: Of our mark, as source code.

        is_bare: It had a mark of its class or module only, and got none, as it has no cassette.
    """

    file: SourceFile
    function: cst.FunctionDef
    marks: list[Mark]
    name: str
    given_name: cst.BaseExpression | None = None
    given_mark: Mark | None = None
    files: list[Path] = field(default_factory=list)
    subject: Subject | None = None
    extra: list[cst.BaseExpression] = field(default_factory=list)
    folder: str = ""
    is_flat: bool = False
    is_wanted: bool = False
    is_bare: bool = False
    arguments: list[str] = field(default_factory=list)

    @property
    def unit(self) -> Unit:
        """The test's unit."""
        return self.file.unit(self.function)


class RecordingPlanner:
    """Plans the edits of all marks and of what tests take from fixtures."""

    def __init__(self, project: Project, plan: Plan) -> None:
        self._project = project
        self._plan = plan
        self.fixtures = [each for file in project.files for each in find_fixtures(file)]
        self.tests: list[MarkedTest] = []
        self._marks: list[Mark] = []
        self._sources: dict[SourceFile, dict[str, Kind]] = {}

    def plan(self) -> None:
        """Plan all edits but those of marks on classes and modules."""
        for file in self._project.files:
            self._collect(file)
        recorded = {test.file for test in self.tests if test.files}
        for test in self.tests:
            test.is_wanted = self._is_wanted(test, is_recorded=test.file in recorded)
            if test.is_wanted:
                self._plan_test(test)
        for test in self.tests:
            self._plan_parameters(test)
        units = {test.unit for test in self.tests if test.is_wanted}
        for file in {test.file for test in self.tests}:
            values = Values(file, TABLES, self._sources.get(file, {}))
            values.follow()
            plan_values(self._plan, file, values, units)
        for mark in self._marks:
            tests = [test for test in self.tests if mark in test.marks]
            if not any(test.is_wanted for test in tests):
                self._leave(mark, tests)

    def plan_groups(self, is_left: Callable[[Unit], bool]) -> None:
        """Plan the marks of classes and modules, knowing which tests are left as they are."""
        for mark in self._marks:
            if isinstance(mark.holder, cst.FunctionDef):
                continue
            tests = [test for test in self.tests if mark in test.marks]
            done = [test for test in tests if test.is_wanted and not is_left(test.unit)]
            if not done:
                continue
            self._plan.want(_of_group(mark))
            own = [test for test in done if test.marks[0] is mark]
            if len(done) == len(tests) and len({tuple(test.arguments) for test in own}) < 2:
                arguments = own[0].arguments if own else []
                self._plan.edit(_of_group(mark), mark.node, _build_change(arguments))
            else:
                self._distribute(mark, own, [test for test in tests if test not in done])

    # --- which tests, and their cassettes ------------------------------------------------------

    def _collect(self, file: SourceFile) -> None:
        marks = list(find_marks(file, "vcr"))
        given = list(find_marks(file, "default_cassette"))
        by_test: dict[cst.FunctionDef, list[Mark]] = {}
        for mark in marks:
            if not mark.is_readable:
                why = "where this mark ends up cannot be read off"
                to_do = "pytest.mark.twreplay, at each test or in pytestmark"
                self._plan.refuse(f"{mark.unit}:mark", file.note(mark.node, why, to_do))
                continue
            self._marks.append(mark)
            for function in list_tests(file, mark.holder):
                by_test.setdefault(function, []).append(mark)
        for function, found in by_test.items():
            test = MarkedTest(file, function, sorted(found, key=_rank), name_test(file, function))
            for mark in sorted(given, key=_rank):
                if function in list_tests(file, mark.holder) and mark.arguments:
                    test.given_name, test.given_mark = mark.arguments[0], mark
                    break
            test.extra = [extra for mark in found for extra in mark.arguments]
            self._find_cassettes(test)
            self.tests.append(test)

    def _find_cassettes(self, test: MarkedTest) -> None:
        cassettes, path = self._project.cassettes, test.file.path
        test.folder = self._find_folder(test)
        folders = [Path(test.folder)] if "*" not in test.folder else []
        name = test.name
        if test.given_name is not None:
            name = self._project.read_path(test.file, test.given_name).removesuffix(".yaml")
        found = [file for folder in folders for file in cassettes.find_of_test(folder, name)]
        if not found and folders and "/" in name:
            found = cassettes.find(f"{name}.yaml", *folders)
        flat = path.parent / "cassettes"
        if not found and folders == [flat / path.stem]:
            found = cassettes.find_of_test(flat, name)
            test.is_flat = bool(found)
        test.files = found
        extras = [self._project.read_path(test.file, extra) for extra in test.extra]
        more = [file for extra in extras for file in cassettes.find(extra, *folders)]
        test.subject = cassettes.read_all([*found, *more])

    def _find_folder(self, test: MarkedTest) -> str:
        path = test.file.path
        fixture = choose_fixture(self.fixtures, "vcr_cassette_dir", test.file, test.function)
        if fixture is None:
            return (path.parent / "cassettes" / path.stem).as_posix()
        returns = [
            each.value
            for each in fixture.file.find_in(fixture.function, cst.Return)
            if each.value is not None
        ]
        if len(returns) != 1:
            return "*"
        return self._project.read_path(fixture.file, returns[0], path)

    def _is_wanted(self, test: MarkedTest, *, is_recorded: bool) -> bool:
        """
        Return whether a test is about this API.

        Args:
            is_recorded: There are cassettes of its module, so that without one it asks nothing.
        """
        if test.subject is not None and test.subject.is_known:
            return test.subject.is_ours
        if is_recorded and not isinstance(test.marks[0].holder, cst.FunctionDef):
            return False
        return self._project.options.everything or (
            not is_recorded and names_the_api(self._project, test.file)
        )

    # --- marks ---------------------------------------------------------------------------------

    def _leave(self, mark: Mark, tests: list[MarkedTest]) -> None:
        """Say why nothing under *mark* is rewritten."""
        unit, file = f"{mark.unit}:left", mark.file
        others = [test.subject for test in tests if test.subject and test.subject.is_known]
        mixed = next((each for each in others if each.here), None)
        if mixed is not None:
            others_named = mixed.describe_others()
            why = f"the cassette has requests to the API, and to {others_named}; {ONLY_HERE}"
            to_do = "two tests, or vcr for the one and twreplay.use_cassette for the other"
            self._plan.refuse(unit, file.note(mark.node, why, to_do))
        elif others:
            named = " and ".join(dict.fromkeys(each.describe_others() for each in others[:3]))
            why = f"its requests are to {named}; {ONLY_HERE}"
            note = file.note(mark.node, why)
            self._plan.refuse(unit, replace(note, kind=STAYS))
        else:
            why = "no cassette was found that tells whether it is about the API"
            to_do = "twreplay migrate --all, if it is; no mark, if the test asks for nothing"
            self._plan.refuse(unit, file.note(mark.node, why, to_do))

    def _plan_test(self, test: MarkedTest) -> None:
        """Work out the mark of one test, and write it if the old one is on the test itself."""
        self._plan.want(test.unit)
        name = self._choose_cassette(test)
        keywords: dict[str, cst.BaseExpression] = {}
        for mark in test.marks:
            keywords = mark.keywords | keywords
        config = choose_fixture(self.fixtures, "vcr_config", test.file, test.function)
        as_before = self._project.options.as_before
        converter = KeywordConverter(test.file, as_before=as_before)
        converted = converter.convert(list(keywords.items()), is_whole=config is None)
        for refusal in converted.refusals:
            self._plan.refuse(test.unit, refusal)
        for remark in converted.remarks:
            self._plan.remark(test.unit, remark)
        for node, change in converted.edits:
            self._plan.edit(test.unit, node, change)
        # There they are read beside the test's own cassette, and written by no test.
        shared = [f"shared=[{', '.join(map(write_code, test.extra))}]"] if test.extra else []
        test.arguments = [*map(write_code, name), *shared, *converted.write()]
        nearest = test.marks[0]
        if isinstance(nearest.holder, cst.FunctionDef):
            self._plan.edit(test.unit, nearest.node, _build_change(test.arguments))
            if test.given_mark is not None and isinstance(test.given_mark.holder, cst.FunctionDef):
                self._remove_mark(test.unit, test.given_mark)

    def _choose_cassette(self, test: MarkedTest) -> list[cst.BaseExpression]:
        """Return the cassette that the mark is to name, if any."""
        if test.given_name is None:
            return []
        text = known_text(self._project.read_text(test.file, test.given_name))
        if text is None or text.endswith((".yaml", ".json")):
            return [test.given_name]
        return [parse(quote(f"{text}.yaml"))]

    def _distribute(self, mark: Mark, done: list[MarkedTest], others: list[MarkedTest]) -> None:
        """Take a mark away from a class or module, and give each test its own."""
        self._remove_mark(_of_group(mark), mark)
        for test in done:
            self._add_decorator(test.unit, test, _build_change(test.arguments)(mark.node))
            if test.given_mark is not None and isinstance(test.given_mark.holder, cst.FunctionDef):
                self._remove_mark(test.unit, test.given_mark)
        bare: list[str] = []
        for test in others:
            if test.is_wanted or (test.subject is not None and test.subject.is_known):
                self._add_decorator(_of_group(mark), test, mark.node)
                if not test.is_wanted and test.subject is not None:
                    why = f"its requests are to {test.subject.describe_others()}; {ONLY_HERE}"
                    name = test.function.name
                    note = replace(test.file.note(name, why, what=name.value), kind=STAYS)
                    self._plan.remark(_of_group(mark), note)
            else:
                test.is_bare = True
                bare.append(test.function.name.value)
        if bare:
            more = f" and {len(bare) - 5} more" if len(bare) > 5 else ""
            note = mark.file.remark(
                mark.node,
                f"{', '.join(bare[:5])}{more} got no mark, as no cassette of theirs was found",
                "the mark twreplay for those that ask the API for something",
            )
            self._plan.remark(_of_group(mark), note)

    def _add_decorator(self, unit: Unit, test: MarkedTest, expression: cst.BaseExpression) -> None:
        def change(function: cst.FunctionDef) -> cst.FunctionDef:
            return function.with_changes(
                decorators=[cst.Decorator(expression), *function.decorators]
            )

        self._plan.edit(unit, test.function, change)

    def _remove_mark(self, unit: Unit, mark: Mark) -> None:
        file = mark.file
        around = file.parent(mark.node)
        if isinstance(around, cst.Decorator):
            self._plan.edit(unit, around, lambda old: cst.RemoveFromParent())
            return
        assert mark.statement is not None
        if isinstance(around, cst.Element):
            collection = file.parent(around)
            assert isinstance(collection, cst.List | cst.Tuple)
            if len(collection.elements) > 1:
                self._plan.edit(unit, around, lambda old: cst.RemoveFromParent())
                return
        line = file.parent(mark.statement)
        if isinstance(line, cst.SimpleStatementLine):
            self._plan.edit(unit, line, lambda old: cst.RemoveFromParent())

    # --- what tests take -----------------------------------------------------------------------

    def _plan_parameters(self, test: MarkedTest) -> None:
        for parameter in test.function.params.params:
            if parameter.name.value not in _PARAMETERS:
                continue
            references = list(list_references(test.file, test.function, parameter.name.value))
            rename_parameter(self._plan, test.file, test.function, parameter, "twilio_cassette")
            for node in references:
                if name := test.file.resolve_local(node):
                    self._sources.setdefault(test.file, {})[name] = CASSETTE


def _rank(mark: Mark) -> int:
    """Return how near a mark is to a test: 0 on it, 1 on its class, 2 on its module."""
    if mark.holder is None:
        return 2
    return 0 if isinstance(mark.holder, cst.FunctionDef) else 1


def _of_group(mark: Mark) -> Unit:
    return f"{mark.unit}:mark"


def _build_change(arguments: list[str]) -> Callable[[Any], cst.BaseExpression]:
    """Return what makes our mark of theirs."""

    def build(updated: Any) -> cst.BaseExpression:
        inner = updated.func if isinstance(updated, cst.Call) else updated
        prefix = write_code(inner).removesuffix("vcr")
        given = f"({', '.join(arguments)})" if arguments else ""
        return parse(f"{prefix}twreplay{given}")

    return build
