"""Phones on the control API: what a person hears, reads, and does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from twreplay._delivery import Conversation
from twreplay._live import Phone, PhoneCall
from twreplay._server.operation import COUNT, SECONDS, TEXT, WAIT, WORDS, Call, Operation
from twreplay._server.timeline import Timeline
from twreplay._simulator import Instance
from twreplay._simulator.state.snapshot import pack_instance
from twreplay.errors import UsageError

USUAL_WAIT = 10.0
_LOOKED_AGAIN = 0.1

Found = TypeVar("Found")


async def wait_for(
    timeline: Timeline, find: Callable[[], list[Found]], seconds: float
) -> list[Found]:
    """Return what *find* finds; wait up to *seconds* until it finds something."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        found = find()
        left = end - loop.time()
        if found or left <= 0:
            return found
        await timeline.wait(min(left, _LOOKED_AGAIN))


def _get_phone(call: Call) -> Phone:
    phone: Phone = call.simulator.phone(call.name)
    return phone


def _get_call(call: Call) -> PhoneCall:
    """Return the call at the ear, or the last one there was."""
    phone = _get_phone(call)
    calls = phone.calls
    if not calls:
        msg = f"{phone.number} has no call: dial or pick-up begins one."
        raise UsageError(msg)
    return phone.call or calls[-1]


def describe_call(call: PhoneCall) -> dict[str, Any]:
    """Return *call* as JSON has it."""
    return {
        "sid": call.sid,
        "is_over": call.is_over,
        "expects": call.expects,
        "heard": [asdict(sound) for sound in call.heard],
        "transcript": call.transcript,
    }


def _describe_text(message: Instance) -> dict[str, Any]:
    values: dict[str, Any] = pack_instance(message)["values"]
    return values


async def _find_newer(
    call: Call, list_all: Callable[[], Sequence[Found]], get_text: Callable[[Found], str]
) -> list[Found]:
    """Find those behind *after* whose text has *match*, in any case; wait as long as is asked."""

    def find() -> list[Found]:
        newer = list_all()[call.query.get("after", 0) :]
        return [each for each in newer if match in get_text(each).casefold()]

    match = call.query.get("match", "").casefold()
    return await wait_for(call.backend.timeline, find, call.query.get("wait", 0))


async def _calls(call: Call) -> Any:
    phone = _get_phone(call)
    found = await _find_newer(call, lambda: phone.calls, lambda each: each.transcript)
    return {"calls": [describe_call(each) for each in found]}


def _phone(call: Call) -> Any:
    """Return what the person sees: whether it rings, the last call, and messages of both ways."""
    phone = _get_phone(call)
    inbox = {message.Sid for message in phone.inbox}
    texts = [
        {
            "sid": each.Sid,
            "number": each.To if each.From == phone.number else each.From,
            "body": each.Body,
            "is_sent": each.From == phone.number,
        }
        for each in call.simulator.sms_messages
        if each.Sid in inbox or each.From == phone.number
    ]
    return {
        "number": phone.number,
        "is_ringing": phone.ringing is not None,
        "calls": [describe_call(each) for each in phone.calls[-1:]],
        "texts": texts[-_MOST_TEXTS:],
    }


async def _texts(call: Call) -> Any:
    phone = _get_phone(call)
    found = await _find_newer(call, lambda: phone.inbox, lambda each: str(each.Body))
    return {"texts": [_describe_text(each) for each in found]}


async def _finish(call: Call, spoken: PhoneCall) -> Any:
    """Deliver what a verb caused, and return the call."""
    await call.world.finish(spoken.sid)
    return describe_call(spoken)


def _find_own_number(call: Call, name: str) -> str:
    if name in call.body:
        return str(call.body[name])
    numbers = call.simulator.incoming_phone_numbers
    if not numbers:
        msg = f"the account has no number; give one as {name}."
        raise UsageError(msg)
    number: str = numbers[0].PhoneNumber
    return number


async def _dial(call: Call) -> Any:
    return await _finish(call, _get_phone(call).dial(_find_own_number(call, "to")))


async def _await_ring(call: Call) -> Phone:
    phone = _get_phone(call)
    seconds = call.body.get("wait", USUAL_WAIT)
    if not await call.world.wait_until(lambda: phone.ringing is not None, seconds):
        msg = f"nobody calls {phone.number}: it did not ring within {seconds:g} seconds."
        raise UsageError(msg)
    return phone


async def _pick_up(call: Call) -> Any:
    phone = await _await_ring(call)
    return await _finish(call, phone.pick_up())


async def _be_busy(call: Call) -> Any:
    phone = await _await_ring(call)
    refused = phone.busy()
    return pack_instance(refused)


