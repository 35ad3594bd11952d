"""
The user rules of one simulator, and the order in which they are asked.

The newest rule is asked first, so that a test can overrule its fixture. Rules that end, as by
``times``, are a plan that has to be gone through: they are asked before those that do not end, in
the order in which they were made. ``simulate(rule_order="oldest")`` asks all of them in that order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from weakref import ref

from twreplay._http import Request
from twreplay._simulator.journal import Entry
from twreplay._simulator.steps import TRIAL
from twreplay._simulator.user_rules.conditions import build_request_condition
from twreplay._simulator.user_rules.plan import Effected, check_count
from twreplay._simulator.user_rules.rule import UserRule
from twreplay._simulator.user_rules.unused import build_unused_error
from twreplay.errors import UnusedRules, UsageError

RULE_ORDERS = ("newest", "oldest")

_running: ContextVar[tuple[UserRule, ...]] = ContextVar("_running", default=())


@dataclass(frozen=True, slots=True)
class Ruling:
    """
    The decision of the user rules about one request.

    Attributes:
        rule: The rule that answers; None if the API does.

        effect: Its answer.

        delay: The seconds until the answer, of all rules that delay it.

        applied: The rules that were used for it.
    """

    rule: UserRule | None = None
    effect: Effected = None
    delay: float = 0.0
    applied: tuple[UserRule, ...] = ()


NO_RULING = Ruling()


class RuleBook:
    """
    The user rules of one simulator.

    It holds nothing of the simulator, so that both go at once when a test ends, and no garbage is
    left to be collected.
    """

    def __init__(self, order: str, seed: object) -> None:
        self._order = order
        self._seed = seed
        self.made: list[UserRule] = []
        # Of blocks that have ended.
        self._retired: list[UserRule] = []
        self._count = 0

    @property
    def rules(self) -> tuple[UserRule, ...]:
        """The rules, in the order in which they are asked."""
        if self._order == "oldest":
            return tuple(self.made)
        plans = [rule for rule in self.made if rule.ends]
        return (*plans, *(rule for rule in reversed(self.made) if not rule.ends))

    def add(
        self,
        method: object,
        path: object,
        times: object,
        options: Mapping[str, object],
        made_at: str,
        now: float,
    ) -> UserRule:
        """
        Make a rule of the arguments of ``when``.

        Args:
            now: The Unix seconds of the virtual clock.

        Raises:
            UsageError: A method that does not exist, a path without a slash, a *times* below 1, a
                keyword that is misspelt.
        """
        condition = build_request_condition("when", method, path, options, ("times",))
        number = None if times is None else check_count("times", times)
        self._count += 1
        seed = f"{self._seed}/{self._count}"
        rule = UserRule(condition, number, made_at, seed=seed, made_in=now)
        # Weak: the book has the rule, and a rule of a book that is gone answers nothing.
        rule._book = ref(self)
        self.made.append(rule)
        return rule

    def remove(self, rule: UserRule, *, keeps_count: bool = False) -> None:
        """
        Take *rule* out; it may be out already.

        Args:
            keeps_count: Whether it is still an error that it was not used.
        """
        if keeps_count and rule in self.made:
            self._retired.append(rule)
        self.made = [each for each in self.made if each is not rule]

    def clear(self) -> None:
        """Take all rules out."""
        self.made = []
        self._retired = []
        self._count = 0

    def ask(
        self,
        request: Request,
        lock: AbstractContextManager[object],
        read_now: Callable[[], float],
    ) -> Ruling:
        """
        Ask the rules in order; return what the first one with an answer says.

        A rule is not asked about a request that its own function makes by ``handle``: the next
        rules or the API answer that.

        Args:
            lock: Held while a rule is used up, and never while a function of the user runs.

            read_now: Returns the Unix seconds of the virtual clock.
        """
        delay, applied, running = 0.0, [], _running.get()
        for rule in self.rules:
            if rule in running or not _match(rule, request):
                continue
            with lock:
                step = rule.take(read_now() if rule.needs_time else None)
            if step is None:
                continue
            if step.is_empty:
                msg = (
                    f"{rule.text}, made at {rule.made_at}, matches a request and has no answer: "
                    "give it one, .respond(400), .fail(), .raises(...) or .passes()."
                )
                raise UsageError(msg)
            applied.append(rule)
            if TRIAL is not None and TRIAL.leaves_out(rule.made_at, rule.text):
                continue
            if step.delay is not None:
                with run_rule(rule):  # and without the lock: a function of the user's may wait
                    delay += step.delay(rule._random)
            if step.effect is None:
                continue
            with run_rule(rule):
                effect = step.effect(request)
            if effect is not None:
                return Ruling(rule, effect, delay, tuple(applied))
        return Ruling(None, None, delay, tuple(applied))

    def build_unused_error(
        self, read_journal: Callable[[], tuple[Entry, ...]], read_now: Callable[[], float]
    ) -> UnusedRules | None:
        """
        Return an error for rules that were used too seldom, or None.

        Args:
            read_journal: Returns the entries of the journal.

            read_now: Returns the Unix seconds of the virtual clock.
        """
        every = (*self._retired, *self.made)
        return build_unused_error(every, self.rules, read_journal, read_now)


def _match(rule: UserRule, request: Request) -> bool:
    if not rule.condition.runs_code:
        return rule.condition.matches(request)
    with run_rule(rule):
        return rule.condition.matches(request)


@contextmanager
def run_rule(rule: UserRule) -> Iterator[None]:
    """Keep *rule* from being asked about the requests that a block makes by ``handle``."""
    token = _running.set((*_running.get(), rule))
    try:
        yield
    finally:
        _running.reset(token)
