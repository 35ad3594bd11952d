"""The magic numbers of Twilio's test credentials, as rules that a test may add."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twreplay._api import MAGIC_INPUTS

if TYPE_CHECKING:
    from twreplay._simulator.user_rules import RulesFace, UserRule


def add_magic_rules(simulator: RulesFace) -> tuple[UserRule, ...]:
    """Add a rule for each magic input."""
    return tuple(
        simulator.when("POST", row.path, form={row.field: row.is_meant})
        .respond(400, code=row.code)
        .optional()
        for row in MAGIC_INPUTS
    )
