"""A migration from beginning to end: files in, changed files and a list for people out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from twreplay._migrate.configuration import ConfigurationPlanner
from twreplay._migrate.imports import mend_imports
from twreplay._migrate.notes import FileChange, Migration, merge_notes
from twreplay._migrate.plan import Plan, Settled, Unit
from twreplay._migrate.project import Options, Project
from twreplay._migrate.recording import RecordingPlanner
from twreplay._migrate.responses import ResponsesPlanner
from twreplay._migrate.settings import migrate_settings
from twreplay._migrate.source import SourceFile
from twreplay._migrate.vcrpy import VcrpyPlanner


def migrate(paths: Iterable[Path], options: Options) -> Migration:
    """
    Work out how the suites in *paths* become suites of twreplay. Writes nothing.

    Args:
        paths: Files or folders.
    """
    given = tuple(paths)
    project = Project(given, options)
    plan = Plan()
    users: dict[str, set[Unit]] = {}
    if "vcrpy" in options.libraries:
        vcrpy = VcrpyPlanner(project, plan)
        vcrpy.plan()
        users["vcrpy"] = {unit for units in vcrpy.touched.values() for unit in units}
    if "responses" in options.libraries:
        responses = ResponsesPlanner(project, plan)
        responses.plan()
        users["responses"] = {owner.unit for owner in responses.owners.values()}
    if "pytest-recording" in options.libraries:
        recording = RecordingPlanner(project, plan)
        recording.plan()
    first = plan.settle()
    if "vcrpy" in options.libraries:
        vcrpy.plan_objects(first.is_left)
    if "pytest-recording" in options.libraries:
        recording.plan_groups(first.is_left)
        users["pytest-recording"] = {test.unit for test in recording.tests if not test.is_bare}
        ConfigurationPlanner(project, plan, recording, first.is_left).plan()
    settled = plan.settle()
    return _build(given, project, settled, users)


def _build(
    given: tuple[Path, ...], project: Project, settled: Settled, users: dict[str, set[Unit]]
) -> Migration:
    changes: list[FileChange] = []
    problems = list(project.problems)
    for file in project.files:
        change = _rewrite(file, settled, problems)
        if change is not None:
            changes.append(change)
    gone: set[str] = set()
    kept: set[str] = set()
    for library, units in users.items():
        if units & settled.done:
            (kept if units - settled.done else gone).add(library)
    if changes:
        more, notes = migrate_settings(given, frozenset(gone), frozenset(kept))
    else:
        more, notes = [], []
    return Migration(
        changes=tuple(sorted([*changes, *more], key=lambda change: change.path)),
        notes=merge_notes([*settled.notes, *notes]),
        problems=tuple(problems),
        files=len(project.files) + len(project.others),
        units=sum(unit.rpartition(":")[2].isdigit() for unit in settled.done),
    )


def _rewrite(file: SourceFile, settled: Settled, problems: list[str]) -> FileChange | None:
    module = settled.apply(file.module)
    if module is file.module or module.code == file.module.code:
        return None
    module = mend_imports(module, file.module)
    after = module.bytes
    try:
        compile(after, file.path.as_posix(), "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        name = file.path.as_posix()
        problems.append(f"{name}:{line}: left, as the result would be no Python: {error}")
        return None
    return FileChange(file.path, file.source, after)
