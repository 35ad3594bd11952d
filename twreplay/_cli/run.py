"""``twreplay run``: a program in any language, with a server in the API's place around it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click

from twreplay._cli.output import tell
from twreplay._cli.serve import add_options, build_server, explain_import, print_event
from twreplay.errors import TwreplayError

if TYPE_CHECKING:
    from twreplay._server import RunningServer

_FAILED = 2
_NOT_EXECUTABLE = 126
_NOT_FOUND = 127
_PASSED_ON = ("SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2")
_FIXED = {
    "host": "127.0.0.1",
    "port": 0,
    "tls": True,
    "proxy": True,
    "allow_remote": False,
}


@click.command(context_settings={"ignore_unknown_options": False})
@add_options
@click.option("--events", is_flag=True, help="Print a line for each request, to stderr.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(command: tuple[str, ...], **options: Any) -> None:
    """
    Run COMMAND, with a server in the API's place.

    Its requests to api.twilio.com come to a server on a free port: by the base URL in
    TWILIO_API_URL, or by the proxy and the authority in the environment, for programs that know
    nothing of it. TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are those of the simulated account.

    The exit status is that of COMMAND; 2 if COMMAND succeeded and the cassette was not saved.

    For example: twreplay run --cassette tests/reminders.yaml -- php remind.php
    """
    try:
        server, _ = build_server(options | _FIXED)
        if options["events"]:
            server.backend.timeline.on_event.append(lambda event: print_event(event, err=True))
        server.start()
    except TwreplayError as error:
        tell(f"Error: {error}")
        raise SystemExit(_FAILED) from None
    except ImportError as error:
        raise click.ClickException(explain_import(error)) from None
    status = _FAILED
    # COMMAND is to end by itself, and another signal after its end is not to lose the cassette.
    with _passing_signals() as pass_to:
        try:
            status = _run(command, build_child_environment(server), pass_to)
        finally:
            status = _finish(server, status)
    raise SystemExit(status)


def build_child_environment(server: RunningServer) -> dict[str, str]:
    """Build the environment of a program that is to reach *server*."""
    from twreplay._server import build_environment, open_authority

    environment = dict(os.environ)
    environment |= build_environment(server.url, open_authority(), environment)
    environment["TWILIO_API_URL"] = server.url
    simulator = server.backend.simulator
    if simulator is not None:
        environment["TWILIO_ACCOUNT_SID"] = simulator.account_sid
        environment["TWILIO_AUTH_TOKEN"] = simulator.auth_token
    return environment


def _run(
    command: tuple[str, ...],
    environment: dict[str, str],
    pass_to: Callable[[subprocess.Popen[bytes]], None],
) -> int:
    try:
        with subprocess.Popen(command, env=environment) as child:  # noqa: S603
            pass_to(child)
            status = child.wait()
    except FileNotFoundError:
        tell(f"Error: there is no program {command[0]}.")
        return _NOT_FOUND
    except OSError as error:
        tell(f"Error: {command[0]} cannot be run: {error.strerror}.")
        return _NOT_EXECUTABLE
    return 128 - status if status < 0 else status


@contextmanager
def _passing_signals() -> Iterator[Callable[[subprocess.Popen[bytes]], None]]:
    """Pass the signals that come inside the block on to the child."""
    children: list[subprocess.Popen[bytes]] = []
    early: list[int] = []

    def pass_on(number: int, _: object) -> None:
        if number == getattr(signal, "SIGINT", None) and _is_from_terminal():
            return  # the terminal has sent it to the child as well
        early.append(number)
        for child in children:
            with suppress(OSError):
                child.send_signal(number)

    def pass_to(child: subprocess.Popen[bytes]) -> None:
        children.append(child)
        for number in early:
            child.send_signal(number)

    numbers = [getattr(signal, name) for name in _PASSED_ON if hasattr(signal, name)]
    before = {number: signal.signal(number, pass_on) for number in numbers}
    try:
        yield pass_to
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _is_from_terminal() -> bool:
    """Return whether this process is in the foreground of a terminal, as its child then is."""
    try:
        with open(os.ctermid()) as terminal:  # noqa: PTH123
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except (OSError, AttributeError):
        return False


def _finish(server: RunningServer, status: int) -> int:
    """End the server, print the summary, and return the status to end with."""
    try:
        server.stop()
    except TwreplayError as error:
        tell(f"Error: {error}")
        status = status or _FAILED
    tell(format_summary(server))
    return status


def format_summary(server: RunningServer) -> str:
    """Format what was answered, for the end of a run."""
    timeline = server.backend.timeline
    lines = []
    for event in timeline.events:
        if event.how in ("unmatched", "failed"):
            shown = event.summarize()
            lines.append(f"  {event.how}: {shown['method']} {shown['url']}: {shown['rule']}")
    more = len(lines) - _MOST_SHOWN
    lines = lines[:_MOST_SHOWN] + ([f"  and {more} more"] if more > 0 else [])
    statuses: Counter[str] = Counter()
    for (_, _, status), count in timeline.answers.items():
        statuses[str(status)] += count
    counted = ", ".join(f"{count} {how}" for how, count in sorted(timeline.counts.items()))
    by_status = ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
    first = f"twreplay: {counted or 'no request came'}" + (f" ({by_status})" if by_status else "")
    if not timeline.count:
        first += "; does the program read TWILIO_API_URL, or proxies from its environment?"
    proxy = server.proxy
    if proxy is not None and proxy.counts:
        did = "refused" if proxy.only_twilio else "passed on"
        others = ", ".join(f"{host} {count}" for host, count in proxy.counts.most_common(5))
        lines.append(f"  other hosts {did}: {others}")
    return "\n".join([first, *lines])


_MOST_SHOWN = 10
