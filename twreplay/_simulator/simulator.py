"""The simulator: a stateful stand-in for the whole API. Opens no connection, reads no clock."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import Any, TypeAlias, TypedDict, Unpack, cast

from twreplay._address import API_HOST
from twreplay._api import (
    MAGIC_SENDER,
    PROFILES,
    QUESTIONS,
    VALIDATION_REQUEST,
    VERSION,
    Effect,
    Profile,
    find_value_type,
)
from twreplay._call_site import find_stack_level
from twreplay._display import shown_url, visible, visible_line
from twreplay._docstring import with_keywords
from twreplay._explanation import shorten
from twreplay._fork import renew_lock_in_child
from twreplay._http import Reply, Request, Response
from twreplay._options import keep_iterators
from twreplay._simulator.advice import find_advice
from twreplay._simulator.arranging import BY_NAME, arrange
from twreplay._simulator.assertions import Assertions
from twreplay._simulator.checks.checks import decide
from twreplay._simulator.checks.context import Answer, RequestContext
from twreplay._simulator.checks.notes import note_look
from twreplay._simulator.checks.rendering import render
from twreplay._simulator.controls import WorldControls
from twreplay._simulator.events import check_plan, connect
from twreplay._simulator.grades import grade_answer, summarize
from twreplay._simulator.hints import find_hints
from twreplay._simulator.journal import (
    JOURNAL_LIMIT,
    Entry,
    Journal,
    Requests,
    Table,
    check_limit,
    render_journal,
)
from twreplay._simulator.living import LiveFace
from twreplay._simulator.magic_numbers import add_magic_rules
from twreplay._simulator.state.clock import BEGINNING, Clock, check_time
from twreplay._simulator.state.following import read_moment
from twreplay._simulator.state.identifiers import Identifiers
from twreplay._simulator.state.instance import Instance, alter
from twreplay._simulator.state.snapshot import (
    Snapshot,
    check_snapshot,
    copy_snapshot,
    fill,
    fill_with_own,
    take_snapshot,
)
from twreplay._simulator.state.store import Account, Stores
from twreplay._simulator.state.world import World
from twreplay._simulator.user_rules import (
    NO_RULING,
    RULE_ORDERS,
    Passing,
    RuleBook,
    RulesFace,
    Ruling,
    UserAnswer,
    UserRule,
    build_passed_answer,
    build_user_answer,
    overlay_headers,
    run_rule,
)
from twreplay._simulator.warning_filters import format_question, may_raise, will_raise
from twreplay._suggestion import check_choice, explain_misuse
from twreplay.errors import UndocumentedBehavior, UsageError, WrongVersion

UNDOCUMENTED = ("warn", "ignore", "error")
UNEXPECTED = ("ignore", "fail")

_REFUSES_METHOD = 405

# Placeholder owner for a new account; never read.
_NOBODY = Account(Instance(BY_NAME["Account"], {"Sid": ""}, {}, {}), Stores())

Told: TypeAlias = list[tuple[UndocumentedBehavior, bool]]
"""What to warn of, and whether ``undocumented="error"`` raises it."""

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

        rule_order: The order in which rules of your own are asked: ``newest``, those made last
            before those made first, or ``oldest``. Default: ``newest``.

        allow_unused: Rules of your own that are not used as often as expected are not an error.
            Default: ``False``.

        unexpected: The reaction at the end of a simulation with an attached application, if a call
            goes on, or somebody got a call or a message that no phone was asked for: ``ignore`` or
            ``fail``. Default: ``ignore``.

        trial: Whether the account that exists from the start is a trial account. Default:
            ``False``.

        clock: The clock to follow: ``freezegun``, ``time-machine``, what ``freeze_time`` or
            ``travel`` returned, or a function that returns a datetime with a time zone. Default:
            none.
    """

    account_sid: str | None
    auth_token: str | None
    profile: str
    seed: int | str
    now: datetime | None
    undocumented: str
    hosts: Iterable[str] | None
    journal_limit: int | None
    rule_order: str
    allow_unused: bool
    unexpected: str
    trial: bool
    clock: object


