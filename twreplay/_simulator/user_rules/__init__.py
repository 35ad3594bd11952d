"""User rules, which come before the API's checks."""

from twreplay._simulator.user_rules.answers import (
    Passing,
    UserAnswer,
    build_passed_answer,
    build_user_answer,
    check_encodable,
    overlay_headers,
)
from twreplay._simulator.user_rules.book import NO_RULING, RULE_ORDERS, RuleBook, Ruling, run_rule
from twreplay._simulator.user_rules.face import RulesFace
from twreplay._simulator.user_rules.known import can_match_path
from twreplay._simulator.user_rules.rule import UserRule
from twreplay._simulator.user_rules.unused import build_error_for_unused, indent_reasons
from twreplay._simulator.user_rules.values import ABSENT, PRESENT, any_of, contains

__all__ = [
    "ABSENT",
    "NO_RULING",
    "PRESENT",
    "RULE_ORDERS",
    "Passing",
    "RuleBook",
    "RulesFace",
    "Ruling",
    "UserAnswer",
    "UserRule",
    "any_of",
    "build_error_for_unused",
    "build_passed_answer",
    "build_user_answer",
    "can_match_path",
    "check_encodable",
    "contains",
    "indent_reasons",
    "overlay_headers",
    "run_rule",
]
