"""``twreplay coverage``: the coverage of several runs as one."""

from __future__ import annotations

from pathlib import Path

import click

from twreplay._cli.output import NOT_DONE, tell
from twreplay._files import read_file_or_stream
from twreplay._pages import refuse_foreign
from twreplay._reports import (
    Coverage,
    UnreadableCoverage,
    dump_coverage,
    read_coverage,
    render_coverage,
    render_coverage_page,
)

_FILES = click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)


@click.group(short_help="Combine and show what runs of pytest have covered.")
def coverage() -> None:
    """Combine and show what pytest --twreplay-coverage=FILE.json has written."""


@coverage.command()
@_FILES
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the whole goes: FILE.json, or FILE.html for a page.",
)
def combine(files: tuple[Path, ...], output: Path) -> None:
    """
    Add up FILES, of parts of a suite that ran in different places.

    For example: twreplay coverage combine part-*.json -o all.json
    """
    whole = _combine_files(files)
    text = render_coverage_page(whole) if output.suffix == ".html" else dump_coverage(whole)
    try:
        refuse_foreign(output)
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        tell(f"Error: {output} could not be written: {error.strerror}.")
        raise SystemExit(NOT_DONE) from error


@coverage.command()
@_FILES
@click.option("--tests", is_flag=True, help="Name the tests that have seen each answer.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, in the form of the files.")
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Exit with 1 if less was seen.",
)
def report(files: tuple[Path, ...], tests: bool, as_json: bool, fail_under: float | None) -> None:
    """
    Show the coverage in FILES, added up.

    For example: twreplay coverage report all.json --fail-under=60
    """
    whole = _combine_files(files)
    click.echo(dump_coverage(whole) if as_json else render_coverage(whole, tests=tests), nl=False)
    percent = whole.compute_summary().percent
    if fail_under is not None and percent < fail_under:
        click.echo(f"{percent:.1f}% is less than the {fail_under:g}% asked for.", err=True)
        raise SystemExit(1)


def _combine_files(files: tuple[Path, ...]) -> Coverage:
    parts = [_read_part(file) for file in files]
    whole = Coverage(parts[0].profile)
    for file, part in zip(files, parts, strict=True):
        if part.profile != whole.profile:
            msg = (
                f"{file} is for the profile {part.profile}, {files[0]} for {whole.profile}: "
                "they document different answers, so they do not add up."
            )
            raise click.UsageError(msg)
        whole.merge(part)
    return whole


def _read_part(file: Path) -> Coverage:
    try:
        return read_coverage(read_file_or_stream(file).decode("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        tell(f"Error: {file} cannot be read: {reason}.")
        raise SystemExit(NOT_DONE) from error
    except UnreadableCoverage as error:
        tell(f"Error: {file} {error}.")
        raise SystemExit(NOT_DONE) from error