class Simulator(WorldControls, RulesFace, Assertions, LiveFace):
    """
    A simulator of the API, with state.

    The same requests in the same order get the same answers, byte for byte. A new simulator has
    one active account with one voice- and SMS-capable number, ``4158675309``; a trial account
    cannot have it, and has it as a validated caller id.

    May be used from several threads; requests are then handled one after another. Rules of your
    own and handlers of warnings run beside that, so they may wait for other threads.

    Args:
        options: The keywords of ``SimulatorOptions``, which are those of ``simulate``.

    Raises:
        UsageError: A keyword or value that does not exist.
    """

    def __init__(self, **options: Unpack[SimulatorOptions]) -> None:
        check_options(options)
        keep_iterators(cast("dict[str, Any]", options))
        self.profile = options.get("profile", "documented")
        self.hosts = options.get("hosts")
        self._undocumented = options.get("undocumented", "warn")
        self._seed = options.get("seed", 0)
        self._followed = options.get("clock")
        self._now = options.get("now")
        self._is_trial = options.get("trial", False)
        self._account_sid = options.get("account_sid")
        self._auth_token = options.get("auth_token")
        self._lock = RLock()
        renew_lock_in_child(self, RLock)
        self._rules = RuleBook(options.get("rule_order", "newest"), self._seed)
        self.allow_unused = options.get("allow_unused", False)
        self._unexpected = options.get("unexpected", "ignore")
        self._journal = Journal(options.get("journal_limit", JOURNAL_LIMIT))
        self._live = None
        self._forks: list[ExitStack] = []
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

    @property
    def seed(self) -> int | str:
        """The seed of Sids, tokens and numbers."""
        return self._seed

    # --- requests ------------------------------------------------------------------------------

    @explain_misuse
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
            ruling = NO_RULING
            if ahead is not None:
                ruling = Ruling(ahead, ahead.apply(request))
            elif self._rules.made:
                ruling = self._rules.ask(request, self._lock, self._read_now)
            if ruling.rule is None:
                with self._lock, self._caught_up():
                    context = RequestContext(request, self._world, request.method)
                    answer, response = self._decide(context)
                    reply = Reply(response, delay_seconds=ruling.delay)
                    entry = self._enter(context, answer, reply)
                    told = self._list_told(context, answer)
                    # It knows the context, too: without a cycle both go at once. To collect
                    # them later took 4 µs a request.
                    context.reached = None
            else:
                entry, reply, told = self._reply_by_user_rule(request, ruling.rule, ruling)
            for rule in ruling.applied:
                rule.keep(entry)
        except Exception as error:
            shown = f"{visible_line(request.method)} {request.shown_url}"
            error.add_note(f"twreplay: while simulating {shown}")
            raise
        self._tell(entry, told)
        return reply

    def _caught_up(self) -> AbstractContextManager[object]:
        """Catch up with the clock that is followed, and hold it inside the block."""
        clock = self._made.clock if self._made is not None else self._world.clock
        if clock.follows:
            clock.sync()
            return clock.hold()
        # The lock is held already, and costs a tenth of an empty context manager of Python's.
        return self._lock

    def _decide(self, context: RequestContext) -> tuple[Answer, Response]:
        """
        Answer by the rules of the API.

        Where the outcome rests on a question and is therefore an error, nothing has happened: the
        world is unchanged, and no identifier is used up.
        """
        is_safe = context.request.method in ("GET", "HEAD")
        if is_safe or not self._can_refuse():
            answer, response = self._judge(context)
            if context.open_questions or context.version_hints:
                context.is_refused = self._is_refused(context, answer)
            return answer, response
        with self._world.attempt(self._keep_due()) as attempt:
            answer, response = self._judge(context)
            context.is_refused = self._is_refused(context, answer)
            if not context.is_refused:
                attempt.keep()
        return answer, response

    def _judge(self, context: RequestContext) -> tuple[Answer, Response]:
        answer, response = render(context, decide(context))
        note_look(context, answer)
        context.version_hints = find_hints(context, answer)
        return answer, response

    def _can_refuse(self) -> bool:
        if self._undocumented == "warn":
            return may_raise(UndocumentedBehavior)
        return self._undocumented == "error"

    def _is_refused(self, context: RequestContext, answer: Answer) -> bool:
        """Return whether what there is to tell about *answer* is raised, and not warned of."""
        told = self._list_told(context, answer)
        if self._undocumented == "warn":
            return any(will_raise(warning) for warning, _ in told)
        return any(is_strict for _, is_strict in told)

    def _reply_by_user_rule(
        self, request: Request, rule: UserRule, ruling: Ruling
    ) -> tuple[Entry, Reply, Told]:
        effect, delay = ruling.effect, ruling.delay
        with self._lock, self._caught_up():
            context = RequestContext(request, self._world, request.method)
            if isinstance(effect, Passing):
                own, response = self._decide(context)
                told = self._list_told(context, own)
        if isinstance(effect, Passing):
            if context.is_refused:
                effect = Passing()
            answer, reply = _pass(rule, effect, own, response, delay)
            with self._lock:
                return self._enter(context, answer, reply, own, response), reply, told
        context.method = request.effective_method
        if isinstance(effect, Answer):
            answer = build_user_answer(rule, effect.status, effect)
            context.extension = request.path.rpartition("/")[2].rpartition(".")[2]
            context.is_head = request.method == "HEAD"
            # So that the answer stays what the rule says: a GET could become a 304.
            context.method = ""
            with self._lock:
                _, response = render(context, replace(effect, headers=()))
            response = overlay_headers(response, effect.headers)
            reply = Reply(response, delay_seconds=delay)
        elif isinstance(effect, Response):
            answer = build_user_answer(rule, effect.status)
            reply = Reply(effect, delay_seconds=delay)
        else:
            answer = build_user_answer(rule, 0)
            reply = Reply(None, failure=effect, delay_seconds=delay)
        with self._lock:
            return self._enter(context, answer, reply), reply, []

    def _enter(
        self,
        context: RequestContext,
        answer: Answer,
        reply: Reply,
        own: Answer | None = None,
        own_response: Response | None = None,
    ) -> Entry:
        """Add an entry; *own* is the API's answer, if a user rule changed or lost it."""
        if own is None and not isinstance(answer, UserAnswer):
            own = answer
        advice = find_advice(context, own) if own is not None and own.status >= 400 else ()
        met = summarize(frozenset(context.open_questions), frozenset(context.mentioned))
        grades, weakest = grade_answer(answer, self._world.profile, met)
        entry = Entry.make(
            number=self._journal.count + 1,
            request=context.request,
            method=context.request.effective_method,
            response=None if context.is_refused else reply.response,
            rule=answer.reason,
            source=answer.evidence.source,
            grade=weakest,
            questions=met.questions,
            hints=(*context.version_hints, *advice),
            outcome=answer.outcome or answer.reason,
            grades=grades,
            rests_on=met.rests_on,
            is_refused=context.is_refused,
            api_response=own_response if isinstance(answer, UserAnswer) else None,
        )
        self._journal.append(entry)
        return entry

    def _list_told(self, context: RequestContext, answer: Answer) -> Told:
        """Return what to warn of, and whether ``undocumented="error"`` raises it."""
        hints, questions = context.version_hints, context.open_questions
        if self._undocumented == "ignore" or not (questions or hints):
            return []
        request = context.request
        place = f"{request.method} {shown_url(request.path)}"
        told: Told = []
        # A method that is not supported is documented; the hint is in the journal.
        for hint in hints if answer.status != _REFUSES_METHOD else ():
            wrong = WrongVersion(visible(f"{place}: in {VERSION}, {hint}."))
            wrong.question, wrong.request = 0, request
            # What was accepted and logged is documented.
            told.append((wrong, answer.status >= 400 or bool(questions)))
        for number in sorted(questions):
            if QUESTIONS[number].effect is Effect.BEHAVIOR:
                undocumented = UndocumentedBehavior(
                    format_question(visible_line(place), QUESTIONS[number])
                )
                undocumented.question, undocumented.request = number, request
                told.append((undocumented, True))
        return told

    def _tell(self, entry: Entry, told: Told) -> None:
        for warning, is_strict in told:
            if is_strict and self._undocumented == "error":
                raise warning
            warnings.warn(warning, stacklevel=find_stack_level())
        if entry.is_refused:
            # A filter was added or taken away since the outcome was undone.
            raise told[0][0]

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

    @explain_misuse
    def explain(self) -> str:
        """
        Return the journal as a table of at most 100 columns: ``print(twilio.explain())``.

        A debugger and an interactive session show it as it is, without ``print``.
        """
        return Table(render_journal(self.requests, self._describe_clock()))

    def _list_requests(self) -> Requests:
        return self.requests

    def _describe_clock(self) -> str:
        with self._lock:
            clock = self.clock
            return f"clock: {format_datetime(clock.now)}, {clock.moved}"

    # --- time ----------------------------------------------------------------------------------

    @property
    def clock(self) -> Clock:
        """The virtual clock. ``clock.advance(seconds=60)`` lets time pass; nothing else does."""
        clock = self._world.clock
        # Its events change the world, also for a test that keeps the clock and instances only.
        clock.world = self._world
        return clock

    def _read_now(self) -> float:
        return self._world.clock.now.timestamp()

    # --- arranging -----------------------------------------------------------------------------

    def _add(self, resource: str, properties: Mapping[str, object], **options: object) -> Instance:
        with self._lock, self._caught_up():
            # What becomes the first account has no owner.
            owner = _NOBODY if resource == "Account" else self._first
            return arrange(self._world, owner, BY_NAME[resource], properties, options)

    # --- worlds to go back to ------------------------------------------------------------------

    @explain_misuse
    def add_magic_numbers(self) -> tuple[UserRule, ...]:
        """
        Refuse the magic numbers of the test credentials that came with version 2010-04-01.

        They are known with and without ``+1``: from 500-555-0001 a message is 21212, to it 21211,
        and so on. 500-555-0006 becomes a number of the account, which may call and text.

        Returns:
            The rules, which need not be used; each can be removed.
        """
        numbers = (*self.incoming_phone_numbers, *self.outgoing_caller_ids)
        if all(number.PhoneNumber != MAGIC_SENDER for number in numbers):
            add = self.add_outgoing_caller_id if self._is_trial else self.add_incoming_phone_number
            add(PhoneNumber=MAGIC_SENDER)
        return add_magic_rules(self)

    @explain_misuse
    def snapshot(self) -> Snapshot:
        """
        Return the whole world as data: accounts and all they own, what is due, the time.

        The result holds text, numbers, lists and dictionaries only, so ``json.dump`` writes it.
        It has the auth tokens of the simulated accounts in it, and calls that run, with what was
        heard. Rules of your own, the journal and the applications that are attached belong to the
        test and are not part of it.

        Raises:
            UsageError: An attached application is working on the answer to a webhook.
        """
        with self._lock:
            snapshot = take_snapshot(self._world)
            if self._lives():
                snapshot["live"] = self._live.pack()
            return snapshot

    @explain_misuse
    def restore(self, snapshot: Snapshot) -> None:
        """
        Restore the world of *snapshot*, taken here or in another process.

        Instances and the clock that were looked up before belong to the world that is gone; look
        them up again. Rules of your own, the journal and attached applications stay; a call that
        ran goes on.

        Raises:
            UsageError: *snapshot* is no snapshot, is damaged, or has another profile. Nothing has
                changed.
        """
        with self._lock:
            check_snapshot(snapshot, self.profile)
            world = self._new_world(Identifiers(self._seed))
            copied = copy_snapshot(snapshot)
            fill(world, copied)
            check_plan(world)
            lived = self._open_live().unpack(world, copied["live"]) if "live" in copied else None
            world.clock.take_over(self._world.clock)
            if lived is not None:
                self._live.rewind(lived)
            else:
                self._forget_what_lives()
            self._made, self._is_made = world, True
            self._enliven(world)

    @contextmanager
    @explain_misuse
    def fork(self) -> Iterator[Simulator]:
        """
        Undo all changes to the world at the end of a block.

        Costs what the block changes, not what is there. Forks nest. Rules of your own and the
        journal belong to the test: they stay. The block gets this simulator.

        Raises:
            UsageError: The block ends before one that began inside it. Both are undone.
        """
        with self._lock:
            fork = ExitStack()
            fork.callback(self._go_back, self._world)
            fork.enter_context(self._world.fork(self._keep_what_lives()))
            self._forks.append(fork)
        try:
            yield self
        finally:
            with self._lock:
                self._end_fork(fork)

    def _go_back(self, world: World) -> None:
        self._made, self._is_made = world, True
        self._enliven(world)

    def _end_fork(self, fork: ExitStack) -> None:
        """Undo *fork* and those inside it; do nothing if it was undone with the one around it."""
        if not any(fork is one for one in self._forks):
            return
        inside = -1
        ended = None
        while ended is not fork:
            ended = self._forks.pop()
            ended.close()
            inside += 1
        if inside:
            msg = (
                f"fork(): a block ends before {inside} that began inside it, so that all of them "
                "are undone now, and what those do from here on stays. End the inner block first: "
                "with twilio.fork(): inside with twilio.fork():."
            )
            raise UsageError(msg)

    @explain_misuse
    def reset(self) -> None:
        """
        Restore the initial state: the same account, the initial time, no requests, no rules.

        Applications stay attached; the webhooks to them and the rules for those are forgotten.
        """
        with self._lock:
            self._rules.clear()
            self._journal.clear()
            if self._live is not None:
                self._live.begin_again()
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
        if self._followed is not None:
            self._arrange_beginning()
            return
        now = self._now or BEGINNING
        options = self.profile, self._seed, self._account_sid, self._auth_token, self._is_trial, now
        world = self._new_world(Identifiers(self._seed))
        fill_with_own(world, _take_beginning(*options))
        self._made = world

    def _arrange_beginning(self) -> None:
        world = self._new_world(Identifiers(self._seed))
        sid, token = world.identifiers.generate_sid("AC"), world.identifiers.generate_token()
        self._made = world
        sid, token = self._account_sid or sid, self._auth_token or token
        self.add_account(trial=self._is_trial, Sid=sid, AuthToken=token)
        if self._is_trial:
            self.add_outgoing_caller_id(PhoneNumber=_FIRST_NUMBER)
        else:
            number = self.add_incoming_phone_number(PhoneNumber=_FIRST_NUMBER)
            alter(number, {}, {}, {"unasked": True})
        if self._followed is not None:
            world.clock.follow(self._followed)

    def _new_world(self, identifiers: Identifiers) -> World:
        followed = read_moment(self._followed) if self._followed is not None else None
        world = World(Profile(self.profile), Clock(self._now or followed or BEGINNING), identifiers)
        connect(world)
        self._enliven(world)
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
            self._world.clock.sync()
            if resource == VALIDATION_REQUEST.name:
                return tuple(self._world.validation_requests)
            if resource == "Notification" and self._live is not None:
                self._live.unread.clear()
            return self._world.list_instances(BY_NAME[resource])


