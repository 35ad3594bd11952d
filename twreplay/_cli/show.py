"""``twreplay show``: one cassette, as a person wants to read it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twreplay._cassette import Recording
from twreplay._cli.cleaning import remove_secrets
from twreplay._cli.output import (
    NOT_DONE,
    count,
    create_console,
    json_option,
    print_json,
    read_or_stop,
    tell,
    text,
)
from twreplay._cli.page import render_page
from twreplay._cli.reading import Reading, build_readings

if TYPE_CHECKING:
    from rich.text import Text


@click.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("numbers", nargs=-1, type=click.IntRange(min=1))
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a page to FILE instead. It needs nothing else, and fits a telephone.",
)
@json_option
def show(path: Path, numbers: tuple[int, ...], html: Path | None, as_json: bool) -> None:
    """
    Show the interactions of the cassette PATH as a person wants to read them.

    With NUMBERS only those, counted from 1.

    For example: twreplay show cassettes/calls.yaml 1 3 --html calls.html
    """
    recording = remove_secrets(read_or_stop(path))[0]
    last = len(recording.interactions)
    if beyond := [number for number in numbers if number > last]:
        msg = f"there is no interaction {beyond[0]} in {path}; it has {count(last, 'interaction')}."
        raise click.UsageError(msg)
    wanted = [each for each in build_readings(recording) if not numbers or each.number in numbers]
    if html is not None:
        _write(html, render_page(path.as_posix(), recording, wanted))
    elif as_json:
        print_json({"path": path.as_posix(), **_build_data(recording, wanted)})
    else:
        for each in wanted:
            _print(each)


def _write(path: Path, content: str) -> None:
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        tell(f"Error: {path} could not be written: {error.strerror}.")
        raise SystemExit(NOT_DONE) from error


def _print(each: Reading) -> None:
    out = create_console()
    out.print(text(f"{each.number}. {each.method} {each.url}", "bold"))
    out.print(text(f"   as {each.who}", "dim"))
    for name, value in each.form:
        out.print(text(f"   {name} = {value}"))
    if each.sent:
        out.print(_indent(each.sent))
    style = "green" if each.status < 400 else "red"
    out.print(text(f"   -> {each.status} {each.reason}, {each.size} bytes", style))
    for name, value in each.told:
        out.print(text(f"   {name}: {value}", "dim"))
    if each.body:
        out.print(_indent(each.body))
    out.print()


def _indent(body: str) -> Text:
    return text("\n".join(f"   {line}" for line in body.split("\n")))


def _build_data(recording: Recording, wanted: list[Reading]) -> dict[str, Any]:
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
            }
            for each in wanted
        ],
    }
