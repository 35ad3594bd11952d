"""The undocumented questions that the look of an answer rests on."""

from __future__ import annotations

from functools import cache

from twreplay._api import RESOURCES, VALIDATION_REQUEST, Q, WireFormat
from twreplay._simulator.checks.context import (
    Answer,
    Many,
    Media,
    NoContent,
    One,
    RequestContext,
)
from twreplay._simulator.state.instance import (
    Instance,
    collect_notes,
    get_hidden,
    get_notes,
    get_resource,
    get_values,
    is_set,
)

_BY_STATUS = {401: Q.UNAUTHORIZED_FORM, 405: Q.METHOD_NOT_ALLOWED_FORM}
_OTHER_THAN_XML = frozenset({"json", "csv", "html"})
_MOVED = frozenset({"Call", "SMSMessage"})
_URLS = ("Url", "SmsUrl", "VoiceFallbackUrl", "SmsFallbackUrl")


def note_look(context: RequestContext, answer: Answer) -> None:
    """Keep what the headers and the body of *answer*, as it was rendered, rest on."""
    mentions = context.mentioned.add
    if answer.status in _BY_STATUS:
        mentions(_BY_STATUS[answer.status])
    elif answer.status == 200 and context.method == "GET":
        mentions(Q.VALIDATORS)
    if answer.headers and answer.headers[0][0] == "Location":
        mentions(Q.LOCATION_AND_DATE)
    content = answer.content
    if isinstance(content, Media | NoContent):
        return
    # Any other extension is of a medium, and a refusal there is XML.
    if context.extension not in _OTHER_THAN_XML:
        mentions(Q.MEDIA_TYPE)
    if isinstance(content, Many):
        _note_list(context, content)
    elif isinstance(content, One) and content.instance is not None:
        context.mentioned |= get_notes(content.instance, _find_notes)


def _note_list(context: RequestContext, content: Many) -> None:
    mentions = context.mentioned.add
    resource = content.resource
    shows_counters = context.extension != "csv" and not (
        context.extension == "json" and context.world.profile["json counters"] == "no"
    )
    if shows_counters:
        mentions(Q.PAGE_URIS)
    if resource.sorted_by == "DateCreated":
        mentions(Q.LIST_ORDER)
    # Most instances meet the same few questions: as many sets as there are kinds.
    kinds = collect_notes(content.instances, _find_notes)
    context.mentioned.update(*kinds)
    if any(Q.SEGMENT_SID_PREFIX in kind for kind in kinds):
        context.rests_on(Q.SEGMENTS_IN_LISTS)


def _find_notes(instance: Instance) -> frozenset[Q]:
    """Return the questions that the representation of *instance* rests on."""
    resource, values = get_resource(instance), get_values(instance)
    found: set[Q] = set()
    dates, numbers = _list_formats(resource.name)
    for name in dates:
        if values.get(name):
            found.add(Q.TIME_ZONE)
    for name in numbers:
        if values.get(name, "").startswith("+"):
            found.add(Q.FOREIGN_NUMBERS)
    if is_set(instance, "segment"):
        found.add(Q.SEGMENT_SID_PREFIX)
    if resource.name in _MOVED:
        if _was_moved_by_the_clock(instance):
            found.add(Q.DURATIONS)
    elif resource.name == "IncomingPhoneNumber" and not all(values.get(url) for url in _URLS):
        found.add(Q.UNSET_METHODS)
    elif resource.name == "ShortCode":
        found.add(Q.SHORT_CODE_VERSION)
    elif values.get("Type") and resource.name == "Account":
        found.add(Q.ACCOUNT_TYPE)
    notes = frozenset(found)
    # The same object for the same questions, as instances meet few: one less to keep of each.
    return _known.setdefault(notes, notes)


_known: dict[frozenset[Q], frozenset[Q]] = {}


@cache
def _list_formats(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the properties of a resource that are dates with a zone, and those with numbers."""
    properties = next(r.properties for r in (*RESOURCES, VALIDATION_REQUEST) if r.name == name)
    dates = tuple(p.name for p in properties if p.wire_format is WireFormat.DATE)
    return dates, tuple(p.name for p in properties if p.wire_format is WireFormat.NUMBER)


def _was_moved_by_the_clock(instance: Instance) -> bool:
    """Return whether *instance* was made by a request, and has another status by now."""
    hidden, status = get_hidden(instance), get_values(instance).get("Status")
    name = get_resource(instance).name
    if name == "Call":
        return bool(hidden.get("Url")) and status != "0"
    return "StatusCallback" in hidden and status != "queued"
