"""The simulator: a stateful stand-in for the whole API. Opens no connection, reads no clock."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import TypedDict, Unpack

from twreplay._address import API_HOST
from twreplay._api import (
    PROFILES,
    QUESTIONS,
    VALIDATION_REQUEST,
    VERSION,
    Effect,
    Profile,
    parse_phone_number,
)
from twreplay._call_site import find_file_and_line, find_stack_level
from twreplay._display import shown_url, visible, visible_line
from twreplay._docstring import with_keywords
from twreplay._fork import renew_lock_in_child
from twreplay._http import Reply, Request, Response
from twreplay._simulator.arranging import BY_NAME, arrange
from twreplay._simulator.checks.checks import decide
from twreplay._simulator.checks.context import Answer, Nothing, RequestContext
from twreplay._simulator.checks.rendering import render
from twreplay._simulator.events import CALL_ENDS, add_caller_id, connect
from twreplay._simulator.face import WorldFace
from twreplay._simulator.hints import find_hints
from twreplay._simulator.journal import (
    JOURNAL_LIMIT,
    Entry,
    Journal,
    Requests,
    check_limit,
    render_journal,
)
from twreplay._simulator.state.clock import BEGINNING, Clock, check_time
from twreplay._simulator.state.identifiers import Identifiers
from twreplay._simulator.state.instance import Instance
from twreplay._simulator.state.snapshot import (
    Snapshot,
    check_snapshot,
    copy_snapshot,
    fill,
    take_snapshot,
)
from twreplay._simulator.state.store import Stores
from twreplay._simulator.state.world import Account, ScriptedOutcome, World
from twreplay._simulator.user_rules import (
    Effected,
    UserRule,
    build_evidence,
    build_unused_error,
    build_user_rule,
)
from twreplay._suggestion import check_choice
from twreplay.errors import UndocumentedBehavior, UnusedRules, UsageError, WrongVersion

UNDOCUMENTED = ("warn", "ignore", "error")

_NOTHING = Nothing()

_REFUSES_METHOD = 405

# Placeholder owner for a new account; never read.
_NOBODY = Account(Instance(BY_NAME["Account"], {"Sid": ""}, {}, {}), Stores())

_FIRST_NUMBER = "4158675309"
_PACKAGE = str(Path(__file__).parents[1])


class SimulatorOptions(TypedDict, total=False):
    """
    The keywords of ``simulate`` and ``Simulator``.

    Attributes:
        account_sid: The Sid of the account that exists from the start. Default: from *seed*.

        auth_token: Its token. Default: from *seed*.

        profile: ``documented``, as in the reference; ``observed``, as production code relied
            on. ``docs/profiles.md`` has the differences. Default: ``documented``.

        seed: The seed of Sids, tokens and numbers: the same seed gives the same bytes.
            Default: ``0``.

        now: When the virtual clock starts, with a time zone. Default: 1 March 2010, 9:00, US
            Pacific.

        undocumented: The reaction when the outcome of a request rests on undocumented
            behavior of the API: ``warn``, ``ignore`` or ``error``. Default: ``warn``.

        hosts: The hosts whose requests are intercepted; all others pass through. Default:
            ``api.twilio.com``.

        journal_limit: How many requests the journal keeps, the newest; None for all. Default:
            ``100_000``.
    """

    account_sid: str | None
    auth_token: str | None
    profile: str
    seed: int | str
    now: datetime | None
    undocumented: str
    hosts: Iterable[str] | None
    journal_limit: int | None


class Simulator(WorldFace):
    """
    A simulator of the API, with state.

    The same requests in the same order get the same answers, byte for byte. A new simulator has
    one active account with one voice- and SMS-capable number, ``4158675309``.

    May be used from several threads; requests are then handled one after another. Rules of your
    own and handlers of warnings run beside that, so they may wait for other threads.

    Args:
        options: The keywords of ``SimulatorOptions``, which are those of ``simulate``.

    Raises:
        UsageError: A keyword or value that does not exist.
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
        self._journal = Journal(options.get("journal_limit", JOURNAL_LIMIT))
        self._made: World | None = None
        self._is_made = False

    def __repr__(self) -> str:
        return f"<Simulator {self.profile}, account {self.account_sid}>"

    # --- where it is ---------------------------------------------------------------------------

    @property
    def account_sid(self) -> str:
        """The Sid of the account that exists from the start."""
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
                undocumented behavior.

            NetworkFault: A rule of your own asks for one.
        """
        if not isinstance(request, Request):
            # Not shown: a URL may hold a password.
            msg = f"handle takes a twreplay.Request, not {type(request).__name__}."
            raise UsageError(msg)
        reply = self.reply(request)
        if reply.failure is not None:
            raise reply.failure
        assert reply.response is not None
        return reply.response

    def reply(self, request: Request, ahead: UserRule | None = None) -> Reply:
        """
        Answer *request* as *handle* does; include delays and failures for clients to perform.

        Args:
            ahead: A rule that answers this one request before all others.

        Raises:
            UndocumentedBehavior: As *handle*.
        """
        try:
            rule, effect, delay = self._ask_user_rules(request, ahead)
            with self._lock:
                context = RequestContext(request, self._world, request.method)
                if rule is None:
                    answer, response = render(context, decide(context))
                    reply = Reply(response, delay_seconds=delay)
                else:
                    assert effect is not None
                    answer, reply = self._answer_by_user_rule(context, rule, effect, delay)
                entry = self._enter(context, answer, reply)
        except Exception as error:
            shown = f"{visible_line(request.method)} {request.shown_url}"
            error.add_note(f"twreplay: while simulating {shown}")
            raise
        self._warn(entry, context)
        return reply

    def _ask_user_rules(
        self, request: Request, ahead: UserRule | None
    ) -> tuple[UserRule | None, Effected, float]:
        """
        Ask the user's rules in order; return the rule that answers, what with, and the delay.

        No lock is held while a rule runs, as it may wait for another thread's request. A rule is
        used up under the lock, so that ``times`` holds when several threads ask.
        """
        if ahead is not None and (effect := ahead.apply(request)) is not None:
            return ahead, effect, 0.0
        delay, index = 0.0, 0
        while index < len(self._rules):
            with self._lock:
                rule = self._rules[index] if index < len(self._rules) else None
                index += 1
                if rule is None or not rule.take(request):
                    continue
            effect = rule.effect_for(request)
            delay += rule.delay_seconds
            if effect is not None:
                return rule, effect, delay
        return None, None, delay

    def _answer_by_user_rule(
        self,
        context: RequestContext,
        rule: UserRule,
        effect: Answer | Response | BaseException,
        delay: float,
    ) -> tuple[Answer, Reply]:
        context.method = context.request.effective_method
        if isinstance(effect, BaseException):
            answer = Answer("a rule of your own", build_evidence(rule), 0, _NOTHING)
            return answer, Reply(None, failure=effect, delay_seconds=delay)
        if isinstance(effect, Response):
            answer = Answer("a rule of your own", build_evidence(rule), effect.status, _NOTHING)
            return answer, Reply(effect, delay_seconds=delay)
        extension = context.request.path.rpartition("/")[2].rpartition(".")[2]
        context.extension = extension
        answer = Answer(
            "a rule of your own",
            build_evidence(rule),
            effect.status,
            effect.content,
            effect.headers,
        )
        _, response = render(context, answer)
        return answer, Reply(response, delay_seconds=delay)

    def _enter(self, context: RequestContext, answer: Answer, reply: Reply) -> Entry:
        is_own = answer.reason == "a rule of your own"
        met = context.open_questions or context.mentioned
        if context.mentioned and context.open_questions:
            met = context.open_questions | context.mentioned
        entry = Entry(
            number=self._journal.count + 1,
            request=context.request,
            method=context.request.effective_method,
            response=reply.response,
            rule=answer.reason,
            source=answer.evidence.source,
            grade=answer.evidence.grade,
            questions=tuple(QUESTIONS[number] for number in sorted(met)) if met else (),
            hints=() if is_own else find_hints(context, answer),
        )
        self._journal.append(entry)
        return entry

    def _warn(self, entry: Entry, context: RequestContext) -> None:
        if self._undocumented == "ignore" or not (context.open_questions or entry.hints):
            return
        place = f"{entry.request.method} {shown_url(entry.request.path)}"
        # A method that is not supported is documented; the hint is in the journal.
        hints = () if entry.response and entry.response.status == _REFUSES_METHOD else entry.hints
        for hint in hints:
            wrong = WrongVersion(visible(f"{place}: in {VERSION}, {hint}."))
            self._emit(wrong, 0, entry.request)
        for number in sorted(context.open_questions):
            question = QUESTIONS[number]
            if question.effect is Effect.BEHAVIOR:
                told = UndocumentedBehavior(
                    f"{visible_line(place)} rests on question {number}, which nobody can answer: "
                    f"{question.question} Simulated: {question.choice}. "
                    f'(See twreplay explain q{number}; undocumented="ignore" silences this.)'
                )
                self._emit(told, number, entry.request)

    def _emit(self, told: UndocumentedBehavior, number: int, request: Request) -> None:
        told.question, told.request = number, request
        if self._undocumented == "error":
            raise told
        warnings.warn(told, stacklevel=find_stack_level())

    # --- the journal ---------------------------------------------------------------------------

    @property
    def requests(self) -> Requests:
        """
        The journal: each request, its response, and the rule that decided.

        Its ``dropped`` is how many older ones ``journal_limit`` left no room for.
        """
        with self._lock:
            return self._journal.requests

    @property
    def last_request(self) -> Entry | None:
        """The newest entry of the journal; None without one. Costs nothing, as *requests* does."""
        return self._journal.newest

    @property
    def rules(self) -> tuple[UserRule, ...]:
        """The rules of your own, in the order in which they are asked."""
        with self._lock:
            return tuple(self._rules)

    def explain(self) -> str:
        """Print the journal as a table, and return what was printed."""
        text = render_journal(self.requests)
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
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
            rule = build_user_rule(method, path, times, fields, find_file_and_line())
            self._rules.append(rule)
            return rule

    def unused_rules(self) -> UnusedRules | None:
        """Return an error for rules that were not used as often as expected, or None."""
        return build_unused_error(tuple(self._rules))

    # --- arranging -----------------------------------------------------------------------------

    def _add(self, resource: str, properties: Mapping[str, object], **options: object) -> Instance:
        with self._lock:
            # What becomes the first account has no owner.
            owner = _NOBODY if resource == "Account" else self._first
            return arrange(self._world, owner, BY_NAME[resource], properties, options)

    def arrange_call(
        self,
        Called: str = "",  # the API's own name
        *,
        outcome: str = "completed",
        after: float = 5,
        duration: float = 30,
    ) -> None:
        """
        Script the outcome of calls made from now on.

        Args:
            Called: Calls to this number; all calls if it is left out.

            outcome: ``completed``, ``busy``, ``failed`` or ``no-answer``.

            after: Seconds until they are answered, or turn out not to be.

            duration: Seconds until they end.
        """
        check_choice("outcome", "value", outcome, tuple(CALL_ENDS))
        self._arrange("call", Called, outcome, after, duration)

    def arrange_sms(
        self,
        To: str = "",  # the API's own name
        *,
        outcome: str = "sent",
        after: float = 3,
    ) -> None:
        """
        Script the outcome of messages sent from now on.

        Args:
            To: Messages to this number; all messages if it is left out.

            outcome: ``sent`` or ``failed``.

            after: Seconds until they are.
        """
        check_choice("outcome", "value", outcome, ("sent", "failed"))
        self._arrange("sms", To, outcome, after)

    def arrange_validation(
        self,
        PhoneNumber: str = "",  # the API's own name
        *,
        outcome: str = "validated",
        after: float = 15,
    ) -> None:
        """
        Script the outcome of validation calls from now on; by default they are not answered.

        Args:
            PhoneNumber: Calls to this number; all of them if it is left out.

            outcome: ``validated``, the code is keyed in; or ``never``.

            after: Seconds until it is, on top of the request's ``CallDelay``.
        """
        check_choice("outcome", "value", outcome, ("validated", "never"))
        self._arrange("validation", PhoneNumber, outcome, after)

    def arrange_numbers(self, AreaCode: str, *, available: int) -> None:
        """
        Set how many numbers of one area code can be bought; by default any number.

        Args:
            AreaCode: The area code, as text of three digits.

            available: How many can be bought; 0 for none.
        """
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
            UsageError: No validation of *PhoneNumber* was requested.
        """
        number = parse_phone_number(str(PhoneNumber)) or ""
        with self._lock:
            for account in self._world.iterate_accounts():
                name = self._world.validations.get((account.sid, number))
                if name is not None:
                    add_caller_id(self._world, account, number, name)
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
        known = parse_phone_number(str(number)) or str(number)
        with self._lock:
            self._world.outcomes[of].append(ScriptedOutcome(known, outcome, after, duration))

    # --- worlds to go back to ------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """
        Return the whole world as data: accounts and all they own, what is due, the time.

        The result holds text, numbers, lists and dictionaries only, so ``json.dump`` writes it.
        It has the auth tokens of the simulated accounts in it. Rules of your own and the journal
        belong to the test and are not part of it.
        """
        with self._lock:
            return take_snapshot(self._world)

    def restore(self, snapshot: Snapshot) -> None:
        """
        Restore the world of *snapshot*, taken here or in another process.

        Instances and the clock that were looked up before belong to the world that is gone; look
        them up again. Rules of your own and the journal stay.

        Raises:
            UsageError: *snapshot* is none, or is damaged, or has another profile. Nothing has
                changed.
        """
        with self._lock:
            check_snapshot(snapshot, self.profile)
            world = self._new_world(Identifiers(self._seed))
            fill(world, copy_snapshot(snapshot))
            self._made, self._is_made = world, True

    @contextmanager
    def fork(self) -> Iterator[Simulator]:
        """
        Undo all changes to the world at the end of a block.

        Costs what the block changes, not what is there. Forks nest. Rules of your own and the
        journal belong to the test: they stay. The block gets this simulator.
        """
        with self._lock:
            world = self._world
            forked = world.fork()
            forked.__enter__()
        try:
            yield self
        finally:
            with self._lock:
                self._made = world
                forked.__exit__(None, None, None)

    def reset(self) -> None:
        """Restore the initial state: the same account, no requests, no rules, the initial time."""
        with self._lock:
            self._rules.clear()
            self._journal.clear()
            self._made = None
            self._is_made = False

    @property
    def _world(self) -> World:
        # Created on first use: a session that is never used should cost next to nothing.
        if not self._is_made:
            with self._lock:
                # _make_world reads this property in the same thread; others wait for the lock.
                if self._made is None:
                    self._make_world()
                    self._is_made = True
        assert self._made is not None
        return self._made

    @property
    def _first(self) -> Account:
        return next(self._world.iterate_accounts())

    def _make_world(self) -> None:
        world = self._new_world(Identifiers(self._seed))
        sid, token = world.identifiers.generate_sid("AC"), world.identifiers.generate_token()
        self._made = world
        self.add_account(Sid=self._account_sid or sid, AuthToken=self._auth_token or token)
        self.add_incoming_phone_number(PhoneNumber=_FIRST_NUMBER)

    def _new_world(self, identifiers: Identifiers) -> World:
        world = World(Profile(self.profile), Clock(self._now), identifiers)
        connect(world)
        return world

    # --- the state -----------------------------------------------------------------------------

    def list_resource(self, resource: str) -> tuple[Instance, ...]:
        """Return the instances of *resource*, by its name: ``Call``."""
        return self._list(resource)

    def add_resource(
        self, resource: str, properties: Mapping[str, object], options: Mapping[str, object]
    ) -> Instance:
        """Add an instance of *resource*, by its name, as its ``add_...`` does."""
        return self._add(resource, properties, **options)

    def _list(self, resource: str) -> tuple[Instance, ...]:
        with self._lock:
            if resource == VALIDATION_REQUEST.name:
                return tuple(self._world.validation_requests)
            return self._world.list_instances(BY_NAME[resource])


def check_options(options: Mapping[str, object]) -> None:
    """
    Check that a simulator can be made of *options*.

    Raises:
        UsageError: An unknown keyword or value, naming the nearest valid one.
    """
    for name in options:
        check_choice("simulate", "keyword", name, _KEYWORDS)
    check_choice("profile", "value", options.get("profile", "documented"), PROFILES)
    check_choice("undocumented", "value", options.get("undocumented", "warn"), UNDOCUMENTED)
    check_limit(options.get("journal_limit", JOURNAL_LIMIT))
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
Simulator.__doc__ = with_keywords(Simulator.__doc__, SimulatorOptions)
