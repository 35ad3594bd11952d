"""``twreplay migrate``: suites of vcrpy, pytest-recording and responses, rewritten."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twreplay._cassette import replace_file
from twreplay._cli.output import (
    FOUND,
    NOT_DONE,
    count,
    create_console,
    json_option,
    print_json,
    tell,
    text,
)
from twreplay._display import visible_line, without_secrets
from twreplay._files import read_file

if TYPE_CHECKING:
    from twreplay._migrate import FileChange, Migration, Note

_LIBRARIES = ("vcrpy", "pytest-recording", "responses")
_STYLES = {"+": "green", "-": "red", "@": "cyan"}
_HEADINGS = {
    "left": "Left for you, as it cannot be rewritten:",
    "check": "Rewritten, and not quite the same:",
    "stays": "Stays as it is:",
}


@click.command(short_help="Rewrite tests of vcrpy, pytest-recording or responses.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--write", is_flag=True, help="Write the files. Else the difference is shown.")
@click.option(
    "--from",
    "libraries",
    multiple=True,
    type=click.Choice(_LIBRARIES),
    help="Only suites of this library. May be repeated.",
)
@click.option(
    "--all", "everything", is_flag=True, help="Also what no cassette tells to be about the API."
)
@click.option(
    "--as-before",
    is_flag=True,
    help="Compare what vcrpy compares, and allow interactions that no test asks for.",
)
@json_option
def migrate(
    paths: tuple[Path, ...],
    write: bool,
    libraries: tuple[str, ...],
    everything: bool,
    as_before: bool,
    as_json: bool,
) -> None:
    """
    Rewrite tests that use vcrpy, pytest-recording or responses for twreplay.

    PATHS are files or folders. Shows the difference first, and then lists what is left for you. A
    test is rewritten as a whole or not at all, and only if its cassettes, or the addresses of its
    stubs, are of version 2008-08-01 of the API: other tests stay with their library.

    Exits with 0 if nothing is to do, 1 if files would change or something is left for you, 2 if a
    file could not be read or written.

    For example: twreplay migrate tests --write
    """
    try:
        from twreplay._migrate import Options
        from twreplay._migrate import migrate as work_out
    except ImportError as error:
        raise click.ClickException(explain_import(error)) from None
    options = Options(libraries=libraries or _LIBRARIES, everything=everything, as_before=as_before)
    migration = work_out(paths, options)
    if not migration.files and not migration.problems:
        where = ", ".join(map(str, paths))
        msg = f"there is no Python file in {where}."
        raise click.UsageError(msg)
    failed = list(_write(migration.changes)) if write else []
    problems = [*migration.problems, *failed]
    if as_json:
        print_json(_build_data(migration, problems, write=write))
    else:
        _print(migration, write=write)
        for problem in problems:
            tell(problem)
        _summarize(migration, write=write)
    if problems:
        raise SystemExit(NOT_DONE)
    if migration.left or (migration.changes and not write):
        raise SystemExit(FOUND)


def explain_import(error: ImportError) -> str:
    """Return what to type if the library of the extra is missing."""
    return f"migrating needs {error.name}: pip install 'twreplay[migrate]'"


def _write(changes: Sequence[FileChange]) -> Iterator[str]:
    """Write the files, each as a whole; yield what could not be written."""
    for change in changes:
        target = Path(os.path.realpath(change.path))  # a link stays one
        try:
            if read_file(target) != change.before:
                yield f"{change.path.as_posix()}: changed meanwhile, and not written."
                continue
            replace_file(target, change.after)
        except OSError as error:
            yield f"{change.path.as_posix()}: not written: {error.strerror}."


def list_difference(change: FileChange) -> list[str]:
    """Return the difference of a file as lines of a unified diff, without what is secret."""
    encoding = "utf-8" if _is_utf8(change) else "latin-1"
    before, after = (each.decode(encoding) for each in (change.before, change.after))
    name = change.path.as_posix()
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"a/{name}", f"b/{name}", lineterm=""
    )
    return [visible_line(without_secrets(line)) for line in lines]


def _is_utf8(change: FileChange) -> bool:
    try:
        change.before.decode("utf-8")
        change.after.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _print(migration: Migration, *, write: bool) -> None:
    out = create_console()
    for change in migration.changes:
        if write:
            out.print(text(f"{change.path.as_posix()}: rewritten"))
            continue
        for line in list_difference(change):
            is_header = line.startswith(("--- ", "+++ "))
            out.print(text(line, "bold" if is_header else _STYLES.get(line[:1], "")))
    for kind, heading in _HEADINGS.items():
        notes = [note for note in migration.notes if note.kind == kind]
        if notes:
            out.print()
            out.print(text(heading, "bold"))
        for note in notes:
            for line in _format_note(note):
                out.print(text(line))


def _format_note(note: Note) -> Iterator[str]:
    what = visible_line(without_secrets(note.what))
    yield f"  {note.path.as_posix()}:{note.line}: {what}"
    yield f"    {visible_line(note.why)}."
    if note.to_do:
        yield f"    To do: {visible_line(note.to_do)}."


def _summarize(migration: Migration, *, write: bool) -> None:
    left = len(migration.left)
    if not migration.changes and not migration.notes:
        tell(f"Nothing to migrate in {count(migration.files, 'file')}.")
        return
    if not migration.changes:
        tell(f"Nothing to rewrite; {count(left, 'place')} left for you.")
        return
    would = "rewritten" if write else "would be rewritten"
    tests = count(migration.units, "test or helper").replace("test or helpers", "tests and helpers")
    rewritten = f"{tests} in {count(len(migration.changes), 'file')} {would}"
    tell(f"{rewritten}, {count(left, 'place')} left for you.")
    if not write:
        tell("To write them: --write.")


def _build_data(migration: Migration, problems: list[str], *, write: bool) -> dict[str, Any]:
    return {
        "written": write,
        "files": [
            {"path": change.path.as_posix(), "diff": list_difference(change)}
            for change in migration.changes
        ],
        "units": migration.units,
        "notes": [
            {
                "path": note.path.as_posix(),
                "line": note.line,
                "kind": note.kind,
                "what": without_secrets(note.what),
                "why": note.why,
                "to_do": note.to_do,
            }
            for note in migration.notes
        ],
        "problems": problems,
    }
