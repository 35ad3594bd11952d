"""How calls, messages and validations go on after the request that started them."""

from __future__ import annotations

import math

from twreplay._resources import RESOURCES
from twreplay._resources._values import formatted
from twreplay._simulator._instance import Instance, value_of
from twreplay._simulator._world import Account, Outcome, World

_CALLER_ID = next(r for r in RESOURCES if r.name == "OutgoingCallerId")

# Question 45: only the order of the states is documented, so these are round numbers.
USUAL_CALL = Outcome("", "completed", after=5, lasts=30)
USUAL_SMS = Outcome("", "sent", after=3)
USUAL_VALIDATION = Outcome("", "never", after=15)
PRICED_AFTER = 60
_SENDING_AFTER = 1
_CENTS_A_MINUTE = 3
_SMS_PRICE = "-0.03000"

CALL_ENDS = {"completed": "2", "busy": "3", "failed": "4", "no-answer": "5"}
"""How a call can end, and the Status of it. Source: Calls page, Status."""


def dial(world: World, call: Instance, account: Account, timeout: int) -> None:
    """Let *call* ring, and what comes of it."""
    outcome = world.outcome("call", call.Called, USUAL_CALL)
    rings = outcome.after
    ends = outcome.ends
    if ends == "no-answer" or (ends == "completed" and rings > timeout):
        ends, rings = "no-answer", timeout
    if ends != "completed":
        world.clock.after(rings, lambda: _not_connected(world, call, ends))
        return

    def hang_up() -> None:
        _hang_up(world, call, account)

    def answer() -> None:
        _answer(world, call)
        world.clock.after(outcome.lasts, hang_up)

    world.clock.after(rings, answer)


def _answer(world: World, call: Instance) -> None:
    world.change(call, {"Status": "1"}, {"StartTime": world.clock.seconds})


def _not_connected(world: World, call: Instance, ends: str) -> None:
    world.change(call, {"Status": CALL_ENDS[ends]}, {"StartTime": world.clock.seconds})


def _hang_up(world: World, call: Instance, account: Account) -> None:
    now = world.clock.seconds
    duration = now - call._times["StartTime"]
    world.change(call, {"Status": "2", "Duration": str(duration)}, {"EndTime": now})
    here = account.stores["Participant"].select((("CallSid", call.Sid),))
    for participant in [order[2] for order in here]:
        leave(world, participant)
    if not account.is_trial:
        price = price_of(duration)
        world.clock.after(PRICED_AFTER, lambda: world.change(call, {"Price": price}))


def price_of(seconds: int) -> str:
    """The price of a call, in US dollars: three cents for each minute that was begun."""
    cents = max(1, math.ceil(seconds / 60)) * _CENTS_A_MINUTE
    return f"-{cents / 100:.5f}"


def deliver(world: World, message: Instance, account: Account) -> None:
    """Let *message* be sent, or fail."""
    outcome = world.outcome("sms", message.To, USUAL_SMS)

    def finish() -> None:
        if outcome.ends == "failed":
            world.change(message, {"Status": "failed"})
            return
        values = {"Status": "sent"}
        if "Price" in message._values and not account.is_trial:
            values["Price"] = _SMS_PRICE
        world.change(message, values, {"DateSent": world.clock.seconds})

    sending = min(_SENDING_AFTER, outcome.after)
    world.clock.after(sending, lambda: world.change(message, {"Status": "sending"}))
    world.clock.after(outcome.after, finish)


def validate(world: World, account: Account, number: str, name: str, delay: int) -> None:
    """Let the validation call to *number* be made, and the code be keyed in if arranged so."""
    outcome = world.outcome("validation", number, USUAL_VALIDATION)
    if outcome.ends == "validated":
        world.clock.after(
            delay + outcome.after, lambda: add_caller_id(world, account, number, name)
        )


def add_caller_id(world: World, account: Account, number: str, name: str) -> None:
    """List *number* as a caller id of *account*: the code was keyed in."""
    account.validations.pop(number, None)
    if world.owned(account, "OutgoingCallerId", PhoneNumber=number) is None:
        values = {"PhoneNumber": number, "FriendlyName": name or formatted(number)}
        world.create(_CALLER_ID, account, values)


def leave(world: World, participant: Instance) -> None:
    """Let *participant* leave; the conference ends if it was the last, or the one it ends with."""
    account = world.accounts[participant.AccountSid]
    conference = world.owned(account, "Conference", Sid=participant.ConferenceSid)
    world.remove(participant)
    assert conference is not None
    here = (("ConferenceSid", conference.Sid),)
    others = [order[2] for order in account.stores["Participant"].select(here)]
    if others and value_of(participant, "EndConferenceOnExit") != "1":
        return
    for other in others:
        world.remove(other)
    world.change(conference, {"Status": "2"})
