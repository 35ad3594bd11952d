"""The classes that resource definitions are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from twreplay._api.errors import ApiError
from twreplay._api.evidence import Evidence
from twreplay._api.field_types import FieldType
from twreplay._api.possible import ValueType
from twreplay._api.questions import Q


def _make_empty() -> Mapping[str, str]:
    return MappingProxyType({})


def _make_no_hidden() -> Mapping[str, Hidden]:
    return MappingProxyType({})


Hidden: TypeAlias = bool | str | bytes
"""The value of a hidden attribute: a flag, a text, or the audio of a recording."""


class WireFormat(StrEnum):
    """Format of a property's text on the wire."""

    TEXT = "text"
    DATE = "RFC 2822 date"
    GMT_DATE = "RFC 2822 date, GMT"
    UNIX_DATE = "Unix seconds"
    TRUE_FALSE = "true or false"
    ONE_ZERO = "1 or 0"
    NUMBER = "phone number"
    PARTS = "elements of its own"


WIRE_DATES = frozenset({WireFormat.DATE, WireFormat.GMT_DATE, WireFormat.UNIX_DATE})
"""The formats of dates."""


@dataclass(frozen=True, slots=True)
class Property:
    """
    One element of a representation.

    Attributes:
        name: As on the wire.

        wire_format: The format of its text.

        arranged: The default text in an instance that a test adds.

        only_with: A row of the profile table that must be on for it to appear.

        only_alone: Not shown in lists.

        absent_with: A hidden flag that, when it is set, takes it out of the representation.

        null: Empty is ``null`` in JSON, not ``""``.

        parts: The names of the elements inside this element.

        known_from: The capture or code that shows it; None if the pages of the resource do.

        possible: The values it can have; None if those of the field that sets it.

        is_plain: Its element is its text, in every instance and every representation.
    """

    name: str
    wire_format: WireFormat = WireFormat.TEXT
    arranged: str = ""
    only_with: str = ""
    only_alone: bool = False
    absent_with: str = ""
    null: bool = False
    parts: tuple[str, ...] = ()
    known_from: Evidence | None = None
    possible: ValueType | None = None
    is_plain: bool = field(init=False, repr=False, compare=False, default=True)

    def __post_init__(self) -> None:
        is_plain = not (self.absent_with or self.null or self.wire_format is WireFormat.PARTS)
        object.__setattr__(self, "is_plain", is_plain)


class FilterBy(StrEnum):
    """Comparison that a filter makes."""

    EXACT = "exact"
    PHONE_NUMBER = "exact, decoration aside"
    DATE = "day: =, >= or <="
    DIGITS = "part of the digits, * is any digit"


@dataclass(frozen=True, slots=True)
class Filter:
    """
    A query parameter that narrows a list.

    Attributes:
        name: As on the wire; the property of the same name is compared.

        by: The comparison.

        values: The values that can match at all; empty if any can.

        named: The values that the page names; empty if it names all of *values*.

        before: The page documents ``<`` for it.
    """

    name: str
    by: FilterBy = FilterBy.EXACT
    values: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    before: bool = False

    @property
    def compares(self) -> str:
        """The comparison and its operators, as documented."""
        return "day: =, >=, <= or <" if self.before else self.by.value


@dataclass(frozen=True, slots=True)
class Param:
    """
    A field of a form.

    Attributes:
        name: As on the wire.

        field_type: The values that are accepted.

        missing: The refusal if it is absent; None if it may be.

        invalid: The refusal if it is not of its type.

        default: The text it has if it is absent when a resource is made.

        sets: The property that takes its value; empty if none does.

        example: A value that is accepted.

        absent_question: The undocumented question that its absence meets.

        nearest_code: The refusals, of ``missing`` and ``invalid``, whose code is the nearest one,
            as the error dictionary has none for them.
    """

    name: str
    field_type: FieldType
    missing: ApiError | None = None
    invalid: ApiError | None = None
    default: str = ""
    sets: str = ""
    example: str = ""
    absent_question: Q | None = None
    nearest_code: frozenset[str] = frozenset()


class Action(StrEnum):
    """Action of an operation."""

    LIST = "list"
    FETCH = "fetch"
    UPDATE = "update"
    DELETE = "delete"
    CREATE_ACCOUNT = "create account"
    MAKE_CALL = "make call"
    REDIRECT_CALL = "redirect call"
    SEND_SMS = "send SMS"
    BUY_NUMBER = "buy number"
    START_VALIDATION = "start validation"
    KICK = "kick"


