"""The ways in which a request can fail, and how a user names them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from twreplay import faults
from twreplay._api import RESOURCES, Endpoint, Operation
from twreplay._api.refusals import refusals
from twreplay._http import Request
from twreplay._simulator import UserRule
from twreplay._suggestion import known_choice

_USUAL = (faults.ConnectTimeout, faults.ReadTimeout, faults.ConnectionReset)

_FAULTS = {
    name: fault
    for name in faults.__all__
    if (fault := getattr(faults, name)) is not faults.NetworkFault
}

# What is left in doubt: whether the request was done before this happened.
_DOUBTFUL = frozenset({faults.ReadTimeout, faults.ConnectionReset, faults.TruncatedBody})

_ALL, _NETWORK = "all", "network"
_CLASSES = ("3xx", "4xx", "5xx")
_BY_SERVER = range(500, 600)


class _Rule(UserRule):
    """A rule that lets one request fail."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(None, None, 1, {}, "a rehearsal")
        self._name = failure.name

    @property
    def text(self) -> str:
        return f"{self._name}, rehearsed"


@dataclass(frozen=True, slots=True)
class Failure:
    """
    One way in which a request can fail.

    Attributes:
        status: The status of the answer; 0 if there is none.

        code: The code of the error dictionary; 0 if the answer names none.

        fault: What goes wrong below HTTP instead; None if nothing does.

        allow: What a 405 says that can be done.
    """

    status: int
    code: int = 0
    fault: type[faults.NetworkFault] | None = None
    allow: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As a user selects it, and as the report has it."""
        if self.fault is not None:
            return self.fault.__name__
        return f"{self.status} {self.code}" if self.code else str(self.status)

    @property
    def is_doubtful(self) -> bool:
        """Whether the request may have been done all the same."""
        return self.status in _BY_SERVER or self.fault in _DOUBTFUL

    def rule(self, request: Request) -> UserRule:
        """What lets *request* fail."""
        rule = _Rule(self)
        if self.fault is not None:
            return rule.raises(self.fault)
        if self.status == 302:
            return rule.redirect(request.url)
        if self.status == 405:
            return rule.respond(405, headers={"Allow": ", ".join(self.allow)})
        return rule.respond(self.status, code=self.code or None)


def documented(endpoint: Endpoint, operation: Operation) -> tuple[Failure, ...]:
    """
    How *operation* can fail: what it redirects to, each of its refusals, and the network.

    A 400 and a 401 are there once for each code of the error dictionary.
    """
    found = [Failure(302)] if operation.method == "GET" else []
    for refusal in refusals(endpoint, operation):
        # The code of a 500 is of a later time, and none that a client would look at.
        code = refusal.code if refusal.status in (400, 401) else None
        found.append(Failure(refusal.status, code or 0))
    others = tuple(method for method in endpoint.allowed if method != operation.method)
    found.append(Failure(405, allow=others))
    return (
        *sorted(found, key=lambda failure: (failure.status, failure.code)),
        *(Failure(0, fault=fault) for fault in _USUAL),
    )


Term = Callable[[Failure], bool]


@dataclass(frozen=True, slots=True)
class Selection:
    """
    Which failures are rehearsed.

    Attributes:
        terms: A failure is if one of them says so.

        extra: Failures that were asked for by name, documented or not.
    """

    terms: tuple[Term, ...]
    extra: tuple[Failure, ...] = ()

    @classmethod
    def of(cls, given: Iterable[object]) -> Selection:
        """
        What a user wrote: statuses, codes, classes such as ``4xx``, faults, ``network``, ``all``.

        Raises:
            UsageError: There is no such failure; the nearest that there is, is named.
        """
        terms: list[Term] = []
        extra: list[Failure] = []
        for term in given:
            if isinstance(term, type) and term in _FAULTS.values():
                extra.append(Failure(0, fault=term))
                continue
            word = str(term).strip()
            if word in _FAULTS:
                extra.append(Failure(0, fault=_FAULTS[word]))
            elif re.fullmatch("5[0-9][0-9]", word):
                extra.append(Failure(int(word)))
            else:
                known_choice("a rehearsal", "failure", word, _known())
                terms.append(_term(word))
        if not terms and not extra:
            terms.append(_term(_ALL))
        return cls(tuple(terms), tuple(dict.fromkeys(extra)))

    def of_operation(self, endpoint: Endpoint, operation: Operation) -> tuple[Failure, ...]:
        """The failures of *operation* that are rehearsed."""
        chosen = [
            failure
            for failure in documented(endpoint, operation)
            if any(term(failure) for term in self.terms)
        ]
        every = dict.fromkeys((*chosen, *self.extra))
        return tuple(sorted(every, key=lambda failure: (failure.fault is not None, failure.status)))


def _term(word: str) -> Term:
    if word == _ALL:
        return lambda failure: True
    if word == _NETWORK:
        return lambda failure: failure.fault is not None
    if word in _CLASSES:
        return lambda failure: str(failure.status)[0] == word[0]
    return lambda failure: int(word) in (failure.status, failure.code)


@cache
def _known() -> tuple[str, ...]:
    """Each word that a selection may have."""
    every = [
        failure
        for resource in RESOURCES
        for endpoint in resource.endpoints
        for operation in endpoint.operations
        for failure in documented(endpoint, operation)
    ]
    numbers = {number for failure in every for number in (failure.status, failure.code) if number}
    return (_ALL, _NETWORK, *_CLASSES, *map(str, sorted(numbers)), *_FAULTS)
