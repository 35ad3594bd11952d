"""``twreplay show``: a cassette, or a folder of them, as a person wants to read it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twreplay._cassette import Recording, load
from twreplay._cli.cleaning import remove_secrets
from twreplay._cli.output import (
    NOT_DONE,
    count,
    create_console,
    find_cassettes,
    insist_on_some,
    json_option,
    print_json,
    read_or_stop,
    tell,
    text,
    track_progress,
    wrap,
)
from twreplay._cli.reading import Reading, build_readings, build_webhook_readings
from twreplay._pages import refuse_foreign
from twreplay.errors import CassetteError

if TYPE_CHECKING:
    from rich.text import Text

    from twreplay._cli.page import Listed


@click.command(short_help="Show the interactions of a cassette, to be read.")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.argument("numbers", nargs=-1, type=click.IntRange(min=1))
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="Write a page to OUT instead. It needs nothing else, and fits a telephone. For a folder, "
    "OUT.html is one page with all of its cassettes, and any other OUT a folder of pages.",
)
@json_option
def show(path: Path, numbers: tuple[int, ...], html: Path | None, as_json: bool) -> None:
    """
    Show the interactions of the cassette PATH as a person wants to read them, and the webhooks.

    With NUMBERS only those, counted from 1, and the webhooks that followed them. PATH may be a
    folder of cassettes, with --html.

    For example: twreplay show cassettes/calls.yaml 1 3 --html calls.html
    """
    if path.is_dir():
        _show_folder(path, numbers, html, as_json=as_json)
        return
    recording = remove_secrets(read_or_stop(path))[0]
    last = len(recording.interactions)
    if beyond := [number for number in numbers if number > last]:
        msg = f"there is no interaction {beyond[0]} in {path}; it has {count(last, 'interaction')}."
        raise click.UsageError(msg)
    wanted = [each for each in build_readings(recording) if not numbers or each.number in numbers]
    first = [] if numbers else build_webhook_readings(recording).get(0, [])
    if html is not None:
        from twreplay._cli.page import render_cassette_page  # late: it loads the templates

        _write(html, render_cassette_page(path.as_posix(), recording, wanted, first))
    elif as_json:
        print_json({"path": path.as_posix(), **_build_data(recording, wanted, first)})
    else:
        for webhook in first:
            _print(webhook, is_webhook=True)
        for each in wanted:
            _print(each)
            for webhook in each.webhooks:
                _print(webhook, is_webhook=True)


def _show_folder(
    folder: Path, numbers: tuple[int, ...], html: Path | None, *, as_json: bool
) -> None:
    """
    Write the pages of all cassettes below *folder*.

    Raises:
        UsageError: There are no cassettes, or it was not a page that was asked for.
    """
    if html is None or numbers or as_json:
        msg = (
            f"{folder} is a folder: give --html OUT to write its pages, and neither numbers nor "
            f"--json. To list its cassettes: twreplay ls {folder}"
        )
        raise click.UsageError(msg)
    paths = find_cassettes(folder)
    insist_on_some(paths, [folder], "show")
    from twreplay._cli.page import render_folder_page, render_folder_pages

    listed = [_read_listed(each, folder) for each in track_progress(paths, "reading")]
    title, now = folder.as_posix(), datetime.now(UTC)
    if html.suffix.lower() in (".html", ".htm"):
        _write(html, render_folder_page(title, listed, now))
    else:
        for name, page in render_folder_pages(title, listed, now).items():
            _write(html / name, page, makes_folder=True)
    if any(each.problem for each in listed):
        raise SystemExit(NOT_DONE)


def _read_listed(path: Path, folder: Path) -> Listed:
    from twreplay._cli.page import Listed

    name = path.relative_to(folder).as_posix()
    try:
        return Listed(name, remove_secrets(load(path))[0])
    except CassetteError as error:
        tell(error.explanation.headline)
        return Listed(name, None, error.explanation.headline)


def _write(path: Path, content: str, *, makes_folder: bool = False) -> None:
    try:
        if makes_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        refuse_foreign(path)
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        tell(f"Error: {path} could not be written: {error.strerror}.")
        raise SystemExit(NOT_DONE) from error


def _print(each: Reading, *, is_webhook: bool = False) -> None:
    out = create_console()
    name = f"webhook {each.number}" if is_webhook else str(each.number)
    out.print(text(f"{name}. {each.method} {each.url}", "bold"))
    if not is_webhook:
        out.print(text(f"   as {each.who}", "dim"))
    if each.recorded_by:
        out.print(text(f"   recorded by {each.recorded_by}", "dim"))
    for name, value in each.form:
        out.print(text(_wrap(f"{name} = {value}")))
    if each.sent:
        out.print(_indent(each.sent))
    style = "green" if each.status < 400 else "red"
    out.print(text(f"   -> {each.status} {each.reason}, {each.size} bytes", style))
    for name, value in each.told:
        out.print(text(_wrap(f"{name}: {value}"), "dim"))
    if each.body:
        out.print(_indent(each.body))
    out.print()


def _indent(body: str) -> Text:
    return text("\n".join(map(_wrap, body.split("\n"))))


def _wrap(line: str) -> str:
    """Indent *line*, and break it; what belongs to it stands further in than it does."""
    further = len(line) - len(line.lstrip(" ")) + _INDENT + 2
    return wrap(" " * _INDENT + line, " " * further)


_INDENT = 3


def _build_data(
    recording: Recording, wanted: list[Reading], first: list[Reading]
) -> dict[str, Any]:
    webhooks = [(0, webhook) for webhook in first]
    webhooks += [(each.number, webhook) for each in wanted for webhook in each.webhooks]
    return {
        "origin": None if recording.foreign else recording.origin,
        "recorded_at": recording.recorded_at or None,
        "interactions": [
            {
                "number": each.number,
                "method": each.method,
                "url": each.url,
                "as": each.who,
                "form": [list(pair) for pair in each.form],
                "status": each.status,
                "reason": each.reason,
                "headers": [list(pair) for pair in each.headers],
                "bytes": each.size,
                "body": each.body or None,
                "recorded_by": each.recorded_by or None,
            }
            for each in wanted
        ],
        "webhooks": [
            {
                "number": each.number,
                "after": after,
                "method": each.method,
                "url": each.url,
                "form": [list(pair) for pair in each.form],
                "status": each.status,
                "reason": each.reason,
                "body": each.body or None,
            }
            for after, each in webhooks
        ],
    }
