"""Trials of ``twreplay minimise``: a command is run, and its failure told from other failures."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType

import click

from twreplay._cli.output import NOT_DONE, tell

# Without an answer that it waits for, a program may wait for ever.
_PATIENCE_FACTOR, _LEAST_PATIENCE_SECONDS = 10.0, 10.0

# "FAILED tests/test_a.py::test_b - AssertionError: ..." in pytest's summary.
_FAILED = re.compile(r"(?m)^(?:FAILED|ERROR) (\S.*?)(?: - .*)?$")
# The first line of each block that pytest marks with E: "E   twreplay.errors.UnmatchedRequest: ..."
_E_BLOCK = re.compile(r"(?m)^E {3}([^\s:]+).*\n?(?:^E.*\n?)*")
_TRACEBACK = re.compile(
    r"(?m)^Traceback \(most recent call last\):\n(?:[ \t].*\n|\n)+([A-Za-z_][\w.]*)"
)


@dataclass(frozen=True, slots=True)
class Failure:
    """
    The signature of a failure: two runs failed in the same way if theirs are equal.

    Attributes:
        status: The exit status.

        tests: The tests that pytest names as failed.

        kinds: The first word of each error, as pytest or Python print it: ``AssertionError``.
    """

    status: int
    tests: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()

    def __str__(self) -> str:
        parts = [f"exit status {self.status}", *sorted(self.tests), *sorted(self.kinds)]
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    One run of the command.

    Attributes:
        status: The exit status; None if it was ended because its time was over.

        output: Its standard output and standard error, without colors.
    """

    status: int | None
    output: str
    seconds: float

    def build_failure(self, expected: str | None) -> Failure | None:
        """Return the signature of the failure; None if it ended well, or without *expected*."""
        if not self.status:
            return None
        if expected is not None:
            return Failure(self.status) if expected in self.output else None
        tests = frozenset(_FAILED.findall(self.output))
        kinds = frozenset(_E_BLOCK.findall(self.output) or _TRACEBACK.findall(self.output))
        return Failure(self.status, tests, kinds)


class Stopped(BaseException):
    """A signal asked this process to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class _Signals:
    """The first signal that asks this process to end, and whether it is raised as it comes."""

    def __init__(self) -> None:
        self.number = 0
        self._is_held = False

    def stop(self, number: int, _: FrameType | None) -> None:
        """Raise `Stopped`, or keep it until it may be raised."""
        for each in _list_signals():
            signal.signal(each, signal.SIG_IGN)
        self.number = number
        if not self._is_held:
            raise Stopped(number)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Raise no signal inside the block, but at its end."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        if self.number:
            raise Stopped(self.number)

    @contextmanager
    def released(self) -> Iterator[None]:
        """Raise signals as they come inside this block, which is in one of *held*."""
        self._is_held = False
        try:
            if self.number:
                raise Stopped(self.number)
            yield
        finally:
            self._is_held = True


_signals = _Signals()


def _list_signals() -> list[signal.Signals]:
    """List the signals that ask to end, but for those that this process was started to ignore."""
    names = (name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
    numbers: Iterator[signal.Signals] = (getattr(signal, name) for name in names)
    return [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]


@contextmanager
def raising_signals() -> Iterator[None]:
    """
    Raise `Stopped` for the first signal that asks to end; pass over those after it.

    What ``nohup`` or a shell's ``&`` has this process ignore is ignored.
    """
    _signals.number = 0
    before = {number: signal.signal(number, _signals.stop) for number in _list_signals()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass(frozen=True, slots=True)
class Whole:
    """
    The run that nothing was left out of.

    Attributes:
        failure: How it failed.

        patience: The seconds that a run may take.
    """

    failure: Failure
    patience: float


def run_whole(
    command: Sequence[str],
    timeout: float | None,
    expect: str | None,
    what: str,
    variables: Mapping[str, str] | None = None,
) -> Whole:
    """Run *command* with all of *what*; exit if it does not fail as expected."""
    outcome = run_command(command, timeout, variables)
    failure = outcome.build_failure(expect)
    if failure is not None:
        tell(f"With {what}: {_describe(failure, expect)}.")
        patience = max(_PATIENCE_FACTOR * outcome.seconds, _LEAST_PATIENCE_SECONDS)
        return Whole(failure, timeout or patience)
    if outcome.status is None:
        why = f"did not end in {timeout:g} s. Give it more --timeout"
    elif outcome.status == 0:
        why = f"does not fail with {what}"
    else:
        why = f"fails with exit status {outcome.status}, and its output has no {expect!r}"
    last = "".join(f"\n  {line}" for line in outcome.output.splitlines()[-10:])
    tell(f"Error: {command[0]} {why}; there is nothing to minimise.{last}")
    raise SystemExit(NOT_DONE)


def _describe(failure: Failure, expect: str | None) -> str:
    return str(failure) + (f", {expect!r} in the output" if expect is not None else "")


def run_command(
    command: Sequence[str], seconds: float | None, variables: Mapping[str, str] | None = None
) -> Outcome:
    """
    Run *command*, and end it and its children after *seconds*, or if this process is stopped.

    Args:
        variables: Added to the environment.

    Raises:
        OSError: It cannot be run.
    """
    began = time.monotonic()
    # Not a pipe: a grandchild that keeps it open would never let it end.
    # A signal that came while a child was started, or its children were ended, left them behind.
    with tempfile.TemporaryFile() as output, _signals.held():
        child = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, **(variables or {})},
        )
        status: int | None = None
        try:
            with _signals.released(), suppress(subprocess.TimeoutExpired):
                status = child.wait(seconds)
        finally:
            _end(child)
        output.seek(0)
        text = output.read().decode("utf-8", "replace").replace("\r\n", "\n")
    return Outcome(status, click.unstyle(text), time.monotonic() - began)


def _end(child: subprocess.Popen[bytes]) -> None:
    """End *child* and what it has started."""
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
    child.wait()
