"""The last step: an answer becomes a response, in the representation that the path names."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from functools import lru_cache

from twreplay._api import (
    REPRESENTATIONS,
    Counters,
    Document,
    Evidence,
    Property,
    Q,
    Representation,
    Resource,
)
from twreplay._display import Body
from twreplay._http import Headers, Pairs, Response
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
    get_document,
    get_resource,
    get_times,
    is_set,
    render_each,
    render_instance,
)

_NOT_MODIFIED = Evidence("response page, 304 NOT MODIFIED")
_CSV = "csv"
_NO_BODY = Body()


def render(context: RequestContext, answer: Answer) -> tuple[Answer, Response]:
    """
    Render *answer*; return it with its response. A conditional GET may become a 304.

    Source: response page, representations and status codes.
    """
    date = ("Date", format_header_date(context.world.clock.seconds))
    content = answer.content
    if isinstance(content, NoContent):
        return answer, _respond(answer.status, (date, *answer.headers), _NO_BODY)
    document = _build_document(context, answer)
    headers = (date, *answer.headers, ("Content-Type", document.media_type))
    if answer.status == 200 and context.method == "GET":
        validators = _build_validators(content, document)
        headers += validators
        if _is_current(context, validators):
            not_modified = Answer("the client's copy is current", _NOT_MODIFIED, 304, NoContent())
            return not_modified, _respond(304, (date, *validators), _NO_BODY)
    headers += (("Content-Length", str(len(document.body))),)
    body = _NO_BODY if context.is_head else document.body
    return answer, _respond(answer.status, headers, body)


def _respond(status: int, headers: Pairs, body: bytes) -> Response:
    # Of what is our own nothing needs to be looked at, which saves 2 µs.
    return Response.trust(status, Headers.trust(headers), body)


def _build_document(context: RequestContext, answer: Answer) -> Document:
    content, status = answer.content, answer.status
    if isinstance(content, Media):
        return Document(content.media_type, Body(content.content))
    # Refusals are never audio: where the extension is a media type, they are XML.
    extension = context.extension if context.extension in REPRESENTATIONS else "xml"
    representation = REPRESENTATIONS[extension]
    if extension != "xml" and (isinstance(content, Many) or status >= 400):
        context.mentions(Q.OTHER_REPRESENTATIONS)
    if isinstance(content, Many):
        return _render_list(context, content, extension, representation, status)
    if isinstance(content, One):
        if content.instance is not None:
            return _render_one(context, content.instance, extension, representation, status)
        columns = [name for name, _ in content.fields]
        fragment = representation.render_fragment(content.name, content.fields)
        text = representation.render_one(columns, fragment, status)
    else:
        text = representation.render_empty(status)
    return _encode(representation, text)


def _encode(representation: Representation, text: str) -> Document:
    return Document(representation.media_type, Body(text.encode()))


def _render_one(
    context: RequestContext,
    instance: Instance,
    extension: str,
    representation: Representation,
    status: int,
) -> Document:
    def build() -> Document:
        shown = context.world.list_shown(get_resource(instance), listed=False)
        if extension == _CSV:
            shown = _drop_absent(shown, (instance,))
        text = render_instance(instance, extension, representation, shown)
        columns = [prop.name for prop in shown]
        return _encode(representation, representation.render_one(columns, text, status))

    return get_document(instance, extension, status, build)


def _render_list(
    context: RequestContext,
    content: Many,
    extension: str,
    representation: Representation,
    status: int,
) -> Document:
    resource: Resource = content.resource
    shown = context.world.list_shown(resource, listed=True)
    if extension == _CSV:
        shown = _drop_absent(shown, content.instances)
    fragments = render_each(content.instances, extension, representation, shown)
    counters = tuple(content.counters)
    if extension == "json" and context.world.profile["json counters"] == "no":
        counters = ()
    columns = tuple([prop.name for prop in shown])
    return _join_list(extension, resource.container, columns, counters, fragments, status)


# A client that asks again for a page of which nothing changed gets the same bytes. To join,
# encode and digest 50 calls takes 60 µs; to find that they are the same texts takes 5.
@lru_cache(maxsize=8)
def _join_list(
    extension: str,
    container: str,
    columns: tuple[str, ...],
    counters: Counters,
    fragments: tuple[str, ...],
    status: int,
) -> Document:
    representation = REPRESENTATIONS[extension]
    text = representation.render_list(container, columns, counters, fragments, status)
    return _encode(representation, text)


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


def _build_validators(content: One | Many | Media | Nothing, document: Document) -> Pairs:
    """Return ETag and Last-Modified. Question 7: no page names them."""
    etag = "ETag", document.etag
    instance: Instance | None = None if isinstance(content, Many | Nothing) else content.instance
    # Lists get no Last-Modified: a deletion changes a list without leaving a date.
    if instance is not None and (updated := get_times(instance).get("DateUpdated", -1)) >= 0:
        return etag, ("Last-Modified", format_header_date(updated))
    return (etag,)


def _is_current(context: RequestContext, validators: Pairs) -> bool:
    headers = context.request.headers
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
