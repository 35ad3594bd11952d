"""One request on its way through the checks, and the answer that a check gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from twreplay._api import (
    ApiError,
    Counters,
    Endpoint,
    Evidence,
    Fields,
    Grade,
    Operation,
    Q,
    Resource,
)
from twreplay._http import Pairs, Request
from twreplay._simulator.state.instance import Instance
from twreplay._simulator.state.store import Account
from twreplay._simulator.state.world import World

# None of these is frozen: that costs 3 µs a request, of 30.


@dataclass(slots=True, eq=False)
class One:
    """
    One instance, or a refusal or validation request in the same form.

    Attributes:
        name: Its element.

        fields: Its elements, if there is no instance.

        instance: The instance, which provides its own elements.
    """

    name: str
    fields: Fields
    instance: Instance | None = None


@dataclass(slots=True, eq=False)
class Many:
    """One page of a list."""

    resource: Resource
    counters: Counters
    instances: tuple[Instance, ...]


@dataclass(slots=True, eq=False)
class Media:
    """Audio or text that is not a representation."""

    media_type: str
    content: bytes
    instance: Instance | None = None


@dataclass(slots=True, eq=False)
class Nothing:
    """An empty document."""


@dataclass(slots=True, eq=False)
class NoContent:
    """No document at all, as in a 204."""


@dataclass(slots=True, eq=False)
class Answer:
    """
    The outcome of a check, before it is rendered.

    Attributes:
        reason: The rule, in a few words.

        evidence: The evidence for the rule.

        status: The status code.

        content: The content of the body, before it is rendered.

        headers: Headers in addition to those of the content.

        outcome: What happened, where *reason* says what was demanded.

        rule_grade: The grade of the rule; None for that of *evidence*.

        status_grade: The grade of the status; None for that of *evidence*.
    """

    reason: str
    evidence: Evidence
    status: int
    content: One | Many | Media | Nothing | NoContent
    headers: Pairs = ()
    outcome: str = ""
    rule_grade: Grade | None = None
    status_grade: Grade | None = None


@dataclass(slots=True)
class RequestContext:
    """
    One request on its way through the checks, and what its answer rests on.

    Attributes:
        method: The effective method; GET for HEAD.

        extension: The extension of the path; empty if it has none.

        reached: The result of the last check that it passed; None before the path is known.

        unknown: Fields of the form that the operation does not know.

        open_questions: The undocumented questions that the outcome rests on.

        mentioned: The undocumented questions that only its form rests on.

        ignored: Names of filters that had no effect.

        is_refused: The outcome rests on a question and was undone, as the simulator is strict.

        version_hints: The hints for who wrote the request for another version.
    """

    request: Request
    world: World
    method: str
    is_head: bool = False
    extension: str = ""
    reached: RoutedRequest | None = None
    unknown: Pairs = ()
    open_questions: set[Q] = field(default_factory=set)
    mentioned: set[Q] = field(default_factory=set)
    ignored: list[str] = field(default_factory=list)
    is_refused: bool = False
    version_hints: tuple[str, ...] = ()

    def rests_on(self, question: Q) -> None:
        """Keep that the outcome rests on an undocumented *question*."""
        self.open_questions.add(question)

    def mentions(self, question: Q) -> None:
        """Keep that the form of the outcome rests on an undocumented *question*."""
        self.mentioned.add(question)

    @property
    def ineffective_accept(self) -> str:
        """``Accept``, if it names none of what a path without extension gets; else empty."""
        accept = self.request.headers.get("accept", "")
        if not accept or self.extension or "*/*" in accept:
            return ""
        reached = self.reached
        media = reached.endpoint.default_media if reached is not None else ""
        if media and reached is not None and self.method == "GET":
            taken = reached.endpoint.media[media]
        else:
            taken = "application/xml, text/xml"
        kinds = {kind.partition(";")[0].strip().lower() for kind in accept.split(",")}
        wanted = {each.strip() for each in taken.split(",")}
        families = {f"{each.partition('/')[0]}/*" for each in wanted}
        return "" if kinds & (wanted | families) else accept

    @property
    def base(self) -> str:
        """Scheme and host, spelled as in the client's URL."""
        return self.request.url.partition("://")[0] + "://" + _parse_authority(self.request.url)


@dataclass(slots=True, eq=False)
class RoutedRequest:
    """
    A request whose path leads to a resource.

    Attributes:
        variables: The parts of the path that stand for something, by the name of the property.

        account_sid: The account in the path; empty for the list of accounts.
    """

    context: RequestContext
    resource: Resource
    endpoint: Endpoint
    variables: Mapping[str, str]
    account_sid: str

    @property
    def http(self) -> Request:
        """The request as it was sent."""
        return self.context.request

    @property
    def world(self) -> World:
        return self.context.world

    @property
    def is_public(self) -> bool:
        """True if the request needs no credentials."""
        return self.endpoint.public and self.context.method == "GET"

    def rests_on(self, question: Q) -> None:
        """Keep that the outcome rests on an undocumented *question*."""
        self.context.open_questions.add(question)

    def mentions(self, question: Q) -> None:
        """Keep that the form of the outcome rests on an undocumented *question*."""
        self.context.mentioned.add(question)


@dataclass(slots=True, eq=False)
class AuthorizedRequest(RoutedRequest):
    """A request with valid credentials, for *account*."""

    account: Account


@dataclass(slots=True, eq=False)
class AllowedRequest(AuthorizedRequest):
    """A request with a method that the endpoint supports: *operation*."""

    operation: Operation


@dataclass(slots=True, eq=False)
class ValidRequest(AllowedRequest):
    """
    A request that passed all checks.

    Attributes:
        values: The fields of the form, as they are kept, with defaults.

        given: The fields of the form, as they were sent.
    """

    values: Mapping[str, str]
    given: Mapping[str, str]


def refuse(
    rule: str, fault: ApiError, outcome: str, *, value: str = "", headers: Pairs = ()
) -> Answer:
    """
    Build the answer that refuses a request with *fault*.

    Args:
        rule: What was demanded.

        outcome: What happened instead.
    """
    message = fault.message.replace("{value}", value)
    content = build_exception(fault.status, message, fault)
    # The request page has the status; the dictionary has the code and the wording.
    return Answer(
        rule,
        fault.evidence,
        fault.status,
        content,
        headers,
        outcome,
        rule_grade=fault.status_grade,
        status_grade=fault.status_grade,
    )


def build_exception(status: int, message: str, fault: ApiError | None = None) -> One:
    """Build a ``RestException``; code and page are both present or both absent."""
    elements = [("Status", str(status)), ("Message", message)]
    if fault is not None and fault.code is not None:
        elements += [("Code", str(fault.code)), ("MoreInfo", fault.more_info)]
    return One("RestException", tuple(elements))


def _parse_authority(url: str) -> str:
    rest = url.partition("://")[2]
    for end in "/?#":
        rest = rest.partition(end)[0]
    return rest
