"""Runs of a test in which one request fails: the plan, and the outcomes."""

from twreplay._reports.rehearsal.failures import Failure, Selection
from twreplay._reports.rehearsal.outcome import ACCEPTED, RehearsalOutcome, Run, build_run
from twreplay._reports.rehearsal.planning import Rehearsal, plan_rehearsals
from twreplay._reports.rehearsal.report import (
    Rehearsed,
    describe_rehearsals,
    format_total,
    list_meanings,
    pack_rehearsals,
    render_rehearsals,
    select_requests,
    tabulate_webhooks,
    unpack_rehearsals,
)
from twreplay._reports.rehearsal.webhooks import (
    WebhookRehearsal,
    build_webhook_runs,
    plan_webhook_rehearsals,
)

__all__ = [
    "ACCEPTED",
    "Failure",
    "Rehearsal",
    "RehearsalOutcome",
    "Rehearsed",
    "Run",
    "Selection",
    "WebhookRehearsal",
    "build_run",
    "build_webhook_runs",
    "describe_rehearsals",
    "format_total",
    "list_meanings",
    "pack_rehearsals",
    "plan_rehearsals",
    "plan_webhook_rehearsals",
    "render_rehearsals",
    "select_requests",
    "tabulate_webhooks",
    "unpack_rehearsals",
]
