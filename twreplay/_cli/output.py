"""What the subcommands share: which cassettes, progress, colours, JSON, and how they end."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from twreplay._cassette import SUFFIXES, Recording, load, printable
from twreplay._display import visible
from twreplay.errors import CassetteError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

T = TypeVar("T")

_ODD = re.compile(r"([^\x00-\x7e])")

FOUND = 1
"""Exit status: there is something to be told. 0 is for all being well."""

NOT_DONE = 2
"""Exit status: a file could not be read or written, or the command was not understood."""

# Fewer are done before a bar is drawn.
_MANY = 20

json_option = click.option("--json", "as_json", is_flag=True, help="As JSON, for other programs.")

allow_empty_option = click.option(
    "--allow-empty", is_flag=True, help="Finding no cassette at all is no error."
)

paths_argument = click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))


force_option = click.option("--force", is_flag=True, help="Replace the file if there is one.")


class Readable:
    """The cassettes in paths, as they can be read; what cannot is told at once."""

    def __init__(self, paths: Sequence[Path], to_do: str, *, allow_empty: bool = False) -> None:
        """
        Find them.

        Args:
            paths: Files or folders; the folder cassettes if there are none.

            to_do: What is done with them, for messages: ``list``.

            allow_empty: Having none is no error.

        Raises:
            UsageError: There are none: who checks nothing has not checked.
        """
        if not paths and not Path("cassettes").is_dir() and not allow_empty:
            msg = f"there is no folder cassettes here; say which files or folders to {to_do}."
            raise click.UsageError(msg)
        self.paths = [
            found for given in paths or (Path("cassettes"),) for found in cassettes_below(given)
        ]
        if not allow_empty:
            insist_on_some(self.paths, paths or (Path("cassettes"),), to_do)
        self.damaged = False

    def __iter__(self) -> Iterator[tuple[Path, Recording]]:
        for path in with_progress(self.paths, "reading"):
            try:
                recording = load(path)
            except CassetteError as error:
                self.damaged = True
                tell(error.explanation.headline)
                continue
            yield path, recording

    def end(self, *, found: bool = False) -> None:
        """End the command, with the status that says how it went."""
        if self.damaged:
            raise SystemExit(NOT_DONE)
        if found:
            raise SystemExit(FOUND)


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


def cassettes_below(path: Path) -> list[Path]:
    """*path* itself if it is a file, else every cassette below it."""
    if path.is_file():
        return [path]
    return sorted(found for found in path.rglob("*") if found.suffix in SUFFIXES)


def read_or_stop(path: Path, how: Callable[[Path], Recording] = load) -> Recording:
    """The cassette in *path*; ends the command, with all there is to say, if it cannot be read."""
    try:
        return how(path)
    except CassetteError as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(NOT_DONE) from error


def refuse_to_replace(path: Path, *, force: bool) -> None:
    """
    See to it that nothing is lost in *path*.

    Raises:
        UsageError: There is a file already, and nobody said that it may go.
    """
    if path.exists() and not force:
        msg = f"there is a file {path} already; replace it with --force."
        raise click.UsageError(msg)


def with_progress(items: Sequence[T], label: str) -> Iterable[T]:
    """*items*, with a bar on a terminal if they are many."""
    if len(items) < _MANY or not sys.stderr.isatty():
        return items
    return _with_bar(items, label)


def _with_bar(items: Sequence[T], label: str) -> Iterator[T]:
    from rich.console import Console
    from rich.progress import track

    yield from track(items, label, console=Console(stderr=True), transient=True)


def print_json(data: Any) -> None:
    """Print *data* for other programs."""
    # Escaped as JSON has it, which reads back as what it was.
    click.echo(visible_json(json.dumps(data, indent=2, ensure_ascii=False)))


def visible_json(text: str) -> str:
    """*text*, JSON, with JSON's own escapes for what a terminal would obey."""
    if text.isascii():  # json.dumps has escaped the rest
        return text.replace("\x7f", "\\u007f")
    pieces = (
        piece if visible(piece) == piece else json.dumps(piece)[1:-1] for piece in _ODD.split(text)
    )
    return "".join(pieces).replace("\x7f", "\\u007f")


def tell(text: str) -> None:
    """Say *text* beside what the command prints."""
    click.echo(printable(text), err=True)


def console() -> Console:
    """Where to print: with colours on a terminal, plain where it is not one."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)


def is_terminal() -> bool:
    """Whether somebody looks at what is printed."""
    return sys.stdout.isatty()


def text(content: str, style: str = "") -> Text:
    """*content* as it may be shown: a terminal obeys what a cassette may hold."""
    from rich.text import Text

    return Text(printable(content), style=style)


def count(number: int, thing: str) -> str:
    """``1 cassette``, ``2 cassettes``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
