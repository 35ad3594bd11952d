"""What the phone in the terminal does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import click

from twreplay._cassette import replace_unprintable
from twreplay._delivery import read_base
from twreplay._display import shown_url
from twreplay._simulator import Simulator
from twreplay.errors import UsageError

_USER = re.compile(r"(?i)\A(https?://)[^/?#]*@")
_STEP = re.compile(r"[0-9*#]+|h|w\d+(\.\d+)?|")


def read_script(script: str) -> tuple[str, ...]:
    """
    Return the steps of *script*.

    Raises:
        UsageError: One of them is no step.
    """
    steps = tuple(step.strip() for step in script.split(","))
    for step in steps:
        if not _STEP.fullmatch(step):
            msg = f"a script has keys, w and seconds, and h, such as '1,w3,#,h'; not {step!r}."
            raise UsageError(msg)
    return steps


def _simulate(url: str, auth_token: str | None, **properties: str) -> Simulator:
    # The application asks for a user and password itself; it runs where it runs without them.
    base = read_base(_USER.sub(r"\1", url))
    if base is None:
        msg = f"URL is the address of an application that runs, not {shown_url(url)!r}."
        raise UsageError(msg)
    simulator = Simulator(undocumented="ignore", auth_token=auth_token)
    simulator.attach(f"{base.scheme}://{base.netloc}", raise_errors=False)
    simulator.change(simulator.incoming_phone_numbers[0], **properties)
    return simulator


def put_through(
    url: str, caller: str, auth_token: str | None, steps: tuple[str, ...] | None
) -> bool:
    """Call *url*; return whether nothing went wrong."""
    simulator = _simulate(url, auth_token, Url=url)
    call = simulator.phone(caller).dial(simulator.incoming_phone_numbers[0].PhoneNumber)
    told = _print_new(call, 0)
    for step in _ask(call) if steps is None else steps:
        if call.is_over:
            break
        if step == "h":
            call.hang_up()
        elif step.startswith("w"):
            call.wait(seconds=float(step[1:]))
        elif step:
            call.press(step)
        else:
            # Past what is waited for now, if it is a person.
            call.wait(seconds=1).wait()
        told = _print_new(call, told)
    if not call.is_over:
        call.hang_up()
        _print_new(call, told)
    return not _print_notifications(simulator)


def write_message(url: str, caller: str, auth_token: str | None, body: str) -> bool:
    """Write *body* to *url*; return whether nothing went wrong."""
    simulator = _simulate(url, auth_token, SmsUrl=url)
    phone = simulator.phone(caller)
    phone.text(simulator.incoming_phone_numbers[0].PhoneNumber, body)
    for message in phone.inbox:
        click.echo(replace_unprintable(message.Body))
    return not _print_notifications(simulator)


def _ask(call: Any) -> Iterator[str]:
    while not call.is_over:
        step = click.prompt("", prompt_suffix="> ", default="", show_default=False).strip()
        if _STEP.fullmatch(step):
            yield step
        else:
            click.echo(
                "keys 0-9 * #, w5 to wait five seconds, Enter to wait, h to hang up", err=True
            )


def _print_new(call: Any, told: int) -> int:
    lines = call.transcript.splitlines()
    for line in lines[told:]:
        click.echo(replace_unprintable(line))
    return len(lines)


def _print_notifications(simulator: Simulator) -> bool:
    notes = simulator.notifications
    for note in notes:
        click.echo(replace_unprintable(f"error {note.ErrorCode}: {note.MessageText}"), err=True)
    return bool(notes)
