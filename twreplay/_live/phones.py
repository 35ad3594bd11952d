"""The phones of people: what a test dials, presses, hears and reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from twreplay._live.runs import Run, Sound
from twreplay._simulator import Instance
from twreplay._simulator import live_parts as world_parts
from twreplay._twiml import Expects, HungUp, Kind, Pressed, Spoke
from twreplay.errors import UsageError

if TYPE_CHECKING:
    from twreplay._delivery import Delivery
    from twreplay._live.live import Live

_LIMIT = 86_400
_WAITS_FOR_PERSON = (Expects.DIGITS, Expects.RECORDING)


class PhoneCall:
    """One call, as the person at the phone has it."""

    def __init__(self, live: Live, sid: str) -> None:
        self._live = live
        self._sid = sid

    def __repr__(self) -> str:
        return f"<PhoneCall {self._sid}, {'over' if self.is_over else 'in progress'}>"

    @property
    def _run(self) -> Run:
        run: Run = self._live.world.runs[self._sid]
        return run

    @property
    def heard(self) -> tuple[Sound, ...]:
        """What was heard so far, oldest first."""
        return self._run.heard

    @property
    def is_over(self) -> bool:
        """Whether the call is over."""
        return self._run.state.is_hung_up

    @property
    def expects(self) -> str:
        """What the call needs to go on: ``digits``, ``recording``, ``answer``, or nothing."""
        expects = self._run.state.expects
        known = (*_WAITS_FOR_PERSON, Expects.ANSWER)
        return expects.value if expects in known else ""

    @property
    def resource(self) -> Instance:
        """The ``Call`` of the API."""
        account = self._live.world.accounts[self._run.account_sid]
        found = self._live.world.find_owned(account, "Call", Sid=self._sid, segment=False)
        assert found is not None
        return found

    @property
    def webhooks(self) -> tuple[Delivery, ...]:
        """The requests that this call made to the application, oldest first."""
        made = self._live.webhooks
        return tuple(one for one in made if one.webhook.conversation.key == self._sid)

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

        Args:
            text: What is said.

            seconds: How long it takes; from the length of *text* if it is left out.
        """
        self._check("speak")
        state = self._run.state
        lasts = state.context.durations.measure_speech(text) if seconds is None else seconds
        self._live.tell(self._sid, "person", f"speaks: {text}" if text else f"speaks {lasts:g} s")
        self._live.feed(self._sid, Spoke(lasts, text))
        return self.wait(lasts)

    def wait(self, seconds: float | None = None) -> PhoneCall:
        """Let *seconds* pass; None until somebody must act, or the call is over."""
        if seconds is not None:
            self._live.world.clock.advance(seconds=seconds)
        else:
            self._live.settle()
            let_pass(self._live, lambda: is_waiting_for_person(self))
        return self

    def hang_up(self) -> PhoneCall:
        """Hang up; nothing happens if the call is over."""
        self._live.settle()
        if not self.is_over:
            self._live.feed(self._sid, HungUp())
        self._live.settle()
        return self

    def expect(self, *words: str) -> PhoneCall:
        """
        Let time pass until all *words* were heard, in any case.

        Raises:
            AssertionError: The call is over, or waits for the person, and they were not.
        """

        def is_heard() -> bool:
            said = " ".join(f"{sound.text} {sound.url}" for sound in self.heard).casefold()
            return all(word.casefold() in said for word in words)

        self._live.settle()
        let_pass(self._live, lambda: is_heard() or self.is_over)
        if not is_heard():
            msg = f"the call never said {', '.join(words)}:\n{self.transcript}"
            raise AssertionError(msg)
        return self

    def _check(self, verb: str) -> None:
        self._live.settle()
        if self.is_over:
            msg = f"{verb}: the call is over.\n{self.transcript}"
            raise UsageError(msg)


def is_waiting_for_person(call: PhoneCall) -> bool:
    """Return whether the call is over, or goes on with what the person does."""
    return call.is_over or call.expects in _WAITS_FOR_PERSON


class Phone:
    """The phone of one person."""

    def __init__(self, live: Live, number: str) -> None:
        self._live = live
        self.number = number
        self._read = 0

    def __repr__(self) -> str:
        return f"<Phone {self.number}>"

    @property
    def calls(self) -> tuple[PhoneCall, ...]:
        """All calls that this person had, oldest first."""
        runs = self._live.world.runs.values()
        mine = [run for run in runs if run.person == self.number]
        voice = [run for run in mine if run.state.context.kind is Kind.VOICE]
        return tuple(PhoneCall(self._live, run.sid) for run in voice)

    @property
    def call(self) -> PhoneCall | None:
        """The call at the ear now; None if there is none."""
        return next((call for call in reversed(self.calls) if not call.is_over), None)

    @property
    def inbox(self) -> tuple[Instance, ...]:
        """The messages received, oldest first."""
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
        if not self.inbox:
            msg = f"{self.number} got no message to reply to."
            raise UsageError(msg)
        return self.text(self.inbox[-1].From, body)

    def expect_text(self, *words: str) -> Phone:
        """
        Let time pass until a message that nobody expected yet has all *words*, in any case.

        Raises:
            AssertionError: No such message came.
        """

        def find() -> int | None:
            for index, message in enumerate(self.inbox[self._read :], self._read + 1):
                if all(word.casefold() in message.Body.casefold() for word in words):
                    return index
            return None

        self._live.settle()
        let_pass(self._live, lambda: find() is not None)
        found = find()
        if found is None:
            got = "\n".join(f"  {one.From}: {one.Body}" for one in self.inbox) or "  nothing"
            msg = f"{self.number} got no message with {', '.join(words)}. It got:\n{got}"
            raise AssertionError(msg)
        self._read = found
        return self

    def pick_up(self) -> PhoneCall:
        """Let time pass until the phone rings, and answer."""
        ringing = self._await_ring()
        self._live.simulator.answer(ringing)
        self._live.settle()
        return PhoneCall(self._live, ringing.Sid)

    def busy(self) -> Instance:
        """Let time pass until the phone rings, and be busy; return the ``Call``."""
        return self._refuse("busy", 0)

    def ignore(self) -> Instance:
        """Let time pass until the phone rings, and until it rings no more; return the ``Call``."""
        return self._refuse("no-answer", world_parts.USUAL_TIMEOUT)

    def _refuse(self, ends: str, after: float) -> Instance:
        ringing = self._await_ring()
        simulator = self._live.simulator
        with simulator._lock:
            account = self._live.world.accounts[ringing.AccountSid]
            world_parts.refuse_call(self._live.world, account, ringing, ends, after)
        self._live.world.clock.advance(seconds=after)
        return ringing

    def _await_ring(self) -> Instance:
        def find() -> Instance | None:
            calls = self._live.world.list_instances(world_parts.CALL)
            mine = [one for one in calls if one.Called == self.number and one.Status == "0"]
            return next((one for one in mine if not world_parts.is_set(one, "segment")), None)

        self._live.settle()
        let_pass(self._live, lambda: find() is not None)
        found = find()
        if found is None:
            msg = f"nobody calls {self.number}."
            raise UsageError(msg)
        return found


def let_pass(live: Live, holds: Callable[[], bool]) -> None:
    """Let time pass, from event to event, until *holds* or nothing is due; a day at most."""
    live.world.clock.step_until(holds, _LIMIT)
