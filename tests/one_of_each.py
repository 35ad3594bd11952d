"""A world with one of everything, and the paths of what is in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import twreplay

_SIDS = {
    "Calls": "CA1",
    "Conferences": "CF1",
    "IncomingPhoneNumbers": "PN2",
    "Messages": "SM1",
    "Notifications": "NO1",
    "OutgoingCallerIds": "PN1",
    "Recordings": "RE1",
    "ShortCodes": "SC1",
    "Transcriptions": "TR1",
}
_NAMED = {
    "CallSegmentSid": "CS1",
    "CallSid": "CA1",
    "ConferenceSid": "CF1",
    "RecordingSid": "RE1",
}
MISSING = "XX00000000000000000000000000000000"


def make_world(**options) -> twreplay.Simulator:
    """Make a simulator with one of everything, and a call that is in progress."""
    simulator = twreplay.Simulator(**({"undocumented": "ignore"} | options))
    simulator.add_call(Sid="CA1", Status=1)
    simulator.add_call(Sid="CA1", segment=True, CallSegmentSid="CS1")
    simulator.add_recording(Sid="RE1", CallSid="CA1", Duration=1)
    simulator.add_transcription(Sid="TR1")
    simulator.add_conference(Sid="CF1")
    simulator.add_participant(ConferenceSid="CF1", CallSid="CA1")
    simulator.add_sms_message(Sid="SM1")
    simulator.add_notification(Sid="NO1", CallSid="CA1")
    simulator.add_outgoing_caller_id(Sid="PN1")
    simulator.add_incoming_phone_number(Sid="PN2")
    simulator.add_short_code(Sid="SC1")
    return simulator


@contextmanager
def borrow_world(profile: str = "documented") -> Iterator[twreplay.Simulator]:
    """Lend the world of ``make_world`` to a block, and undo what the block changes."""
    with _keep_world(profile).fork() as simulator:
        yield simulator


@cache
def _keep_world(profile: str) -> twreplay.Simulator:
    return make_world(profile=profile)


def find_identifiers(simulator: twreplay.Simulator, path: str) -> dict[str, str]:
    """Return what stands for each name in *path*, such as ``/Accounts/{AccountSid}/Calls``."""
    folder = path.partition("/{Sid}")[0].rpartition("/")[2]
    known = {"AccountSid": simulator.account_sid, **_NAMED}
    known["Sid"] = _SIDS.get(folder, simulator.account_sid)
    return {name: known[name] for name in re.findall(r"\{(\w+)\}", path)}


def fill_path(simulator: twreplay.Simulator, path: str, *, missing: bool = False) -> str:
    """Fill in the identifiers of *path*; with *missing*, of what the account does not have."""
    found = find_identifiers(simulator, path)
    if missing:
        found = {name: sid if name == "AccountSid" else MISSING for name, sid in found.items()}
    return path.format(**found)
