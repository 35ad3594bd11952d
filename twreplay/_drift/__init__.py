"""Where a recording and the rules of the API disagree."""

from twreplay._drift._finding import Aspect, Checked, Finding
from twreplay._drift._live import Exchange, live_request, session_of
from twreplay._drift._verifying import PROFILE_CHOICES, compared_with, verified

__all__ = [
    "PROFILE_CHOICES",
    "Aspect",
    "Checked",
    "Exchange",
    "Finding",
    "compared_with",
    "live_request",
    "session_of",
    "verified",
]
