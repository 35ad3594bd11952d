"""One request on its way through the rules, and the answer that a rule gives."""

from __future__ import annotations

from dataclasses import dataclass, field

from twreplay._http import Pairs, Request
from twreplay._representation import Counters, Fields
from twreplay._resources import Endpoint, Evidence, Fault, Operation, Resource
from twreplay._simulator._instance import Instance
from twreplay._simulator._world import Account, World


@dataclass(frozen=True, slots=True)
class One:
    """
    One instance, or what looks like one.

    Attributes:
        name: Its element.

        fields: What is in it, if it is no instance.

        instance: The instance, which tells by itself what is in it.
    """

    name: str
    fields: Fields
    instance: Instance | None = None


@dataclass(frozen=True, slots=True)
class Many:
    """One page of a list."""

    resource: Resource
    counters: Counters
    instances: tuple[Instance, ...]


@dataclass(frozen=True, slots=True)
class Media:
    """Content that is no representation."""

    media_type: str
    content: bytes
    instance: Instance | None = None


@dataclass(frozen=True, slots=True)
class Nothing:
    """A document with nothing in it."""


@dataclass(frozen=True, slots=True)
class NoContent:
    """No document at all."""


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What a rule says.

    Attributes:
        rule: The rule, in a few words.

        evidence: Why it says so.

        status: The status code.

        content: What the body tells, before it has a representation.

        headers: Headers besides those of the content.
    """

    rule: str
    evidence: Evidence
    status: int
    content: One | Many | Media | Nothing | NoContent
    headers: Pairs = ()


@dataclass(slots=True)
class Exchange:
    """
    One request and what the rules found out about it so far.

    Each rule fills in what the ones after it need; none reads what a later one fills in.
    """

    request: Request
    world: World
    method: str
    is_head: bool = False
    extension: str = ""
    resource: Resource | None = None
    endpoint: Endpoint | None = None
    variables: dict[str, str] = field(default_factory=dict)
    account_sid: str = ""
    account: Account | None = None
    operation: Operation | None = None
    values: dict[str, str] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    unknown: Pairs = ()
    asked: set[int] = field(default_factory=set)
    noted: set[int] = field(default_factory=set)
    ignored: list[str] = field(default_factory=list)

    def ask(self, question: int) -> None:
        """The outcome rests on an undocumented *question*."""
        self.asked.add(question)

    def note(self, question: int) -> None:
        """The look of the outcome rests on an undocumented *question*."""
        self.noted.add(question)

    @property
    def found(self) -> tuple[Resource, Endpoint, Operation, Account]:
        """What the first six rules found; they all passed."""
        assert self.resource is not None
        assert self.endpoint is not None
        assert self.operation is not None
        assert self.account is not None
        return self.resource, self.endpoint, self.operation, self.account

    @property
    def wants_json_in_vain(self) -> bool:
        """Whether ``Accept`` asks for JSON, and nothing else, where the path does not."""
        accept = self.request.headers.get("accept", "")
        return "json" in accept and "*/*" not in accept and self.extension == ""

    @property
    def base(self) -> str:
        """Scheme and host, as the client spelled them in its URL."""
        return self.request.url.partition("://")[0] + "://" + _authority(self.request.url)


def refused(rule: str, fault: Fault, *, value: str = "", headers: Pairs = ()) -> Answer:
    """The answer that *fault* is."""
    message = fault.message.replace("{value}", value)
    return Answer(
        rule, fault.evidence, fault.status, exception(fault.status, message, fault), headers
    )


def exception(status: int, message: str, fault: Fault | None = None) -> One:
    """A ``RestException``; code and page come together or not at all."""
    elements = [("Status", str(status)), ("Message", message)]
    if fault is not None and fault.code is not None:
        elements += [("Code", str(fault.code)), ("MoreInfo", fault.more_info)]
    return One("RestException", tuple(elements))


def _authority(url: str) -> str:
    rest = url.partition("://")[2]
    for end in "/?#":
        rest = rest.partition(end)[0]
    return rest
