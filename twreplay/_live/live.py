"""Runs calls and messages of a simulator against the applications that are attached to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from twreplay._api import RESOURCES, parse_phone_number
from twreplay._delivery import (
    Conversation,
    Deliverer,
    Delivery,
    Outbox,
    Outcome,
    Webhook,
    build_webhook,
)
from twreplay._http import Request
from twreplay._live.phones import Phone
from twreplay._live.rules import WebhookRule
from twreplay._live.runs import Line, Run, Sound
from twreplay._simulator import Account, Due, Instance, Simulator, World
from twreplay._simulator import live_parts as world_parts
from twreplay._twiml import (
    Context,
    CutOff,
    DocumentArrived,
    EndLeg,
    Fetch,
    FetchFailed,
    Hangup,
    Heard,
    HungUp,
    Input,
    JoinConference,
    KeysLost,
    Kind,
    LeaveConference,
    LegAnswered,
    LegEnded,
    Notify,
    RecordingStored,
    Redirected,
    SendSms,
    SmsTaken,
    StartDial,
    StartWhisper,
    State,
    StopRecording,
    TimePassed,
    WhisperEnded,
    read_document,
    step,
)
from twreplay.errors import UsageError

_DAY = 86_400.0
GOES_ON = "run goes on"
_ARRIVES = "webhook answered"
_LEG = "leg decided"
_RECORDING_URL = "https://api.twilio.com/2008-08-01/Accounts/{}/Recordings/{}"
_KINDS = {
    "gather": "gather",
    "record": "record",
    "dial": "dial",
    "sms": "call-sms",
    "redirect": "redirect",
    "live redirect": "live-redirect",
}
_STATUS = {
    "0": "in-progress",
    "1": "in-progress",
    "2": "completed",
    "3": "busy",
    "4": "failed",
    "5": "no-answer",
}
_BY_NAME = {resource.name: resource for resource in RESOURCES}


@dataclass(frozen=True, slots=True)
class Item:
    """A webhook that is due; *run* is the Sid whose document it fetches, empty if none."""

    webhook: Webhook
    run: str = ""


class Live:
    """
    The applications, phones and webhooks of one simulator.

    Attributes:
        webhooks: What became of each webhook, oldest first.
    """

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.deliverer = Deliverer(self._ask_rules)
        self.rules: list[WebhookRule] = []
        self._is_deferred: ContextVar[bool] = ContextVar("twreplay_deferred", default=False)
        self.webhooks: list[Delivery] = []
        self._outbox: Outbox[Item] = Outbox(lambda item: item.webhook.conversation.key)
        self._phones: dict[str, Phone] = {}

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
        """Let *world* ask what is attached; do nothing if nothing is."""
        if self.deliverer.applications:
            world.live = self
            world.clock.settle = self.settle

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
        """Check that no call goes on."""
        going = [run for run in self.world.runs.values() if not run.state.is_over]
        if going:
            shown = "\n\n".join("\n".join(map(str, run.lines)) for run in going)
            msg = f"{len(going)} calls are still going on:\n{shown}"
            raise AssertionError(msg)

    def transcripts(self) -> str:
        """Return the transcript of each call and message, oldest first."""
        runs: list[Run] = list(self.world.runs.values())
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

    async def settle_async(self) -> None:
        """As *settle*, in the running loop."""
        await self._outbox.settle_async(self._work_async)

    async def step_async(self) -> bool:
        """Let the next event happen, within a day; return whether there was one."""
        with self.deferred():
            happened = self.world.clock.step(_DAY)
        await self.settle_async()
        return happened

    async def advance_async(self, seconds: float) -> None:
        """Move time forward, from event to event."""
        await self.settle_async()
        clock = self.world.clock
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
        rule = WebhookRule(path, times, fields)
        self.rules.insert(0, rule)
        return rule

    def _ask_rules(self, webhook: Webhook, request: Request) -> Outcome | None:
        for rule in self.rules:
            outcome = rule.apply(webhook, request)
            if outcome is not None:
                return outcome
        return None

    def _prepare(self, item: Item) -> tuple[Account, str, datetime] | None:
        with self.simulator._lock:
            account = self.world.accounts.get(item.webhook.account_sid)
            if account is None:
                return None
            return account, account.instance.AuthToken, self.world.clock.now

    def _work(self, item: Item) -> None:
        prepared = self._prepare(item)
        if prepared is not None:
            account, token, now = prepared
            delivery = self.deliverer.deliver(item.webhook, auth_token=token, now=now)
            self._finish(item, account, delivery)

    async def _work_async(self, item: Item) -> None:
        prepared = self._prepare(item)
        if prepared is not None:
            account, token, now = prepared
            delivery = await self.deliverer.deliver_async(item.webhook, auth_token=token, now=now)
            self._finish(item, account, delivery)

    def _finish(self, item: Item, account: Account, delivery: Delivery) -> None:
        self.webhooks.append(delivery)
        with self.simulator._lock:
            self._take(item, account, delivery)
        if delivery.exception is not None:
            raise delivery.exception

    def _take(self, item: Item, account: Account, delivery: Delivery) -> None:
        """Let the state follow *delivery*."""
        failed = delivery
        while failed.after_failure is not None:
            failed = failed.after_failure
        for one in {id(failed): failed, id(delivery): delivery}.values():
            if one.error is not None:
                self._notify(account, one, one.error.code, one.detail or one.error.title)
        run = self.world.runs.get(item.run)
        if run is None:
            return
        if delivery.error is not None or delivery.response is None:
            code = delivery.error.code if delivery.error is not None else 11200
            self._feed(run, FetchFailed(code, delivery.detail), is_logged=True)
            return
        kind = run.state.context.kind
        document = read_document(
            delivery.response.body,
            url=delivery.url,
            content_type=delivery.response.headers.get("content-type") or "",
            kind=kind,
        )
        if document.failure is not None:
            code = document.failure.code or 12100
            fallback = delivery.webhook.to_fallback(code, delivery.url)
            if fallback is not None:
                self._notify(account, delivery, code, document.failure.message)
                self._outbox.put(Item(fallback, item.run))
                return
        if delivery.total_seconds > 0:
            self._save(replace(run, document=document))
            self.world.clock.schedule(delivery.total_seconds, _ARRIVES, run.account_sid, run.sid)
        else:
            self._feed(run, DocumentArrived(document), delivery)

    # --- the machine ---------------------------------------------------------------------------

    def _save(self, run: Run) -> None:
        self.world.runs[run.sid] = run

    def find_second(self, run: Run) -> float:
        """Return the second of *run* that it is now."""
        elapsed = (self.world.clock.now - run.began).total_seconds()
        return max(elapsed, run.state.now)

    def feed(self, sid: str, given: Input) -> None:
        """Let *given* happen to a run, at the present time."""
        with self.simulator._lock:
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
        self._save(run)
        for effect in done.effects:
            if is_logged and isinstance(effect, Notify):
                continue
            handler = _EFFECTS.get(type(effect))
            if handler is not None:
                handler(self, run.sid, effect, delivery)
        latest: Run = self.world.runs[run.sid]
        return latest

    def _schedule(self, run: Run) -> None:
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
        run = self.world.runs.get(due.subject)
        if run is None:
            return
        if due.kind == _ARRIVES and run.document is not None:
            document, run = run.document, replace(run, document=None)
            self._feed(run, DocumentArrived(document))
        elif due.kind == GOES_ON and run.state.due is not None:
            self._feed(run, TimePassed(max(run.state.due, self.find_second(run))))
        elif due.kind == _LEG:
            self._decide_leg(account, run, due)

    def tell(self, sid: str, who: str, what: str) -> None:
        """Add a line to the transcript of a run."""
        run = self.world.runs[sid]
        self._save(replace(run, lines=(*run.lines, Line(self.find_second(run), who, what))))

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
            State(context),
            self.world.clock.now,
            url,
            method,
            fallback,
            answered_as=f"answered-{answered_by}" if detects else "answered",
        )
        self._save(run)
        self.tell(run.sid, "person", "dials" if is_inbound else "answers")
        self._request(run, "voice", url, method, {"DialStatus": run.answered_as})
        return True

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
            sms_numbers=None,
            verified=verified if account.is_trial else None,
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
            values = {"CallDuration": call.Duration, "Duration": call.Duration}
            self._request(run, "end-of-call", run.url, run.method, values, is_run=False)
            return
        url = world_parts.get_value(call, "Url")
        if not url or world_parts.get_value(call, "Flags") == "1":
            return
        status = "hangup-machine" if call.Status == "2" else _STATUS[call.Status]
        method = world_parts.get_value(call, "Method") or "POST"
        self._put("end-of-call", url, method, account, call, {"DialStatus": status})

    def redirect_call(self, account: Account, call: Instance) -> None:
        """Send *call* to the document at its ``CurrentUrl``."""
        del account
        run = self.world.runs.get(call.Sid)
        if run is not None:
            url = world_parts.get_value(call, "Url")
            self.tell(run.sid, "api", f"is sent to {url}")
            method = world_parts.get_value(call, "Method") or "POST"
            self._feed(self.world.runs[run.sid], Redirected(url, method))

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
        self._save(run)
        self._request(run, "sms", url, method, {})

    def end_message(self, account: Account, message: Instance) -> None:
        """Put *message* into an inbox, and tell the application."""
        if message.Status == "sent":
            phone = self._phones.get(message.To)
            if phone is not None:
                phone.take_note()
        callback = world_parts.get_value(message, "StatusCallback")
        if callback:
            self._put_sms("sms-status", callback, "POST", account, message, message.Status)

    def end_transcription(self, account: Account, transcription: Instance) -> None:
        """Tell the application of *transcription*."""
        callback = world_parts.get_value(transcription, "TranscribeCallback")
        recording = self.world.find_owned(account, "Recording", Sid=transcription.RecordingSid)
        if not callback or recording is None:
            return
        run = self.world.runs.get(recording.CallSid)
        if run is None:
            return
        base = f"https://api.twilio.com/2008-08-01/Accounts/{account.sid}"
        values = {
            "TranscriptionText": transcription.TranscriptionText,
            "TranscriptionStatus": transcription.Status,
            "TranscriptionUrl": f"{base}/Transcriptions/{transcription.Sid}",
            "RecordingUrl": _RECORDING_URL.format(account.sid, recording.Sid),
        }
        self._request(run, "transcription", callback, "POST", values, is_run=False)

    # --- webhooks ------------------------------------------------------------------------------

    def _request(
        self,
        run: Run,
        kind: str,
        url: str,
        method: str,
        values: dict[str, str],
        *,
        is_run: bool = True,
    ) -> None:
        account = self.world.accounts[run.account_sid]
        name = "SMSMessage" if run.state.context.kind is Kind.SMS else "Call"
        subject = self.world.find_owned(account, name, Sid=run.sid, **_MAIN[name])
        if subject is None:
            return
        sid = run.sid if is_run else ""
        if name == "Call":
            self._put(kind, url, method, account, subject, values, sid, run.fallback)
        else:
            self._put_sms(kind, url, method, account, subject, "received", sid, run.fallback)

    def _put(
        self,
        kind: str,
        url: str,
        method: str,
        account: Account,
        call: Instance,
        values: dict[str, str],
        run: str = "",
        fallback: tuple[str, str] = ("", ""),
    ) -> None:
        known = {
            "CallSid": call.Sid,
            "AccountSid": account.sid,
            "CallSegmentSid": "",
            "Caller": call.Caller,
            "Called": call.Called,
            "CallStatus": _STATUS[call.Status],
            "ApiVersion": "2008-08-01",
        }
        webhook = build_webhook(
            kind,
            known | values,
            url=url,
            method=method,
            conversation=Conversation.of_call(call.Sid),
            fallback_url=fallback[0],
            fallback_method=fallback[1],
        )
        self._outbox.put(Item(webhook, run))

    def _put_sms(
        self,
        kind: str,
        url: str,
        method: str,
        account: Account,
        message: Instance,
        status: str,
        run: str = "",
        fallback: tuple[str, str] = ("", ""),
    ) -> None:
        known = {
            "AccountSid": account.sid,
            "SmsSid": message.Sid,
            "From": message.From,
            "To": message.To,
            "SmsStatus": status,
            "ApiVersion": "2008-08-01",
        }
        if kind in ("sms", "sms-redirect"):
            known["Body"] = message.Body
        webhook = build_webhook(
            kind,
            known,
            url=url,
            method=method,
            conversation=Conversation.of_numbers(message.From, message.To),
            fallback_url=fallback[0],
            fallback_method=fallback[1],
        )
        self._outbox.put(Item(webhook, run))

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
        webhook = delivery.webhook if delivery is not None else None
        if webhook is not None and webhook.conversation.key.startswith("CA"):
            call_sid = webhook.conversation.key
        response = delivery.response if delivery is not None else None
        if response is None and delivery is not None and delivery.exchanges:
            response = delivery.exchanges[-1].response
        values = {
            "CallSid": call_sid,
            "Log": log,
            "ErrorCode": str(code),
            "MoreInfo": f"http://www.twilio.com/docs/errors/{code}",
            "MessageText": message,
            "RequestURL": webhook.shown_url if webhook is not None else "",
            "RequestMethod": webhook.method if webhook is not None else "",
            "RequestVariables": urlencode(webhook.params) if webhook is not None else "",
            "ResponseHeaders": "",
            "ResponseBody": response.body.decode("utf-8", "replace") if response else "",
        }
        if response is not None:
            values["ResponseHeaders"] = urlencode(list(response.headers.items()))
        now = self.world.clock.seconds
        self.world.create(_BY_NAME["Notification"], account, values, {"MessageDate": now})

    # --- effects -------------------------------------------------------------------------------

    def _hear(self, sid: str, effect: Heard, _: Delivery | None) -> None:
        run = self.world.runs[sid]
        what = effect.content or f"{effect.seconds:g} s"
        verb = {"say": "says", "play": "plays", "pause": "pauses", "beep": "beeps"}
        line = Line(effect.start, "twilio", f"{verb.get(effect.sound, effect.sound)}: {what}")
        self._save(replace(run, heard=(*run.heard, Sound.of(effect)), lines=(*run.lines, line)))

    def _cut_off(self, sid: str, effect: CutOff, _: Delivery | None) -> None:
        run = self.world.runs[sid]
        if run.heard:
            last = replace(run.heard[-1], seconds=effect.seconds, is_cut_off=True)
            self._save(replace(run, heard=(*run.heard[:-1], last)))

    def _fetch(self, sid: str, effect: Fetch, _: Delivery | None) -> None:
        run = self.world.runs[sid]
        values = dict(effect.parameters)
        if run.state.context.kind is Kind.SMS:
            kind = "message-sms" if effect.why == "sms" else "sms-redirect"
        else:
            kind = _KINDS[effect.why]
        self._request(run, kind, effect.url, effect.method, values)

    def _log(self, sid: str, effect: Notify, delivery: Delivery | None) -> None:
        run = self.world.runs[sid]
        account = self.world.accounts[run.account_sid]
        call_sid = sid if sid.startswith("CA") else ""
        log = "0" if effect.severity.value == "error" else "1"
        self._notify(account, delivery, effect.code, effect.message, call_sid=call_sid, log=log)
        self.tell(sid, "twilio", f"logs {effect.code}: {effect.message}")

    def _lose_keys(self, sid: str, effect: KeysLost, _: Delivery | None) -> None:
        self.tell(sid, "twilio", f"ignores the keys {effect.digits}")

    def _hang_up(self, sid: str, effect: Hangup, _: Delivery | None) -> None:
        self.tell(sid, "person" if effect.by == "person" else "twilio", "hangs up")
        run = self.world.runs[sid]
        account = self.world.accounts[run.account_sid]
        call = self.world.find_owned(account, "Call", Sid=sid, segment=False)
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

    # --- legs ----------------------------------------------------------------------------------

    def _dial(self, sid: str, effect: StartDial, _: Delivery | None) -> None:
        run = self.world.runs[sid]
        account = self.world.accounts[run.account_sid]
        main = self.world.find_owned(account, "Call", Sid=sid, segment=False)
        flags = "5" if main is not None and main.Flags == "1" else "6"
        for index, leg in enumerate(effect.legs):
            values = {
                "Sid": sid,
                "CallSegmentSid": self.world.identifiers.generate_sid("CA"),
                "Caller": effect.caller_id,
                "Called": leg.number,
                "Status": "0",
                "Flags": flags,
            }
            self.world.create(_BY_NAME["Call"], account, values, hidden={"segment": True})
            outcome = world_parts.find_call_outcome(self.world, leg.number, account.sid)
            self.tell(sid, "twilio", f"dials {leg.number}")
            details = {"leg": str(index), "ends": outcome.ends, "number": leg.number}
            self.world.clock.schedule(outcome.after, _LEG, account.sid, sid, **details)
            if outcome.ends == "completed":
                details = {**details, "ends": "hangs up"}
                total = outcome.after + outcome.lasts
                self.world.clock.schedule(total, _LEG, account.sid, sid, **details)

    def _find_leg(self, account: Account, sid: str, number: str) -> Instance | None:
        legs = [one for one in account.stores["Call"] if one.Sid == sid and one.Called == number]
        legs = [one for one in legs if world_parts.is_set(one, "segment")]
        return next((one for one in legs if one.Status in ("0", "1")), None)

    def _decide_leg(self, account: Account, run: Run, due: Due) -> None:
        ends, index = due.details["ends"], int(due.details["leg"])
        leg = self._find_leg(account, run.sid, due.details["number"])
        if leg is None:
            return
        now = self.world.clock.seconds
        if ends == "completed":
            self.world.update(leg, {"Status": "1"}, {"StartTime": now})
            self.tell(run.sid, leg.Called, "answers")
            self._feed(self.world.runs[run.sid], LegAnswered(index))
            return
        self._end_leg_call(leg, ends)
        self.tell(run.sid, leg.Called, ends)
        status = "no-answer" if ends == "hangs up" else ends
        self._feed(self.world.runs[run.sid], LegEnded(index, status))

    def _end_leg_call(self, leg: Instance, ends: str) -> None:
        now = self.world.clock.seconds
        if leg.Status == "1":
            begun = world_parts.get_times(leg).get("StartTime", now)
            values = {"Status": "2", "Duration": str(now - begun)}
            self.world.update(leg, values, {"EndTime": now})
        else:
            status = {"busy": "3", "failed": "4"}.get(ends, "5")
            self.world.update(leg, {"Status": status}, {"StartTime": now})

    def _end_leg(self, sid: str, effect: EndLeg, _: Delivery | None) -> None:
        run = self.world.runs[sid]
        account = self.world.accounts[run.account_sid]
        legs = [one for one in account.stores["Call"] if one.Sid == sid]
        for one in [one for one in legs if world_parts.is_set(one, "segment")]:
            if one.Status in ("0", "1"):
                self._end_leg_call(one, "no-answer")
        self.world.clock.cancel(account.sid, sid, {_LEG})

    def _whisper(self, sid: str, effect: StartWhisper, _: Delivery | None) -> None:
        # The document of the called side is not run yet: the leg is connected.
        self._feed(self.world.runs[sid], WhisperEnded(effect.leg))

    def _join(self, sid: str, effect: JoinConference, _: Delivery | None) -> None:
        run = self.world.runs[sid]
        account = self.world.accounts[run.account_sid]
        self.tell(sid, "person", f"enters the conference {effect.name}")
        world_parts.join_conference(
            self.world,
            account,
            sid,
            effect.name,
            muted=effect.muted,
            start_on_enter=effect.start_on_enter,
            end_on_exit=effect.end_on_exit,
        )

    def _leave(self, sid: str, effect: LeaveConference, _: Delivery | None) -> None:
        run = self.world.runs[sid]
        account = self.world.accounts[run.account_sid]
        self.tell(sid, "person", f"leaves the conference {effect.name}")
        world_parts.leave_conferences(self.world, account, sid)


_MAIN: dict[str, dict[str, Any]] = {"Call": {"segment": False}, "SMSMessage": {}}

_EFFECTS: dict[type, Callable[[Live, str, Any, Delivery | None], None]] = {
    Heard: Live._hear,
    CutOff: Live._cut_off,
    Fetch: Live._fetch,
    Notify: Live._log,
    KeysLost: Live._lose_keys,
    Hangup: Live._hang_up,
    SendSms: Live._send_sms,
    StopRecording: Live._stop_recording,
    StartDial: Live._dial,
    StartWhisper: Live._whisper,
    EndLeg: Live._end_leg,
    JoinConference: Live._join,
    LeaveConference: Live._leave,
}
