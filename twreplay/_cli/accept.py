"""``twreplay accept``: recordings that lie beside their cassettes, kept or deleted."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from twreplay._cassette import (
    SUFFIXES,
    Recording,
    Redactor,
    build_failed_path,
    compute_content_hash,
    find_cassette_of,
    format_path,
    load,
    lock_cassette,
    remove,
    replace_unprintable,
    save,
    scan_recording,
)
from twreplay._cli.cleaning import remove_secrets
from twreplay._cli.diff import compare_recordings, print_changes, summarize_changes
from twreplay._cli.output import (
    FOUND,
    NOT_DONE,
    count,
    find_cassettes,
    find_default_folders,
    paths_argument,
    tell,
)
from twreplay._verify import Change
from twreplay.errors import CassetteError, CassetteNotFound, SecretInCassette

_MARK = ".failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """
    A recording that lies beside its cassette.

    Attributes:
        path: The cassette.

        beside: The file with the recording.

        recording: The content of that file, without secrets.

        redactor: Knows the secrets that were taken out.

        changes: Its differences from the cassette; None if that is not there or damaged.

        damage: The reason why the cassette cannot be read; empty if it can, or is not there.

        is_suspicious: Something in either looks like a secret.

        hashes: Of both files when they were read.
    """

    path: Path
    beside: Path
    recording: Recording
    redactor: Redactor
    changes: list[Change] | None
    damage: str
    is_suspicious: bool
    hashes: tuple[str, str]

    @property
    def summary(self) -> str:
        """The difference from the cassette in one line."""
        if self.changes is not None:
            return summarize_changes(self.changes)
        size = count(len(self.recording.interactions), "interaction")
        if webhooks := len(self.recording.webhooks):
            size += f" and {count(webhooks, 'webhook')}"
        return f"in place of a damaged cassette ({size})" if self.damage else f"new ({size})"


@click.command(short_help="Keep what failed tests recorded, after a look.")
@paths_argument
@click.option("-y", "--yes", is_flag=True, help="Keep all, without a question.")
@click.option("--reject", is_flag=True, help="Delete all that lies beside cassettes.")
@click.option("--list", "only_list", is_flag=True, help="List them, and change nothing.")
@click.option(
    "--not-secret",
    multiple=True,
    metavar="NAME",
    help="A header or field, or a value, that only looks like a credential. May be repeated.",
)
def accept(
    paths: tuple[Path, ...],
    yes: bool,
    reject: bool,
    only_list: bool,
    not_secret: tuple[str, ...],
) -> None:
    """
    Keep the recordings that failed tests left beside their cassettes.

    PATHS are files or folders; by default the project's folders of cassettes. A test that fails
    while it records leaves its cassette as it was, and the recording beside it as
    NAME.failed.yaml. Each of them is shown as a difference from its cassette, then a letter
    decides: y puts it in the cassette's place, n leaves both, d deletes it, q ends the command.

    Exits with 0 if none is left, 1 if one is, 2 if one could not be read or written.

    For example: twreplay accept tests/cassettes
    """
    if yes + reject + only_list > 1:
        msg = "--yes, --reject and --list are three things to do; give one."
        raise click.UsageError(msg)
    looked_in = paths or find_default_folders("accept")
    besides = _find_beside(looked_in)
    if not besides:
        tell(f"Nothing to accept in {', '.join(map(format_path, looked_in))}: no *{_MARK}.yaml.")
        return
    pending, damaged = _read_all(besides, not_secret)
    asks = not (yes or reject or only_list)
    if only_list or (asks and not sys.stdin.isatty()):
        _list(pending)
        if asks and pending:
            tell("Nothing was changed, as there is no terminal to ask on. To keep all: --yes.")
            tell("To delete all: --reject. On a terminal, twreplay accept shows each, and asks.")
        left, failed = len(pending), False
    else:
        decide = "y" if yes else "d" if reject else ""
        left, failed = _settle_all(pending, decide, not_secret)
    if damaged or failed:
        raise SystemExit(NOT_DONE)
    if left:
        raise SystemExit(FOUND)


def _find_beside(paths: Iterable[Path]) -> list[Path]:
    """Return what lies beside the cassettes in *paths*; a file may be either of both."""
    found: dict[Path, None] = {}
    for given in paths:
        for path in find_cassettes(given):
            if _is_beside(path):
                found[path] = None
            elif given == path and (beside := build_failed_path(path)).is_file():
                found[beside] = None
    return list(found)


def _is_beside(path: Path) -> bool:
    return path.suffix in SUFFIXES and path.stem.endswith(_MARK) and path.stem != _MARK


def _read_all(besides: Sequence[Path], not_secret: tuple[str, ...]) -> tuple[list[Pending], bool]:
    """Return what can be read of *besides*, and whether something could not."""
    pending, damaged = [], False
    for beside in besides:
        try:
            pending.append(_read(beside, not_secret))
        except CassetteError as error:
            damaged = True
            tell(f"{error.explanation.headline} It was left; record again, or delete it.")
    return pending, damaged


def _read(beside: Path, not_secret: tuple[str, ...]) -> Pending:
    path = find_cassette_of(beside)
    # Before the content: what is written in between counts as a change.
    hashes = compute_content_hash(path), compute_content_hash(beside)
    recording, redactor = remove_secrets(load(beside), not_secret)
    changes, damage = None, ""
    is_suspicious = bool(scan_recording(recording, not_secret))
    try:
        before = load(path)
        changes = compare_recordings(before, recording)
        is_suspicious = is_suspicious or bool(scan_recording(before, not_secret))
    except CassetteNotFound:
        pass
    except CassetteError as error:
        damage = error.explanation.headline
    return Pending(
        path=path,
        beside=beside,
        recording=recording,
        redactor=redactor,
        changes=changes,
        damage=damage,
        is_suspicious=is_suspicious,
        hashes=hashes,
    )


def _list(pending: Iterable[Pending]) -> None:
    for each in pending:
        click.echo(replace_unprintable(f"{format_path(each.beside)}: {each.summary}"))


def _settle_all(
    pending: Sequence[Pending], decide: str, not_secret: tuple[str, ...]
) -> tuple[int, bool]:
    """
    Keep, leave or delete each of *pending*, as *decide* says or the user.

    Returns:
        The number of those that are left, and whether one could not be written or deleted.
    """
    counted = {"kept": 0, "deleted": 0, "left": 0}
    failed = False
    answer = ""
    for each in pending:
        if answer != "q":
            if decide != "d":
                _show(each)
            answer = decide or _ask()
        done = "left"
        if answer in ("y", "d"):
            try:
                done = _settle(each, not_secret, is_kept=answer == "y")
            except CassetteError as error:
                failed = True
                tell(f"Error: {error}")
                if isinstance(error, SecretInCassette):
                    _tell_not_secret(each)
        counted[done] += 1
    if pending:
        tell(", ".join(f"{number} {done}" for done, number in counted.items() if number) + ".")
    return counted["left"], failed


def _tell_not_secret(pending: Pending) -> None:
    shown = format_path(pending.beside)
    tell(f"On the command line that is: twreplay accept {shown} --not-secret NAME")


def _show(pending: Pending) -> None:
    if pending.damage:
        tell(pending.damage)
    click.echo(replace_unprintable(f"{format_path(pending.path)}, by {pending.beside.name}:"))
    if pending.changes is None:
        click.echo(pending.summary)
    elif pending.is_suspicious:
        click.echo(f"{pending.summary} Something in it looks like a secret, so it is not shown.")
    else:
        print_changes(pending.changes)


def _ask() -> str:
    answer: str = click.prompt(
        "Keep it? y keep, n leave, d delete, q quit",
        type=click.Choice(["y", "n", "d", "q"], case_sensitive=False),
        default="n",
        show_choices=False,
        err=True,
    )
    return answer


def _settle(pending: Pending, not_secret: tuple[str, ...], *, is_kept: bool) -> str:
    """
    Put the recording in the cassette's place, or delete it; return what was done.

    Raises:
        CassetteError: It could not be written or deleted, or a secret is in it.
    """
    path, beside = pending.path, pending.beside
    with lock_cassette(path):
        if pending.hashes != (compute_content_hash(path), compute_content_hash(beside)):
            tell(
                f"{format_path(beside)} was left: it or its cassette has changed since it was "
                "shown. Look again: twreplay accept"
            )
            return "left"
        if is_kept:
            save(path, pending.recording, pending.redactor.find_leak, not_secret)
        remove(beside)
    if is_kept:
        tell(f"{format_path(path)}: kept.")
        return "kept"
    tell(f"{format_path(beside)}: deleted.")
    return "deleted"
