"""The command ``twreplay``, as its entry point names it."""

from __future__ import annotations

from importlib.metadata import entry_points

from click.testing import CliRunner, Result

(_entry,) = entry_points(group="console_scripts", name="twreplay")
main = _entry.load()


def run(*arguments: object) -> Result:
    """Run ``twreplay`` with *arguments*; it may exit, and not raise anything."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result
