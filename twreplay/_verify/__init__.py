"""Where a recording and the rules of the API disagree."""

from twreplay._verify.diff import Change, Kind, between
from twreplay._verify.finding import Aspect, Checked, Difference, Finding
from twreplay._verify.live import SAFE, LiveSession, learn, live_request, live_session
from twreplay._verify.verify import PROFILE_CHOICES, compared_with, verified

__all__ = [
    "PROFILE_CHOICES",
    "SAFE",
    "Aspect",
    "Change",
    "Checked",
    "Difference",
    "Finding",
    "Kind",
    "LiveSession",
    "between",
    "compared_with",
    "learn",
    "live_request",
    "live_session",
    "verified",
]
