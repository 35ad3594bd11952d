"""The course of calls, messages and validations after the request that started them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from twreplay._api import RESOURCES, format_phone_number
from twreplay._simulator.state.clock import Due
from twreplay._simulator.state.instance import Instance, get_times, get_value, get_values
from twreplay._simulator.state.world import Account, ScriptedOutcome, World

_CALLER_ID = next(r for r in RESOURCES if r.name == "OutgoingCallerId")

# Question 45: only the order of the states is documented, so these are round numbers.
USUAL_CALL = ScriptedOutcome("", "completed", after=5, lasts=30)
USUAL_SMS = ScriptedOutcome("", "sent", after=3)
USUAL_VALIDATION = ScriptedOutcome("", "never", after=15)
PRICED_AFTER = 60
_SENDING_AFTER = 1
_CENTS_A_MINUTE = 3
_SMS_PRICE = "-0.03000"

CALL_ENDS = {"completed": "2", "busy": "3", "failed": "4", "no-answer": "5"}
"""The outcomes of a call, and its Status for each. Source: Calls page, Status."""


class Event(StrEnum):
    """Kinds of scheduled events."""

    CALL_ANSWERED = "call answered"
    CALL_NOT_CONNECTED = "call not connected"
    CALL_ENDED = "call ended"
    CALL_PRICED = "call priced"
    SMS_SENDING = "SMS being sent"
    SMS_SENT = "SMS sent"
    SMS_FAILED = "SMS failed"
    NUMBER_VALIDATED = "number validated"


def connect(world: World) -> None:
    """Make the clock of *world* apply its events to *world*."""
    world.clock.on_due = lambda due: apply(world, due)


def apply(world: World, due: Due) -> None:
    """Apply *due*; do nothing if its subject no longer exists."""
    account = world.accounts.get(due.account_sid)
    if account is not None:
        _HANDLERS[due.kind](world, account, due)


def place_call(world: World, call: Instance, account: Account, timeout: int) -> None:
    """Schedule the ringing of *call* and its outcome."""
    outcome = world.find_outcome("call", call.Called, USUAL_CALL)
    rings = outcome.after
    ends = outcome.ends
    if ends == "no-answer" or (ends == "completed" and rings > timeout):
        ends, rings = "no-answer", timeout
    schedule = world.clock.schedule
    if ends == "completed":
        schedule(rings, Event.CALL_ANSWERED, account.sid, call.Sid, lasts=repr(outcome.lasts))
    else:
        schedule(rings, Event.CALL_NOT_CONNECTED, account.sid, call.Sid, ends=ends)


def _find_call(world: World, account: Account, due: Due) -> Instance | None:
    return world.find_owned(account, "Call", Sid=due.subject, segment=False)


def _answer(world: World, account: Account, due: Due) -> None:
    call = _find_call(world, account, due)
    if call is None:
        return
    world.update(call, {"Status": "1"}, {"StartTime": world.clock.seconds})
    world.clock.schedule(float(due.details["lasts"]), Event.CALL_ENDED, account.sid, call.Sid)


def _end_unconnected(world: World, account: Account, due: Due) -> None:
    call = _find_call(world, account, due)
    if call is not None:
        status = CALL_ENDS[due.details["ends"]]
        world.update(call, {"Status": status}, {"StartTime": world.clock.seconds})


def _hang_up(world: World, account: Account, due: Due) -> None:
    call = _find_call(world, account, due)
    if call is None:
        return
    now = world.clock.seconds
    duration = now - get_times(call)["StartTime"]
    world.update(call, {"Status": "2", "Duration": str(duration)}, {"EndTime": now})
    here = account.stores["Participant"].select((("CallSid", call.Sid),))
    for participant in [order[2] for order in here]:
        leave(world, participant)
    if not account.is_trial:
        price = compute_price(duration)
        world.clock.schedule(PRICED_AFTER, Event.CALL_PRICED, account.sid, call.Sid, price=price)


def _price_call(world: World, account: Account, due: Due) -> None:
    call = _find_call(world, account, due)
    if call is not None:
        world.update(call, {"Price": due.details["price"]})


def compute_price(seconds: int) -> str:
    """Return the price of a call, in US dollars: three cents for each minute begun."""
    cents = max(1, math.ceil(seconds / 60)) * _CENTS_A_MINUTE
    return f"-{cents / 100:.5f}"


def deliver(world: World, message: Instance, account: Account) -> None:
    """Schedule the sending of *message*, or its failure."""
    outcome = world.find_outcome("sms", message.To, USUAL_SMS)
    end = Event.SMS_FAILED if outcome.ends == "failed" else Event.SMS_SENT
    sending = min(_SENDING_AFTER, outcome.after)
    world.clock.schedule(sending, Event.SMS_SENDING, account.sid, message.Sid)
    world.clock.schedule(outcome.after, end, account.sid, message.Sid)


def _find_message(world: World, account: Account, due: Due) -> Instance | None:
    return world.find_owned(account, "SMSMessage", Sid=due.subject)


def _send_message(world: World, account: Account, due: Due) -> None:
    message = _find_message(world, account, due)
    if message is not None:
        world.update(message, {"Status": "sending"})


def _fail_message(world: World, account: Account, due: Due) -> None:
    message = _find_message(world, account, due)
    if message is not None:
        world.update(message, {"Status": "failed"})


def _finish_message(world: World, account: Account, due: Due) -> None:
    message = _find_message(world, account, due)
    if message is None:
        return
    values = {"Status": "sent"}
    if "Price" in get_values(message) and not account.is_trial:
        values["Price"] = _SMS_PRICE
    world.update(message, values, {"DateSent": world.clock.seconds})


def validate(world: World, account: Account, number: str, name: str, delay: int) -> None:
    """Schedule the validation of *number* if its validation call is scripted to succeed."""
    outcome = world.find_outcome("validation", number, USUAL_VALIDATION)
    if outcome.ends == "validated":
        world.clock.schedule(
            delay + outcome.after, Event.NUMBER_VALIDATED, account.sid, number, name=name
        )


def _validate_number(world: World, account: Account, due: Due) -> None:
    add_caller_id(world, account, due.subject, due.details["name"])


def add_caller_id(world: World, account: Account, number: str, name: str) -> None:
    """List *number* as a caller id of *account*, because its code was keyed in."""
    world.end_validation(account, number)
    if world.find_owned(account, "OutgoingCallerId", PhoneNumber=number) is None:
        values = {"PhoneNumber": number, "FriendlyName": name or format_phone_number(number)}
        world.create(_CALLER_ID, account, values)


def leave(world: World, participant: Instance) -> None:
    """Remove *participant*; end the conference after the last, or if it ends with this one."""
    account = world.accounts[participant.AccountSid]
    conference = world.find_owned(account, "Conference", Sid=participant.ConferenceSid)
    world.delete(participant)
    assert conference is not None
    here = (("ConferenceSid", conference.Sid),)
    others = [order[2] for order in account.stores["Participant"].select(here)]
    if others and get_value(participant, "EndConferenceOnExit") != "1":
        return
    for other in others:
        world.delete(other)
    world.update(conference, {"Status": "2"})


_Handler: TypeAlias = Callable[[World, Account, Due], None]

_HANDLERS: Mapping[str, _Handler] = MappingProxyType(
    {
        Event.CALL_ANSWERED: _answer,
        Event.CALL_NOT_CONNECTED: _end_unconnected,
        Event.CALL_ENDED: _hang_up,
        Event.CALL_PRICED: _price_call,
        Event.SMS_SENDING: _send_message,
        Event.SMS_SENT: _finish_message,
        Event.SMS_FAILED: _fail_message,
        Event.NUMBER_VALIDATED: _validate_number,
    }
)
