"""The last step: an answer becomes a response, in the representation that the path names."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from hashlib import blake2b

from twreplay._api import REPRESENTATIONS, Evidence, Property, Q, Representation, Resource
from twreplay._http import Headers, Request, Response
from twreplay._simulator.checks.context import (
    Answer,
    Many,
    Media,
    NoContent,
    Nothing,
    One,
    RequestContext,
)
from twreplay._simulator.state.clock import format_header_date
from twreplay._simulator.state.instance import (
    Instance,
    get_resource,
    get_times,
    is_set,
    render_instance,
)

_NOT_MODIFIED = Evidence("response page, 304 NOT MODIFIED")
_CSV = "csv"


def render(context: RequestContext, answer: Answer) -> tuple[Answer, Response]:
    """
    Render *answer*; return it with its response. A conditional GET may become a 304.

    Source: response page, representations and status codes.
    """
    date = ("Date", format_header_date(context.world.clock.seconds))
    content = answer.content
    if isinstance(content, NoContent):
        return answer, Response(answer.status, (date, *answer.headers))
    media_type, body = _render_body(context, answer)
    headers = [date, *answer.headers, ("Content-Type", media_type)]
    if answer.status == 200 and context.method == "GET":
        validators = _build_validators(content, body)
        headers += validators
        if _is_current(context, validators):
            not_modified = Answer("the client's copy is current", _NOT_MODIFIED, 304, NoContent())
            return not_modified, Response(304, (date, *validators))
    headers.append(("Content-Length", str(len(body))))
    return answer, Response(answer.status, headers, b"" if context.is_head else body)


def _render_body(context: RequestContext, answer: Answer) -> tuple[str, bytes]:
    content = answer.content
    if isinstance(content, Media):
        return content.media_type, content.content
    # Refusals are never audio: where the extension is a media type, they are XML.
    extension = context.extension if context.extension in REPRESENTATIONS else "xml"
    representation = REPRESENTATIONS[extension]
    if extension != "xml" and (isinstance(content, Many) or answer.status >= 400):
        context.mentions(Q.OTHER_REPRESENTATIONS)
    text = _render_text(context, answer, extension, representation)
    return representation.media_type, text.encode()


def _render_text(
    context: RequestContext, answer: Answer, extension: str, representation: Representation
) -> str:
    content, status = answer.content, answer.status
    if isinstance(content, Many):
        return _render_list(context, content, extension, representation, status)
    if isinstance(content, One):
        if content.instance is None:
            columns = [name for name, _ in content.fields]
            text = representation.render_fragment(content.name, content.fields)
            return representation.render_one(columns, text, status)
        shown = context.world.list_shown(get_resource(content.instance), listed=False)
        if extension == _CSV:
            shown = _drop_absent(shown, (content.instance,))
        text = render_instance(content.instance, extension, representation, shown, listed=False)
        columns = [prop.name for prop in shown]
        return representation.render_one(columns, text, status)
    return representation.render_empty(status)


def _render_list(
    context: RequestContext,
    content: Many,
    extension: str,
    representation: Representation,
    status: int,
) -> str:
    resource: Resource = content.resource
    shown = context.world.list_shown(resource, listed=True)
    if extension == _CSV:
        shown = _drop_absent(shown, content.instances)
    fragments = [
        render_instance(instance, extension, representation, shown, listed=True)
        for instance in content.instances
    ]
    counters = content.counters
    if extension == "json" and context.world.profile["json counters"] == "no":
        counters = ()
    columns = [prop.name for prop in shown]
    return representation.render_list(resource.container, columns, counters, fragments, status)


def _drop_absent(
    shown: tuple[Property, ...], instances: tuple[Instance, ...]
) -> tuple[Property, ...]:
    """
    Return the columns of a table: one for each element that the XML of any of *instances* has.

    Source: response page, CSV.
    """
    if not instances:
        return shown
    return tuple(
        prop
        for prop in shown
        if not prop.absent_with or not all(is_set(each, prop.absent_with) for each in instances)
    )


def _build_validators(content: One | Many | Media | Nothing, body: bytes) -> list[tuple[str, str]]:
    """Return ETag and Last-Modified. Question 7: no page names them."""
    validators = [("ETag", f'"{blake2b(body, digest_size=16).hexdigest()}"')]
    instance: Instance | None = None if isinstance(content, Many | Nothing) else content.instance
    # Lists get no Last-Modified: a deletion changes a list without leaving a date.
    if instance is not None and "DateUpdated" in (times := get_times(instance)):
        updated = times["DateUpdated"]
        if updated >= 0:
            validators.append(("Last-Modified", format_header_date(updated)))
    return validators


def _is_current(context: RequestContext, validators: list[tuple[str, str]]) -> bool:
    request: Request = context.request
    headers: Headers = request.headers
    known = headers.get("if-none-match")
    since = headers.get("if-modified-since")
    if known is None and since is None:
        return False
    context.rests_on(Q.VALIDATORS)
    ours = dict(validators)
    if known is not None:
        tags = [tag.strip().removeprefix("W/") for tag in known.split(",")]
        return "*" in tags or ours["ETag"] in tags
    if "Last-Modified" not in ours or since is None:
        return False
    try:
        return parsedate_to_datetime(ours["Last-Modified"]) <= parsedate_to_datetime(since)
    except (ValueError, TypeError, OverflowError):
        # An invalid date does not make the request conditional.
        return False