class SuccessStatus(StrEnum):
    """Status of an operation that succeeds; the profile has the number."""

    OK = "ok"
    CREATED = "created"
    DELETED = "deleted"
    RELEASED = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """
    The operation of one method at one endpoint.

    Attributes:
        method: The effective method.

        action: The action.

        summary: The action as a sentence.

        evidence: The page that documents it.

        params: The fields of the form, in the order in which they are checked.

        requires: Names of conditions on the state, checked after the fields.

        success: The status on success.

        questions: Undocumented questions that every use of it rests on.

        names: The names of *params*.
    """

    method: str
    action: Action
    summary: str
    evidence: Evidence
    params: tuple[Param, ...] = ()
    requires: tuple[str, ...] = ()
    success: SuccessStatus = SuccessStatus.OK
    questions: tuple[Q, ...] = ()
    names: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", frozenset(param.name for param in self.params))


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """
    One path and its operations.

    Attributes:
        path: Below the version. A name in braces stands for the property of that name.

        operations: One for each method that is supported; every other method gets 405.

        parents: The resource that a name in braces must be an instance of.

        fixed: Hidden flags that an instance here must have, as (name, value).

        public: GET needs no credentials.

        media: Extension to media type, for content that is no representation.

        default_media: The extension that an absent one means; empty for XML.

        silent_on: Methods that the page does not mention.

        silent_on_filters: The page names no filter for the list at this path.

        named_media: The extensions that the page names, where it names them.
    """

    path: str
    operations: tuple[Operation, ...]
    parents: Mapping[str, str] = field(default_factory=_make_empty)
    fixed: tuple[tuple[str, bool], ...] = ()
    public: bool = False
    media: Mapping[str, str] = field(default_factory=_make_empty)
    default_media: str = ""
    silent_on: frozenset[str] = frozenset()
    silent_on_filters: bool = False
    named_media: frozenset[str] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """The names in braces, in the order of the path."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    @property
    def allowed(self) -> tuple[str, ...]:
        """The methods that are supported, as an ``Allow`` header lists them."""
        return tuple(operation.method for operation in self.operations)

    def find_operation(self, method: str) -> Operation | None:
        """Return the operation of *method*; None if it is not supported."""
        for operation in self.operations:
            if operation.method == method:
                return operation
        return None


@dataclass(frozen=True, slots=True)
class Option:
    """
    A keyword of ``add_...`` that is not a property.

    Attributes:
        name: The keyword.

        annotation: Its type, as Python is written.

        default: Its default, as Python is written.

        text: Its description, for the docstring.
    """

    name: str
    annotation: str
    default: str
    text: str


@dataclass(frozen=True, slots=True)
class Parent:
    """
    The default parent of an arranged instance: the newest, or a new one.

    Attributes:
        sid: The property that holds the Sid of the parent.

        resource: The parent's resource.

        wanted: The properties that the parent must have.
    """

    sid: str
    resource: str
    wanted: Mapping[str, str] = field(default_factory=_make_empty)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arranging:
    """
    Method of the simulator that adds an instance.

    Attributes:
        method: The name of the simulator's method, such as ``add_call``.

        summary: The first line of its docstring.

        options: Its keywords in addition to the properties.

        properties: The docstring of the properties; empty for none.

        parents: The parents of the instance.
    """

    method: str
    summary: str
    options: tuple[Option, ...] = ()
    properties: str = ""
    parents: tuple[Parent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """
    One kind of resource of the API.

    Attributes:
        name: The element of one instance.

        container: The element of a list; empty if there are no lists of it.

        plural: The attribute of the simulator for its instances: ``twilio.sms_messages``.

        listing: The docstring of that list.

        arranging: The method that adds one; None if there is none.

        sid_prefix: The two letters that its Sids begin with; empty if it has none.

        properties: In wire order.

        list_order: The order inside lists, where it is another.

        filters: The filters of its lists.

        sorted_by: The property that lists are sorted by, the newest first.

        hidden: Attributes for the simulator that never reach the wire, with defaults.

        endpoints: The paths at which it is served.

        pages: The pages of the reference that define it.

        order_known_from: The capture that shows the order of the elements; None if a page does.
    """

    name: str
    plural: str
    properties: tuple[Property, ...]
    endpoints: tuple[Endpoint, ...]
    pages: str
    container: str = ""
    sid_prefix: str = ""
    list_order: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    sorted_by: str = "DateUpdated"
    hidden: Mapping[str, Hidden] = field(default_factory=_make_no_hidden)
    listing: str = ""
    arranging: Arranging | None = None
    order_known_from: Evidence | None = None
    _by_name: Mapping[str, Property] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {prop.name: prop for prop in self.properties})
        known = self._by_name.keys()
        uses = {
            "filters on": {filter_.name for filter_ in self.filters},
            "lists": set(self.list_order),
            "sorts by": {self.sorted_by} if self.container else set(),
            "sets": {
                param.sets
                for endpoint in self.endpoints
                for operation in endpoint.operations
                for param in operation.params
                if param.sets
            },
            "is found by": {name for endpoint in self.endpoints for name in endpoint.names}
            - {"AccountSid"},
        }
        for use, names in uses.items():
            if names - known:
                msg = f"{self.name} {use} {sorted(names - known)}, which it has no property for"
                raise ValueError(msg)

    def find_property(self, name: str) -> Property | None:
        """Return the property of this *name*; None if it does not exist."""
        return self._by_name.get(name)

    @property
    def listed(self) -> tuple[Property, ...]:
        """The properties in the order they have inside a list."""
        shown = {prop.name: prop for prop in self.properties if not prop.only_alone}
        return tuple(shown[name] for name in self.list_order or shown)

    @property
    def indexed(self) -> frozenset[str]:
        """The properties and hidden attributes that instances are looked up by."""
        exact = {f.name for f in self.filters if f.by in (FilterBy.EXACT, FilterBy.PHONE_NUMBER)}
        in_paths = {name for endpoint in self.endpoints for name in endpoint.names}
        fixed = {name for endpoint in self.endpoints for name, _ in endpoint.fixed}
        return frozenset(exact | in_paths | fixed) - {"AccountSid"}
