"""Shared by the subcommands: finding cassettes, progress, colors, JSON, exit status."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from shutil import get_terminal_size
from textwrap import fill
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

from twreplay._cassette import SUFFIXES, Recording, load, replace_unprintable
from twreplay._display import visible
from twreplay._explanation import shorten
from twreplay._project import read_project
from twreplay._reports import FORMATS, Annotation, format_github, format_sarif
from twreplay.errors import CassetteError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

T = TypeVar("T")

_ODD = re.compile(r"([^\x00-\x7e])")

FOUND = 1
"""Exit status: something was found. 0 means that nothing was."""

NOT_DONE = 2
"""Exit status: a file could not be read or written, or the command was not understood."""

# Not a project's own.
_PASSED_OVER = frozenset({"node_modules", "__pycache__", "site-packages", "build", "dist"})

# Fewer items finish before a bar is drawn.
_MANY = 20


def order_by_path(operation: str) -> tuple[str, str]:
    """Return the key that sorts operations such as ``GET /Accounts`` by path, then by method."""
    method, _, path = operation.partition(" ")
    return path, method


json_option = click.option("--json", "as_json", is_flag=True, help="As JSON, for other programs.")

format_option = click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="text (the default), json as --json, github for annotations of a workflow, sarif for code "
    "scanning.",
)

allow_empty_option = click.option(
    "--allow-empty", is_flag=True, help="Finding no file at all is no error."
)

paths_argument = click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))


force_option = click.option("--force", is_flag=True, help="Replace the file if there is one.")


class Readable:
    """The readable cassettes in paths; others are reported when they are reached."""

    def __init__(self, paths: Sequence[Path], to_do: str, *, allow_empty: bool = False) -> None:
        """
        Find the cassettes.

        Args:
            paths: Files or folders; those of *find_default_folders* if there are none.

            to_do: The verb for messages: ``list``.

            allow_empty: Having none is no error.

        Raises:
            UsageError: There are none: who checks nothing has not checked.
        """
        looked_in = paths or find_default_folders(to_do, allow_empty=allow_empty)
        self.paths = [found for given in looked_in for found in find_cassettes(given)]
        if not allow_empty:
            insist_on_some(self.paths, looked_in, to_do)
        self.damaged = False

    def __iter__(self) -> Iterator[tuple[Path, Recording]]:
        for path in track_progress(self.paths, "reading"):
            try:
                recording = load(path)
            except CassetteError as error:
                self.damaged = True
                tell(error.explanation.headline)
                continue
            yield path, recording

    def end(self, *, found: bool = False) -> None:
        """End the command, with the exit status for the result."""
        if self.damaged:
            raise SystemExit(NOT_DONE)
        if found:
            raise SystemExit(FOUND)


def find_default_folders(to_do: str, *, allow_empty: bool = False) -> tuple[Path, ...]:
    """
    Return the folders that are meant where none is given.

    They are ``cassette_dir`` of the nearest pyproject.toml; else every folder ``cassettes`` below
    the current one, but for hidden folders and environments.

    Args:
        to_do: The verb for the message: ``list``.

        allow_empty: Having none is no error.

    Raises:
        UsageError: There is none.
    """
    settings = read_project(Path.cwd())
    if settings.problem:
        raise click.UsageError(settings.problem)
    if (folder := settings.cassette_dir) is not None and folder.is_dir():
        here = Path.cwd()
        return (folder.relative_to(here) if folder.is_relative_to(here) else folder,)
    found = tuple(sorted(_walk_for_cassettes(Path())))
    if not found and not allow_empty:
        msg = f"there is no folder cassettes here; say which files or folders to {to_do}."
        raise click.UsageError(msg)
    return found


def _walk_for_cassettes(start: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(start):
        if "pyvenv.cfg" in files:
            folders.clear()
            continue
        folders[:] = [name for name in folders if name not in _PASSED_OVER and name[0] != "."]
        if "cassettes" in folders:
            yield Path(root, "cassettes")
            folders.remove("cassettes")


def insist_on_some(found: Sequence[Path], looked_in: Sequence[Path], to_do: str) -> None:
    """
    See to it that a command that found nothing to do does not pass for one that did it.

    Raises:
        UsageError: Nothing was *found*.
    """
    if not found:
        where = ", ".join(map(str, looked_in))
        msg = (
            f"there is no cassette to {to_do} in {where}: no file that ends in "
            f"{', '.join(sorted(SUFFIXES))}. If that is right, say --allow-empty."
        )
        raise click.UsageError(msg)


def find_cassettes(path: Path) -> list[Path]:
    """Return *path* itself if it is a file, else every cassette below it."""
    if path.is_file():
        return [path]
    return sorted(found for found in path.rglob("*") if found.suffix in SUFFIXES)


def read_or_stop(path: Path, how: Callable[[Path], Recording] = load) -> Recording:
    """Return the cassette in *path*; exit the command with its error if it is unreadable."""
    try:
        return how(path)
    except CassetteError as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(NOT_DONE) from error


def refuse_to_replace(path: Path, *, force: bool) -> None:
    """
    Refuse to replace a file at *path* unless *force* is set.

    Raises:
        UsageError: The file exists, and *force* is not set, or there can be none of this name.
    """
    try:
        is_there = path.exists()
    except OSError as error:
        msg = f"{shorten(str(path), 60)} cannot be written: {error.strerror}."
        raise click.UsageError(msg) from None
    if is_there and not force:
        msg = f"there is a file {path} already; replace it with --force."
        raise click.UsageError(msg)


def track_progress(items: Sequence[T], label: str) -> Iterable[T]:
    """Iterate over *items*, with a bar on a terminal if they are many."""
    if len(items) < _MANY or not sys.stderr.isatty():
        return items
    return _draw_progress(items, label)


def _draw_progress(items: Sequence[T], label: str) -> Iterator[T]:
    from rich.console import Console
    from rich.progress import track

    width, height = get_terminal_size()
    console = Console(stderr=True, width=width, height=height)
    yield from track(items, label, console=console, transient=True)


def print_json(data: Any) -> None:
    """Print *data* for other programs."""
    # Escaped as JSON has it, which reads back as what it was.
    text = visible_json(json.dumps(data, indent=2, ensure_ascii=False))
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = visible_json(json.dumps(data, indent=2))
    click.echo(text)


def settle_format(form: str | None, *, as_json: bool) -> str:
    """
    Return the format of the output, one of `FORMATS`.

    Raises:
        UsageError: ``--json`` beside another format.
    """
    if as_json and form not in (None, "json"):
        msg = f"--json and --format={form} are two formats; give one."
        raise click.UsageError(msg)
    return form or ("json" if as_json else "text")


def print_annotations(form: str, annotations: Sequence[Annotation]) -> None:
    """Print *annotations* as ``github`` or ``sarif``."""
    write = format_github if form == "github" else format_sarif
    click.echo(write(annotations), nl=False)


def visible_json(text: str) -> str:
    """*text*, JSON, with JSON's own escapes for what a terminal would obey."""
    if text.isascii():  # json.dumps has escaped the rest
        return text.replace("\x7f", "\\u007f")
    pieces = (
        piece if visible(piece) == piece else json.dumps(piece)[1:-1] for piece in _ODD.split(text)
    )
    return "".join(pieces).replace("\x7f", "\\u007f")


