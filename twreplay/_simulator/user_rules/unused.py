"""The error for rules that were not used as often as required, and why they were not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from twreplay._api import VERSION
from twreplay._display import shown_url, visible_line
from twreplay._explanation import Explanation, Remedy
from twreplay._simulator.journal import Entry
from twreplay._simulator.user_rules.known import (
    can_match_path,
    find_endpoints,
    suggest_field,
    suggest_path,
)
from twreplay._simulator.user_rules.rule import UserRule
from twreplay.errors import UnusedRules


def build_unused_error(
    rules: tuple[UserRule, ...],
    asked: tuple[UserRule, ...],
    read_journal: Callable[[], tuple[Entry, ...]],
    read_now: Callable[[], float],
) -> UnusedRules | None:
    """
    Return an error for rules that have no answer, or were used less often than required, or None.

    Args:
        asked: All rules that there are, in the order in which they are asked.

        read_journal: Returns what was requested.

        read_now: Returns the Unix seconds of the virtual clock.
    """
    left = tuple(rule for rule in rules if rule.is_empty or rule.is_unused)
    if not left:
        return None
    journal = read_journal()
    told = [
        (rule, [_describe(rule), *indent_reasons(_explain(rule, asked, journal, read_now))])
        for rule in left
    ]
    look = Remedy("See what was requested, and what answered.", "print(twilio.explain())")
    return build_error_for_unused(told, f"{len(rules)} rules of your own", look)


class Unused(Protocol):
    """A rule that has no answer, or was used too seldom."""

    @property
    def text(self) -> str: ...

    @property
    def is_empty(self) -> bool: ...


def build_error_for_unused(
    told: Sequence[tuple[Unused, list[str]]], of: str, look: Remedy
) -> UnusedRules:
    """
    Return the error for rules, each with the lines that tell of it.

    Args:
        of: How many rules there are, and what they are called.

        look: Where to see what was requested.
    """
    were, have = ("was", "has") if len(told) == 1 else ("were", "have")
    why = f"{were} not used as often as expected"
    if all(rule.is_empty for rule, _ in told):
        why = f"{have} no answer"
    error = UnusedRules(
        Explanation(
            headline=f"{len(told)} of {of} {why}.",
            detail="\n".join(line for _, lines in told for line in lines),
            remedies=(look, Remedy("The rule is not needed: take it out, or lower its times.")),
            anchor="unused-rules",
        )
    )
    error.rules = tuple(rule.text for rule, _ in told)
    return error


def indent_reasons(reasons: list[str]) -> list[str]:
    """Return the lines below that of a rule."""
    return [f"    {visible_line(reason)}" for reason in reasons]


def _describe(rule: UserRule) -> str:
    if rule.is_empty:
        return (
            f"  {rule.text}: no answer, made at {rule.made_at}; give it one: .respond(400), "
            ".fail(), .raises(...), .passes()"
        )
    needed = rule.needed if rule.needed > 1 or rule.times else "at least 1"
    return f"  {rule.text}: used {rule.used} of {needed}, made at {rule.made_at}"


def _explain(
    rule: UserRule,
    asked: tuple[UserRule, ...],
    journal: tuple[Entry, ...],
    read_now: Callable[[], float],
) -> list[str]:
    """Say why *rule* was used less often than required, as far as that is known."""
    if rule.is_empty or not rule.is_unused:
        return []
    reasons = _explain_by_api(rule)
    if rule.needs_time and (by_time := rule.explain_time(read_now())):
        reasons.append(by_time)
    if reasons:
        return reasons
    if by_rule := _explain_by_rule(rule, asked):
        return [by_rule]
    return [] if rule.matched else _explain_by_nearest(rule, journal)


def _explain_by_api(rule: UserRule) -> list[str]:
    """Say what the API does not have: the path, the method there, a field."""
    reasons = []
    path = rule.path
    if isinstance(path, str) and not can_match_path(path):
        near = suggest_path(path)
        guess = f"; did you mean {near!r}?" if near else ""
        reasons.append(f"no path of the API is {path!r}{guess}")
    elif isinstance(path, str) and rule.method in ("GET", "POST", "PUT", "DELETE"):
        endpoints = find_endpoints(path)
        allowed = {method for _, endpoint in endpoints for method in endpoint.allowed}
        if endpoints and rule.method not in allowed:
            reasons.append(f"{path} takes no {rule.method}, only {', '.join(sorted(allowed))}")
    for check in rule.condition.checks:
        if check.part in ("field", "form", "query") and (near := suggest_field(check.name)):
            reasons.append(f"no resource has a field {check.name!r}; did you mean {near!r}?")
    return reasons


def _explain_by_rule(rule: UserRule, asked: tuple[UserRule, ...]) -> str:
    """Say which other rule answered the requests that *rule* would have answered."""
    if rule.matched:
        return ""
    for other in asked:
        if other is rule:
            continue
        taken = [entry for entry in other.requests if rule.condition.matches(entry.request)]
        if taken:
            advice = (
                "which is asked first, as it ends"
                if other.ends
                else 'which is newer; make this rule after it, or see rule_order="oldest"'
            )
            place = f"{other.text}, made at {other.made_at}"
            return f"#{taken[0].number} was answered by {place}, {advice}"
    return ""


def _explain_by_nearest(rule: UserRule, journal: tuple[Entry, ...]) -> list[str]:
    """Say how the nearest request of the same operation differs."""
    condition = rule.condition
    same = [
        entry
        for entry in journal
        if condition.is_of_method(entry.request) and condition.is_on_path(entry.request)
    ]
    if not same or not condition.checks:
        return []
    nearest = min(
        same, key=lambda entry: sum(not check.holds(entry.request) for check in condition.checks)
    )
    reasons = [f"nearest: {show_entry(nearest)}"]
    for check in condition.checks:
        if not check.holds(nearest.request):
            sent = check.show_sent(nearest.request)
            reasons.append(f"  {check.label}: {check.wanted} expected, {sent}")
    return reasons


def show_entry(entry: Entry) -> str:
    """Return number, method and path of *entry*, the path below the account."""
    path = shown_url(entry.request.path.removeprefix(f"/{VERSION}"))
    parts = path.split("/")
    if len(parts) > 3 and parts[1] == "Accounts":
        path = "/" + "/".join(parts[3:])
    method = entry.request.method
    shown = method if method == entry.method else f"{method} as {entry.method}"
    return visible_line(f"#{entry.number} {shown} {path}")
