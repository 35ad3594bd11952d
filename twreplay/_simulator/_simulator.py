"""The simulator: a stateful stand-in for the whole API. Opens no connection, reads no clock."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import TypedDict, Unpack

from twreplay._callers import file_and_line, stack_level
from twreplay._fork import renew_lock_in_child
from twreplay._http import Reply, Request, Response
from twreplay._resources import PROFILES, QUESTIONS, VERSION, Effect, Profile, Resource
from twreplay._resources._values import phone_number
from twreplay._simulator._arranging import BY_NAME, arrange
from twreplay._simulator._clock import BEGINNING, Clock, check_time
from twreplay._simulator._exchange import Answer, Exchange, Nothing
from twreplay._simulator._hints import hints_for
from twreplay._simulator._identifiers import Identifiers
from twreplay._simulator._instance import Instance
from twreplay._simulator._journal import Entry, explained
from twreplay._simulator._lifecycle import CALL_ENDS, add_caller_id
from twreplay._simulator._rendering import rendered
from twreplay._simulator._rules import begin, decided
from twreplay._simulator._store import Stores
from twreplay._simulator._user_rules import UserRule, own, unused, user_rule
from twreplay._simulator._world import SUSPENDED, Account, Outcome, World
from twreplay._suggestion import known_choice
from twreplay.errors import UndocumentedBehavior, UnusedRules, UsageError, WrongVersion

API_HOST = "api.twilio.com"

UNDOCUMENTED = ("warn", "ignore", "error")

_NOTHING = Nothing()

_REFUSES_METHOD = 405

# The owner of an account that is about to be made; never looked at.
_NOBODY = Account(Instance(BY_NAME["Account"], {"Sid": ""}, {}, {}), Stores())

_FIRST_NUMBER = "4158675309"
_PACKAGE = str(Path(__file__).parents[1])


class SimulatorOptions(TypedDict, total=False):
    """
    The keywords of ``simulate`` and ``Simulator``.

    Attributes:
        account_sid: The Sid of the account that is there from the beginning; from *seed* if it
            is left out.

        auth_token: Its token; from *seed* if it is left out.

        profile: ``documented`` (default), what the reference says; ``observed``, what production
            code relied on. ``docs/profiles.md`` has the differences.

        seed: Sids, tokens and numbers come from it: the same seed, the same bytes.

        now: When the virtual clock starts, with a time zone.

        undocumented: What to do when the outcome of a request rests on something that nobody
            knows about the API: ``warn`` (default), ``ignore`` or ``error``.

        hosts: The hosts whose requests are taken; all others pass untouched.
    """

    account_sid: str | None
    auth_token: str | None
    profile: str
    seed: int | str
    now: datetime | None
    undocumented: str
    hosts: Iterable[str] | None


class Simulator:
    """
    Answers requests as the API would, and keeps what they changed.

    The same requests in the same order get the same answers, byte for byte. A new simulator has
    one active account with one voice- and SMS-capable number, ``4158675309``.

    May be used from several threads; requests are then handled one after another.
    """

    def __init__(self, **options: Unpack[SimulatorOptions]) -> None:
        check_options(options)
        self.profile = options.get("profile", "documented")
        self.hosts = options.get("hosts")
        self._undocumented = options.get("undocumented", "warn")
        self._seed = options.get("seed", 0)
        self._now = options.get("now") or BEGINNING
        self._account_sid = options.get("account_sid")
        self._auth_token = options.get("auth_token")
        self._lock = RLock()
        renew_lock_in_child(self, RLock)
        self._rules: list[UserRule] = []
        self._journal: list[Entry] = []
        self._made: World | None = None
        self._is_made = False

    def __repr__(self) -> str:
        return f"<Simulator {self.profile}, account {self.account_sid}>"

    # --- where it is ---------------------------------------------------------------------------

    @property
    def account_sid(self) -> str:
        """The Sid of the account that is there from the beginning."""
        return self._first.sid

    @property
    def auth_token(self) -> str:
        """The auth token of that account."""
        return self._first.instance.AuthToken

    @property
    def auth(self) -> tuple[str, str]:
        """Account Sid and auth token, as HTTP clients take them."""
        return self.account_sid, self.auth_token

    @property
    def base_url(self) -> str:
        """``https://api.twilio.com/2008-08-01``."""
        return f"https://{API_HOST}/{VERSION}"

    @property
    def account_url(self) -> str:
        """The URL of the account."""
        return f"{self.base_url}/Accounts/{self.account_sid}"

    # --- requests ------------------------------------------------------------------------------

    def handle(self, request: Request) -> Response:
        """
        Answer *request*, and keep its effect for the requests that follow.

        Returns:
            The response, in the representation that the path asks for. What the client got wrong
            is an answer too: 400, 401, 404, 405.

        Raises:
            UndocumentedBehavior: With ``undocumented="error"``, if the outcome rests on
                something that nobody knows.

            NetworkFault: A rule of your own asks for one.
        """
        if not isinstance(request, Request):
            msg = f"handle takes a twreplay.Request, not {request!r}."
            raise UsageError(msg)
        reply = self.reply(request)
        if reply.failure is not None:
            raise reply.failure
        assert reply.response is not None
        return reply.response

    def reply(self, request: Request, ahead: UserRule | None = None) -> Reply:
        """
        Answer *request* as *handle* does, with what only a client can act out besides.

        Args:
            ahead: A rule that answers this one request before all others.

        Raises:
            UndocumentedBehavior: As *handle*.
        """
        with self._lock:
            exchange = begin(request, self._world)
            try:
                answer, reply = self._decide(exchange, ahead)
            except Exception as error:
                error.add_note(f"twreplay: while simulating {request.method} {request.url}")
                raise
            entry = self._enter(exchange, answer, reply)
            self._warn(entry, exchange)
            return reply

    def _decide(self, exchange: Exchange, ahead: UserRule | None) -> tuple[Answer, Reply]:
        request = exchange.request
        delay = 0.0
        if ahead is not None and (effect := ahead.apply(request)) is not None:
            return self._own_answer(exchange, ahead, effect, delay)
        for rule in self._rules:
            if not rule.matches(request):
                continue
            effect = rule.apply(request)
            delay += rule.delay_seconds
            if effect is not None:
                return self._own_answer(exchange, rule, effect, delay)
        answer = decided(exchange)
        answer, response = rendered(exchange, answer)
        return answer, Reply(response, delay_seconds=delay)

    def _own_answer(
        self,
        exchange: Exchange,
        rule: UserRule,
        effect: Answer | Response | BaseException,
        delay: float,
    ) -> tuple[Answer, Reply]:
        exchange.method = exchange.request.effective_method
        if isinstance(effect, BaseException):
            answer = Answer("a rule of your own", own(rule), 0, _NOTHING)
            return answer, Reply(None, failure=effect, delay_seconds=delay)
        if isinstance(effect, Response):
            answer = Answer("a rule of your own", own(rule), effect.status, _NOTHING)
            return answer, Reply(effect, delay_seconds=delay)
        extension = exchange.request.path.rpartition("/")[2].rpartition(".")[2]
        exchange.extension = extension
        answer = Answer(
            "a rule of your own", own(rule), effect.status, effect.content, effect.headers
        )
        _, response = rendered(exchange, answer)
        return answer, Reply(response, delay_seconds=delay)

    def _enter(self, exchange: Exchange, answer: Answer, reply: Reply) -> Entry:
        is_own = answer.rule == "a rule of your own"
        asked = sorted(exchange.asked | exchange.noted) if exchange.asked or exchange.noted else ()
        entry = Entry(
            number=len(self._journal) + 1,
            request=exchange.request,
            method=exchange.request.effective_method,
            response=reply.response,
            rule=answer.rule,
            source=answer.evidence.source,
            grade=answer.evidence.grade,
            questions=tuple(QUESTIONS[number] for number in asked),
            hints=() if is_own else hints_for(exchange, answer),
        )
        self._journal.append(entry)
        return entry

    def _warn(self, entry: Entry, exchange: Exchange) -> None:
        if self._undocumented == "ignore" or not (exchange.asked or entry.hints):
            return
        place = f"{entry.request.method} {entry.request.path}"
        # A method that is not supported is documented; the hint is in the journal.
        hints = () if entry.response and entry.response.status == _REFUSES_METHOD else entry.hints
        for hint in hints:
            wrong = WrongVersion(f"{place}: in {VERSION}, {hint}.")
            self._tell(wrong, 0, entry.request)
        for number in sorted(exchange.asked):
            question = QUESTIONS[number]
            if question.effect is Effect.BEHAVIOR:
                told = UndocumentedBehavior(
                    f"{place} rests on question {number}, which nobody can answer: "
                    f"{question.question} Simulated: {question.choice}. "
                    f'(See docs/undocumented.md#{number}; undocumented="ignore" silences this.)'
                )
                self._tell(told, number, entry.request)

    def _tell(self, told: UndocumentedBehavior, number: int, request: Request) -> None:
        told.question, told.request = number, request
        if self._undocumented == "error":
            raise told
        warnings.warn(told, stacklevel=stack_level())

    # --- the journal ---------------------------------------------------------------------------

    @property
    def requests(self) -> tuple[Entry, ...]:
        """The journal: each request, its response, and the rule that decided."""
        return tuple(self._journal)

    def explain(self) -> str:
        """Print the journal as a table, and return what was printed."""
        text = explained(self._journal)
        sys.stdout.write(text)
        return text

    # --- time ----------------------------------------------------------------------------------

    @property
    def clock(self) -> Clock:
        """The virtual clock. ``clock.advance(seconds=60)`` lets time pass; nothing else does."""
        return self._world.clock

    # --- the user's own rules ------------------------------------------------------------------

    def when(
        self,
        method: str | None = None,
        path: str | None = None,
        *,
        times: int | None = None,
        **fields: object,
    ) -> UserRule:
        """
        Begin a rule of your own, which goes ahead of the API's and of those made after it.

        Args:
            method: The method, after any ``_method``; every method if it is left out.

            path: A path below the account, such as ``/Calls`` or ``/SMS/*``; ``*`` stands for
                anything. Extensions need not be named.

            times: How many requests it is for. Without it, for all.

            fields: What the form or the query must hold.
        """
        with self._lock:
            rule = user_rule(method, path, times, fields, file_and_line())
            self._rules.append(rule)
            return rule

    def unused_rules(self) -> UnusedRules | None:
        """What to raise for rules that were not used as often as expected; None if all were."""
        return unused(tuple(self._rules))

    # --- arranging -----------------------------------------------------------------------------

    def add_account(
        self,
        *,
        trial: bool = False,
        international: bool = True,
        sandbox: bool = True,
        **properties: object,
    ) -> Instance:
        """
        Add an account, isolated from all others.

        Args:
            trial: Calls and messages go to validated numbers only, messages come from the
                sandbox, numbers cannot be bought, nothing is priced.

            international: Numbers outside the US can be called.

            sandbox: It has a sandbox.

            properties: Any property, such as ``Sid``, ``AuthToken`` or ``Status`` (4, 16 or 32
                is suspended).
        """
        with self._lock:
            properties.setdefault("FriendlyName", "user@example.com")
            properties.setdefault("AuthToken", self._world.identifiers.token())
            hidden = {
                name: "true" if value else "false"
                for name, value in (
                    ("trial", trial),
                    ("international", international),
                    ("sandbox", sandbox),
                )
            }
            status = str(properties.get("Status", "2"))
            known_choice("Account.Status", "value", status, ("2", "1", *sorted(SUSPENDED)))
            instance = arrange(self._world, _NOBODY, BY_NAME["Account"], properties, hidden)
            account = self._world.accounts[instance.Sid]
            if sandbox:
                arrange(self._world, account, BY_NAME["TwilioSandbox"], {})
            return instance

    def add_call(self, *, segment: bool = False, **properties: object) -> Instance:
        """
        Add a call, completed if no ``Status`` is given; it stays as it is added.

        Args:
            segment: It is a leg that Dial made, of the call with this ``Sid``.

            properties: Any property, such as ``Called``, ``Caller``, ``Status`` or ``Duration``.
        """
        hidden = {}
        if segment:
            first = next((c for c in self.calls if c.Sid == properties.get("Sid")), None)
            if first is None:
                msg = "add_call(segment=True) takes the Sid of a call that is there."
                raise UsageError(msg)
            hidden["segment"] = "true"
            properties.setdefault("AccountSid", first.AccountSid)
            properties.setdefault("Flags", int(first.Flags or 0) | 4)
            if "CallSegmentSid" not in properties:
                # Question 21.
                properties["CallSegmentSid"] = self._world.identifiers.sid("CS")
        return self._add("Call", properties, hidden)

    def add_sms_message(self, **properties: object) -> Instance:
        """Add a message, sent if no ``Status`` is given; it stays as it is added."""
        return self._add("SMSMessage", properties)

    def add_incoming_phone_number(
        self,
        *,
        toll_free: bool = False,
        voice: bool = True,
        sms: bool | None = None,
        **properties: object,
    ) -> Instance:
        """
        Add a phone number.

        Args:
            toll_free: It is toll-free, and so takes no SMS.

            voice: It takes calls.

            sms: It takes messages; a local number does, if nothing else is said.

            properties: Any property, such as ``PhoneNumber``, ``Url`` or ``SmsUrl``.
        """
        capable = (not toll_free) if sms is None else sms
        flags = {"toll_free": toll_free, "voice": voice, "sms": capable}
        hidden = {name: "true" if value else "false" for name, value in flags.items()}
        return self._add("IncomingPhoneNumber", properties, hidden)

    def add_outgoing_caller_id(self, **properties: object) -> Instance:
        """Add a number that was validated."""
        return self._add("OutgoingCallerId", properties)

    def add_recording(
        self, *, wav: bytes | None = None, mp3: bytes | None = None, **properties: object
    ) -> Instance:
        """
        Add a recording of the call ``CallSid``: by default of the newest, or of a new one.

        Args:
            wav: The audio; silence of ``Duration`` seconds if it is left out.

            mp3: The same as MP3.
        """
        given = {"wav": wav, "mp3": mp3}
        for name, audio in given.items():
            if audio is not None and not isinstance(audio, bytes):
                msg = f"add_recording takes {name} as bytes, not {type(audio).__name__}."
                raise UsageError(msg)
        hidden = {name: audio for name, audio in given.items() if audio is not None}
        return self._add("Recording", properties, hidden)

    def add_transcription(self, **properties: object) -> Instance:
        """Add a transcription of ``RecordingSid``: by default of the newest, or of a new one."""
        return self._add("Transcription", properties)

    def add_notification(self, **properties: object) -> Instance:
        """Add a notification."""
        return self._add("Notification", properties)

    def add_conference(self, **properties: object) -> Instance:
        """Add a conference, in progress if no ``Status`` is given."""
        return self._add("Conference", properties)

    def add_participant(self, **properties: object) -> Instance:
        """Add a participant to ``ConferenceSid``: by default to the newest in progress."""
        return self._add("Participant", properties)

    def add_short_code(self, **properties: object) -> Instance:
        """Add a short code."""
        return self._add("ShortCode", properties)

    def _add(
        self,
        name: str,
        properties: Mapping[str, object],
        hidden: Mapping[str, object] | None = None,
    ) -> Instance:
        with self._lock:
            return arrange(self._world, self._first, BY_NAME[name], properties, hidden)

    def arrange_call(
        self,
        Called: str = "",  # the API's own name
        *,
        outcome: str = "completed",
        after: float = 5,
        duration: float = 30,
    ) -> None:
        """
        Say how calls made from now on go.

        Args:
            Called: Calls to this number; all calls if it is left out.

            outcome: ``completed``, ``busy``, ``failed`` or ``no-answer``.

            after: Seconds until they are answered, or turn out not to be.

            duration: Seconds until they end.
        """
        known_choice("outcome", "value", outcome, tuple(CALL_ENDS))
        self._arrange("call", Called, outcome, after, duration)

    def arrange_sms(
        self,
        To: str = "",  # the API's own name
        *,
        outcome: str = "sent",
        after: float = 3,
    ) -> None:
        """
        Say how messages sent from now on go.

        Args:
            To: Messages to this number; all messages if it is left out.

            outcome: ``sent`` or ``failed``.

            after: Seconds until they are.
        """
        known_choice("outcome", "value", outcome, ("sent", "failed"))
        self._arrange("sms", To, outcome, after)

    def arrange_validation(
        self,
        PhoneNumber: str = "",  # the API's own name
        *,
        outcome: str = "validated",
        after: float = 15,
    ) -> None:
        """
        Say how validation calls asked for from now on go. Unless arranged, nobody picks up.

        Args:
            PhoneNumber: Calls to this number; all of them if it is left out.

            outcome: ``validated``, the code is keyed in; or ``never``.

            after: Seconds until it is, on top of the request's ``CallDelay``.
        """
        known_choice("outcome", "value", outcome, ("validated", "never"))
        self._arrange("validation", PhoneNumber, outcome, after)

    def arrange_numbers(self, AreaCode: str, *, available: int) -> None:
        """Say how many numbers with this *AreaCode* can be bought; unless arranged, any number."""
        if isinstance(available, bool) or not isinstance(available, int) or available < 0:
            msg = f"available is a whole number from 0, not {available!r}."
            raise UsageError(msg)
        if not (isinstance(AreaCode, str) and len(AreaCode) == 3 and AreaCode.isdigit()):
            msg = f"AreaCode is text of three digits, not {AreaCode!r}."
            raise UsageError(msg)
        with self._lock:
            self._world.stock[AreaCode] = available

    def key_in_code(self, PhoneNumber: str) -> None:
        """
        Complete a validation now: the code is keyed in on the phone.

        Raises:
            UsageError: No validation of *PhoneNumber* was asked for.
        """
        number = phone_number(str(PhoneNumber)) or ""
        with self._lock:
            for account in self._world.each_account():
                if number in account.validations:
                    add_caller_id(self._world, account, number, account.validations[number])
                    return
        msg = f"nobody asked for a validation of {PhoneNumber}: POST to OutgoingCallerIds first."
        raise UsageError(msg)

    def _arrange(
        self, of: str, number: str, outcome: str, after: float, duration: float = 0
    ) -> None:
        for name, seconds in (("after", after), ("duration", duration)):
            if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
                msg = f"{name} is a number of seconds from 0, not {seconds!r}."
                raise UsageError(msg)
        known = phone_number(str(number)) or str(number)
        with self._lock:
            self._world.outcomes[of].append(Outcome(known, outcome, after, duration))

    def reset(self) -> None:
        """Begin again: the same account, no requests, no rules, the time of the beginning."""
        with self._lock:
            self._rules.clear()
            self._journal.clear()
            self._made = None
            self._is_made = False

    @property
    def _world(self) -> World:
        # Made when first asked for: a session that is never used should cost next to nothing.
        if not self._is_made:
            with self._lock:
                # Making it asks for it, in this thread; another waits until it is complete.
                if self._made is None:
                    self._make_world()
                    self._is_made = True
        assert self._made is not None
        return self._made

    @property
    def _first(self) -> Account:
        return next(self._world.each_account())

    def _make_world(self) -> None:
        world = World(Profile(self.profile), Clock(self._now), Identifiers(self._seed))
        sid, token = world.identifiers.sid("AC"), world.identifiers.token()
        self._made = world
        self.add_account(Sid=self._account_sid or sid, AuthToken=self._auth_token or token)
        self.add_incoming_phone_number(PhoneNumber=_FIRST_NUMBER)

    # --- the state -----------------------------------------------------------------------------

    def _all(self, name: str) -> tuple[Instance, ...]:
        resource: Resource = BY_NAME[name]
        with self._lock:
            return self._world.instances(resource)

    @property
    def accounts(self) -> tuple[Instance, ...]:
        """The accounts, in the order in which they came to be, as all that follow."""
        return self._all("Account")

    @property
    def calls(self) -> tuple[Instance, ...]:
        """The calls and their segments."""
        return self._all("Call")

    @property
    def conferences(self) -> tuple[Instance, ...]:
        """The conferences."""
        return self._all("Conference")

    @property
    def participants(self) -> tuple[Instance, ...]:
        """The participants of conferences."""
        return self._all("Participant")

    @property
    def incoming_phone_numbers(self) -> tuple[Instance, ...]:
        """The phone numbers."""
        return self._all("IncomingPhoneNumber")

    @property
    def notifications(self) -> tuple[Instance, ...]:
        """The notifications."""
        return self._all("Notification")

    @property
    def outgoing_caller_ids(self) -> tuple[Instance, ...]:
        """The validated caller ids."""
        return self._all("OutgoingCallerId")

    @property
    def recordings(self) -> tuple[Instance, ...]:
        """The recordings."""
        return self._all("Recording")

    @property
    def transcriptions(self) -> tuple[Instance, ...]:
        """The transcriptions."""
        return self._all("Transcription")

    @property
    def sandboxes(self) -> tuple[Instance, ...]:
        """The sandboxes, one for each account that has one."""
        return self._all("TwilioSandbox")

    @property
    def sms_messages(self) -> tuple[Instance, ...]:
        """The messages."""
        return self._all("SMSMessage")

    @property
    def short_codes(self) -> tuple[Instance, ...]:
        """The short codes."""
        return self._all("ShortCode")

    @property
    def validation_requests(self) -> tuple[Instance, ...]:
        """What was asked for by POST to OutgoingCallerIds, with the codes to key in."""
        return tuple(self._world.validation_requests)


