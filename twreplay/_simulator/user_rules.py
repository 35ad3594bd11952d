"""User rules, which come before the API's checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import TypeAlias, TypeVar

from twreplay._api import VERSION, ApiError, Evidence, Grade, parse_phone_number
from twreplay._api import errors as fault
from twreplay._display import shown_value, visible_line, without_secrets
from twreplay._explanation import Explanation, Remedy, shorten
from twreplay._http import Headers, Pairs, Request, Response
from twreplay._simulator.checks.context import Answer, Nothing, One, build_exception
from twreplay._suggestion import suggest
from twreplay.errors import UnusedRules, UsageError

Respond = TypeVar("Respond", bound=Callable[[Request], Response | None])

Effected: TypeAlias = Answer | Response | BaseException | None
"""What a rule does with a request; None is nothing."""

_METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH")

_BY_STATUS: Mapping[int, ApiError] = {
    401: fault.UNAUTHORIZED,
    404: fault.NOT_FOUND,
    405: fault.METHOD_NOT_ALLOWED,
    500: fault.SERVER_ERROR,
}


class UserRule:
    """
    A rule made by ``twilio.when(...)``; one of its methods sets its effect.

    As a decorator on a function of one request, the function answers: with a ``Response``, or
    with None to let the next rule have its turn.
    """

    def __init__(
        self,
        method: str | None,
        path: str | None,
        times: int | None,
        fields: Mapping[str, str],
        made_at: str,
    ) -> None:
        self.method = method
        self.path = path
        self.times = times
        self.fields = fields
        self.made_at = made_at
        self.used = 0
        self.delay_seconds = 0.0
        self._effect: Callable[[Request], Effected] | None = None

    def __repr__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """The rule, as source code."""
        parts = [repr(part) for part in (self.method, self.path) if part is not None]
        if self.method is None and self.path is not None:
            parts = [f"path={self.path!r}"]
        if self.times is not None:
            parts.append(f"times={self.times}")
        parts += [f"{name}={shown_value(name, value)!r}" for name, value in self.fields.items()]
        return visible_line(f"when({', '.join(parts)})")

    def respond(
        self,
        status: int = 200,
        *,
        code: int | None = None,
        message: str | None = None,
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> UserRule:
        """
        Answer with *status*.

        Args:
            status: The status code, from 200 to 599.

            code: A code of the error dictionary. Its message is filled in where it is known.

            message: The text of ``Message``.

            body: The body, unchanged. By default a ``RestException`` from 400 on, and
                an empty ``TwilioResponse`` below.

            headers: Headers in addition to those of the body.

        Raises:
            UsageError: *status* is not a status code, or *body* comes with *code* or *message*.
        """
        if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
            msg = f"respond takes a status code from 200 to 599, not {status!r}."
            raise UsageError(msg)
        extra = Headers(headers or {}).pairs
        if body is not None:
            if code is not None or message is not None:
                msg = "respond takes either a body, or a code and a message."
                raise UsageError(msg)
            return self._set_effect(lambda request: Response(status, extra, body))
        return self._set_effect(lambda request: _answer(status, code, message, extra))

    def fail(self, status: int = 500) -> UserRule:
        """Answer with a server error, of a *status* from 500 to 599."""
        if status not in range(500, 600):
            msg = f"fail takes a status code from 500 to 599, not {status!r}; see respond."
            raise UsageError(msg)
        return self.respond(status)

    def redirect(self, url: str, *, status: int = 302) -> UserRule:
        """Send the client to *url*, with a *status* of 301, 302, 303, 307 or 308."""
        if status not in (301, 302, 303, 307, 308):
            msg = f"redirect takes the status code of a redirect, not {status!r}."
            raise UsageError(msg)
        return self.respond(status, headers={"Location": url})

    def raises(self, failure: type[BaseException] | BaseException) -> UserRule:
        """
        Raise an exception in the client.

        Args:
            failure: One of ``twreplay.faults``, for which the client raises an exception of its
                own; any other exception is raised unchanged.
        """
        raisable = isinstance(failure, BaseException) or (
            isinstance(failure, type) and issubclass(failure, BaseException)
        )
        if not raisable:
            msg = (
                f"raises takes an exception, such as twreplay.faults.ReadTimeout, not {failure!r}."
            )
            raise UsageError(msg)
        return self._set_effect(
            lambda request: failure if isinstance(failure, BaseException) else failure()
        )

    def delay(self, *, seconds: float) -> UserRule:
        """
        Wait before the answer, which is this rule's if it has one and the API's otherwise.

        Args:
            seconds: How long, of real time; from 0. A client whose timeout is shorter times out.
        """
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds >= 0:
            msg = f"delay takes a number of seconds from 0, not {seconds!r}."
            raise UsageError(msg)
        self.delay_seconds = seconds
        return self

    def __call__(self, respond: Respond) -> Respond:
        """Use *respond* as the effect of this rule."""
        if not callable(respond):
            msg = f"when(...) decorates a function of one request, not {respond!r}."
            raise UsageError(msg)

        def answer(request: Request) -> Response | None:
            response = respond(request)
            if response is not None and not isinstance(response, Response):
                msg = (
                    f"{getattr(respond, '__name__', respond)} returned "
                    f"{visible_line(without_secrets(shorten(repr(response), 200)))}; it must "
                    "return a twreplay.Response, or None to let the API answer."
                )
                raise UsageError(msg)
            return response

        self._set_effect(answer)
        return respond

    def matches(self, request: Request) -> bool:
        """Return whether this rule applies to *request* and is not used up."""
        if self.times is not None and self.used >= self.times:
            return False
        if self.method is not None and self.method not in (
            request.method,
            request.effective_method,
        ):
            return False
        if self.path is not None and not _is_on_path(request.path, self.path):
            return False
        sent = (*request.form, *request.query)
        return all(_is_sent(sent, name, value) for name, value in self.fields.items())

    def take(self, request: Request) -> bool:
        """Use this rule once, if it is about *request*; whether it is."""
        if not self.matches(request):
            return False
        self.used += 1
        return True

    def effect_for(self, request: Request) -> Effected:
        """Return the answer of this rule; None lets the next rule answer."""
        return None if self._effect is None else self._effect(request)

    def apply(self, request: Request) -> Effected:
        """Use this rule once, whatever it is about."""
        self.used += 1
        return self.effect_for(request)

    @property
    def is_unused(self) -> bool:
        """True if it was used less often than required."""
        return self.used < (1 if self.times is None else self.times)

    def _set_effect(self, effect: Callable[[Request], Effected]) -> UserRule:
        if self._effect is not None:
            msg = f"{self.text} has an answer already; make a second rule for another."
            raise UsageError(msg)
        self._effect = effect
        return self


def build_user_rule(
    method: str | None,
    path: str | None,
    times: int | None,
    fields: Mapping[str, object],
    made_at: str,
) -> UserRule:
    """
    Check the arguments of ``when`` and build the rule.

    Raises:
        UsageError: A method that does not exist, a path without a slash, a *times* below 1.
    """
    if method is not None and (not isinstance(method, str) or method.upper() not in _METHODS):
        near = suggest(str(method).upper(), _METHODS)
        guess = f"; did you mean {near!r}?" if near else "."
        msg = f"when has no method {method!r}{guess}"
        raise UsageError(msg)
    if path is not None and (not isinstance(path, str) or not path.startswith("/")):
        msg = f"when takes a path below the account that starts with a slash, not {path!r}."
        raise UsageError(msg)
    if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 1):
        msg = f"times is a whole number from 1, not {times!r}."
        raise UsageError(msg)
    wanted = {name: str(value) for name, value in fields.items()}
    return UserRule(method.upper() if method else None, path, times, wanted, made_at)


def build_unused_error(rules: tuple[UserRule, ...]) -> UnusedRules | None:
    """Return an error for rules that were used less often than required, or None."""
    left = tuple(rule for rule in rules if rule.is_unused)
    if not left:
        return None
    lines = [
        f"  {rule.text}: used {rule.used} of {rule.times or 'at least 1'}, made at {rule.made_at}"
        for rule in left
    ]
    error = UnusedRules(
        Explanation(
            headline=f"{len(left)} of {len(rules)} rules of your own "
            f"{'was' if len(left) == 1 else 'were'} not used as often as expected.",
            detail="\n".join(lines),
            remedies=(
                Remedy("See what was requested, and what answered.", "print(twilio.explain())"),
                Remedy("The rule is not needed: take it out, or lower its times."),
            ),
            anchor="unused-rules",
        )
    )
    error.rules = tuple(rule.text for rule in left)
    return error


def build_evidence(rule: UserRule) -> Evidence:
    """Return the evidence of an answer that a user rule gave."""
    return Evidence(f"your rule {rule.text}", Grade.CHOSEN)


def _answer(status: int, code: int | None, message: str | None, headers: Pairs) -> Answer:
    evidence = Evidence("your rule", Grade.CHOSEN)
    if status < 400 and code is None and message is None:
        return Answer("your rule", evidence, status, Nothing(), headers)
    known = _BY_STATUS.get(status) if code is None else fault.find_error(code, status)
    if known is not None and status == 401:
        headers = (("WWW-Authenticate", 'Basic realm="Twilio API"'), *headers)
    text = message if message is not None else (known.message if known else "")
    text = text.replace("{value}", "(the number that was sent)") or Response(status).reason
    content: One = build_exception(status, text, known)
    return Answer("your rule", evidence, status, content, headers)


def _is_on_path(path: str, pattern: str) -> bool:
    path = path.removeprefix(f"/{VERSION}")
    pattern = pattern.removeprefix(f"/{VERSION}")
    if not pattern.startswith("/Accounts"):
        path = "/" + path.removeprefix("/Accounts/").partition("/")[2]
    folder, slash, last = path.rpartition("/")
    stem = folder + slash + (last.rpartition(".")[0] or last)
    return fnmatchcase(path, pattern) or fnmatchcase(stem, pattern)


def _is_sent(sent: Pairs, name: str, value: str) -> bool:
    for sent_name, sent_value in sent:
        if sent_name == name and (
            sent_value == value
            or (parse_phone_number(sent_value) or sent_value)
            == (parse_phone_number(value) or value)
        ):
            return True
    return False
