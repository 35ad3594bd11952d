"""What a request must be like: the keywords of ``when`` and of ``assert_requested``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TypeAlias

from twreplay._api import VERSION
from twreplay._display import shown_url, shown_value, visible_line
from twreplay._http import Pairs, Request
from twreplay._other_libraries import CONDITIONS
from twreplay._simulator.user_rules.known import FIELDS, can_match_path, is_field, suggest_path
from twreplay._simulator.user_rules.values import (
    ABSENT,
    ValueCondition,
    Wanted,
    ask_predicate,
    build_condition,
    refuse_coroutine_function,
)
from twreplay._suggestion import find_similar
from twreplay.errors import UsageError

METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH")

Conditions: TypeAlias = Mapping[str, Wanted]


@dataclass(frozen=True, slots=True)
class Check:
    """
    One condition on one part of a request.

    Attributes:
        part: ``field``, which is in the form or in the query, ``form``, ``query``, ``header``,
            ``account``, ``username`` or ``auth``.

        name: The name within that part; empty if the part has no names.
    """

    part: str
    name: str
    condition: ValueCondition

    def read(self, request: Request) -> tuple[str, ...]:
        """Return the values of *request* that this is about."""
        return tuple(_READERS[self.part](request, self.name))

    def holds(self, request: Request) -> bool:
        """Return whether *request* fulfils the condition."""
        return self.condition.holds(self.read(request))

    @property
    def label(self) -> str:
        """The name of what is compared, for a message."""
        if self.part == "field":
            return self.name
        return f"{self.part} {self.name}".rstrip()

    @property
    def wanted(self) -> str:
        """The condition as source code, without a secret."""
        return self.condition.show(self.name)

    def show_sent(self, request: Request) -> str:
        """Say what *request* has, without a secret."""
        sent = self.read(request)
        if not sent:
            return "nothing was sent"
        if self.part == "auth":
            return "others were sent" if not self.holds(request) else "they were sent"
        return " and ".join(repr(shown_value(self.name, value)) for value in sent) + " was sent"


class RequestCondition:
    """
    What a request must be like.

    Attributes:
        method: The effective method, or the one that was sent; None for any.

        path: The path below the account; None for any.

        checks: The other conditions.

        where: A predicate of the whole request; None for none.

        runs_code: Whether a function of the user is among the conditions.
    """

    def __init__(
        self,
        method: str | None = None,
        path: str | re.Pattern[str] | None = None,
        checks: tuple[Check, ...] = (),
        where: Callable[[Request], object] | None = None,
    ) -> None:
        self.method = method
        self.path = path
        self.checks = checks
        self.where = where
        self.runs_code = where is not None or any(check.condition.runs_code for check in checks)

    def matches(self, request: Request) -> bool:
        """Return whether *request* fulfils every condition."""
        return (
            self.is_of_method(request)
            and self.is_on_path(request)
            and all(check.holds(request) for check in self.checks)
            and (self.where is None or ask_predicate("where", self.where, request))
        )

    def is_of_method(self, request: Request) -> bool:
        """Return whether *request* has the method, before or after any ``_method``."""
        return self.method is None or self.method in (request.method, request.effective_method)

    def is_on_path(self, request: Request) -> bool:
        """Return whether *request* is for the path."""
        return self.path is None or is_on_path(request.path, self.path)

    def list_parts(self) -> Iterator[str]:
        """List the conditions as the arguments of ``when``, in source code."""
        if self.method is not None:
            yield repr(self.method)
        if self.path is not None:
            path = self.path
            shown = repr(path) if isinstance(path, str) else f"re.compile({path.pattern!r})"
            yield shown if self.method is not None else f"path={shown}"

    def list_checks(self) -> Iterator[str]:
        """List the other conditions as keyword arguments, in source code."""
        for part, keyword in (("form", "form"), ("query", "query"), ("header", "headers")):
            named = [check for check in self.checks if check.part == part]
            if named:
                inner = ", ".join(f"{check.name!r}: {check.wanted}" for check in named)
                yield f"{keyword}={{{inner}}}"
        for check in self.checks:
            if check.part in ("account", "username"):
                yield f"{check.part}={check.wanted}"
            elif check.part == "auth":
                yield f"auth={check.condition!r}"
        if self.where is not None:
            name = getattr(self.where, "__qualname__", "function").rpartition("<locals>.")[2]
            yield f"where=<{name.strip('<>')}>"
        for check in self.checks:
            if check.part == "field":
                yield f"{check.name}={check.wanted}"


def build_request_condition(
    owner: str,
    method: object,
    path: object,
    options: Mapping[str, object],
    own_keywords: tuple[str, ...],
) -> RequestCondition:
    """
    Check the arguments of *owner* and build what they stand for.

    Args:
        owner: The method that was called, for the messages.

        options: The keywords for parts of a request, and fields by name.

        own_keywords: The other keywords of *owner*, for suggestions.

    Raises:
        UsageError: A method that does not exist, a path without a slash, a keyword that is
            misspelt, a condition that cannot be compared.
    """
    known = _check_method(owner, method)
    on_path = _check_path(owner, path)
    checks: list[Check] = []
    for name, wanted in options.items():
        if name in _BY_KEYWORD:
            checks += _BY_KEYWORD[name](owner, name, wanted)
        elif name != "where":
            _check_field(owner, name, own_keywords)
            checks.append(Check("field", name, build_condition(wanted)))
    where = options.get("where")
    if where is not None and not callable(where):
        msg = f"where takes a predicate of a twreplay.Request, not {where!r}."
        raise UsageError(msg)
    refuse_coroutine_function("where", where)
    return RequestCondition(known, on_path, tuple(checks), where)


def is_on_path(path: str, pattern: str | re.Pattern[str]) -> bool:
    """Return whether *path*, with the version, is one that *pattern* stands for."""
    path = path.removeprefix(f"/{VERSION}")
    if isinstance(pattern, str):
        pattern = pattern.removeprefix(f"/{VERSION}")
        if not pattern.startswith("/Accounts"):
            path = "/" + path.removeprefix("/Accounts/").partition("/")[2]
        folder, slash, last = path.rpartition("/")
        stem = folder + slash + (last.rpartition(".")[0] or last)
        return fnmatchcase(path, pattern) or fnmatchcase(stem, pattern)
    below = "/" + path.removeprefix("/Accounts/").partition("/")[2]
    folder, slash, last = below.rpartition("/")
    stem = folder + slash + (last.rpartition(".")[0] or last)
    return bool(pattern.search(below) or pattern.search(stem))


def _check_method(owner: str, method: object) -> str | None:
    if method is None:
        return None
    if not isinstance(method, str) or method.upper() not in METHODS:
        close = find_similar(str(method).upper(), METHODS, limit=1)
        guess = f"; did you mean {close[0]!r}?" if close else "."
        msg = f"{owner} has no method {method!r}{guess}"
        raise UsageError(msg)
    return method.upper()


def _check_path(owner: str, path: object) -> str | re.Pattern[str] | None:
    if path is None:
        return None
    if isinstance(path, re.Pattern) and isinstance(path.pattern, str):
        return path
    if not isinstance(path, str) or not path.startswith("/"):
        shown = repr(shown_url(path) if isinstance(path, str) else path)
        msg = f"{owner} takes a path below the account that starts with a slash, not {shown}"
        if isinstance(path, str) and "://" in path:
            rest = "/" + path.partition("://")[2].partition("/")[2]
            below = (
                "/" + rest.removeprefix(f"/{VERSION}").removeprefix("/Accounts/").partition("/")[2]
            )
            msg += f": write {below.partition('?')[0]!r}; the host is not part of it"
        elif isinstance(path, str) and path:
            msg += f": write {'/' + path!r}"
        raise UsageError(f"{visible_line(msg)}.")
    if "?" in path and "=" in path:
        bare, _, query = path.partition("?")
        name = query.partition("=")[0] or "name"
        msg = (
            f"{owner} takes a path without a query, not {shown_url(path)!r}: write {bare!r} and "
            f'query={{"{name}": ...}}; * stands for anything in a path.'
        )
        raise UsageError(visible_line(msg))
    # What was not requested says so with all that differs; see assertions.
    if owner != "assert_requested" and not can_match_path(path):
        near = suggest_path(path)
        guess = f"; did you mean {near!r}?" if near else "."
        msg = (
            f"{owner}: no path of the API is {shown_url(path)!r}{guess} "
            "(A pattern is taken as it is: re.compile(...).)"
        )
        raise UsageError(visible_line(msg))
    return path


def _check_field(owner: str, name: str, own_keywords: tuple[str, ...]) -> None:
    """Refuse the keyword *name* if it is no field, and near a keyword of *owner*."""
    if is_field(name):
        return
    if owner == "when" and name in CONDITIONS:
        msg = f"{owner} has no keyword {name!r}: write {CONDITIONS[name]}."
        raise UsageError(msg)
    keywords = (*own_keywords, *_BY_KEYWORD, "where")
    close = find_similar(name, keywords, limit=1, cutoff=0.7) if name.islower() else []
    if close and close[0] not in FIELDS:
        msg = (
            f"{owner} has no keyword {name!r}, and no resource has such a field; did you mean "
            f'{close[0]!r}? (A field of that name: form={{"{name}": ...}}.)'
        )
        raise UsageError(msg)


def _check_names(part: str) -> Callable[[str, str, object], list[Check]]:
    def build(owner: str, keyword: str, wanted: object) -> list[Check]:
        if not isinstance(wanted, Mapping):
            # Not shown: a header may hold credentials.
            kind = type(wanted).__name__
            msg = f'{keyword} takes conditions by name, as {{"Name": "value"}}, not {kind}.'
            raise UsageError(msg)
        return [Check(part, str(name), build_condition(value)) for name, value in wanted.items()]

    return build


def _check_value(owner: str, keyword: str, wanted: object) -> list[Check]:
    return [Check(keyword, "", build_condition(wanted))]


def _check_auth(owner: str, keyword: str, wanted: object) -> list[Check]:
    if wanted is None or wanted is ABSENT:
        return [Check("auth", "", ABSENT)]
    if not (
        isinstance(wanted, tuple)
        and len(wanted) == 2
        and all(isinstance(part, str) for part in wanted)
    ):
        # Not shown: it may be a real token.
        msg = "auth takes the account's Sid and its token, as twilio.auth is, or twreplay.ABSENT."
        raise UsageError(msg)
    expected = "\n".join(wanted)
    shown = f"({wanted[0]!r}, ...)"
    condition = ValueCondition(shown, lambda sent: sent == expected, is_secret=False)
    return [Check("auth", "", condition)]


_BY_KEYWORD: Mapping[str, Callable[[str, str, object], list[Check]]] = {
    "form": _check_names("form"),
    "query": _check_names("query"),
    "headers": _check_names("header"),
    "account": _check_value,
    "username": _check_value,
    "auth": _check_auth,
}


def _read_pairs(pairs: Pairs, name: str) -> list[str]:
    return [value for sent_name, value in pairs if sent_name == name]


def _read_account(request: Request, name: str) -> list[str]:
    parts = request.path.split("/")
    below = parts[2:] if parts[1:2] == [VERSION] else parts[1:]
    if len(below) < 2 or below[0] != "Accounts" or not below[1]:
        return []
    # The account itself may be asked for with an extension.
    return [below[1].partition(".")[0] if len(below) == 2 else below[1]]


def _read_credentials(request: Request, name: str) -> list[str]:
    given = request.credentials
    return [] if given is None else ["\n".join((given.account_sid, given.auth_token))]


_READERS: Mapping[str, Callable[[Request, str], list[str]]] = {
    "field": lambda request, name: _read_pairs((*request.form, *request.query), name),
    "form": lambda request, name: _read_pairs(request.form, name),
    "query": lambda request, name: _read_pairs(request.query, name),
    "header": lambda request, name: list(request.headers.get_all(name)),
    "account": _read_account,
    "username": lambda request, name: (
        [] if request.credentials is None else [request.credentials.account_sid]
    ),
    "auth": _read_credentials,
}
