"""How the API behaves: rules and state."""

from twreplay._simulator.journal import Entry, render_journal
from twreplay._simulator.simulator import Simulator, SimulatorOptions, check_options
from twreplay._simulator.state.instance import Instance
from twreplay._simulator.user_rules import UserRule

__all__ = [
    "Entry",
    "Instance",
    "Simulator",
    "SimulatorOptions",
    "UserRule",
    "check_options",
    "render_journal",
]
