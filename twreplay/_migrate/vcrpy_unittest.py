"""Classes of ``vcr.unittest``: a cassette for each test, opened in ``setUp``."""

from __future__ import annotations

from dataclasses import dataclass, field

import libcst as cst
import libcst.matchers as m

from twreplay._migrate.code import format_call
from twreplay._migrate.keywords import KeywordConverter
from twreplay._migrate.marks import list_tests, name_test
from twreplay._migrate.plan import Plan, Unit
from twreplay._migrate.project import Project
from twreplay._migrate.source import SourceFile
from twreplay._migrate.subjects import judge_subject

_BASES = {"vcr.unittest.VCRTestCase": "unittest.TestCase", "vcr.unittest.VCRMixin": ""}
_FOLDER, _NAME, _KEYWORDS = "_get_cassette_library_dir", "_get_cassette_name", "_get_vcr_kwargs"
_OTHERS = ("_get_vcr",)
_DEFAULT_NAME = 'f"{type(self).__name__}.{self._testMethodName}.yaml"'


@dataclass(eq=False)
class CassetteClass:
    """
    A class derived from one of ``vcr.unittest``.

    Attributes:
        base: The base that goes.

        takes_place: What takes its place; empty if nothing does.

        methods: Those of the class by name.
    """

    file: SourceFile
    node: cst.ClassDef
    base: cst.Arg
    takes_place: str
    methods: dict[str, cst.FunctionDef] = field(default_factory=dict)

    @property
    def unit(self) -> Unit:
        """The unit of the class, which its methods are joined to."""
        return f"{self.file.unit(self.node.name)}:class"


def find_cassette_classes(file: SourceFile) -> list[CassetteClass]:
    """Return the classes of a file that are derived from one of ``vcr.unittest``."""
    found = []
    for node in file.find(cst.ClassDef):
        for base in node.bases:
            name = file.resolve(base.value)
            if name in _BASES:
                methods = {
                    each.name.value: each
                    for each in node.body.body
                    if isinstance(each, cst.FunctionDef)
                }
                found.append(CassetteClass(file, node, base, _BASES[name], methods))
    return found


