"""The parts of the pytest plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twreplay._lazy import load_from

if TYPE_CHECKING:
    from twreplay._pytest.display import compare, fold, hide_in_logs, keep_message
    from twreplay._pytest.drift import Drift, find_drift
    from twreplay._pytest.guard import Guard
    from twreplay._pytest.options import (
        KEYWORDS,
        add_options,
        build_ini_key,
        check_ini_keys,
        get_setting,
        list_settings,
    )
    from twreplay._pytest.recordings import (
        asides_of,
        finish,
        list_written,
        merge_before,
        rewritten_in,
        set_aside,
    )
    from twreplay._pytest.rehearsal import (
        RehearsalSettings,
        check_limit,
        check_options,
        read_settings,
        rehearse,
    )
    from twreplay._pytest.server import run_server

__all__ = [
    "KEYWORDS",
    "Drift",
    "Guard",
    "RehearsalSettings",
    "add_options",
    "asides_of",
    "build_ini_key",
    "check_ini_keys",
    "check_limit",
    "check_options",
    "compare",
    "find_drift",
    "finish",
    "fold",
    "get_setting",
    "hide_in_logs",
    "keep_message",
    "list_settings",
    "list_written",
    "merge_before",
    "read_settings",
    "rehearse",
    "rewritten_in",
    "run_server",
    "set_aside",
]

__getattr__ = load_from(
    __name__,
    {
        "list_settings": "options",
        "get_setting": "options",
        "check_ini_keys": "options",
        "build_ini_key": "options",
        "add_options": "options",
        "KEYWORDS": "options",
        "Guard": "guard",
        "RehearsalSettings": "rehearsal",
        "asides_of": "recordings",
        "check_limit": "rehearsal",
        "check_options": "rehearsal",
        "compare": "display",
        "Drift": "drift",
        "find_drift": "drift",
        "finish": "recordings",
        "list_written": "recordings",
        "merge_before": "recordings",
        "fold": "display",
        "hide_in_logs": "display",
        "keep_message": "display",
        "read_settings": "rehearsal",
        "rehearse": "rehearsal",
        "rewritten_in": "recordings",
        "run_server": "server",
        "set_aside": "recordings",
    },
)