def check_options(options: Mapping[str, object]) -> None:
    """
    See to it that a simulator can be made of *options*.

    Raises:
        UsageError: An unknown keyword or value, naming the nearest valid one.
    """
    for name in options:
        known_choice("simulate", "keyword", name, _KEYWORDS)
    known_choice("profile", "value", options.get("profile", "documented"), PROFILES)
    known_choice("undocumented", "value", options.get("undocumented", "warn"), UNDOCUMENTED)
    seed = options.get("seed", 0)
    if isinstance(seed, bool) or not isinstance(seed, int | str):
        msg = f"seed takes a number or text, not {seed!r}."
        raise UsageError(msg)
    if options.get("now") is not None:
        check_time(options["now"])
    sid = options.get("account_sid")
    if sid is not None and not (isinstance(sid, str) and sid.startswith("AC") and sid.isalnum()):
        msg = f"account_sid is AC and 32 hexadecimal digits, not {sid!r}."
        raise UsageError(msg)
    token = options.get("auth_token")
    if token is not None and not (isinstance(token, str) and token and token.isprintable()):
        # Not shown: it may be a real one.
        msg = "auth_token is text that can be printed, and not empty."
        raise UsageError(msg)


_KEYWORDS = tuple(SimulatorOptions.__annotations__)
