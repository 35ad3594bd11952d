"""What changes the world on behalf of a call that lives. For ``_live`` alone."""

from __future__ import annotations

from twreplay._api import RESOURCES, VALIDATION_REQUEST
from twreplay._simulator.events import (
    USUAL_CALL,
    USUAL_SMS,
    USUAL_TIMEOUT,
    Event,
    add_caller_id,
    cancel_events,
    deliver,
    end_call,
    find_transcription_outcome,
    find_validation_calls,
    leave,
)
from twreplay._simulator.state.clock import Due
from twreplay._simulator.state.instance import (
    Instance,
    get_resource,
    get_times,
    get_value,
    is_set,
)
from twreplay._simulator.state.store import Account
from twreplay._simulator.state.world import ScriptedOutcome, World

__all__ = [
    "CALL",
    "SMS",
    "USUAL_SMS",
    "USUAL_TIMEOUT",
    "add_caller_id",
    "cancel_events",
    "deliver",
    "end_call",
    "find_call_outcome",
    "find_validation_calls",
    "get_times",
    "get_value",
    "ignore_validation_call",
    "is_set",
    "is_validation",
    "join_conference",
    "leave_conferences",
    "list_listeners",
    "list_participants",
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


def is_validation(instance: Instance) -> bool:
    """Return whether *instance* is the request for a validation, and no call."""
    return get_resource(instance).name == VALIDATION_REQUEST.name


def ignore_validation_call(world: World, due: Due) -> None:
    """Let the validation call that ends with *due* ring for as long as it would, unanswered."""
    if due.kind == Event.NUMBER_VALIDATED:
        world.clock.drop(due)
        left = (due.at - world.clock.now).total_seconds()
        kind = Event.VALIDATION_UNANSWERED
        world.clock.schedule(left, kind, due.account_sid, due.subject, **due.details)


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
    beep: bool,
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
    world.create(_BY_NAME["Participant"], account, values, hidden={"silent": not beep})
    here = [one for one in account.stores["Participant"] if one.ConferenceSid == room.Sid]
    may_begin = any(get_value(one, "StartConferenceOnEnter") == "1" for one in here)
    if room.Status == "0" and len(here) > 1 and may_begin:
        world.update(room, {"Status": "1"})


def list_participants(account: Account, call_sid: str) -> list[str]:
    """List the calls that are in the room of the call, and that call."""
    everybody = list(account.stores["Participant"])
    room = next((one.ConferenceSid for one in everybody if one.CallSid == call_sid), None)
    return [one.CallSid for one in everybody if one.ConferenceSid == room]


def list_listeners(account: Account, call_sid: str) -> list[str]:
    """List the calls that hear what is said in the call, in the room that it is in."""
    mine = next((one for one in account.stores["Participant"] if one.CallSid == call_sid), None)
    if mine is None or mine.Muted == "true":
        return []
    return [sid for sid in list_participants(account, call_sid) if sid != call_sid]


def leave_conferences(world: World, account: Account, call_sid: str) -> None:
    """Let the call leave the room that it is in."""
    for one in [one for one in account.stores["Participant"] if one.CallSid == call_sid]:
        if world.has(one):
            leave(world, one, goes_on=False)
