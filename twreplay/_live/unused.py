"""The error for rules for webhooks that were not used as often as required, and why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

from twreplay._delivery import Delivery, WebhookExchange
from twreplay._explanation import Remedy
from twreplay._live.rules import WebhookRule
from twreplay._simulator import build_error_for_unused, indent_reasons
from twreplay._suggestion import suggest
from twreplay.errors import UnusedRules


def build_unused_error(
    rules: Sequence[WebhookRule], deliveries: Sequence[Delivery]
) -> UnusedRules | None:
    """
    Return an error for rules that have no answer, or were used less often than required, or None.

    Args:
        rules: All rules, in the order in which they are asked.

        deliveries: What became of each webhook.
    """
    left = [rule for rule in reversed(rules) if rule.is_empty or rule.used < rule.needed]
    if not left:
        return None
    told = [
        (rule, [_describe(rule), *indent_reasons(_explain(rule, rules, deliveries))])
        for rule in left
    ]
    look = Remedy("See what the API requested of the application.", "print(twilio.webhooks)")
    return build_error_for_unused(told, f"{len(rules)} rules for webhooks", look)


def _describe(rule: WebhookRule) -> str:
    if rule.is_empty:
        return (
            f"  {rule.text}: no answer, made at {rule.made_at}; give it one: .fail(), "
            ".respond(...), .raises(...), .delay(...)"
        )
    return f"  {rule.text}: used {rule.used} of {rule.needed}, made at {rule.made_at}"


def _explain(
    rule: WebhookRule, rules: Sequence[WebhookRule], deliveries: Sequence[Delivery]
) -> list[str]:
    """Say why *rule* was used less often than required, as far as that is known."""
    if rule.is_empty:
        return []
    made = [(d, exchange) for d in _list_all(deliveries) for exchange in d.exchanges]
    if not made:
        return ["no webhook was sent: attach an application, and let time go on"]
    here = [(d, exchange) for d, exchange in made if rule.is_on_path(exchange.request)]
    if not here:
        return [_explain_paths(rule, [exchange for _, exchange in made])]
    alike = [(d, exchange) for d, exchange in here if not rule.find_differences(d.webhook)]
    if len(alike) > rule.used:
        newer = next((o for o in rules if o is not rule and _takes(o, alike)), None)
        if newer is not None:
            return [f"{newer.text}, made at {newer.made_at}, was asked first, as it is newer"]
        return ["it was made after the webhooks that it is for"]
    if rule.used:
        return [f"{len(alike)} webhooks were like that"]
    nearest, _ = min(here, key=lambda each: len(rule.find_differences(each[0].webhook)))
    return [
        f"nearest: {nearest.webhook.kind.title}, {nearest.webhook.method} {rule.path}",
        *(
            f"  {name}: {wanted!r} expected, {'nothing' if sent is None else repr(sent)} was sent"
            for name, wanted, sent in rule.find_differences(nearest.webhook)
        ),
    ]


def _list_all(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Return *deliveries* with those to main URLs that failed before a fallback."""
    every = []
    for delivery in deliveries:
        if delivery.after_failure is not None:
            every.append(delivery.after_failure)
        every.append(delivery)
    return every


def _takes(rule: WebhookRule, made: Sequence[tuple[Delivery, WebhookExchange]]) -> bool:
    """Return whether *rule* was used for one of these."""
    return rule.used > 0 and any(
        rule.is_on_path(exchange.request) and not rule.find_differences(delivery.webhook)
        for delivery, exchange in made
    )


def _explain_paths(rule: WebhookRule, made: Sequence[WebhookExchange]) -> str:
    paths = Counter(urlsplit(exchange.request.url).path or "/" for exchange in made)
    near = suggest(rule.path, list(paths))
    guess = f"; did you mean {near!r}?" if near else ""
    told = ", ".join(f"{path} ({count})" for path, count in paths.items())
    return f"no webhook was to {rule.path!r}, but to {told}{guess}"
