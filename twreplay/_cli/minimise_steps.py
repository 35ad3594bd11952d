"""``twreplay minimise --steps``: the fewest steps of a simulated test that still fails."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from twreplay._cli.delta_debugging import reduce_failing
from twreplay._cli.output import NOT_DONE, count, tell
from twreplay._cli.trial import Stopped, Whole, raising_signals, run_command, run_whole
from twreplay._display import visible_line


class _Trials:
    """Runs of the command, each with other steps left out; the fewest that failed are kept."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self.command = command
        self.folder = folder
        self.every: tuple[str, ...] = ()
        self.fewest: tuple[str, ...] = ()
        self.count = 0

    @property
    def variables(self) -> dict[str, str]:
        """The variables that tell the command of the folder."""
        from twreplay._simulator import STEPS_VARIABLE  # late, as the simulator takes 100 ms

        return {STEPS_VARIABLE: str(self.folder)}

    def begin(self, timeout: float | None, expect: str | None) -> Whole:
        """Run the command with all of its steps, and see which there are."""
        (self.folder / "left-out").touch()
        whole = run_whole(self.command, timeout, expect, "all of its steps", self.variables)
        made = self.folder / "made"
        lines = made.read_text("utf-8").splitlines() if made.exists() else []
        self.every = self.fewest = tuple(dict.fromkeys(lines))
        return whole

    def run(self, part: tuple[str, ...], whole: Whole, expect: str | None) -> bool:
        """Return whether the command still fails with *part* of its steps."""
        self.count += 1
        left_out = [name for name in self.every if name not in set(part)]
        (self.folder / "left-out").write_text("\n".join(left_out), "utf-8")
        outcome = run_command(self.command, whole.patience, self.variables)
        still_fails = outcome.build_failure(expect) == whole.failure
        if still_fails and len(part) < len(self.fewest):
            self.fewest = part
        result = "fails as before" if still_fails else "does not"
        line = f"trial {self.count}: {len(part)} of {count(len(self.every), 'step')}, {result}"
        if sys.stderr.isatty():
            click.echo(f"\r\x1b[K{line}", err=True, nl=still_fails)
        elif still_fails:
            tell(line)
        return still_fails


def minimise_steps(command: Sequence[str], timeout: float | None, expect: str | None) -> None:
    """Run *command* with fewer and fewer steps, and list those that its failure needs."""
    if not command:
        msg = "name a command: twreplay minimise --steps -- pytest -x tests/test_reminders.py"
        raise click.UsageError(msg)
    stopped = 0
    with tempfile.TemporaryDirectory(prefix="twreplay-steps-") as folder:
        trials = _Trials(command, Path(folder))
        try:
            with raising_signals():
                whole = trials.begin(timeout, expect)
                if trials.every:
                    reduce_failing(trials.every, lambda part: trials.run(part, whole, expect))
        except Stopped as signalled:
            stopped = signalled.number
        except OSError as error:
            tell(f"Error: {command[0]} cannot be run: {error.strerror}.")
            raise SystemExit(NOT_DONE) from error
    _finish(trials, stopped)


def _finish(trials: _Trials, stopped: int) -> None:
    """List the steps that are left, on stdout."""
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", err=True, nl=False)
    if not trials.every and not stopped:
        tell(
            "Error: no rule of its own answered, and no clock moved. Is it a test that uses the "
            "simulator? For one with a cassette: twreplay minimise CASSETTE -- ..."
        )
        raise SystemExit(NOT_DONE)
    for name in trials.fewest:
        click.echo(visible_line(name))
    steps = f"{len(trials.fewest)} of {count(len(trials.every), 'step')}"
    needs = "are needed" if len(trials.fewest) != 1 else "is needed"
    tell(f"{steps} {needs} for the failure, after {count(trials.count, 'trial')}.")
    if stopped:
        tell("Stopped before the fewest were found.")
        raise SystemExit(128 + stopped)
