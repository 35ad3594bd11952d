"""One recorded interaction, parsed: the operation, and the instances in the response."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from twreplay._api import (
    RESOURCES,
    VALIDATION_REQUEST,
    VERSION,
    WIRE_DATES,
    Action,
    Endpoint,
    Operation,
    Resource,
    WireFormat,
    clean_text,
)
from twreplay._http import Interaction, Request, Response
from twreplay._inference.documents import Document, Holds, Row, Unreadable, read
from twreplay._simulator import NoRoute, match_path
from twreplay._simulator.state.clock import read_date

MAKES = frozenset({Action.CREATE_ACCOUNT, Action.MAKE_CALL, Action.SEND_SMS, Action.BUY_NUMBER})
"""The actions that are answered with a new instance."""

REMOVES = frozenset({Action.DELETE, Action.KICK})
"""The actions that remove an instance."""

_SHOWS = MAKES | {Action.LIST, Action.FETCH, Action.UPDATE, Action.REDIRECT_CALL}


@dataclass(frozen=True, slots=True)
class ParsedInteraction:
    """
    One interaction, parsed.

    Attributes:
        resource: The resource of the path; None, like the endpoint, if there is no such path.

        operation: The operation of the method; None if it is not supported.

        variables: The variables of the path.

        extension: The extension of the path; empty if it has none.

        document: The parsed body; None if it cannot be read, or is not a document.

        unreadable: The reason why the body cannot be read.

        seconds: The time of the response, in Unix seconds; None if it has no date.
    """

    request: Request
    response: Response
    resource: Resource | None
    endpoint: Endpoint | None
    operation: Operation | None
    variables: dict[str, str]
    extension: str
    document: Document | None
    unreadable: str
    seconds: int | None

    @property
    def succeeded(self) -> bool:
        """True if the API performed the request."""
        return 200 <= self.response.status < 300

    @property
    def action(self) -> Action | None:
        """The action of the operation; None if there is no operation."""
        return self.operation.action if self.operation else None

    @property
    def is_media(self) -> bool:
        """True if the response is media, not a representation."""
        extension = self.extension or (self.endpoint.default_media if self.endpoint else "")
        return (
            self.endpoint is not None
            and self.action is Action.FETCH
            and extension in self.endpoint.media
        )

    @property
    def account_sid(self) -> str:
        """The account in the path, or that of the credentials."""
        named = next(iter(self.variables.values()), "")
        if named:
            return named
        return self.request.credentials.account_sid if self.request.credentials else ""

    @property
    def endpoint_narrows(self) -> bool:
        """True if the path, or its query, selects only a part of the list."""
        return self.endpoint is None or bool(
            self.endpoint.parents
            or self.endpoint.fixed
            or {name for name, _ in self.request.query} - {"num", "page", "Page"}
        )

    @property
    def rows(self) -> tuple[Row, ...]:
        """The instances in the response; empty for a refusal."""
        seen = self.succeeded and self.action in _SHOWS and self.document is not None
        return self.document.rows if seen and self.document else ()

    def get_code(self) -> str:
        """Return the error code of the response; empty if it has no code."""
        return self.document.refusal.get("Code", "") if self.document else ""


def parse_interaction(interaction: Interaction) -> ParsedInteraction:
    """Parse *interaction*."""
    request, response = interaction.request, interaction.response
    segments = request.path.split("/")
    found = match_path([clean_text(part) for part in segments[2:]])
    method = "GET" if request.method == "HEAD" else request.effective_method
    if segments[1] != VERSION or isinstance(found, NoRoute):
        extension = found.extension if isinstance(found, NoRoute) else ""
        document, unreadable = _read_document(response, extension)
        return ParsedInteraction(
            request, response, None, None, None, {}, extension, document, unreadable, None
        )
    operation = found.endpoint.find_operation(method)
    extension = found.extension
    is_media = (extension or found.endpoint.default_media) in found.endpoint.media
    is_document = response.status >= 400 or not is_media or method != "GET"
    document, unreadable = (
        _read_document(response, extension)
        if is_document and request.method != "HEAD"
        else (None, "")
    )
    seconds = _find_seconds(response, found.resource, document)
    return ParsedInteraction(
        request,
        response,
        found.resource,
        found.endpoint,
        operation,
        dict(found.variables),
        extension,
        document,
        unreadable,
        seconds,
    )


def get_texts(resource: Resource, row: Row) -> dict[str, str]:
    """Return the text of each property in *row*."""
    return {
        name: text for name, text in row if isinstance(text, str) and resource.find_property(name)
    }


def get_times(resource: Resource, row: Row) -> dict[str, int]:
    """Return the dates in *row*, in Unix seconds."""
    times: dict[str, int] = {}
    dates = _DATES[resource.name]
    for name, text in row:
        if name in dates and isinstance(text, str):
            seconds = parse_seconds(resource, name, text)
            if seconds is not None:
                times[name] = seconds
    return times


_DATES = {
    resource.name: frozenset(p.name for p in resource.properties if p.wire_format in WIRE_DATES)
    for resource in (*RESOURCES, VALIDATION_REQUEST)
}
"""The properties that are dates, by resource."""


def parse_seconds(resource: Resource, name: str, text: str) -> int | None:
    """Return *text*, a value of the property *name*, in Unix seconds; None if it is no date."""
    prop = resource.find_property(name)
    shape = prop.wire_format if prop else None
    if shape is WireFormat.UNIX_DATE:
        return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None
    is_date = shape in (WireFormat.DATE, WireFormat.GMT_DATE)
    return read_date(text) if is_date and text else None


def _read_document(response: Response, extension: str) -> tuple[Document | None, str]:
    if response.status in (204, 304) and not response.body:
        return Document(Holds.ABSENT), ""
    try:
        return read(response.body, extension or "xml"), ""
    except Unreadable as unreadable:
        return None, str(unreadable)


def _find_seconds(response: Response, resource: Resource, document: Document | None) -> int | None:
    """Return the time of the response: its Date, else the newest date in it."""
    date = response.headers.get("date")
    if date:
        try:
            return int(parsedate_to_datetime(date).timestamp())
        except (ValueError, TypeError, OverflowError):
            pass
    rows = document.rows if document else ()
    return max((time for row in rows for time in get_times(resource, row).values()), default=None)
