"""The options of coverage, and the coverage of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from twreplay._pytest.options import get_setting
from twreplay._pytest.run import get_run

if TYPE_CHECKING:
    from twreplay._reports import Coverage


def check_coverage_options(config: pytest.Config) -> None:
    """
    Check the options of coverage.

    Raises:
        pytest.UsageError: No percentage, or a file of an unknown kind.
    """
    if (least := get_least_coverage(config)) and not 0 <= least <= 100:
        msg = f"--twreplay-coverage-fail-under takes a percentage from 0 to 100, not {least:g}"
        raise pytest.UsageError(msg)
    get_coverage_file(config)


def is_covered(config: pytest.Config) -> bool:
    """Return whether coverage was requested."""
    return get_coverage_file(config) is not None or bool(get_least_coverage(config))


def build_run_coverage(config: pytest.Config) -> Coverage:
    """Build the coverage of the run."""
    from twreplay._reports import build_coverage

    profile = get_setting(config, "profile")
    return build_coverage(get_run(config).stats, profile[0] if profile else "documented")


def get_coverage_file(config: pytest.Config) -> str | None:
    """Return the file for the coverage; empty for the terminal only, None for no coverage."""
    given = get_setting(config, "coverage")
    if given is None or given[0].lower() in ("no", "false", "off"):
        return None
    if given[0].lower() in ("", "yes", "true", "on"):
        return ""
    if not given[0].endswith((".json", ".html")):
        msg = (
            f"--twreplay-coverage writes FILE.json or FILE.html, not {given[0]!r}; "
            "to name tests behind it, write --twreplay-coverage= or put it last"
        )
        raise pytest.UsageError(msg)
    return given[0]


def get_least_coverage(config: pytest.Config) -> float:
    """Return the percentage below which the run fails."""
    given = get_setting(config, "coverage-fail-under")
    try:
        return float(given[0]) if given else 0.0
    except ValueError:
        msg = f"ini key twreplay_coverage_fail_under takes a percentage, not {given and given[0]!r}"
        raise pytest.UsageError(msg) from None
