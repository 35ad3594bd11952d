"""How reliable the look of an answer is, by what its elements are known from."""

from __future__ import annotations

from twreplay._api.definition import Resource
from twreplay._api.evidence import Grade, find_weakest
from twreplay._api.profiles import Profile


def grade_body(resource: Resource, profile: Profile, *, listed: bool) -> Grade:
    """Return the weakest grade of the elements of *resource*, and of their order."""
    shown = resource.listed if listed else resource.properties
    known_from = [
        prop.known_from for prop in shown if not prop.only_with or profile[prop.only_with] == "yes"
    ]
    sources = [source for source in (resource.order_known_from, *known_from) if source is not None]
    return find_weakest(Grade.DOCUMENTED, *(source.grade for source in sources))
