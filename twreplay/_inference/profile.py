"""The profile that a cassette follows."""

from __future__ import annotations

from collections.abc import Iterable

from twreplay._api import PROFILES, Action
from twreplay._inference.documents import Holds
from twreplay._inference.parsed_interaction import MAKES, ParsedInteraction

_DOCUMENTED, _OBSERVED = PROFILES


def infer_profile(sightings: Iterable[ParsedInteraction]) -> str:
    """Return the profile that most of *sightings* follow; by default the documented one."""
    signs = [sign for seen in sightings if seen.succeeded for sign in _collect_signs(seen)]
    return _OBSERVED if sum(signs) * 2 > len(signs) else _DOCUMENTED


def _collect_signs(seen: ParsedInteraction) -> Iterable[bool]:
    """Yield, for each way in which the profiles differ, whether it was the observed one."""
    if seen.action in MAKES:
        yield seen.response.status == 201
        yield "location" in seen.response.headers
    if seen.resource is None:
        return
    names = {name for row in seen.rows for name, _ in row}
    if names and seen.resource.name == "SMSMessage":
        yield "Price" in names
    if names and seen.resource.name == "IncomingPhoneNumber":
        yield "Capabilities" in names
    if seen.action is Action.DELETE and seen.resource.name == "IncomingPhoneNumber":
        yield seen.response.status == 204
    document = seen.document
    if seen.extension == "json" and document and document.holds is Holds.MANY:
        yield not document.counters
