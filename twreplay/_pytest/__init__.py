"""The parts of the pytest plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twreplay._lazy import load_from

if TYPE_CHECKING:
    from twreplay._pytest.display import compare, fold, hide_in_logs, keep_message
    from twreplay._pytest.guard import Guard
    from twreplay._pytest.recordings import asides_of, finish, rewritten_in
    from twreplay._pytest.rehearsal import (
        RehearsalSettings,
        check_limit,
        check_options,
        read_settings,
        rehearse,
    )

__all__ = [
    "Guard",
    "RehearsalSettings",
    "asides_of",
    "check_limit",
    "check_options",
    "compare",
    "finish",
    "fold",
    "hide_in_logs",
    "keep_message",
    "read_settings",
    "rehearse",
    "rewritten_in",
]

__getattr__ = load_from(
    __name__,
    {
        "Guard": "guard",
        "RehearsalSettings": "rehearsal",
        "asides_of": "recordings",
        "check_limit": "rehearsal",
        "check_options": "rehearsal",
        "compare": "display",
        "finish": "recordings",
        "fold": "display",
        "hide_in_logs": "display",
        "keep_message": "display",
        "read_settings": "rehearsal",
        "rehearse": "rehearsal",
        "rewritten_in": "recordings",
    },
)
