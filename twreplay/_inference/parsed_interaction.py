"""One recorded interaction: what was asked, and what was seen of the API's state."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from twreplay._api import VERSION, Action, Endpoint, Operation, Resource, Shape
from twreplay._api.representation import readable
from twreplay._http import Interaction, Request, Response
from twreplay._inference.documents import Document, Holds, Row, Unreadable, read
from twreplay._simulator.checks.routing import NoRoute, route
from twreplay._simulator.state.clock import read_date

MAKES = frozenset({Action.CREATE_ACCOUNT, Action.MAKE_CALL, Action.SEND_SMS, Action.BUY_NUMBER})
"""The actions that are answered with something that was not there before."""

REMOVES = frozenset({Action.DELETE, Action.KICK})
"""The actions after which something is there no more."""

_SHOWS = MAKES | {Action.LIST, Action.FETCH, Action.UPDATE, Action.REDIRECT_CALL}


@dataclass(frozen=True, slots=True)
class Sighting:
    """
    One interaction, understood.

    Attributes:
        resource: What the path leads to; None, as the endpoint, if it leads nowhere.

        operation: What the method does there; None if it does nothing.

        variables: What the path names.

        extension: The representation; empty if the path says nothing.

        document: What the body says; None if it cannot be read, or is no document.

        unreadable: Why it cannot be read.

        seconds: When it was, as the answer tells; None if it does not.
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
        """Whether the API did what it was asked for."""
        return 200 <= self.response.status < 300

    @property
    def action(self) -> Action | None:
        """What it was asked for."""
        return self.operation.action if self.operation else None

    @property
    def is_media(self) -> bool:
        """Whether the answer is content that is no representation."""
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
        """Whether the path, or its query, leads to a part of the list only."""
        return self.endpoint is None or bool(
            self.endpoint.parents
            or self.endpoint.fixed
            or {name for name, _ in self.request.query} - {"num", "page", "Page"}
        )

    @property
    def rows(self) -> tuple[Row, ...]:
        """The instances that were seen; none in a refusal."""
        seen = self.succeeded and self.action in _SHOWS and self.document is not None
        return self.document.rows if seen and self.document else ()

    def code(self) -> str:
        """The error code of the answer; empty if it has none."""
        return self.document.refusal.get("Code", "") if self.document else ""


def sighting(interaction: Interaction) -> Sighting:
    """Understand *interaction*."""
    request, response = interaction.request, interaction.response
    segments = request.path.split("/")
    found = route([readable(part) for part in segments[2:]])
    method = "GET" if request.method == "HEAD" else request.effective_method
    if segments[1] != VERSION or isinstance(found, NoRoute):
        extension = found.extension if isinstance(found, NoRoute) else ""
        document, unreadable = _document(response, extension)
        return Sighting(
            request, response, None, None, None, {}, extension, document, unreadable, None
        )
    operation = found.endpoint.operation(method)
    extension = found.extension
    is_media = (extension or found.endpoint.default_media) in found.endpoint.media
    is_document = response.status >= 400 or not is_media or method != "GET"
    document, unreadable = (
        _document(response, extension) if is_document and request.method != "HEAD" else (None, "")
    )
    seconds = _seconds(response, found.resource, document)
    return Sighting(
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


def texts_of(resource: Resource, row: Row) -> dict[str, str]:
    """The text of each property in *row*."""
    return {name: text for name, text in row if isinstance(text, str) and resource.named(name)}


def times_of(resource: Resource, row: Row) -> dict[str, int]:
    """The dates in *row*, in Unix seconds."""
    times: dict[str, int] = {}
    for name, text in texts_of(resource, row).items():
        seconds = seconds_of(resource, name, text)
        if seconds is not None:
            times[name] = seconds
    return times


def seconds_of(resource: Resource, name: str, text: str) -> int | None:
    """The Unix seconds that the property *name* says with *text*; None if it is no date."""
    prop = resource.named(name)
    shape = prop.shape if prop else None
    if shape is Shape.UNIX_DATE:
        return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None
    return read_date(text) if shape is Shape.DATE and text else None


def _document(response: Response, extension: str) -> tuple[Document | None, str]:
    if response.status in (204, 304) and not response.body:
        return Document(Holds.ABSENT), ""
    try:
        return read(response.body, extension or "xml"), ""
    except Unreadable as unreadable:
        return None, str(unreadable)


def _seconds(response: Response, resource: Resource, document: Document | None) -> int | None:
    """When the answer was given: its Date, else the newest date in it."""
    date = response.headers.get("date")
    if date:
        try:
            return int(parsedate_to_datetime(date).timestamp())
        except (ValueError, TypeError, OverflowError):
            pass
    rows = document.rows if document else ()
    return max((time for row in rows for time in times_of(resource, row).values()), default=None)
