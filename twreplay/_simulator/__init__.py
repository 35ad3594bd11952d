"""How the API behaves: rules and state."""

from twreplay._simulator.checks.routing import NoRoute, Route, find_operation, match_path
from twreplay._simulator.face import WorldFace
from twreplay._simulator.journal import Entry, render_journal
from twreplay._simulator.simulator import Simulator, SimulatorOptions, check_options
from twreplay._simulator.state.clock import Due
from twreplay._simulator.state.instance import Instance
from twreplay._simulator.state.world import Account, World
from twreplay._simulator.user_rules import ABSENT, PRESENT, UserRule, any_of, contains

__all__ = [
    "ABSENT",
    "PRESENT",
    "Account",
    "Due",
    "Entry",
    "Instance",
    "NoRoute",
    "Route",
    "Simulator",
    "SimulatorOptions",
    "UserRule",
    "World",
    "WorldFace",
    "any_of",
    "check_options",
    "contains",
    "find_operation",
    "match_path",
    "render_journal",
]
