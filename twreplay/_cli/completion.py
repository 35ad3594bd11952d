"""``twreplay completion``: shell completion of commands, options and files."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """
    Print the script that makes SHELL complete this command.

    For example, in ~/.bashrc: eval "$(twreplay completion bash)"
    """
    kind = get_completion_class(shell)
    assert kind is not None
    root = ctx.find_root()
    made = kind(root.command, {}, "twreplay", "_TWREPLAY_COMPLETE")
    # Not source(), which runs the shell first to ask for its version.
    click.echo(made.source_template % made.source_vars())