async def _ignore(call: Call) -> Any:
    phone = await _await_ring(call)
    ringing = phone.check_ringing()
    phone.begin_refusal(ringing, "no-answer")
    await call.world.wait_until(lambda: phone.has_stopped(ringing), _RINGS)
    return pack_instance(ringing)


async def _press(call: Call) -> Any:
    return await _finish(call, _get_call(call).press(call.body["digits"]))


async def _speak(call: Call) -> Any:
    spoken = _get_call(call)
    lasts = spoken.begin_speech(call.body.get("text", ""), call.body.get("seconds"))
    await _pass(call, lasts)
    return await _finish(call, spoken)


async def _wait(call: Call) -> Any:
    spoken = _get_call(call)
    seconds = call.body.get("seconds")
    if seconds is not None:
        await _pass(call, seconds)
    else:
        await call.world.finish(spoken.sid)
        await call.world.wait_until(lambda: spoken.is_over or spoken.expects != "", USUAL_WAIT)
    return await _finish(call, spoken)


async def _pass(call: Call, seconds: float) -> None:
    """Advance by *seconds*: of the machine's time, if the clock is real."""
    if call.world.has_real_clock:
        await asyncio.sleep(seconds)
        call.world.pass_time()
    else:
        await call.world.advance(seconds)


async def _hang_up(call: Call) -> Any:
    return await _finish(call, _get_call(call).hang_up())


async def _expect(call: Call) -> Any:
    spoken, words = _get_call(call), call.body["words"]
    await call.world.finish(spoken.sid)
    seconds = call.body.get("wait", USUAL_WAIT)
    await call.world.wait_until(lambda: spoken.has_heard(words) or spoken.is_over, seconds)
    spoken.check_heard(words)
    return describe_call(spoken)


async def _text(call: Call) -> Any:
    phone = _get_phone(call)
    return await _write(call, phone, _find_own_number(call, "to"))


async def _reply(call: Call) -> Any:
    phone = _get_phone(call)
    phone.check_inbox()
    return await _write(call, phone, phone.inbox[-1].From)


async def _write(call: Call, phone: Phone, number: str) -> Any:
    sent = call.simulator.receive_sms(To=number, From=phone.number, Body=call.body["body"])
    await call.world.finish(Conversation.of_numbers(number, phone.number).key)
    return _describe_text(sent)


async def _expect_text(call: Call) -> Any:
    phone, words, after = _get_phone(call), call.body["words"], call.body.get("after", 0)
    seconds = call.body.get("wait", USUAL_WAIT)
    await call.world.wait_until(lambda: phone.find_text(words, after) is not None, seconds)
    number, message = phone.take_text(words, after)
    return {"number": number, "text": _describe_text(message)}


# A real clock lets it ring for 60 seconds.
_RINGS = 65.0
_MOST_TEXTS = 200
_LISTED = {"after": COUNT, "match": TEXT, "wait": WAIT}
_NUMBER = "/phones/{number}"


def _verb(
    name: str, summary: str, run: Callable[[Call], Awaitable[Any]], *required: str, **body: Any
) -> Operation:
    async def run_in_one_world(call: Call) -> Any:
        generation = call.world.generation
        try:
            return await run(call)
        except KeyError:
            if call.world.generation == generation:
                raise
            msg = "the world was reset before the phone was done."
            raise UsageError(msg) from None

    return Operation(
        "POST", f"{_NUMBER}/{name}", summary, run_in_one_world, body=body, required=required
    )


PHONE_OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", _NUMBER, "Whether it rings, the last call, and the messages.", _phone),
    Operation("GET", f"{_NUMBER}/calls", "The calls of a person; wait as above.", _calls, _LISTED),
    Operation("GET", f"{_NUMBER}/texts", "The messages received.", _texts, _LISTED),
    _verb("dial", "Call a number of the account.", _dial, to=TEXT),
    _verb("pick-up", "Answer, once it rings.", _pick_up, wait=WAIT),
    _verb("busy", "Be busy, once it rings.", _be_busy, wait=WAIT),
    _verb("ignore", "Let it ring until it stops.", _ignore, wait=WAIT),
    _verb("press", "Press keys.", _press, "digits", digits=TEXT),
    _verb("speak", "Speak, for as long as it takes.", _speak, text=TEXT, seconds=WAIT),
    _verb("wait", "Let time pass; else until somebody must act.", _wait, seconds=SECONDS),
    _verb("hang-up", "Hang up.", _hang_up),
    _verb("expect", "Wait until words are heard.", _expect, "words", words=WORDS, wait=WAIT),
    _verb("text", "Write to a number of the account.", _text, "body", to=TEXT, body=TEXT),
    _verb("reply", "Answer the newest message.", _reply, "body", body=TEXT),
    _verb(
        "expect-text",
        "Wait for a message with words.",
        _expect_text,
        "words",
        words=WORDS,
        after=COUNT,
        wait=WAIT,
    ),
)
