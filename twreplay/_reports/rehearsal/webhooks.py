"""The rehearsals of the webhooks of a test: each delivered again, but changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from twreplay._delivery import (
    REFUSED_BY_SIGNATURE,
    LoggedWebhook,
    Probe,
    WebhookChange,
    plan_probes,
)
from twreplay._http import Response
from twreplay._reports.rehearsal.failures import Selection
from twreplay._reports.rehearsal.outcome import RehearsalOutcome, Run, judge_error
from twreplay._twiml import UnreadableError, is_same_answer, parse

_TURNS_AWAY = frozenset({"Reject", "Hangup"})


@dataclass(frozen=True, slots=True)
class WebhookRehearsal:
    """
    One run of a test in which webhooks are delivered again, with one change.

    Attributes:
        probes: What is delivered: one, or all where only the answer to each matters.
    """

    change: WebhookChange
    probes: tuple[Probe, ...]
    names: tuple[tuple[str, int], ...]


def plan_webhook_rehearsals(
    logged: Sequence[LoggedWebhook], selection: Selection, limit: int
) -> tuple[tuple[WebhookRehearsal, ...], int]:
    """
    Select the rehearsals of the webhooks of a test.

    Whether a signature is looked at is found out of all of them in one run. The first webhook to
    each URL comes before the second to any, so that a limit drops the most similar ones.

    Returns:
        The rehearsals, and how many more there would be without *limit*.
    """
    webhooks = list(logged)
    names = name_webhooks(webhooks)
    together: list[WebhookRehearsal] = []
    alone: list[WebhookRehearsal] = []
    for change in selection.changes:
        probes = plan_probes(webhooks, change)
        if change in REFUSED_BY_SIGNATURE and probes:
            these = tuple(names[probe.index] for probe in probes)
            together.append(WebhookRehearsal(change, tuple(probes), these))
        elif change not in REFUSED_BY_SIGNATURE:
            alone += [WebhookRehearsal(change, (each,), (names[each.index],)) for each in probes]
    alone.sort(key=lambda rehearsal: rehearsal.names[0][1])
    planned = [*together, *alone]
    return tuple(planned[:limit]), max(0, len(planned) - limit)


def name_webhooks(webhooks: Sequence[LoggedWebhook]) -> list[tuple[str, int]]:
    """Return the name of each webhook for the report, and its number among those of that name."""
    seen: Counter[str] = Counter()
    names = []
    for webhook in webhooks:
        path = urlsplit(webhook.request.url).path or "/"
        name = f"webhook {webhook.kind} {webhook.request.method} {path}"
        seen[name] += 1
        names.append((name, seen[name]))
    return names


def build_webhook_runs(
    rehearsal: WebhookRehearsal,
    error: BaseException | None,
    *,
    is_skip: bool = False,
    is_assertion: bool = False,
) -> list[Run]:
    """
    Build the results of *rehearsal*.

    Args:
        error: The exception that the test raised; None if it passed.

        is_skip: The exception means that the test skipped itself.

        is_assertion: The exception is a failed assertion.
    """
    runs = []
    for probe, (name, nth) in zip(rehearsal.probes, rehearsal.names, strict=True):
        what, raised = _judge(probe), ""
        if probe.exception is not None:
            what, raised = judge_error(probe.exception)
        elif what is RehearsalOutcome.PASSED and error is not None:
            what, raised = judge_error(error, is_skip=is_skip, is_assertion=is_assertion)
        runs.append(Run(name, nth, rehearsal.change.value, what, raised, True))
    return runs


def _judge(probe: Probe) -> RehearsalOutcome:
    """Return what the application did; ``PASSED`` if that is for the test to say."""
    if probe.outcome is None:
        return RehearsalOutcome.UNREACHED
    response = probe.outcome.response
    if response is None or response.status >= 500:
        return RehearsalOutcome.FAILED
    if response.status >= 400:
        return RehearsalOutcome.REFUSED
    if probe.change not in REFUSED_BY_SIGNATURE:
        return RehearsalOutcome.PASSED
    if response.status >= 300 or _turns_away(response, probe.genuine):
        return RehearsalOutcome.REFUSED
    if probe.change is WebhookChange.UNSIGNED:
        return RehearsalOutcome.ACCEPTED_UNSIGNED
    return RehearsalOutcome.ACCEPTED_FORGED


def _turns_away(response: Response, genuine: Response | None) -> bool:
    """Return whether an answer of 200 does nothing but hang up, and the API gets another one."""
    if genuine is None or is_same_answer(response, genuine):
        return False
    try:
        root = parse(response.body)
    except UnreadableError:
        return False
    return all(child.name in _TURNS_AWAY for child in root.children) and not root.text.strip()