class UnittestPlanner:
    """Plans the edits of one class."""

    def __init__(self, project: Project, plan: Plan, found: CassetteClass) -> None:
        self._project = project
        self._plan = plan
        self._found = found

    def plan(self) -> set[Unit]:
        """Plan the edits; return the units that are concerned."""
        found, file, plan = self._found, self._found.file, self._plan
        units = {file.unit(method.name) for method in found.methods.values()} | {found.unit}
        for unit in units:
            plan.join(found.unit, unit)
        for name in _OTHERS:
            if name in found.methods:
                why = f"twreplay does not ask for {name}"
                to_do = "twreplay.use_cassette in setUp, with self.enterContext"
                plan.refuse(found.unit, file.note(found.methods[name].name, why, to_do))
        keywords = self._convert_keywords()
        if not self._judge():
            keywords.insert(0, 'record_mode="once"')
        self._replace_base()
        self._open_in_set_up(list(dict.fromkeys(keywords)))
        return units

    def _judge(self) -> bool:
        """Decide whether the class is about this API; return whether each test has a cassette."""
        found, file = self._found, self._found.file
        folder = self._read_folder()
        files, is_complete = [], True
        for test in list_tests(file, found.node):
            cassettes = self._project.cassettes.find(f"{folder}/{name_test(file, test)}.yaml")
            is_complete = is_complete and bool(cassettes)
            files += cassettes
        subject = self._project.cassettes.read_all(files)
        name = f"{folder}/{found.node.name.value}.*.yaml"
        tests = list_tests(file, found.node)
        node = tests[0].name if tests else found.node.name
        judge_subject(self._plan, self._project, file, node, subject, name)
        return is_complete

    def _read_folder(self) -> str:
        file, own = self._found.file, self._found.methods.get(_FOLDER)
        if own is None:
            return (file.path.parent / "cassettes").absolute().as_posix()
        returned = [each.value for each in file.find_in(own, cst.Return) if each.value is not None]
        return self._project.read_path(file, returned[0]) if len(returned) == 1 else "*"

    def _convert_keywords(self) -> list[str]:
        found, file = self._found, self._found.file
        method = found.methods.get(_KEYWORDS)
        given = _read_keywords(file, method) if method is not None else []
        if given is None:
            why = "which keywords it returns cannot be read off"
            note = file.note(method.name if method else found.node.name, why, "them, in setUp")
            self._plan.refuse(found.unit, note)
            return []
        converter = KeywordConverter(file, as_before=self._project.options.as_before)
        converted = converter.convert(given)
        for refusal in converted.refusals:
            self._plan.refuse(found.unit, refusal)
        for remark in converted.remarks:
            self._plan.remark(found.unit, remark)
        for node, change in converted.edits:
            self._plan.edit(found.unit, node, change)
        if method is not None:
            self._plan.edit(found.unit, method, lambda old: cst.RemoveFromParent())
        return converted.write()

    def _replace_base(self) -> None:
        takes_place = self._found.takes_place
        if takes_place:
            new = cst.parse_expression(takes_place)
            self._plan.edit(
                self._found.unit, self._found.base, lambda old: old.with_changes(value=new)
            )
            return

        def drop(updated: cst.ClassDef) -> cst.ClassDef:
            place = list(self._found.node.bases).index(self._found.base)
            bases = [each for n, each in enumerate(updated.bases) if n != place]
            if bases:
                bases[-1] = bases[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
            return updated.with_changes(bases=bases)

        self._plan.edit(self._found.unit, self._found.node, drop)

    def _open_in_set_up(self, keywords: list[str]) -> None:
        found = self._found
        folder = 'os.path.dirname(__file__), "cassettes"'
        if _FOLDER in found.methods:
            folder = f"self.{_FOLDER}()"
        name = f"self.{_NAME}()" if _NAME in found.methods else _DEFAULT_NAME
        opened = format_call("twreplay.use_cassette", ["path", *keywords], column=19)
        lines = [
            cst.parse_statement(f"name = {name}\n"),
            cst.parse_statement(f"path = os.path.join({folder}, name)\n"),
            cst.parse_statement(f"cassette = {opened}\n"),
            cst.parse_statement("self.cassette = self.enterContext(cassette)\n"),
        ]
        set_up = found.methods.get("setUp")
        if set_up is None:
            made = cst.parse_statement("def setUp(self):\n    super().setUp()\n")
            assert isinstance(made, cst.FunctionDef)
            added = _insert(made, lines, 1)
            self._plan.edit(found.unit, found.node, lambda old: _add_method(old, added))
            return
        body = set_up.body.body
        place = next((n for n, each in enumerate(body) if _calls_super(each)), None)
        if place is None:
            why = "its setUp does not call super().setUp(), so there is no cassette"
            self._plan.refuse(found.unit, found.file.note(set_up.name, why))
            return
        self._plan.edit(found.unit, set_up, lambda old: _insert(old, lines, place + 1))


def _read_keywords(
    file: SourceFile, method: cst.FunctionDef
) -> list[tuple[str, cst.BaseExpression]] | None:
    """Read a dictionary that is returned, or keywords that are set one by one."""
    given: list[tuple[str, cst.BaseExpression]] = []
    for statement in method.body.body:
        small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
        if isinstance(small, cst.Assign) and isinstance(small.targets[0].target, cst.Subscript):
            key = small.targets[0].target.slice[0].slice
            if not isinstance(key, cst.Index) or not isinstance(key.value, cst.SimpleString):
                return None
            given.append((str(key.value.evaluated_value), small.value))
        elif isinstance(small, cst.Return) and isinstance(small.value, cst.Dict):
            for element in small.value.elements:
                if not isinstance(element, cst.DictElement) or not isinstance(
                    element.key, cst.SimpleString
                ):
                    return None
                given.append((str(element.key.evaluated_value), element.value))
        elif not _passes_on(small):
            return None
    return given


def _passes_on(small: cst.CSTNode | None) -> bool:
    """Return whether a statement calls the base's method, returns a name, or is a text."""
    from_base = m.Call(m.Attribute(value=m.Call(m.Name("super"))))
    return m.matches(
        small or cst.Pass(),
        m.Assign(value=from_base) | m.Return(value=m.Name()) | m.Expr(value=m.SimpleString()),
    )


def _calls_super(statement: cst.CSTNode) -> bool:
    call = m.Call(m.Attribute(value=m.Call(m.Name("super")), attr=m.Name("setUp")))
    return m.matches(statement, m.SimpleStatementLine(body=[m.Expr(call)]))


def _insert(
    function: cst.FunctionDef,
    lines: list[cst.SimpleStatementLine | cst.BaseCompoundStatement],
    place: int,
) -> cst.FunctionDef:
    body = list(function.body.body)
    inner = function.body.with_changes(body=[*body[:place], *lines, *body[place:]])
    return function.with_changes(body=inner)


def _add_method(klass: cst.ClassDef, method: cst.FunctionDef) -> cst.ClassDef:
    """Put *method* before the first of a class."""
    body = list(klass.body.body)
    place = next((n for n, e in enumerate(body) if isinstance(e, cst.FunctionDef)), len(body))
    blank = cst.EmptyLine(indent=False)
    if place:
        method = method.with_changes(leading_lines=[blank])
    if place < len(body):
        after = body[place]
        assert isinstance(after, cst.FunctionDef)
        if not after.leading_lines:
            body[place] = after.with_changes(leading_lines=[blank])
    return klass.with_changes(
        body=klass.body.with_changes(body=[*body[:place], method, *body[place:]])
    )
