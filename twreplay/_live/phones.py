"""The phones of people: what a test dials, presses, hears and reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from twreplay._api import QUESTIONS, Question
from twreplay._live.legs import Legs
from twreplay._live.marks import PhoneMark
from twreplay._live.runs import Run, Sound
from twreplay._live.stage import Stage
from twreplay._live.validations import Validations
from twreplay._numbers import is_finite
from twreplay._simulator import Instance
from twreplay._simulator import live_parts as world_parts
from twreplay._suggestion import explain_each_misuse
from twreplay._twiml import Expects, Kind, Pressed, Spoke, will_record
from twreplay.errors import UsageError

if TYPE_CHECKING:
    from twreplay._delivery import Delivery

_LIMIT = 86_400


class PhoneStage(Stage, Protocol):
    """
    The stage on which calls run, as phones see it.

    Attributes:
        legs: What becomes of the legs of ``<Dial>``.

        validations: What becomes of validation calls.
    """

    legs: Legs
    validations: Validations


_WAITS_FOR_PERSON = (Expects.DIGITS, Expects.RECORDING)


@explain_each_misuse
class PhoneCall:
    """One call, as the person at the phone has it."""

    def __init__(self, live: PhoneStage, sid: str) -> None:
        self._live = live
        self._sid = sid

    def __repr__(self) -> str:
        run = self._live.world.runs.get(self._sid)
        state = "not there" if run is None else "over" if run.is_over else "in progress"
        return f"<PhoneCall {self._sid}, {state}>"

    @property
    def _run(self) -> Run:
        run: Run | None = self._live.world.runs.get(self._sid)
        if run is None:
            msg = (
                f"call {self._sid} runs no TwiML: no application was attached when it was "
                "answered, or it was removed, or the world was reset or restored since. "
                "twilio.attach(app) comes before the call."
            )
            raise UsageError(msg)
        return run

    @property
    def heard(self) -> tuple[Sound, ...]:
        """The sounds heard so far, oldest first."""
        return self._run.heard

    @property
    def is_over(self) -> bool:
        """True if the call is over."""
        return self._run.is_over

    @property
    def expects(self) -> str:
        """The input that the call needs: ``digits``, ``recording``, ``answer``, or nothing."""
        expects = self._run.state.expects
        known = (*_WAITS_FOR_PERSON, Expects.ANSWER)
        return expects.value if expects in known else ""

    @property
    def is_before_beep(self) -> bool:
        """True if it is about to record, after what is heard now, and has not begun."""
        state = self._run.state
        if state.expects is Expects.RECORDING:
            return not state.is_listening
        return will_record(state)

    @property
    def is_in_hands(self) -> bool:
        """True if it is connected with somebody else, and a test drives the side that was rung."""
        return self._live.legs.is_in_hands(self._run)

    @property
    def resource(self) -> Instance:
        """
        The ``Call`` of the API.

        For a person whom ``<Dial>`` rang it is the segment, for a validation call its request.
        """
        found = self._live.find_subject(self._run)
        assert found is not None
        return found

    @property
    def sid(self) -> str:
        """The Sid of the ``Call``; ``validation 1`` for the first validation call, and so on."""
        return self._run.call_sid

    @property
    def webhooks(self) -> tuple[Delivery, ...]:
        """The requests that this call made to the application, oldest first."""
        run, made = self._run, self._live.webhooks
        of_call = (one for one in made if one.webhook.conversation.key == run.call_sid)
        if run.leg is None:
            return tuple(of_call)
        return tuple(one for one in of_call if ("CallSegmentSid", run.sid) in one.webhook.params)

    @property
    def questions(self) -> tuple[Question, ...]:
        """The undocumented questions that the course of the call rests on, by number."""
        run = self._run
        waits = [one for one in self._live.world.runs.values() if one.waits_for == run.sid]
        numbers = run.questions.union(*(one.questions for one in waits))
        return tuple(QUESTIONS[number] for number in sorted(numbers))

    @property
    def transcript(self) -> str:
        """The call as plain text: the time, who, and what."""
        return "\n".join(map(str, self._run.lines))

    def explain(self) -> str:
        """Return the transcript, and the requests that the call made."""
        lines = [f"{one.webhook.method} {one.webhook.shown_url}: {one!r}" for one in self.webhooks]
        return "\n".join([self.transcript, "", *lines])

    def press(self, digits: str) -> PhoneCall:
        """
        Press keys, one after the other.

        Raises:
            UsageError: The call is over, or *digits* has something that is no key.
        """
        if not isinstance(digits, str) or not digits or set(digits) - set("0123456789*#"):
            msg = f"press takes keys of 0-9, * and #, as text, not {digits!r}."
            raise UsageError(msg)
        self._check("press")
        self._live.tell(self._sid, "person", f"presses {digits}")
        for key in digits:
            self._live.feed(self._sid, Pressed(key))
        self._live.settle()
        return self

    def speak(self, text: str = "", seconds: float | None = None) -> PhoneCall:
        """
        Speak, and let the time that it takes pass.

        Waits for the beep, and for what is said before it, if there is one to come.

        Args:
            text: What is said.

            seconds: How long it takes; from the length of *text* if it is left out.
        """
        check_speech(text, seconds)
        self._check("speak")
        let_pass(self._live, lambda: not self.is_before_beep)
        return self.wait(self.begin_speech(text, seconds))

    def begin_speech(self, text: str = "", seconds: float | None = None) -> float:
        """Begin to speak, as of *speak*; return how many seconds it takes."""
        check_speech(text, seconds)
        self._check("speak")
        state = self._run.state
        lasts = state.context.durations.measure_speech(text) if seconds is None else seconds
        self._live.tell(self._sid, "person", f"speaks: {text}" if text else f"speaks {lasts:g} s")
        self._live.feed(self._sid, Spoke(lasts, text))
        self._live.legs.carry(self._run, text, lasts)
        return lasts

    def wait(self, seconds: float | None = None) -> PhoneCall:
        """Advance by *seconds*; None until somebody must act, or the call is over."""
        if seconds is not None:
            check_seconds("wait", seconds)
            self._live.world.clock.advance(seconds=seconds)
        else:
            self._live.settle()
            let_pass(self._live, lambda: is_waiting_for_person(self))
        return self

    def hang_up(self) -> PhoneCall:
        """Hang up; nothing happens if the call is over."""
        self._live.settle()
        with self._live.simulator._lock:
            self._live.hang_up_held(self._sid)
        self._live.settle()
        return self

    def expect(self, *words: str) -> PhoneCall:
        """
        Advance time until all *words* were heard, in any case.

        Raises:
            AssertionError: The call is over, or waits for the person, and they were not.
        """
        self._live.settle()
        let_pass(self._live, lambda: self.has_heard(words) or self.is_over)
        self.check_heard(words)
        return self

    def has_heard(self, words: Iterable[str]) -> bool:
        """Return whether all *words* were heard, in any case."""
        check_words("expect", words)
        said = " ".join(f"{sound.text} {sound.url}" for sound in self.heard).casefold()
        return all(word.casefold() in said for word in words)

    def check_heard(self, words: Iterable[str]) -> None:
        """
        Check that all *words* were heard.

        Raises:
            AssertionError: They were not.
        """
        if not self.has_heard(words):
            msg = f"the call never said {', '.join(words)}:\n{self.transcript}"
            raise AssertionError(msg)

    def _check(self, verb: str) -> None:
        self._live.settle()
        if self.is_over:
            msg = f"{verb}: the call is over.\n{self.transcript}"
            raise UsageError(msg)


def check_words(verb: str, words: Iterable[str]) -> None:
    """Raise UsageError unless all *words* are text."""
    for word in words:
        if not isinstance(word, str):
            msg = f"{verb} takes words, such as {verb}('goodbye'), not {type(word).__name__}."
            raise UsageError(msg)


def check_seconds(verb: str, seconds: object) -> None:
    """Raise UsageError unless *seconds* is a number of them, or left out."""
    if seconds is not None and (not is_finite(seconds) or seconds < 0):
        msg = f"{verb} takes a number of seconds from 0, not {seconds!r}."
        raise UsageError(msg)


def check_speech(text: object, seconds: object) -> None:
    """Raise UsageError unless this can be spoken."""
    if not isinstance(text, str):
        msg = f"speak takes the text that is said, not {type(text).__name__}; see seconds=."
        raise UsageError(msg)
    check_seconds("speak", seconds)


def is_waiting_for_person(call: PhoneCall) -> bool:
    """Return whether the call is over, or goes on with what a person does whom a test drives."""
    if call.is_over or call.is_in_hands:
        return True
    return call.expects in _WAITS_FOR_PERSON and not call.is_before_beep


def mark_phone(phone: Phone) -> PhoneMark:
    """Return what a test took note of, for *rewind_phone*: a phone's own methods are the test's."""
    return PhoneMark(phone._read, frozenset(phone.noticed))


def rewind_phone(phone: Phone, mark: PhoneMark) -> None:
    """Forget what a test took note of since *mark*."""
    phone._read, phone.noticed = mark.read, set(mark.noticed)


@explain_each_misuse
class Phone:
    """The phone of one person."""

    def __init__(self, live: PhoneStage, number: str) -> None:
        self._live = live
        self.number = number
        self._read = 0
        self.noticed: set[str] = set()

    def __repr__(self) -> str:
        return f"<Phone {self.number}>"

    @property
    def calls(self) -> tuple[PhoneCall, ...]:
        """All calls that this person had, oldest first."""
        runs = self._live.world.runs.values()
        mine = [run for run in runs if run.person == self.number]
        heard = [
            run
            for run in mine
            if run.state.context.kind is Kind.VOICE or (run.leg and run.leg.is_picked_up)
        ]
        self.noticed.update(run.sid for run in heard)
        return tuple(PhoneCall(self._live, run.sid) for run in heard)

    @property
    def call(self) -> PhoneCall | None:
        """The call at the ear now; None if there is none."""
        return next((call for call in reversed(self.calls) if not call.is_over), None)

    @property
    def inbox(self) -> tuple[Instance, ...]:
        """The messages received, oldest first."""
        messages = self._list_messages()
        self.noticed.update(one.Sid for one in messages)
        return messages

    def _list_messages(self) -> tuple[Instance, ...]:
        messages = self._live.world.list_instances(world_parts.SMS)
        sent = [one for one in messages if one.To == self.number and one.Status == "sent"]
        return tuple(sorted(sent, key=lambda one: world_parts.get_times(one).get("DateSent", 0)))

    def take_note(self) -> None:
        """Take note that a message came."""

    def dial(self, number: str) -> PhoneCall:
        """
        Call *number*, a number of the account, and let what is due happen.

        Raises:
            UsageError: No account has *number*, or it has no ``Url``.
        """
        simulator = self._live.simulator
        call = simulator.receive_call(Called=number, Caller=self.number, duration=None)
        if call.Sid not in self._live.world.runs:
            msg = (
                f"nothing answers {number}: attach an application, and give the number a Url: "
                f"twilio.change(number, Url='https://clinic.example/voice')."
            )
            raise UsageError(msg)
        return PhoneCall(self._live, call.Sid)

    def text(self, number: str, body: str) -> Phone:
        """Write *body* to *number*, and let the application answer."""
        self._live.simulator.receive_sms(To=number, From=self.number, Body=body)
        clock = self._live.world.clock
        clock.advance(seconds=world_parts.USUAL_SMS.after)
        return self

    def reply(self, body: str) -> Phone:
        """
        Answer the newest message.

        Raises:
            UsageError: The inbox is empty.
        """
        self.check_inbox()
        return self.text(self.inbox[-1].From, body)

    def check_inbox(self) -> None:
        """
        Check that there is a message to reply to.

        Raises:
            UsageError: The inbox is empty.
        """
        if not self.inbox:
            msg = f"{self.number} got no message to reply to."
            raise UsageError(msg)

    def expect_text(self, *words: str) -> Phone:
        """
        Advance time until a message that nobody expected yet has all *words*, in any case.

        Raises:
            AssertionError: No such message came.
        """
        self._live.settle()
        let_pass(self._live, lambda: self.find_text(words) is not None)
        self.take_text(words)
        return self

    def find_text(self, words: Iterable[str], after: int | None = None) -> int | None:
        """
        Return the number of the first message behind *after* that has all *words*.

        Args:
            words: The words, in any case.

            after: A number of messages; None for those that were expected already.
        """
        check_words("expect_text", words)
        begin = self._read if after is None else after
        for index, message in enumerate(self._list_messages()[begin:], begin + 1):
            if all(word.casefold() in message.Body.casefold() for word in words):
                return index
        return None

    def take_text(self, words: Iterable[str], after: int | None = None) -> tuple[int, Instance]:
        """
        Take the message that *find_text* finds for expected; return its number, and it.

        Raises:
            AssertionError: There is none.
        """
        found = self.find_text(words, after)
        if found is None:
            got = "\n".join(f"  {one.From}: {one.Body}" for one in self.inbox) or "  nothing"
            which = f"message with {', '.join(words)}" if words else "further message"
            msg = f"{self.number} got no {which}. It got:\n{got}"
            raise AssertionError(msg)
        self._read = found
        messages = self._list_messages()
        self.noticed.update(one.Sid for one in messages[:found])
        return found, messages[found - 1]

    def pick_up(self) -> PhoneCall:
        """Advance time until the phone rings, and answer."""
        ringing = self._await_ring()
        if world_parts.is_validation(ringing):
            with self._live.simulator._lock:
                sid = self._live.validations.answer(ringing)
            return PhoneCall(self._live, sid)
        if (leg := self._find_leg(ringing)) is not None:
            with self._live.simulator._lock:
                self._live.legs.answer(leg, by_hand=True)
            self._live.settle()
            return PhoneCall(self._live, leg.sid)
        self._live.simulator.answer(ringing)
        self._live.settle()
        return PhoneCall(self._live, ringing.Sid)

    def busy(self) -> Instance:
        """Advance time until the phone rings, and be busy; return what let it ring."""
        return self._refuse("busy")

    def ignore(self) -> Instance:
        """Advance time until the phone rings, and rings no more; return what let it ring."""
        return self._refuse("no-answer")

    def _refuse(self, ends: str) -> Instance:
        ringing = self._await_ring()
        self.begin_refusal(ringing, ends)
        self._live.settle()
        let_pass(self._live, lambda: self.has_stopped(ringing))
        return ringing

    def has_stopped(self, ringing: Instance) -> bool:
        """Return whether what let the phone ring does so no more."""
        if world_parts.is_validation(ringing):
            return not self._live.validations.is_ringing(ringing)
        return bool(ringing.Status != "0")

    def begin_refusal(self, ringing: Instance, ends: str) -> None:
        """Refuse *ringing*: it ends now if it is ``busy``, else when it has rung long enough."""
        with self._live.simulator._lock:
            if world_parts.is_validation(ringing):
                validations = self._live.validations
                (validations.refuse if ends == "busy" else validations.hold)(ringing)
            elif (leg := self._find_leg(ringing)) is None:
                account = self._live.world.accounts[ringing.AccountSid]
                after = 0 if ends == "busy" else world_parts.USUAL_TIMEOUT
                world_parts.refuse_call(self._live.world, account, ringing, ends, after)
            elif ends == "busy":
                self._live.legs.end(leg, ends)
            else:
                self._live.legs.hold(leg)

    def _find_leg(self, ringing: Instance) -> Run | None:
        found: Run | None = self._live.world.runs.get(ringing.CallSegmentSid)
        return found

    @property
    def ringing(self) -> Instance | None:
        """
        What lets it ring now; None if it does not ring.

        A ``Call``, a segment of one, or the ``ValidationRequest`` of a validation call.
        """
        calls = self._live.world.list_instances(world_parts.CALL)
        mine = [one for one in calls if one.Called == self.number and one.Status == "0"]
        ringing = next(
            (
                one
                for one in mine
                if not world_parts.is_set(one, "segment") or self._find_leg(one) is not None
            ),
            None,
        )
        return ringing or self._live.validations.find_ringing(self.number)

    def _await_ring(self) -> Instance:
        self._live.settle()
        let_pass(self._live, lambda: self.ringing is not None)
        return self.check_ringing()

    def check_ringing(self) -> Instance:
        """
        Return what lets it ring.

        Raises:
            UsageError: It does not ring.
        """
        found = self.ringing
        if found is None:
            msg = (
                f"nobody calls {self.number}. Who is called answers after a few seconds, as "
                "arrange_call says: pick up before that time has passed."
            )
            raise UsageError(msg)
        if not world_parts.is_validation(found):
            self.noticed.add(found.CallSegmentSid or found.Sid)
        return found


def let_pass(live: PhoneStage, holds: Callable[[], bool]) -> None:
    """Advance time, from event to event, until *holds* or nothing is due; a day at most."""
    live.world.clock.step_until(holds, _LIMIT)
