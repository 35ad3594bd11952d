"""Where a recording and the rules of the API disagree."""

from twreplay._verify.diff import Change, Kind, compare, compare_webhooks
from twreplay._verify.drift_text import format_drift
from twreplay._verify.finding import Aspect, Checked, Finding, Mismatch
from twreplay._verify.live import SAFE, LiveSession, build_live_request, create_live_session, learn
from twreplay._verify.verify import PROFILE_CHOICES, compare_with_live, verify_interactions
from twreplay._verify.webhooks import verify_webhooks

__all__ = [
    "PROFILE_CHOICES",
    "SAFE",
    "Aspect",
    "Change",
    "Checked",
    "Finding",
    "Kind",
    "LiveSession",
    "Mismatch",
    "build_live_request",
    "compare",
    "compare_webhooks",
    "compare_with_live",
    "create_live_session",
    "format_drift",
    "learn",
    "verify_interactions",
    "verify_webhooks",
]
