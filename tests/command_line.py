"""The command ``twreplay``, as its entry point names it."""

from __future__ import annotations

from importlib.metadata import entry_points

(_entry,) = entry_points(group="console_scripts", name="twreplay")
main = _entry.load()
