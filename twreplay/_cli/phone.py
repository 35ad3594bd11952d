"""``twreplay call`` and ``twreplay text``: a phone in the terminal."""

from __future__ import annotations

import click

from twreplay._cli.output import FOUND, NOT_DONE, tell
from twreplay._cli.phoning import put_through, read_script, write_message
from twreplay.errors import UsageError

_number = click.option(
    "--from", "caller", default="4155551212", show_default=True, help="The number of the person."
)
_token = click.option(
    "--auth-token",
    envvar="TWILIO_AUTH_TOKEN",
    show_envvar=True,
    help="The token to sign with. Better in the environment than on the command line.",
)


@click.command("call", short_help="Call an application, and print what is heard.")
@click.argument("url")
@click.option("--script", default=None, help='Keys, seconds and h, such as "1,3,#,h".')
@_number
@_token
@click.pass_context
def call(
    context: click.Context, url: str, script: str | None, caller: str, auth_token: str | None
) -> None:
    """
    Call the application that answers at URL, and print what is heard.

    Keys are 0-9, * and #; h hangs up; w5 waits five seconds; Enter waits until somebody must act.

    For example: twreplay call http://127.0.0.1:5000/voice --script "1,w3,#,h"
    """
    try:
        steps = None if script is None else read_script(script)
        is_good = put_through(url, caller, auth_token, steps)
    except UsageError as error:
        tell(str(error))
        context.exit(NOT_DONE)
    context.exit(0 if is_good else FOUND)


@click.command("text", short_help="Write to an application, and print its answer.")
@click.argument("url")
@click.argument("body")
@_number
@_token
@click.pass_context
def text(context: click.Context, url: str, body: str, caller: str, auth_token: str | None) -> None:
    """
    Write BODY to the application that answers at URL, and print what it replies.

    For example: twreplay text http://127.0.0.1:5000/sms STOP
    """
    try:
        is_good = write_message(url, caller, auth_token, body)
    except UsageError as error:
        tell(str(error))
        context.exit(NOT_DONE)
    context.exit(0 if is_good else FOUND)
