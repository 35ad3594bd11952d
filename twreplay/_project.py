"""
The settings in ``[tool.twreplay]`` of pyproject.toml, for the plugin and the command line alike.

pytest reads this module in every run of every project that has twreplay: it imports little.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twreplay._files import read_file

FILE = "pyproject.toml"

# Written out, as importing where they are defined would cost every run of pytest 50 ms.
KEYWORDS = (
    *("record_mode", "match_on", "ignore", "allow_playback_repeats", "allow_unused", "ordered"),
    *("max_age", "on_expiry", "redact", "not_secret", "hosts", "fallback", "source", "passes"),
    *("skip_statuses", "account_sid", "profile", "seed", "now", "undocumented", "journal_limit"),
    *("rule_order", "unexpected", "trial", "clock", "shared"),
)
"""The keywords of sessions that can be set. Not those that are secret, nor functions."""

RUN_KEYS = (
    *("drift", "unused", "disable", "block_network", "allowed_hosts", "coverage"),
    *("coverage_fail_under", "annotations", "report", "rehearse", "rehearse_limit"),
)
"""The options of a run of tests that are no keywords."""

KEYS = ("cassette_dir", *KEYWORDS, *RUN_KEYS)
_TABLE = b"[tool.twreplay"


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """
    What a project has set.

    Attributes:
        path: The file; None if there is none with such a table.

        values: By key, as TOML has them.

        problem: What is wrong with the file; empty if nothing is.
    """

    path: Path | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""

    @property
    def cassette_dir(self) -> Path | None:
        """The folder of the cassettes, relative to the file; None if it is not set."""
        given = self.values.get("cassette_dir")
        return self.path.parent / given if self.path is not None and given else None


def read_project(start: Path) -> ProjectSettings:
    """Read the settings of the nearest pyproject.toml, from *start* up."""
    for folder in (start, *start.parents):
        path = folder / FILE
        try:
            content = read_file(path)
        except OSError:
            continue
        if _TABLE not in content:
            return ProjectSettings()
        return _parse(path, content)
    return ProjectSettings()


def _parse(path: Path, content: bytes) -> ProjectSettings:
    import tomllib  # late: most projects have no such table

    try:
        table = tomllib.loads(content.decode("utf-8")).get("tool", {}).get("twreplay", {})
    except ValueError as error:
        return ProjectSettings(path, problem=f"{path.name} cannot be read: {error}")
    if not isinstance(table, dict):
        return ProjectSettings(path, problem=f"tool.twreplay in {path.name} is no table.")
    return ProjectSettings(path, table)


def check_project(
    settings: ProjectSettings, choices: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """
    Return what is wrong with *settings*, as sentences.

    Args:
        choices: The values that a key can have; empty or missing where any goes.
    """
    # Late: nearly always all is well.
    from twreplay._other_libraries import answer_keyword
    from twreplay._suggestion import suggest

    name = settings.path.name if settings.path is not None else FILE
    wrong = [settings.problem] if settings.problem else []
    for key, value in settings.values.items():
        allowed = choices.get(key, ())
        if key not in KEYS:
            near = suggest(key, KEYS)
            guess = f"did you mean {near}?" if near else f"there is: {', '.join(KEYS)}"
            if answer := answer_keyword(key):
                guess = f"other libraries have; here: {answer}"
            wrong.append(f"[tool.twreplay] in {name} has no key {key}; {guess}")
        elif allowed and value not in allowed:
            values = ", ".join(allowed)
            wrong.append(f"{key} in [tool.twreplay] of {name} has no value {value!r}: {values}")
    return tuple(wrong)
