"""The command and its subcommands."""

from __future__ import annotations

import errno
import sys
from typing import Any

import click

from twreplay._cli.accept import accept
from twreplay._cli.completion import completion
from twreplay._cli.convert import convert
from twreplay._cli.coverage import coverage
from twreplay._cli.diff import diff
from twreplay._cli.doctor import doctor
from twreplay._cli.explain import explain
from twreplay._cli.export import openapi
from twreplay._cli.ls import list_cassettes
from twreplay._cli.merge import merge
from twreplay._cli.migrate import migrate
from twreplay._cli.minimise import minimise
from twreplay._cli.output import NOT_DONE, discard
from twreplay._cli.phone import call, text
from twreplay._cli.prune import prune
from twreplay._cli.ready import ready
from twreplay._cli.redact import redact
from twreplay._cli.run import run
from twreplay._cli.scan import scan
from twreplay._cli.serve import serve
from twreplay._cli.show import show
from twreplay._cli.streams import usable_streams
from twreplay._cli.twiml import twiml
from twreplay._cli.verify import verify
from twreplay._suggestion import suggest

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)


class Commands(click.Group):
    """Subcommands; unknown subcommands suggest the closest match."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Run; say in one line that the output cannot be written, as on a full disk."""
        with usable_streams():
            try:
                try:
                    return super().main(*args, **options)
                finally:
                    sys.stdout.flush()
            except OSError as error:
                if error.errno not in _NO_ROOM:
                    raise
                discard(sys.stdout)
                click.echo(f"Error: the output cannot be written: {error.strerror}.", err=True)
                sys.exit(NOT_DONE)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            known = self.list_commands(ctx)
            near = suggest(args[0], known)
            guess = f"did you mean {near}?" if near else f"there is: {', '.join(known)}."
            ctx.fail(f"there is no command {args[0]}; {guess}")
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="twreplay")
def main() -> None:
    """
    Look at cassettes of Twilio's 2008-08-01 API, look after them, and look at the API itself.

    Exit status: 0 if all is well, 1 if something was found that you asked for, 2 if a file could
    not be read or written, or the command was not understood.
    """


for command in (
    list_cassettes,
    show,
    diff,
    accept,
    verify,
    scan,
    redact,
    prune,
    merge,
    minimise,
    convert,
    migrate,
    coverage,
    twiml,
    ready,
    call,
    text,
    run,
    serve,
    explain,
    openapi,
    doctor,
    completion,
):
    main.add_command(command)
