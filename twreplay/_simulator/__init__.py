"""How the API behaves: rules and state."""

from twreplay._simulator._instance import Instance
from twreplay._simulator._journal import Entry, explained
from twreplay._simulator._simulator import Simulator, SimulatorOptions, check_options
from twreplay._simulator._user_rules import UserRule

__all__ = [
    "Entry",
    "Instance",
    "Simulator",
    "SimulatorOptions",
    "UserRule",
    "check_options",
    "explained",
]
