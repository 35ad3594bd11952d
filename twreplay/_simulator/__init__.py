"""How the API behaves: rules and state."""

from twreplay._simulator.checks.routing import (
    NoRoute,
    Route,
    find_operation,
    find_route,
    match_path,
)
from twreplay._simulator.face import WorldFace
from twreplay._simulator.journal import Entry, hide_in_hint, render_journal
from twreplay._simulator.living import rest_applications, rest_applications_async
from twreplay._simulator.simulator import Simulator, SimulatorOptions, check_options
from twreplay._simulator.state.clock import Due
from twreplay._simulator.state.instance import Instance
from twreplay._simulator.state.store import Account
from twreplay._simulator.state.world import Step, World
from twreplay._simulator.steps import STEPS_VARIABLE, TRIAL
from twreplay._simulator.user_rules import (
    ABSENT,
    PRESENT,
    UserRule,
    any_of,
    build_error_for_unused,
    can_match_path,
    check_encodable,
    contains,
    indent_reasons,
)

__all__ = [
    "ABSENT",
    "PRESENT",
    "STEPS_VARIABLE",
    "TRIAL",
    "Account",
    "Due",
    "Entry",
    "Instance",
    "NoRoute",
    "Route",
    "Simulator",
    "SimulatorOptions",
    "Step",
    "UserRule",
    "World",
    "WorldFace",
    "any_of",
    "build_error_for_unused",
    "can_match_path",
    "check_encodable",
    "check_options",
    "contains",
    "find_operation",
    "find_route",
    "hide_in_hint",
    "indent_reasons",
    "match_path",
    "render_journal",
    "rest_applications",
    "rest_applications_async",
]
