"""
Calls and messages whose application is attached: they fetch its TwiML, run it, and are heard.

`Live` stands between a simulator, whose world it changes with the lock held, and the deliverer,
which it calls with no lock held. What a call is in the midst of is a `Run`, a frozen value that the
world keeps. `Phone` and `PhoneCall` are what a test has in its hands.
"""

from twreplay._live.aio import AsyncVerbs
from twreplay._live.live import Live
from twreplay._live.marks import NOTHING
from twreplay._live.phones import Phone, PhoneCall
from twreplay._live.rules import WebhookRule
from twreplay._live.runs import Line, Run, Sound

__all__ = [
    "NOTHING",
    "AsyncVerbs",
    "Line",
    "Live",
    "Phone",
    "PhoneCall",
    "Run",
    "Sound",
    "WebhookRule",
]
