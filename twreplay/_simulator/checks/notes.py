"""The undocumented questions that the look of an answer rests on."""

from __future__ import annotations

from twreplay._api import WIRE_DATES, Q, Resource, WireFormat
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
    get_hidden,
    get_notes,
    get_resource,
    get_values,
    is_set,
)

_BY_STATUS = {401: Q.UNAUTHORIZED_FORM, 405: Q.METHOD_NOT_ALLOWED_FORM}
_OTHER_THAN_XML = frozenset({"json", "csv", "html"})
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
    kinds = {get_notes(instance, _find_notes) for instance in content.instances}
    context.mentioned.update(*kinds)
    if any(Q.SEGMENT_SID_PREFIX in kind for kind in kinds):
        context.rests_on(Q.SEGMENTS_IN_LISTS)


def _find_notes(instance: Instance) -> frozenset[Q]:
    """Return the questions that the representation of *instance* rests on."""
    resource, values = get_resource(instance), get_values(instance)
    found: set[Q] = set()
    if _shows(resource, instance, WireFormat.DATE):
        found.add(Q.TIME_ZONE)
    numbers = (p.name for p in resource.properties if p.wire_format is WireFormat.NUMBER)
    if any(values.get(name, "").startswith("+") for name in numbers):
        found.add(Q.FOREIGN_NUMBERS)
    if is_set(instance, "segment"):
        found.add(Q.SEGMENT_SID_PREFIX)
    if resource.name == "IncomingPhoneNumber" and not all(values.get(url) for url in _URLS):
        found.add(Q.UNSET_METHODS)
    if resource.name == "ShortCode":
        found.add(Q.SHORT_CODE_VERSION)
    if values.get("Type") and resource.name == "Account":
        found.add(Q.ACCOUNT_TYPE)
    if _was_moved_by_the_clock(instance):
        found.add(Q.DURATIONS)
    return frozenset(found)


def _shows(resource: Resource, instance: Instance, wire_format: WireFormat) -> bool:
    assert wire_format in WIRE_DATES
    values = get_values(instance)
    return any(values.get(p.name) for p in resource.properties if p.wire_format is wire_format)


def _was_moved_by_the_clock(instance: Instance) -> bool:
    """Return whether *instance* was made by a request, and has another status by now."""
    hidden, status = get_hidden(instance), get_values(instance).get("Status")
    name = get_resource(instance).name
    if name == "Call":
        return bool(hidden.get("Url")) and status != "0"
    return name == "SMSMessage" and "StatusCallback" in hidden and status != "queued"
