"""The machine: a state and an input make effects and the next state. Pure, and never raises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil, inf
from typing import Any
from urllib.parse import urljoin

from twreplay._api import Q, is_international
from twreplay._twiml import inputs
from twreplay._twiml.codes import CODES, Severity
from twreplay._twiml.definition import Kind
from twreplay._twiml.document import Instruction, TwimlFinding
from twreplay._twiml.effects import (
    Connect,
    CutOff,
    Effect,
    EndLeg,
    Fetch,
    FetchAudio,
    Finished,
    Hangup,
    Heard,
    JoinConference,
    KeysLost,
    KeysSent,
    LeaveConference,
    Leg,
    Notify,
    Reached,
    RestsOn,
    SendSms,
    StartDial,
    StartRecording,
    StartWhisper,
    StopRecording,
    Told,
)
from twreplay._twiml.inputs import Input
from twreplay._twiml.state import (
    Activity,
    AwaitsAudio,
    AwaitsDocument,
    Confers,
    Dials,
    Expects,
    Gathers,
    IsConnected,
    Over,
    Records,
    SendsKeys,
    SendsSms,
    Sounds,
    State,
    StoresRecording,
    find_due,
)

FAILURE_MESSAGE = "We are sorry, an application error has occurred. Goodbye."
"""What a call hears whose document failed. Source: question 87; the wording is ours."""

SENT_TO_ITSELF = (
    "The destination number for a TwiML message can not be the same as the originating number of "
    "an incoming message."
)
"""Source: a capture of this version."""

_MOST_SOUNDS = 1000
_TONES = "0123456789*#"
_KEYS = frozenset(_TONES)


@dataclass(frozen=True, slots=True)
class Step:
    """The result of an input: the next state, and the effects in their order."""

    state: State
    effects: tuple[Effect, ...]


def step(state: State, given: Input) -> Step:
    """
    Let *given* happen.

    An input that *state* does not expect changes nothing. The same state and input always lead to
    the same step.
    """
    run = _Run(state)
    _TAKES[type(given)](run, given)
    return Step(run.to_state(), tuple(run.effects))


def will_record(state: State) -> bool:
    """Return whether a recording comes next, after what is heard now and by time alone."""
    for _ in range(_MOST_SOUNDS):
        due = state.due
        if not isinstance(state.activity, Sounds) or due is None:
            break
        state = step(state, inputs.TimePassed(due)).state
    return state.expects is Expects.RECORDING


class _Run:
    """A state while an input changes it."""

    __slots__ = (
        "activity",
        "context",
        "counted_from",
        "document",
        "documents",
        "effects",
        "is_hung_up",
        "now",
        "position",
    )

    def __init__(self, state: State) -> None:
        self.context = state.context
        self.now = state.now
        self.document = state.document
        self.position = state.position
        self.activity: Activity = state.activity
        self.is_hung_up = state.is_hung_up
        self.documents = state.documents
        self.counted_from = state.counted_from
        self.effects: list[Effect] = []

    def to_state(self) -> State:
        return State(
            self.context,
            self.now,
            self.document,
            self.position,
            self.activity,
            self.is_hung_up,
            self.documents,
            self.counted_from,
        )

    # Documents

    def take_document(self, given: inputs.DocumentArrived) -> None:
        awaited = self.activity
        if not isinstance(awaited, AwaitsDocument):
            return
        if not awaited.is_run:
            self.activity = Over()
            return
        document = given.document
        if document.failure is not None:
            failure = document.failure
            if failure.question is not None:
                self.rest_on(failure.question)
            self.fail(failure.code or 12100, failure.message, failure.line, failure.column)
            return
        if self.now - self.counted_from >= 1:
            self.documents, self.counted_from = 0, self.now
        self.documents += 1
        if self.documents > self.context.durations.most_documents:
            self.rest_on(Q.ENDLESS_DOCUMENTS)
            code = 14106 if self.context.kind is Kind.SMS else 11215
            self.fail(code, f"{self.documents} documents within a second.")
            return
        self.document, self.position = document, 0
        for found in document.findings:
            if found.code == 12200:
                self.log(found)
        self.run_on()

    def take_failure(self, given: inputs.FetchFailed) -> None:
        if isinstance(self.activity, AwaitsDocument):
            self.fail(given.code, given.message)

    def fail(self, code: int, message: str, line: int = 0, column: int = 0) -> None:
        """Log an error, and end the run with it."""
        self.notify(code, message, line, column)
        self.abort()

    def abort(self) -> None:
        """End the run with an error that is logged; a call hears that there was one."""
        if isinstance(self.activity, AwaitsDocument) and not self.activity.is_run:
            self.activity = Over()
        elif self.context.kind is not Kind.VOICE:
            self.effects.append(Finished(failed=True))
            self.activity = Over()
        else:
            self.rest_on(Q.FAILED_DOCUMENT)
            until = self.hear("say", FAILURE_MESSAGE, voice="man", language="en")
            self.activity = Sounds(self.now, until, is_last=True)

    def run_on(self) -> None:
        """Run the verbs that come next, until one takes time or needs something."""
        document = self.document
        assert document is not None
        while self.position < len(document.verbs):
            verb = document.verbs[self.position]
            self.position += 1
            self.effects.append(Reached(verb.verb, verb.line, verb.column))
            self.notify_findings(verb)
            if not verb.is_left_out and _RUNS[verb.verb](self, verb):
                return
        if self.context.kind is Kind.VOICE:
            self.end("end of document")
        else:
            if self.context.kind is Kind.WAIT:
                self.rest_on(Q.WAIT_DOCUMENT_ENDS)
            self.effects.append(Finished())
            self.activity = Over()

    def notify_findings(self, verb: Instruction) -> None:
        """Log what is wrong with *verb*, but for what was logged when the document came."""
        for found in verb.findings:
            if found.code != 12200:
                self.log(found)

    def log(self, found: TwimlFinding) -> None:
        """Log *found*; tell of what has no code, which the API does not log."""
        if found.code is not None:
            self.notify(found.code, found.message, found.line, found.column)
        else:
            self.effects.append(Told(f"{found.message} {found.consequence.capitalize()}."))
        if found.question is not None:
            self.rest_on(found.question)

    def notify(self, code: int, message: str, line: int = 0, column: int = 0) -> None:
        severity = CODES[code].severity if code in CODES else Severity.ERROR
        self.effects.append(Notify(code, severity, message, line, column))

    def rest_on(self, question: Q) -> None:
        self.effects.append(RestsOn(question))

    def resolve(self, url: str) -> str:
        """Resolve *url* against the current document's, which an empty one means."""
        base = self.document.url if self.document is not None else ""
        try:
            return urljoin(base, url)
        except ValueError:
            return url

    def fetch(
        self, verb: Instruction, why: str, parameters: tuple[tuple[str, str], ...] = ()
    ) -> None:
        url = verb.content if why == "redirect" else verb.text("action")
        self.effects.append(
            Fetch(
                self.resolve(url), verb.text("method"), parameters, why, is_run=not self.is_hung_up
            )
        )
        self.activity = AwaitsDocument(is_run=not self.is_hung_up)

    def end(self, by: str) -> None:
        self.effects.append(Hangup(by))
        self.is_hung_up = True
        self.activity = Over()

    # Verbs: each returns whether the run waits.

    def hear(
        self,
        sound: str,
        content: str = "",
        seconds: float = 0,
        *,
        voice: str = "",
        language: str = "",
        loop: int = 1,
        in_gather: bool = False,
    ) -> float:
        """Begin a sound, and return the second of its end."""
        if sound == "say":
            seconds = self.context.durations.measure_speech(content)
        elif sound == "play" and not seconds:
            seconds = self.context.durations.measure_audio(content)
        length = inf if loop == 0 else seconds * loop
        self.effects.append(
            Heard(sound, content, self.now, length, voice, language, loop, in_gather)
        )
        return self.now + length

    def sound(
        self, verb: Instruction, *, in_gather: bool = False, seconds: float = 0
    ) -> float | None:
        """
        Begin the sound of *verb*, and return the second of its end; None if it has none.

        Args:
            seconds: How long its audio lasts; 0 if that is not known.
        """
        if verb.is_void:
            return None
        if verb.verb == "Pause":
            return self.hear("pause", "", verb.number("length"), in_gather=in_gather)
        if verb.verb == "Play":
            url = self.resolve(verb.content)
            loop = verb.number("loop")
            return self.hear("play", url, seconds, loop=loop, in_gather=in_gather)
        return self.hear(
            "say",
            verb.content,
            voice=verb.text("voice"),
            language=verb.text("language"),
            loop=verb.number("loop"),
            in_gather=in_gather,
        )

    def ask_for_audio(self, verb: Instruction) -> str:
        """Ask for the audio of *verb*; return its URL, empty if there is nothing to ask for."""
        if verb.verb != "Play" or verb.is_void or verb.flag("is_here"):
            return ""
        if not self.context.asks_for_audio:
            return ""
        url = self.resolve(verb.content)
        self.effects.append(FetchAudio(url))
        return url

    def take_audio(self, given: inputs.AudioArrived) -> None:
        """Let the audio be heard that was asked for, or go on without it."""
        activity = self.activity
        if isinstance(activity, AwaitsAudio) and activity.url == given.url:
            until = self.hear_audio(activity.verb, given, 13420)
            if until is None:
                self.run_on()
            else:
                self.activity = Sounds(self.now, until)
        elif isinstance(activity, Gathers) and activity.awaits == given.url != "":
            heard = replace(activity, awaits="")
            child = activity.verb.children[activity.child]
            until = self.hear_audio(child, given, 13325)
            if until is None:
                self.prompt(replace(heard, child=activity.child + 1))
            else:
                self.activity = replace(heard, start=self.now, until=until)

    def hear_audio(self, verb: Instruction, given: inputs.AudioArrived, code: int) -> float | None:
        """Begin the audio of *verb*, and return the second of its end; None if there is none."""
        if given.wrong_type:
            said = f"the answer for {given.url} is {given.wrong_type}, and no audio."
            self.notify(code, said, verb.line, verb.column)
        if given.is_missing or given.wrong_type:
            return None
        in_gather = isinstance(self.activity, Gathers)
        return self.sound(verb, in_gather=in_gather, seconds=max(0.0, given.seconds or 0.0))

    def run_sound(self, verb: Instruction) -> bool:
        if url := self.ask_for_audio(verb):
            self.activity = AwaitsAudio(verb, url)
            return True
        until = self.sound(verb)
        if until is None:
            return False
        self.activity = Sounds(self.now, until)
        return True

    def run_redirect(self, verb: Instruction) -> bool:
        if verb.is_void:
            self.abort()
        else:
            self.fetch(verb, "redirect")
        return True

    def run_hangup(self, _: Instruction) -> bool:
        self.end("verb")
        return True

    def run_gather(self, verb: Instruction) -> bool:
        self.prompt(Gathers(verb, 0, self.now, self.now))
        return True

    def prompt(self, gathers: Gathers) -> None:
        """Begin the first sound from ``gathers.child`` on; after the last, wait for keys."""
        children = gathers.verb.children
        for number in range(gathers.child, len(children)):
            child = children[number]
            self.effects.append(Reached(child.verb, child.line, child.column))
            if url := self.ask_for_audio(child):
                begun = replace(gathers, child=number, start=self.now, until=inf)
                self.activity = replace(begun, awaits=url)
                return
            until = self.sound(child, in_gather=True)
            if until is not None:
                self.activity = replace(gathers, child=number, start=self.now, until=until)
                return
        self.activity = replace(
            gathers,
            child=len(children),
            until=inf,
            deadline=self.now + gathers.verb.number("timeout"),
        )

    def run_record(self, verb: Instruction) -> bool:
        begins = self.now
        if verb.flag("playBeep"):
            begins = self.hear("beep", "", self.context.durations.beep)
        self.activity = Records(verb, begins)
        if begins <= self.now:
            self.begin_recording(self.activity)
        return True

    def begin_recording(self, records: Records) -> None:
        self.effects.append(StartRecording(records.begins))
        self.activity = replace(records, has_begun=True)

    def run_sms(self, verb: Instruction) -> bool:
        context = self.context
        sender = verb.text("from") or context.own_number
        to = verb.text("to") or context.other_number
        code = self.check_sms(verb, sender, to)
        has_action = bool(verb.text("action"))
        callback = verb.text("statusCallback")
        self.effects.append(
            SendSms(
                to,
                sender,
                verb.content,
                self.resolve(callback) if callback else "",
                code,
                has_action,
            )
        )
        if has_action:
            self.activity = SendsSms(verb)
        return has_action

    def check_sms(self, verb: Instruction, sender: str, to: str) -> int | None:
        """Return the code that forbids a message; None if it can be sent."""
        context = self.context
        if verb.is_void:
            found = [each.code for each in verb.findings if each.code in (14101, 14103)]
            return found[0] if found else 14103
        if to == sender:
            self.rest_on(Q.SMS_TO_SENDER)
            self.notify(14101, SENT_TO_ITSELF, verb.line, verb.column)
            return 14101
        if context.sms_numbers is not None and sender not in context.sms_numbers:
            self.notify(14108, f"{sender} cannot send messages.", verb.line, verb.column)
            return 14108
        explicit = bool(verb.text("to")) and to != context.other_number
        if context.verified is not None and explicit and to not in context.verified:
            self.notify(14111, f"{to} is not verified.", verb.line, verb.column)
            return 14111
        return None

    def run_dial(self, verb: Instruction) -> bool:
        for noun in verb.children:
            self.effects.append(Reached(noun.verb, noun.line, noun.column))
        rooms = [noun for noun in verb.children if noun.verb == "Conference"]
        if rooms and not verb.is_void and not rooms[0].is_void:
            self.join(verb, rooms[0])
            return True
        legs = () if verb.is_void else self.list_legs(verb)
        if not legs:
            self.rest_on(Q.UNDIALABLE)
            return self.finish_dial(verb, "failed")
        caller_id = self.choose_caller_id(verb)
        self.effects.append(
            StartDial(
                legs,
                caller_id,
                verb.number("timeout"),
                verb.number("timeLimit"),
                verb.flag("hangupOnStar"),
            )
        )
        deadline = self.hear("ring", "", verb.number("timeout"))
        self.activity = Dials(verb, legs, tuple(range(len(legs))), self.now, deadline)
        return True

    def list_legs(self, verb: Instruction) -> tuple[Leg, ...]:
        if verb.content:
            return (Leg(verb.content),) if self.may_call(verb) else ()
        return tuple(
            Leg(
                noun.content,
                noun.text("sendDigits"),
                self.resolve(noun.text("url")) if noun.text("url") else "",
                noun.text("method"),
            )
            for noun in verb.children
            if noun.verb == "Number" and not noun.is_void and self.may_call(noun)
        )

    def may_call(self, noun: Instruction) -> bool:
        """Return whether the account may call the number of *noun*; log it if not."""
        number, verified = noun.content, self.context.verified
        if is_international(number) and not self.context.calls_abroad:
            said = f"not authorized to call {number}: it is abroad."
        elif verified is not None and number not in verified:
            said = f"not authorized to call {number}: a trial account has to verify it first."
        else:
            return True
        self.notify(13227, said, noun.line, noun.column)
        return False

    def choose_caller_id(self, verb: Instruction) -> str:
        context = self.context
        asked = verb.text("callerId")
        allowed = context.caller_ids
        if not asked or asked in (context.caller, context.called):
            return asked or context.caller
        if allowed is not None and asked not in allowed:
            self.notify(13214, f"{asked} is no number of the account.", verb.line, verb.column)
            self.rest_on(Q.ILLEGAL_VALUE)
            return context.caller
        return asked

    def join(self, verb: Instruction, room: Instruction) -> None:
        wait = room.text("waitUrl")
        self.effects.append(
            JoinConference(
                room.content,
                room.flag("muted"),
                room.flag("beep"),
                room.flag("startConferenceOnEnter"),
                room.flag("endConferenceOnExit"),
                self.resolve(wait) if wait else "",
                room.text("waitMethod"),
            )
        )
        self.activity = Confers(verb, room.content, self.now)

    def finish_dial(self, verb: Instruction, status: str, seconds: float | None = None) -> bool:
        """Go on after a ``<Dial>``; return whether the run waits."""
        if not verb.text("action"):
            return False
        parameters: tuple[tuple[str, str], ...] = (("DialStatus", status),)
        if seconds is not None:
            parameters += (("DialCallDuration", str(ceil(seconds))),)
        self.fetch(verb, "dial", parameters)
        return True

    def end_dial(self, verb: Instruction, status: str, seconds: float | None = None) -> None:
        if not self.finish_dial(verb, status, seconds):
            self.run_on()

    # Time

    def pass_time(self, given: inputs.TimePassed) -> None:
        until = given.until
        if not until >= self.now:  # also what is no number
            return
        while not isinstance(self.activity, Over):
            due = find_due(self.activity)
            limit = inf
            if self.context.kind is Kind.VOICE and not self.is_hung_up:
                limit = max(self.now, self.context.durations.longest_call)
            if min(due, limit) > until or min(due, limit) == inf:
                break
            self.now = min(due, limit)
            if limit <= due:
                self.rest_on(Q.LONGEST_CALL)
                self.leave("limit")
            else:
                self.fall_due()
        if until != inf:
            self.now = until

    def fall_due(self) -> None:
        """Do what is due now."""
        activity = self.activity
        if isinstance(activity, Sounds):
            if activity.is_last:
                self.end("error")
            else:
                self.run_on()
        elif isinstance(activity, Gathers):
            if activity.deadline > self.now:
                self.prompt(replace(activity, child=activity.child + 1))
            elif activity.digits:
                self.submit(activity)
            else:
                self.run_on()
        elif isinstance(activity, Records):
            if not activity.has_begun:
                self.begin_recording(activity)
            else:
                is_full = self.now >= activity.begins + activity.verb.number("maxLength")
                self.stop_recording(activity, "length" if is_full else "silence")
        elif isinstance(activity, SendsKeys):
            self.send_keys(activity)
        elif isinstance(activity, Dials) and activity.sends_to is not None:
            self.send_keys_to_leg(activity, activity.sends_to)
        elif isinstance(activity, Dials):
            self.end_legs(activity.live, "timeout")
            self.end_dial(activity.verb, "no-answer")
        elif isinstance(activity, IsConnected):
            self.disconnect(activity, "time limit")
        elif isinstance(activity, Confers):
            self.leave_conference(activity, "time limit")

    # Keys and voice

    def send_keys(self, sends: SendsKeys) -> None:
        """Send the next keys to the person; after the last, ask for the first document."""
        left, until = self.send_some(sends.keys, None)
        if until > self.now:
            self.activity = SendsKeys(left, until)
        else:
            self.effects.append(Fetch("", "", (), "voice"))
            self.activity = AwaitsDocument()

    def send_keys_to_leg(self, dials: Dials, leg: int) -> None:
        """Send the next keys to a leg that was answered; after the last, go on with it."""
        left, until = self.send_some(dials.keys, leg)
        if until > self.now:
            self.activity = replace(dials, sends_to=leg, keys=left, deadline=until)
        else:
            self.go_on_with_leg(replace(dials, sends_to=None, deadline=inf), leg)

    def send_some(self, keys: str, leg: int | None) -> tuple[str, float]:
        """Send keys up to a wait; return what is left, and the second at which the wait is over."""
        rest = keys.lstrip(_TONES)
        if sent := keys[: len(keys) - len(rest)]:
            self.rest_on(Q.SENT_KEYS)
            self.effects.append(KeysSent(sent, leg))
        left = rest.lstrip("w")
        waits = len(rest) - len(left)
        return left, self.now + waits * self.context.durations.key_wait

    def press(self, given: inputs.Pressed) -> None:
        lost = ""
        for key in given.digits:
            if key not in _KEYS:
                continue
            activity = self.activity
            if isinstance(activity, Gathers):
                self.press_in_gather(activity, key)
            elif isinstance(activity, Records):
                if key in activity.verb.text("finishOnKey"):
                    self.stop_recording(activity, "key", key)
            elif (
                key == "*"
                and isinstance(activity, IsConnected | Confers)
                and activity.verb.flag("hangupOnStar")
            ):
                if isinstance(activity, IsConnected):
                    self.disconnect(activity, "star")
                else:
                    self.leave_conference(activity, "star")
            elif not isinstance(activity, IsConnected | Confers):
                lost += key
                if key == "*" and isinstance(activity, Dials):
                    self.rest_on(Q.STAR_WHILE_RINGING)
        if lost:
            self.effects.append(KeysLost(lost))
            if not self.is_hung_up:
                self.rest_on(Q.KEYS_AHEAD)

    def press_in_gather(self, gathers: Gathers, key: str) -> None:
        verb = gathers.verb
        self.cut_off(gathers)
        if key == verb.text("finishOnKey"):
            if gathers.digits:
                self.submit(gathers)
            else:
                self.rest_on(Q.FINISH_KEY_ALONE)
                self.run_on()
            return
        gathers = replace(
            gathers,
            child=len(verb.children),
            until=inf,
            deadline=self.now + verb.number("timeout"),
            digits=gathers.digits + key,
            awaits="",
        )
        if len(gathers.digits) == verb.number("numDigits"):
            self.submit(gathers)
        else:
            self.activity = gathers

    def submit(self, gathers: Gathers) -> None:
        self.fetch(gathers.verb, "gather", (("Digits", gathers.digits),))

    def cut_off(self, activity: Activity) -> None:
        """End what is heard, if something is."""
        if isinstance(activity, Sounds | Gathers):
            if isinstance(activity, Gathers) and (
                activity.awaits or activity.child >= len(activity.verb.children)
            ):
                return
            self.effects.append(CutOff(activity.start, self.now - activity.start))
        elif isinstance(activity, Records) and not activity.has_begun:
            start = activity.begins - self.context.durations.beep
            self.effects.append(CutOff(start, self.now - start))
        elif isinstance(activity, Dials):
            self.effects.append(CutOff(activity.start, self.now - activity.start))

    def speak(self, given: inputs.Spoke) -> None:
        records = self.activity
        if not isinstance(records, Records) or not 0 < given.seconds < inf:
            return
        begins, ends = max(self.now, records.begins), self.now + given.seconds
        if ends <= begins:
            return
        self.activity = replace(
            records,
            first=min(records.first, begins),
            last=max(records.last, ends),
            text=f"{records.text} {given.text}".strip(),
        )

    def stop_recording(self, records: Records, reason: str, key: str = "") -> None:
        verb = records.verb
        self.cut_off(records)
        last = min(records.last, self.now)
        seconds = max(0.0, last - records.first) if records.first < inf else 0.0
        is_kept = seconds > 0 and reason != "redirect"
        if records.has_begun:
            callback = verb.text("transcribeCallback")
            self.effects.append(
                StopRecording(
                    reason,
                    seconds,
                    records.text,
                    is_kept,
                    is_kept and verb.flag("transcribe"),
                    self.resolve(callback) if callback else "",
                )
            )
        if reason == "redirect":
            self.rest_on(Q.RECORDING_CUT_SHORT)
        elif is_kept:
            self.activity = StoresRecording(verb, seconds, key, is_run=not self.is_hung_up)
        elif self.is_hung_up:
            self.activity = Over()
        else:
            self.run_on()

    def take_recording(self, given: inputs.RecordingStored) -> None:
        stores = self.activity
        if not isinstance(stores, StoresRecording):
            return
        parameters = (
            ("RecordingUrl", given.url),
            ("Duration", str(ceil(stores.seconds))),
            ("Digits", stores.key),
        )
        self.fetch(stores.verb, "record", parameters)

    def take_sms(self, given: inputs.SmsTaken) -> None:
        if isinstance(self.activity, SendsSms):
            parameters = (("SmsSid", given.sid), ("SmsStatus", given.status))
            self.fetch(self.activity.verb, "sms", parameters)

    # Legs and conferences

    def answer_leg(self, given: inputs.LegAnswered) -> None:
        dials = self.activity
        if (
            not isinstance(dials, Dials)
            or dials.answered is not None
            or given.leg not in dials.live
        ):
            return
        self.end_legs(tuple(leg for leg in dials.live if leg != given.leg), "other leg")
        dials = replace(dials, live=(given.leg,), deadline=inf)
        keys = dials.legs[given.leg].send_digits
        self.send_keys_to_leg(replace(dials, keys=keys), given.leg)

    def go_on_with_leg(self, dials: Dials, index: int) -> None:
        """Let a leg that was answered hear its whisper, or connect it."""
        leg = dials.legs[index]
        if leg.url:
            self.effects.append(StartWhisper(index, leg.url, leg.method))
            self.activity = replace(dials, whispers_to=index)
        else:
            self.connect(dials, index)

    def end_whisper(self, given: inputs.WhisperEnded) -> None:
        dials = self.activity
        if not isinstance(dials, Dials) or dials.whispers_to != given.leg:
            return
        if given.declined:
            self.rest_on(Q.WHISPER_DECLINED)
            self.cut_off(dials)
            self.end_legs((given.leg,), "declined")
            self.end_dial(dials.verb, "no-answer")
        else:
            self.connect(dials, given.leg)

    def connect(self, dials: Dials, leg: int) -> None:
        self.cut_off(dials)
        self.effects.append(Connect(leg))
        self.activity = IsConnected(dials.verb, leg, self.now)

    def end_leg(self, given: inputs.LegEnded) -> None:
        activity = self.activity
        if isinstance(activity, IsConnected) and activity.leg == given.leg:
            self.end_dial(activity.verb, "answered", self.now - activity.since)
        elif isinstance(activity, Dials) and given.leg in activity.live:
            live = tuple(leg for leg in activity.live if leg != given.leg)
            if live:
                self.activity = replace(activity, live=live)
                return
            self.cut_off(activity)
            status = given.status
            if activity.answered == given.leg:
                self.rest_on(Q.WHISPER_DECLINED)
                status = "no-answer"
            elif len(activity.legs) > 1:
                self.rest_on(Q.SEVERAL_LEGS)
            self.end_dial(activity.verb, status)

    def end_legs(self, legs: tuple[int, ...], reason: str) -> None:
        for leg in legs:
            self.effects.append(EndLeg(leg, reason))

    def disconnect(self, connected: IsConnected, reason: str) -> None:
        self.end_legs((connected.leg,), reason)
        self.end_dial(connected.verb, "answered", self.now - connected.since)

    def take_conference_left(self, _: inputs.ConferenceLeft) -> None:
        if isinstance(self.activity, Confers):
            self.end_dial(self.activity.verb, "answered", self.now - self.activity.since)

    def leave_conference(self, confers: Confers, reason: str) -> None:
        self.effects.append(LeaveConference(confers.name, reason))
        self.end_dial(confers.verb, "answered", self.now - confers.since)

    # The end

    def hang_up(self, _: inputs.HungUp) -> None:
        if not self.is_hung_up and not isinstance(self.activity, Over):
            self.leave("person")

    def leave(self, by: str) -> None:
        """End the call in the midst of what goes on; requests about that may still be due."""
        activity = self.activity
        self.effects.append(Hangup(by))
        self.is_hung_up = True
        self.activity = Over()
        if isinstance(activity, Records):
            self.stop_recording(activity, "hang-up", "hangup")
        elif isinstance(activity, StoresRecording):
            self.activity = replace(activity, is_run=False)
        elif isinstance(activity, Dials | IsConnected | Confers):
            self.rest_on(Q.HANG_UP_IN_DIAL)
            self.drop(activity, "hang-up")
            is_talking = isinstance(activity, IsConnected | Confers)
            status = "answered" if is_talking else "no-answer"
            seconds = self.now - activity.since if not isinstance(activity, Dials) else None
            self.finish_dial(activity.verb, status, seconds)
        else:
            if isinstance(activity, Gathers) and activity.digits:
                self.rest_on(Q.HANG_UP_IN_GATHER)
            self.cut_off(activity)

    def drop(self, activity: Dials | IsConnected | Confers, reason: str) -> None:
        """Release legs or a conference."""
        if isinstance(activity, Confers):
            self.effects.append(LeaveConference(activity.name, reason))
        elif isinstance(activity, IsConnected):
            self.end_legs((activity.leg,), reason)
        else:
            self.cut_off(activity)
            self.end_legs(activity.live, reason)

    def redirect(self, given: inputs.Redirected) -> None:
        """Abandon what goes on for another document."""
        activity = self.activity
        if self.is_hung_up or isinstance(activity, Over):
            return
        if isinstance(activity, Records):
            self.stop_recording(activity, "redirect")
        elif isinstance(activity, Dials | IsConnected | Confers):
            self.drop(activity, "redirect")
        else:
            self.cut_off(activity)
        self.effects.append(Fetch(given.url, given.method, (), "live redirect"))
        self.activity = AwaitsDocument()


_RUNS: dict[str, Callable[[_Run, Instruction], bool]] = {
    "Say": _Run.run_sound,
    "Play": _Run.run_sound,
    "Pause": _Run.run_sound,
    "Gather": _Run.run_gather,
    "Record": _Run.run_record,
    "Dial": _Run.run_dial,
    "Sms": _Run.run_sms,
    "Redirect": _Run.run_redirect,
    "Hangup": _Run.run_hangup,
}

_TAKES: dict[type, Callable[[_Run, Any], None]] = {
    inputs.DocumentArrived: _Run.take_document,
    inputs.FetchFailed: _Run.take_failure,
    inputs.AudioArrived: _Run.take_audio,
    inputs.TimePassed: _Run.pass_time,
    inputs.Pressed: _Run.press,
    inputs.Spoke: _Run.speak,
    inputs.HungUp: _Run.hang_up,
    inputs.LegAnswered: _Run.answer_leg,
    inputs.WhisperEnded: _Run.end_whisper,
    inputs.LegEnded: _Run.end_leg,
    inputs.ConferenceLeft: _Run.take_conference_left,
    inputs.RecordingStored: _Run.take_recording,
    inputs.SmsTaken: _Run.take_sms,
    inputs.Redirected: _Run.redirect,
}
