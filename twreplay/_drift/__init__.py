"""Where a recording and the rules of the API disagree."""

from twreplay._drift._between import Change, Kind, between
from twreplay._drift._finding import Aspect, Checked, Difference, Finding
from twreplay._drift._live import SAFE, LiveSession, learn, live_request, live_session
from twreplay._drift._verifying import PROFILE_CHOICES, compared_with, verified

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
