"""``twreplay scan``: search cassettes of any tool for credentials."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import click

from twreplay._cassette import (
    FORMATS,
    SUFFIXES,
    Finding,
    detect_format,
    load,
    read_text,
    replace_unprintable,
    scan_raw,
    scan_recording,
    scan_unread,
    with_lines,
)
from twreplay._cli.output import (
    FOUND,
    NOT_DONE,
    allow_empty_option,
    count,
    find_default_folders,
    format_option,
    insist_on_some,
    json_option,
    paths_argument,
    print_annotations,
    print_json,
    settle_format,
    tell,
    track_progress,
)
from twreplay._files import read_file
from twreplay._reports import Annotation
from twreplay.errors import CassetteError

# What other tools call their recordings, beside the suffixes of cassettes.
_OF_OTHERS = frozenset({".har", ".cassette", ".vcr"})


@dataclass(frozen=True, slots=True)
class Scanned:
    """
    One file and what was found in it.

    Attributes:
        problem: Why it could not be read as a cassette; empty if it could.
    """

    path: Path
    findings: tuple[Finding, ...]
    problem: str = ""


@click.command(short_help="Look for credentials in cassettes.")
@paths_argument
@click.option(
    "--not-secret",
    multiple=True,
    metavar="NAME",
    help="A header or field, or a value, that only looks like a credential. May be repeated.",
)
@click.option(
    "--placeholders",
    is_flag=True,
    help="Also what evidently stands for a secret, such as <TOKEN> or DUMMY.",
)
@allow_empty_option
@json_option
@format_option
def scan(
    paths: tuple[Path, ...],
    not_secret: tuple[str, ...],
    placeholders: bool,
    allow_empty: bool,
    as_json: bool,
    form: str | None,
) -> None:
    """
    Look for credentials in the cassettes in PATHS, and in all that other tools record.

    Those of vcrpy and its kin are read, and what twreplay convert reads: betamax, HAR, VCR for
    Ruby, go-vcr.

    PATHS are files or folders; by default those of the project. What is found is named, and never
    shown. A file that cannot be read as a cassette is searched as the text that it is.

    Exits with 0 if there is nothing, 1 if there is something, 2 if a file could not be read as a
    cassette.

    For example: twreplay scan cassettes tests --format=github
    """
    form = settle_format(form, as_json=as_json)
    files = _files_in(paths, allow_empty=allow_empty)
    results = [
        _scan_cassette(path, not_secret, placeholders) for path in track_progress(files, "reading")
    ]
    unread = [result for result in results if result.problem]
    found = sum(len(result.findings) for result in results)
    if form == "json":
        print_json(_build_data(results))
    elif form != "text":
        print_annotations(form, _build_annotations(results))
    else:
        for result in results:
            for finding in result.findings:
                click.echo(replace_unprintable(f"{result.path}: {finding}"))
    for result in unread:
        tell(f"{result.problem} Its text was searched.")
    if form == "text":
        tell(f"{found} found in {count(len(results), 'file')}.")
    if unread:
        raise SystemExit(NOT_DONE)
    if found:
        raise SystemExit(FOUND)


def _files_in(paths: tuple[Path, ...], *, allow_empty: bool) -> list[Path]:
    """
    Return the files that are searched.

    Raises:
        UsageError: There are none: a scan of nothing must not pass for a clean one.
    """
    folders = paths or find_default_folders("scan", allow_empty=allow_empty)
    files = [found for given in folders for found in _files_below(given)]
    if not allow_empty:
        insist_on_some(files, folders, "scan")
    return files


def _files_below(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    suffixes = SUFFIXES | _OF_OTHERS
    return sorted(
        found for found in path.rglob("*") if found.suffix.lower() in suffixes and found.is_file()
    )


def _scan_cassette(path: Path, not_secret: tuple[str, ...], placeholders: bool) -> Scanned:
    raw = _raw_text(path)
    form = detect_format(raw, path.suffix)
    is_ours = form in ("", "yaml", "json")
    try:
        recording = load(path) if is_ours else load(path, decoder=FORMATS[form].decode)
    except CassetteError as error:
        found = scan_raw(raw, allowed=not_secret, placeholders=placeholders)
        return Scanned(path, tuple(found), error.explanation.headline)
    text = read_text(path)
    findings = scan_recording(recording, not_secret, placeholders=placeholders)
    return Scanned(
        path,
        (
            *with_lines(findings, text, as_json=raw.lstrip()[:1] == "{"),
            *scan_unread(
                text, recording.all_interactions, allowed=not_secret, placeholders=placeholders
            ),
        ),
    )


def _raw_text(path: Path) -> str:
    """Return what is in *path*, as far as it is text; empty if it cannot be read at all."""
    try:
        content = read_file(path)
    except OSError:
        return ""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    return content.decode("utf-8-sig", "replace")


def _build_annotations(results: Iterable[Scanned]) -> list[Annotation]:
    page = "secrets/"
    annotations = []
    for result in results:
        if result.problem:
            problem = Annotation(result.path, "unreadable", result.problem, page="errors/")
            annotations.append(problem)
        annotations += [
            Annotation(
                result.path,
                "placeholder" if finding.is_placeholder else "secret",
                str(finding),
                finding.line,
                level="warning" if finding.is_placeholder else "error",
                page=page,
            )
            for finding in result.findings
        ]
    return annotations


def _build_data(results: Iterable[Scanned]) -> dict[str, object]:
    found = [
        {
            "path": result.path.as_posix(),
            "line": finding.line,
            "interaction": finding.interaction,
            **({"webhook": finding.webhook} if finding.webhook else {}),
            "part": finding.part,
            "where": finding.where,
            "name": finding.name,
            "kind": finding.kind,
            **({"count": finding.count} if finding.count > 1 else {}),
            **({"placeholder": True} if finding.is_placeholder else {}),
        }
        for result in results
        for finding in result.findings
    ]
    unread = [result.path.as_posix() for result in results if result.problem]
    return {"found": len(found), "findings": found, "unread": unread}
