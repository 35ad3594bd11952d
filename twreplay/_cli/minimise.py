"""``twreplay minimise``: the smallest part of a cassette with which a command still fails."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import click

from twreplay._cassette import (
    Recording,
    encode,
    format_path,
    lock_cassette,
    refuse_secrets,
    save,
    select_interactions,
)
from twreplay._cli.cleaning import remove_secrets, write_cassette
from twreplay._cli.delta_debugging import reduce_failing
from twreplay._cli.minimise_steps import minimise_steps
from twreplay._cli.output import (
    NOT_DONE,
    count,
    force_option,
    read_or_stop,
    refuse_to_replace,
    tell,
)
from twreplay._cli.trial import Outcome, Stopped, raising_signals, run_command, run_whole
from twreplay.errors import CassetteError

_Part = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Session:
    """A recording as numbered items: interactions, and webhooks behind what they follow."""

    recording: Recording

    def number_items(self) -> _Part:
        """Return the items: below the number of interactions, these; above, webhooks."""
        size = len(self.recording.interactions)
        interactions = [(number + 1, 0, number) for number in range(size)]
        webhooks = [
            (each.after, 1, size + number) for number, each in enumerate(self.recording.webhooks)
        ]
        return tuple(item for *_, item in sorted(interactions + webhooks))

    def build(self, part: _Part) -> Recording:
        """Build the recording of *part*; a webhook goes with the interaction that it followed."""
        size = len(self.recording.interactions)
        kept = [self.recording.interactions[item] for item in part if item < size]
        webhooks = tuple(self.recording.webhooks[item - size] for item in part if item >= size)
        return select_interactions(replace(self.recording, webhooks=webhooks), kept)


class Trials:
    """Runs of the command, each with a part of the cassette; the smallest that failed is kept."""

    def __init__(
        self, path: Path, session: Session, find_leak: Callable[[str], str | None]
    ) -> None:
        self.path = path
        self.session = session
        self.find_leak = find_leak
        self.smallest = session.number_items()
        self.count = 0
        self._known: dict[_Part, bool] = {}

    def run(
        self, part: _Part, run: Callable[[], Outcome], is_same: Callable[[Outcome], bool]
    ) -> bool:
        """Return whether the command still fails with *part* of the cassette."""
        recording = self.session.build(part)
        # Webhooks without the interaction that they followed are not written.
        key = tuple(
            map(id, (*recording.interactions, *(w.interaction for w in recording.webhooks)))
        )
        if key not in self._known:
            self.count += 1
            with lock_cassette(self.path):
                # Searched for secrets as a whole, before.
                save(self.path, recording, self.find_leak, None)
            self._known[key] = is_same(run())
            self._tell_progress(part, still_fails=self._known[key])
        if self._known[key] and len(part) < len(self.smallest):
            self.smallest = part
        return self._known[key]

    def _tell_progress(self, part: _Part, *, still_fails: bool) -> None:
        result = "fails as before" if still_fails else "does not"
        line = f"trial {self.count}: {len(part)} of {len(self.session.number_items())}, {result}"
        if sys.stderr.isatty():
            click.echo(f"\r\x1b[K{line}", err=True, nl=still_fails)
        elif still_fails:
            tell(line)


@click.command(short_help="Cut a cassette to what a failing test needs.")
@click.argument("cassette", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--steps",
    is_flag=True,
    help="No cassette: leave out what rules of your own do, and moves of the clock.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The cassette to write; by default NAME.minimised.yaml beside CASSETTE.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="The longest that one run may take; by default ten times the first, at least 10 s.",
)
@click.option("--expect", metavar="TEXT", help="Text that the output has if it fails as meant.")
@force_option
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def minimise(
    cassette: Path | None,
    steps: bool,
    output: Path | None,
    timeout: float | None,
    expect: str | None,
    force: bool,
    command: tuple[str, ...],
) -> None:
    """
    Cut CASSETTE to the smallest with which COMMAND still fails in the same way.

    COMMAND is run again and again, each time with other interactions and webhooks in the place
    of CASSETTE, until none can be left out. The same way is: the same exit status, the same failed
    tests of pytest, and the same kinds of exceptions; or with --expect, the same exit status and
    TEXT in the output. CASSETTE is put back at the end.

    With --steps there is no cassette: the test uses the simulator, and those of its steps are left
    out that the failure does not need. A step is what a rule of your own does to one request or
    webhook, or a move of the clock. Those that it needs are listed with their lines.

    Exits with 2, and writes nothing, if COMMAND does not fail with the whole of CASSETTE.

    For example: twreplay minimise tests/cassettes/long.yaml -- pytest -x tests/test_long.py
    """
    if steps:
        _refuse_options(output, force=force)
        # What stands first is the cassette to click.
        minimise_steps((*((str(cassette),) if cassette else ()), *command), timeout, expect)
        return
    if cassette is None or not command:
        msg = "name a cassette and a command: twreplay minimise CASSETTE -- pytest -x ..."
        raise click.UsageError(msg)
    output = output or cassette.with_name(f"{cassette.stem}.minimised{cassette.suffix}")
    path = Path(os.path.realpath(cassette))
    original = path.with_name(f"{path.stem}.original{path.suffix}")
    _refuse_to_lose(path, original, output)
    refuse_to_replace(output, force=force)
    recording, redactor = remove_secrets(read_or_stop(path))
    trials = Trials(path, Session(recording), redactor.find_leak)
    stopped = 0
    try:
        refuse_secrets(path, recording, encode(recording, as_json=path.suffix == ".json"))
        with raising_signals():
            whole = run_whole(command, timeout, expect, "the whole cassette")
            with _setting_aside(path, original):
                reduce_failing(
                    trials.session.number_items(),
                    lambda part: trials.run(
                        part,
                        lambda: run_command(command, whole.patience),
                        lambda outcome: outcome.build_failure(expect) == whole.failure,
                    ),
                )
    except Stopped as signalled:
        stopped = signalled.number
    except (CassetteError, OSError) as error:
        tell(f"Error: {error}")
        raise SystemExit(NOT_DONE) from error
    _finish(trials, cassette, output, stopped)


def _refuse_options(output: Path | None, *, force: bool) -> None:
    if output is not None or force:
        msg = "--steps writes no cassette: leave out --output and --force"
        raise click.UsageError(msg)


def _refuse_to_lose(path: Path, original: Path, output: Path) -> None:
    """
    Refuse to go on where the only copy of a cassette could be written over.

    Raises:
        UsageError: A run was killed before it could put the cassette back, or *output* is *path*.
    """
    if original.exists():
        msg = (
            f"there is {format_path(original)}: an earlier run was killed, and this is the whole "
            f"cassette. Put it back: mv {format_path(original)} {format_path(path)}"
        )
        raise click.UsageError(msg)
    if Path(os.path.realpath(output)) in (path, original):
        msg = f"the output cannot be {output}: the cassette stays whole. Name another --output."
        raise click.UsageError(msg)


@contextmanager
def _setting_aside(path: Path, original: Path) -> Iterator[None]:
    """Keep the cassette in *original* inside the block; put it back at its end."""
    try:
        path.rename(original)  # the very file: its owner, dates and links are kept
        shutil.copyfile(original, path)
        with suppress(OSError):
            path.chmod(stat.S_IMODE(original.stat().st_mode) | stat.S_IWUSR)
        yield
    finally:
        try:
            _put_back(path, original)
        finally:  # a signal, of which one at most is raised, may have come before
            _put_back(path, original)


def _put_back(path: Path, original: Path) -> None:
    if original.exists():
        original.replace(path)


def _finish(trials: Trials, cassette: Path, output: Path, stopped: int) -> None:
    """Write the result, and say what it is."""
    whole, result = trials.session.recording, trials.session.build(trials.smallest)
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", err=True, nl=False)
    if not result.all_interactions:
        tell(
            "Error: it fails in the same way without any interaction. Does it read "
            f"{format_path(cassette)}? If so, the failure is not in the cassette."
        )
        raise SystemExit(NOT_DONE)
    if not stopped or len(result.all_interactions) < len(whole.all_interactions):
        write_cassette(output, result)
        parts = f"{len(result.interactions)} of {count(len(whole.interactions), 'interaction')}"
        if whole.webhooks:
            parts += f", {len(result.webhooks)} of {count(len(whole.webhooks), 'webhook')}"
        tell(f"{format_path(output)}: {parts}, after {count(trials.count, 'trial')}.")
    if stopped:
        tell("Stopped before the smallest was found.")
        raise SystemExit(128 + stopped)
