"""The course of calls, messages and validations after the request that started them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import NoReturn, TypeAlias
from weakref import ref

from twreplay._api import RESOURCES, format_phone_number
from twreplay._simulator.state.clock import Due
from twreplay._simulator.state.instance import (
    BEFORE_READING,
    Instance,
    get_resource,
    get_times,
    get_value,
    get_values,
    is_set,
)
from twreplay._simulator.state.store import Account
from twreplay._simulator.state.world import ScriptedOutcome, World
from twreplay.errors import UsageError

_CALLER_ID = next(r for r in RESOURCES if r.name == "OutgoingCallerId")

# Question 45: only the order of the states is documented, so these are round numbers.
USUAL_TIMEOUT = 60
LONGEST_TRANSCRIBED = 120
USUAL_CALL = ScriptedOutcome("", "completed", after=5, lasts=30)
USUAL_SMS = ScriptedOutcome("", "sent", after=3)
USUAL_VALIDATION = ScriptedOutcome("", "never", after=15)
USUAL_TRANSCRIPTION = ScriptedOutcome("", "completed", after=60, text="hello")
PRICED_AFTER = 60
DETECTED_AFTER = 3
_SENDING_AFTER = 1

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
    VALIDATION_RINGS = "validation call rings"
    VALIDATION_UNANSWERED = "validation call not answered"
    NUMBER_VALIDATED = "number validated"
    TRANSCRIPTION_COMPLETED = "transcription completed"
    TRANSCRIPTION_FAILED = "transcription failed"


def connect(world: World) -> None:
    """Make the clock of *world* apply its events to *world*."""
    # Weak: a world that nobody holds any more need not change, nor follow anything.
    held = ref(world)
    world.clock.on_due = lambda due: _apply_to(held, due)
    world.clock.on_follow = lambda follows: _watch(held, follows=follows)


def _apply_to(held: ref[World], due: Due) -> None:
    world = held()
    if world is not None:
        apply(world, due)


def _watch(held: ref[World], *, follows: bool) -> None:
    """Let instances of the world catch up with the clock that it follows before they are read."""
    world = held()
    if world is None:
        return
    key = id(world)
    if not follows:
        BEFORE_READING.pop(key, None)
        return

    def catch_up(instance: Instance) -> None:
        one = held()
        if one is None:
            BEFORE_READING.pop(key, None)
        elif one.has(instance):
            one.clock.sync()

    BEFORE_READING[key] = catch_up


def apply(world: World, due: Due) -> None:
    """Apply *due*; do nothing if its subject no longer exists."""
    account = world.accounts.get(due.account_sid)
    if account is None:
        return
    handler = _HANDLERS.get(due.kind)
    if handler is not None:
        handler(world, account, due)
    elif world.on_other_due is not None:
        world.on_other_due(account, due)


def check_plan(world: World) -> None:
    """
    Check that all that is scripted and due in *world*, which comes from a snapshot, can happen.

    Raises:
        UsageError: Something cannot.
    """
    for of, outcomes in world.outcomes.items():
        for outcome in outcomes:
            if outcome.ends not in _ENDS.get(of, ()):
                _refuse(f"no {of} ends as {outcome.ends!r}")
    for due in world.clock.due:
        if missing := _NEEDED.get(due.kind, frozenset()) - due.details.keys():
            _refuse(f"{due.kind!r} is due without {min(missing)!r}")
        if due.kind == Event.CALL_NOT_CONNECTED and due.details["ends"] not in CALL_ENDS:
            _refuse(f"no call ends as {due.details['ends']!r}")


def _refuse(flaw: str) -> NoReturn:
    msg = f"the snapshot is damaged: {flaw}. Take another one."
    raise UsageError(msg)


def place_call(world: World, call: Instance, account: Account, timeout: int) -> None:
    """Schedule the ringing of *call* and its outcome."""
    outcome = world.find_outcome("call", call.Called, account.sid, USUAL_CALL)
    rings = outcome.after
    ends = outcome.ends
    if ends == "no-answer" or (ends == "completed" and rings > timeout):
        ends, rings = "no-answer", timeout
    schedule = world.clock.schedule
    if ends == "completed":
        who = {} if outcome.answered_by == "human" else {"answered_by": outcome.answered_by}
        lasts = repr(outcome.lasts)
        schedule(rings, Event.CALL_ANSWERED, account.sid, call.Sid, lasts=lasts, **who)
    else:
        schedule(rings, Event.CALL_NOT_CONNECTED, account.sid, call.Sid, ends=ends)


def _find_call(world: World, account: Account, due: Due, *states: str) -> Instance | None:
    """Return the call that *due* is about, if it is in one of these *states*."""
    call = world.find_owned(account, "Call", Sid=due.subject, segment=False)
    return call if call is not None and call.Status in states else None


def _answer(world: World, account: Account, due: Due) -> None:
    call = _find_call(world, account, due, "0")
    if call is not None:
        answered_by = due.details.get("answered_by", "human")
        answer_call(world, account, call, float(due.details["lasts"]), answered_by)
        if world.live is not None:
            world.live.begin_script(account, call)


def answer_call(
    world: World, account: Account, call: Instance, lasts: float | None, answered_by: str
) -> None:
    """
    Connect *call* now, and schedule its end.

    A machine ends a call with ``IfMachine=Hangup`` as soon as it is detected. Source: making-calls
    page, IfMachine; how long the detection takes is question 45.

    Args:
        lasts: Seconds until it is over; None if it is not hung up.

        answered_by: ``human`` or ``machine``.
    """
    hidden = {"AnsweredBy": answered_by}
    world.update(call, {"Status": "1"}, {"StartTime": world.clock.seconds}, hidden)
    if answered_by == "machine" and get_value(call, "IfMachine") == "Hangup":
        lasts = DETECTED_AFTER
    elif world.live is not None and world.live.begin_call(account, call, answered_by):
        return
    if lasts is not None:
        world.clock.schedule(lasts, Event.CALL_ENDED, account.sid, call.Sid)


def _end_unconnected(world: World, account: Account, due: Due) -> None:
    call = _find_call(world, account, due, "0")
    if call is not None:
        status = CALL_ENDS[due.details["ends"]]
        world.update(call, {"Status": status}, {"StartTime": world.clock.seconds})
        if world.live is not None:
            world.live.end_call(account, call)


def _hang_up(world: World, account: Account, due: Due) -> None:
    call = _find_call(world, account, due, "1")
    if call is not None:
        end_call(world, account, call)


def end_call(world: World, account: Account, call: Instance) -> None:
    """End *call*, which is in progress, now; schedule its price."""
    now = world.clock.seconds
    duration = now - get_times(call)["StartTime"]
    world.update(call, {"Status": "2", "Duration": str(duration)}, {"EndTime": now})
    here = account.stores["Participant"].select((("CallSid", call.Sid),))
    for participant in [order[2] for order in here]:
        if world.has(participant):
            leave(world, participant, goes_on=False)
    if not account.is_trial:
        price = compute_price(world, duration)
        world.clock.schedule(PRICED_AFTER, Event.CALL_PRICED, account.sid, call.Sid, price=price)
    if world.live is not None:
        world.live.end_call(account, call)


def _price_call(world: World, account: Account, due: Due) -> None:
    call = _find_call(world, account, due, "2")
    if call is not None:
        world.update(call, {"Price": due.details["price"]})


def compute_price(world: World, seconds: int) -> str:
    """Return the price of a call: so much for each minute begun."""
    minutes = max(1, math.ceil(seconds / 60))
    return f"{Decimal(world.prices['call']) * minutes:.5f}"


def deliver(world: World, message: Instance, account: Account) -> None:
    """Schedule the sending of *message*, or its failure."""
    values, account_sid = get_values(message), account.sid
    outcome = world.find_outcome("sms", values["To"], account_sid, USUAL_SMS)
    end = Event.SMS_FAILED if outcome.ends == "failed" else Event.SMS_SENT
    sending = min(_SENDING_AFTER, outcome.after)
    schedule, sid = world.clock.schedule, values["Sid"]
    schedule(sending, Event.SMS_SENDING, account_sid, sid)
    schedule(outcome.after, end, account_sid, sid)


def _find_message(world: World, account: Account, due: Due) -> Instance | None:
    """Return the message that *due* is about, if it is on its way."""
    message = world.find_owned(account, "SMSMessage", Sid=due.subject)
    return message if message is not None and message.Status in ("queued", "sending") else None


def _send_message(world: World, account: Account, due: Due) -> None:
    message = _find_message(world, account, due)
    if message is not None:
        world.update(message, {"Status": "sending"})


def _fail_message(world: World, account: Account, due: Due) -> None:
    message = _find_message(world, account, due)
    if message is not None:
        world.update(message, {"Status": "failed"})
        if world.live is not None:
            world.live.end_message(account, message)


def _finish_message(world: World, account: Account, due: Due) -> None:
    message = _find_message(world, account, due)
    if message is not None:
        send_message(world, account, message)


def send_message(world: World, account: Account, message: Instance) -> None:
    """Send *message*, which is on its way, now."""
    values = {"Status": "sent"}
    if "Price" in get_values(message) and not account.is_trial:
        values["Price"] = world.prices["sms"]
    world.update(message, values, {"DateSent": world.clock.seconds})
    if world.live is not None:
        world.live.end_message(account, message)


def transcribe(world: World, account: Account, transcription: Instance) -> None:
    """Schedule the end of *transcription*, which is in progress."""
    outcome = find_transcription_outcome(world, account, transcription)
    done, failed = Event.TRANSCRIPTION_COMPLETED, Event.TRANSCRIPTION_FAILED
    if outcome.ends == "failed":
        world.clock.schedule(outcome.after, failed, account.sid, transcription.Sid)
    else:
        text = outcome.text
        world.clock.schedule(outcome.after, done, account.sid, transcription.Sid, text=text)


def find_transcription_outcome(
    world: World, account: Account, transcription: Instance
) -> ScriptedOutcome:
    """
    Return how *transcription* ends.

    A recording of more than two minutes is not transcribed. Source: Transcriptions page.
    """
    of = transcription.RecordingSid
    outcome = world.find_outcome("transcription", of, account.sid, USUAL_TRANSCRIPTION)
    recording = world.find_owned(account, "Recording", Sid=of)
    length = recording.Duration if recording is not None else transcription.Duration
    is_long = int(length or 0) > LONGEST_TRANSCRIBED
    return replace(outcome, ends="failed") if is_long else outcome


def _find_transcription(world: World, account: Account, due: Due) -> Instance | None:
    """Return the transcription that *due* is about, if it is in progress."""
    found = world.find_owned(account, "Transcription", Sid=due.subject)
    return found if found is not None and found.Status == "in-progress" else None


def _complete_transcription(world: World, account: Account, due: Due) -> None:
    transcription = _find_transcription(world, account, due)
    if transcription is not None:
        complete_transcription(world, account, transcription, due.details["text"])


def complete_transcription(
    world: World, account: Account, transcription: Instance, text: str
) -> None:
    """Complete *transcription*, which is in progress, now."""
    price = "" if account.is_trial else world.prices["transcription"]
    values = {"Status": "completed", "TranscriptionText": text, "Price": price}
    world.update(transcription, values)
    if world.live is not None:
        world.live.end_transcription(account, transcription)


def _fail_transcription(world: World, account: Account, due: Due) -> None:
    transcription = _find_transcription(world, account, due)
    if transcription is not None:
        world.update(transcription, {"Status": "failed"})
        if world.live is not None:
            world.live.end_transcription(account, transcription)


def go_on(
    world: World, account: Account, instance: Instance, *, ends_after: float | None = None
) -> None:
    """
    Schedule what becomes of *instance*, as of one that a request made.

    Args:
        ends_after: Seconds until the end of a call, if it is answered; else as scripted.
    """
    name = get_resource(instance).name
    if name == "SMSMessage":
        deliver(world, instance, account)
    elif name == "Transcription":
        transcribe(world, account, instance)
    elif instance.Status == "1":
        outcome = world.find_outcome("call", instance.Called, account.sid, USUAL_CALL)
        lasts = outcome.lasts if ends_after is None else ends_after
        world.clock.schedule(lasts, Event.CALL_ENDED, account.sid, instance.Sid)
    elif ends_after is None:
        place_call(world, instance, account, USUAL_TIMEOUT)
    else:
        after = world.find_outcome("call", instance.Called, account.sid, USUAL_CALL).after
        lasts_text = repr(ends_after)
        world.clock.schedule(
            after, Event.CALL_ANSWERED, account.sid, instance.Sid, lasts=lasts_text
        )


def cancel_events(world: World, account: Account, instance: Instance) -> None:
    """Drop what is due for *instance*."""
    name = get_resource(instance).name
    kinds = _KINDS.get(name, frozenset())
    if kinds and not is_set(instance, "segment"):
        world.clock.cancel(account.sid, instance.Sid, kinds)


def validate(world: World, account: Account, request: Instance, name: str, delay: int) -> None:
    """
    Schedule the validation call of *request*: it rings, and is answered if that is scripted.

    How long it rings is question 109.
    """
    number, code = request.PhoneNumber, request.ValidationCode
    outcome = world.find_outcome("validation", number, account.sid, USUAL_VALIDATION)
    kind, rings = Event.VALIDATION_UNANSWERED, float(USUAL_TIMEOUT)
    if outcome.ends == "validated":
        kind, rings = Event.NUMBER_VALIDATED, outcome.after
    if delay:
        world.clock.schedule(delay, Event.VALIDATION_RINGS, account.sid, number, code=code)
    world.clock.schedule(delay + rings, kind, account.sid, number, name=name, code=code)


def find_validation_calls(world: World, number: str) -> list[Due]:
    """Find the validation calls that let *number* ring now, as the events at which they end."""
    waiting = {
        (due.account_sid, due.details["code"])
        for due in world.clock.find_due(number, {Event.VALIDATION_RINGS})
    }
    ends = world.clock.find_due(number, {Event.NUMBER_VALIDATED, Event.VALIDATION_UNANSWERED})
    # Those of an older snapshot have no code, and cannot be answered by hand.
    return [
        due
        for due in ends
        if "code" in due.details and (due.account_sid, due.details["code"]) not in waiting
    ]


def find_validation_code(world: World, account: Account, number: str) -> str:
    """Return the code that is to be keyed in on *number*."""
    scripted = world.find_outcome("validation", number, account.sid, USUAL_VALIDATION).text
    return scripted or world.identifiers.generate_digits(6)


def _validate_number(world: World, account: Account, due: Due) -> None:
    add_caller_id(world, account, due.subject, due.details["name"])


def add_caller_id(world: World, account: Account, number: str, name: str) -> None:
    """List *number* as a caller id of *account*, because its code was keyed in."""
    world.end_validation(account, number)
    world.clock.cancel(account.sid, number, _VALIDATION)
    if world.find_owned(account, "OutgoingCallerId", PhoneNumber=number) is None:
        values = {"PhoneNumber": number, "FriendlyName": name or format_phone_number(number)}
        world.create(_CALLER_ID, account, values)


def leave(world: World, participant: Instance, *, goes_on: bool = True) -> None:
    """
    Remove *participant*; end the conference after the last, or if it ends with this one.

    Args:
        goes_on: Its call goes on with the verb after Dial; False if it is over, or knows already.
    """
    account = world.accounts[participant.AccountSid]
    conference = world.find_owned(account, "Conference", Sid=participant.ConferenceSid)
    world.delete(participant)
    assert conference is not None
    here = (("ConferenceSid", conference.Sid),)
    others = [order[2] for order in account.stores["Participant"].select(here)]
    is_over = not others or get_value(participant, "EndConferenceOnExit") == "1"
    if is_over:
        for other in others:
            world.delete(other)
        world.update(conference, {"Status": "2"})
    if world.live is not None:
        if not is_over and conference.Status == "1" and not is_set(participant, "silent"):
            left, heard_by = get_value(participant, "CallSid"), [one.CallSid for one in others]
            world.live.beep(account, left, heard_by)
        for one in (*([participant] if goes_on else []), *(others if is_over else [])):
            world.live.leave_conference(account, get_value(one, "CallSid"))


def _let_be(world: World, account: Account, due: Due) -> None:
    """Change nothing: that the event is not due any more is what happened."""


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
        Event.VALIDATION_RINGS: _let_be,
        Event.VALIDATION_UNANSWERED: _let_be,
        Event.NUMBER_VALIDATED: _validate_number,
        Event.TRANSCRIPTION_COMPLETED: _complete_transcription,
        Event.TRANSCRIPTION_FAILED: _fail_transcription,
    }
)

_KINDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "Call": frozenset(kind for kind in Event if kind.startswith("call ")),
        "SMSMessage": frozenset(kind for kind in Event if kind.startswith("SMS ")),
        "Transcription": frozenset(kind for kind in Event if kind.startswith("transcription ")),
    }
)
"""The events of a resource's instances, by their Sid."""

_NEEDED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        Event.CALL_ANSWERED: frozenset({"lasts"}),
        Event.CALL_NOT_CONNECTED: frozenset({"ends"}),
        Event.CALL_PRICED: frozenset({"price"}),
        Event.VALIDATION_RINGS: frozenset({"code"}),
        Event.VALIDATION_UNANSWERED: frozenset({"name", "code"}),
        Event.NUMBER_VALIDATED: frozenset({"name", "code"}),
        Event.TRANSCRIPTION_COMPLETED: frozenset({"text"}),
    }
)
"""The details that the handler of an event reads."""

_ENDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "call": tuple(CALL_ENDS),
        "sms": ("sent", "failed"),
        "validation": ("validated", "never"),
        "transcription": ("completed", "failed"),
    }
)
"""The ways in which what can be scripted ends."""

_VALIDATION = frozenset(
    {Event.VALIDATION_RINGS, Event.VALIDATION_UNANSWERED, Event.NUMBER_VALIDATED}
)
"""The events of validation calls, by their number."""
