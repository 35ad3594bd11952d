"""Runs calls and messages of a simulator against the applications that are attached to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from twreplay._api import RESOURCES, parse_phone_number
from twreplay._call_site import find_file_and_line
from twreplay._delivery import (
    ClientMark,
    Deliverer,
    Delivery,
    Outbox,
    OutboxMark,
    Outcome,
    Webhook,
    find_fallback,
)
from twreplay._http import Request
from twreplay._live.audio import is_wrong_type, read_audio
from twreplay._live.legs import DECIDED, Legs
from twreplay._live.marks import NOTHING, DueMark, LiveMark, PhoneMark
from twreplay._live.packing import pack_live, unpack_live, unpack_phones
from twreplay._live.phones import Phone, mark_phone, rewind_phone
from twreplay._live.rooms import Rooms
from twreplay._live.rules import WebhookRule
from twreplay._live.runs import Arrival, Item, Line, Run, Sound
from twreplay._live.scripts import STEP, act, plan_step
from twreplay._live.sending import (
    CALL_STATUS,
    build_audio_webhook,
    build_call_webhook,
    build_message_webhook,
    log_notification,
)
from twreplay._live.stage import GOES_ON
from twreplay._live.unexpected import build_unread_error, list_unexpected
from twreplay._live.unused import build_unused_error
from twreplay._live.validations import Validations
from twreplay._simulator import TRIAL, Account, Due, Instance, Simulator, World
from twreplay._simulator import live_parts as world_parts
from twreplay._twiml import (
    AudioArrived,
    ConferenceLeft,
    Connect,
    Context,
    CutOff,
    DocumentArrived,
    EndLeg,
    Expects,
    Fetch,
    FetchAudio,
    FetchFailed,
    Finished,
    Hangup,
    Heard,
    HungUp,
    Input,
    JoinConference,
    KeysLost,
    KeysSent,
    Kind,
    LeaveConference,
    Notify,
    RecordingStored,
    Redirected,
    RestsOn,
    SendsKeys,
    SendSms,
    SmsTaken,
    StartDial,
    StartWhisper,
    State,
    StopRecording,
    TimePassed,
    Told,
    read_document,
    step,
)
from twreplay.errors import UnreadNotifications, UnusedRules, UsageError

_DAY = 86_400.0
_ARRIVES = "webhook answered"
_RECORDING_URL = "https://api.twilio.com/2008-08-01/Accounts/{}/Recordings/{}"
_KINDS = {
    "voice": "voice",
    "gather": "gather",
    "record": "record",
    "dial": "dial",
    "sms": "call-sms",
    "redirect": "redirect",
    "live redirect": "live-redirect",
}
_BY_NAME = {resource.name: resource for resource in RESOURCES}


class Live:
    """
    The applications, phones and webhooks of one simulator.

    Attributes:
        webhooks: What became of each webhook, oldest first.

        unread: The notifications of errors since the test last looked at them.

        on_delivery: Called with each, before the world follows it.
    """

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.deliverer = Deliverer(self._ask_rules)
        self.rules: list[WebhookRule] = []
        self._is_deferred: ContextVar[bool] = ContextVar("twreplay_deferred", default=False)
        self.webhooks: list[Delivery] = []
        self.on_delivery: Callable[[Delivery], None] | None = None
        self._arrived = 0
        self._outbox: Outbox[Item] = Outbox(
            lambda item: item.webhook.conversation.key, guard=lambda: simulator._lock
        )
        self._phones: dict[str, Phone] = {}
        self.legs = Legs(self)
        self.unread: list[Instance] = []
        self.rooms = Rooms(self)
        self.validations = Validations(self)

    # --- attaching and settling ----------------------------------------------------------------

    @property
    def world(self) -> World:
        """The world as it is now."""
        return self.simulator._world

    def attach(self, app: object, base_url: str | None, **options: Any) -> None:
        """Attach *app*, and let it answer for the world."""
        self.deliverer.applications.attach(app, base_url, **options)
        self.enliven(self.world)

    def enliven(self, world: World) -> None:
        """Let *world* tell of calls that go on, and ask what is attached, if something is."""
        world.on_other_due = self.fall_due
        if self.deliverer.applications or world.runs:
            world.live = self
            world.clock.settle = self.settle

    def pack(self) -> dict[str, Any]:
        """
        Return what lives, for a snapshot.

        Raises:
            UsageError: An application is working on an answer, which nothing else knows.
        """
        arrivals = self.world.arrivals.values()
        at_work = [item for item in self._outbox.list_at_work() if item.run]
        for item in (*at_work, *(arrival.item for arrival in arrivals)):
            msg = (
                f"snapshot: the application has yet to answer {item.webhook!r}, and nothing else "
                "knows what it will say. Take the snapshot when the verb has returned, and let "
                "time go on first if the answer takes some: twilio.clock.advance(seconds=15)."
            )
            raise UsageError(msg)
        runs = self.world.runs.values()
        live = pack_live(runs, self._outbox.list_due(), self.world.validation_requests)
        return {**live, "cookies": self.deliverer.client.pack(), "phones": self._pack_phones()}

    def _pack_phones(self) -> dict[str, list[Any]]:
        marks = {number: mark_phone(phone) for number, phone in self._phones.items()}
        asked = {number: mark for number, mark in marks.items() if mark != PhoneMark()}
        return {number: [mark.read, sorted(mark.noticed)] for number, mark in asked.items()}

    @property
    def has_memory(self) -> bool:
        """True if there is a cookie, or a test has taken note of something at a phone."""
        return bool(self.deliverer.client.pack() or self._pack_phones())

    def unpack(self, world: World, packed: Mapping[str, Any]) -> LiveMark:
        """
        Put what lived into *world*, which is not open yet; return what lived beside it.

        Raises:
            UsageError: *packed* is damaged.
        """
        try:
            runs, due = unpack_live(packed, world.validation_requests)
            accounts = [run.account_sid for run in runs.values()]
            accounts += [item.webhook.account_sid for item in due]
            _ = [world.accounts[sid] for sid in accounts]
            # Absent in older snapshots.
            client = ClientMark.unpack(packed.get("cookies", {}))
            phones = unpack_phones(packed.get("phones", {}))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            msg = f"the snapshot is damaged: {type(error).__name__}: {error}. Take another one."
            raise UsageError(msg) from None
        world.runs.update(runs)
        return LiveMark(DueMark(OutboxMark(tuple(due))), client, phones)

    def mark(self) -> LiveMark:
        """Return what lives beside the world, for *rewind*."""
        phones = {number: mark_phone(phone) for number, phone in self._phones.items()}
        return LiveMark(self.mark_due(), self.deliverer.client.mark(), phones)

    def rewind(self, mark: LiveMark) -> None:
        """Restore what *mark* returned. The world is restored already."""
        self.rewind_due(mark.due)
        self.deliverer.client.rewind(mark.client)
        for number in (*self._phones, *mark.phones):
            rewind_phone(self.find_phone(number), mark.phones.get(number) or PhoneMark())

    def begin_again(self) -> None:
        """Forget what lived, what was delivered, and the rules; what is attached stays."""
        self.rewind(NOTHING)
        self.rules.clear()
        self.webhooks.clear()
        self.unread.clear()

    def mark_due(self) -> DueMark:
        """Return what is due, for *rewind_due*."""
        return DueMark(self._outbox.mark(), self._arrived)

    def rewind_due(self, mark: DueMark) -> None:
        """Let due be what was due at *mark*, and no more."""
        self._outbox.rewind(mark.outbox)
        self._arrived = mark.arrived

    def find_phone(self, number: str) -> Phone:
        """Return the phone with *number*, made when it is first asked for."""
        read = parse_phone_number(number) if isinstance(number, str) else None
        if read is None:
            msg = f"phone takes a phone number, such as '4155551212', not {number!r}."
            raise UsageError(msg)
        if read not in self._phones:
            self._phones[read] = Phone(self, read)
        return self._phones[read]

    def expect_nothing_more(self) -> None:
        """Check that no call goes on, and that phones were asked for all calls and messages."""
        self.settle()
        runs: list[Run] = [run for run in self.world.runs.values() if not run.waits_for]
        noticed = {sid for phone in self._phones.values() for sid in phone.noticed}
        calls = self.world.list_instances(world_parts.CALL)
        messages = self.world.list_instances(world_parts.SMS)
        lines = list_unexpected(runs, calls, messages, noticed)
        if lines:
            msg = f"{len(lines)} more than was expected:\n" + "\n".join(f"  {x}" for x in lines)
            raise AssertionError(msg)

    def build_unread_error(self) -> UnreadNotifications | None:
        """Return an error for unread notifications of errors, or None."""
        requested = any("/Notifications" in e.request.path for e in self.simulator.requests)
        unread = [one for one in self.unread if self.world.has(one)]
        return None if requested else build_unread_error(unread)

    def transcripts(self) -> str:
        """Return the transcript of each call and message, oldest first."""
        runs: list[Run] = [run for run in self.world.runs.values() if not run.waits_for]
        shown = [f"{run.sid}, {run.person}\n" + "\n".join(map(str, run.lines)) for run in runs]
        return "\n\n".join(shown)

    def settle(self) -> None:
        """Deliver all that is due, outside the lock; later, if this thread holds it."""
        is_locked = self.simulator._lock._is_owned()  # type: ignore[attr-defined]
        if not is_locked and not self._is_deferred.get():
            self._outbox.settle(self._work)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Deliver nothing inside a block: what is due stays due."""
        token = self._is_deferred.set(True)
        try:
            yield
        finally:
            self._is_deferred.reset(token)

    @property
    def is_due(self) -> bool:
        """True if a webhook waits to be delivered."""
        return len(self._outbox) > 0

    def drop_due(self) -> None:
        """Forget the webhooks that are due."""
        self._outbox.clear()

    def is_busy(self, key: str) -> bool:
        """Return whether a webhook of one conversation is due, or being delivered."""
        return self._outbox.is_busy(key)

    async def settle_async(self) -> None:
        """As *settle*, in the running loop."""
        await self._outbox.settle_async(self._work_async)

    async def step_async(self) -> bool:
        """Process the next event, within a day; return whether there was one."""
        with self.deferred():
            happened = self.world.clock.step(_DAY)
        await self.settle_async()
        return happened

    async def advance_async(self, seconds: float) -> None:
        """Move time forward, from event to event."""
        clock = self.world.clock
        clock.check_span(seconds)
        await self.settle_async()
        end = clock.now + timedelta(seconds=seconds)
        happened = True
        while happened:
            with self.deferred():
                happened = clock.step((end - clock.now).total_seconds())
            await self.settle_async()
        with self.deferred():
            clock.advance(max(timedelta(0), end - clock.now))
        await self.settle_async()

    def add_rule(self, path: str, times: int | None, fields: dict[str, str]) -> WebhookRule:
        """Begin a rule, which is asked before older ones."""
        rule = WebhookRule(path, times, fields, find_file_and_line(), self.rules)
        self.rules.insert(0, rule)
        return rule

    def build_unused_error(self) -> UnusedRules | None:
        """Return an error for rules that were used too seldom, or None."""
        return build_unused_error(self.rules, self.webhooks)

    def _ask_rules(self, webhook: Webhook, request: Request) -> Outcome | None:
        for rule in self.rules:
            outcome = rule.apply(webhook, request)
            if outcome is None:
                continue
            if TRIAL is not None and TRIAL.leaves_out(rule.made_at, rule.text):
                return None
            return outcome
        return None

    def _prepare(self, item: Item) -> tuple[Account, str, datetime] | None:
        with self.simulator._lock:
            account = self.world.accounts.get(item.webhook.account_sid)
            if account is None or self._outbox.is_outdated(item):
                return None
            return account, account.instance.AuthToken, self.world.clock.now

    def _work(self, item: Item) -> None:
        prepared = self._prepare(item)
        if prepared is not None:
            account, token, now = prepared
            delivery = self.deliverer.deliver(
                item.webhook, auth_token=token, now=now, passes_time=True
            )
            self._finish(item, account, delivery, now)

    async def _work_async(self, item: Item) -> None:
        prepared = self._prepare(item)
        if prepared is not None:
            account, token, now = prepared
            delivery = await self.deliverer.deliver_async(
                item.webhook, auth_token=token, now=now, passes_time=True
            )
            self._finish(item, account, delivery, now)

    def _finish(self, item: Item, account: Account, delivery: Delivery, begun: datetime) -> None:
        with self.simulator._lock:
            self._list(item, delivery)
        if self.on_delivery is not None:
            self.on_delivery(delivery)
        with self.simulator._lock:
            # In a loop, or by a real clock, time may have passed already.
            passed = max(0.0, (self.world.clock.now - begun).total_seconds())
            if self._outbox.is_outdated(item):
                pass  # The world that it was for is undone.
            elif delivery.elapsed_seconds > passed:
                self._await_answer(item, account, delivery, delivery.elapsed_seconds - passed)
            else:
                self._take(item, account, delivery)
        if delivery.exception is not None:
            raise delivery.exception

    def _list(self, item: Item, delivery: Delivery) -> None:
        """List *delivery*, in the place of the one that failed, if it is to the fallback URL."""
        if item.after is not None:
            self.webhooks[:] = [one for one in self.webhooks if one is not item.after]
            delivery = replace(delivery, after_failure=item.after)
        self.webhooks.append(delivery)

    def _await_answer(self, item: Item, account: Account, delivery: Delivery, after: float) -> None:
        """Take *delivery* after these seconds, when the virtual time has passed that it took."""
        self._arrived += 1
        number = str(self._arrived)
        self.world.arrivals[number] = Arrival(item, delivery)
        subject = item.run or item.webhook.conversation.key
        self.world.clock.schedule(after, _ARRIVES, account.sid, subject, number=number)

    def _take(self, item: Item, account: Account, delivery: Delivery) -> None:
        """Let the state follow *delivery*."""
        failed = delivery
        while failed.after_failure is not None:
            failed = failed.after_failure
        for one in {id(failed): failed, id(delivery): delivery}.values():
            if one.error is not None and not is_wrong_type(one):
                self._notify(account, one, one.error.code, one.detail or one.error.title)
        run = self.world.runs.get(item.run)
        if run is None:
            return
        if delivery.webhook.kind.name == "media":
            self._feed(run, read_audio(delivery), delivery)
            return
        if run.asked != item.asked or run.state.expects is not Expects.DOCUMENT:
            return  # It was sent to another document, or is over.
        if delivery.error is not None or delivery.response is None:
            fallback = find_fallback(delivery)
            if fallback is not None:
                self._outbox.put(replace(item, webhook=fallback, after=delivery))
                return
            code = delivery.error.code if delivery.error is not None else 11200
            self._feed(run, FetchFailed(code, delivery.detail), is_logged=True)
            return
        self._take_document(item, account, delivery, run)

    def _take_document(self, item: Item, account: Account, delivery: Delivery, run: Run) -> None:
        """Run the document that *delivery* brought, or ask the fallback URL if it cannot be."""
        assert delivery.response is not None
        document = read_document(
            delivery.response.body,
            url=delivery.url,
            content_type=delivery.response.headers.get("content-type") or "",
            kind=run.state.context.kind,
        )
        if document.failure is not None:
            code = document.failure.code or 12100
            fallback = delivery.webhook.to_fallback(code, delivery.url)
            if fallback is not None:
                self._notify(account, delivery, code, document.failure.message)
                self._outbox.put(replace(item, webhook=fallback, after=None))
                return
        self._feed(run, DocumentArrived(document), delivery)

    # --- the machine ---------------------------------------------------------------------------

    def save(self, run: Run) -> None:
        """Keep *run* as it is now."""
        self.world.runs[run.sid] = run

    def find_second(self, run: Run) -> float:
        """Return the second of *run* that it is now."""
        elapsed = (self.world.clock.now - run.began).total_seconds()
        return max(elapsed, run.state.now)

    def feed(self, sid: str, given: Input) -> None:
        """Feed *given* to a run, at the present time."""
        with self.simulator._lock:
            self._feed(self.world.runs[sid], given)

    def feed_held(self, sid: str, given: Input) -> None:
        """Feed *given* to a run, with the lock held."""
        self._feed(self.world.runs[sid], given)

    def _feed(
        self, run: Run, given: Input, delivery: Delivery | None = None, *, is_logged: bool = False
    ) -> None:
        second = self.find_second(run)
        if not isinstance(given, TimePassed) and run.state.now < second:
            run = self._step(run, TimePassed(second), None)
        run = self._step(run, given, delivery, is_logged=is_logged)
        self._schedule(run)

    def _step(
        self, run: Run, given: Input, delivery: Delivery | None, *, is_logged: bool = False
    ) -> Run:
        done = step(run.state, given)
        run = replace(run, state=done.state)
        self.save(run)
        for effect in done.effects:
            if is_logged and isinstance(effect, Notify):
                continue
            handler = _EFFECTS.get(type(effect))
            if handler is not None:
                handler(self, run.sid, effect, delivery)
        latest: Run = self.world.runs[run.sid]
        return latest

    def _schedule(self, run: Run) -> None:
        if run.sid not in self.world.runs:
            return  # What was waited for has begun.
        plan_step(self, self.world.runs[run.sid])
        if run.state.expects is not Expects.CONFERENCE:
            self.rooms.end_wait(run.sid)
        clock = self.world.clock
        clock.cancel(run.account_sid, run.sid, {GOES_ON})
        latest: Run = self.world.runs[run.sid]
        due = latest.state.due
        if due is not None:
            clock.schedule(
                max(0.0, due - self.find_second(latest)), GOES_ON, run.account_sid, run.sid
            )

    def fall_due(self, account: Account, due: Due) -> None:
        """Let the run that *due* is about go on."""
        if due.kind == _ARRIVES:
            arrival = self.world.arrivals.pop(due.details.get("number", ""), None)
            if arrival is not None:
                self._take(arrival.item, account, arrival.delivery)
            return
        run = self.world.runs.get(due.subject)
        if run is None:
            return
        if due.kind == GOES_ON and run.state.due is not None:
            self._feed(run, TimePassed(max(run.state.due, self.find_second(run))))
        elif due.kind == STEP and run.script:
            act(self, run)
        elif due.kind == DECIDED:
            self.legs.fall_due(run, due)

    def tell(self, sid: str, who: str, what: str) -> None:
        """Add a line to the transcript of a run."""
        run = self.world.runs[sid]
        run = self.world.runs[run.waits_for or sid]
        self.save(replace(run, lines=(*run.lines, Line(self.find_second(run), who, what))))

    # --- beginnings and ends -------------------------------------------------------------------

    def begin_call(self, account: Account, call: Instance, answered_by: str) -> bool:
        """Run *call*, which is in progress from now on; return whether it has a URL."""
        is_inbound = world_parts.get_value(call, "Flags") == "1"
        fallback = ("", "")
        if is_inbound:
            number = self._find_number(account, call.Called)
            if number is None:
                return False
            url, method = number.Url, number.Method or "POST"
            fallback = (
                world_parts.get_value(number, "VoiceFallbackUrl"),
                world_parts.get_value(number, "VoiceFallbackMethod") or "POST",
            )
        else:
            url = world_parts.get_value(call, "Url")
            method = world_parts.get_value(call, "Method") or "POST"
        if not url:
            return False
        detects = bool(world_parts.get_value(call, "IfMachine"))
        context = self._build_context(account, Kind.VOICE, call.Caller, call.Called, not is_inbound)
        run = Run(
            call.Sid,
            account.sid,
            context.other_number,
            State(context, activity=SendsKeys(world_parts.get_value(call, "SendDigits"))),
            self.world.clock.now,
            url,
            method,
            fallback,
            answered_as=f"answered-{answered_by}" if detects else "answered",
        )
        self.save(run)
        self.tell(run.sid, "person", "dials" if is_inbound else "answers")
        self._feed(self.world.runs[run.sid], TimePassed(0.0))
        return True

    def begin_script(self, account: Account, call: Instance) -> None:
        """Let the person who answered *call* do what ``arrange_call`` says."""
        run = self.world.runs.get(call.Sid)
        if run is not None:
            outcome = world_parts.find_call_outcome(self.world, call.Called, account.sid)
            self.save(replace(run, script=tuple(outcome.script)))

    def hang_up_held(self, sid: str) -> None:
        """Hang up the phone of a run, with the lock held."""
        run = self.world.runs[sid]
        if run.leg is not None:
            self.legs.hang_up(run)
        elif not run.is_over:
            self._feed(run, HungUp())

    def _build_context(
        self, account: Account, kind: Kind, caller: str, called: str, is_outbound: bool
    ) -> Context:
        numbers = account.stores["IncomingPhoneNumber"]
        ids = account.stores["OutgoingCallerId"]
        own = tuple(one.PhoneNumber for one in numbers)
        verified = tuple(one.PhoneNumber for one in ids)
        return Context(
            kind=kind,
            caller=caller,
            called=called,
            is_outbound=is_outbound,
            caller_ids=own + verified,
            sms_numbers=self._list_sms_numbers(account),
            verified=verified if account.is_trial else None,
            calls_abroad=account.calls_abroad,
            asks_for_audio=self.deliverer.applications.fetch_audio,
        )

    def _list_sms_numbers(self, account: Account) -> tuple[str, ...]:
        """List the numbers of *account* that can send messages."""
        numbers = account.stores["IncomingPhoneNumber"]
        return (
            *(one.PhoneNumber for one in numbers if world_parts.is_set(one, "sms")),
            *(one.PhoneNumber for one in account.stores["TwilioSandbox"]),
            *(one.ShortCode for one in account.stores["ShortCode"]),
        )

    def _find_number(self, account: Account, number: str) -> Instance | None:
        found: Instance | None
        for name in ("IncomingPhoneNumber", "TwilioSandbox"):
            found = self.world.find_owned(account, name, PhoneNumber=number)
            if found is not None:
                return found
        found = self.world.find_owned(account, "ShortCode", ShortCode=number)
        return found

    def end_call(self, account: Account, call: Instance) -> None:
        """Tell the application that *call* is over."""
        run = self.world.runs.get(call.Sid)
        if run is not None:
            if not run.state.is_hung_up:
                self._feed(run, HungUp())
            run = self.world.runs[call.Sid]
            values = _describe_length(call, self.world.clock.seconds)
            self.request(run, "end-of-call", run.url, run.method, values, is_run=False)
            return
        url = world_parts.get_value(call, "Url")
        if not url or world_parts.get_value(call, "Flags") == "1":
            return
        method = world_parts.get_value(call, "Method") or "POST"
        if call.Status != "2":
            told = {"DialStatus": CALL_STATUS[call.Status]}
        elif world_parts.get_value(call, "IfMachine") == "Hangup" and (
            world_parts.get_value(call, "AnsweredBy") == "machine"
        ):
            told = {"DialStatus": "hangup-machine"}
        else:
            told = _describe_length(call, self.world.clock.seconds)
        webhook = build_call_webhook("end-of-call", call, told, url=url, method=method)
        self._outbox.put(Item(webhook))

    def answer_leg(self, leg: Instance) -> None:
        """Connect *leg*, which is answered, with its call; it ends as ``arrange_call`` says."""
        run = self.world.runs.get(leg.CallSegmentSid)
        if run is not None and run.leg is not None and not run.leg.is_picked_up:
            self.legs.answer_now(run)

    def end_leg(self, leg: Instance) -> None:
        """Go on with the call whose *leg* is over."""
        run = self.world.runs.get(leg.CallSegmentSid)
        if run is not None:
            ends = {"3": "busy", "4": "failed", "5": "no-answer"}.get(leg.Status, "")
            self.legs.finish(run, ends)

    def is_running(self, sid: str) -> bool:
        """Return whether the TwiML of a call runs, which is not over."""
        run = self.world.runs.get(sid)
        return run is not None and not run.is_over

    def forget(self, account: Account, subject: Instance) -> None:
        """Let nothing go on that *subject*, which is taken out of the world, began."""
        sid = world_parts.get_value(subject, "Sid")
        if world_parts.is_set(subject, "segment"):
            self.end_leg(subject)
            self._drop(account, {world_parts.get_value(subject, "CallSegmentSid")})
            return
        runs: dict[str, Run] = self.world.runs
        if sid == account.sid:
            self._drop(account, {key for key, run in runs.items() if run.account_sid == sid})
            for number, arrival in list(self.world.arrivals.items()):
                if arrival.item.webhook.account_sid == sid:
                    del self.world.arrivals[number]
        else:
            self._drop(account, {key for key, run in runs.items() if run.call_sid == sid})

    def _drop(self, account: Account, keys: set[str]) -> None:
        kinds = {GOES_ON, STEP, DECIDED}
        for key in keys:
            run = self.world.runs.pop(key, None)
            if run is None:
                continue
            self.world.clock.cancel(account.sid, key, kinds)
            if run.leg is None and not run.waits_for:
                self._outbox.drop(key)

    def redirect_call(self, account: Account, call: Instance) -> None:
        """Send *call* to the document at its ``CurrentUrl``."""
        del account
        run = self.world.runs.get(call.Sid)
        if run is not None:
            url = world_parts.get_value(call, "Url")
            self.tell(run.sid, "api", f"is sent to {url}")
            method = world_parts.get_value(call, "Method") or "POST"
            self._feed(self.world.runs[run.sid], Redirected(url, method))

    def leave_conference(self, account: Account, call_sid: str) -> None:
        """Go on after the ``<Dial>`` that was in a conference: put out of it, or it is over."""
        del account
        run = self.world.runs.get(call_sid)
        if run is not None:
            self.tell(run.sid, "api", "is out of the conference")
            self._feed(self.world.runs[run.sid], ConferenceLeft())

    def beep(self, account: Account, left: str, heard_by: list[str]) -> None:
        """Let the calls *heard_by* hear that the call *left* is out of their conference."""
        del account
        run = self.world.runs.get(left)
        who = run.person if run is not None else "somebody"
        self.rooms.beep(f"{who} leaves", heard_by)

    def begin_message(self, account: Account, message: Instance) -> None:
        """Ask the application what it answers to *message*."""
        number = self._find_number(account, message.To)
        url = world_parts.get_value(number, "SmsUrl") if number is not None else ""
        if number is None or not url:
            return
        context = self._build_context(account, Kind.SMS, message.From, message.To, False)
        method = world_parts.get_value(number, "SmsMethod") or "POST"
        fallback = (
            world_parts.get_value(number, "SmsFallbackUrl"),
            world_parts.get_value(number, "SmsFallbackMethod") or "POST",
        )
        now = self.world.clock.now
        run = Run(
            message.Sid, account.sid, message.From, State(context), now, url, method, fallback
        )
        self.save(run)
        self.request(run, "sms", url, method, {})

    def end_message(self, account: Account, message: Instance) -> None:
        """Put *message* into an inbox, and tell the application."""
        if message.Status == "sent":
            phone = self._phones.get(message.To)
            if phone is not None:
                phone.take_note()
        callback = world_parts.get_value(message, "StatusCallback")
        if callback:
            webhook = build_message_webhook(
                "sms-status", message, message.Status, url=callback, method="POST"
            )
            self._outbox.put(Item(webhook))

    def end_transcription(self, account: Account, transcription: Instance) -> None:
        """Tell the application of *transcription*."""
        callback = world_parts.get_value(transcription, "TranscribeCallback")
        recording = self.world.find_owned(account, "Recording", Sid=transcription.RecordingSid)
        if not callback or recording is None:
            return
        run = self.world.runs.get(recording.CallSid)
        if run is None:
            return
        url = f"https://api.twilio.com/2008-08-01/Accounts/{account.sid}/Recordings/{recording.Sid}"
        values = {
            "TranscriptionText": transcription.TranscriptionText,
            "TranscriptionStatus": transcription.Status,
            "TranscriptionUrl": f"{url}/Transcriptions/{transcription.Sid}",
            "RecordingUrl": _RECORDING_URL.format(account.sid, recording.Sid),
        }
        self.request(run, "transcription", callback, "POST", values, is_run=False)

    # --- webhooks ------------------------------------------------------------------------------

    def find_subject(self, run: Run) -> Instance | None:
        """Return the ``Call``, segment, message or validation request of *run*."""
        if run.validation is not None:
            return run.validation.request
        account = self.world.accounts[run.account_sid]
        if run.leg is not None:
            return self.world.find_owned(account, "Call", CallSegmentSid=run.sid, segment=True)
        if run.state.context.kind is Kind.SMS:
            return self.world.find_owned(account, "SMSMessage", Sid=run.sid)
        return self.world.find_owned(account, "Call", Sid=run.call_sid, segment=False)

    def request(
        self,
        run: Run,
        kind: str,
        url: str,
        method: str,
        values: dict[str, str],
        *,
        is_run: bool = True,
    ) -> None:
        """Put a webhook of *run* into the outbox; its document is run if *is_run*."""
        subject = self.find_subject(run)
        if subject is None:
            return
        if run.state.context.kind is Kind.SMS:
            webhook = build_message_webhook(
                kind, subject, "received", values, url=url, method=method, fallback=run.fallback
            )
        else:
            segment = run.sid if run.leg is not None else ""
            values = {"CallSegmentSid": segment, **values}
            webhook = build_call_webhook(
                kind, subject, values, url=url, method=method, fallback=run.fallback
            )
        if not is_run:
            self._outbox.put(Item(webhook))
            return
        latest: Run = self.world.runs[run.sid]
        self.save(replace(latest, asked=latest.asked + 1))
        self._outbox.put(Item(webhook, run.sid, latest.asked + 1))

    def _fetch_audio(self, sid: str, effect: FetchAudio, _: Delivery | None) -> None:
        run = self.world.runs[sid]
        applications, url = self.deliverer.applications, effect.url
        if not (applications.covers(url) and applications.find(url).fetch_audio):
            self._feed(run, AudioArrived(url))
            return
        webhook = build_audio_webhook(url, run.call_sid, run.account_sid)
        self._outbox.put(Item(webhook, sid))

    def _notify(
        self,
        account: Account,
        delivery: Delivery | None,
        code: int,
        message: str,
        *,
        call_sid: str = "",
        log: str = "0",
    ) -> None:
        made = log_notification(
            self.world, account, delivery, code, message, call_sid=call_sid, log=log
        )
        was_raised = delivery is not None and delivery.exception is not None
        if log == "0" and not was_raised:  # else it comes out of the verb
            self.unread.append(made)

    # --- effects -------------------------------------------------------------------------------

    def _hear(self, sid: str, effect: Heard, _: Delivery | None) -> None:
        run, effect = self.rooms.find_listener(self.world.runs[sid], effect)
        what = effect.content or f"{effect.seconds:g} s"
        verb = {"say": "says", "play": "plays", "pause": "pauses", "beep": "beeps"}
        line = Line(effect.start, "twilio", f"{verb.get(effect.sound, effect.sound)}: {what}")
        self.save(replace(run, heard=(*run.heard, Sound.of(effect)), lines=(*run.lines, line)))

    def _cut_off(self, sid: str, effect: CutOff, _: Delivery | None) -> None:
        run = self.world.runs[sid]
        if run.heard:
            last = replace(run.heard[-1], seconds=effect.seconds, is_cut_off=True)
            self.save(replace(run, heard=(*run.heard[:-1], last)))

    def _fetch(self, sid: str, effect: Fetch, _: Delivery | None) -> None:
        run = self.world.runs[sid]
        values = dict(effect.parameters)
        if run.validation is not None:
            self.validations.take_digits(run, values["Digits"])
            return
        if run.state.context.kind is Kind.SMS:
            kind = "message-sms" if effect.why == "sms" else "sms-redirect"
        else:
            kind = _KINDS[effect.why]
        url, method = effect.url, effect.method
        if effect.why == "voice":
            url, method, values = run.url, run.method, {"DialStatus": run.answered_as}
        self.request(run, kind, url, method, values)

    def _rest_on(self, sid: str, effect: RestsOn, _: Delivery | None) -> None:
        run = self.world.runs[sid]
        self.save(replace(run, questions=run.questions | {int(effect.question)}))

    def _tell_message(self, sid: str, effect: Told, _: Delivery | None) -> None:
        self.tell(sid, "twilio", effect.message)

    def _log(self, sid: str, effect: Notify, delivery: Delivery | None) -> None:
        run = self.world.runs[sid]
        account = self.world.accounts[run.account_sid]
        call_sid = run.call_sid if run.call_sid.startswith("CA") else ""
        log = "0" if effect.severity.value == "error" else "1"
        self._notify(account, delivery, effect.code, effect.message, call_sid=call_sid, log=log)
        self.tell(sid, "twilio", f"logs {effect.code}: {effect.message}")

    def _send_keys(self, sid: str, effect: KeysSent, _: Delivery | None) -> None:
        run = self.world.runs[sid]
        listener = run if effect.leg is None else self.legs.find(sid, effect.leg)
        start = self.find_second(listener)
        sound = Sound("keys", effect.digits, "", "", "", 1, start, 0.0)
        self.save(replace(listener, heard=(*listener.heard, sound)))
        self.tell(listener.sid, "twilio", f"sends the keys {effect.digits}")

    def _lose_keys(self, sid: str, effect: KeysLost, _: Delivery | None) -> None:
        self.tell(sid, "twilio", f"ignores the keys {effect.digits}")

    def _hang_up(self, sid: str, effect: Hangup, _: Delivery | None) -> None:
        self.tell(sid, "person" if effect.by == "person" else "twilio", "hangs up")
        run = self.world.runs[sid]
        account = self.world.accounts[run.account_sid]
        if run.leg is not None:
            self.legs.finish_whisper(sid, declined=True)
            return
        if run.validation is not None:
            return
        call = self.find_subject(run)
        if call is not None and call.Status == "1":
            world_parts.cancel_events(self.world, account, call)
            if effect.by == "error":
                now = self.world.clock.seconds
                self.world.update(call, {"Status": "4"}, {"EndTime": now})
                self.end_call(account, call)
            else:
                world_parts.end_call(self.world, account, call)

    def _send_sms(self, sid: str, effect: SendSms, _: Delivery | None) -> None:
        run = self.world.runs[sid]
        account = self.world.accounts[run.account_sid]
        is_reply = run.state.context.kind is Kind.SMS
        values = {
            "To": effect.to,
            "From": effect.from_,
            "Body": effect.body[:160],
            "Status": "queued" if effect.code is None else "failed",
            "Flags": "2" if is_reply else "4",
        }
        hidden = {"StatusCallback": effect.status_callback}
        message = self.world.create(_BY_NAME["SMSMessage"], account, values, hidden=hidden)
        if effect.code is None:
            world_parts.deliver(self.world, message, account)
        self.tell(sid, "twilio", f"texts {effect.to}: {effect.body}")
        if effect.has_action:
            status = "sending" if effect.code is None else "invalid"
            self._feed(self.world.runs[sid], SmsTaken(message.Sid, status))

    def _stop_recording(self, sid: str, effect: StopRecording, _: Delivery | None) -> None:
        if not effect.is_kept:
            return
        run = self.world.runs[sid]
        account = self.world.accounts[run.account_sid]
        seconds = str(max(1, round(effect.seconds)))
        values = {"CallSid": sid, "Duration": seconds}
        recording = self.world.create(_BY_NAME["Recording"], account, values)
        self.tell(sid, "twilio", f"records {seconds} s")
        if effect.transcribes:
            values = {"RecordingSid": recording.Sid, "Duration": seconds, "Status": "in-progress"}
            hidden = {"TranscribeCallback": effect.transcribe_callback}
            made = self.world.create(_BY_NAME["Transcription"], account, values, hidden=hidden)
            world_parts.transcribe(self.world, account, made, effect.text)
        url = _RECORDING_URL.format(account.sid, recording.Sid)
        self._feed(self.world.runs[sid], RecordingStored(url))

    # --- legs and conferences ------------------------------------------------------------------

    def _dial(self, sid: str, effect: StartDial, _: Delivery | None) -> None:
        self.legs.dial(sid, effect)

    def _whisper(self, sid: str, effect: StartWhisper, _: Delivery | None) -> None:
        self.legs.whisper(sid, effect)

    def _connect(self, sid: str, effect: Connect, _: Delivery | None) -> None:
        plan_step(self, self.legs.connect(sid, effect))

    def _end_leg(self, sid: str, effect: EndLeg, _: Delivery | None) -> None:
        self.legs.cut(sid, effect)

    def _finish_document(self, sid: str, effect: Finished, _: Delivery | None) -> None:
        self.legs.finish_whisper(sid, declined=effect.failed)

    def _join(self, sid: str, effect: JoinConference, _: Delivery | None) -> None:
        self.rooms.join(sid, effect)

    def _leave(self, sid: str, effect: LeaveConference, _: Delivery | None) -> None:
        run = self.world.runs[sid]
        account = self.world.accounts[run.account_sid]
        self.tell(sid, "person", f"leaves the conference {effect.name}")
        world_parts.leave_conferences(self.world, account, sid)


def _describe_length(call: Instance, now: int) -> dict[str, str]:
    """Return the values that tell how long *call* was; one that failed has no Duration."""
    begun = world_parts.get_times(call).get("StartTime", now)
    seconds = call.Duration or str(now - begun)
    return {"CallDuration": seconds, "Duration": seconds}


_EFFECTS: dict[type, Callable[[Live, str, Any, Delivery | None], None]] = {
    Heard: Live._hear,
    CutOff: Live._cut_off,
    Fetch: Live._fetch,
    FetchAudio: Live._fetch_audio,
    Notify: Live._log,
    RestsOn: Live._rest_on,
    Told: Live._tell_message,
    KeysLost: Live._lose_keys,
    KeysSent: Live._send_keys,
    Hangup: Live._hang_up,
    SendSms: Live._send_sms,
    StopRecording: Live._stop_recording,
    StartDial: Live._dial,
    Connect: Live._connect,
    Finished: Live._finish_document,
    StartWhisper: Live._whisper,
    EndLeg: Live._end_leg,
    JoinConference: Live._join,
    LeaveConference: Live._leave,
}
