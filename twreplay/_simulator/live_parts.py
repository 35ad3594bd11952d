"""What changes the world on behalf of a call that lives. For ``_live`` alone."""

from __future__ import annotations

from twreplay._api import RESOURCES
from twreplay._simulator.events import (
    USUAL_CALL,
    USUAL_SMS,
    USUAL_TIMEOUT,
    Event,
    cancel_events,
    deliver,
    end_call,
    find_transcription_outcome,
    leave,
)
from twreplay._simulator.state.instance import Instance, get_times, get_value, is_set
from twreplay._simulator.state.world import Account, ScriptedOutcome, World

__all__ = [
    "CALL",
    "SMS",
    "USUAL_SMS",
    "USUAL_TIMEOUT",
    "cancel_events",
    "deliver",
    "end_call",
    "find_call_outcome",
    "get_times",
    "get_value",
    "is_set",
    "join_conference",
    "leave_conferences",
    "refuse_call",
    "transcribe",
]

_BY_NAME = {resource.name: resource for resource in RESOURCES}
CALL = _BY_NAME["Call"]
SMS = _BY_NAME["SMSMessage"]


def find_call_outcome(world: World, number: str, account_sid: str) -> ScriptedOutcome:
    """Return how calls to *number* end."""
    return world.find_outcome("call", number, account_sid, USUAL_CALL)


def refuse_call(world: World, account: Account, call: Instance, ends: str, after: float) -> None:
    """Let *call*, which rings, end so after these seconds."""
    cancel_events(world, account, call)
    world.clock.schedule(after, Event.CALL_NOT_CONNECTED, account.sid, call.Sid, ends=ends)


def transcribe(world: World, account: Account, transcription: Instance, said: str) -> None:
    """Schedule the end of *transcription*: what was said, unless it is scripted otherwise."""
    outcome = find_transcription_outcome(world, account, transcription)
    if outcome.ends == "failed":
        kind, details = Event.TRANSCRIPTION_FAILED, {}
    else:
        kind, details = Event.TRANSCRIPTION_COMPLETED, {"text": said or outcome.text}
    world.clock.schedule(outcome.after, kind, account.sid, transcription.Sid, **details)


def join_conference(
    world: World,
    account: Account,
    call_sid: str,
    name: str,
    *,
    muted: bool,
    start_on_enter: bool,
    end_on_exit: bool,
) -> None:
    """Let the call enter the room *name*; it begins with the second who may begin it."""
    rooms = account.stores["Conference"]
    room = next((one for one in rooms if one.FriendlyName == name and one.Status != "2"), None)
    if room is None:
        values = {"FriendlyName": name, "Status": "0"}
        room = world.create(_BY_NAME["Conference"], account, values)
    values = {
        "ConferenceSid": room.Sid,
        "CallSid": call_sid,
        "Muted": "true" if muted else "false",
        "StartConferenceOnEnter": "1" if start_on_enter else "0",
        "EndConferenceOnExit": "1" if end_on_exit else "0",
    }
    world.create(_BY_NAME["Participant"], account, values)
    here = [one for one in account.stores["Participant"] if one.ConferenceSid == room.Sid]
    may_begin = any(get_value(one, "StartConferenceOnEnter") == "1" for one in here)
    if room.Status == "0" and len(here) > 1 and may_begin:
        world.update(room, {"Status": "1"})


def leave_conferences(world: World, account: Account, call_sid: str) -> None:
    """Let the call leave the room that it is in."""
    for one in [one for one in account.stores["Participant"] if one.CallSid == call_sid]:
        if world.has(one):
            leave(world, one)