def tell(text: str) -> None:
    """Print *text* to standard error."""
    click.echo(replace_unprintable(text), err=True)


def discard(stream: IO[str]) -> None:
    """
    Write what *stream* still holds, and all that follows, to nowhere: it cannot be written.

    Python writes what is left when it ends, and would show a traceback of that.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def create_console() -> Console:
    """Create a console: with colors on a terminal, plain elsewhere."""
    from rich.console import Console

    # With COLUMNS=0, which some terminals have that know no width, it would print nothing. Where a
    # measure is left out, rich 13 reads the variables itself, and takes "²" for a number.
    width, height = find_width() or _USUAL, get_terminal_size().lines
    return Console(highlight=False, soft_wrap=True, width=width, height=height)


def is_terminal() -> bool:
    """Return whether standard output is a terminal."""
    return sys.stdout.isatty()


def find_width() -> int | None:
    """
    Return how wide lines may be: as the variable COLUMNS says, or else the terminal.

    None where another program reads: it gets lines as they are.
    """
    given = os.environ.get("COLUMNS", "")
    if given.isascii() and given.isdigit() and int(given):
        return max(int(given), _NARROWEST)
    return max(get_terminal_size().columns, _NARROWEST) if is_terminal() else None


def wrap(line: str, indent: str = "") -> str:
    """
    Break *line* at the width of the terminal, and begin all lines but the first with *indent*.

    A word is left whole, and so is a command: both are there to be copied.
    """
    width = find_width()
    if width is None or len(line) <= width:
        return line
    kept = _TO_TYPE.sub(lambda found: found[0].replace(" ", "\xa0"), line)
    lines = fill(
        kept,
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        expand_tabs=False,
        replace_whitespace=False,
    )
    return lines if kept is line else lines.replace("\xa0", " ")


_USUAL = 80

# Narrower lines are harder to read than those that a terminal breaks.
_NARROWEST = 30
_TO_TYPE = re.compile(r"(?:pip install|pytest -p|python -c|twreplay [a-z]+) \S.*")


def text(content: str, style: str = "") -> Text:
    """Return *content* as rich text, without control characters that a terminal would obey."""
    from rich.text import Text

    return Text(replace_unprintable(content), style=style)


def count(number: int, thing: str) -> str:
    """Format *number* with its noun: ``1 cassette``, ``2 cassettes``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
