"""A user rule, which comes before the API's checks."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from functools import cached_property
from random import Random
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, Protocol, Self, TypeVar

from twreplay._display import visible_line, without_secrets
from twreplay._explanation import shorten
from twreplay._http import Headers, Request, Response
from twreplay._numbers import is_number
from twreplay._simulator.journal import JOURNAL_LIMIT, Entry
from twreplay._simulator.user_rules.answers import (
    Passing,
    build_answer,
    build_response,
    change_response,
    check_body,
    check_code,
    check_encodable,
    check_headers,
    check_status,
    encode_json,
)
from twreplay._simulator.user_rules.conditions import RequestCondition
from twreplay._simulator.user_rules.plan import (
    Effected,
    Moment,
    Seconds,
    Selection,
    Step,
    build_delay,
    check_count,
    find_moment,
)
from twreplay._suggestion import explain_misuse, suggest
from twreplay.errors import UsageError
from twreplay.faults import NetworkFault

if TYPE_CHECKING:
    import re


Respond = TypeVar("Respond", bound=Callable[[Request], Response | None])

_ANYTHING = RequestCondition()


_FOREIGN = {
    "reply": "respond",
    "mock": "respond",
    "return_value": "respond",
    "respond_with": "respond",
    "will_return": "respond",
    "side_effect": "raises",
    "pass_through": "passes",
    "passthrough": "passes",
    "calls": "requests",
    "call_count": "used",
    "called": "used",
    "once": "first",
}
"""What other libraries call a member of a rule, and its name here."""


class RuleOwner(Protocol):
    """The rules of a simulator, as one of them knows them."""

    def remove(self, rule: UserRule, *, keeps_count: bool = False) -> None:
        """Take *rule* out; *keeps_count*: that it was not used is still an error."""


def _find_no_owner() -> RuleOwner | None:
    return None


class UserRule:
    """
    A rule made by ``twilio.when(...)``; one of its methods sets its answer.

    As a decorator on a function of one request, the function answers: with a ``Response``, or
    with None to let the next rule have its turn. As a context manager it applies within a block.

    Attributes:
        condition: What a request must be like.

        times: How many requests it is for; None for all.

        made_at: Where it was made, ``test_x.py:41``.

        used: How many requests it was used for.

        matched: How many requests were as the rule wants them.

        delay_seconds: Its delay, if that is fixed.
    """

    def __init__(
        self,
        condition: RequestCondition = _ANYTHING,
        times: int | None = None,
        made_at: str = "",
        *,
        seed: str = "",
        made_in: float = 0,
    ) -> None:
        self.condition = condition
        self.times = times
        self.made_at = made_at
        self.used = 0
        self.matched = 0
        self.delay_seconds = 0.0
        self._seed = seed
        self._made_in = made_in
        self._steps = [Step()]
        self._selection = Selection()
        self._clauses: list[str] = []
        self._is_optional = False
        self._entries: deque[Entry] = deque(maxlen=JOURNAL_LIMIT)
        self._book: Callable[[], RuleOwner | None] = _find_no_owner

    def __repr__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """The rule, as source code."""
        condition = self.condition
        parts = [*condition.list_parts()]
        if self.times is not None:
            parts.append(f"times={self.times}")
        parts += condition.list_checks()
        return visible_line("".join([f"when({', '.join(parts)})", *self._clauses]))

    @property
    def method(self) -> str | None:
        """The method that it is for; None for every one."""
        return self.condition.method

    @property
    def path(self) -> str | re.Pattern[str] | None:
        """The path that it is for; None for every one."""
        return self.condition.path

    @property
    def fields(self) -> Mapping[str, str]:
        """The conditions on fields of form or query, by name, as source code."""
        return {
            check.name: check.wanted for check in self.condition.checks if check.part == "field"
        }

    @property
    def requests(self) -> tuple[Entry, ...]:
        """The entries of the journal that it answered, delayed or changed, oldest first."""
        return tuple(self._entries)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            __tracebackhide__ = True  # pytest shows the line that asked
            known = [known for known in dir(type(self)) if not known.startswith("_")]
            near = _FOREIGN.get(name) or suggest(name, known)
            guess = f"; did you mean {near}?" if near and not name.startswith("_") else ""
            msg = f"a rule has no {name}{guess}"
            raise AttributeError(msg)

    # --- what it does --------------------------------------------------------------------------

    @explain_misuse
    def respond(
        self,
        status: int = 200,
        *,
        code: int | None = None,
        message: str | None = None,
        body: str | bytes | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Self:
        """
        Answer with *status*.

        A 204, 205 or 304 has no body, a 401 a challenge, a 405 an ``Allow`` header, as HTTP asks.

        Args:
            status: The status code, from 200 to 599.

            code: A code of the error dictionary. Its message is filled in where it is known.

            message: The text of ``Message``.

            body: The body, unchanged. By default a ``RestException`` from 400 on, and
                an empty ``TwilioResponse`` below.

            json: A body that is encoded as JSON.

            headers: Headers in addition to those of the body.

        Raises:
            UsageError: *status* is not a status code, or has no body; or *body* comes with *code*
                or *message*.
        """
        check_status("respond", status)
        check_headers("respond", headers)
        if code is not None:
            check_code("respond", code)
        if message is not None and not isinstance(message, str):
            msg = f"respond takes a message of text, not {message!r}."
            raise UsageError(msg)
        check_encodable("respond", "message", message or "")
        extra = Headers(headers or {}).pairs
        media_type = ""
        if json is not None:
            if body is not None:
                msg = "respond takes either a body or json."
                raise UsageError(msg)
            body, media_type = encode_json(json), "application/json"
        if body is not None:
            if code is not None or message is not None:
                msg = "respond takes either a body, or a code and a message."
                raise UsageError(msg)
            check_body("respond", status, body)
            content = body
            return self._set_effect(
                lambda request: build_response(request, status, extra, content, media_type)
            )
        return self._set_effect(lambda request: build_answer(request, status, code, message, extra))

    @explain_misuse
    def fail(self, status: int = 500) -> Self:
        """Answer with a server error, of a *status* from 500 to 599."""
        if status not in range(500, 600):
            msg = f"fail takes a status code from 500 to 599, not {status!r}; see respond."
            raise UsageError(msg)
        return self.respond(status)

    @explain_misuse
    def redirect(self, url: str, *, status: int = 302) -> Self:
        """Send the client to *url*, with a *status* of 301, 302, 303, 307 or 308."""
        if status not in (301, 302, 303, 307, 308):
            msg = f"redirect takes the status code of a redirect, not {status!r}."
            raise UsageError(msg)
        if not isinstance(url, str) or not url or not url.isprintable() or " " in url:
            msg = f"redirect takes a URL, not {without_secrets(repr(url))}."
            raise UsageError(msg)
        return self.respond(status, headers={"Location": url})

    @explain_misuse
    def raises(self, failure: type[BaseException] | BaseException) -> Self:
        """
        Raise an exception in the client. The API does not act.

        Args:
            failure: One of ``twreplay.faults``, for which the client raises an exception of its
                own; any other exception is raised unchanged.
        """
        build = _check_failure("raises", failure)
        return self._set_effect(lambda request: build())

    @explain_misuse
    def acts_then_raises(self, failure: type[BaseException] | BaseException) -> Self:
        """
        Let the API act on the request, and lose its answer: the client gets *failure*.

        This is what a retry of a POST has to survive. The journal keeps the API's answer as
        ``api_response``.

        Args:
            failure: As ``raises`` takes it.
        """
        build = _check_failure("acts_then_raises", failure)
        return self._set_effect(lambda request: Passing(lose=build))

    @explain_misuse
    def passes(
        self,
        change: Callable[[Response], Response] | None = None,
        *,
        status: int | None = None,
        headers: Mapping[str, str | None] | None = None,
        body: str | bytes | None = None,
        json: object = None,
    ) -> Self:
        """
        Let the API answer, past all other rules, and change its answer.

        Args:
            change: Called with the API's own response; returns the one that the client gets.

            status: Another status. What the API did is done.

            headers: Headers in the place of the API's; None takes one out.

            body: Another body.

            json: Another body, encoded as JSON.

        Raises:
            UsageError: *change* comes with another argument, or one of them cannot be.
        """
        check_headers("passes", headers)
        if json is not None:
            if body is not None:
                msg = "passes takes either a body or json."
                raise UsageError(msg)
            body, headers = (
                encode_json(json),
                {"Content-Type": "application/json"} | dict(headers or {}),
            )
        given = [value for value in (status, headers, body) if value is not None]
        if change is not None and (given or not callable(change)):
            msg = "passes takes either a function of the API's response, or status, headers, body."
            raise UsageError(msg)
        if status is not None:
            check_status("passes", status)
        check_body("passes", status or 200, body)
        if change is not None:
            changed = _checked(change)
            return self._set_effect(lambda request: Passing(changed))
        if not given:
            return self._set_effect(lambda request: Passing())
        other, content = dict(headers or {}), body
        return self._set_effect(
            lambda request: Passing(
                lambda response: change_response(request, response, status, other, content)
            )
        )

    @explain_misuse
    def delay(
        self,
        seconds: Seconds | None = None,
        *,
        median: float | None = None,
        sigma: float | None = None,
    ) -> Self:
        """
        Wait before the answer, which is this rule's if it has one and the API's otherwise.

        Delays are real time. A client whose timeout is shorter times out. Random delays come from
        the simulator's seed.

        Args:
            seconds: A number from 0; a range, ``(0.1, 0.5)``; or a function that is called with a
                ``random.Random`` and returns a number.

            median: The middle of a lognormal distribution, the usual shape of latencies.

            sigma: Its spread; 0.5 by default.
        """
        step = self._steps[-1]
        step.delay, self.delay_seconds = build_delay(seconds, median, sigma)
        return self

    def __call__(self, respond: Respond) -> Respond:
        """Use *respond* as the answer of this rule."""
        if not callable(respond):
            msg = f"when(...) decorates a function of one request, not {respond!r}."
            raise UsageError(msg)

        def answer(request: Request) -> Effected:
            try:
                response = respond(request)
            except NetworkFault as fault:
                return fault  # the client raises its own exception for it
            return None if response is None else _check_response(respond, response, "the API")

        self._set_effect(answer)
        return respond

    # --- sequences -----------------------------------------------------------------------------

    @property
    def then(self) -> Self:
        """
        Begin the next answer of a sequence.

        Each answer is for one request, or for as many as ``repeat`` says. After the last one the
        rule is used up. A sequence that was not gone through is an unused rule.
        """
        if self._steps[-1].effect is None and self._steps[-1].delay is None:
            msg = f"{self.text} has no answer yet; give it one before .then."
            raise UsageError(msg)
        if self._steps[-1].is_endless:
            msg = f"{self.text}: nothing comes after .forever()."
            raise UsageError(msg)
        if self.times is not None and self.times <= len(self._steps):
            msg = (
                f"{self.text} is for {self.times} requests, which have their answers already; "
                "leave times out, or raise it."
            )
            raise UsageError(msg)
        self._steps.append(Step())
        return self

    @explain_misuse
    def repeat(self, count: int) -> Self:
        """Give the answer to *count* requests in a row."""
        self._steps[-1].count = check_count("repeat", count)
        self._clauses.append(f".repeat({count})")
        return self

    @explain_misuse
    def forever(self) -> Self:
        """Give the last answer of a sequence to all requests that follow."""
        self._steps[-1].is_endless = True
        self._clauses.append(".forever()")
        return self

    # --- which of the requests -----------------------------------------------------------------

    @explain_misuse
    def first(self, count: int) -> Self:
        """
        Apply to the first *count* matching requests. Fewer are no error, none is.

        Clauses pick in the order in which they are written: ``first(4).every(2)`` is for the second
        and the fourth request, ``every(2).first(4)`` for four, up to the eighth.
        """
        self._selection.set_limit(check_count("first", count))
        self._clauses.append(f".first({count})")
        return self

    @explain_misuse
    def every(self, count: int) -> Self:
        """Apply to each *count*-th matching request: ``every(3)`` to the third and the sixth."""
        self._selection.every = check_count("every", count)
        self._clauses.append(f".every({count})")
        return self

    @explain_misuse
    def with_probability(self, share: float, *, seed: int | str | None = None) -> Self:
        """
        Apply to a random *share* of the matching requests, from 0 to 1.

        The same seed picks the same ones; by default it comes from the simulator's seed. That
        none was picked is no error.
        """
        if not is_number(share) or not 0 <= share <= 1:
            msg = f"with_probability takes a number from 0 to 1, not {share!r}."
            raise UsageError(msg)
        self._selection.probability = share
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int | str)):
            msg = f"seed takes a number or text, not {seed!r}."
            raise UsageError(msg)
        text = f"twreplay chance {self._seed if seed is None else seed}"
        self._selection.random = Random(text)  # noqa: S311  # predictable on purpose
        self._clauses.append(f".with_probability({share})")
        return self

    @explain_misuse
    def between(self, start: Moment, end: Moment) -> Self:
        """
        Apply while the virtual clock is between *start* and *end*.

        Args:
            start: Seconds or a timedelta from now, or a datetime with a time zone.

            end: The same; the rule no longer applies at this moment.
        """
        self._selection.begin = find_moment("between", start, self._made_in)
        self._selection.end = find_moment("between", end, self._made_in)
        if self._selection.end <= self._selection.begin:
            msg = f"between takes a start before its end, not {start!r} and {end!r}."
            raise UsageError(msg)
        if self._selection.end <= self._made_in:
            msg = f"between({start!r}, {end!r}) is over already, so the rule would never apply."
            raise UsageError(msg)
        self._clauses.append(f".between({start!r}, {end!r})")
        return self

    @explain_misuse
    def after(self, moment: Moment | None = None, *, seconds: float | None = None) -> Self:
        """
        Apply from *moment* of the virtual clock on.

        Args:
            moment: A timedelta from now, or a datetime with a time zone.

            seconds: Seconds from now.
        """
        given = moment if seconds is None else seconds
        if (moment is None) == (seconds is None):
            msg = "after takes either a moment or seconds, such as after(seconds=60)."
            raise UsageError(msg)
        self._selection.begin = find_moment("after", given, self._made_in)
        shown = repr(moment) if seconds is None else f"seconds={seconds!r}"
        self._clauses.append(f".after({shown})")
        return self

    # --- taking it back ------------------------------------------------------------------------

    @explain_misuse
    def optional(self) -> Self:
        """Let the test end well if the rule was not used."""
        self._is_optional = True
        return self

    @explain_misuse
    def remove(self) -> None:
        """Take the rule back. It answers no more, and need not have been used."""
        if (book := self._book()) is not None:
            book.remove(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if (book := self._book()) is not None:
            book.remove(self, keeps_count=error is None)

    # --- how it is asked -----------------------------------------------------------------------

    def matches(self, request: Request) -> bool:
        """Return whether *request* is as this rule wants it."""
        return self.condition.matches(request)

    @cached_property
    def _random(self) -> Random:
        # Made for a delay only: seeding one takes 5 µs and 2.5 KB.
        return Random(f"twreplay rule {self._seed}")  # noqa: S311  # predictable on purpose

    def take(self, now: float | None = None) -> Step | None:
        """Use this rule for a request that matches; None if it is not for that one."""
        self.matched += 1
        if self._selection.needs_time and not self._selection.is_open(now or 0):
            return None
        if self.times is not None and self.used >= self.times:
            return None
        step = self._find_step()
        if step is None or not self._selection.select(self.used):
            return None
        step.used += 1
        self.used += 1
        return step

    def apply(self, request: Request) -> Effected:
        """Use this rule once, for any request."""
        self.used += 1
        effect = self._steps[0].effect
        return None if effect is None else effect(request)

    def keep(self, entry: Entry) -> None:
        """Keep *entry* as one of those that this rule answered."""
        self._entries.append(entry)

    @property
    def needs_time(self) -> bool:
        """True if the virtual clock decides whether it applies."""
        return self._selection.needs_time

    @property
    def ends(self) -> bool:
        """True if it is for so many requests only."""
        if self.times is not None or self._selection.limit is not None:
            return True
        return all(self._count(step) is not None for step in self._steps)

    @property
    def is_empty(self) -> bool:
        """True if an answer is missing."""
        return any(step.is_empty for step in self._steps)

    @property
    def needed(self) -> int:
        """The number of requests that it must have been used for."""
        if self._is_optional or (self._selection.probability is not None and self.matched):
            return 0
        if self.times is not None:
            return self.times
        if len(self._steps) == 1 and self._steps[0].count is None:
            return 1
        if self._selection.limit is not None:
            return 1
        return sum(self._count(step) or 1 for step in self._steps)

    @property
    def is_unused(self) -> bool:
        """True if it was used less often than required."""
        return self.used < self.needed

    def explain_time(self, now: float) -> str:
        """Say that the clock was never in the time of this rule; empty if that is not why."""
        begin = self._selection.begin
        if begin is None or self._selection.eligible or now >= begin:
            return ""
        return f"it applies {begin - now:.0f} s from where the virtual clock stands"

    def _find_step(self) -> Step | None:
        for step in self._steps:
            count = self._count(step)
            if count is None or step.used < count:
                return step
        return self._steps[-1] if self.times is not None else None

    def _count(self, step: Step) -> int | None:
        """Return how many requests *step* is for; None for all that come."""
        if step.is_endless:
            return None
        return 1 if step.count is None and len(self._steps) > 1 else step.count

    def _set_effect(self, effect: Callable[[Request], Effected]) -> Self:
        if self._steps[-1].effect is not None:
            msg = (
                f"{self.text} has an answer already; write .then before the next one, or make a "
                "second rule for another."
            )
            raise UsageError(msg)
        self._steps[-1].effect = effect
        return self


def _check_failure(
    owner: str, failure: type[BaseException] | BaseException
) -> Callable[[], BaseException]:
    if isinstance(failure, BaseException):
        return lambda: failure
    if isinstance(failure, type) and issubclass(failure, BaseException):
        return failure
    msg = f"{owner} takes an exception, such as twreplay.faults.ReadTimeout, not {failure!r}."
    raise UsageError(msg)


def _checked(change: Callable[[Response], Response]) -> Callable[[Response], Response]:
    def changed(response: Response) -> Response:
        return _check_response(change, change(response), "")

    return changed


def _check_response(function: object, response: object, instead: str) -> Response:
    if isinstance(response, Response):
        return response
    or_none = f", or None to let {instead} answer" if instead else ""
    msg = (
        f"{getattr(function, '__name__', function)} returned "
        f"{visible_line(without_secrets(shorten(repr(response), 200)))}; it must "
        f"return a twreplay.Response{or_none}."
    )
    raise UsageError(msg)
