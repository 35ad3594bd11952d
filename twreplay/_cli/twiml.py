"""``twreplay twiml``: check TwiML documents."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from twreplay._cassette import replace_unprintable
from twreplay._cli.output import (
    FOUND,
    NOT_DONE,
    allow_empty_option,
    count,
    format_option,
    json_option,
    print_annotations,
    print_json,
    settle_format,
    tell,
)
from twreplay._files import read_file_or_stream
from twreplay._reports import Annotation
from twreplay._twiml import Kind, TwimlFinding, check

_SUFFIXES = frozenset({".xml", ".twiml"})

_STDIN = Path("-")

# Far above what the API reads; a file beyond it is not loaded whole.
_MUCH = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Checked:
    """One file; *problem* says why it could not be read, or is empty."""

    path: Path
    findings: tuple[TwimlFinding, ...] = ()
    problem: str = ""


@click.command(short_help="Check TwiML documents as this version read them.")
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(exists=True, allow_dash=True, path_type=Path)
)
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in Kind]),
    default=Kind.VOICE.value,
    show_default=True,
    help="What the documents are: of a call, the answer to a message, at <Number url>, or at "
    "<Conference waitUrl>.",
)
@allow_empty_option
@json_option
@format_option
def twiml(
    paths: tuple[Path, ...], kind: str, allow_empty: bool, as_json: bool, form: str | None
) -> None:
    """
    Check the TwiML documents in PATHS as version 2008-08-01 would have read them.

    PATHS are files, or folders in which every .xml and .twiml is checked; - is standard input. Each
    finding is shown with line, column, code, and what the API would have done.

    Exits with 0 if there is nothing, 1 if there is something, 2 if a file could not be read.

    For example: twreplay twiml templates/voice.xml --kind voice
    """
    form = settle_format(form, as_json=as_json)
    files = _find_files(paths)
    if not files and not allow_empty:
        where = ", ".join(map(str, paths))
        msg = f"there is no .xml or .twiml in {where}. If that is right, say --allow-empty."
        raise click.UsageError(msg)
    results = [_check_file(path, Kind(kind)) for path in files]
    found = sum(len(result.findings) for result in results)
    if form == "json":
        print_json(_build_data(results))
    elif form != "text":
        print_annotations(form, _build_annotations(results))
    else:
        _print(results)
        tell(f"{count(found, 'finding')} in {count(len(results), 'file')}.")
    for result in results:
        if result.problem:
            tell(f"{_name(result.path)}: {result.problem}")
    if any(result.problem for result in results):
        raise SystemExit(NOT_DONE)
    if found:
        raise SystemExit(FOUND)


def _find_files(paths: Sequence[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += sorted(one for one in path.rglob("*") if one.suffix in _SUFFIXES)
        else:
            files.append(path)
    return files


def _check_file(path: Path, kind: Kind) -> _Checked:
    try:
        if path == _STDIN:
            source = sys.stdin.buffer.read(_MUCH)
        else:
            source = read_file_or_stream(path, _MUCH)
    except OSError as error:
        return _Checked(path, problem=f"could not be read: {error.strerror}.")
    return _Checked(path, tuple(check(source, kind)))


def _name(path: Path) -> str:
    return "<stdin>" if path == _STDIN else path.as_posix()


def _print(results: Sequence[_Checked]) -> None:
    for result in results:
        for one in result.findings:
            code = "" if one.code is None else f" {one.code}"
            grade = f"{one.source} ({one.grade.value})"
            question = "" if one.question is None else f"; undocumented: question {one.question}"
            lines = (
                f"{_name(result.path)}:{one.line}:{one.column}: "
                f"{one.severity.value}{code}: {one.message}",
                f"    the API: {one.consequence}",
                f"    source: {grade}{question}",
            )
            click.echo("\n".join(replace_unprintable(line) for line in lines))


def _build_annotations(results: Sequence[_Checked]) -> list[Annotation]:
    return [
        Annotation(
            result.path,
            f"twiml-{one.code}" if one.code else "twiml",
            f"{one.message} The API: {one.consequence}",
            one.line,
            one.column,
            one.severity.value,
            "twiml/",
        )
        for result in results
        for one in result.findings
    ]


def _build_data(results: Sequence[_Checked]) -> dict[str, Any]:
    found = [
        {
            "file": _name(result.path),
            "line": one.line,
            "column": one.column,
            "code": one.code,
            "severity": one.severity.value,
            "message": one.message,
            "consequence": one.consequence,
            "source": one.source,
            "grade": one.grade.value,
            "question": one.question,
        }
        for result in results
        for one in result.findings
    ]
    unread = [_name(result.path) for result in results if result.problem]
    return {"found": len(found), "findings": found, "unread": unread}