# Cached, as each test begins with the same world: to arrange it takes 130 µs, and this 30.
@lru_cache(maxsize=8)
def _take_beginning(
    profile: str,
    seed: int | str,
    account_sid: str | None,
    auth_token: str | None,
    is_trial: bool,
    now: datetime,
) -> Snapshot:
    """Return the world that a simulator of these options begins with."""
    simulator = Simulator(
        profile=profile,
        seed=seed,
        account_sid=account_sid,
        auth_token=auth_token,
        trial=is_trial,
        now=now,
    )
    simulator._arrange_beginning()
    simulator._is_made = True
    return simulator.snapshot()


def _pass(
    rule: UserRule, effect: Passing, own: Answer, response: Response, delay: float
) -> tuple[Answer, Reply]:
    """Change or lose the API's *response*, without a lock: *effect* may be a user's function."""
    if effect.lose is not None:
        answer = build_passed_answer(rule, 0, own)
        return answer, Reply(None, failure=effect.lose(), delay_seconds=delay)
    if effect.change is None:
        return own, Reply(response, delay_seconds=delay)
    with run_rule(rule):
        changed = effect.change(response)
    answer = build_passed_answer(rule, changed.status, own)
    return answer, Reply(changed, delay_seconds=delay)


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
    check_choice("unexpected", "value", options.get("unexpected", "ignore"), UNEXPECTED)
    check_limit(options.get("journal_limit", JOURNAL_LIMIT))
    check_choice("rule_order", "value", options.get("rule_order", "newest"), RULE_ORDERS)
    if not isinstance(options.get("allow_unused", False), bool):
        msg = f"allow_unused takes True or False, not {options['allow_unused']!r}."
        raise UsageError(msg)
    seed = options.get("seed", 0)
    is_text = isinstance(seed, str) and not any("\ud800" <= c <= "\udfff" for c in seed)
    if isinstance(seed, bool) or not (is_text or isinstance(seed, int)):
        msg = f"seed takes a number or text, not {seed!r}."
        raise UsageError(msg)
    if options.get("now") is not None:
        check_time(options["now"])
    if options.get("clock") is not None:
        read_moment(options["clock"])
    if not isinstance(options.get("trial", False), bool):
        msg = f"trial takes True or False, not {options['trial']!r}."
        raise UsageError(msg)
    sid = options.get("account_sid")
    possible = find_value_type(BY_NAME["Account"], "Sid")
    if sid is not None and not (isinstance(sid, str) and possible.read(sid)):
        shown = shorten(repr(sid), 60)
        msg = f"account_sid is AC and 32 hexadecimal digits, not {shown}."
        raise UsageError(msg)
    token = options.get("auth_token")
    if token is not None and not (isinstance(token, str) and token and token.isprintable()):
        # Not shown: it may be a real one.
        msg = "auth_token is text that can be printed, and not empty."
        raise UsageError(msg)


_KEYWORDS = tuple(SimulatorOptions.__annotations__)
Simulator.__doc__ = with_keywords(Simulator.__doc__, SimulatorOptions)
