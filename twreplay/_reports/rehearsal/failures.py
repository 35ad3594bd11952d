"""The ways in which a request can fail, and how a user names them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from twreplay import faults
from twreplay._api import RESOURCES, Endpoint, Operation, list_refusals
from twreplay._delivery import WebhookChange
from twreplay._http import Request
from twreplay._simulator import UserRule
from twreplay._suggestion import check_choice

_USUAL = (faults.ConnectTimeout, faults.ReadTimeout, faults.ConnectionReset)

_FAULTS = {
    name: fault
    for name in faults.__all__
    if (fault := getattr(faults, name)) is not faults.NetworkFault
}

# After these it is unknown whether the request was performed.
_DOUBTFUL = frozenset({faults.ReadTimeout, faults.ConnectionReset, faults.TruncatedBody})

_ALL, _NETWORK, _WEBHOOKS = "all", "network", "webhooks"
_CHANGES = tuple(change.value for change in WebhookChange)
_CLASSES = ("3xx", "4xx", "5xx")
_BY_SERVER = range(500, 600)


class _Rule(UserRule):
    """A rule that lets one request fail."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(times=1, made_at="a rehearsal")
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

        fault: The network fault instead of a response; None for a response.

        allow: The methods in the ``Allow`` header of a 405.
    """

    status: int
    code: int = 0
    fault: type[faults.NetworkFault] | None = None
    allow: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name for selecting it, and for the report."""
        if self.fault is not None:
            return self.fault.__name__
        return f"{self.status} {self.code}" if self.code else str(self.status)

    @property
    def is_doubtful(self) -> bool:
        """True if the request may have been performed in spite of the failure."""
        return self.status in _BY_SERVER or self.fault in _DOUBTFUL

    def build_rule(self, request: Request) -> UserRule:
        """Build the rule that lets *request* fail."""
        rule = _Rule(self)
        if self.fault is not None:
            return rule.raises(self.fault)
        if self.status == 302:
            return rule.redirect(request.url)
        if self.status == 405:
            return rule.respond(405, headers={"Allow": ", ".join(self.allow)})
        return rule.respond(self.status, code=self.code or None)


def list_failures(endpoint: Endpoint, operation: Operation) -> tuple[Failure, ...]:
    """
    List the failures of *operation*: a redirect, each of its refusals, and the network.

    A 400 and a 401 are there once for each code of the error dictionary.
    """
    found = [Failure(302)] if operation.method == "GET" else []
    for refusal in list_refusals(endpoint, operation):
        # The code of a 500 is from a later version, and clients do not check it.
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
    Selection of the failures to rehearse.

    Attributes:
        terms: A failure is selected if one of them returns True.

        extra: Failures that were selected by name, documented or not.

        changes: The changes of webhooks that are selected.
    """

    terms: tuple[Term, ...]
    extra: tuple[Failure, ...] = ()
    changes: tuple[WebhookChange, ...] = ()

    @classmethod
    def parse(cls, given: Iterable[object]) -> Selection:
        """
        Parse statuses, codes, classes such as ``4xx``, faults, changes of webhooks, and groups.

        Raises:
            UsageError: An unknown failure; the message names the nearest one.
        """
        terms: list[Term] = []
        extra: list[Failure] = []
        changes: set[str] = set()
        for term in given:
            if isinstance(term, type) and term in _FAULTS.values():
                extra.append(Failure(0, fault=term))
                continue
            word = str(term).strip()
            if word in _FAULTS:
                extra.append(Failure(0, fault=_FAULTS[word]))
            elif re.fullmatch("5[0-9][0-9]", word):
                extra.append(Failure(int(word)))
            elif word in (_WEBHOOKS, *_CHANGES):
                changes.update(_CHANGES if word == _WEBHOOKS else [word])
            else:
                check_choice("a rehearsal", "failure", word, _list_terms())
                terms.append(_parse_term(word))
                changes.update(_CHANGES if word == _ALL else ())
        if not terms and not extra and not changes:
            terms.append(_parse_term(_ALL))
            changes.update(_CHANGES)
        chosen = tuple(change for change in WebhookChange if change.value in changes)
        return cls(tuple(terms), tuple(dict.fromkeys(extra)), chosen)

    def select(self, endpoint: Endpoint, operation: Operation) -> tuple[Failure, ...]:
        """Return the failures of *operation* that are selected."""
        chosen = [
            failure
            for failure in list_failures(endpoint, operation)
            if any(term(failure) for term in self.terms)
        ]
        every = dict.fromkeys((*chosen, *self.extra))
        return tuple(sorted(every, key=lambda failure: (failure.fault is not None, failure.status)))


def _parse_term(word: str) -> Term:
    if word == _ALL:
        return lambda failure: True
    if word == _NETWORK:
        return lambda failure: failure.fault is not None
    if word in _CLASSES:
        return lambda failure: str(failure.status)[0] == word[0]
    return lambda failure: int(word) in (failure.status, failure.code)


@cache
def _list_terms() -> tuple[str, ...]:
    """List each word that a selection may contain."""
    every = [
        failure
        for resource in RESOURCES
        for endpoint in resource.endpoints
        for operation in endpoint.operations
        for failure in list_failures(endpoint, operation)
    ]
    numbers = {number for failure in every for number in (failure.status, failure.code) if number}
    codes = map(str, sorted(numbers))
    return (_ALL, _NETWORK, _WEBHOOKS, *_CHANGES, *_CLASSES, *codes, *_FAULTS)
